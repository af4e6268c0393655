"""Correlation of inputs or features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook.exceptions import BadOption
from recastbook.plots.frame import axes_or_new, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["CorrelationsPlot", "correlations"]

_MAX_WRITTEN = 14
"""Columns up to which the numbers are written into the cells."""


@shown
class CorrelationsPlot(NamedTuple):
    """Artists of a correlation matrix."""

    figure: Figure | SubFigure
    ax: Axes
    image: Any
    """Coefficients, masked where a column does not vary."""
    numbers: tuple[Any, ...]
    """Words in the cells, of small matrices."""


def correlations(
    columns: Mapping[str, ArrayLike],
    weight: ArrayLike | None = None,
    *,
    right: str = "",
    note: str | None = None,
    about: str = "",
    ax: Axes | None = None,
) -> CorrelationsPlot:
    """Draw the linear correlation coefficients of columns.

    Parameters
    ----------
    columns
        Name -> values of shape (N,). Each pair is taken over the events in which both are finite; a column that does
        not vary has no correlation and is left grey.
    weight
        Weights, shape (N,); 1 by default.
    right, note, about, ax
        As in :func:`feature`.

    Raises
    ------
    BadOption
        If there are no columns, or they differ in length.
    """
    if not columns:
        msg = "no columns to correlate"
        raise BadOption(msg)
    values = [np.asarray(v, dtype=np.float64) for v in columns.values()]
    w = np.ones(values[0].shape) if weight is None else np.asarray(weight, dtype=np.float64)
    if wrong := {name: v.shape for name, v in zip(columns, values, strict=True) if v.shape != w.shape or v.ndim != 1}:
        msg = f"every column must have one value an event, {w.shape}: {wrong}"
        raise BadOption(msg)
    with styled():
        return _draw(_coefficients(np.array(values), w), list(columns), right, note, about, ax)


def _coefficients(values: NDArray[np.float64], w: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted linear coefficients of rows, pair by pair over what is finite in both."""
    there = np.isfinite(values) & np.isfinite(w)
    x, m = np.where(there, values, 0.0), there.astype(np.float64)
    wm = m * np.where(np.isfinite(w), w, 0.0)
    # subtracting each row's own mean first keeps the differences of squares exact
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(there, x - (wm * x).sum(axis=1, keepdims=True) / wm.sum(axis=1, keepdims=True), 0.0)
        n = wm @ m.T
        mean = (wm * x) @ m.T / n  # of row i over the events that row j has too
        covariance = (wm * x) @ x.T / n - mean * mean.T
        variance = (wm * x * x) @ m.T / n - mean**2
        size = np.sqrt(variance * variance.T)
        scale = np.abs(values).max(axis=1, initial=0.0, where=there) ** 2
        constant = variance <= 1e-14 * scale[:, None]
        out: NDArray[np.float64] = np.where(constant | constant.T, np.nan, covariance / size)
    return np.clip(out, -1.0, 1.0)


def _draw(
    r: NDArray[np.float64], names: Sequence[str], right: str, note: str | None, about: str, ax: Axes | None
) -> CorrelationsPlot:
    n = len(names)
    new = ax is None
    side = min(14.0, 2.8 + (0.42 * n if n <= _MAX_WRITTEN else 0.16 * n))
    ax = axes_or_new(ax, (side + 0.9, side))
    image = ax.imshow(np.ma.masked_invalid(r), cmap="PuOr_r", vmin=-1.0, vmax=1.0)
    ax.set_facecolor("0.85")
    few = n <= _MAX_WRITTEN
    size: Any = "medium" if few else max(4.0, min(8.0, 580.0 / n))
    turned: dict[str, Any] = {"rotation": 90}
    if few:
        turned = {"rotation": 60, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(n), [words(t) for t in names], fontsize=size, **turned)
    ax.set_yticks(range(n), [words(t) for t in names], fontsize=size)
    ax.minorticks_off()
    ax.tick_params(which="both", length=0)
    written = []
    if few:
        for i, j in np.ndindex(n, n):
            text = "-" if np.isnan(r[i, j]) else f"{r[i, j]:.2f}"
            colour = "white" if abs(r[i, j]) > 0.7 else "black"
            written.append(ax.text(j, i, text, ha="center", va="center", fontsize="x-small", color=colour))
    if new:
        ax.figure.colorbar(image, ax=ax, label="Linear correlation coefficient", fraction=0.046, pad=0.02)
    stamp(ax, right=right, about="; ".join(t for t in (about, note) if t))
    return CorrelationsPlot(ax.figure, ax, image, tuple(written))
