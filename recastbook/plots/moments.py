"""Means and widths of a network's inputs against those of its card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook.exceptions import BadOption
from recastbook.plots.frame import COLOURS, aside, new_figure, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["MomentsPlot", "moments"]


@shown
class MomentsPlot(NamedTuple):
    """Artists of a figure of moments; rows are sorted, the farthest mean on top."""

    figure: Figure | SubFigure
    ax_main: Axes
    ax_ratio: Axes
    means: Any
    """(Mean - mean of the card) / width of the card, with its statistical error."""
    widths: Any
    """Width / width of the card."""
    order: tuple[int, ...]
    """Which input stands in each row, from the top."""


def moments(
    matrix: ArrayLike,
    card: Any,
    weight: ArrayLike | None = None,
    *,
    top: int | None = 30,
    right: str = "",
    note: str | None = None,
    about: str = "",
    axes: tuple[Axes, Axes] | None = None,
) -> MomentsPlot:
    """Draw how far means and widths of inputs are from those of the network's training.

    Parameters
    ----------
    matrix
        Raw inputs, shape (N, inputs), in the card's units, padding included, as ``ModelCard.raw_matrix`` gives them.
    card
        A model card, or any record with `means`, `widths` and `inputs` (each with a `name`).
    weight
        Weights, shape (N,); 1 by default.
    top
        Rows shown, the farthest first; None for all.
    right, note, about
        As in :func:`feature`.
    axes
        Axes for means and for widths, both or none.

    Raises
    ------
    BadOption
        If the matrix does not have the card's columns, or the card no widths.
    """
    raw = np.asarray(matrix, dtype=np.float64)
    names = [column.name for column in card.inputs]
    if raw.ndim != 2 or raw.shape[1] != len(names):
        msg = f"the card has {len(names)} inputs; the matrix has shape {raw.shape}"
        raise BadOption(msg)
    card_width = np.asarray(card.widths, dtype=np.float64)
    if not (card_width > 0).all():
        msg = f"the card has no width for {names[int(np.argmin(card_width))]!r}: nothing to measure by"
        raise BadOption(msg)
    mean, width, error = _moments(raw, np.ones(len(raw)) if weight is None else np.asarray(weight, dtype=np.float64))
    pull, pull_error = (mean - np.asarray(card.means)) / card_width, error / card_width
    order = np.argsort(-np.nan_to_num(np.abs(pull), nan=np.inf), kind="stable")[:top]
    with styled():
        kept = [names[i] for i in order]
        made = _draw(kept, pull[order], pull_error[order], (width / card_width)[order], right, note, about, axes)
    if len(order) < len(names):
        aside(made.ax_main, f"{len(names) - len(order)} nearer ones not shown")
    return made._replace(order=tuple(int(i) for i in order))


def _moments(raw: NDArray[np.float64], w: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Weighted mean, width and error of the mean of each column, over its finite values."""
    there = np.isfinite(raw)
    wm = np.where(there, w[:, None], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = wm.sum(axis=0)
        mean = (wm * np.where(there, raw, 0.0)).sum(axis=0) / total
        away = np.where(there, raw - mean, 0.0)
        width = np.sqrt(np.maximum((wm * away**2).sum(axis=0) / total, 0.0))
        error = width * np.sqrt((wm**2).sum(axis=0)) / np.abs(total)
    return mean, width, error


def _draw(
    names: Sequence[str], pull: NDArray[np.float64], error: NDArray[np.float64], ratio: NDArray[np.float64],
    right: str, note: str | None, about: str, axes: tuple[Axes, Axes] | None,
) -> MomentsPlot:  # fmt: skip
    if axes is None:
        made = new_figure((7.6, 1.5 + 0.21 * (len(names) + (3 if note else 0))))
        ax, ax_ratio = made.subplots(1, 2, width_ratios=(1.6, 1.0), sharey=True)
        layout: Any = made.get_layout_engine()
        layout.set(wspace=0.02)
    else:
        ax, ax_ratio = axes
    y = np.arange(len(names))
    ax.axvspan(-1.0, 1.0, color="0.9")
    ax.axvline(0.0, color="0.4", linewidth=1.0)
    points = ax.errorbar(pull, y, xerr=np.nan_to_num(error), fmt="o", color=COLOURS[0], capsize=2, markersize=4)
    for i in np.flatnonzero(~np.isfinite(pull)):
        ax.text(0.0, i, "no finite value", ha="center", va="center", fontsize="x-small", color=COLOURS[1])
    reach = max(1.3, 1.15 * float(np.max(np.abs(np.nan_to_num(pull)) + np.nan_to_num(error), initial=0.0)))
    ax.set_xlim(-reach, reach)
    (widths,) = ax_ratio.plot(np.where(ratio > 0, ratio, np.nan), y, "D", color=COLOURS[1], markersize=4)
    ax_ratio.axvline(1.0, color="0.4", linewidth=1.0)
    ax_ratio.set_xscale("log")
    seen = ratio[np.isfinite(ratio) & (ratio > 0)]
    far = max(2.0, 1.2 * float(np.exp(np.max(np.abs(np.log(seen)))))) if seen.size else 2.0
    ax_ratio.set_xlim(1 / far, far)
    ticks = [t for t in (0.01, 0.1, 0.5, 1.0, 2.0, 10.0, 100.0) if 1 / far <= t <= far]
    ax_ratio.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax_ratio.minorticks_off()
    ax.set_yticks(y, [words(n) for n in names], fontsize="x-small")
    for panel in (ax, ax_ratio):
        panel.tick_params(axis="y", which="both", left=False, right=False)
    ax_ratio.tick_params(axis="y", labelleft=False)
    ax.set_ylim(len(names) - 0.4, -0.6 - (3.0 if note else 0.0))
    ax.set_xlabel("(Mean - card) / width of the card")
    ax_ratio.set_xlabel("Width / card")
    stamp(ax, note=note, about=about)
    if right:
        text = ax_ratio.text(1.0, 1.015, words(right), transform=ax_ratio.transAxes, ha="right", fontsize="small")
        text.set_in_layout(False)
    return MomentsPlot(ax.figure, ax, ax_ratio, points, widths, ())
