"""Moving cuts of a region on the slim table: what every later step keeps, without running anything again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.cutflow.count import Count
from recastbook.cutflow.slim import SlimTable
from recastbook.cutflow.table import Cutflow
from recastbook.exceptions import BadOption, did_you_mean
from recastbook.regions import Bound, Cut, Region

__all__ = ["CutHandle", "MovedCounts", "Moves", "MovingCuts"]

Moves = Mapping[int, Mapping[str, float]]
"""Number of a cut, counted from 1 as in the cutflow -> comparator -> where it is moved to."""
TOWARDS_ONE = "-log10(1-p)"
"""Transform that spreads scores near one."""
ONLY_SLIM = "slim table only"
LOWER, UPPER = ("min", "above"), ("max", "below")
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class MovedCounts:
    """Counts of a region with cuts moved."""

    counts: tuple[Count, ...]
    """All events first, then one entry a cut."""
    complete: tuple[bool, ...]
    """Whether a count is that of all events; if not it is that of the events in the slim table."""
    unscored: int = 0
    """Events that reach the first score cut only because cuts were loosened, and that the network was not run on."""


class MovingCuts:
    """The cuts of one region, any of which can be moved.

    Parameters
    ----------
    region
        The region, cut short before its first score if its network was not run.
    slim
        Slim table of the run.
    counts
        The region's counts in the run: all events, then one entry a cut.
    slim_cuts
        What an event had to pass to be in the slim table.
    """

    def __init__(
        self, region: Region, slim: SlimTable, counts: Sequence[Count], *, slim_cuts: Sequence[Cut] = ()
    ) -> None:
        self.region = region
        self.slim = slim
        self.cuts = region.cuts[: max(len(counts) - 1, 0)]
        self.nominal = tuple(counts[: len(self.cuts) + 1])
        self.slim_cuts = tuple(slim_cuts)

    @property
    def movable(self) -> tuple[int, ...]:
        """Numbers of the cuts that compare one quantity with bounds; the others are yes-or-no. None without events."""
        if not len(self.slim):
            return ()
        sides = {*LOWER, *UPPER}
        return tuple(
            i
            for i, cut in enumerate(self.cuts, 1)
            if not cut.any and cut.bounds and {b.comparator for b in cut.bounds} <= sides
        )

    def cut(self, number: int, moves: Moves | None = None) -> Cut:
        """Return a cut by its number in the cutflow, moved if it was.

        Raises
        ------
        BadOption
            If there is no such cut, or it cannot be moved like that.
        """
        if not 1 <= number <= len(self.cuts):
            msg = f"{self.region.name} has cuts 1 to {len(self.cuts)}, none of number {number}"
            raise BadOption(msg)
        cut = self.cuts[number - 1]
        bounds = (moves or {}).get(number)
        if not bounds:
            return cut
        if number not in self.movable:
            msg = f"cut {number} of {self.region.name}, {cut.text!r}, compares nothing that could be moved"
            raise BadOption(msg)
        known = [b.comparator for b in cut.bounds]
        for name, value in bounds.items():
            if name not in known:
                msg = f"cut {number} of {self.region.name}, {cut.text!r}, has no {name!r}.{did_you_mean(name, known)}"
                raise BadOption(msg)
            if not np.isfinite(value):
                msg = f"cut {number} of {self.region.name} cannot be moved to {value}"
                raise BadOption(msg)
        unmoved = {b.comparator: b.value for b in cut.bounds}
        return cut if {**unmoved, **bounds} == unmoved else cut.with_bounds(**bounds)

    def values(self, number: int) -> Array:
        """Return what a cut compares, of all rows of the slim table, shape (n,)."""
        return transformed(self.slim.column(self.cut(number).column), self.cut(number).transform)

    def mask(self, number: int, moves: Moves | None = None) -> NDArray[np.bool_]:
        """Return which rows pass a cut, moved if it was."""
        return self.slim.mask(self.cut(number, moves))

    def passing(self, *, without: str, moves: Moves | None = None) -> NDArray[np.bool_]:
        """Return which rows pass all cuts but those on one column."""
        keep = np.ones(len(self.slim), dtype=bool)
        for i, cut in enumerate(self.cuts, 1):
            if cut.column != without:
                keep &= self.mask(i, moves)
        return keep

    def lost_alone(self, moves: Moves | None = None) -> dict[int, Count]:
        """Return, by number of the cut, the events in the slim table that fail this cut and no other."""
        fails = np.zeros(len(self.slim), dtype=np.uint8)
        last = np.zeros(len(self.slim), dtype=np.intp)
        for i in range(1, len(self.cuts) + 1):
            failed = ~self.mask(i, moves)
            fails += failed & (fails < 2)  # more than one is all that need be known
            last[failed] = i
        alone = fails == 1
        number, weight = last[alone], np.asarray(self.slim.column("weight"), dtype=np.float64)[alone]
        n = len(self.cuts) + 1
        raw = np.bincount(number, minlength=n)
        sums, squares = (np.bincount(number, weights=w, minlength=n) for w in (weight, weight**2))
        return {i: Count(int(raw[i]), float(sums[i]), float(squares[i])) for i in range(1, n)}

    @cached_property
    def complete(self) -> tuple[bool, ...]:
        """Whether the slim table holds all events of each step: all events, then one entry a cut."""
        keep = np.ones(len(self.slim), dtype=bool)
        out = [len(self.slim) == self.nominal[0].raw] if self.nominal else []
        for i, count in enumerate(self.nominal[1:], 1):
            if count.raw == 0:
                out.append(True)
                continue
            keep &= self.mask(i)
            out.append(int(np.count_nonzero(keep)) == count.raw)
        return tuple(out)

    def loosest(self, number: int, bound: Bound) -> float | None:
        """Return how far a bound can be loosened: to that of the slim table, or of an earlier cut; None if freely."""
        cut = self.cut(number)
        side = LOWER if bound.comparator in LOWER else UPPER
        earlier = [c for i, c in enumerate(self.cuts, 1) if i != number and not c.any]
        rivals = [c for c in (*self.slim_cuts, *earlier) for c in c.leaves()]
        found = [
            b.value for c in rivals for b in c.bounds
            if c.column == cut.column and c.transform == cut.transform and b.comparator in side
            and (b.value <= bound.value if side is LOWER else b.value >= bound.value)
        ]  # fmt: skip
        return (max(found) if side is LOWER else min(found)) if found else None

    def span(self, number: int, bound: Bound) -> tuple[float, float]:
        """Return from where to where it makes sense to move a bound."""
        values = self.values(number)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (bound.value, bound.value)
        low, high = min(low, bound.value), max(high, bound.value)
        stop = self.loosest(number, bound)
        if stop is not None:
            low, high = (max(low, stop), high) if bound.comparator in LOWER else (low, min(high, stop))
        return low, high if high > low else low + 1.0

    def handle(self, number: int, moves: Moves | None = None) -> CutHandle:
        """Return what is needed to move one cut fast, with the others where they are."""
        return CutHandle(self, number, {i: dict(m) for i, m in (moves or {}).items()})

    def count(self, moves: Moves) -> MovedCounts:
        """Return all counts with cuts moved."""
        moved = [i for i in sorted(moves) if self.cut(i, moves) != self.cut(i)]
        if not moved:
            return MovedCounts(self.nominal, (True,) * len(self.nominal))
        return self.handle(moved[0], moves).count(moves[moved[0]])


class CutHandle:
    """One cut ready to be moved: every event knows how many of the later cuts it passes in a row.

    Parameters
    ----------
    moving
        The cuts of the region.
    number
        Number of the cut.
    moves
        Where the other cuts are.
    """

    def __init__(self, moving: MovingCuts, number: int, moves: dict[int, dict[str, float]]) -> None:
        self.moving, self.number, self.moves = moving, number, moves
        base = np.ones(len(moving.slim), dtype=bool)
        for i in range(1, number):
            base &= moving.mask(i, moves)
        alive = base.copy()
        depth = np.zeros(len(base), dtype=np.intp)
        score = next((i for i, c in enumerate(moving.cuts, 1) if c.uses_network), 0)
        waiting = None
        for i in range(number + 1, len(moving.cuts) + 1):
            if i == score:
                waiting = alive & np.isnan(moving.slim.column(next(moving.cuts[i - 1].leaves()).column))
            alive &= moving.mask(i, moves)
            depth += alive
        everything = bool(base.all())
        rows: Any = slice(None) if everything else base
        self._values = moving.values(number)[rows]
        self._depth = depth[rows]
        self._weight = np.asarray(moving.slim.column("weight"), dtype=np.float64)[rows]
        first = float(self._weight[0]) if len(self._weight) else 1.0
        self._same = first if bool((self._weight == first).all()) else None
        self._squares = self._weight[:0] if self._same is not None else self._weight**2
        self._waiting = None if waiting is None or not waiting.any() else waiting[rows]
        self._nominal_mask = moving.mask(number)[rows]
        earlier = [i for i in moves if i < number and moving.cut(i, moves) != moving.cut(i)]
        self._before = moving.handle(min(earlier), moves).count(moves[min(earlier)]) if earlier else None

    def count(self, bounds: Mapping[str, float] | None = None) -> MovedCounts:
        """Return all counts with the cut moved.

        Parameters
        ----------
        bounds
            Comparator -> value; where it is by default.
        """
        moving, number = self.moving, self.number
        cut = moving.cut(number, {number: bounds} if bounds else None)
        if cut == moving.cut(number):
            if not any(moving.cut(i, self.moves) != moving.cut(i) for i in self.moves if i != number):
                return MovedCounts(moving.nominal, (True,) * len(moving.nominal))
            passes = self._nominal_mask
        else:
            passes = np.ones(len(self._values), dtype=bool)
            for bound in cut.bounds:
                passes &= bound.mask(self._values)
        later = self._later(passes)
        before = self._before.counts[:number] if self._before is not None else moving.nominal[:number]
        kept = self._before.complete[:number] if self._before is not None else (True,) * number
        unscored = int(np.count_nonzero(passes & self._waiting)) if self._waiting is not None else 0
        if self._before is not None:
            unscored = max(unscored, self._before.unscored)
        return MovedCounts((*before, *later), (*kept, *moving.complete[number:]), unscored)

    def _later(self, passes: NDArray[np.bool_]) -> list[Count]:
        n = len(self.moving.cuts) - self.number + 1
        depth = self._depth[passes]
        raw = np.bincount(depth, minlength=n)[::-1].cumsum()[::-1]
        if self._same is not None:
            w = self._same
            return [Count(int(r), float(r) * w, float(r) * w * w) for r in raw]
        sums = np.bincount(depth, weights=self._weight[passes], minlength=n)[::-1].cumsum()[::-1]
        squares = np.bincount(depth, weights=self._squares[passes], minlength=n)[::-1].cumsum()[::-1]
        return [Count(int(r), float(w), float(w2)) for r, w, w2 in zip(raw, sums, squares, strict=True)]


def transformed(values: Array, transform: str | None) -> Array:
    """Return a column as a cut compares it, or spread towards one; NaN stays NaN.

    Parameters
    ----------
    values
        Column, shape (n,).
    transform
        None, ``"log10"``, ``"abs"`` or ``"-log10(1-p)"``.

    Raises
    ------
    BadOption
        If the transform is unknown.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        match transform:
            case None:
                return values
            case "log10":
                return np.asarray(np.log10(values))
            case "abs":
                return np.abs(values)
            case "-log10(1-p)":
                return np.asarray(-np.log10(1 - values))
    known = ("log10", "abs", TOWARDS_ONE)
    msg = f"unknown transform {transform!r}.{did_you_mean(transform, known)}"
    raise BadOption(msg)


