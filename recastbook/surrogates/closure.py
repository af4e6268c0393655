"""Closure of a surrogate on model points it has not seen: bias with its sign, pulls, and what the spread is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recastbook import display
from recastbook.exceptions import UnknownName, did_you_mean

__all__ = ["Closure", "ClosureRow"]

_RARE = 1e-12


@dataclass(frozen=True, slots=True)
class ClosureRow:
    """One held-out point and class."""

    point: str
    """Model point."""
    region: str
    """Class."""
    true: float
    """True efficiency of the point's events."""
    true_error: float
    """Its statistical error."""
    predicted: float
    """Mean prediction of an ensemble that never saw the point."""
    spread: float
    """Standard deviation of the members' means."""
    inside: bool
    """Whether the point lies inside the hull of the points trained on."""
    novelty: float
    """Share of its events that are farther from all training events than 1 % of those are from each other."""

    @property
    def ratio(self) -> float:
        """Predicted over true."""
        return self.predicted / self.true if self.true > _RARE else math.nan

    @property
    def bias(self) -> float:
        """Predicted over true, minus one: with its sign."""
        return self.ratio - 1

    @property
    def factor(self) -> float:
        """By what factor the prediction is wrong, either way; at least 1."""
        if not self.true > _RARE or not self.predicted > _RARE:
            return math.nan
        return max(self.ratio, 1 / self.ratio)

    @property
    def pull(self) -> float:
        """Difference over ensemble spread and statistical error in quadrature."""
        size = math.hypot(self.spread, self.true_error)
        return (self.predicted - self.true) / size if size else math.nan


@dataclass(frozen=True)
class Closure(display.Tabular):
    """All held-out points of a training."""

    rows: tuple[ClosureRow, ...]
    """One row a point and class."""
    scheme: str
    """How points were held out."""

    def of(self, region: str, *, inside: bool | None = None) -> tuple[ClosureRow, ...]:
        """Return the rows of a class, all or those inside or outside the hull.

        Raises
        ------
        UnknownName
            If there is no such class.
        """
        known = {row.region for row in self.rows}
        if region not in known:
            msg = f"no class {region!r}.{did_you_mean(region, known)}"
            raise UnknownName(msg)
        return tuple(r for r in self.rows if r.region == region and inside in (None, r.inside))

    def bias(self, region: str, *, inside: bool | None = None) -> float:
        """Return the mean relative bias with its sign; nan without points."""
        return _mean([r.bias for r in self.of(region, inside=inside)])

    def error(self, region: str) -> float:
        """Return the relative error to expect inside the hull: root mean square of the biases there.

        Where no held-out point was inside, all of them count, which is too much rather than too little.
        """
        rows = self.of(region, inside=True) or self.of(region)
        return math.sqrt(_mean([r.bias**2 for r in rows]))

    def worst_factor(self, region: str, *, inside: bool | None = None) -> float:
        """Return by what factor the worst point is wrong; nan without points."""
        return max((r.factor for r in self.of(region, inside=inside) if math.isfinite(r.factor)), default=math.nan)

    def worst_pull(self, region: str, *, inside: bool | None = None) -> float:
        """Return the pull of largest size, taken against the ensemble spread; nan without points."""
        pulls = [r.pull for r in self.of(region, inside=inside) if math.isfinite(r.pull)]
        return max(pulls, key=abs, default=math.nan)

    @property
    def summary(self) -> str:
        """One sentence for a model card."""
        parts = []
        for region in dict.fromkeys(r.region for r in self.rows):
            inside, outside = self.of(region, inside=True), self.of(region, inside=False)
            text = f"{region}: "
            if inside:
                text += (
                    f"mean bias {100 * self.bias(region, inside=True):+.0f} % at {len(inside)} points inside the hull"
                )
            if outside:
                text += f"{', ' if inside else ''}mean bias {100 * self.bias(region, inside=False):+.0f} %"
                text += f" and up to a factor {self.worst_factor(region, inside=False):.2g} at {len(outside)} outside"
            parts.append(text)
        return f"signed bias on model points held out ({self.scheme}); " + "; ".join(parts)

    _HEADERS = (
        "held-out point", "class", "true [%]", "predicted [%]", "spread [%]", "bias", "pull", "hull", "novel events",
    )  # fmt: skip

    def _cells(self) -> list[list[object]]:
        return [
            [
                r.point, r.region, display.plus_minus(100 * r.true, 100 * r.true_error), 100 * r.predicted,
                100 * r.spread, f"{100 * r.bias:+.0f} %" if math.isfinite(r.bias) else "-", f"{r.pull:+.1f}",
                display.Cell("inside", "ok") if r.inside else display.Cell("OUTSIDE", "bad"),
                f"{100 * r.novelty:.1f} %",
            ]
            for r in self.rows
        ]  # fmt: skip

    def _notes(self) -> list[str]:
        notes = [f"held out: {self.scheme}; novel events: 1 % is what a sample like the training has"]
        regions = dict.fromkeys(r.region for r in self.rows if not r.inside)
        notes += [
            f"{region}: these points lie just outside the hull and are wrong by up to a factor "
            f"{self.worst_factor(region, inside=False):.2g}, a pull of {self.worst_pull(region, inside=False):+.1f} "
            "against the ensemble spread; farther out it may be any factor, and the spread is no error"
            for region in regions
        ]
        return notes

    def __str__(self) -> str:
        return str(self._as_table())

    def _as_table(self) -> display.TableView:
        return display.TableView(self._HEADERS, self._cells(), "Closure", self._notes())

    def _repr_html_(self) -> Any:
        return self._as_table()._repr_html_()


def _mean(values: Sequence[float]) -> float:
    good = [v for v in values if math.isfinite(v)]
    return sum(good) / len(good) if good else math.nan
