"""What all figures share: style in a context, axes, and the words that say whose numbers these are."""

from __future__ import annotations

import contextlib
import io
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import matplotlib as mpl
import mplhep
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from mplhep.label import ExpLabel, add_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = [
    "BAND_1", "BAND_2", "COLOURS", "LINES", "aside", "axes_or_new", "figure", "headroom", "new_figure", "png", "shown",
    "stamp", "styled", "words", "wrapped",
]  # fmt: skip

_Plot = TypeVar("_Plot")
_SILENT = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}
"""Backends that show nothing."""

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
    # a figure is a white card with a margin, on a dark page too: black axes and labels stay readable
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "figure.constrained_layout.w_pad": 0.09,
    "figure.constrained_layout.h_pad": 0.09,
    "axes.formatter.useoffset": False,
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


def new_figure(size: tuple[float, float] | None = None) -> Figure:
    """Return an empty figure: pyplot's where its backend shows figures, else one that nobody keeps.

    A notebook shows what pyplot holds and drops it after the cell; in a script or a test nothing is shown, and a
    figure that pyplot holds is a leak.
    """
    if mpl.get_backend().lower() in _SILENT:
        made = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(made)
        return made
    import matplotlib.pyplot as plt

    kept: Figure = plt.figure(figsize=size, layout="constrained")
    return kept


def axes_or_new(ax: Axes | None, size: tuple[float, float] | None = None) -> Axes:
    """Return the axes given, or those of a new figure (see :func:`new_figure`)."""
    return ax if ax is not None else new_figure(size).add_subplot()


def shown(cls: type[_Plot]) -> type[_Plot]:
    """Give a record of artists a short text, and its picture where a notebook does not show the figure already."""
    made: Any = cls

    def text(self: Any) -> str:
        parts = ", ".join(name for name in self._fields if name != "figure")
        return f"<{cls.__name__}: {parts}; figure.savefig(...) keeps it>"

    def picture(self: Any) -> bytes | None:
        import matplotlib.pyplot as plt

        root = self.figure.get_figure(root=True) if isinstance(self.figure, SubFigure) else self.figure
        number = getattr(root, "number", None)
        return None if number is not None and plt.fignum_exists(number) else png(root)

    made.__repr__, made._repr_png_ = text, picture
    return cls


def png(made: Figure, dpi: float = 100) -> bytes:
    """Return a figure as PNG."""
    stream = io.BytesIO()
    made.savefig(stream, format="png", dpi=dpi)
    return stream.getvalue()


def words(text: object) -> str:
    r"""Return text that can be drawn: formulas between dollars stay formulas, dollars that make none are written.

    Examples
    --------
    >>> print(words(r"$m_{\tilde g}$"), words("costs $5"))
    $m_{\tilde g}$ costs \$5
    """
    said = str(text)
    if "$" not in said:
        return said
    from matplotlib.cbook import is_math_text
    from matplotlib.mathtext import MathTextParser

    if is_math_text(said):
        try:
            MathTextParser("path").parse(said)
        except ValueError:
            return said.replace(r"\$", "$").replace("$", r"\$")
        return said
    return said.replace(r"\$", "$").replace("$", r"\$")


def wrapped(text: str, width: int = 34) -> str:
    """Return long labels broken into lines; mathtext is left alone."""
    text = words(text)
    return text if "$" in text else "\n".join(textwrap.wrap(text, width, break_on_hyphens=False)) or text


def stamp(ax: Axes, *, right: str = "", note: str | None = None, about: str = "") -> tuple[Text, ...]:
    """Write the maker over the axes, in the place and look of an experiment's label, and what must not be overlooked.

    Parameters
    ----------
    ax
        Axes.
    right
        For example energy and luminosity.
    note
        Framed remark inside the axes, for example ``stand-in network, not ATLAS``.
    about
        Words after the maker's name, for example ``generated events``.
    """
    place: dict[str, Any] = {"fontsize": "small", "va": "bottom"}
    maker = add_text(
        "recastbook", loc="over left", xpad=0, ypad=1.5, ax=ax, fontweight="bold", text_class=ExpLabel, **place
    )
    made = [maker]
    if about:
        beside = {"xy": (1, 0), "xycoords": maker, "xytext": (7, 0), "textcoords": "offset points"}
        made.append(ax.annotate(words(about), **beside, style="italic", **place))
    if right:
        made.append(ax.text(1.0, 1.015, words(right), ha="right", transform=ax.transAxes, **place))
    for text in made[1:]:
        text.set_in_layout(False)  # a long one may not squeeze the axes
    if note:
        box = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": "#d55e00", "alpha": 0.9}
        framed = words(textwrap.fill(note, 44))
        place = {"transform": ax.transAxes, "ha": "left", "va": "top", "fontsize": "small"}
        made.append(ax.text(0.02, 0.97, framed, bbox=box, zorder=10, **place))
    return tuple(made)


def aside(ax: Axes, text: str) -> Any:
    """Write a remark below the axes at the left, on a line of its own under the axis title."""
    return ax.annotate(
        words(text), (0, 0), xycoords="axes fraction", xytext=(0, -38), textcoords="offset points", va="top",
        fontsize="x-small", color="0.35",
    )  # fmt: skip


def headroom(ax: Axes, *, log: bool, share: float) -> None:
    """Leave the upper `share` of the axes free for legend and note."""
    low, high = ax.get_ylim()
    if log:
        if low > 0 and high > low:
            ax.set_ylim(low, high * (high / low) ** (share / (1 - share)))
    else:
        ax.set_ylim(low, high + (high - low) * share / (1 - share))
