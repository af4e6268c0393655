"""Efficiency or limit against lifetime beside the published curve, with the ratio below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption
from recastbook.plots.frame import COLOURS, new_figure, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["LifetimePlot", "lifetime"]

Array = NDArray[np.float64]
_STYLES = ("-", "--", "-.", ":")
_DECADES = 3.0
"""Decades shown below the largest efficiency, or above the strongest limit."""


@shown
class LifetimePlot(NamedTuple):
    """Artists of a curve against lifetime."""

    figure: Figure | SubFigure
    ax: Axes
    ax_ratio: Axes | None
    """None without a published curve."""
    lines: tuple[Any, ...]
    """One line for each curve of ours."""
    band: Any
    """Accuracy of the first curve; None without one."""
    published: Any
    """Published curve with its errors; None without one."""
    ratios: tuple[Any, ...]
    """One line for each curve of ours over the published one."""


@dataclass(frozen=True, slots=True)
class _Curve:
    x: Array
    y: Array
    low: Array
    high: Array
    error: Array | None = None
    """Statistical error of a reweighted scan, whose points have noise of their own."""


def lifetime(
    ours: Any,
    published: Any = None,
    *,
    accuracy: float = 0.0,
    valid_above_share: float = 0.0,
    ylabel: str = "",
    right: str = "",
    note: str | None = None,
    about: str = "",
    axes: tuple[Axes, Axes | None] | None = None,
) -> LifetimePlot:
    """Draw efficiencies or limits against the mean proper decay length.

    Parameters
    ----------
    ours
        A scan (:class:`recastbook.surrogates.LifetimeScan`), limits
        (:class:`recastbook.statistics.lifetime_limit.LifetimeLimit`), or a mapping of labels to several of one kind.
    published
        Published table with the columns ``ctau`` (m) and ``efficiency`` or ``observed`` (pb), with errors where it has.
    accuracy
        Relative accuracy of the map, drawn as a band around the first efficiency; scans of a search and limits bring
        their own. Without any the band is the statistical error. A reweighted scan has its statistical error as bars.
    valid_above_share
        Outside the range where the first efficiency exceeds this share of its maximum the plot is shaded; scans of a
        search and limits know where they may be used.
    ylabel
        Title of the vertical axis, where it is another one.
    right, note, about
        As in :func:`feature`.
    axes
        Main and ratio axes; None for the second leaves the ratio out.

    Raises
    ------
    BadOption
        If there is no curve, efficiencies and limits are mixed, or nothing in them is above zero.
    """
    given = dict(ours) if isinstance(ours, Mapping) else {"recastbook": ours}
    kinds = {hasattr(o, "efficiency") for o in given.values()}
    if len(kinds) != 1:
        msg = f"one kind of curve is drawn, efficiencies or limits; given {', '.join(map(str, given)) or 'nothing'}"
        raise BadOption(msg)
    is_efficiency = kinds.pop()
    curves = {str(k): _of_scan(o, accuracy) if is_efficiency else _of_limit(o) for k, o in given.items()}
    first = next(iter(curves.values()))
    if not (np.nan_to_num(first.y) > 0).any():
        msg = "there is nothing above zero to draw; a scan that was refused everywhere says why in its notes"
        raise BadOption(msg)
    valid = _valid(next(iter(given.values())), valid_above_share, is_efficiency=is_efficiency)
    known = None if published is None else _of_table(published, "efficiency" if is_efficiency else "observed")
    label = "Efficiency of the region" if is_efficiency else r"95 % CL upper limit on $\sigma\times B$ [pb]"
    lone = next(iter(given.values()))
    banded = "accuracy of the map"
    if is_efficiency and accuracy == 0.0 and lone.low is None:
        banded = "statistical error"
    with styled():
        return _draw(curves, known, valid, ylabel or label, is_efficiency, right, note, about, axes, banded)


def _of_scan(scan: Any, accuracy: float) -> _Curve:
    y = np.asarray(scan.efficiency, dtype=np.float64)
    error = None if scan.mean_weight is None else np.asarray(scan.error, dtype=np.float64)
    if accuracy == 0.0 and scan.low is not None:
        return _Curve(scan.ctau_m, y, scan.low, scan.high, error)
    spread = np.hypot(accuracy * y, scan.error)
    return _Curve(scan.ctau_m, y, y - spread, y + spread, error)


def _of_limit(limit: Any) -> _Curve:
    return _Curve(
        np.asarray(limit.ctau) / 1e3, np.asarray(limit.observed), np.asarray(limit.low), np.asarray(limit.high)
    )


def _of_table(table: Any, name: str) -> _Curve:
    column = table.column(name)
    y = np.array(column.numbers())
    errors = [v.errors[0] if getattr(v, "errors", ()) else None for v in column.values]
    low = np.array([0.0 if e is None else abs(e.minus) for e in errors])
    high = np.array([0.0 if e is None else abs(e.plus) for e in errors])
    return _Curve(np.array(table.column("ctau").numbers()), y, y - low, y + high)


def _valid(given: Any, share: float, *, is_efficiency: bool) -> NDArray[np.bool_]:
    if not is_efficiency or (share == 0.0 and given.valid is not None):
        return np.asarray(given.valid)
    y = np.nan_to_num(given.efficiency)
    return np.asarray(y >= share * y.max())


def _draw(
    curves: Mapping[str, _Curve], known: _Curve | None, valid: NDArray[np.bool_], label: str,
    is_efficiency: bool, right: str, note: str | None, about: str, axes: tuple[Axes, Axes | None] | None,  # noqa: FBT001
    banded: str,
) -> LifetimePlot:  # fmt: skip
    ax, ax_ratio = axes if axes is not None else _new_axes(two=known is not None)
    lines, band, ratios = [], None, []
    for k, (name, c) in enumerate(curves.items()):
        colour, style = COLOURS[k % len(COLOURS)], _STYLES[k % len(_STYLES)]
        lines += ax.plot(c.x, c.y, color=colour, linestyle=style, label=words(name))
        if c.error is not None:
            ax.errorbar(c.x, c.y, yerr=c.error, fmt="none", ecolor=colour, elinewidth=0.8)
        if k == 0 and np.nanmax(np.abs(c.high - c.low)) > 0:
            band = ax.fill_between(c.x, c.low, c.high, color=colour, alpha=0.2, linewidth=0, label=banded)
        if known is not None and ax_ratio is not None:
            ratios += _ratio(ax_ratio, c, known, colour, style, banded=k == 0)
    points = None
    if known is not None:
        sizes = np.stack([known.y - known.low, known.high - known.y])
        points = ax.errorbar(
            known.x, known.y, yerr=sizes, fmt="o", color="black", markersize=2.5, elinewidth=0.8, label="published"
        )
    shaded = _outside(next(iter(curves.values())).x, valid)
    for a in (ax, *([ax_ratio] if ax_ratio is not None else [])):
        a.set_xscale("log")
        for low, high in shaded:
            a.axvspan(low, high, color="0.92", zorder=0)
    _limits(ax, curves, known, is_efficiency=is_efficiency)
    bottom = ax if ax_ratio is None else ax_ratio
    bottom.set_xlabel(r"Mean proper decay length $c\tau$ [m]")
    ax.set_ylabel(label)
    place = "lower center" if is_efficiency else "upper center"
    ax.legend(loc=place, frameon=True, framealpha=0.9, edgecolor="none")
    if ax_ratio is not None:
        ax.tick_params(labelbottom=False)
        ax_ratio.axhline(1.0, color="0.4", linewidth=0.8)
        ax_ratio.set_ylim(0.0, 2.0)
        ax_ratio.set_ylabel("Ours / published")
    stamp(ax, right=right, note=note, about=about)
    return LifetimePlot(ax.figure, ax, ax_ratio, tuple(lines), band, points, tuple(ratios))


def _ratio(ax: Axes, ours: _Curve, known: _Curve, colour: str, style: str, *, banded: bool) -> list[Any]:
    order = np.argsort(known.x)
    good = known.y[order] > 0
    x, y = known.x[order][good], known.y[order][good]
    # curves fall exponentially at both ends: interpolated in logarithms, not beyond what is published
    reference = np.exp(np.interp(np.log(ours.x), np.log(x), np.log(y), left=np.nan, right=np.nan))
    if banded:
        ax.fill_between(ours.x, ours.low / reference, ours.high / reference, color=colour, alpha=0.2, linewidth=0)
    return list(ax.plot(ours.x, ours.y / reference, color=colour, linestyle=style))


def _outside(x: Array, valid: NDArray[np.bool_]) -> list[tuple[float, float]]:
    if valid.all() or not valid.any():
        return []
    low, high = x[valid].min(), x[valid].max()
    return [(a, b) for a, b in ((x.min(), low), (high, x.max())) if b > a]


def _limits(ax: Axes, curves: Mapping[str, _Curve], known: _Curve | None, *, is_efficiency: bool) -> None:
    everything = np.concatenate([c.y for c in (*curves.values(), *([known] if known is not None else []))])
    positive = everything[np.isfinite(everything) & (everything > 0)]
    ax.set_yscale("log")
    if is_efficiency:
        ax.set_ylim(float(positive.max()) * 10**-_DECADES, 3 * float(positive.max()))
    else:
        ax.set_ylim(0.3 * float(positive.min()), float(positive.min()) * 10**_DECADES)
    x = next(iter(curves.values())).x
    if len(x) > 1:
        ax.set_xlim(float(x.min()), float(x.max()))


def _new_axes(*, two: bool) -> tuple[Axes, Axes | None]:
    made = new_figure((6.6, 5.6 if two else 4.4))
    if not two:
        return made.add_subplot(), None
    grid = made.add_gridspec(2, 1, height_ratios=(3, 1.2))
    ax = made.add_subplot(grid[0])
    return ax, made.add_subplot(grid[1], sharex=ax)
