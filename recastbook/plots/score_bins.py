"""The bins of a network's score that a search counts: a signal over what was published for the same bins."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption, UnknownName, did_you_mean
from recastbook.plots.frame import COLOURS, LINES, headroom, new_figure, shown, stamp, styled, words
from recastbook.plots.live import literal
from recastbook.units import fb, invfb, pb

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["ScoreBinsPlot", "bin_edges", "score_bins"]

Array = NDArray[np.float64]
_ON_GREY = (1, 0, 3, 4, 5, 2)
"""Order of the colours: without red and green the third is a grey, like the background."""


@shown
class ScoreBinsPlot(NamedTuple):
    """Artists of a binned score."""

    figure: Figure | SubFigure
    ax: Axes
    """Events in each bin."""
    ax_ratio: Axes
    """Ratios to the background, of the background with the signal on top too."""
    steps: tuple[Any, ...]
    """Signal in each bin, an outline a sample."""
    errors: tuple[Any, ...]
    """Statistical error bands of the signal."""
    background: Any
    """Published background."""
    uncertainty: Any
    """Its published error, hatched."""
    observed: Any
    """Published counts with Poisson intervals."""
    source: Any
    """Words that say where the published numbers are from."""


def bin_edges(regions: Sequence[Any], output: str) -> dict[str, Array]:
    """Return the edges of all regions that are bins of a score, by the name of the region that is cut into bins.

    Parameters
    ----------
    regions
        Regions, bins among them.
    output
        Name of the output or of the score's column.
    """
    found: dict[str, set[float]] = {}
    for region in regions:
        cut = region.cuts[-1] if region.parent and region.cuts else None
        if cut is None or cut.score is None or output not in (cut.score, cut.column):
            continue
        found.setdefault(region.parent, set()).update(b.value for b in cut.bounds)
    return {name: np.array(sorted(at), dtype=np.float64) for name, at in found.items()}


def score_bins(
    results: Any,
    output: str,
    *,
    region: str = "",
    cross_section: float | None = None,
    axes: tuple[Axes, Axes] | None = None,
) -> ScoreBinsPlot:
    """Draw a signal in the bins of a score that a search counts, over published background and observed counts.

    Variable, selection and bins are those of the published table. Above, the signal stands beside the background;
    below, on top of it. Errors of the background are as published, and as a rule correlated between bins.

    Parameters
    ----------
    results
        A result, or several of the same search: an outline a sample.
    output
        Name of a network's output.
    region
        Region that is cut into bins; by default the first that has published counts.
    cross_section
        Cross section of every signal in pb, for samples without one of their own or to see another one.
    axes
        Axes for events and for ratios; by default those of a new figure.

    Raises
    ------
    UnknownName
        If no region is a set of bins of this output, or its network was not run.
    BadOption
        If nothing is published for the bins, a sample has no cross section and none is given, or its weights sum to
        zero.
    """
    several = list(results) if isinstance(results, Sequence) else [results]
    first = several[0]
    edges = bin_edges(first.header.regions, output)
    if not edges:
        known = {c.score for r in first.header.regions if r.parent for c in r.cuts if c.score}
        msg = f"{first.header.analysis} counts no bins of a score {output!r}.{did_you_mean(output, known)}"
        raise UnknownName(msg)
    if region and region not in edges:
        msg = f"{region!r} is not cut into bins of {output}.{did_you_mean(region, edges)}"
        raise UnknownName(msg)
    models = first.search.counting_models()
    names = {parent: [r.name for r in first.header.regions if r.parent == parent] for parent in edges}
    chosen = region or next((p for p in edges if all(n in models for n in names[p])), next(iter(edges)))
    bins = names[chosen]
    for result in several:
        if bins[0] in result.absent:
            msg = f"{bins[0]} is absent: {result.absent[bins[0]]}"
            raise UnknownName(msg)
    signals: dict[str, tuple[Array, Array]] = {}
    for result in several:
        name, scale = _scaled(result, cross_section)
        counts = [result.cutflow(n).steps[-1].count for n in bins]
        key = name if name not in signals else f"{name} ({len(signals) + 1})"
        sums, errors = (np.array([getattr(c, of) for c in counts], dtype=np.float64) for of in ("sum_w", "error"))
        signals[key] = sums * scale, errors * abs(scale)
    if any(n not in models for n in bins):
        msg = f"no observed counts and backgrounds of the bins of {chosen} are at hand: plot_score needs none"
        raise BadOption(msg)
    published = [models[n] for n in bins]
    table = next((t.header.source for t in first.search.tables.values() if t.header.kind == "yields"), "")
    note = first._note(first.regions[bins[0]]) or None
    with styled():
        return _draw(
            edges[chosen], signals, published, f"{output} in {chosen}", table,
            right=first._right(), note=note, about=first.about, axes=axes,
        )  # fmt: skip


def _scaled(result: Any, cross_section: float | None) -> tuple[str, float]:
    """Return a sample's name in the legend and what turns its sums of weights into events."""
    given = cross_section if cross_section is not None else result.cross_section
    if given is None:
        msg = (
            f"{result.label!r} has no cross section: say score_bins(..., cross_section=...) in pb, for example the "
            "sigma95 of its verdict"
        )
        raise BadOption(msg)
    if result.total.sum_w == 0:
        msg = f"the weights of {result.label!r} sum to zero: there is no signal to draw"
        raise BadOption(msg)
    scale = float(given) * result.header.luminosity_fb * invfb / result.total.sum_w
    return f"{literal(result.label)}, {float(given) * pb / fb:.3g} fb", scale


