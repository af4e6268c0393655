"""Inputs beside clean ones of the search: row by row where events are the same, else by their distributions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.hunt.case import Case
from recastbook.diagnostics.hunt.changes import Order, Padding
from recastbook.diagnostics.hunt.hypothesis import Hypothesis

__all__ = ["Rows", "Spread"]

_RELATIVE, _ABSOLUTE = 2e-4, 1e-4
"""Cells agree within this share of themselves or of the width of their column: user's numbers may be rounded."""
_OFTEN = 0.02
"""Columns are named if more than this share of their rows differs."""
_ALIKE = 0.01
"""Ratios or differences are one and the same if the middle half of them spans less than this share of it."""
_FEW = 20
_FLOOR = 1.5
"""Distances of two samples of the same thing stay below this many 1/sqrt(n)."""


class Rows:
    """Share of cells that differ from clean inputs of the same events, column by column."""

    name = "row by row"
    weight = 10.0

    def __init__(self, case: Case) -> None:
        found = case.expected
        if found is None or case.pairs is None:
            message = "rows need pairs"
            raise ValueError(message)
        self._case = case
        self._clean, self._files = found
        spread = spread_of(self._clean)
        self._margin = _ABSOLUTE * np.where(spread > 0, spread, 1.0)

    def tension(self, hypothesis: Hypothesis | None) -> NDArray[np.float64]:
        """Return the share of differing rows for every column, shape (K,)."""
        _, known, off = self._beside(hypothesis)
        counted = known.sum(axis=0)
        return np.where(counted > 0, off.sum(axis=0) / np.maximum(counted, 1), 0.0)

    def _beside(
        self, hypothesis: Hypothesis | None
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
        """Return what is expected, which cells can be compared, and which of those differ; shapes (N, K)."""
        made = self._clean if hypothesis is None else hypothesis.apply(self._clean, self._files)
        raw = self._case.raw
        known = np.isfinite(raw) & np.isfinite(made)
        with np.errstate(invalid="ignore"):
            off = np.abs(raw - made) > np.maximum(self._margin, _RELATIVE * np.abs(made)) + self._case.layout.tolerance
        return made, known, off & known

    def differing(self, hypothesis: Hypothesis | None) -> list[str]:
        """Return which columns differ under a hypothesis, with the share of rows and how, the most frequent first."""
        made, _, off = self._beside(hypothesis)
        share = self.tension(hypothesis)
        columns = [c for c in np.argsort(-share, kind="stable") if share[c] > _OFTEN]
        how = [_how(self._case.raw[off[:, c], c], made[off[:, c], c]) for c in columns]
        names = [self._case.layout.card.inputs[c].name for c in columns]
        return [f"{n} ({100 * share[c]:.3g} % of rows, {h})" for n, c, h in zip(names, columns, how, strict=True)]

    def note(self, hypothesis: Hypothesis | None) -> str:
        """Return one line about a hypothesis."""
        share = float(self.tension(hypothesis).sum() / len(self._case.layout))
        return f"{100 * share:.3g} % of the cells differ from clean inputs of the same events"


class Spread:
    """Distance between the distributions of the inputs and of clean ones of the search, column by column.

    Among objects that exist in both it is that of Kolmogorov and Smirnov less what statistics make; among absent ones
    the share that is not padded as expected. How many objects exist is not compared: that differs between signals.
    """

    name = "distributions"
    weight = 3.0

    def __init__(self, case: Case) -> None:
        found = case.expected
        if found is None:
            message = "distributions need clean inputs"
            raise ValueError(message)
        self._case = case
        self._clean, self._files = found
        self._there = case.layout.present(self._clean)
        self._null = self._distances(self._clean, None, range(len(case.layout)), np.zeros(len(case.layout)))

    def tension(self, hypothesis: Hypothesis | None) -> NDArray[np.float64]:
        """Return the distance for every column, shape (K,)."""
        if hypothesis is None:
            return self._null
        made = hypothesis.apply(self._clean, self._files)
        touched = np.flatnonzero((~np.isclose(made, self._clean, equal_nan=True)).any(axis=0))
        if isinstance(hypothesis.change, Padding) and len(touched):
            anchors = {int(a) for a in self._case.layout.anchors[touched]}
            touched = np.flatnonzero([a in anchors for a in self._case.layout.anchors])
        return self._distances(made, hypothesis, touched, self._null)

    def _distances(
        self, made: NDArray[np.float64], hypothesis: Hypothesis | None, columns: object, start: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        layout = self._case.layout
        padding, anchors, there = layout.padding, layout.anchors, self._there
        if hypothesis is not None and isinstance(hypothesis.change, Padding):
            padding = hypothesis.change.values(layout)
        if hypothesis is not None and isinstance(hypothesis.change, Order):
            # position j holds what belongs to source[j]: its object, padding and anchor come along
            source = np.array(hypothesis.change.source)
            back = np.argsort(source)
            moved = anchors[source]
            anchors = np.where(moved >= 0, back[moved], -1)
            padding, there = padding[source], there[:, source]
            if hypothesis.change.by_name and layout.normalises:
                padding = ((layout.padding - layout.means[0]) / layout.widths[0])[source]
                padding = padding * layout.widths[0] + layout.means[0]
        out = start.copy()
        raw = self._case.raw
        for column in np.asarray(columns, dtype=np.int64):
            anchor = anchors[column]
            theirs = raw[:, column]
            if np.isnan(theirs).all():
                out[column] = 0.0
                continue
            mine = np.ones(len(raw), dtype=bool)
            pads = 0.0
            if anchor >= 0:
                mine = ~(np.abs(raw[:, anchor] - padding[anchor]) <= layout.tolerance[anchor])
                absent = theirs[~mine]
                if len(absent) >= _FEW:
                    pads = float(np.mean(np.abs(absent - padding[column]) > layout.tolerance[column]))
            out[column] = min(1.0, pads + _distance(theirs[mine], made[there[:, column], column]))
        return out

    def note(self, hypothesis: Hypothesis | None) -> str:
        """Return one line about a hypothesis."""
        found = self.tension(hypothesis)
        worst = int(np.argmax(found))
        name = self._case.layout.card.inputs[worst].name
        return f"distances sum to {found.sum():.3g} over {len(found)} columns; largest {found[worst]:.2g} ({name})"


def _how(theirs: NDArray[np.float64], ours: NDArray[np.float64]) -> str:
    """Say by what factor or offset numbers differ from ours."""
    filled = ours != 0.0
    for values, words in ((theirs[filled] / ours[filled], _factor), (theirs - ours, "offset {:+.4g}".format)):
        if 2 * len(values) > len(theirs):
            low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
            if middle and high - low <= _ALIKE * abs(middle):
                return words(float(middle))
    return f"no common factor or offset, typically {np.median(theirs):.3g} where ours is {np.median(ours):.3g}"


def _factor(ratio: float) -> str:
    return f"divided by {1 / ratio:.4g}" if 0.0 < abs(ratio) < 1.0 else f"x {ratio:.4g}"


def spread_of(raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation of every column, 0 for columns without numbers; shape (K,)."""
    return np.asarray(np.std(np.where(np.isfinite(raw), raw, 0.0), axis=0) * np.isfinite(raw).any(axis=0))


def _distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the distance of Kolmogorov and Smirnov of two samples, less its statistical size."""
    one, other = np.sort(one[np.isfinite(one)]), np.sort(other[np.isfinite(other)])
    if len(one) < _FEW or len(other) < _FEW:
        return 0.0
    # numbers that agree in float32 are the same number: steps of codes and constants must fall together
    both = np.unique(np.concatenate([one, other]))
    margin = 1e-5 * np.maximum(1.0, np.abs(both))
    high = [np.searchsorted(x, both + margin, side="right") / len(x) for x in (one, other)]
    floor = _FLOOR * np.sqrt(1.0 / len(one) + 1.0 / len(other))
    return float(max(0.0, np.abs(high[0] - high[1]).max() - floor))
