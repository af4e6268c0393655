"""A cutflow beside the published one: events left and their ratio, one row a cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from recastbook.exceptions import BadOption
from recastbook.plots.frame import COLOURS, new_figure, shown, stamp, styled, words, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["CutflowPlot", "cutflow"]


class _Row(Protocol):
    label: str
    ours: float
    error: float
    published: float | None
    ratio: float | None
    ratio_error: float | None


class _Comparison(Protocol):
    region: str
    rows: Sequence[_Row]
    unit: str


@shown
class CutflowPlot(NamedTuple):
    """Artists of a cutflow figure."""

    figure: Figure | SubFigure
    ax_main: Axes
    ax_ratio: Axes | None
    """Absent where nothing is published."""
    ours: Any
    """Bars of ours."""
    published: Any
    """Published points, None where there are none."""
    ratio: Any
    """Ratio points, None where there are none."""


def cutflow(
    comparison: Any,
    *,
    note: str | None = None,
    right: str = "",
    about: str = "",
    axes: tuple[Axes, Axes] | None = None,
) -> CutflowPlot:
    """Draw a cutflow beside the published one.

    Parameters
    ----------
    comparison
        What ``Cutflow.compare()`` returns: a record with `region`, `unit` and `rows` of label, ours, error, published,
        ratio and ratio_error.
    note
        Framed remark, for example ``stand-in network, not ATLAS``.
    right
        Text at the upper right.
    about
        Words after the maker's name, for example ``generated events``.
    axes
        Main and ratio axes, both or none.

    Raises
    ------
    BadOption
        If the cutflow has no rows.
    """
    given: _Comparison = comparison
    rows = list(given.rows)
    if not rows:
        msg = f"the cutflow of {given.region} has no rows"
        raise BadOption(msg)
    with styled():
        return _draw(rows, given.region, given.unit, note, right, about, axes)


def _draw(
    rows: Sequence[_Row],
    region: str,
    unit: str,
    note: str | None,
    right: str,
    about: str,
    axes: tuple[Axes, Axes] | None,
) -> CutflowPlot:
    published = [i for i, r in enumerate(rows) if r.published is not None]
    ax, ax_ratio = axes if axes is not None else _new_axes(len(rows) + (1 if note else 0), two=bool(published))
    y = np.arange(len(rows))
    ours = np.array([r.ours for r in rows], dtype=float)
    errors = np.array([r.error for r in rows], dtype=float)
    bars = ax.barh(y, ours, height=0.62, color=COLOURS[0], alpha=0.35, edgecolor=COLOURS[0], label="recastbook")
    ax.errorbar(ours, y, xerr=errors, fmt="none", ecolor=COLOURS[0], elinewidth=1.3, capsize=2)
    points = ratio = None
    if published:
        values = np.array([rows[i].published for i in published], dtype=float)
        rounding = np.array([getattr(rows[i], "rounding", None) or 0.0 for i in published], dtype=float)
        points = ax.errorbar(values, published, xerr=rounding, fmt="o", color="black", label="published")
    ax.set_yticks(y, [wrapped(r.label) for r in rows])
    ax.tick_params(axis="y", which="minor", left=False, right=False)
    ax.tick_params(axis="y", which="major", left=False, right=False)
    # a note stands over the first row: over the bars it would hide one
    ax.set_ylim(len(rows) - 0.4, -1.7 if note else -0.6)
    everything = np.concatenate([ours, [r.published for r in rows if r.published is not None]])
    positive = everything[everything > 0]
    if positive.size and positive.max() > 20 * positive.min():
        ax.set_xscale("log")
        ax.set_xlim(0.4 * positive.min(), 3.0 * positive.max())
    else:
        ax.set_xlim(min(0.0, float(everything.min())), 1.15 * float(everything.max()) if positive.size else 1.0)
    ax.set_xlabel(_first_upper(wrapped(unit, 64)), fontsize="small" if len(unit) > 64 else None)
    if published:
        ax.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="none")
    stamp(ax, right="" if ax_ratio is not None else _title(region, right), note=note, about=about)
    if ax_ratio is not None:
        ratio = _draw_ratio(ax_ratio, rows)
        ax_ratio.set_ylim(ax.get_ylim())
        title = words(_title(region, right))
        stamp_right = ax_ratio.text(
            1.0, 1.015, title, transform=ax_ratio.transAxes, ha="right", va="bottom", fontsize="small"
        )
        stamp_right.set_in_layout(False)
    return CutflowPlot(ax.figure, ax, ax_ratio, bars, points, ratio)


def _title(region: str, right: str) -> str:
    return f"{region}, {right}" if right else region


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _new_axes(n: int, *, two: bool) -> tuple[Axes, Axes | None]:
    height = 1.6 + 0.42 * n
    if not two:
        return new_figure((7.0, height)).add_subplot(), None
    made = new_figure((8.4, height))
    ax, ax_ratio = made.subplots(1, 2, width_ratios=(2.4, 1.0), sharey=True)
    layout: Any = made.get_layout_engine()
    layout.set(wspace=0.02)
    return ax, ax_ratio


def _draw_ratio(ax: Axes, rows: Sequence[_Row]) -> Any:
    there = [(i, r) for i, r in enumerate(rows) if r.ratio is not None]
    ax.axvline(1.0, color="0.4", linewidth=1.0, linestyle="--")
    ax.set_xlabel("Ours / published")
    ax.tick_params(axis="y", which="both", left=False, right=False, labelleft=False)
    for i, r in enumerate(rows):
        if r.ratio is None:
            ax.text(0.5, i, "not published", transform=ax.get_yaxis_transform(), ha="center", va="center",
                    fontsize="x-small", color="0.4", backgroundcolor="white")  # fmt: skip
    if not there:
        ax.set_xlim(0.5, 1.5)
        return None
    x = np.array([r.ratio for _, r in there], dtype=float)
    errors = np.array([r.ratio_error or 0.0 for _, r in there], dtype=float)
    reach = max(0.15, 1.25 * float(np.max(np.abs(x - 1.0) + errors)))
    ax.set_xlim(max(0.0, 1.0 - reach), 1.0 + reach)
    return ax.errorbar(x, [i for i, _ in there], xerr=errors, fmt="o", color=COLOURS[0], capsize=2)
