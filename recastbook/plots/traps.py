"""Hypotheses of a trap hunt as bars: what each explains, and what speaks against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recastbook.exceptions import BadOption
from recastbook.plots.frame import COLOURS, aside, axes_or_new, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["TrapsPlot", "traps"]

_FLOOR = 0.01


@shown
class TrapsPlot(NamedTuple):
    """Artists of the ranking of a trap hunt; the best hypothesis stands on top."""

    figure: Figure | SubFigure
    ax: Axes
    bars: Any
    """One bar a hypothesis; claimed ones are filled, others hatched."""
    keys: tuple[str, ...]
    """Hypotheses shown, from the top."""
    claimed: tuple[str, ...]
    """Those that the hunter claims."""


def traps(
    report: Any, *, top: int = 10, right: str = "", note: str | None = None, about: str = "", ax: Axes | None = None
) -> TrapsPlot:
    """Draw the hypotheses of a trap hunt by what they explain of the disagreement with the contract.

    Parameters
    ----------
    report
        What ``search.hunt`` returned.
    top
        Hypotheses shown.
    right, note, about, ax
        As in :func:`feature`; a stand-in network is noted by itself.

    Raises
    ------
    BadOption
        If there is no hypothesis that anything at hand could tell from the contract.
    """
    told = [s for s in report.suspects if s.visible]
    if not told:
        msg = "no hypothesis of this report can be told from the contract: there is nothing to draw"
        raise BadOption(msg)
    claimed = tuple(t.hypothesis.key for t in report.traps)
    if note is None and "stand-in" in report.label:
        note = "stand-in network, not ATLAS"
    with styled():
        return _draw(told[:top], claimed, len(told) - top, right, note, about, ax)


def _draw(
    rows: list[Any], claimed: tuple[str, ...], left: int, right: str, note: str | None, about: str, ax: Axes | None
) -> TrapsPlot:
    extra = 2.0 if note else 0.0
    ax = axes_or_new(ax, (7.4, 1.6 + 0.3 * (len(rows) + extra)))
    keys = tuple(s.hypothesis.key for s in rows)
    gains = np.array([s.gain for s in rows])
    bars = ax.barh(np.arange(len(rows)), gains, height=0.66, color=COLOURS[1])
    for bar, key in zip(bars, keys, strict=True):
        if key not in claimed:
            bar.set(facecolor="white", edgecolor=COLOURS[0], hatch="////")
    ax.axvline(0.0, color="0.3", linewidth=1.0)
    # what speaks against a hypothesis can be a hundred times what speaks for one
    ax.set_xscale("symlog", linthresh=max(1.0, _FLOOR * float(np.abs(gains).max())))
    ax.set_yticks(np.arange(len(rows)), [words(k) for k in keys], fontsize="small")
    ax.tick_params(axis="y", which="both", left=False, right=False)
    ax.set_ylim(len(rows) - 0.4, -0.6 - extra)
    ax.set_xlabel("explains more than the contract (weighted disagreement)")
    if left > 0:
        aside(ax, f"{left} worse ones not shown")
    stamp(ax, right=right, note=note, about=about)
    return TrapsPlot(ax.figure, ax, bars, keys, claimed)
