"""A figure in a widget: one Agg figure, sent as an image, changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets

from recastbook.display import note
from recastbook.widgets.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["READABLE", "Picture"]

READABLE = "min(33em, 100%)"
"""Least width of a picture beside a list: its letters shrink with it; where there is less it goes below."""


class Picture(ipywidgets.VBox):
    """An image that shows one figure, for as long as the widget lives, over a line that says what it shows.

    Parameters
    ----------
    width, height
        Size, inches.
    dpi
        Pixels an inch.
    """

    def __init__(self, width: float = 6.4, height: float = 3.8, dpi: float = 100) -> None:
        from recastbook import plots

        self.live = plots.LiveFigure(width, height, dpi)
        size = {"width": f"{width * dpi:g}px", "max_width": "calc(100% - 4px)"}  # an image has a margin
        self.image = ipywidgets.Image(format="png", layout=ipywidgets.Layout(object_fit="contain", **size))
        # an image has no text of its own for screen readers: what it shows stands under it
        self.caption = Words()
        self.says = ""
        super().__init__([self.image, self.caption], layout=ipywidgets.Layout(display="none", overflow="hidden"))

    @property
    def value(self) -> bytes:
        """The picture as PNG; empty if there is none."""
        return bytes(self.image.value)

    @property
    def ax(self) -> Axes:
        """Axes of the figure."""
        return self.live.ax

    def clear(self, height: float | None = None) -> Axes:
        """Return fresh axes of the same figure, with another height (inches) if given."""
        return self.live.clear(height)

    def show(self, moving: Sequence[Any] = (), *, says: str = "") -> None:
        """Draw the figure.

        Parameters
        ----------
        moving
            Artists that :meth:`moved` will redraw without the rest.
        says
            What is to be seen, in words.
        """
        self.image.value = self.live.png(moving)
        self.layout.display = None
        self._say(says)

    def moved(self, *, says: str = "") -> None:
        """Draw the moving artists again."""
        self.image.value = self.live.again()
        self._say(says)

    def _say(self, says: str) -> None:
        if says:
            self.says = says
            self.caption.value = note(says)

    def hide(self) -> None:
        """Show no picture, rather than a broken or an old one."""
        self.layout.display = "none"
        self.image.value = b""
