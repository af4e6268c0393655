"""Inline figures: a few hundred bytes of SVG in the colour of the text around them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from recastbook.display.text import Html, escape, number

__all__ = [
    "svg",
    "svg_bars",
    "svg_interval",
    "svg_steps",
]

MAX_SVG_POINTS = 400
"""Bars or steps in one inline figure; more are merged, since a notebook keeps every byte."""


def svg(content: str, width: float, height: float, title: str) -> Html:
    """Return markup inside one SVG element with a title."""
    # currentColor follows the theme; the title is what a screen reader says
    return Html(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img"><title>{escape(title)}</title>{content}</svg>'
    )


def _thin(values: Sequence[float]) -> list[float]:
    step = math.ceil(len(values) / MAX_SVG_POINTS) if values else 1
    clean = [float(v) if math.isfinite(float(v)) else 0.0 for v in values]
    return [sum(clean[i : i + step]) for i in range(0, len(clean), step)]


def svg_bars(
    values: Sequence[float],
    *,
    width: float = 160,
    height: float | None = None,
    maximum: float | None = None,
    title: str = "",
) -> Html:
    """Return horizontal bars, one a value, as inline SVG; negative values are hatched by opacity and drawn by size."""
    clean = [float(v) if math.isfinite(float(v)) else 0.0 for v in list(values)[:MAX_SVG_POINTS]]
    top = maximum if maximum is not None else max((abs(v) for v in clean), default=0.0)
    tall = height if height is not None else 10.0 * max(1, len(clean))
    each = tall / max(1, len(clean))
    bars = "".join(
        f'<rect x="0" y="{i * each + 0.1 * each:.2f}" width="{width * min(1.0, abs(v) / top) if top > 0 else 0:.2f}" '
        f'height="{0.8 * each:.2f}" fill="currentColor" fill-opacity="{0.6 if v >= 0 else 0.25}"/>'
        for i, v in enumerate(clean)
    )
    frame = f'<rect width="{width:g}" height="{tall:g}" fill="none" stroke="currentColor" stroke-opacity="0.25"/>'
    return svg(bars + frame, width, tall, title or ", ".join(number(v) for v in clean[:20]))


def svg_steps(values: Sequence[float], *, width: float = 220, height: float = 60, title: str = "") -> Html:
    """Return a histogram outline as inline SVG; bins are taken to be equally wide, many are merged."""
    clean = _thin(list(values))
    top, low = max([*clean, 0.0]), min([*clean, 0.0])
    span = (top - low) or 1.0
    dx = width / max(1, len(clean))

    def y(v: float) -> float:
        return height - 1 - (height - 2) * (v - low) / span

    path = f"M0,{y(0):.1f}" + "".join(
        f"L{i * dx:.1f},{y(v):.1f}L{(i + 1) * dx:.1f},{y(v):.1f}" for i, v in enumerate(clean)
    ) + f"L{width:g},{y(0):.1f}"  # fmt: skip
    content = f'<path d="{path}" fill="currentColor" fill-opacity="0.15" stroke="currentColor"/>'
    return svg(content, width, height, title or "histogram")


def svg_interval(
    band: Sequence[float],
    *,
    observed: float | None = None,
    line: float | None = None,
    width: float = 260,
    title: str = "",
) -> Html:
    """Return an expected value with its one and two sigma band, a dot for the observed, a bar at `line`, over a scale.

    The scale starts at zero; it is logarithmic where the numbers, all positive, span more than a decade.

    Parameters
    ----------
    band
        Five ascending numbers: -2, -1, 0, +1, +2 sigma.
    observed
        Observed value.
    line
        Where to draw a vertical line, for example 1 for a signal strength.
    width
        Size in pixels.
    title
        Text for screen readers.
    """
    points = [float(v) for v in (*band, observed, line) if v is not None and math.isfinite(float(v))]
    if len(points) < 2 or len(band) != 5 or not all(math.isfinite(float(b)) for b in band):
        return Html("")
    log = min(points) > 0 and max(points) > 10 * min(points)
    marks = _decades(min(points), max(points)) if log else _steps(min(0.0, *points), max(points))
    low, top = min(marks[0], *points), max(marks[-1], *points)

    def x(v: float) -> float:
        share = math.log(v / low) / math.log(top / low) if log else (v - low) / ((top - low) or 1.0)
        return _MARGIN + (width - 2 * _MARGIN) * share

    def box(a: float, b: float, opacity: float) -> str:
        place = f'x="{x(a):.1f}" y="4" width="{x(b) - x(a):.1f}" height="12"'
        return f'<rect {place} fill="currentColor" fill-opacity="{opacity:g}"/>'

    out = box(band[0], band[4], 0.15) + box(band[1], band[3], 0.25)
    out += f'<path d="M{x(band[2]):.1f},2V18" stroke="currentColor" stroke-dasharray="3,2"/>'
    if line is not None:
        out += f'<path d="M{x(line):.1f},0V20" stroke="currentColor" stroke-opacity="0.7"/>'
    axis = f"M{_MARGIN:g},20H{width - _MARGIN:g}" + "".join(f"M{x(m):.1f},20v3" for m in marks)
    out += f'<path d="{axis}" stroke="currentColor" stroke-opacity="0.5"/>'
    for mark in marks:
        place = f'x="{x(mark):.1f}" y="33" text-anchor="middle" font-size="10" font-family="sans-serif"'
        out += f'<text {place} fill="currentColor">{mark:g}</text>'
    if observed is not None and math.isfinite(observed):
        out += f'<circle cx="{x(observed):.1f}" cy="10" r="3.5" fill="currentColor"/>'
    return svg(out, width, 36, title or f"expected {number(band[2])}, observed {number(observed)}")


_MARGIN = 18.0
"""Pixels beside a scale: room for a dot and for half a number at its ends."""


def _decades(low: float, top: float) -> list[float]:
    """Return at most six powers of ten that hold a range."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(top))
    step = math.ceil((last - first) / 5)
    return [10.0**power for power in range(first, last + step, step)]


def _steps(low: float, top: float) -> list[float]:
    """Return a handful of round numbers that hold a range."""
    span = (top - low) or 1.0
    size = 10.0 ** math.floor(math.log10(span))
    step = next(size * s for s in (0.2, 0.5, 1.0, 2.0, 5.0) if span <= 5 * size * s)
    return [round(i * step, 12) for i in range(math.floor(low / step), math.ceil(top / step) + 1)]
