"""What a mistake does to the yields of regions: ratios with their statistical errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recastbook.exceptions import BadOption
from recastbook.plots.frame import COLOURS, aside, axes_or_new, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["TrapEffectPlot", "trap_effect"]


@shown
class TrapEffectPlot(NamedTuple):
    """Artists of a figure of ratios; regions stand in the order of the search, from the top."""

    figure: Figure | SubFigure
    ax: Axes
    points: Any
    """Mistaken over clean yield, with the statistical error of the events that move."""
    regions: tuple[str, ...]
    """Regions shown, from the top."""


def trap_effect(
    effect: Any, *, right: str = "", note: str | None = None, about: str = "", ax: Axes | None = None
) -> TrapEffectPlot:
    """Draw the yield of every region with mistaken inputs over that with clean ones.

    Parameters
    ----------
    effect
        What :func:`recastbook.diagnostics.hunt.effect` returned.
    right, note, about, ax
        As in :func:`feature`; a stand-in network is noted by itself.

    Raises
    ------
    BadOption
        If no region selects an event by the contract, so that there is no ratio.
    """
    kept = [r for r in effect.regions if r.ratio is not None]
    if not kept:
        msg = f"no region selects an event by the contract ({len(effect.regions)} regions): there is no ratio to draw"
        raise BadOption(msg)
    if note is None and "stand-in" in effect.label:
        note = "stand-in network, not ATLAS"
    with styled():
        return _draw(kept, len(effect.regions) - len(kept), effect.hypothesis.key, right, note, about, ax)


def _draw(
    rows: list[Any], left: int, key: str, right: str, note: str | None, about: str, ax: Axes | None
) -> TrapEffectPlot:
    extra = 2.0 if note else 0.0
    ax = axes_or_new(ax, (6.8, 1.6 + 0.27 * (len(rows) + extra)))
    ratios, errors = (np.array([getattr(r, name) for r in rows]) for name in ("ratio", "ratio_error"))
    y = np.arange(len(rows))
    points = ax.errorbar(ratios, y, xerr=errors, fmt="o", color=COLOURS[0], capsize=2)
    ax.axvline(1.0, color="0.3", linewidth=1.0, linestyle="--")
    ax.set_xlim(0.0, 1.1 * max(1.6, float((ratios + errors).max())))
    ax.set_yticks(y, [words(r.region) for r in rows], fontsize="small")
    ax.tick_params(axis="y", which="both", left=False, right=False)
    ax.set_ylim(len(rows) - 0.4, -0.6 - extra)
    ax.set_xlabel(words(f"yield with the mistake / by the contract ({key})"), fontsize="small")
    if left:
        aside(ax, f"{left} without events by the contract")
    stamp(ax, right=right, note=note, about=about)
    return TrapEffectPlot(ax.figure, ax, points, tuple(r.region for r in rows))
