"""A region: ordered cuts with a name, and what the paper says of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

from recastbook.display import TableView, Tabular, card, copies, html_table, joined
from recastbook.regions.cut import Bound, Cut

__all__ = ["KINDS", "Region"]

KINDS = ("signal", "control", "validation")


@dataclass(frozen=True, slots=True)
class Region(Tabular):
    """A named selection; its cuts are applied in order, preselection first."""

    name: str
    """Name as in the paper, letter for letter."""
    kind: str
    """``signal``, ``control`` or ``validation``."""
    cuts: tuple[Cut, ...]
    """All cuts in cutflow order, those of the preselection included."""
    group: str = ""
    """Regions that belong together, for display."""
    preselection: str = ""
    """Name of the preselection whose cuts come first."""
    n_preselection: int = 0
    """How many of the cuts are the preselection's."""
    status: str = ""
    """Empty, or for example ``unvalidated``."""
    note: str = ""
    """What a reader must know about this region."""
    parent: str = ""
    """For a bin of a histogram region: the name of that region."""
    surrogate: str = ""
    """Name of the surrogate model whose probability the region is; its network_label is shown with the region."""

    @property
    def uses_network(self) -> bool:
        """Whether one of the cuts compares a network's score."""
        return any(cut.uses_network for cut in self.cuts)

    @property
    def needs_network(self) -> bool:
        """Whether a network's score is cut on, or a surrogate model is the region."""
        return self.uses_network or bool(self.surrogate)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns the cuts compare, in order, each once."""
        return tuple(dict.fromkeys(leaf.column for cut in self.cuts for leaf in cut.leaves()))

    def before_network(self) -> Region:
        """Return the region cut short before its first cut on a score: what can be counted without a network."""
        first = next((i for i, cut in enumerate(self.cuts) if cut.uses_network), len(self.cuts))
        return replace(self, cuts=self.cuts[:first])

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready description; :meth:`from_dict` is its inverse."""
        return {
            "name": self.name,
            "kind": self.kind,
            "group": self.group,
            "preselection": self.preselection,
            "n_preselection": self.n_preselection,
            "status": self.status,
            "note": self.note,
            "parent": self.parent,
            "surrogate": self.surrogate,
            "cuts": [c.to_dict() for c in self.cuts],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Region:
        """Build a region from what :meth:`to_dict` returned."""
        from recastbook.regions.specification import parse_cut

        rest = {k: v for k, v in data.items() if k != "cuts"}
        where = f"region {data['name']}"
        return cls(cuts=tuple(parse_cut(c, where=f"{where}, cut {i}") for i, c in enumerate(data["cuts"])), **rest)

    def in_words(self) -> str:
        """Return the cuts as one line each."""
        return "\n".join(f"{i:2d}  {cut.text}" for i, cut in enumerate(self.cuts, 1))

    def __str__(self) -> str:
        note = f"\n    ! {self.note}" if self.note else ""
        return f"{self.name} ({self.kind}{', ' + self.status if self.status else ''}){note}\n{self.in_words()}"

    def _as_table(self) -> TableView:
        rows = [[str(i), cut.text] for i, cut in enumerate(self.cuts, 1)]
        return TableView(("", "cut"), rows, f"{self.name} ({self.kind})", [self.note] if self.note else [])

    def _repr_html_(self) -> str:
        shown = self._as_table()
        table = joined(html_table(shown.headers, shown.rows), copies(shown))
        badges = [self.kind, *([self.status] if self.status else [])]
        return card(self.name, badges=badges, body=[table], notes=[self.note] if self.note else [])


def bins_of(region: Region, score_cut: Cut, edges: tuple[float, ...]) -> tuple[Region, ...]:
    """Split a region into bins of a score: [low, high), the last one closed.

    Parameters
    ----------
    region
        Region to split.
    score_cut
        A cut without bounds that says which column is binned.
    edges
        Rising bin edges, at least two.
    """
    out = []
    for i, (low, high) in enumerate(itertools.pairwise(edges)):
        last = i == len(edges) - 2
        upper = Bound("max" if last else "below", high)
        cut = replace(score_cut, bounds=(Bound("min", low), upper))
        name = f"{region.name}[{low:g},{high:g}{']' if last else ')'}"
        out.append(replace(region, name=name, cuts=(*region.cuts, cut), parent=region.name))
    return tuple(out)
