"""Closure of a surrogate: predicted over true efficiency of model points that were held out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recastbook.plots.frame import COLOURS, axes_or_new, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["ClosurePlot", "closure"]


@shown
class ClosurePlot(NamedTuple):
    """Artists of a closure figure."""

    figure: Figure | SubFigure
    ax: Axes
    inside: Any
    """Points inside the hull of the others, filled, with error bars; None without any."""
    outside: Any
    """Points outside, crosses, with error bars that are no errors; None without any."""
    line: Any
    """Perfect closure."""


def closure(
    measured: Any, region: str, *, right: str = "", note: str | None = None, about: str = "", ax: Axes | None = None
) -> ClosurePlot:
    """Draw predicted over true efficiency of each held-out point.

    Parameters
    ----------
    measured
        A :class:`recastbook.surrogates.closure.Closure`. Bars are the spread of its ensembles and the statistical error
        of the truth in quadrature.
    region
        Class.
    right, note, about, ax
        As in :func:`feature`.
    """
    rows = [r for r in measured.of(region) if np.isfinite(r.ratio)]
    with styled():
        axes = axes_or_new(ax, (6.4, 0.45 * max(len(rows), 3) + 1.6))
        places = np.arange(len(rows))[::-1]
        found: dict[bool, Any] = {}
        for inside, marker, colour, label in (
            (True, "o", COLOURS[0], "inside the hull of the others"),
            (False, "x", COLOURS[1], "OUTSIDE the hull: the bars are no error there"),
        ):
            mine = [i for i, r in enumerate(rows) if r.inside == inside]
            if not mine:
                found[inside] = None
                continue
            ratio = np.array([rows[i].ratio for i in mine])
            error = np.array(
                [np.hypot(rows[i].spread, rows[i].true_error * rows[i].ratio) / rows[i].true for i in mine]
            )
            found[inside] = axes.errorbar(
                ratio, places[mine], xerr=error, fmt=marker, color=colour, label=label, capsize=3, markersize=7
            )
        line = axes.axvline(1.0, color="0.4", linestyle="--", linewidth=1)
        axes.set_yticks(places, [words(r.point) for r in rows])
        axes.set_ylim(-0.7, len(rows) + 0.9)
        axes.set_xlabel(f"predicted / true efficiency of {words(region)}")
        axes.legend(loc="upper right", fontsize="small")
        stamp(axes, right=right, note=note, about=about)
        return ClosurePlot(axes.figure, axes, found[True], found[False], line)
