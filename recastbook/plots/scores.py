"""Distributions of network scores; near 1 on a scale of log10(1 - p), where searches cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook.exceptions import BadOption
from recastbook.plots.features import FeaturePlot, Published, feature
from recastbook.plots.frame import words

if TYPE_CHECKING:
    import hist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["score", "score_tail", "tail_axis", "towards_one"]

_RESOLUTION = 2.0**-24
"""Half the distance of 1 to the float32 below it: nothing nearer to 1 can be told from it."""


def score(
    histograms: hist.Hist | Mapping[str, hist.Hist],
    *,
    label: str = "",
    cuts: Sequence[Any] = (),
    scale: float | None = None,
    log: bool = True,
    **options: Any,
) -> FeaturePlot:
    """Draw the distribution of a network score, logarithmically; parameters as in :func:`feature`."""
    return feature(histograms, label=label, cuts=cuts, scale=scale, log=log, **options)


def score_tail(
    scores: Mapping[str, Any],
    *,
    label: str = "score",
    cuts: Sequence[Any] = (),
    scale: float | None = None,
    log: bool = True,
    bins: int = 36,
    bin_edges: Sequence[float] = (),
    published: Published | None = None,
    ax: Axes | None = None,
    **options: Any,
) -> FeaturePlot:
    """Draw scores near 1 on a scale of log10(1 - p), so that 0.999 and 0.9999 stand apart.

    Parameters
    ----------
    scores
        Name -> scores of shape (N,), or a pair of scores and weights. Not-a-number is left out; a score that cannot be
        told from 1 in float32 is drawn in the last bin.
    label
        Name of the score.
    cuts
        Scores (not their logarithms) at which to draw a line, or bounds of a cut.
    scale
        Factor from sums of weights to expected events.
    log
        Logarithmic vertical axis.
    bins
        Bins over the 7.2 decades that float32 resolves.
    bin_edges
        Edges (scores, not their logarithms) of the bins that a search counts.
    published
        Points to draw beside the histograms: scores (not their logarithms), and what the vertical axis shows.
    ax
        Axes to draw into; by default those of a new figure.
    **options
        Of :func:`feature`: `right`, `note`, `about`, `density`.

    Raises
    ------
    BadOption
        If a score lies outside [0, 1], or scores and weights differ in length.
    """
    end = float(towards_one(1.0))
    histograms = {name: _histogram(name, given, bins, end) for name, given in scores.items()}
    at = [_Bound(_place(_value(c)), c) for c in cuts]
    points = None if published is None else published._replace(x=[_place(float(p)) for p in published.x])
    edges = [_place(edge) for edge in bin_edges]
    plot = feature(
        histograms, label=label, cuts=at, bin_edges=edges, scale=scale, log=log, published=points, ax=ax, **options
    )
    for line, cut in zip(plot.cuts, cuts, strict=True):
        line.set_label(f"cut at {_value(cut):.9g}")
    if plot.legend is not None:
        texts = {f"cut at {b.value:.6g}": f"cut at {_value(c):.9g}" for b, c in zip(at, cuts, strict=True)}
        for text in plot.legend.get_texts():
            text.set_text(texts.get(text.get_text(), text.get_text()))
    plot.ax.set_xlabel(words(tail_axis(plot.ax.xaxis, label)))
    plot.ax.set_xlim(0.0, end)
    plot.ax.set_ylabel(plot.ax.get_ylabel().split(" / ")[0] + f" / {end / bins:.2g} in $\\log_{{10}}(1-p)$")
    return plot


class _Bound:
    def __init__(self, value: float, cut: Any) -> None:
        self.value, self.comparator = value, getattr(cut, "comparator", "")


def towards_one(p: ArrayLike) -> NDArray[np.float64]:
    """Return -log10(1 - p), where what cannot be told from 1 in float32 stands at the end."""
    return np.asarray(-np.log10(np.maximum(1.0 - np.asarray(p, dtype=np.float64), _RESOLUTION)))


def tail_axis(axis: Axis, label: str) -> str:
    """Name scores along an axis that shows :func:`towards_one` of them; return its title."""
    decades = range(int(towards_one(1.0)) + 1)
    axis.set_ticks(list(decades), ["0", "0.9", "0.99", "0.999", *(f"$1-10^{{-{d}}}$" for d in decades[4:])])
    axis.minorticks_off()  # a tick between two decades would stand at no score worth reading
    return f"{label}, on a scale of $\\log_{{10}}(1-p)$"


def _place(p: float) -> float:
    return float(towards_one(p))


def _value(cut: Any) -> float:
    return float(getattr(cut, "value", cut))


def _histogram(name: str, given: Any, bins: int, end: float) -> hist.Hist:
    import hist

    scores, weights = given if isinstance(given, tuple) else (given, None)
    p: NDArray[np.float64] = np.asarray(scores, dtype=np.float64)
    w: ArrayLike = np.ones(len(p)) if weights is None else np.asarray(weights, dtype=np.float64)
    if np.shape(w) != p.shape:
        msg = f"{name!r}: {p.shape} scores and {np.shape(w)} weights"
        raise BadOption(msg)
    good = np.isfinite(p)
    if (outside := (p[good] < 0) | (p[good] > 1)).any():
        msg = f"{name!r}: a score lies between 0 and 1, not {p[good][outside][0]:g}; is this the logit?"
        raise BadOption(msg)
    made = hist.Hist(hist.axis.Regular(bins, 0.0, end, name="value"), storage=hist.storage.Weight())
    x = np.minimum(towards_one(p[good]), end * (1 - 1e-9))
    made.fill(x, weight=np.asarray(w)[good])
    return made
