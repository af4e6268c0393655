"""Means and widths of the inputs beside those of the card."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.hunt.case import Case
from recastbook.diagnostics.hunt.contract_checks import not_fixed
from recastbook.diagnostics.hunt.hypothesis import Hypothesis
from recastbook.diagnostics.hunt.layout import Layout
from recastbook.units import factor

__all__ = ["Moments"]

_CAP = 4.0
_TYPICAL = 100.0  # GeV, with a decade to either side
_FEW = 20


class Moments:
    """How far means and widths are from the card's: in decades for energies, in widths for other columns.

    A training set mixes signals and backgrounds, so that a signal is off by some. Where the card gives neither mean nor
    width, energies are expected between 10 and 1000 GeV.
    """

    name = "moments"

    def __init__(self, case: Case, *, weight: float) -> None:
        self.weight = weight
        self._case = case
        self._null = _distances(case.layout, case.raw, case.files)

    def tension(self, hypothesis: Hypothesis | None) -> NDArray[np.float64]:
        """Return the distance for every column, shape (K,)."""
        if hypothesis is None:
            return self._null
        undone = self._case.undone(hypothesis)
        if np.array_equal(undone, self._case.raw, equal_nan=True):
            return self._null
        found = _distances(self._case.layout, undone, self._case.files)
        lost = np.isnan(undone).any(axis=0) & ~np.isnan(self._case.raw).all(axis=0)
        if not lost.any():
            return found
        share = not_fixed(self._case, hypothesis, np.ones(len(found)))
        return np.where(lost, self._null * share, found)

    def note(self, hypothesis: Hypothesis | None) -> str:
        """Return one line about a hypothesis."""
        found = self.tension(hypothesis)
        worst = int(np.argmax(found))
        column = self._case.layout.card.inputs[worst]
        values = self._case.undone(hypothesis)[:, worst]
        mean = float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
        if not self._case.layout.normalises:
            gev = mean * (factor(column.unit) if column.unit not in ("1", "rad") else 1.0) / column.scale
            return (
                f"sum {found.sum():.3g}; furthest {column.name}: mean {gev:.4g} GeV (a median of 10 to 1000 is usual)"
            )
        said = float(np.mean(self._case.layout.constants(self._case.files)[0][..., worst]))
        return f"sum {found.sum():.3g}; furthest {column.name}: mean {mean:.4g} (card {said:.4g})"


def _distances(layout: Layout, raw: NDArray[np.float64], files: NDArray[np.int64]) -> NDArray[np.float64]:
    out = np.zeros(len(layout))
    present = layout.present(raw) if not layout.normalises else None
    means, widths = (np.broadcast_to(c, raw.shape) for c in layout.constants(files))
    for position, column in enumerate(layout.card.inputs):
        x = raw[:, position]
        good = np.isfinite(x)
        if column.level == "parameter" or good.sum() < _FEW:
            continue
        energy = column.unit not in ("1", "rad")
        if layout.normalises:
            mean, width = float(np.mean(means[good, position])), float(np.mean(widths[good, position]))
            out[position] = _from_card(x[good], mean, width, energy=energy)
        elif energy and present is not None:
            there = x[good & present[:, position]]
            if len(there) >= _FEW:
                typical = _TYPICAL * column.scale / factor(column.unit)
                off = abs(_decades(float(np.median(there)), typical)) - 1.0
                out[position] = min(_CAP, 2.0 * max(0.0, off))
    return out


def _from_card(x: NDArray[np.float64], mean: float, width: float, *, energy: bool) -> float:
    found, spread = float(x.mean()), float(x.std())
    off = 2.0 * abs(_decades(found, mean)) if energy and mean > 0.0 else abs(found - mean) / width
    ratio = abs(_decades(spread, width))
    return min(_CAP, off) + min(_CAP, 2.0 * ratio)


def _decades(value: float, other: float) -> float:
    """Return log10 of a ratio; large where it has none."""
    return float(np.log10(value / other)) if value > 0.0 and other > 0.0 else _CAP
