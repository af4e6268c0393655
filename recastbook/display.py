"""How recastbook shows things: one small helper behind every ``_repr_html_``, with text twins.

Nothing here fixes a text or background colour: ``currentColor`` and opacity only, so that light and
dark themes both work. Everything that comes from outside is escaped; long tables are folded and the
number of folded rows is said.

>>> print(text_table(["region", "events"], [["SR-A", 3.25], ["SR-B", None]]))
region  events
------  ------
SR-A      3.25
SR-B         -
"""

from __future__ import annotations

import html as _html
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real

__all__ = [
    "Cell",
    "Html",
    "badge",
    "card",
    "escape",
    "fold",
    "html_table",
    "joined",
    "note",
    "number",
    "plus_minus",
    "svg_bars",
    "svg_interval",
    "svg_steps",
    "text_card",
    "text_table",
    "to_latex",
    "to_markdown",
]

MAX_ROWS = 40
"""Rows of an HTML table that are shown before the rest is folded."""
MAX_FOLDED_ROWS = 1000
"""Rows behind the fold; what comes after is only counted."""
MAX_SVG_POINTS = 400
"""Bars or steps in one inline figure; more are merged, since a notebook keeps every byte."""

_TABLE = '<table style="border-collapse:collapse;color:inherit;background:none;margin:2px 0">'
_FRAME = '<div style="border:1px solid currentColor;border-radius:6px;padding:6px 10px;margin:4px 0;max-width:70em">'

# status: (sign in HTML, sign in plain text, word for screen readers)
_MARKS: dict[str, tuple[str, str, str]] = {
    "ok": ("✓", "ok", "good"),
    "warning": ("▲", "!", "warning"),
    "bad": ("✗", "x", "bad"),
    "absent": ("∅", "-", "absent"),
    "unknown": ("?", "?", "unknown"),
    "note": ("ⓘ", "i", "note"),
}


class Html(str):
    """Markup that is ready to be shown: it is not escaped again, and a notebook renders it."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Cell:
    """One table cell with a status mark.

    ``value`` is any cell value; ``mark`` one of "ok", "warning", "bad", "absent", "unknown", "note";
    ``title`` is shown when the pointer rests on the cell; ``bar`` is a share in [0, 1] drawn behind the number.
    """

    value: object
    mark: str | None = None
    title: str = ""
    bar: float | None = None


def escape(value: object) -> str:
    """Return `value` as text that is safe inside HTML; :class:`Html` passes through.

    Examples
    --------
    >>> escape("<b> & 'c'")
    '&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    return str(value) if isinstance(value, Html) else _html.escape(str(value), quote=True)


def number(value: object, digits: int = 3) -> str:
    """Return a number for people: `digits` significant ones, no exponent where none is needed.

    Parameters
    ----------
    value
        Number; ``None`` and not-a-number become ``-``. Whole numbers of integer type are kept whole.
    digits
        Significant digits of a float.

    Examples
    --------
    >>> number(0.035617), number(20000.0), number(20000), number(1.23e-7), number(None)
    ('0.0356', '20000', '20000', '1.23e-07', '-')
    """
    if value is None:
        return "-"
    if isinstance(value, Integral):
        return str(int(value))
    if not isinstance(value, Real):
        return str(value)
    x = float(value)
    if math.isnan(x):
        return "-"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    if x == 0:
        return "0"
    size = abs(x)
    if size >= 1e7 or size < 1e-4:
        return f"{x:.{digits - 1}e}"
    # rounding first, so that 9.999 becomes 10.0 and not 10.00
    exponent = math.floor(math.log10(float(f"{size:.{digits - 1}e}")))
    return f"{x:.{max(0, digits - 1 - exponent)}f}"


