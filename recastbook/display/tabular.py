"""A table as one record: shown as HTML and text, copied as Markdown and LaTeX, its remarks always with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from recastbook.display.cards import card, fold
from recastbook.display.markup import to_latex, to_markdown
from recastbook.display.tables import html_table, text_table
from recastbook.display.text import Html, escape

__all__ = ["TableView", "Tabular", "copies", "facts_card", "facts_table"]

MAX_COPIED_ROWS = 60
"""Rows of a table whose Markdown and LaTeX are put into the page too; longer ones are had from the methods."""
MAX_COPIED = 60_000
"""Characters of such a text: many remarks make it long too."""


@dataclass(frozen=True, slots=True)
class TableView:
    r"""Headers, rows of cells, caption and remarks.

    Examples
    --------
    >>> table = TableView(("region", "events"), [["SR_A", 3]], caption="yields", notes=("stand-in network",))
    >>> print(table.to_markdown())
    **yields**
    <BLANKLINE>
    | region | events |
    |:--|--:|
    | SR\_A | 3 |
    <BLANKLINE>
    - stand-in network
    """

    headers: Sequence[object]
    rows: Sequence[Sequence[object]]
    caption: str = ""
    notes: Sequence[str] = ()
    digits: int = 3
    """Significant digits of floats."""

    def __str__(self) -> str:
        return text_table(self.headers, self.rows, caption=self.caption, notes=self.notes, digits=self.digits)

    __repr__ = __str__

    def _repr_html_(self) -> Html:
        shown = html_table(self.headers, self.rows, caption=self.caption, notes=self.notes, digits=self.digits)
        return Html(shown + copies(self))

    def to_markdown(self) -> str:
        """Return the table as Markdown, with caption and remarks."""
        return to_markdown(self.headers, self.rows, caption=self.caption, notes=self.notes, digits=self.digits)

    def to_latex(self) -> str:
        """Return the table as LaTeX that needs no package, with caption and remarks."""
        return to_latex(self.headers, self.rows, caption=self.caption, notes=self.notes, digits=self.digits)


class Tabular:
    """What can be copied as a table: a class gives ``_as_table`` and gets Markdown, LaTeX and a text twin.

    A terminal shows the text twin, also of a dataclass, unless the class has a ``__repr__`` of its own.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__repr__" not in vars(cls):
            cls.__repr__ = cls.__repr__  # type: ignore[method-assign] # or a dataclass would write its own

    def __str__(self) -> str:
        return str(self._as_table())

    def __repr__(self) -> str:
        return str(self)

    def _as_table(self) -> TableView:
        msg = f"{type(self).__name__} does not say what its table is"
        raise AttributeError(msg)

    def to_markdown(self) -> str:
        """Return the table as Markdown, with caption and remarks."""
        return self._as_table().to_markdown()

    def to_latex(self) -> str:
        """Return the table as LaTeX that needs no package, with caption and remarks."""
        return self._as_table().to_latex()


def facts_table(
    title: str, items: Mapping[str, object] | Iterable[tuple[str, object]], notes: Sequence[str] = ()
) -> TableView:
    """Return what a card says as a table of two columns, for what has no table of its own.

    Examples
    --------
    >>> facts_table("Sample", {"events": 2000}).rows
    (('events', 2000),)
    """
    pairs = items.items() if isinstance(items, Mapping) else items
    return TableView(("", title), tuple((k, v) for k, v in pairs), notes=tuple(notes))


def facts_card(table: TableView, body: Iterable[object] = (), *, badges: Iterable[object] = ()) -> Html:
    """Return a table of facts as a card, with further parts, its remarks and its copies."""
    facts = [(str(row[0]), row[1]) for row in table.rows]
    return card(table.headers[1], facts, badges=badges, body=[*body, copies(table)], notes=table.notes)


def copies(table: TableView) -> Html:
    """Return the table's Markdown and LaTeX behind a fold, to be selected and copied; nothing for a long table."""
    if not 0 < len(table.rows) <= MAX_COPIED_ROWS:
        return Html("")
    texts = (("Markdown", table.to_markdown()), ("LaTeX", table.to_latex()))
    if max(len(text) for _, text in texts) > MAX_COPIED:
        return Html("")
    box = '<pre style="user-select:all;white-space:pre;overflow:auto;max-height:12em;font-size:85%;opacity:0.9">'
    parts = [fold(name, Html(f"{box}{escape(text)}</pre>")) for name, text in texts]
    return fold("copy as Markdown or LaTeX", Html("".join(parts)))