def moved_cutflow(nominal: Cutflow, moving: MovingCuts, moves: Moves) -> Cutflow:
    """Return a cutflow with cuts moved; published rows stay as far as nothing was moved."""
    found = moving.count(moves)
    first = min((i for i in moves if moving.cut(i, moves) != moving.cut(i)), default=len(nominal.steps))
    steps = []
    for i, (step, count, whole) in enumerate(zip(nominal.steps, found.counts, found.complete, strict=False)):
        label = step.label
        if i and moving.cut(i, moves) != moving.cut(i):
            label = f"{moving.cut(i, moves).text} (moved)"
        if not whole:
            label += f" [{ONLY_SLIM}]"
        steps.append(replace(step, label=label, count=count))
    published = nominal.published
    if published is not None:
        published = replace(published, rows=tuple(r for r in published.rows if r.step < first))
    return replace(nominal, steps=tuple(steps), published=published, notes=(*nominal.notes, *remarks(moving, found)))


def remarks(moving: MovingCuts, found: MovedCounts) -> tuple[str, ...]:
    """Return what a reader must know about counts with cuts moved."""
    out = []
    if not all(found.complete):
        asked = ", ".join(c.text for c in moving.slim_cuts) or "cuts of its own"
        out.append(f"{ONLY_SLIM}: events that pass {asked}; the others are not known any more")
    if found.unscored:
        out.append(
            f"{found.unscored} events reach the network only with the cuts loosened; it was not run on them, so the "
            "rows from its score on are too low"
        )
    return tuple(out)
