"""Cards, labels, remarks and folds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from recastbook.display.cells import MARKS, cell_html, cell_text
from recastbook.display.text import Html, escape

__all__ = [
    "FRAME_TAG",
    "TABLE_TAG",
    "alert",
    "badge",
    "card",
    "fold",
    "joined",
    "note",
    "remarks",
    "text_card",
    "text_remarks",
]

TABLE_TAG = '<table style="border-collapse:collapse;color:inherit;background:none;margin:2px 0">'

FRAME_TAG = '<div style="border:1px solid currentColor;border-radius:6px;padding:6px 10px;margin:4px 0;max-width:70em">'

MAX_NOTES = 30
"""Remarks under a table or card that are shown; what comes after is folded."""

MAX_FOLDED_NOTES = 200
"""Remarks behind the fold, and facts of a card; what comes after is only counted."""

_KEY_STYLE = "text-align:left;padding:1px 12px 1px 0;opacity:0.7;vertical-align:top;white-space:nowrap"

# the theme's own colour; the named one where there is no such variable (VS Code, Colab, a page on its own)
_ACCENTS = {
    "ok": ';border-left:5px solid var(--jp-success-color1, seagreen)">',
    "warning": ';border-left:5px solid var(--jp-warn-color1, darkorange)">',
    "bad": ';border-left:5px solid var(--jp-error-color1, crimson)">',
}


def badge(text: object, mark: str | None = None) -> Html:
    """Return a small framed label, with a sign for its status.

    Examples
    --------
    >>> "stand-in network" in badge("stand-in network", "warning")
    True
    """
    sign = MARKS[mark][0] + " " if mark in MARKS else ""
    return Html(
        '<span style="border:1px solid currentColor;border-radius:4px;padding:0 6px;margin-right:4px;font-size:85%;'
        f'white-space:nowrap">{sign}{escape(text)}</span>'
    )


def note(text: object, mark: str | None = None) -> Html:
    """Return one line of remark under a table or card, with a sign for its status."""
    sign = MARKS[mark][0] + " " if mark in MARKS else ""
    return Html(f'<div style="opacity:0.8;font-size:90%;padding:1px 8px">{sign}{cell_html(text)}</div>')


def alert(text: object, mark: str | None = None) -> Html:
    """Return a framed line that is not overlooked, with a sign for its status; an assistive reader reads it out."""
    sign = MARKS[mark][0] + " " if mark in MARKS else ""
    frame = (
        "padding:4px 8px;margin:4px 2px;border:1px solid;border-left-width:6px;max-width:60em;overflow-wrap:anywhere"
    )
    return Html(f'<div role="alert" style="{frame}">{sign}{cell_html(text)}</div>')


def fold(summary: object, content: object) -> Html:
    """Return `content` folded behind one line."""
    head = f'<details style="padding:1px 8px"><summary style="cursor:pointer">{escape(summary)}</summary>'
    return Html(f"{head}{cell_html(content)}</details>")


def remarks(notes: Iterable[object]) -> str:
    """Return remarks below each other, many of them folded; :class:`Html` is kept as it is."""
    lines = [str(n) if isinstance(n, Html) else note(n) for n in notes]
    shown, rest = lines[:MAX_NOTES], lines[MAX_NOTES:]
    if rest:
        shown.append(fold(f"{len(rest)} more remarks", Html("".join(rest[:MAX_FOLDED_NOTES]))))
    if len(rest) > MAX_FOLDED_NOTES:
        shown.append(note(f"{len(rest) - MAX_FOLDED_NOTES} further remarks are not in this page"))
    return "".join(shown)


def text_remarks(notes: Iterable[object]) -> list[str]:
    """Return the same as lines of text."""
    lines = [f"  {cell_text(n)}" for n in notes]
    more = len(lines) - MAX_NOTES - MAX_FOLDED_NOTES
    return lines if more <= 0 else [*lines[:-more], f"  ... {more} more remarks"]


def joined(*parts: object) -> Html:
    """Return the parts below each other; text is escaped, :class:`Html` and shown objects are kept."""
    return Html("".join(cell_html(p) for p in parts if p is not None))


def _pairs(items: Mapping[str, object] | Iterable[tuple[str, object]]) -> list[tuple[str, object]]:
    pairs = list(items.items()) if isinstance(items, Mapping) else list(items)
    more = len(pairs) - MAX_FOLDED_NOTES
    return pairs if more <= 0 else [*pairs[:-more], ("...", f"{more} more")]


def card(
    title: object,
    items: Mapping[str, object] | Iterable[tuple[str, object]] = (),
    *,
    badges: Iterable[object] = (),
    notes: Iterable[object] = (),
    body: Iterable[object] = (),
    accent: str | None = None,
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
    accent
        "ok", "warning" or "bad": a coloured edge at the left, in the colour that the notebook's theme has for it.

    Examples
    --------
    >>> "139" in card("ATLAS-SUSY-2018-30", {"luminosity": "139 fb-1"}, badges=["preliminary"])
    True
    """
    labels = "".join(b if isinstance(b, Html) else badge(b) for b in badges)
    lines = "".join(
        f'<tr><td style="{_KEY_STYLE}">{escape(k)}</td>'
        f'<td style="text-align:left;padding:1px 0">{cell_html(v)}</td></tr>'
        for k, v in _pairs(items)
    )
    table = f"{TABLE_TAG}<tbody>{lines}</tbody></table>"
    return Html(
        f"{FRAME_TAG if accent not in _ACCENTS else FRAME_TAG[:-2] + _ACCENTS[accent]}"
        f"<div><b>{cell_html(title)}</b> {labels}</div>{table if lines else ''}"
        f"{''.join(cell_html(b) for b in body)}{remarks(notes)}</div>"
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
    pairs = [(str(k), cell_text(v)) for k, v in _pairs(items)]
    width = max((len(k) for k, _ in pairs), default=0)
    lines = [f"  {k.ljust(width)}  {v}" for k, v in pairs]
    return "\n".join([cell_text(title), *lines, *text_remarks(notes)])
