"""Two scores or features against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook.exceptions import BadOption
from recastbook.plots.frame import aside, axes_or_new, shown, stamp, styled, words
from recastbook.plots.scores import tail_axis, towards_one

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["PlanePlot", "plane"]


@shown
class PlanePlot(NamedTuple):
    """Artists of a plane."""

    figure: Figure | SubFigure
    ax: Axes
    mesh: Any
    """Sums of weights, one cell a bin."""
    colours: Any
    """Colour bar; None where the axes were given or nothing is drawn."""
    cuts: tuple[Any, ...]
    """Lines of the cuts, along x then along y."""


def plane(
    x: ArrayLike,
    y: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    labels: tuple[str, str] = ("x", "y"),
    limits: tuple[tuple[float, float], tuple[float, float]] | None = None,
    bins: int | tuple[int, int] = 40,
    cuts: tuple[Sequence[float], Sequence[float]] = ((), ()),
    tails: tuple[bool, bool] = (False, False),
    scale: float | None = None,
    right: str = "",
    note: str | None = None,
    about: str = "",
    ax: Axes | None = None,
) -> PlanePlot:
    """Draw the sums of weights over two scores or features.

    Parameters
    ----------
    x, y
        Values, shape (N,); events in which one is not finite are left out, and their number is written.
    weight
        Weights, shape (N,); 1 by default.
    labels
        Axis titles, with units.
    limits
        Range of x and y; by default that of the values.
    bins
        Bins along x and y.
    cuts
        Values along x and along y at which to draw a line.
    tails
        Whether x and y are scores, shown on a scale of log10(1 - p) as :func:`score_tail` does.
    scale
        Factor from sums of weights to expected events.
    right, note, about, ax
        As in :func:`feature`.

    Raises
    ------
    BadOption
        If the arrays differ in length.
    """
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    w = np.ones(a.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    if not (a.ndim == 1 and a.shape == b.shape == w.shape):
        msg = f"x, y and weight must be one value an event: their shapes are {a.shape}, {b.shape} and {w.shape}"
        raise BadOption(msg)
    if tails[0]:
        a, cuts = towards_one(a), (towards_one(cuts[0]).tolist(), cuts[1])
    if tails[1]:
        b, cuts = towards_one(b), (cuts[0], towards_one(cuts[1]).tolist())
    good = np.isfinite(a) & np.isfinite(b) & np.isfinite(w)
    ranges = limits or (_range(a[good]), _range(b[good]))
    n = (bins, bins) if isinstance(bins, int) else bins
    sums, along_x, along_y = np.histogram2d(a[good], b[good], bins=n, range=ranges, weights=w[good] * (scale or 1.0))
    what = "Sum of weights" if scale is None else "Expected events"
    with styled():
        made = _draw(
            sums, along_x, along_y, labels, cuts, int((~good).sum()), f"{what} per bin", right, note, about, ax
        )
        for axis, tail, label in zip((made.ax.xaxis, made.ax.yaxis), tails, labels, strict=True):
            if tail:
                inside = axis.get_view_interval()
                axis.set_label_text(words(tail_axis(axis, label)))
                axis.set_view_interval(*inside, ignore=True)
        return made


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _draw(
    sums: NDArray[np.float64], along_x: NDArray[np.float64], along_y: NDArray[np.float64], labels: tuple[str, str],
    cuts: tuple[Sequence[float], Sequence[float]], lost: int, what: str, right: str, note: str | None, about: str,
    ax: Axes | None,
) -> PlanePlot:  # fmt: skip
    from matplotlib.colors import LogNorm

    new = ax is None
    ax = axes_or_new(ax, (6.6, 5.0))
    positive = sums[sums > 0]
    wide = positive.size > 0 and positive.max() > 30 * positive.min()
    norm = LogNorm(float(positive.min()), float(positive.max())) if wide else None
    # cividis reads the same with every kind of colour blindness, and in grey
    mesh = ax.pcolormesh(along_x, along_y, np.where(sums == 0, np.nan, sums).T, cmap="cividis_r", norm=norm)
    lines = [ax.axvline(v, color="#d55e00", linestyle="--", linewidth=1.4) for v in cuts[0]]
    lines += [ax.axhline(v, color="#d55e00", linestyle="--", linewidth=1.4) for v in cuts[1]]
    bar = ax.figure.colorbar(mesh, ax=ax, label=what, pad=0.02) if new and positive.size else None
    ax.set_xlabel(words(labels[0]))
    ax.set_ylabel(words(labels[1]))
    if not sums.any():
        ax.text(0.5, 0.5, "no events", transform=ax.transAxes, ha="center", color="0.4")
    if lost:
        aside(ax, f"{lost} events lack a value" if lost > 1 else "1 event lacks a value")
    stamp(ax, right=right, note=note, about=about)
    return PlanePlot(ax.figure, ax, mesh, bar, tuple(lines))
