"""Yields of all regions: background with its error, observed counts, and the signal on top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recastbook.exceptions import BadOption
from recastbook.plots.frame import COLOURS, axes_or_new, headroom, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["YieldsPlot", "yields"]


@shown
class YieldsPlot(NamedTuple):
    """Artists of a yields figure."""

    figure: Figure | SubFigure
    ax: Axes
    background: Any
    """Background bars."""
    uncertainty: Any
    """Hatched background errors."""
    signal: Any
    """Signal bars on top of the background."""
    observed: Any
    """Observed points with Poisson intervals."""
    absent: tuple[Any, ...]
    """Words over regions that were not evaluated."""


def yields(
    rows: Iterable[Any],
    models: Mapping[str, Any],
    *,
    label: str = "signal",
    source: str = "",
    right: str = "",
    note: str | None = None,
    about: str = "",
    ax: Axes | None = None,
) -> YieldsPlot:
    """Draw signal over background with the observed counts, for all regions that have published counts.

    Parameters
    ----------
    rows
        Yields: records with `region`, `status`, `events` and `events_error` (expected events; None if absent).
    models
        Counting models by region: records with `observed`, `background` and `background_error`.
    label
        Name of the signal.
    source
        Table that observed counts and backgrounds come from; it is written below the figure.
    right
        Text at the upper right, for example energy and luminosity.
    note
        Framed remark, for example ``stand-in network, not ATLAS``.
    about
        Words after the maker's name, for example ``generated events``.
    ax
        Axes to draw into; by default those of a new figure.

    Raises
    ------
    BadOption
        If no region has both a row and a model.
    """
    kept = [r for r in rows if r.region in models]
    if not kept:
        msg = "no region has published counts: nothing to set the signal beside"
        raise BadOption(msg)
    with styled():
        return _draw(kept, models, label, source, right, note, about, ax)


def _draw(
    rows: list[Any],
    models: Mapping[str, Any],
    label: str,
    source: str,
    right: str,
    note: str | None,
    about: str,
    ax: Axes | None,
) -> YieldsPlot:
    from hist.intervals import poisson_interval  # brings scipy.stats, which no other figure needs: half of the import

    ax = axes_or_new(ax, (max(6.4, 1.6 + 0.42 * len(rows)), 4.8))
    x = np.arange(len(rows))
    b = np.array([models[r.region].background for r in rows], dtype=float)
    error = np.array([models[r.region].background_error for r in rows], dtype=float)
    n = np.array([models[r.region].observed for r in rows], dtype=float)
    # not a number: nothing is drawn where nothing was evaluated
    s = np.array([np.nan if r.events is None else r.events for r in rows], dtype=float)
    s_error = np.array([np.nan if r.events_error is None else r.events_error for r in rows], dtype=float)
    bars = ax.bar(x, b, width=0.8, color="0.82", edgecolor="0.5", linewidth=0.8, label="background")
    hatch = ax.bar(x, 2 * error, bottom=b - error, width=0.8, facecolor="none", edgecolor="0.35", hatch="////",
                   linewidth=0, label="its error")  # fmt: skip
    top = ax.bar(
        x, s, bottom=b, width=0.8, facecolor="none", edgecolor=COLOURS[1], linewidth=1.6, label=words(f"{label} on top")
    )
    ax.errorbar(x + 0.25, b + s, yerr=s_error, fmt="none", ecolor=COLOURS[1], elinewidth=1.2)
    low, high = poisson_interval(n)
    low = np.where(n == 0, 0.0, low)
    points = ax.errorbar(x, n, yerr=(n - low, high - n), fmt="o", color="black", label="observed")
    ax.set_yscale("log")
    positive = np.concatenate([b[b > 0], n[n > 0], (b + s)[b + np.nan_to_num(s) > 0], high])
    positive = positive[np.isfinite(positive)]
    floor = 0.3 * float(min(positive.min(), 1.0))
    ax.set_ylim(floor, 2.0 * float(positive.max()))
    headroom(ax, log=True, share=0.3 if note else 0.22)
    for i in np.flatnonzero(n == 0):
        # a logarithmic axis has no zero: the point is drawn on the floor
        ax.plot([x[i]], [floor * 1.25], marker="v", color="black", markersize=5)
    absent = tuple(
        ax.text(
            i,
            1.4 * max(b[i] + error[i], high[i]),
            r.status,
            rotation=90,
            ha="center",
            va="bottom",
            color="0.4",
            fontsize="x-small",
        )
        for i, r in enumerate(rows)
        if r.events is None
    )
    ax.set_xticks(x, [words(r.region) for r in rows], rotation=60, ha="right", rotation_mode="anchor")
    ax.tick_params(axis="x", which="minor", bottom=False, top=False)
    ax.tick_params(axis="x", which="major", top=False)
    ax.set_xlim(-0.7, len(rows) - 0.3)
    ax.set_ylabel("Events")
    ax.legend(loc="upper right", ncols=4, columnspacing=1.2, handlelength=1.4)
    stamp(ax, right=right, note=note, about=about)
    if source:
        ax.figure.supxlabel(words(f"observed and background: {source}"), fontsize="small", color="0.3")
    return YieldsPlot(ax.figure, ax, bars, hatch, top, points, absent)
