"""What only the whole sample tells: events without a pair, decays outside the detector, lengths in another unit."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recastbook.surrogates.lifetime_events import DETECTOR, WAY_OUT

if TYPE_CHECKING:
    from recastbook.analyses.atlas_exot_2019_23.analysis import ATLAS_EXOT_2019_23
    from recastbook.result import Result

__all__ = ["told_of_the_sample"]

_MOST = 0.5
_REACH = (250.0, 12_500.0)
"""Median distances of decays, mm, that the calorimeters see: a tenth of their inner radius to the outer wall."""


def told_of_the_sample(search: ATLAS_EXOT_2019_23, result: Result) -> Result:
    """Return the result with remarks about its events; regions are absent where no event has a pair of particles."""
    n_llp = result.slim.column("n_llp").astype(np.int64)
    if not len(n_llp):
        return result
    exactly = search.options["llp_count"] == "exactly"
    usable = n_llp == 2 if exactly else n_llp >= 2
    counts = [(int(k), int(n)) for k, n in zip(*np.unique(n_llp[~usable], return_counts=True), strict=True)]
    found = ", ".join(f"{n} with {k}" for k, n in counts)
    hint = "; options={'llp_count': 'leading'} takes the two of highest pT" if exactly and n_llp.max() > 2 else ""
    if not usable.any():
        lost = f". {WAY_OUT}"
        reason = (
            f"the maps are of two long-lived particles, and none of the {len(n_llp)} events has two ({found})"
            f"{hint or (lost if n_llp.max() < 2 else '')}"
        )
        absent = dict(result.header.absent)
        cut_short = dict(result.counts)
        for name in search.region_names("signal"):
            if name not in absent:
                absent[name] = reason
                cut_short[name] = cut_short[name][:-1]  # the cutflow stops before the probability
        header = dataclasses.replace(result.header, absent=tuple(sorted(absent.items())))
        return dataclasses.replace(result, header=header, counts=cut_short)
    remarks = [f"events without two long-lived particles have probability 0: {found}{hint}"] if counts else []
    remarks += [*_outside_the_map(search, result, usable), *_positions(result, usable)]
    if not remarks:
        return result
    provenance = {**result.header.provenance, "remarks": remarks}
    return dataclasses.replace(result, header=dataclasses.replace(result.header, provenance=provenance))


def _outside_the_map(search: ATLAS_EXOT_2019_23, result: Result, usable: NDArray[np.bool_]) -> list[str]:
    """Return what a map has no bin for, in numbers of particles; both maps have the same bins."""
    names = [f"llp{k}_{quantity}" for k in (1, 2) for quantity in ("pt", "eta", "lxy", "lz", "decay")]
    report = search.lookup_features({name: result.slim.column(name)[usable] for name in names})
    return [] if report is None else list(dataclasses.replace(report, cells=()).notes)


def _positions(result: Result, usable: NDArray[np.bool_]) -> list[str]:
    lxy, lz = (
        np.concatenate([result.slim.column(f"llp{k}_{name}")[usable].astype(np.float64) for k in (1, 2)])
        for name in ("lxy", "lz")
    )
    outside = float(((lxy > DETECTOR[0]) | (lz > DETECTOR[1])).mean())
    out = []
    if outside > _MOST:
        out.append(
            f"{100 * outside:.3g} % of the long-lived particles decay outside the detector, "
            f"{DETECTOR[0] / 1000:g} m from the beam or {DETECTOR[1] / 1000:g} m along it"
        )
    middle = float(np.median(lxy))
    if _REACH[0] <= middle * 1000 <= _REACH[1]:
        out.append(
            f"half of the long-lived particles decay within {middle:.3g} mm of the beam line; if that is not what was "
            "generated, the lengths may be metres where the file says mm"
        )
    elif _REACH[0] <= middle / 1000 <= _REACH[1]:
        out.append(
            f"half of the long-lived particles decay more than {middle / 1000:.3g} m from the beam line; if that is "
            "not what was generated, the lengths may be a thousand times too large for the unit that the file says"
        )
    return out
