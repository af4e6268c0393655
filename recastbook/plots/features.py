"""Distributions of features and scores: weighted histograms with their errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption
from recastbook.plots.frame import COLOURS, LINES, axes_or_new, headroom, stamp, styled

if TYPE_CHECKING:
    import hist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["FeaturePlot", "feature", "score"]

Array = NDArray[np.float64]


class FeaturePlot(NamedTuple):
    """Artists of a distribution."""

    figure: Figure | SubFigure
    ax: Axes
    steps: tuple[Any, ...]
    """One outline a histogram."""
    errors: tuple[Any, ...]
    """One error band a histogram."""
    cuts: tuple[Any, ...]
    """One vertical line a cut."""
    legend: Any
    """Legend."""


class _Drawn(NamedTuple):
    name: str
    edges: Array
    values: Array
    errors: Array
    overflow: float


def _read(name: str, histogram: hist.Hist, scale: float) -> _Drawn:
    if len(histogram.axes) != 1:
        msg = f"{name!r} has {len(histogram.axes)} axes; a distribution has one: select a stage first"
        raise BadOption(msg)
    axis = histogram.axes[0]
    values = np.asarray(histogram.values(), dtype=np.float64) * scale
    variances = histogram.variances()
    errors = np.sqrt(np.maximum(np.asarray(values if variances is None else variances, dtype=np.float64), 0.0))
    flow = np.asarray(histogram.values(flow=True), dtype=np.float64)
    outside = float(flow[-1]) * scale if axis.traits.overflow else 0.0
    return _Drawn(name, np.asarray(axis.edges, dtype=np.float64), values, errors * abs(scale), outside)


def feature(
    histograms: hist.Hist | Mapping[str, hist.Hist],
    *,
    label: str = "",
    unit: str = "1",
    scale: float | None = None,
    cuts: Sequence[float] = (),
    log: bool = False,
    density: bool = False,
    right: str = "",
    note: str | None = None,
    ax: Axes | None = None,
) -> FeaturePlot:
    """Draw the distribution of a feature.

    Parameters
    ----------
    histograms
        One-dimensional weighted histogram, or several by name. Error bands are statistical, from the sums of
        squared weights.
    label
        Label of the horizontal axis; mathtext is allowed.
    unit
        Unit of the feature, ``1`` for none.
    scale
        Factor from sums of weights to expected events; without it the axis says sum of weights.
    cuts
        Values at which to draw a vertical line.
    log
        Logarithmic vertical axis.
    density
        Divide each histogram by its sum, to compare shapes.
    right
        Text at the upper right, for example energy and luminosity.
    note
        Framed remark, for example ``stand-in network, not ATLAS``.
    ax
        Axes to draw into; by default those of a new figure.

    Returns
    -------
    FeaturePlot
        Figure, axes and artists.

    Raises
    ------
    BadOption
        If there is no histogram, or one has more than one axis.
    """
    named = dict(histograms) if isinstance(histograms, Mapping) else {"": histograms}
    if not named:
        msg = "no histogram to draw"
        raise BadOption(msg)
    drawn = [_read(name, h, 1.0 if scale is None else float(scale)) for name, h in named.items()]
    if density:
        drawn = [_normalised(d) for d in drawn]
    what = "Share of events" if density else "Sum of weights" if scale is None else "Expected events"
    with styled():
        return _draw(drawn, label, unit, what, cuts, right, note, ax, log=log)


def score(
    histograms: hist.Hist | Mapping[str, hist.Hist],
    *,
    label: str = "",
    cuts: Sequence[float] = (),
    scale: float | None = None,
    log: bool = True,
    right: str = "",
    note: str | None = None,
    ax: Axes | None = None,
) -> FeaturePlot:
    """Draw the distribution of a network score, logarithmically; parameters as in :func:`feature`."""
    return feature(histograms, label=label, cuts=cuts, scale=scale, log=log, right=right, note=note, ax=ax)


def _normalised(d: _Drawn) -> _Drawn:
    total = float(d.values.sum())
    return (
        d
        if total == 0
        else d._replace(values=d.values / total, errors=d.errors / abs(total), overflow=d.overflow / total)
    )


def _draw(
    drawn: Sequence[_Drawn], label: str, unit: str, what: str, cuts: Sequence[float], right: str,
    note: str | None, ax: Axes | None, *, log: bool,
) -> FeaturePlot:  # fmt: skip
    ax = axes_or_new(ax)
    steps, bands = [], []
    for i, d in enumerate(drawn):
        colour, style = COLOURS[i % len(COLOURS)], LINES[i % len(LINES)]
        name = d.name + (f" ({d.overflow:.3g} beyond the axis)" if d.overflow > 0.005 * abs(d.values).sum() else "")
        steps.append(ax.stairs(d.values, d.edges, color=colour, linestyle=style, linewidth=1.6, label=name or None))
        low, high = d.values - d.errors, d.values + d.errors
        bands.append(ax.stairs(high, d.edges, baseline=low, fill=True, color=colour, alpha=0.25, linewidth=0))
    lines = [
        ax.axvline(x, color="0.25", linewidth=1.2, linestyle=(0, (4, 2)), label=f"cut at {x:.6g}", clip_on=False)
        for x in cuts
    ]
    ax.set_xlim(drawn[0].edges[0], drawn[0].edges[-1])
    widths = np.diff(drawn[0].edges)
    even = bool(np.allclose(widths, widths[0], rtol=1e-6))
    per = f" / {widths[0]:.4g}{'' if unit == '1' else ' ' + unit}" if even and (unit != "1" or widths[0] != 1) else ""
    ax.set_ylabel(f"{what}{per}")
    ax.set_xlabel(label if unit == "1" or f"[{unit}]" in label else f"{label} [{unit}]")
    positive = np.concatenate([d.values[d.values > 0] for d in drawn])
    if log and positive.size:
        ax.set_yscale("log")
        ax.set_ylim(0.5 * float(positive.min()), 2.0 * float(positive.max()))
    elif not log:
        ax.set_ylim(bottom=min(0.0, *(float((d.values - d.errors).min()) for d in drawn)))
    else:
        # nothing positive to show on a logarithmic axis: an empty linear one says so
        ax.set_ylim(0.0, 1.0)
    named = [*(d.name for d in drawn if d.name), *cuts]
    rows = len(named) + (2 if note else 0)
    headroom(ax, log=log and bool(positive.size), share=min(0.5, 0.07 * rows + 0.03))
    legend = ax.legend(loc="upper right", handlelength=2.2) if named else None
    stamp(ax, right=right, note=note)
    if not any(d.values.any() for d in drawn):
        ax.text(0.5, 0.45, "no events", transform=ax.transAxes, ha="center", color="0.4")
    return FeaturePlot(ax.figure, ax, tuple(steps), tuple(bands), tuple(lines), legend)