def plus_minus(value: float | None, error: float | None, digits: int = 2) -> str:
    """Return ``value ± error`` with `digits` significant digits of the error and the value to match.

    Examples
    --------
    >>> plus_minus(61.237, 1.18), plus_minus(0.0123, None), plus_minus(3.0, 0.0)
    ('61.2 ± 1.2', '0.0123', '3.00 ± 0')
    """
    if value is None or math.isnan(value) or error is None or math.isnan(error):
        return number(value)
    if error == 0 or math.isinf(error) or math.isinf(value):
        return f"{number(value)} ± {number(error)}"
    exponent = math.floor(math.log10(float(f"{abs(error):.{digits - 1}e}")))
    places = digits - 1 - exponent
    if abs(value) >= 1e7 or places > 8:
        return f"{number(value)} ± {number(error, digits)}"
    return f"{value:.{max(0, places)}f} ± {error:.{max(0, places)}f}"


def _cell_text(value: object, digits: int = 3) -> str:
    if isinstance(value, Cell):
        sign = _MARKS.get(value.mark or "", ("", "", ""))[1]
        return f"{_cell_text(value.value, digits)} {sign}".strip()
    if value is True or value is False:
        return "yes" if value else "no"
    if value is None or isinstance(value, Real):
        return number(value, digits)
    return str(value)


def _cell_html(value: object, digits: int = 3) -> str:
    if isinstance(value, Cell):
        content = _cell_html(value.value, digits)
        if value.mark:
            sign, _, word = _MARKS.get(value.mark, (escape(value.mark), "", str(value.mark)))
            content += f' <span role="img" aria-label="{escape(word)}">{sign}</span>'
        if value.bar is not None and math.isfinite(value.bar):
            content += "<br/>" + svg_bars([value.bar], width=60, height=5, maximum=1.0)
        return f'<span title="{escape(value.title)}">{content}</span>' if value.title else content
    shown = getattr(value, "_repr_html_", None)
    if shown is not None and not isinstance(value, type):
        return str(shown())
    return escape(_cell_text(value, digits))


def _is_numeric(column: Iterable[object]) -> bool:
    values = [c.value if isinstance(c, Cell) else c for c in column]
    kept = [v for v in values if v is not None]
    return bool(kept) and all(_reads_as_number(v) for v in kept)


def _reads_as_number(value: object) -> bool:
    if isinstance(value, str):
        return value != "" and value[0] in "0123456789+-.<>"
    return type(value) is not bool and isinstance(value, Real)


def _alignment(headers: Sequence[object], rows: Sequence[Sequence[object]], align: str | None) -> str:
    if align is not None:
        return (align + "l" * len(headers))[: len(headers)]
    return "".join("r" if _is_numeric([r[i] for r in rows if i < len(r)]) else "l" for i in range(len(headers)))


def html_table(
    headers: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    caption: object = "",
    align: str | None = None,
    notes: Iterable[object] = (),
    max_rows: int = MAX_ROWS,
    digits: int = 3,
) -> Html:
    """Return an HTML table.

    Parameters
    ----------
    headers
        Column titles.
    rows
        One sequence a row. Cells are text, numbers, ``None``, :class:`Cell`, :class:`Html` or anything
        with ``_repr_html_``.
    caption
        Line over the table.
    align
        One letter a column, ``l``, ``c`` or ``r``; by default numbers stand right.
    notes
        Lines under the table.
    max_rows
        Rows shown; the rest is folded behind a line that counts it.
    digits
        Significant digits of floats.

    Examples
    --------
    >>> "&lt;script&gt;" in html_table(["a"], [["<script>"]])
    True
    """
    body = [tuple(r) for r in rows]
    letters = _alignment(headers, body, align)
    sides = {"l": "left", "c": "center", "r": "right"}
    head = "".join(
        f'<th style="text-align:{sides.get(a, "left")};padding:2px 8px;border-bottom:1px solid">{_cell_html(h)}</th>'
        for h, a in zip(headers, letters, strict=True)
    )

    def lines(part: Sequence[Sequence[object]]) -> str:
        out = []
        for r in part:
            cells = ""
            for i, c in enumerate(r):
                side = sides.get(letters[i : i + 1], "left")
                cells += f'<td style="text-align:{side};padding:1px 8px">{_cell_html(c, digits)}</td>'
            out.append(f"<tr>{cells}</tr>")
        return "".join(out)

    def table(part: Sequence[Sequence[object]], title: object) -> str:
        top = f'<caption style="text-align:left;caption-side:top;padding:2px 8px"><b>{_cell_html(title)}</b></caption>'
        return f"{_TABLE}{top if title else ''}<thead><tr>{head}</tr></thead><tbody>{lines(part)}</tbody></table>"

    shown, rest = body[:max_rows], body[max_rows:]
    out = table(shown, caption)
    if rest:
        kept = rest[:MAX_FOLDED_ROWS]
        lost = len(rest) - len(kept)
        out += fold(f"{len(rest)} more rows", Html(table(kept, "")))
        if lost:
            out += note(f"{lost} further rows are not in this page")
    out += "".join(note(n) for n in notes)
    return Html(f"<div>{out}</div>")


