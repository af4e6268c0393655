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

from recastbook.display.bars import Bars
from recastbook.display.cards import alert, badge, card, fold, joined, note, text_card
from recastbook.display.cells import Cell
from recastbook.display.figures import svg_bars, svg_interval, svg_steps
from recastbook.display.markup import to_latex, to_markdown
from recastbook.display.pictures import svg_log_interval, svg_points, svg_strip, svg_tree
from recastbook.display.tables import html_table, text_table
from recastbook.display.tabular import TableView, Tabular, copies, facts_card, facts_table
from recastbook.display.text import Html, escape, number, plus_minus

__all__ = [
    "Bars",
    "Cell",
    "Html",
    "TableView",
    "Tabular",
    "alert",
    "badge",
    "card",
    "copies",
    "escape",
    "facts_card",
    "facts_table",
    "fold",
    "html_table",
    "joined",
    "note",
    "number",
    "plus_minus",
    "svg_bars",
    "svg_interval",
    "svg_log_interval",
    "svg_points",
    "svg_steps",
    "svg_strip",
    "svg_tree",
    "text_card",
    "text_table",
    "to_latex",
    "to_markdown",
]
