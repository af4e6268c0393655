"""Inline pictures of things: a strip of parts, a tree of regions, points beside a line, CLs on its scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from recastbook.display.figures import svg
from recastbook.display.text import Html, escape, number

__all__ = ["svg_log_interval", "svg_points", "svg_strip", "svg_tree"]

MAX_LEAVES = 24
"""Lines of a tree; what is left out is counted."""
_OPACITY = (0.65, 0.35, 0.15, 0.5, 0.25, 0.08)
_TEXT = 'fill="currentColor" font-size="11" font-family="sans-serif"'


def svg_strip(parts: Mapping[str, float], *, width: float = 420, height: float = 18, title: str = "") -> Html:
    """Return one bar cut into named parts, each as long as its share, with a legend of names and numbers.

    Parameters
    ----------
    parts
        Name -> size; what is not positive and finite is left out.
    width, height
        Size of the bar in pixels.
    title
        Text for screen readers.

    Examples
    --------
    >>> "passed 60" in svg_strip({"passed": 60, "found": 3})
    True
    """
    kept = {k: float(v) for k, v in list(parts.items())[:MAX_LEAVES] if math.isfinite(float(v)) and float(v) > 0}
    total = sum(kept.values())
    if not total:
        return Html("")
    out, x, words, line, at = "", 0.0, "", 0, 0.0
    for i, (name, size) in enumerate(kept.items()):
        opacity, length = _OPACITY[i % len(_OPACITY)], width * size / total
        text = f"{name} {number(int(size) if size.is_integer() else size)}"
        fill = f'fill="currentColor" fill-opacity="{opacity:g}" stroke="currentColor" stroke-opacity="0.5"'
        out += f'<rect x="{x:.1f}" y="0.5" width="{length:.1f}" height="{height - 1:g}" {fill}/>'
        room = 22 + 6.4 * len(text)
        if at and at + room > width:
            line, at = line + 1, 0.0
        y = height + 14 + 16 * line
        words += f'<rect x="{at:.1f}" y="{y - 9:.1f}" width="10" height="10" {fill}/>'
        words += f'<text x="{at + 14:.1f}" y="{y:.1f}" {_TEXT}>{escape(text)}</text>'
        x, at = x + length, at + room
    said = title or ", ".join(f"{k} {number(v)}" for k, v in kept.items())
    return svg(out + words, max(width, at), height + 22 + 16 * line, said)


def svg_tree(root: str, branches: Mapping[str, Mapping[str, int]], *, title: str = "") -> Html:
    """Return a tree of two levels, for example kinds of regions and their groups, with the number in each.

    Parameters
    ----------
    root
        What everything hangs on.
    branches
        Branch -> leaf -> number; a leaf without a name is the branch itself.
    title
        Text for screen readers.
    """
    rows = [(branch, leaf, n) for branch, leaves in branches.items() for leaf, n in leaves.items()]
    shown, lost = rows[:MAX_LEAVES], rows[MAX_LEAVES:]
    if not shown:
        return Html("")
    step, top = 17.0, 11.0
    longest = {i: max(len(str(r[i])) for r in shown) for i in (0, 1)}
    x0 = 8 + 6.6 * len(root[:40])
    x1 = x0 + 26
    x2 = x1 + 8 + 6.6 * min(30, longest[0] + 5) + 20
    out, seen, lines = "", "", ""
    firsts: list[float] = []
    for i, (branch, leaf, n) in enumerate(shown):
        y = top + step * i
        if branch != seen:
            count = sum(branches[branch].values())
            out += f'<text x="{x1 + 4:.1f}" y="{y + 4:.1f}" {_TEXT}>{escape(_cut(f"{branch} ({count})"))}</text>'
            firsts.append(y)
            lines += f"M{x0 + 10:.1f},{y:.1f}H{x1:.1f}"
            seen = branch
        if leaf:
            out += f'<text x="{x2 + 4:.1f}" y="{y + 4:.1f}" {_TEXT}>{escape(_cut(f"{leaf} ({n})"))}</text>'
            start = x2 - 12
            lines += f"M{start:.1f},{firsts[-1]:.1f}V{y:.1f}H{x2:.1f}"
    lines += f"M{x0:.1f},{top:.1f}H{x0 + 10:.1f}V{firsts[-1]:.1f}"
    out += f'<text x="0" y="{top + 4:.1f}" {_TEXT} font-weight="bold">{escape(_cut(root, 40))}</text>'
    tall = top + step * len(shown)
    if lost:
        hidden = sum(n for _, _, n in lost)
        said = f"and {len(lost)} more groups with {hidden} regions"
        out += f'<text x="{x1 + 4:.1f}" y="{tall + 4:.1f}" {_TEXT}>{said}</text>'
        tall += step
    path = f'<path d="{lines}" fill="none" stroke="currentColor" stroke-opacity="0.5"/>'
    wide = x2 + 10 + 6.6 * min(34, longest[1] + 7)
    return svg(path + out, wide, tall + 4, title or f"{root}: {len(rows)} groups")


def _cut(text: str, most: int = 34) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def svg_points(
    value: float | None, error: float | None, *, reach: float, line: float = 1.0, width: float = 90, height: float = 14
) -> Html:
    """Return a value with its error beside a line, in a window of `line` plus and minus `reach`.

    What lies beyond the window is an arrow at its edge.
    """
    if value is None or not math.isfinite(value):
        return Html("")
    spread = error if error is not None and math.isfinite(error) else 0.0

    def x(v: float) -> float:
        return width * (0.5 + 0.5 * max(-1.0, min(1.0, (v - line) / (reach or 1.0))))

    mid = height / 2
    out = f'<path d="M{x(line):.1f},0V{height:g}" stroke="currentColor" stroke-opacity="0.45"/>'
    if abs(value - line) > reach:
        edge, way = (width - 1, -6) if value > line else (1, 6)
        out += (
            f'<path d="M{edge + way},{mid - 4}L{edge},{mid}L{edge + way},{mid + 4}" fill="none" stroke="currentColor"/>'
        )
    else:
        out += f'<path d="M{x(value - spread):.1f},{mid:g}H{x(value + spread):.1f}" stroke="currentColor"/>'
        out += f'<circle cx="{x(value):.1f}" cy="{mid:g}" r="2.8" fill="currentColor"/>'
    return svg(out, width, height, f"{number(value)} beside {number(line)}")


def svg_log_interval(
    band: Sequence[float], *, observed: float | None = None, line: float = 0.05, decades: int = 5, width: float = 260,
    title: str = "",
) -> Html:  # fmt: skip
    """Return a band with its observed value on a logarithmic scale that ends at 1, as CLs has; `line` is marked.

    Parameters
    ----------
    band
        Five numbers: -2, -1, 0, +1, +2 sigma.
    observed
        Observed value.
    line
        Where to draw a line, 0.05 for an exclusion at 95 % CL.
    decades
        Decades below 1; smaller values stand at the edge.
    width
        Size in pixels.
    title
        Text for screen readers.
    """
    if len(band) != 5 or not all(math.isfinite(float(b)) for b in band):
        return Html("")
    low = 10.0**-decades
    height = 34.0

    def x(v: float) -> float:
        return 6 + (width - 12) * (1 + math.log10(min(1.0, max(low, float(v)))) / decades)

    def box(a: float, b: float, opacity: float) -> str:
        left, right = sorted((x(a), x(b)))
        place = f'x="{left:.1f}" y="3" width="{right - left:.1f}" height="13"'
        return f'<rect {place} fill="currentColor" fill-opacity="{opacity:g}"/>'

    out = box(band[0], band[4], 0.15) + box(band[1], band[3], 0.25)
    out += f'<path d="M{x(band[2]):.1f},1V18" stroke="currentColor" stroke-dasharray="3,2"/>'
    out += f'<path d="M{x(line):.1f},0V20" stroke="currentColor" stroke-opacity="0.7"/>'
    out += '<path d="M6,19.5H' + f'{width - 6:g}" stroke="currentColor" stroke-opacity="0.4"/>'
    for value, text in ((low, f"≤ 1e-{decades}"), (line, f"{line:g}"), (1.0, "1")):
        anchor = "start" if value == low else "end" if value == 1.0 else "middle"
        place = f'x="{x(value) - (6 if value == low else 0):.1f}" y="31" text-anchor="{anchor}"'
        out += f'<text {place} fill="currentColor" font-size="10" font-family="sans-serif">{text}</text>'
    if observed is not None and math.isfinite(observed):
        out += f'<circle cx="{x(observed):.1f}" cy="9.5" r="3.5" fill="currentColor"/>'
    return svg(out, width, height, title or f"expected {number(band[2])}, observed {number(observed)}")
