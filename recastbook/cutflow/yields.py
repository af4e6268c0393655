"""Yields of all regions of a run: what each selects, and which are absent for what reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from recastbook.display import Cell, Html, TableView, Tabular, copies, html_table, plus_minus, text_table
from recastbook.exceptions import UnknownName, did_you_mean

__all__ = ["RegionYield", "Yields"]

MAX_BARS = 100
"""Rows of a table of yields that are drawn as bars too."""


@dataclass(frozen=True, slots=True)
class RegionYield:
    """What one region selects."""

    region: str
    kind: str
    group: str
    raw: int | None
    """Simulated events; None where the region is absent."""
    sum_w: float | None
    sum_w2: float | None
    error: float | None
    """Statistical error of `sum_w`."""
    efficiency: float | None
    """Acceptance x efficiency: sum_w over the sum of all weights."""
    efficiency_error: float | None
    events: float | None
    """Expected events at the search's luminosity; None without a cross section."""
    events_error: float | None
    status: str
    """``ok`` or ``absent``."""
    reason: str = ""
    """Why it is absent."""
    note: str = ""
    """For example ``unvalidated`` or ``stand-in network, not ATLAS``."""


@dataclass(frozen=True, slots=True)
class Yields(Tabular):
    """The yields of all regions of one run."""

    rows: tuple[RegionYield, ...]
    title: str = ""
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, region: str) -> RegionYield:
        for row in self.rows:
            if row.region == region:
                return row
        msg = f"no region {region!r}.{did_you_mean(region, [r.region for r in self.rows])}"
        raise UnknownName(msg)

    def select(self, kind: str | None = None, *, present: bool | None = None) -> Yields:
        """Return the rows of one kind (``signal``, ``control``, ``validation``), or only those present."""
        rows = (r for r in self.rows if kind is None or r.kind == kind)
        if present is not None:
            rows = (r for r in rows if (r.status == "ok") == present)
        return Yields(tuple(rows), self.title, self.notes)

    _HEADERS = ("region", "kind", "raw", "acceptance x efficiency", "expected events", "")

    def cells(self) -> list[list[object]]:
        """Return the rows as cells of a table."""
        out: list[list[object]] = []
        for r in self.rows:
            if r.status != "ok":
                out.append([r.region, r.kind, None, None, None, Cell("absent", mark="absent", title=r.reason)])
                continue
            eff = plus_minus(100 * (r.efficiency or 0.0), 100 * (r.efficiency_error or 0.0)) + " %"
            events = "-" if r.events is None else plus_minus(r.events, r.events_error)
            out.append([r.region, r.kind, r.raw, eff, events, Cell(r.note, mark="warning") if r.note else ""])
        return out

    def __str__(self) -> str:
        notes = "".join(f"\n  {n}" for n in self.notes)
        return f"{self.title}\n{text_table(self._HEADERS, self.cells())}{notes}"

    def _as_table(self) -> TableView:
        return TableView(self._HEADERS, self.cells(), self.title, self.notes)

    def _repr_html_(self) -> Html:
        rows, top = self.cells(), max((r.efficiency or 0.0 for r in self.rows), default=0.0)
        for row, r in zip(rows[:MAX_BARS], self.rows, strict=False):
            if r.efficiency is not None and top > 0:
                row[3] = Cell(row[3], bar=r.efficiency / top)
        table = html_table(self._HEADERS, rows, caption=self.title, notes=self.notes)
        return Html(table + copies(self._as_table()))

    def to_dict(self) -> list[dict[str, Any]]:
        """Return JSON-ready rows."""
        return [asdict(r) for r in self.rows]
