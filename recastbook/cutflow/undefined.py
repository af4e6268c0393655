"""Features that have no value where a region asks for one: which event, and how many the region loses by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.cutflow.count import Count, count_events
from recastbook.regions import CutMasks, Region

__all__ = ["Undefined", "find_undefined"]

_IDS = ("run", "luminosityBlock", "event")


@dataclass(frozen=True, slots=True)
class Undefined:
    """Events that reached a cut and failed it because the feature it compares is NaN."""

    region: str
    """Name of the region."""
    feature: str
    """Name of the feature."""
    cut: str
    """The cut, in words."""
    events: Count
    """How many."""
    first: tuple[int, int, int]
    """Run, luminosity block and number of the first of them."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What equals in two parts of a run: region, feature and cut."""
        return (self.region, self.feature, self.cut)

    def __add__(self, other: Undefined) -> Undefined:
        return Undefined(*self.key, self.events + other.events, min(self.first, other.first))

    def __str__(self) -> str:
        run, block, event = self.first
        many = f"{self.events.raw} events" if self.events.raw != 1 else "1 event"
        return (
            f"{self.region}: {self.feature} is NaN for {many} (sum of weights {self.events.sum_w:g}) that reach the "
            f"cut {self.cut!r} and are lost there; the first is event {event} of run {run}, block {block}"
        )


def find_undefined(
    region: Region,
    masks: CutMasks,
    missing: Mapping[str, NDArray[np.bool_]],
    weight: NDArray[np.float64],
    ids: Mapping[str, NDArray[np.int64]],
) -> list[Undefined]:
    """Return what a region loses to features without a value.

    Parameters
    ----------
    region
        The region; its cuts are applied in order.
    masks
        Masks of the chunk.
    missing
        For features with any NaN: where, shape (N,).
    weight
        Event weights, shape (N,).
    ids
        ``run``, ``luminosityBlock`` and ``event``, shape (N,).

    Notes
    -----
    A NaN that no cut asks about is no loss: many features have no value outside the events they are for. Nor is one in
    an alternative of a cut that the event passes by another.
    """
    out = []
    for i, cut in enumerate(region.cuts):
        for feature in dict.fromkeys(leaf.column for leaf in cut.leaves() if leaf.column in missing):
            lost = missing[feature] & masks.after(region.cuts[:i]) & ~masks.single(cut)
            rows: NDArray[Any] = np.flatnonzero(lost)
            if len(rows):
                order = np.lexsort([ids[name][rows] for name in reversed(_IDS)])
                first = tuple(int(ids[name][rows[order[0]]]) for name in _IDS)
                out.append(Undefined(region.name, feature, cut.text, count_events(lost, weight), first))  # type: ignore[arg-type]  # three ids
    return out
