"""The integral over decay positions: how likely a particle of a given lifetime decays in each bin of a map.

A particle of transverse boost pT/m flies the transverse distance (pT/m) t, with t exponential of mean c tau; along the
beam the boost is abs(pz)/m. The probability of the bin between distances L1 and L2 is therefore
exp(-L1 / (boost c tau)) - exp(-L2 / (boost c tau)), and that of an event a sum over the bins of its particles.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption
from recastbook.surrogates.efficiency_map import EfficiencyMap
from recastbook.surrogates.efficiency_map_axes import OUTSIDE, BinAxis, SplitAxis
from recastbook.surrogates.lifetime_events import LLPEvents

__all__ = ["integrated"]

_BLOCK = 50_000
"""Numbers of one working array: small enough for the cache, large enough to keep numpy busy."""
_NEVER = -100.0
"""Logarithm of a probability that stands for none: below 1e-43, and numpy is four times slower where exp underflows."""


def integrated(
    emap: EfficiencyMap, events: LLPEvents, ctau: NDArray[np.float64], overflow: str | None = None
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
    """Hand out event numbers and their probabilities, shape (lifetimes, events); events left out have probability 0.

    Parameters
    ----------
    emap
        A map with an axis of decay positions.
    events
        Particles.
    ctau
        Mean proper decay lengths, mm, shape (K, n_llp).
    overflow
        As in :meth:`EfficiencyMap.lookup`.

    Raises
    ------
    BadOption
        If the map has no such axis, or events have another number of particles.
    """
    binning, axis = emap.binning, emap.binning.decay_axis
    if axis is None:
        msg = f"{emap.title}: no axis says where particles decay, so that lifetimes cannot be integrated over"
        raise BadOption(msg)
    if binning.n_llp != events.n_llp:
        msg = f"{emap.title} is of {binning.n_llp} long-lived particles, the events have {events.n_llp}"
        raise BadOption(msg)
    columns = {k: v for k, v in events.quantities().items() if k in binning.needs}
    columns = binning.columns(columns)
    base = np.zeros(events.pt.shape, dtype=np.intp)
    outside = np.zeros(base.shape, dtype=bool)
    stride = 1
    for other in reversed(binning.axes):
        if other is not axis:
            found = other.bins(columns, overflow)
            outside |= found == OUTSIDE
            base += found * stride
        else:
            decay_stride = stride
        stride *= other.size
    forward = axis.is_above(columns)
    boost = np.where(forward, events.pt * np.abs(np.sinh(events.eta)), events.pt) / events.mass
    usable = ~outside.any(axis=1) & (boost > 0).all(axis=1)
    rows = np.flatnonzero(usable)
    if not len(rows):
        return
    key = (base * 2 + forward)[rows]
    groups, inverse = np.unique(key, axis=0, return_inverse=True)
    order = np.argsort(inverse.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(inverse.ravel(), minlength=len(groups)))
    for group, stop, start in zip(groups, ends, [0, *ends[:-1]], strict=True):
        differences = _differences(emap.values, group, axis, decay_stride)
        if differences is None:
            continue
        members = rows[order[start:stop]]
        edges = [_inner(axis.above if key % 2 else axis.below) for key in group]
        step = max(1, _BLOCK // (len(ctau) * max(len(e) + 1 for e in edges)))
        for first in range(0, len(members), step):
            chosen = members[first : first + step]
            yield chosen, _contract(differences, edges, boost[chosen], ctau)


def _inner(axis: BinAxis) -> NDArray[np.float64]:
    """Return all lower edges but a first one at zero, and the upper one where it is finite."""
    return np.asarray([e for e in axis.edges if 0 < e < np.inf])


def _differences(
    values: NDArray[np.float64], group: NDArray[np.intp], axis: SplitAxis, stride: int
) -> NDArray[np.float64] | None:
    """Return the part of a map that one group of events sees, in terms of surviving rather than decaying.

    Sum_k P_k M_k with P_k = S_k - S_(k+1) is Sum_k S_k (M_k - M_(k-1)): one exponential for each edge.
    """
    picks, pads = [], []
    for key in group:
        sub = axis.above if key % 2 else axis.below
        first = axis.below.size if key % 2 else 0
        picks.append(key // 2 + (first + np.arange(sub.size)) * stride)
        # a first edge above zero or a finite last one adds a bin in which the map is zero
        pads.append((int(sub.edges[0] > 0), int(np.isfinite(sub.edges[-1]))))
    part = np.pad(values[np.ix_(*picks)], pads)
    if not part.any():
        return None
    for k in range(part.ndim):
        zero = np.zeros_like(np.take(part, [0], axis=k))
        part = np.diff(part, axis=k, prepend=zero)
    return part


def _contract(
    differences: NDArray[np.float64],
    edges: list[NDArray[np.float64]],
    boost: NDArray[np.float64],
    ctau: NDArray[np.float64],
) -> NDArray[np.float64]:
    # edges come first, so that numpy works along lifetimes and events; what has no lower edge survives for sure
    shape = (len(ctau), len(boost))
    out = differences
    for k, inner in enumerate(edges):
        survived = np.ones((len(inner) + 1, *shape))
        exponents = survived[1:]
        np.divide(inner[:, None, None], -ctau[:, k, None] * boost[:, k], out=exponents)
        np.maximum(exponents, _NEVER, out=exponents)
        np.exp(exponents, out=exponents)
        if k == 0:
            out = (differences.reshape(len(survived), -1).T @ survived.reshape(len(survived), -1)).reshape(
                *differences.shape[1:], *shape
            )
        else:
            out = np.einsum("k...cn,kcn->...cn", out, survived)
    # cancellation leaves a few 1e-17 below zero
    return np.maximum(out, 0.0)
