"""A figure that is changed in place: what stays is drawn once, what moves is drawn over it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from recastbook.plots.frame import figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["LiveFigure", "literal"]


def literal(text: str) -> str:
    r"""Return text that matplotlib writes as it stands: a dollar in a name begins no formula.

    Examples
    --------
    >>> literal("SR_$1")
    'SR_\\$1'
    """
    return text.replace("\\$", "$").replace("$", r"\$")


class LiveFigure:
    """A figure outside pyplot whose moving artists can be redrawn without the rest.

    Parameters
    ----------
    width, height
        Size, inches.
    dpi
        Pixels an inch.

    Examples
    --------
    >>> live = LiveFigure(4.0, 3.0)
    >>> line = live.ax.axvline(0.2)
    >>> first = live.png(moving=[line])
    >>> _ = line.set_xdata([0.7, 0.7])
    >>> live.again() != first
    True
    """

    def __init__(self, width: float = 6.4, height: float = 3.8, dpi: float = 100) -> None:
        self.figure: Figure
        self.ax: Axes
        self.figure, self.ax = figure(width, height)
        self.figure.set_dpi(dpi)
        self._moving: tuple[Any, ...] = ()
        self._still: Any = None

    def clear(self, height: float | None = None) -> Axes:
        """Empty the figure and return fresh axes; the figure itself is kept, so that nothing piles up.

        Parameters
        ----------
        height
            Another height, inches.
        """
        self._moving, self._still = (), None
        self.figure.clear()
        if height is not None:
            self.figure.set_size_inches(self.figure.get_figwidth(), height)
        self.ax = self.figure.add_subplot()
        return self.ax

    def png(self, moving: Sequence[Any] = ()) -> bytes:
        """Draw everything and return it as PNG.

        Parameters
        ----------
        moving
            Artists that :meth:`again` will redraw.
        """
        self._moving = tuple(moving)
        canvas: Any = self.figure.canvas
        for artist in self._moving:
            artist.set_animated(True)
        canvas.draw()  # the layout is found here, and kept while artists move
        self._still = canvas.copy_from_bbox(self.figure.bbox)
        return self.again()

    def again(self) -> bytes:
        """Draw the moving artists over what stayed and return the picture as PNG."""
        canvas: Any = self.figure.canvas
        if self._still is None:
            return self.png(self._moving)
        canvas.restore_region(self._still)
        for artist in self._moving:
            (artist.axes or self.figure).draw_artist(artist)
        return _encoded(canvas)


def _encoded(canvas: Any) -> bytes:
    """Return the canvas as PNG; a little larger and ten times sooner than with the usual compression."""
    from PIL import Image

    stream = io.BytesIO()
    Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB").save(
        stream, format="png", compress_level=1
    )
    return stream.getvalue()
