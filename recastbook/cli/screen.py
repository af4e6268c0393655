"""What commands print: rich tables for people, strict JSON for machines."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["console", "plain", "print_json", "say", "shows_progress", "table"]

WIDE = 130
"""Columns assumed where the output is not a terminal, so that a log keeps whole rows."""


def console() -> Console:
    """Return a console on the standard output; colours only on a terminal."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDE, highlight=False, soft_wrap=False)


def shows_progress(*, as_json: bool) -> bool:
    """Return whether bars make sense: a person looks at a terminal."""
    return not as_json and sys.stdout.isatty()


LONGEST_NAME = 20
"""Characters of a cell that is not broken into lines."""


def table(
    title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Iterable[int] = (),
    caption: str = "",
) -> Table:
    """Return a rich table.

    Parameters
    ----------
    title
        Line over it.
    headers
        Column titles; a column of which every cell is empty is left out.
    rows
        Cells; texts, or anything with ``str``. Nothing in them is read as markup.
    right
        Columns whose cells stand right.
    caption
        Line under it.
    """
    numeric = set(right)
    kept = [tuple(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row) for row in rows]
    made = Table(title=Text(title, style="bold"), title_justify="left", caption=caption or None, caption_justify="left")
    filled = [i for i in range(len(headers)) if not kept or any(row[i].plain.strip() for row in kept)]
    for i in filled:
        # names and numbers stay whole on a narrow screen; sentences and long lists give way
        last = i == filled[-1]  # remarks
        whole = i in numeric or (not last and all(row[i].cell_len <= LONGEST_NAME for row in kept))
        made.add_column(
            Text(headers[i]),
            justify="right" if i in numeric else "left",
            overflow="fold",
            min_width=_width(kept, i) if whole else None,
        )
    for row in kept:
        made.add_row(*(row[i] for i in filled))
    return made


def _width(rows: Sequence[Sequence[Text]], column: int) -> int:
    return max((row[column].cell_len for row in rows), default=1)


def say(text: str, style: str = "") -> None:
    """Print one paragraph."""
    console().print(Text(text, style=style))


def plain(value: object) -> Any:
    """Return `value` as what JSON can hold: numbers that are not finite become null, records become objects.

    Examples
    --------
    >>> plain({"a": float("nan"), "b": (1, 2.5)})
    {'a': None, 'b': [1, 2.5]}
    """
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist())
    if isinstance(value, Iterable):
        return [plain(entry) for entry in value]
    return str(value)


def print_json(value: object) -> None:
    """Print one JSON document on the standard output."""
    click.echo(json.dumps(plain(value), indent=2, allow_nan=False))
