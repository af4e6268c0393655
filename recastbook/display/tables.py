"""Tables as HTML and plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real

from recastbook.display.cards import TABLE_TAG, fold, note, remarks, text_remarks
from recastbook.display.cells import Cell, cell_html, cell_text
from recastbook.display.text import Html

__all__ = [
    "alignment",
    "html_table",
    "text_table",
]

MAX_ROWS = 40
"""Rows of an HTML table that are shown before the rest is folded."""

_SCROLLED = '<div style="overflow-x:auto">'
"""Where there is less room than a table takes it can be scrolled, rather than lose its last columns."""

_NAME = 24
"""Letters of a name that is not broken at its hyphens; a longer one gives way."""

MAX_FOLDED_ROWS = 500
"""Rows behind the fold; what comes after is only counted."""


def _is_numeric(column: Iterable[object]) -> bool:
    values = [c.value if isinstance(c, Cell) else c for c in column]
    kept = [v for v in values if v is not None]
    return bool(kept) and all(_reads_as_number(v) for v in kept)


def _reads_as_number(value: object) -> bool:
    if isinstance(value, str):
        return value != "" and value[0] in "0123456789+-.<>"
    return type(value) is not bool and isinstance(value, Real)


def _stays_whole(value: object) -> bool:
    """Whether a cell is a short name, or a word or two with its mark."""
    if isinstance(value, Cell):
        return bool(value.mark) and len(cell_text(value)) <= _NAME
    return isinstance(value, str) and len(value) <= _NAME and not any(x.isspace() for x in value)


def alignment(headers: Sequence[object], rows: Sequence[Sequence[object]], align: str | None) -> str:
    """Return one letter a column: `align`, or right for numbers and left for the rest."""
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
    letters = alignment(headers, body, align)
    sides = {"l": "left", "c": "center", "r": "right"}
    head = "".join(
        f'<th style="text-align:{sides.get(a, "left")};padding:2px 8px;border-bottom:1px solid">{cell_html(h)}</th>'
        for h, a in zip(headers, letters, strict=True)
    )

    def lines(part: Sequence[Sequence[object]]) -> str:
        out = []
        for r in part:
            cells = ""
            for i, c in enumerate(r):
                side = sides.get(letters[i : i + 1], "left")
                # a number stays on one line with its error and its picture, and so does the name of a region
                whole = ";white-space:nowrap" if side == "right" or _stays_whole(c) else ""
                cells += f'<td style="text-align:{side};padding:1px 8px{whole}">{cell_html(c, digits)}</td>'
            out.append(f"<tr>{cells}</tr>")
        return "".join(out)

    def table(part: Sequence[Sequence[object]], title: object) -> str:
        top = f'<caption style="text-align:left;caption-side:top;padding:2px 8px"><b>{cell_html(title)}</b></caption>'
        made = f"{TABLE_TAG}{top if title else ''}<thead><tr>{head}</tr></thead><tbody>{lines(part)}</tbody></table>"
        return f"{_SCROLLED}{made}</div>"

    shown, rest = body[:max_rows], body[max_rows:]
    out = table(shown, caption)
    if rest:
        kept = rest[:MAX_FOLDED_ROWS]
        lost = len(rest) - len(kept)
        out += fold(f"{len(rest)} more rows", Html(table(kept, "")))
        if lost:
            out += note(f"{lost} further rows are not in this page")
    out += remarks(notes)
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
    letters = alignment(headers, body, align)
    texts = [[cell_text(c, digits) for c in r] for r in body[:max_rows]]
    titles = [cell_text(h) for h in headers]
    widths = [max([len(t), *(len(r[i]) for r in texts if i < len(r))]) for i, t in enumerate(titles)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            c.rjust(w) if a == "r" else c.center(w) if a == "c" else c.ljust(w)
            for c, w, a in zip(cells, widths, letters, strict=False)
        ]
        return "  ".join(padded).rstrip()

    out = [cell_text(caption)] if caption else []
    out += [line(titles), line(["-" * w for w in widths]), *(line(r) for r in texts)]
    if len(body) > max_rows:
        out.append(f"... {len(body) - max_rows} more rows")
    out += text_remarks(notes)
    return "\n".join(out)