def _draw(
    edges: Array, signals: Mapping[str, tuple[Array, Array]], published: Sequence[Any], label: str, source: str, *,
    right: str, note: str | None, about: str, axes: tuple[Axes, Axes] | None,
) -> ScoreBinsPlot:  # fmt: skip
    from hist.intervals import poisson_interval  # brings scipy.stats, which few figures need

    if axes is None:
        axes = tuple(new_figure((6.4, 5.6)).subplots(2, 1, sharex=True, height_ratios=(2.4, 1)))
    main, ratio = axes
    b, error, n = (
        np.array([getattr(m, of) for m in published], dtype=np.float64)
        for of in ("background", "background_error", "observed")
    )
    low, up = poisson_interval(n)
    low = np.where(n == 0, 0.0, low)
    hatched: dict[str, Any] = {
        "fill": True, "facecolor": "none", "edgecolor": "0.35", "hatch": "/////", "linewidth": 0, "zorder": 2,
    }  # fmt: skip
    points: dict[str, Any] = {"fmt": "o", "color": "black", "markersize": 4, "zorder": 5}
    middle = 0.5 * (edges[1:] + edges[:-1])
    background = main.stairs(b, edges, fill=True, color="0.84", label="background, published", zorder=1)
    uncertainty = main.stairs(b + error, edges, baseline=b - error, label="its error", **hatched)
    observed = main.errorbar(middle, n, yerr=(n - low, up - n), label="observed, published", **points)
    # not a number where no background is: nothing is drawn there
    base = np.where(b > 0, b, np.nan)
    ratio.stairs(1 + error / base, edges, baseline=1 - error / base, **hatched)
    ratio.errorbar(middle, n / base, yerr=((n - low) / base, (up - n) / base), **points)
    ratio.axhline(1.0, color="0.35", linewidth=1, zorder=1)
    steps, bands = [], []
    for i, (name, (values, errors)) in enumerate(signals.items()):
        colour, line = COLOURS[_ON_GREY[i % len(_ON_GREY)]], LINES[(i + i // len(COLOURS)) % len(LINES)]
        look: dict[str, Any] = {"color": colour, "linestyle": line, "linewidth": 1.8, "zorder": 4}
        steps.append(main.stairs(values, edges, label=name, **look))
        band: dict[str, Any] = {"fill": True, "color": colour, "alpha": 0.25, "linewidth": 0, "zorder": 3}
        bands.append(main.stairs(values + errors, edges, baseline=values - errors, **band))
        ratio.stairs((b + values) / base, edges, baseline=1.0, **look)
    main.set_xlim(edges[0], edges[-1])
    positive = np.concatenate([b[b > 0], n[n > 0], *(v[v > 0] for v, _ in signals.values())])
    if positive.size:
        main.set_yscale("log")
        main.set_ylim(0.5 * float(positive.min()), 1.5 * float(max(positive.max(), up.max())))
        headroom(main, log=True, share=min(0.5, 0.08 * (len(signals) + 3) + (0.1 if note else 0)))
    main.set_ylabel("Events / bin")
    ratio.set_ylabel("Ratio to\nbackground")
    ratio.set_xlabel(words(label))
    main.legend(loc="upper right", handlelength=2.2)
    stamp(main, right=right, note=note, about=about)
    text = f"observed and background: {source}; errors of the background are correlated between bins"
    said = main.figure.supxlabel(words(textwrap.fill(text, 96)), fontsize="x-small", color="0.3")
    return ScoreBinsPlot(main.figure, main, ratio, tuple(steps), tuple(bands), background, uncertainty, observed, said)
