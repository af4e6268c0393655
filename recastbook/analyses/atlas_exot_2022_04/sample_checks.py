"""What only the whole sample tells: its mean decay positions, whether it has bosons and pairs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from recastbook.surrogates.domain import domain_remarks
from recastbook.surrogates.guard import ValidityGuard
from recastbook.surrogates.lifetime_events import WAY_OUT
from recastbook.surrogates.truth_features import FEATURES
from recastbook.surrogates.truth_table import TruthTable

if TYPE_CHECKING:
    from recastbook.analyses.atlas_exot_2022_04.analysis import ATLAS_EXOT_2022_04
    from recastbook.result import Result

__all__ = ["absent_after_the_run", "table_of"]

FEWEST_BOSONS = 0.2
"""Share of events with a boson below which a sample is not one of W or Z: stray prompt leptons make no boson."""
MOST = 0.5
"""Share of events without a pair from which on a sample is one of single particles."""


def table_of(result: Result) -> TruthTable:
    """Return the truth features of the events with one or two long-lived particles, from the slim table."""
    slim = result.slim
    columns = {name: slim.column(name).astype(np.float64) for name in FEATURES}
    n_llp = slim.column("n_llp").astype(np.int64)
    table = TruthTable(columns, slim.column("weight").astype(np.float64), n_llp, name=result.label)
    usable = np.isfinite(np.stack(list(columns.values()))).all(axis=0) & (n_llp >= 1) & (n_llp <= 2)
    return table.select(usable)


def absent_after_the_run(search: ATLAS_EXOT_2022_04, result: Result) -> Result:
    """Return the result with regions taken away, each with its reason, and remarks about the rest."""
    if not search.surrogates:
        return result
    table = table_of(result)
    reasons: dict[str, str] = {}
    everywhere = _of_the_sample(search, result, table)
    needs_boson = set(search.about["needs_boson"])
    weight = np.abs(table.weight)
    boson = float(weight[np.abs(table.columns["V_pt"]) > 0].sum()) / (float(weight.sum()) or 1.0)
    for selection in search.surrogates:
        if everywhere:
            reasons[selection] = everywhere
        elif selection in needs_boson and boson < FEWEST_BOSONS:
            share = f"{100 * boson:.2g} %" if boson else "none"
            reasons[selection] = f"it asks for a leptonic W or Z boson, and {share} of the events have one"
    remarks = [] if everywhere else _remarks(search, result, table, reasons)
    if boson < 1 and any(name in needs_boson and name not in reasons for name in search.surrogates):
        remarks.append(f"{100 * (1 - boson):.3g} % of the events have no leptonic W or Z boson: 0 is fed for it")
    if not reasons and not remarks:
        return result
    absent = dict(result.header.absent)
    counts = dict(result.counts)
    for region in result.header.regions:
        if region.surrogate in reasons and region.name not in absent:
            absent[region.name] = reasons[region.surrogate]
            counts[region.name] = counts[region.name][:-1]  # the cutflow stops before the probability
    provenance = {**result.header.provenance, "remarks": remarks}
    header = dataclasses.replace(result.header, absent=tuple(sorted(absent.items())), provenance=provenance)
    return dataclasses.replace(result, header=header, counts=counts)


def _of_the_sample(search: ATLAS_EXOT_2022_04, result: Result, table: TruthTable) -> str:
    """Return why no region may be quoted; empty if they may."""
    n_llp = result.slim.column("n_llp").astype(np.int64)
    weight = np.abs(result.slim.column("weight").astype(np.float64))
    total = float(weight.sum()) or 1.0
    one = float(weight[n_llp == 1].sum()) / total
    if search.options["single_llp"] == "refuse" and one > MOST:
        return (
            f"{100 * one:.3g} % of the events have one long-lived particle, the models take two; "
            "options={'single_llp': 'copy'} copies it into the second half of the inputs"
        )
    if not len(table):
        found = ", ".join(f"{n} with {k}" for k, n in zip(*np.unique(n_llp, return_counts=True), strict=True))
        return (
            f"the models take two long-lived particles that decay, and none of the {len(n_llp)} events has one or two "
            f"({found}). {WAY_OUT}"
        )
    convention = search.options["guard"]
    if convention == "off":
        return ""
    report = ValidityGuard(convention=convention).check(table)
    return "" if report.passed else f"outside the validity guard: {report.reason}"


def _remarks(search: ATLAS_EXOT_2022_04, result: Result, table: TruthTable, reasons: dict[str, str]) -> list[str]:
    n_llp = result.slim.column("n_llp").astype(np.int64)
    share = 100 * float(np.mean(n_llp == 1)) if len(n_llp) else 0.0
    many = 100 * float(np.mean(n_llp > 2)) if len(n_llp) else 0.0
    out = []
    if share and search.options["single_llp"] == "copy":
        out.append(f"{share:.3g} % of the events have one long-lived particle, copied into the second half")
    elif share:
        out.append(f"{share:.3g} % of the events have one long-lived particle; they count as not selected")
    if many:
        out.append(f"{many:.3g} % of the events have more than two long-lived particles; they count as not selected")
    for selection, model in search.surrogates.items():
        if selection not in reasons:
            out += [f"{selection}: {text}" for text in domain_remarks(model.card, table)]
    return out
