"""Make an efficiency map from a sample of which the outcome is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption
from recastbook.surrogates.efficiency_map import EfficiencyMap, check_size
from recastbook.surrogates.efficiency_map_binning import MapBinning

__all__ = ["fit_map"]


def fit_map(
    selected: Any, binning: MapBinning, weight: Any, title: str, quantities: Mapping[str, Any]
) -> EfficiencyMap:
    """Make a map; see :meth:`EfficiencyMap.fit`.

    The error of a cell is the standard deviation of a Beta distribution with Jeffreys' prior, k + 1/2 and n - k + 1/2
    with the effective number of entries n = (sum w)^2 / sum w^2 and k = n p: finite also where all or none of the
    events were selected, and 0.35 where there are none. Of a symmetric map all orders of an event fill one cell.
    """
    check_size(binning)
    p = np.asarray(selected, dtype=np.float64)
    w = np.ones_like(p) if weight is None else np.asarray(weight, dtype=np.float64)
    columns = binning.columns(quantities)
    n = len(columns[binning.needs[0]])
    for name, array, good, what in (
        ("selected", p, (p >= 0) & (p <= 1), "in [0, 1]"),
        ("weight", w, np.isfinite(w) & (w > 0), "positive and finite"),
    ):
        if array.shape != (n,):
            msg = f"{name} has the shape {array.shape}; there are {n} events"
            raise BadOption(msg)
        if not good.all():
            event = int(np.flatnonzero(~good)[0])
            msg = f"event {event}: {name} is {array[event]}; it must be {what}"
            raise BadOption(msg)
    indices = binning.indices(columns)
    inside = (indices >= 0).all(axis=1)
    if not inside.any():
        msg = "no event lies inside the map; are pT in GeV and distances in mm?"
        raise BadOption(msg)
    cells = np.sort(indices[inside], axis=1) if binning.symmetric else indices[inside]
    shape = (binning.size,) * binning.n_llp
    flat = np.ravel_multi_index(tuple(cells.T), shape)
    w, p = w[inside], p[inside]
    total = _sums(flat, w, shape)
    passed = _sums(flat, w * p, shape)
    squares = _sums(flat, w * w, shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(total > 0, passed / total, 0.0)
        entries = np.where(squares > 0, total**2 / squares, 0.0)
    a, b = entries * values + 0.5, entries * (1 - values) + 0.5
    errors = np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    if binning.symmetric and binning.n_llp > 1:
        values, errors = _mirrored(values), _mirrored(errors)
    facts = {
        "title": title,
        "events": f"{n}, {int(inside.sum())} inside",
        "cells with events": str(len(np.unique(flat))),
    }
    return EfficiencyMap(binning, np.minimum(values, 1.0), errors, facts)


def _sums(flat: NDArray[np.intp], weight: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    sums: NDArray[np.float64] = np.bincount(flat, weights=weight, minlength=int(np.prod(shape))).astype(np.float64)
    return sums.reshape(shape)


def _mirrored(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """Copy the cells with rising indices to all other orders."""
    rising = np.sort(np.indices(array.shape).reshape(array.ndim, -1), axis=0)
    return np.asarray(array[tuple(rising)].reshape(array.shape))
