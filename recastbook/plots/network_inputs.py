"""One input of a network: as the contract says, as a mistaken code would feed it, and where the training was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook.exceptions import BadOption
from recastbook.plots.frame import COLOURS, LINES, axes_or_new, headroom, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["NetworkInputPlot", "network_input"]

Array = NDArray[np.float64]
_FAR = 100.0
"""Factor between two distributions from which on a linear axis squeezes the lower one into a bin."""
_COUNTED = 60
"""Whole numbers up to this range are counted, a bin each."""


@shown
class NetworkInputPlot(NamedTuple):
    """Artists of a distribution of one input."""

    figure: Figure | SubFigure
    ax: Axes
    steps: tuple[Any, ...]
    """Outlines: by the contract, and with the mistake where one was given."""
    training: Any
    """Band of the training's mean and width; None where the card gives none."""
    outside: tuple[float, ...]
    """Share of each distribution that lies outside the axis."""


def network_input(
    values: ArrayLike,
    mistaken: ArrayLike | None = None,
    *,
    weight: ArrayLike | None = None,
    mean: float | None = None,
    width: float | None = None,
    label: str = "",
    mistake: str = "with the mistake",
    bins: int = 40,
    right: str = "",
    note: str | None = None,
    about: str = "",
    ax: Axes | None = None,
) -> NetworkInputPlot:
    """Draw the distribution of one input of a network.

    Parameters
    ----------
    values
        The input by the contract, shape (N,); nan is left out and said.
    mistaken
        The same events as a mistaken code feeds them, shape (N,).
    weight
        Weights, shape (N,); 1 by default.
    mean, width
        Of the network's training, in the unit of the values; a band is drawn where both are given.
    label
        Axis title with its unit.
    mistake
        What the mistaken code does, for the legend.
    bins
        Number of bins between the smallest and the largest value of both, outliers (0.1 % a side) left out; where
        all values are whole numbers each has a bin of its own, and where the mistake moves them by decades the axis
        is logarithmic.
    right, note, about, ax
        As in :func:`feature`.

    Raises
    ------
    BadOption
        If the arrays differ in length, or no value is finite.

    Examples
    --------
    >>> import numpy as np
    >>> made = network_input(np.linspace(0, 4, 100), mean=2.0, width=1.0, label="$p_T$ [100 GeV]")
    >>> len(made.steps), made.training is not None
    (1, True)
    """
    arrays = [np.asarray(values, dtype=np.float64)]
    if mistaken is not None:
        arrays.append(np.asarray(mistaken, dtype=np.float64))
    weights = np.ones(len(arrays[0])) if weight is None else np.asarray(weight, dtype=np.float64)
    if any(a.shape != weights.shape for a in arrays):
        msg = f"values and weights must have one shape (N,), not {[a.shape for a in arrays]} and {weights.shape}"
        raise BadOption(msg)
    finite = np.concatenate([a[np.isfinite(a)] for a in arrays])
    if not len(finite):
        msg = f"{label or 'this input'}: none of {len(weights)} values is a number"
        raise BadOption(msg)
    edges = _edges(finite, bins, mean, width) if len(arrays) == 1 else _of_both(arrays, finite, bins, mean, width)
    with styled():
        return _draw(arrays, weights, edges, mean, width, label, mistake, right, note, about, ax)


def _of_both(arrays: list[Array], finite: Array, bins: int, mean: float | None, width: float | None) -> Array:
    """Return edges on which both distributions are seen: in equal factors where one lies decades above the other."""
    middles = [float(np.median(a[np.isfinite(a)])) if np.isfinite(a).any() else 0.0 for a in arrays]
    if min(middles) <= 0 or max(middles) < _FAR * min(middles) or float((finite > 0).mean()) < 0.99:
        return _edges(finite, bins, mean, width)
    low, high = np.quantile(finite[finite > 0], [0.001, 0.999])
    return np.geomspace(low, high, bins + 1)


def _edges(finite: Array, bins: int, mean: float | None, width: float | None) -> Array:
    low, high = np.quantile(finite, [0.001, 0.999])
    if mean is not None and width is not None:  # the training belongs into the picture
        low, high = min(low, mean - 2 * width), max(high, mean + 2 * width)
    if not high > low:
        low, high = low - 0.5, high + 0.5
    if high - low <= _COUNTED and bool((finite == np.round(finite)).all()):
        return np.arange(np.floor(low) - 0.5, np.ceil(high) + 1.0)  # a number of jets: a bin for each
    return np.linspace(low, high, bins + 1)


def _draw(
    arrays: list[Array], weights: Array, edges: Array, mean: float | None, width: float | None, label: str,
    mistake: str, right: str, note: str | None, about: str, ax: Axes | None,
) -> NetworkInputPlot:  # fmt: skip
    ax = axes_or_new(ax)
    steps, outside = [], []
    total = float(weights.sum()) or 1.0
    for i, (values, name) in enumerate(zip(arrays, ("by the contract", mistake), strict=False)):
        good = np.isfinite(values)
        counts, _ = np.histogram(values[good], edges, weights=weights[good])
        steps.append(ax.stairs(counts / total, edges, color=COLOURS[i], linestyle=LINES[i], label=words(name), lw=1.7))
        outside.append(1.0 - float(counts.sum()) / total)
    band = None
    if mean is not None and width is not None and width > 0:
        span: dict[str, Any] = {"facecolor": "0.85", "edgecolor": "0.55", "zorder": 0}
        band = ax.axvspan(mean - width, mean + width, label="training: mean ± width", **span)
        ax.axvline(mean, color="0.5", lw=1, zorder=0)
    ax.set_xlim(edges[0], edges[-1])
    if len(edges) > 2 and edges[0] > 0 and not np.isclose(edges[-1] - edges[-2], edges[1] - edges[0], rtol=1e-3):
        ax.set_xscale("log")
    else:
        # a power of ten beside the axis would stand in its title
        ax.ticklabel_format(axis="x", scilimits=(-5, 9))
        if edges[0] % 1 == 0.5 and np.allclose(np.diff(edges), 1.0):
            from matplotlib.ticker import MaxNLocator

            ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
            ax.minorticks_off()
    ax.set_ylim(0, None)
    ax.set_xlabel(words(label))
    ax.set_ylabel("share of events / bin")
    headroom(ax, log=False, share=0.28)
    ax.legend(frameon=False, loc="upper right", fontsize="small")
    lost = max(outside)
    remark = f"{100 * lost:.2g} % of events lie outside the axis or are no number" if lost > 0.003 else None
    stamp(ax, right=right, note="; ".join(t for t in (note, remark) if t) or None, about=about)
    return NetworkInputPlot(ax.figure, ax, tuple(steps), band, tuple(outside))
