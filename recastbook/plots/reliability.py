"""Reliability: what share of events with a predicted probability has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recastbook.plots.frame import COLOURS, axes_or_new, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["ReliabilityPlot", "reliability"]


@shown
class ReliabilityPlot(NamedTuple):
    """Artists of a reliability figure."""

    figure: Figure | SubFigure
    ax: Axes
    points: Any
    """Bins with error bars."""
    line: Any
    """Perfect calibration."""


def reliability(
    curve: Any, *, right: str = "", note: str | None = None, about: str = "", ax: Axes | None = None
) -> ReliabilityPlot:
    """Draw true against predicted probability.

    Parameters
    ----------
    curve
        A :class:`recastbook.surrogates.reliability.Reliability`.
    right, note, about, ax
        As in :func:`feature`.
    """
    with styled():
        axes = axes_or_new(ax)
        predicted = np.array([b.predicted for b in curve.bins])
        true, error = np.array([b.true for b in curve.bins]), np.array([b.error for b in curve.bins])
        good = (predicted > 0) & (true > 0)
        low = 0.5 * min(predicted[good].min(), true[good].min()) if good.any() else 1e-4
        line = axes.plot([low, 1], [low, 1], color="0.4", linestyle="--", linewidth=1, label="perfect")[0]
        points = axes.errorbar(
            predicted[good], true[good], yerr=error[good], fmt="o", color=COLOURS[0], capsize=3,
            label=f"held-out points, calibration error {curve.calibration_error:.2g}",
        )  # fmt: skip
        axes.set(xscale="log", yscale="log", xlabel=f"predicted probability of {words(curve.name)}")
        axes.set_ylabel("true probability")
        axes.legend(loc="upper left", fontsize="small")
        stamp(axes, right=right, note=note, about=about)
        return ReliabilityPlot(axes.figure, axes, points, line)
