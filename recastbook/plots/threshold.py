"""What a cut keeps, with the cut as a line that can be moved: the picture of the explorers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recastbook.exceptions import UnknownName
from recastbook.plots.features import between, feature
from recastbook.plots.live import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["ThresholdPlot", "threshold"]

TOWARDS_ONE = "-log10(1-p)"


class ThresholdPlot(NamedTuple):
    """Artists of a distribution with a movable cut."""

    figure: Figure | SubFigure
    ax: Axes
    steps: tuple[Any, ...]
    """One outline a sample."""
    lines: dict[str, Any]
    """Comparator -> line at the bound."""
    lost: dict[str, Any]
    """Comparator -> shade over what the bound takes away."""
    words: dict[str, Any]
    """Comparator -> the bound in figures."""
    transform: str | None
    """What the horizontal axis shows of the column."""

    @property
    def moving(self) -> tuple[Any, ...]:
        """The artists that move with the cut."""
        return (*self.lost.values(), *self.lines.values(), *self.words.values())

    def place(self, bounds: Mapping[str, float]) -> None:
        """Move the cut.

        Parameters
        ----------
        bounds
            Comparator -> value, in what the cut compares.
        """
        low, high = self.ax.get_xlim()
        edges = self.steps[0].get_data().edges
        for comparator, value in bounds.items():
            x = between(shown_at(value, self.transform), comparator, edges)
            inside = min(max(x, low), high)
            self.lines[comparator].set_xdata([x, x])
            self.lines[comparator].set_visible(low <= x <= high)
            left, right = (low, inside) if comparator in ("min", "above") else (inside, high)
            self.lost[comparator].set_x(left)
            self.lost[comparator].set_width(right - left)
            words = self.words[comparator]
            words.set_text(f"{_SIGNS[comparator]} {value:.6g}")
            on_left = inside > low + 0.75 * (high - low)
            words.set_x(inside - 0.012 * (high - low) if on_left else inside + 0.012 * (high - low))
            words.set_ha("right" if on_left else "left")


_SIGNS = {"min": "≥", "above": ">", "max": "≤", "below": "<"}


def shown_at(value: float, transform: str | None) -> float:
    """Return where a bound of a cut stands on the axis."""
    if transform != TOWARDS_ONE:
        return value
    return -math.log10(1 - value) if value < 1 else 16.0


def threshold(
    results: Any,
    region: str,
    number: int,
    *,
    moved: Mapping[int, Mapping[str, float]] | None = None,
    transform: str | None = None,
    log: bool = False,
    note: str | None = None,
    ax: Axes | None = None,
) -> ThresholdPlot:
    """Draw what a cut of a region compares, after all other cuts, with the cut where it is moved to.

    Parameters
    ----------
    results
        A result, or several of the same search: one outline a sample.
    region
        Name of the region.
    number
        Number of the cut in the region's cutflow, from 1.
    moved
        Where cuts are moved to, as for ``Result.cutflow``.
    transform
        ``"-log10(1-p)"`` spreads a score near one; by default what the cut itself compares.
    log
        Logarithmic vertical axis.
    note
        Framed remark; by default what must not be overlooked of the region, such as a stand-in network.
    ax
        Axes to draw into; by default those of a new figure.

    Raises
    ------
    UnknownName
        If no result has the region.

    Examples
    --------
    >>> import recastbook as rb
    >>> from recastbook.events.builtin import builtin_samples
    >>> search = rb.load("ATLAS-SUSY-2018-30")
    >>> result = search.run(builtin_samples()["gtt_2100_1"], events=300, progress=False)
    >>> made = threshold(result, "SR-Gtt-0L-B", 7, moved={7: {"min": 500.0}})
    >>> [float(x) for x in made.lines["min"].get_xdata()]
    [500.0, 500.0]
    """
    several = list(results) if isinstance(results, Sequence) else [results]
    present = [r for r in several if region not in r.absent]
    if not present:
        why = several[0].absent.get(region, "") if several else "there is no result"
        msg = f"{region} is absent: {why}"
        raise UnknownName(msg)
    cut = present[0].moving(region).cut(number, moved)
    chosen = transform if transform is not None else cut.transform
    scaled = all(r.scale is not None for r in present)
    drawn: dict[str, Any] = {}
    axis = None
    for r in present:
        made = r.n_minus_one(region, cut.column, moved=moved, transform=chosen, axis=axis)
        axis = (len(made.axes[0]), made.axes[0].edges[0], made.axes[0].edges[-1])
        name = literal(r.label) if r.label not in drawn else f"{literal(r.label)} ({len(drawn) + 1})"
        drawn[name] = made * r.scale if scaled else made
    unit, label = present[0].header.features.get(cut.column, ("1", cut.column))
    if chosen == TOWARDS_ONE:
        unit, label = "1", f"$-\\log_{{10}}(1-p)$,  $p$ = {cut.column}"
    elif chosen == "log10":
        unit, label = "1", f"$\\log_{{10}}$ {cut.column}"
    said = note if note is not None else present[0]._note(present[0].regions[region]) or None
    plot = feature(drawn, label=label, unit=unit, scale=1.0 if scaled else None, log=log, note=said, ax=ax)
    plot.ax.text(1.0, 1.015, literal(f"{region}, all other cuts"), transform=plot.ax.transAxes, ha="right",
                 va="bottom", fontsize="small")  # fmt: skip
    # line and shade end below legend and note
    top = 1 - min(0.5, 0.075 * (len(drawn) + (2 if said else 0)) + 0.07)
    return _with_cut(plot, {b.comparator: b.value for b in cut.bounds if b.comparator in _SIGNS}, chosen, top)


def _with_cut(plot: Any, bounds: Mapping[str, float], transform: str | None, top: float) -> ThresholdPlot:
    ax = plot.ax
    lines, lost, words = {}, {}, {}
    box = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
    for k, comparator in enumerate(bounds):
        lost[comparator] = ax.axvspan(0, 1, ymax=top, facecolor="0.5", alpha=0.16, linewidth=0, zorder=0.5)
        lines[comparator] = ax.axvline(0, ymax=top, color="0.15", linewidth=1.5, zorder=4)
        # two bounds may stand side by side: their words stand one below the other
        words[comparator] = ax.text(
            0,
            top - 0.015 - 0.09 * k,
            "",
            transform=ax.get_xaxis_transform(),
            va="top",
            fontsize="small",
            bbox=box,
            zorder=5,
        )
        words[comparator].set_in_layout(False)
    low, high = plot.steps[0].get_data().edges[[0, -1]]
    ax.set_xlim(np.float64(low), np.float64(high))
    made = ThresholdPlot(plot.figure, ax, plot.steps, lines, lost, words, transform)
    made.place(bounds)
    return made
