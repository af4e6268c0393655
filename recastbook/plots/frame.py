"""What all figures share: style in a context, axes, and the words that say whose numbers these are."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import mplhep
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = ["COLOURS", "LINES", "axes_or_new", "figure", "stamp", "styled", "wrapped"]

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Colours that stay apart for colour-blind readers (Okabe and Ito)."""
LINES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (1, 1)))
"""Line styles that go with them, for readers without colour."""
BAND_1, BAND_2 = "#8fce8f", "#f5e27a"
"""One and two standard deviations; the light one carries hatching-free grey value below the dark one in print."""

_OVERRIDES = {
    "font.size": 11,
    "figure.figsize": (6.4, 4.4),
    "figure.dpi": 100,
    "axes.linewidth": 0.9,
    "axes.labelsize": "medium",
    "xtick.labelsize": "small",
    "ytick.labelsize": "small",
    "xtick.major.size": 6,
    "xtick.minor.size": 3,
    "ytick.major.size": 6,
    "ytick.minor.size": 3,
    "legend.fontsize": "small",
    "lines.linewidth": 1.5,
    "lines.markersize": 5,
    "axes.unicode_minus": True,
    # a font set that matplotlib holds itself: mathtext is laid out when drawn, outside this context
    "mathtext.fontset": "stixsans",
}


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Draw inside with the look of particle physics (mplhep's ROOT style, sized for a notebook); nothing stays set."""
    interactive = mpl.is_interactive()
    try:
        with mpl.rc_context():
            mpl.rcParams.update({**mplhep.style.ROOT, **_OVERRIDES})
            try:
                yield
            finally:
                interactive = mpl.is_interactive()
    finally:
        # a notebook's backend turns interactive when the first figure is made; undone, it would never show another
        mpl.interactive(interactive)


def figure(width: float = 6.4, height: float = 4.4) -> tuple[Figure, Axes]:
    """Return a figure and its axes that pyplot does not keep: nothing is shown, and nothing piles up.

    Parameters
    ----------
    width, height
        Size, inches.
    """
    with styled():
        made = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(made)
        return made, made.add_subplot()


def axes_or_new(ax: Axes | None, size: tuple[float, float] | None = None) -> Axes:
    """Return the axes given, or those of a new pyplot figure."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    made: Axes = plt.subplots(figsize=size, layout="constrained")[1]
    return made


def wrapped(text: str, width: int = 34) -> str:
    """Return long labels broken into lines; mathtext is left alone."""
    return text if "$" in text else "\n".join(textwrap.wrap(text, width, break_on_hyphens=False)) or text


def stamp(ax: Axes, *, right: str = "", note: str | None = None) -> tuple[Text, ...]:
    """Write the maker over the axes, `right` at the other end, and a framed note inside.

    Parameters
    ----------
    ax
        Axes.
    right
        For example energy and luminosity.
    note
        What must not be overlooked, for example ``stand-in network, not ATLAS``.
    """
    place: dict[str, Any] = {"transform": ax.transAxes, "va": "bottom", "fontsize": "small"}
    made = [ax.text(0.0, 1.015, "recastbook", ha="left", weight="bold", **place)]
    if right:
        made.append(ax.text(1.0, 1.015, right, ha="right", **place))
    if note:
        box = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": "#d55e00", "alpha": 0.9}
        words = textwrap.fill(note, 44)
        made.append(
            ax.text(
                0.02, 0.97, words, transform=ax.transAxes, ha="left", va="top", fontsize="small", bbox=box, zorder=10
            )
        )
    return tuple(made)


def headroom(ax: Axes, *, log: bool, share: float) -> None:
    """Leave the upper `share` of the axes free for legend and note."""
    low, high = ax.get_ylim()
    if log:
        if low > 0 and high > low:
            ax.set_ylim(low, high * (high / low) ** (share / (1 - share)))
    else:
        ax.set_ylim(low, high + (high - low) * share / (1 - share))
