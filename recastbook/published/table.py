"""One published table: a header that says where it is from, columns, rows by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from recastbook import display
from recastbook.exceptions import UnknownName, did_you_mean
from recastbook.published.printed import PublishedNumber

__all__ = ["Column", "Table", "TableHeader"]


@dataclass(frozen=True, slots=True)
class TableHeader:
    """Where a table comes from and what it is about."""

    kind: str
    """What the table holds: "yields", "cutflow", "cross_section", "limits", "efficiency"."""
    source: str
    """Where the numbers were read; a number without a source does not enter."""
    transcribed_by: str
    """Who wrote them down here."""
    region: str = ""
    """Region the table belongs to; empty if it has many."""
    sample: str = ""
    """Signal or process, with its masses where the source prints them."""
    doi: str = ""
    """DOI or HEPData identifier of the record."""
    table: str = ""
    """Name of the table in the paper or record."""
    version: str = ""
    """Version of the record."""
    process: str = ""
    """Process of a cross-section table."""
    also: tuple[str, ...] = ()
    """Other names of that process."""
    energy_tev: float = 0.0
    """Centre-of-mass energy of a cross-section table, TeV."""
    trailing_zero: str = "printed"
    """"ambiguous" if the source writes all numbers as floats, so that a final ``.0`` may not have been printed."""
    notes: tuple[str, ...] = ()
    """What a reader must know: errata, guesses, what is missing."""


@dataclass(frozen=True, slots=True)
class Column:
    """One variable of a table."""

    name: str
    """Header of the column."""
    unit: str
    """Unit, empty for a count or a name."""
    values: tuple[PublishedNumber | str | None, ...]
    """One entry a row: a number with its digits, a name, or None where nothing is printed."""
    qualifiers: tuple[tuple[str, str], ...] = ()
    """Further remarks of the source, by name."""

    def numbers(self) -> tuple[float, ...]:
        """Return the values as floats; not-a-number where nothing is printed."""
        return tuple(v.value if isinstance(v, PublishedNumber) else float("nan") for v in self.values)


@dataclass(frozen=True, slots=True)
class Table(display.Tabular):
    """A published table; rows are found by the text of their first independent variable."""

    name: str
    """File name without its ending."""
    header: TableHeader
    """Source and meaning."""
    independent: tuple[Column, ...]
    """Variables that name the rows."""
    dependent: tuple[Column, ...]
    """Variables that hold the numbers."""
    _rows: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.independent[0].values) if self.independent else 0

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the rows."""
        return tuple(str(v) for v in self.independent[0].values) if self.independent else ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns, independent ones first."""
        return tuple(c.name for c in (*self.independent, *self.dependent))

    def column(self, name: str) -> Column:
        """Return a column by its name.

        Raises
        ------
        UnknownName
            If the table has no such column.
        """
        for c in (*self.independent, *self.dependent):
            if c.name == name:
                return c
        msg = f"table {self.name!r} has no column {name!r}.{did_you_mean(name, self.columns)}"
        raise UnknownName(msg)

    def row(self, name: str) -> dict[str, PublishedNumber | str | None]:
        """Return one row as ``{column: value}``.

        Raises
        ------
        UnknownName
            If no row has that name.
        """
        if not self._rows:
            self._rows.update({r: i for i, r in reversed(list(enumerate(self.rows)))})
        if name not in self._rows:
            msg = f"table {self.name!r} has no row {name!r}.{did_you_mean(name, self.rows)}"
            raise UnknownName(msg)
        return {c.name: c.values[self._rows[name]] for c in (*self.independent, *self.dependent)}

    def value(self, row: str, column: str) -> PublishedNumber:
        """Return one number.

        Raises
        ------
        UnknownName
            If row or column do not exist, or nothing is printed there.
        """
        self.column(column)
        found = self.row(row)[column]
        if not isinstance(found, PublishedNumber):
            msg = f"table {self.name!r} prints no number in row {row!r}, column {column!r}: {found!r}"
            raise UnknownName(msg)
        return found

    def _content(self) -> tuple[list[str], list[list[object]]]:
        headers = [f"{c.name} [{c.unit}]" if c.unit else c.name for c in (*self.independent, *self.dependent)]
        columns = [c.values for c in (*self.independent, *self.dependent)]
        rows: list[list[object]] = [[None if v is None else str(v) for v in r] for r in zip(*columns, strict=True)]
        return headers, rows

    def _title(self) -> str:
        h = self.header
        return ", ".join(p for p in (h.kind, h.region, h.sample or h.process, h.table) if p)

    def _notes(self) -> list[str]:
        h = self.header
        return [f"source: {h.source}", *([f"record: {h.doi} {h.version}".strip()] if h.doi else []), *h.notes]

    def _as_table(self) -> display.TableView:
        headers, rows = self._content()
        return display.TableView(headers, rows, self._title(), self._notes())

    def _repr_html_(self) -> str:
        return self._as_table()._repr_html_()

    def __str__(self) -> str:
        headers, rows = self._content()
        return display.text_table(headers, rows, caption=self._title(), notes=self._notes())

    def to_dict(self) -> dict[str, object]:
        """Return rows and header in plain types, for JSON."""
        rows = [
            {c.name: (v.value if isinstance(v, PublishedNumber) else v) for c, v in zip(columns, r, strict=True)}
            for columns in [(*self.independent, *self.dependent)]
            for r in zip(*(c.values for c in columns), strict=True)
        ]
        return {"name": self.name, "kind": self.header.kind, "source": self.header.source, "rows": rows}
