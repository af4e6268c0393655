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
    width: float = 220,
    height: float = 22,
    title: str = "",
) -> Html:
    """Return an expected value with its one and two sigma band, a dot for the observed, a bar at `line`.

    Parameters
    ----------
    band
        Five ascending numbers: -2, -1, 0, +1, +2 sigma.
    observed
        Observed value.
    line
        Where to draw a vertical line, for example 1 for a signal strength.
    width, height
        Size in pixels.
    title
        Text for screen readers.
    """
    points = [float(v) for v in (*band, observed, line) if v is not None and math.isfinite(float(v))]
    if len(points) < 2 or len(band) != 5 or not all(math.isfinite(float(b)) for b in band):
        return Html("")
    low, top = min(0.0, *points), max(points)
    span = (top - low) * 1.05 or 1.0

    def x(v: float) -> float:
        return width * (v - low) / span

    def box(a: float, b: float, opacity: float) -> str:
        place = f'x="{x(a):.1f}" y="{0.25 * height:.1f}" width="{x(b) - x(a):.1f}" height="{0.5 * height:.1f}"'
        return f'<rect {place} fill="currentColor" fill-opacity="{opacity:g}"/>'

    mid = height / 2
    dashes = f"M{x(band[2]):.1f},{0.2 * height:.1f}V{0.8 * height:.1f}"
    out = box(band[0], band[4], 0.15) + box(band[1], band[3], 0.25)
    out += f'<path d="{dashes}" stroke="currentColor" stroke-dasharray="3,2"/>'
    if line is not None:
        out += f'<path d="M{x(line):.1f},0V{height:g}" stroke="currentColor" stroke-opacity="0.7"/>'
    if observed is not None and math.isfinite(observed):
        out += f'<circle cx="{x(observed):.1f}" cy="{mid:.1f}" r="3.5" fill="currentColor"/>'
    return svg(out, width, height, title or f"expected {number(band[2])}, observed {number(observed)}")
