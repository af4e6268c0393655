"""Exclusion in a plane of two masses: points that were run, the contour between them, published contours beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook.exceptions import BadOption
from recastbook.plots.frame import COLOURS, LINES, axes_or_new, headroom, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["ExclusionPlot", "exclusion"]


@shown
class ExclusionPlot(NamedTuple):
    """Artists of an exclusion plane."""

    figure: Figure | SubFigure
    ax: Axes
    excluded: Any
    """Points that are excluded, filled."""
    allowed: Any
    """Points that are allowed, open."""
    unknown: Any
    """Points without an answer, crosses."""
    observed: Any
    """Contour where the observed limit crosses 1; None where the points do not enclose one."""
    expected: Any
    """The same for the expected limit."""
    published: tuple[Any, ...]
    """Published contours."""


def exclusion(
    x: ArrayLike,
    y: ArrayLike,
    mu95: ArrayLike,
    expected: ArrayLike | None = None,
    *,
    published: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    labels: tuple[str, str] = (r"$m(\tilde g)$ [GeV]", r"$m(\tilde\chi^0_1)$ [GeV]"),
    diagonal: float | None = None,
    right: str = "",
    note: str | None = None,
    about: str = "",
    ax: Axes | None = None,
) -> ExclusionPlot:
    """Draw which points of a plane are excluded.

    The contour is where log(mu95), linear in the triangles between the points, is 0; nothing is drawn outside them.

    Parameters
    ----------
    x, y
        Masses of the points that were run, shape (N,), GeV.
    mu95
        Observed upper limit on the signal strength, shape (N,); below 1 is excluded, not-a-number is no answer.
    expected
        Expected limit.
    published
        Contours by name: x and y of their points. The name says which table.
    labels
        Axis titles, with units.
    diagonal
        Draw y = x - `diagonal`: the decay is closed above, GeV.
    right, note, about, ax
        As in :func:`feature`.

    Raises
    ------
    BadOption
        If the arrays differ in length or there is no point.
    """
    a, b, mu = (np.asarray(v, dtype=np.float64) for v in (x, y, mu95))
    median = np.full(a.shape, np.nan) if expected is None else np.asarray(expected, dtype=np.float64)
    if a.ndim != 1 or not a.size or not (a.shape == b.shape == mu.shape == median.shape):
        msg = f"one value a point: shapes {a.shape}, {b.shape}, {mu.shape}, {median.shape}"
        raise BadOption(msg)
    with styled():
        return _draw(a, b, mu, median, dict(published or {}), labels, diagonal, right, note, about, ax)


def _contour(ax: Axes, x: NDArray[np.float64], y: NDArray[np.float64], mu: NDArray[np.float64], **look: Any) -> Any:
    from matplotlib.tri import Triangulation

    good = np.isfinite(mu) & (mu > 0)
    v = np.log(mu[good])
    if good.sum() < 3 or not (v.min() < 0 < v.max()):
        return None
    try:
        triangles = Triangulation(x[good], y[good])
    except (RuntimeError, ValueError):
        return None  # all points on one line: there is no triangle between them
    return ax.tricontour(triangles, v, levels=[0.0], **look)


def _draw(
    x: NDArray[np.float64], y: NDArray[np.float64], mu: NDArray[np.float64], expected: NDArray[np.float64],
    published: dict[str, tuple[ArrayLike, ArrayLike]], labels: tuple[str, str], diagonal: float | None, right: str,
    note: str | None, about: str, ax: Axes | None,
) -> ExclusionPlot:  # fmt: skip
    ax = axes_or_new(ax, (6.6, 5.0))
    known = np.isfinite(mu)
    out, inside = known & (mu <= 1), known & (mu > 1)
    (full,) = ax.plot(x[out], y[out], "o", color=COLOURS[0], label="excluded")
    (ring,) = ax.plot(x[inside], y[inside], "o", color=COLOURS[0], markerfacecolor="white", label="allowed")
    (cross,) = ax.plot(x[~known], y[~known], "x", color="0.5", label="no answer")
    observed = _contour(ax, x, y, mu, colors=[COLOURS[0]], linewidths=2.4)
    median = _contour(ax, x, y, expected, colors=["black"], linewidths=1.3, linestyles="--")
    lines = []
    for i, (name, (px, py)) in enumerate(published.items()):
        style, colour = LINES[(i + 2) % len(LINES)], COLOURS[(i + 1) % len(COLOURS)]
        lines += ax.plot(np.asarray(px), np.asarray(py), linestyle=style, color=colour, label=words(name))
    span = np.array([x.min(), x.max()]), np.array([y.min(), y.max()])
    pad = [0.06 * float(np.ptp(s)) or 0.05 * float(abs(s[0])) or 1.0 for s in span]
    ax.set_xlim(span[0][0] - pad[0], span[0][1] + pad[0])
    ax.set_ylim(min(0.0, span[1][0] - pad[1]) if span[1][0] >= 0 else span[1][0] - pad[1], span[1][1] + pad[1])
    headroom(ax, log=False, share=min(0.45, 0.2 + 0.05 * len(lines) + (0.06 if note else 0.0)))
    if diagonal is not None:
        ends = np.array(ax.get_xlim())
        ax.plot(ends, ends - diagonal, color="0.6", linewidth=1.0, scalex=False, scaley=False)
    handles = [h for h, there in ((full, out), (ring, inside), (cross, ~known)) if there.any()]
    looks = (("observed", "-", COLOURS[0], observed), ("expected", "--", "black", median))
    handles += [_line(name, style, colour) for name, style, colour, there in looks if there is not None]
    ax.legend(handles=handles + lines, loc="upper right", ncols=2, framealpha=0.9, frameon=True, edgecolor="none")
    ax.set_xlabel(words(labels[0]))
    ax.set_ylabel(words(labels[1]))
    stamp(ax, right=right, note=note, about=about)
    return ExclusionPlot(ax.figure, ax, full, ring, cross, observed, median, tuple(lines))


def _line(name: str, style: str, colour: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, linestyle=style, label=f"limit, {name}")
