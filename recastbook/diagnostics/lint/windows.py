"""Windows of regions on one score: where two of them leave a gap between them or share events."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from recastbook.regions import Region

__all__ = ["Clash", "Window", "clashes", "one_digit_more"]

_ORDER = {"control": 0, "validation": 1, "signal": 2}


@dataclass(frozen=True, slots=True)
class Window:
    """What a region allows on one column."""

    low: float = -math.inf
    low_included: bool = True
    high: float = math.inf
    high_included: bool = True

    def apart(self, other: Window) -> bool:
        """Return whether no value lies in both."""
        return self.below(other) or other.below(self)

    def below(self, other: Window) -> bool:
        """Return whether all of this window lies below all of the other."""
        if self.high == other.low:
            return not (self.high_included and other.low_included)
        return self.high < other.low


@dataclass(frozen=True, slots=True)
class Clash:
    """Two regions whose windows on a score do not meet as they should."""

    lower: str
    upper: str
    text: str
    level: str = ""


def clashes(regions: Sequence[Region], outputs: Collection[str]) -> Iterator[Clash]:
    """Yield gaps between validation and signal regions and overlaps of regions of different kinds.

    Two regions that another cut keeps apart may overlap in the score.

    Parameters
    ----------
    regions
        The regions.
    outputs
        Names of the scores to look at.
    """
    scores = {
        _column(leaf.column, leaf.transform)
        for region in regions for cut in region.cuts for leaf in cut.leaves() if leaf.score in outputs
    }  # fmt: skip
    all_windows = {region.name: _windows(region) for region in regions}
    for first, second in itertools.combinations(regions, 2):
        if first.kind == second.kind or not {first.kind, second.kind} <= set(_ORDER):
            continue
        if first.parent and first.parent == second.parent:
            continue
        lower, upper = sorted((first, second), key=lambda region: _ORDER[region.kind])
        below, above = all_windows[lower.name], all_windows[upper.name]
        shared = [column for column in below if column in above]
        cut_on = [column for column in shared if column in scores]
        if not cut_on or any(below[c].apart(above[c]) for c in shared if c not in scores):
            continue
        apart = [column for column in cut_on if below[column].apart(above[column])]
        if not apart:
            column = cut_on[0]
            yield Clash(lower.name, upper.name, _overlap(column, below[column], above[column], lower, upper))
            continue
        for column in apart if len(apart) == 1 else ():
            left, right = sorted((below[column], above[column]), key=lambda window: window.low)
            if left.high < right.low and math.isfinite(left.high):
                # between control and validation a distance is often wanted
                level = "" if (lower.kind, upper.kind) == ("validation", "signal") else "I"
                if _next_neighbour(left, right, column, all_windows):
                    yield Clash(lower.name, upper.name, _gap(column, left, right, lower, upper), level)


def _next_neighbour(left: Window, right: Window, column: str, windows: dict[str, dict[str, Window]]) -> bool:
    """Return whether no third region fills the space between two windows."""
    between = [w[column] for w in windows.values() if column in w]
    return not any(w.low < right.low and w.high > left.high and w not in (left, right) for w in between)


def _overlap(column: str, below: Window, above: Window, lower: Region, upper: Region) -> str:
    low, high = max(below.low, above.low), min(below.high, above.high)
    text = f"{column}: {lower.kind} region {lower.name} and {upper.kind} region {upper.name} share [{low:g}, {high:g}]."
    return text + _digit(below.high, above.low)


def _gap(column: str, left: Window, right: Window, lower: Region, upper: Region) -> str:
    text = (
        f"{column}: {lower.kind} region {lower.name} and {upper.kind} region {upper.name} do not meet; "
        f"{left.high:g} to {right.low:g} is in neither."
    )
    return text + _digit(left.high, right.low)


def _digit(first: float, second: float) -> str:
    if math.isfinite(first) and math.isfinite(second) and first != second and one_digit_more(first, second):
        return f" {first:g} and {second:g} differ by one digit that is there once more."
    return ""


def one_digit_more(first: float, second: float) -> bool:
    """Return whether one number is the other with one more digit in it.

    Examples
    --------
    >>> one_digit_more(0.997, 0.9997), one_digit_more(0.997, 0.9983)
    (True, False)
    """
    short, long = sorted((f"{first:.12g}", f"{second:.12g}"), key=len)
    return len(long) == len(short) + 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _column(name: str, transform: str | None) -> str:
    return f"{transform}({name})" if transform else name


def _windows(region: Region) -> dict[str, Window]:
    out: dict[str, Window] = {}
    for cut in region.cuts:
        if cut.any:
            continue  # an alternative confines nothing by itself
        name = _column(cut.column, cut.transform)
        window = out.get(name, Window())
        for bound in cut.bounds:
            if bound.comparator in ("min", "above", "equals") and bound.value >= window.low:
                window = Window(bound.value, bound.comparator != "above", window.high, window.high_included)
            if bound.comparator in ("max", "below", "equals") and bound.value <= window.high:
                window = Window(window.low, window.low_included, bound.value, bound.comparator != "below")
        out[name] = window
    return out
