"""Counting: raw events, sum of weights and sum of squared weights after every cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recastbook.regions import CutMasks, Region

__all__ = ["Count", "count_events", "count_region"]


@dataclass(frozen=True, slots=True)
class Count:
    """Raw number, sum of weights and sum of squared weights of some events."""

    raw: int = 0
    sum_w: float = 0.0
    sum_w2: float = 0.0

    def __add__(self, other: Count) -> Count:
        return Count(self.raw + other.raw, self.sum_w + other.sum_w, self.sum_w2 + other.sum_w2)

    @property
    def error(self) -> float:
        """Statistical error of the sum of weights, sqrt(sum w^2)."""
        return float(np.sqrt(self.sum_w2))


def count_events(mask: NDArray[np.bool_], weight: NDArray[np.float64]) -> Count:
    """Count the events of a mask; both of shape (N,)."""
    w = weight[mask]
    return Count(int(np.count_nonzero(mask)), float(np.sum(w)), float(np.sum(w * w)))


def count_region(
    region: Region,
    masks: CutMasks,
    weight: NDArray[np.float64],
    probability: NDArray[np.float64] | None = None,
    cache: dict[tuple[object, ...], Count] | None = None,
) -> tuple[Count, ...]:
    """Count a region step by step.

    Parameters
    ----------
    region
        The region; its cuts are applied in order.
    masks
        Masks of the chunk.
    weight
        Event weights, shape (N,).
    probability
        For a region that is a probability per event (map, surrogate): values in [0, 1], shape (N,);
        they multiply the weights in one more step at the end.
    cache
        Counts of earlier regions of the same chunk, by their cuts.

    Returns
    -------
    tuple of Count
        All events first, then one entry a cut, then one for the probability if there is one.
    """
    known = {} if cache is None else cache
    out = []
    for i in range(len(region.cuts) + 1):
        key = region.cuts[:i]
        if key not in known:
            known[key] = count_events(masks.after(key), weight)
        out.append(known[key])
    if probability is not None:
        passed = masks.after(region.cuts)
        p = np.asarray(probability, dtype=np.float64)
        out.append(count_events(passed & (p > 0), weight * p))
    return tuple(out)
