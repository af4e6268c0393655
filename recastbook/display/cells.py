"""Cells of a table and values of a card, as HTML and as text, with signs for their status."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

from recastbook.display.figures import svg_bars
from recastbook.display.text import Html, escape, number

__all__ = [
    "MARKS",
    "Cell",
    "cell_html",
    "cell_text",
]

# status: (sign in HTML, sign in plain text, word for screen readers)
MARKS: dict[str, tuple[str, str, str]] = {
    "ok": ("✓", "ok", "good"),
    "warning": ("▲", "!", "warning"),
    "bad": ("✗", "x", "bad"),
    "absent": ("∅", "-", "absent"),
    "unknown": ("?", "?", "unknown"),
    "note": ("•", "i", "note"),
}


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
    picture: Html | None = None
    """Drawn beside the value, left out of text."""


def cell_text(value: object, digits: int = 3) -> str:
    """Return a cell as plain text, its status as a short sign."""
    if isinstance(value, Cell):
        sign = MARKS.get(value.mark or "", ("", "", ""))[1]
        return f"{cell_text(value.value, digits)} {sign}".strip()
    if value is True or value is False:
        return "yes" if value else "no"
    if value is None or isinstance(value, Real):
        return number(value, digits)
    return str(value)


def cell_html(value: object, digits: int = 3) -> str:
    """Return a cell as HTML; text is escaped, what has its own view is shown by it."""
    if isinstance(value, Cell):
        content = cell_html(value.value, digits)
        if value.mark:
            sign, _, word = MARKS.get(value.mark, (escape(value.mark), "", str(value.mark)))
            content += f'\u00a0<span role="img" aria-label="{escape(word)}">{sign}</span>'
        if value.bar is not None and math.isfinite(value.bar):
            bar = svg_bars([value.bar], width=60, height=5, maximum=1.0)
            content += f'<div style="line-height:0;padding:2px 0 1px">{bar}</div>'
        if value.picture:
            content += f" {value.picture}"
        return f'<span title="{escape(value.title)}">{content}</span>' if value.title else content
    shown = getattr(value, "_repr_html_", None)
    if shown is not None and not isinstance(value, type):
        return str(shown())
    return escape(cell_text(value, digits))