def text_table(
    headers: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    caption: object = "",
    align: str | None = None,
    notes: Iterable[object] = (),
    max_rows: int = 200,
    digits: int = 3,
) -> str:
    """Return the same table as plain text; parameters as in :func:`html_table`."""
    body = [tuple(r) for r in rows]
    letters = _alignment(headers, body, align)
    texts = [[_cell_text(c, digits) for c in r] for r in body[:max_rows]]
    titles = [_cell_text(h) for h in headers]
    widths = [max([len(t), *(len(r[i]) for r in texts if i < len(r))]) for i, t in enumerate(titles)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            c.rjust(w) if a == "r" else c.center(w) if a == "c" else c.ljust(w)
            for c, w, a in zip(cells, widths, letters, strict=False)
        ]
        return "  ".join(padded).rstrip()

    out = [_cell_text(caption)] if caption else []
    out += [line(titles), line(["-" * w for w in widths]), *(line(r) for r in texts)]
    if len(body) > max_rows:
        out.append(f"... {len(body) - max_rows} more rows")
    out += [f"  {_cell_text(n)}" for n in notes]
    return "\n".join(out)


def to_markdown(headers: Sequence[object], rows: Iterable[Sequence[object]], *, digits: int = 3) -> str:
    r"""Return a GitHub-style Markdown table.

    Examples
    --------
    >>> print(to_markdown(["region", "n"], [["A|B", 2]]))
    | region | n |
    |:--|--:|
    | A\|B | 2 |
    """
    body = [tuple(r) for r in rows]
    letters = _alignment(headers, body, None)

    def line(cells: Iterable[object]) -> str:
        texts = (_cell_text(c, digits).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;") for c in cells)
        return "| " + " | ".join(texts) + " |"

    rule = "|" + "|".join("--:" if a == "r" else ":--" for a in letters) + "|"
    return "\n".join([line(headers), rule, *(line(r) for r in body)])


_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$", ">": "$>$", "±": r"$\pm$", "≥": r"$\geq$",
    "≤": r"$\leq$", "–": "--", "σ": r"$\sigma$", "μ": r"$\mu$", "×": r"$\times$", "Δ": r"$\Delta$",  # noqa: RUF001 - signs to be replaced
}  # fmt: skip


def to_latex(headers: Sequence[object], rows: Iterable[Sequence[object]], *, caption: str = "", digits: int = 3) -> str:
    r"""Return a LaTeX ``tabular`` that needs no package (a ``table`` where a caption is given).

    Examples
    --------
    >>> print(to_latex(["region", "n"], [["SR_A", "1.0 ± 0.2"]]))
    \begin{tabular}{lr}
    \hline
    region & n \\
    \hline
    SR\_A & 1.0 $\pm$ 0.2 \\
    \hline
    \end{tabular}
    """
    body = [tuple(r) for r in rows]
    letters = _alignment(headers, body, None)

    def line(cells: Iterable[object]) -> str:
        return " & ".join("".join(_LATEX.get(x, x) for x in _cell_text(c, digits)) for c in cells) + r" \\"

    top = [rf"\begin{{tabular}}{{{letters}}}", r"\hline", line(headers), r"\hline"]
    out = [*top, *(line(r) for r in body), r"\hline", r"\end{tabular}"]
    if caption:
        safe = "".join(_LATEX.get(x, x) for x in caption)
        out = [r"\begin{table}", r"\centering", rf"\caption{{{safe}}}", *out, r"\end{table}"]
    return "\n".join(out)


