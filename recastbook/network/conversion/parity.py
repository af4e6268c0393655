"""How far a converted model is from the one it was made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption
from recastbook.network.conversion.drawing import EDGES, GIVEN, SPREAD

__all__ = ["QUANTILES", "Comparison", "Cut", "NearCut", "compare", "near_cuts", "read_cuts"]

QUANTILES = (0.5, 0.9, 0.99, 0.999)
"""Quantiles of the differences that are reported."""

_TITLES = {GIVEN: "given values", SPREAD: "values drawn over the whole range", EDGES: "values on edges of trees"}

Cut = tuple[int | None, float]
"""Column of the scores, None for each of them, and the value that a region asks for."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences of all scores over one set of values."""

    values: str
    """Which values."""
    rows: int
    """How many."""
    largest: float
    """Largest difference of a score."""
    quantiles: tuple[float, ...]
    """Quantiles of the largest difference of a row, at :data:`QUANTILES`."""
    above: int
    """Rows that differ by more than the tolerance."""


@dataclass(frozen=True, slots=True)
class NearCut:
    """What happens close to one cut on one score."""

    output: int
    """Column of the scores."""
    cut: float
    """Where it cuts."""
    window: float
    """Half width of the window in which rows count as close."""
    rows: int
    """Rows whose score lies in the window."""
    largest: float
    """Largest difference among them; NaN without rows."""
    flips: int
    """Rows, anywhere, that are on one side in one model and on the other side in the other."""


def compare(
    reference: NDArray[np.float64], found: NDArray[np.float64], kinds: NDArray[np.int8], tolerance: float
) -> tuple[Comparison, ...]:
    """Compare scores, separately for each set of values.

    Parameters
    ----------
    reference, found
        Scores of the old and the new model, shape (N, number of scores).
    kinds
        Which set a row belongs to, shape (N,).
    tolerance
        Difference above which a row is counted.
    """
    differences = np.abs(reference - found).max(axis=1)
    out = []
    for kind in sorted(set(kinds.tolist())):
        some = differences[kinds == kind]
        quantiles = tuple(float(q) for q in np.quantile(some, QUANTILES))
        above = int(np.count_nonzero(~(some <= tolerance)))
        out.append(Comparison(_TITLES[kind], len(some), float(some.max()), quantiles, above))
    return tuple(out)


def near_cuts(
    reference: NDArray[np.float64], found: NDArray[np.float64], cuts: Iterable[Cut], window: float
) -> tuple[NearCut, ...]:
    """Look at the rows close to each cut, and count those that change sides.

    Parameters
    ----------
    reference, found
        Scores of the old and the new model, shape (N, number of scores).
    cuts
        Column (None for every one) and value.
    window
        Half width of the window around the cut.
    """
    out = []
    width = reference.shape[1]
    for column, cut in cuts:
        if column is not None and column >= width:
            message = f"a cut is on output {column}, but the model has {width} (counted from 0)"
            raise BadOption(message)
        for k in range(width) if column is None else (column,):
            before, after = reference[:, k], found[:, k]
            close = np.abs(before - cut) <= window
            largest = float(np.abs(before - after)[close].max()) if close.any() else float("nan")
            flips = int(np.count_nonzero((before >= cut) != (after >= cut)))
            out.append(NearCut(k, float(cut), window, int(close.sum()), largest, flips))
    return tuple(out)


def read_cuts(cuts: Iterable[float | tuple[int, float]]) -> tuple[Cut, ...]:
    """Return cuts as pairs of column and value.

    Raises
    ------
    BadOption
        If an entry is neither a number nor a pair of column and number, or not finite.

    Examples
    --------
    >>> read_cuts([0.9, (1, 0.5)])
    ((None, 0.9), (1, 0.5))
    """
    out: list[Cut] = []
    for entry in cuts:
        try:
            column, value = (None, float(entry)) if isinstance(entry, int | float | np.number) else entry
            cut = (None if column is None else int(column), float(value))
        except (TypeError, ValueError) as error:
            message = f"a cut is {entry!r}; it is a number, or a pair of output (counted from 0) and number"
            raise BadOption(message) from error
        if not np.isfinite(cut[1]) or (cut[0] is not None and cut[0] < 0):
            message = f"a cut is {entry!r}; output and value must be counted from 0 and finite"
            raise BadOption(message)
        out.append(cut)
    return tuple(out)
