"""The verdict: one fit of four regions for each selection whose counts are known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from recastbook.exceptions import AnalysisError, BadOption, did_you_mean
from recastbook.units import invfb

if TYPE_CHECKING:
    from recastbook.analyses.atlas_exot_2022_04.analysis import ATLAS_EXOT_2022_04
    from recastbook.result import Result
    from recastbook.statistics import Verdict

__all__ = ["judge", "known_counts"]

_REGIONS = ("A", "B", "C", "D")


def known_counts(search: ATLAS_EXOT_2022_04) -> dict[str, tuple[int, ...]]:
    """Return the observed events in A, B, C, D of the selections whose counts are shipped."""
    out = {}
    for table in search.tables.values():
        if table.header.kind == "yields":
            for selection in search.selections:
                names = [f"{selection}-{r}" for r in _REGIONS]
                if all(n in table.rows for n in names):
                    out[selection] = tuple(int(table.value(n, "observed").value) for n in names)
    return out


def judge(
    search: ATLAS_EXOT_2022_04, result: Result, counts: Mapping[str, Sequence[int]], choices: Mapping[str, Any]
) -> Verdict:
    """Return the verdict; see the search's own method, which is what users call.

    Raises
    ------
    AnalysisError
        If the result is of another search.
    BadOption
        If counts are given for a selection that does not exist.
    """
    from recastbook.statistics import SignalYield, decide
    from recastbook.statistics.abcd import ABCDModel, check_named_counts

    check_named_counts(counts, "CR+2J")
    if result.header.analysis != search.identifier:
        message = f"this result is of {result.header.analysis}, not of {search.identifier}"
        raise AnalysisError(message)
    for selection in counts:
        if selection not in search.selections:
            message = f"counts are given for {selection!r}.{did_you_mean(selection, search.selections)}"
            raise BadOption(message)
    observed = {**known_counts(search), **{s: tuple(n) for s, n in counts.items()}}
    scale = result.scale if result.scale is not None else search.luminosity_fb * invfb / result.total.sum_w
    share = float(search.about["surrogate_uncertainty"])
    rows = {row.region: row for row in result.yields()}
    models: dict[str, Any] = {}
    signals, ineligible, absent = {}, {}, {}
    for selection, numbers in observed.items():
        name = f"{selection}-A"
        row = rows[name]
        four = [rows[f"{selection}-{r}"].sum_w for r in _REGIONS]
        if row.status != "ok" or row.sum_w is None:
            models[name], absent[name] = ABCDModel(tuple(numbers), name=name), row.reason
            continue
        contamination = tuple(max((x or 0.0) / row.sum_w, 0.0) if row.sum_w > 0 else 0.0 for x in four[1:])
        models[name] = ABCDModel(tuple(numbers), contamination, name=name)
        error = math.hypot(row.error or 0.0, share * row.sum_w)
        signals[name] = SignalYield(row.sum_w * scale, error * abs(scale), raw=row.raw, weight=scale)
        if row.note:
            ineligible[name] = row.note
    without = [s for s in search.selections if s not in observed]
    notes = [f"signal uncertainty {100 * share:g} % of the surrogate, as a nuisance parameter"]
    if without:
        notes.append(
            f"no observed counts are known for {', '.join(without)}: verdict(result, counts={{...}}) takes them"
        )
    settings: dict[str, Any] = {
        "cross_section_pb": result.cross_section,
        "cross_section_error_pb": result.header.sample.get("cross_section_error"),
        "luminosity_fb": search.luminosity_fb,
        "absent": absent,
        "ineligible": ineligible,
        "label": result.label,
        "signal_error": "nuisance",
        "notes": notes,
    }
    return decide(models, signals, **(settings | dict(choices)))
