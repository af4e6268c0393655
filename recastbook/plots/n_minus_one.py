"""N-1: the distribution after all other cuts of a region, split by the cut that is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recastbook.plots.features import between, feature
from recastbook.plots.frame import shown

if TYPE_CHECKING:
    import hist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["NMinusOnePlot", "n_minus_one"]


@shown
class NMinusOnePlot(NamedTuple):
    """Artists of an N-1 figure."""

    figure: Figure | SubFigure
    ax: Axes
    steps: tuple[Any, ...]
    """One outline a histogram."""
    errors: tuple[Any, ...]
    """One error band a histogram."""
    cuts: tuple[Any, ...]
    """One line a bound of the cut."""
    lost: tuple[Any, ...]
    """Shade over what the cut takes away."""
    legend: Any
    """Legend."""


def n_minus_one(
    histograms: hist.Hist | Mapping[str, hist.Hist],
    *,
    bounds: Sequence[Any] = (),
    label: str = "",
    unit: str = "1",
    scale: float | None = None,
    log: bool = False,
    ax: Axes | None = None,
    **options: Any,
) -> NMinusOnePlot:
    """Draw the distribution after all other cuts; what the cut takes away is shaded.

    Parameters
    ----------
    histograms
        What ``Result.n_minus_one`` returns, or several by name.
    bounds
        Bounds of the cut that is left out: records with `value` and `comparator` (and `high` for ``outside``).
    label, unit, scale, log, ax
        As in :func:`feature`.
    **options
        Of :func:`feature`: `right`, `note`, `about`.
    """
    plot = feature(histograms, label=label, unit=unit, scale=scale, log=log, cuts=bounds, ax=ax, **options)
    low, high = plot.ax.get_xlim()
    shades = []
    for a, b in _lost(bounds, plot.steps[0].get_data().edges):
        left, right = max(low, a), min(high, b)
        if right > left:
            shades.append(
                plot.ax.axvspan(left, right, facecolor="0.5", alpha=0.14, hatch="//", edgecolor="0.55", linewidth=0)
            )
    plot.ax.set_xlim(low, high)
    return NMinusOnePlot(plot.figure, plot.ax, plot.steps, plot.errors, plot.cuts, tuple(shades), plot.legend)


def _lost(bounds: Sequence[Any], edges: Any) -> list[tuple[float, float]]:
    """Return the intervals that fail any of the bounds."""
    out: list[tuple[float, float]] = []
    for bound in bounds:
        match getattr(bound, "comparator", ""):
            case "min" | "above":
                out.append((-np.inf, between(bound.value, bound.comparator, edges)))
            case "max" | "below":
                out.append((between(bound.value, bound.comparator, edges), np.inf))
            case "equals":
                low, high = (between(bound.value, name, edges) for name in ("min", "max"))
                out += [(-np.inf, low), (high, np.inf)]
            case "outside" if bound.high is not None:
                out.append((bound.value, bound.high))
    return out
