"""Look-ups, lifetime scans and limits of ATLAS-EXOT-2019-23."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from recastbook.events.decay_fractions import decay_fractions
from recastbook.exceptions import BadOption, UnknownName, did_you_mean

if TYPE_CHECKING:
    from recastbook.analyses.atlas_exot_2019_23.analysis import ATLAS_EXOT_2019_23
    from recastbook.events.sample import Sample
    from recastbook.statistics.lifetime_limit import LifetimeLimit
    from recastbook.surrogates.efficiency_map_report import MapLookup
    from recastbook.surrogates.lifetime_events import LLPEvents
    from recastbook.surrogates.lifetime_result import LifetimeScan

__all__ = ["limits_of", "lookup_of", "scan_of"]


def _events_of(search: ATLAS_EXOT_2019_23, sample: Sample | LLPEvents) -> LLPEvents:
    from recastbook.surrogates import LLPEvents

    choose = str(search.options["llp_count"])
    events = sample if isinstance(sample, LLPEvents) else LLPEvents.from_sample(sample, choose=choose)
    return dataclasses.replace(events, decay=search._decays(events.decay))


def lookup_of(search: ATLAS_EXOT_2019_23, sample: Sample | LLPEvents, region: str) -> MapLookup:
    """Look up a sample in one map; see :meth:`ATLAS_EXOT_2019_23.lookup`."""
    events = _events_of(search, sample)
    found = search.emap(region).lookup(overflow=str(search.options["pt_overflow"]), **events.quantities())
    others = sum(n for _, n in events.others)
    report = dataclasses.replace(found.report, events=found.report.events + others, wrong_number=others)
    return dataclasses.replace(found, report=report)


def scan_of(
    search: ATLAS_EXOT_2019_23, sample: Sample | LLPEvents, ctau: Any, region: str | None, choices: Mapping[str, Any]
) -> LifetimeScan:
    """Scan a sample; see :meth:`ATLAS_EXOT_2019_23.lifetime_scan`."""
    from recastbook.surrogates import lifetime_scan

    unknown = [k for k in choices if k not in ("method", "fractions", "ctau_generated")]
    if unknown:
        message = (
            f"lifetime_scan has no {unknown[0]!r}.{did_you_mean(unknown[0], ('method', 'fractions', 'ctau_generated'))}"
        )
        raise BadOption(message)
    events = _events_of(search, sample)
    given: dict[str, Any] = dict(choices)
    if isinstance(given.get("fractions"), str):
        given["fractions"] = decay_fractions(given["fractions"], float(np.median(events.mass)))
    given["overflow"] = str(search.options["pt_overflow"])
    names = search.region_names("signal") if region is None else (region,)
    scans = {}
    for name in names:
        emap = search.emap(name)
        scan = lifetime_scan(emap, events, ctau, **given)
        notes = (*scan.notes, *_warnings(search, name, scan))
        low, high, valid = _band(search, name, scan)
        scans[name] = dataclasses.replace(scan, region=name, notes=notes, low=low, high=high, valid=valid)
    if region is not None:
        return scans[region]
    models = search.counting_models()
    return max(
        scans.values(),
        key=lambda s: np.nan_to_num(np.nanmax(np.nan_to_num(s.efficiency))) / models[s.region].n95_expected,
    )


def _band(search: ATLAS_EXOT_2019_23, region: str, scan: LifetimeScan) -> tuple[Any, Any, Any]:
    """Return the efficiencies that the stated accuracy of the map allows, and where it may be used."""
    line = search.about["accuracy"][region]
    eff = scan.efficiency
    spread = np.hypot(float(line["relative"]) * eff, scan.error)
    low, high = eff - spread, eff + spread
    below = np.nan_to_num(eff) < float(line["valid_above"])
    factor = line.get("factor_below")
    if factor is not None:
        low, high = np.where(below, eff / float(factor), low), np.where(below, eff * float(factor), high)
    top = np.nanmax(eff) if np.isfinite(eff).any() else np.nan
    valid = np.nan_to_num(eff) >= float(line["shown_above_share"]) * (top if np.isfinite(top) else np.inf)
    return low, high, valid if factor is not None else valid & ~below


def _warnings(search: ATLAS_EXOT_2019_23, region: str, scan: LifetimeScan) -> list[str]:
    accuracy = search.about["accuracy"]
    line, safe = accuracy[region], float(accuracy["ctau_safe_above"])
    out = []
    if (scan.ctau_m * 1000.0 < safe).any():
        out.append(f"limits come out too strong for c tau below {safe / 10:g} cm")
    known = np.isfinite(scan.efficiency)  # the others were refused, for another reason
    low = known & (scan.efficiency < line["valid_above"])
    if known.any() and low[known].all():
        out.append(f"every efficiency is below {100 * line['valid_above']:g} %, where {line['below']}")
    elif low.any():
        out.append(
            f"{int(low.sum())} lifetimes have an efficiency below {100 * line['valid_above']:g} %, where "
            f"{line['below']}"
        )
    return out


def limits_of(search: ATLAS_EXOT_2019_23, scan: LifetimeScan, point: str | None) -> LifetimeLimit:
    """Turn a scan into limits; see :meth:`ATLAS_EXOT_2019_23.lifetime_limits`."""
    from recastbook.statistics.lifetime_limit import LifetimeLimit

    if scan.region not in search.region_names("signal"):
        message = f"this scan is of region {scan.region!r}; make it with lifetime_scan of this search"
        raise BadOption(message)
    table = search.tables["n95"]
    row = scan.region if point is None else point
    if row not in table.rows:
        message = f"no N95 of {row!r}.{did_you_mean(row, table.rows)}"
        raise UnknownName(message)
    if str(table.row(row)["region"]) != scan.region:
        message = f"the N95 of {row} is of {table.row(row)['region']}, the scan of {scan.region}"
        raise BadOption(message)
    return LifetimeLimit.from_efficiency(
        scan.ctau_m * 1000.0,
        scan.efficiency,
        low=scan.low,
        high=scan.high,
        valid=scan.valid,
        n95=(table.value(row, "observed").value, table.value(row, "expected").value),
        luminosity_fb=search.luminosity_fb,
        label=scan.label,
        region=scan.region,
        notes=(*scan.notes, *((f"c tau {scan._ranges()}; the first is shown",) if scan.ctau.ndim > 1 else ())),
    )
