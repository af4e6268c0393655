"""Whether predicted probabilities mean what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook import display

__all__ = ["Reliability", "ReliabilityBin", "reliability"]


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Events of similar predicted probability."""

    predicted: float
    """Their mean predicted probability."""
    true: float
    """Their mean true probability, or the share with the label."""
    error: float
    """Statistical error of the latter."""
    share: float
    """Share of all events."""


@dataclass(frozen=True)
class Reliability(display.Tabular):
    """Predicted against true probability of one class, on events of points that were held out."""

    name: str
    """The class."""
    bins: tuple[ReliabilityBin, ...]
    """Bins of rising prediction."""

    @property
    def calibration_error(self) -> float:
        """Mean absolute difference of the bins, weighted with their events (expected calibration error)."""
        return float(sum(b.share * abs(b.predicted - b.true) for b in self.bins))

    @property
    def relative_calibration_error(self) -> float:
        """The same over the mean true probability."""
        mean = sum(b.share * b.true for b in self.bins)
        return self.calibration_error / mean if mean else float("nan")

    def _rows(self) -> list[list[object]]:
        return [
            [display.number(b.predicted), display.plus_minus(b.true, b.error), f"{100 * b.share:.1f} %"]
            for b in self.bins
        ]

    _HEADERS = ("predicted", "true", "events")

    def _title(self) -> str:
        return f"Reliability of {self.name}: calibration error {display.number(self.calibration_error)}"

    def __str__(self) -> str:
        return str(self._as_table())

    def _as_table(self) -> display.TableView:
        return display.TableView(self._HEADERS, self._rows(), self._title())

    def _repr_html_(self) -> Any:
        return self._as_table()._repr_html_()


def reliability(
    name: str,
    predicted: NDArray[np.float64],
    true: NDArray[np.float64],
    weight: NDArray[np.float64],
    *,
    bins: int = 10,
) -> Reliability:
    """Bin events by predicted probability, as many events in each bin.

    Parameters
    ----------
    name
        The class.
    predicted, true, weight
        Shape (N,).
    bins
        How many; the last ones are split further, since rare classes live in the highest predictions.

    Examples
    --------
    >>> p = np.linspace(0, 1, 101)
    >>> reliability("A", p, p, np.ones(101)).calibration_error < 1e-12
    True
    """
    shares = np.unique(np.concatenate([np.linspace(0, 1, bins + 1), 1 - 0.1 * 0.5 ** np.arange(1, 4)]))
    edges = np.unique(np.quantile(predicted, shares))
    which = np.clip(np.searchsorted(edges, predicted, side="right") - 1, 0, max(len(edges) - 2, 0))
    total = float(np.sum(weight))
    out = []
    for k in range(max(len(edges) - 1, 1)):
        mine = which == k
        w = weight[mine]
        size = float(np.sum(w))
        if not size:
            continue
        mean = float(np.sum(w * true[mine])) / size
        error = float(np.sqrt(np.sum((w * (true[mine] - mean)) ** 2))) / size
        out.append(ReliabilityBin(float(np.sum(w * predicted[mine])) / size, mean, error, size / total))
    return Reliability(name, tuple(out))