def badge(text: object, mark: str | None = None) -> Html:
    """Return a small framed label, with a sign for its status.

    Examples
    --------
    >>> "stand-in network" in badge("stand-in network", "warning")
    True
    """
    sign = _MARKS[mark][0] + " " if mark in _MARKS else ""
    return Html(
        '<span style="border:1px solid currentColor;border-radius:4px;padding:0 6px;margin-right:4px;font-size:85%;'
        f'white-space:nowrap">{sign}{escape(text)}</span>'
    )


def note(text: object, mark: str | None = None) -> Html:
    """Return one line of remark under a table or card, with a sign for its status."""
    sign = _MARKS[mark][0] + " " if mark in _MARKS else ""
    return Html(f'<div style="opacity:0.8;font-size:90%;padding:1px 8px">{sign}{_cell_html(text)}</div>')


def fold(summary: object, content: object) -> Html:
    """Return `content` folded behind one line."""
    head = f'<details style="padding:1px 8px"><summary style="cursor:pointer">{escape(summary)}</summary>'
    return Html(f"{head}{_cell_html(content)}</details>")


def joined(*parts: object) -> Html:
    """Return the parts below each other; text is escaped, :class:`Html` and shown objects are kept."""
    return Html("".join(_cell_html(p) for p in parts if p is not None))


def _pairs(items: Mapping[str, object] | Iterable[tuple[str, object]]) -> list[tuple[str, object]]:
    return list(items.items()) if isinstance(items, Mapping) else list(items)


def card(
    title: object,
    items: Mapping[str, object] | Iterable[tuple[str, object]] = (),
    *,
    badges: Iterable[object] = (),
    notes: Iterable[object] = (),
    body: Iterable[object] = (),
) -> Html:
    """Return a framed card: title, badges, key and value lines, further parts, notes.

    Parameters
    ----------
    title
        Headline.
    items
        Keys and values; values as table cells.
    badges
        Short labels beside the title (text or :func:`badge`).
    notes
        Remarks at the foot.
    body
        Parts between: tables, figures, folds.

    Examples
    --------
    >>> "139" in card("ATLAS-SUSY-2018-30", {"luminosity": "139 fb-1"}, badges=["preliminary"])
    True
    """
    labels = "".join(b if isinstance(b, Html) else badge(b) for b in badges)
    lines = "".join(
        f'<tr><td style="text-align:left;padding:1px 12px 1px 0;opacity:0.7;vertical-align:top">{escape(k)}</td>'
        f'<td style="text-align:left;padding:1px 0">{_cell_html(v)}</td></tr>'
        for k, v in _pairs(items)
    )
    table = f"{_TABLE}<tbody>{lines}</tbody></table>"
    return Html(
        f"{_FRAME}"
        f"<div><b>{_cell_html(title)}</b> {labels}</div>{table if lines else ''}"
        f"{''.join(_cell_html(b) for b in body)}{''.join(n if isinstance(n, Html) else note(n) for n in notes)}</div>"
    )


def text_card(
    title: object,
    items: Mapping[str, object] | Iterable[tuple[str, object]] = (),
    *,
    notes: Iterable[object] = (),
) -> str:
    """Return the same as plain text.

    Examples
    --------
    >>> print(text_card("Sample", {"events": 2000, "label": "Gtt"}))
    Sample
      events  2000
      label   Gtt
    """
    pairs = [(str(k), _cell_text(v)) for k, v in _pairs(items)]
    width = max((len(k) for k, _ in pairs), default=0)
    lines = [f"  {k.ljust(width)}  {v}" for k, v in pairs]
    return "\n".join([_cell_text(title), *lines, *(f"  {_cell_text(n)}" for n in notes)])


def _svg(content: str, width: float, height: float, title: str) -> Html:
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
    return _svg(bars + frame, width, tall, title or ", ".join(number(v) for v in clean[:20]))


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
    return _svg(content, width, height, title or "histogram")


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
    return _svg(out, width, height, title or f"expected {number(band[2])}, observed {number(observed)}")
