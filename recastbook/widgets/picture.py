"""A figure in a widget: one Agg figure, sent as an image, changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Picture"]


class Picture(ipywidgets.Image):
    """An image that shows one figure, for as long as the widget lives.

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
        super().__init__(format="png", layout=ipywidgets.Layout(max_width="100%", width=f"{width * dpi:g}px"))

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
            What is to be seen, in words: for screen readers and the pointer.
        """
        self.value = self.live.png(moving)
        self.layout.display = None
        if says:
            self.tooltip = says

    def moved(self, *, says: str = "") -> None:
        """Draw the moving artists again."""
        self.value = self.live.again()
        if says:
            self.tooltip = says

    def hide(self) -> None:
        """Show no picture, rather than a broken or an old one."""
        self.layout.display = "none"
        self.value = b""
