"""Upper limits of all regions: observed and expected with band, on the signal strength or on signal events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from recastbook.exceptions import BadOption
from recastbook.plots.frame import BAND_1, BAND_2, axes_or_new, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["LimitsPlot", "upper_limits"]


@shown
class LimitsPlot(NamedTuple):
    """Artists of a figure of limits."""

    figure: Figure | SubFigure
    ax: Axes
    bands: tuple[Any, ...]
    """One and two standard deviations, one bar a region."""
    expected: Any
    """Expected limits."""
    observed: Any
    """Observed limits of regions that may decide."""
    others: Any
    """Observed limits of regions that may not."""


def upper_limits(
    verdict: Any,
    *,
    quantity: Literal["mu95", "s95"] = "mu95",
    most: int | None = None,
    right: str = "",
    note: str | None = None,
    about: str = "",
    ax: Axes | None = None,
) -> LimitsPlot:
    """Draw the upper limits of all regions of a verdict: the deciding one first, then by expected sensitivity.

    Parameters
    ----------
    verdict
        What :func:`recastbook.statistics.decide` returns.
    quantity
        ``"mu95"``, the limit on the signal strength, or ``"s95"``, the limit on signal events.
    most
        Regions that are drawn, at most; by default all.
    right
        Text at the upper right.
    note
        Framed remark, for example ``stand-in network, not ATLAS``.
    about
        Words after the maker's name, for example ``generated events``.
    ax
        Axes to draw into; by default those of a new figure.

    Raises
    ------
    BadOption
        If no region has such a limit, or the quantity is unknown.
    """
    if quantity not in {"mu95", "s95"}:
        msg = f"quantity is {quantity!r}; known: 'mu95', 's95'"
        raise BadOption(msg)
    rows: list[tuple[str, str, float, tuple[float, ...]]] = []
    for r in verdict.ranked:
        if quantity == "mu95" and r.mu95 is not None:
            rows.append((r.region, r.status, r.mu95, r.mu95_expected))
        elif quantity == "s95" and r.limit is not None:
            rows.append((r.region, r.status, r.limit.observed, r.limit.expected))
    if not rows:
        msg = f"no region of the verdict has a limit {quantity!r}"
        raise BadOption(msg)
    with styled():
        return _draw(rows[:most], quantity, right or verdict.label, note, about, ax)


def _draw(
    rows: list[tuple[str, str, float, tuple[float, ...]]],
    quantity: str,
    right: str,
    note: str | None,
    about: str,
    ax: Axes | None,
) -> LimitsPlot:
    extra = 1.6 if note else 0.0
    new = ax is None
    ax = axes_or_new(ax, (6.8, 1.7 + 0.29 * (len(rows) + extra)))
    y = np.arange(len(rows))
    band = np.array([r[3] for r in rows], dtype=float)
    seen = np.array([r[2] for r in rows], dtype=float)
    may = np.array([r[1] in {"ok", "deciding"} for r in rows])
    two = ax.barh(y, band[:, 4] - band[:, 0], left=band[:, 0], height=0.72, color=BAND_2, label=r"$\pm 2\sigma$")
    one = ax.barh(y, band[:, 3] - band[:, 1], left=band[:, 1], height=0.72, color=BAND_1, label=r"$\pm 1\sigma$")
    middle = ax.vlines(band[:, 2], y - 0.36, y + 0.36, color="0.2", linestyle="--", linewidth=1.2, label="expected")
    (dots,) = ax.plot(seen[may], y[may], "o", color="black", label="observed")
    (rings,) = ax.plot(seen[~may], y[~may], "o", color="black", markerfacecolor="white")
    if (~may).any():
        rings.set_label("observed, does not decide")
    reach = np.concatenate([band.ravel(), seen, [1.0] if quantity == "mu95" else []])
    reach = reach[reach > 0]
    if reach.max() > 15 * reach.min():
        ax.set_xscale("log")
        # plain numbers at 1, 2 and 5: powers of ten at every digit would run into each other
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_xlim(0.7 * reach.min(), 1.5 * reach.max())
    else:
        ax.set_xlim(0.0, 1.1 * reach.max())
    if quantity == "mu95":
        ax.axvline(1.0, color="#d55e00", linewidth=1.2)
    names = [f"{r[0]} (decides)" if r[1] == "deciding" else r[0] for r in rows]
    ax.set_yticks(y, [words(name) for name in names])
    ax.tick_params(axis="y", which="both", left=False, right=False)
    ax.set_ylim(len(rows) - 0.4, -0.6 - extra)
    ax.set_xlabel(r"95 % CL upper limit on $\mu$" if quantity == "mu95" else "95 % CL upper limit on signal events")
    handles = [dots, *([rings] if (~may).any() else []), middle, one, two]
    if new:
        ax.figure.legend(handles=handles, loc="outside lower center", ncols=5, columnspacing=1.0)
    else:
        ax.legend(handles=handles, loc="best")
    stamp(ax, right=right, note=note, about=about)
    return LimitsPlot(ax.figure, ax, (one, two), middle, dots, rings)
