"""Distributions of features and scores: weighted histograms with their errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption
from recastbook.plots.frame import COLOURS, LINES, axes_or_new, headroom, shown, stamp, styled, words

if TYPE_CHECKING:
    import hist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["FeaturePlot", "Published", "feature"]

SHARE = "Share of events"
MANY = 8
"""Lines of a legend inside the axes; a longer one stands beside them."""

Array = NDArray[np.float64]


@shown
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
    published: tuple[Any, ...] = ()
    """Published points, where they were given."""
    bin_edges: tuple[Any, ...] = ()
    """Ticks at the edges of the bins that a search counts, where they were given."""

    def update(
        self,
        histograms: hist.Hist | Mapping[str, hist.Hist] | None = None,
        cuts: Sequence[Any] = (),
        scale: float = 1.0,
    ) -> None:
        """Move what is drawn in place, without a new figure: outlines and their bands, then the cut lines.

        Axes and legend stay as they are, so that nothing is laid out again; draw the figure afterwards.

        Parameters
        ----------
        histograms
            As many as were drawn, in their order and with their edges; None leaves them.
        cuts
            New places of the cut lines; as many as were drawn, or none to leave them.
        scale
            Factor from sums of weights to what the axis says.

        Raises
        ------
        BadOption
            If their number is another one.
        """
        named = {} if histograms is None else _named(histograms)
        for what, given, drawn in (("histograms", named, self.steps), ("cuts", cuts, self.cuts)):
            if given and len(given) != len(drawn):
                msg = f"{len(drawn)} {what} are drawn; an update moves all of them, not {len(given)}"
                raise BadOption(msg)
        for (name, histogram), step, band in zip(named.items(), self.steps, self.errors, strict=False):
            d = _read(name, histogram, scale)
            step.set_data(values=d.values, edges=d.edges)
            band.set_data(values=d.values + d.errors, edges=d.edges, baseline=d.values - d.errors)
        for line, cut in zip(self.cuts, cuts, strict=False):
            line.set_xdata([_place(cut, self.steps[0].get_data().edges)[0]] * 2)


class Published(NamedTuple):
    """Points as a table prints them, drawn beside a distribution."""

    x: Sequence[float]
    """Where, in the unit of the axis."""
    y: Sequence[float]
    """Values, in what the vertical axis shows."""
    error: Sequence[float] | None = None
    """Their uncertainty, rounding included."""
    label: str = "published"
    """Name in the legend; says which table."""


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


def _named(histograms: hist.Hist | Mapping[str, hist.Hist]) -> dict[str, hist.Hist]:
    return dict(histograms) if isinstance(histograms, Mapping) else {"": histograms}


def _place(cut: Any, edges: Array) -> tuple[float, str]:
    """Return where a cut is drawn and the side it keeps: of a number, or of a record with `value` and `comparator`."""
    sides = {"min": "right", "above": "right", "max": "left", "below": "left"}
    comparator = getattr(cut, "comparator", "")
    return between(float(getattr(cut, "value", cut)), comparator, edges), sides.get(comparator, "")


def between(value: float, comparator: str, edges: Array) -> float:
    """Return where a bound stands on an axis: between two numbers where the bins are centred on whole ones.

    At least 4 and more than 3 b-jets both keep the whole of the bin of 4.

    Examples
    --------
    >>> jets, pt = np.arange(-0.5, 8), np.arange(8.0)
    >>> between(4.0, "min", jets), between(4.0, "above", jets), between(4.0, "min", pt)
    (3.5, 4.5, 4.0)
    """
    counts = len(edges) > 1 and float(edges[0]) % 1 == 0.5 and bool(np.allclose(np.diff(edges), 1.0))
    match comparator if counts else "":
        case "min" | "below":
            return float(np.ceil(value)) - 0.5
        case "max" | "above":
            return float(np.floor(value)) + 0.5
    return value


def feature(
    histograms: hist.Hist | Mapping[str, hist.Hist],
    *,
    label: str = "",
    unit: str = "1",
    scale: float | None = None,
    cuts: Sequence[Any] = (),
    bin_edges: Sequence[float] = (),
    log: bool = False,
    density: bool = False,
    published: Published | None = None,
    right: str = "",
    note: str | None = None,
    about: str = "",
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
        Values at which to draw a vertical line, or bounds of a cut (records with `value` and `comparator`), whose
        line also points to the side that is kept.
    bin_edges
        Edges of the bins that a search counts, drawn as ticks at the bottom: they are no cuts.
    log
        Logarithmic vertical axis.
    density
        Divide each histogram by its sum, to compare shapes.
    published
        Points to draw beside the histograms, with their errors.
    right
        Text at the upper right, for example energy and luminosity.
    note
        Framed remark, for example ``stand-in network, not ATLAS``.
    about
        Words after the maker's name, for example ``generated events``.
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
    named = _named(histograms)
    if not named:
        msg = "no histogram to draw"
        raise BadOption(msg)
    drawn = [_read(name, h, 1.0 if scale is None else float(scale)) for name, h in named.items()]
    if density:
        drawn = [_normalised(d) for d in drawn]
    what = SHARE if density else "Sum of weights" if scale is None else "Expected events"
    with styled():
        return _draw(drawn, label, unit, what, cuts, bin_edges, published, right, note, about, ax, log=log)


def _normalised(d: _Drawn) -> _Drawn:
    total = float(d.values.sum())
    return (
        d
        if total == 0
        else d._replace(values=d.values / total, errors=d.errors / abs(total), overflow=d.overflow / total)
    )


def _draw(
    drawn: Sequence[_Drawn], label: str, unit: str, what: str, cuts: Sequence[Any], bin_edges: Sequence[float],
    published: Published | None, right: str, note: str | None, about: str, ax: Axes | None, *, log: bool,
) -> FeaturePlot:  # fmt: skip
    ax = axes_or_new(ax)
    steps, bands = [], []
    for i, d in enumerate(drawn):
        colour, style = COLOURS[i % len(COLOURS)], LINES[(i + i // len(COLOURS)) % len(LINES)]
        beyond = f"{100 * d.overflow:.2g} %" if what == SHARE else f"{d.overflow:.3g}"
        name = words(d.name) + (f" ({beyond} beyond the axis)" if d.overflow > 0.005 * abs(d.values).sum() else "")
        steps.append(ax.stairs(d.values, d.edges, color=colour, linestyle=style, linewidth=1.6, label=name or None))
        low, high = d.values - d.errors, d.values + d.errors
        bands.append(ax.stairs(high, d.edges, baseline=low, fill=True, color=colour, alpha=0.25, linewidth=0))
    lines = [
        cut_line(ax, *_place(cut, drawn[0].edges), f"cut at {float(getattr(cut, 'value', cut)):.6g}") for cut in cuts
    ]
    points = () if published is None else (_points(ax, published),)
    ticks = (_ticks(ax, bin_edges),) if len(bin_edges) else ()
    ax.set_xlim(drawn[0].edges[0], drawn[0].edges[-1])
    widths = np.diff(drawn[0].edges)
    even = bool(np.allclose(widths, widths[0], rtol=1e-6))
    per = f" / {widths[0]:.4g}{'' if unit == '1' else ' ' + unit}" if even and (unit != "1" or widths[0] != 1) else ""
    ax.set_ylabel(f"{what}{per}")
    ax.set_xlabel(words(label if unit == "1" or f"[{unit}]" in label else f"{label} [{unit}]"))
    seen = [d.values for d in drawn] + ([np.asarray(published.y, dtype=np.float64)] if published is not None else [])
    positive = np.concatenate([v[v > 0] for v in seen])
    if log and positive.size:
        ax.set_yscale("log")
        ax.set_ylim(0.5 * float(positive.min()), 2.0 * float(positive.max()))
    elif not log:
        ax.set_ylim(bottom=min(0.0, *(float((d.values - d.errors).min()) for d in drawn)))
    else:
        # nothing positive to show on a logarithmic axis: an empty linear one says so
        ax.set_ylim(0.0, 1.0)
    named = [*(d.name for d in drawn if d.name), *cuts, *points, *ticks]
    beside = len(named) > MANY
    rows = (0 if beside else len(named)) + (2 if note else 0)
    headroom(ax, log=log and bool(positive.size), share=min(0.5, 0.07 * rows + 0.03))
    place: dict[str, Any] = {"loc": "upper right"}
    if beside:  # over the axes it would hide what it names
        place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "fontsize": "x-small", "borderaxespad": 0.0}
    legend = ax.legend(handlelength=2.2, **place) if named else None
    stamp(ax, right=right, note=note, about=about)
    said = _nothing(drawn, log=log)
    if said:
        ax.text(0.5, 0.45, said, transform=ax.transAxes, ha="center", color="0.4")
    return FeaturePlot(ax.figure, ax, tuple(steps), tuple(bands), tuple(lines), legend, points, ticks)


def _nothing(drawn: Sequence[_Drawn], *, log: bool) -> str:
    """Return why nothing can be seen; no words where something can."""
    values = np.concatenate([d.values for d in drawn])
    if not np.nan_to_num(values, posinf=0.0, neginf=0.0).any():
        return "no events" if np.isfinite(values).all() else "the weights are not numbers"
    return "nothing above 0 for a logarithmic axis" if log and not (values > 0).any() else ""


def cut_line(ax: Axes, at: float, side: str = "", name: str = "") -> Any:
    """Draw a cut: a dashed line, with a triangle on top that points to the side that is kept."""
    from matplotlib.markers import CARETLEFTBASE, CARETRIGHTBASE

    marker = {"right": CARETRIGHTBASE, "left": CARETLEFTBASE}.get(side, "")
    (line,) = ax.plot(
        [at, at], [0.0, 1.0], transform=ax.get_xaxis_transform(), color="0.25", linewidth=1.2, linestyle=(0, (4, 2)),
        marker=marker, markersize=8, markevery=[1], clip_on=False, label=name or f"cut at {at:.6g}", scalex=False,
        scaley=False,
    )  # fmt: skip
    return line


def _ticks(ax: Axes, edges: Sequence[float]) -> Any:
    """Draw the edges of bins: short ticks inside the axes, where a cut is a line through them."""
    (ticks,) = ax.plot(
        list(edges), [0.0] * len(edges), transform=ax.get_xaxis_transform(), linestyle="none", marker=2, markersize=11,
        markeredgewidth=1.1, color="0.4", label=f"edges of the search's {len(edges) - 1} bins", scalex=False,
        scaley=False,
    )  # fmt: skip
    return ticks


def _points(ax: Axes, given: Published) -> Any:
    return ax.errorbar(
        given.x, given.y, yerr=given.error, fmt="o", color="black", capsize=2, label=words(given.label), zorder=5
    )
