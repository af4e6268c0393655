"""What the trap hunter found, as a value, a text and a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from recastbook.diagnostics.hunt.effect import RegionEffect, region_cells
from recastbook.diagnostics.hunt.judge import CLAIM, Suspect, told
from recastbook.display import (
    Cell,
    Html,
    TableView,
    Tabular,
    badge,
    card,
    copies,
    fold,
    html_table,
    joined,
    text_card,
    text_table,
)
from recastbook.exceptions import UnknownName, did_you_mean

__all__ = ["HuntReport"]

_SHOWN = 8
_NAMED = 5
"""Columns that are named in the conclusion."""
_HEADERS = ("rank", "hypothesis", "explains", "share", "evidence for", "evidence against")


@dataclass(frozen=True, repr=False)
class HuntReport(Tabular):
    """Hypotheses about the inputs of one network, ranked. Nothing has been changed anywhere."""

    analysis: str
    """Identifier of the search."""
    network: str
    """Name of the network."""
    label: str
    """Sample and network, with a warning where the network is a stand-in."""
    looked_at: str
    """Which inputs were under suspicion and how many rows of them."""
    suspects: tuple[Suspect, ...]
    """Every hypothesis, the best first."""
    effects: Mapping[str, tuple[RegionEffect, ...]] = field(default_factory=dict)
    """Key of a hypothesis -> what it does to each region on the events of the result; empty without network file."""
    contract: Mapping[str, str] = field(default_factory=dict)
    """Kind of evidence -> what it says of the inputs as they are."""
    notes: tuple[str, ...] = ()
    """What could not be looked at, and why."""
    details: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Key of a hypothesis -> kind of evidence -> what it says if the hypothesis holds."""

    differing: tuple[str, ...] = ()
    """Columns that differ from clean ones of the same events and that no claim explains: share of rows and how."""

    @property
    def traps(self) -> tuple[Suspect, ...]:
        """What is claimed: the best hypothesis with those tied with it; empty where the contract fits best."""
        return told(self.suspects)

    @property
    def is_clean(self) -> bool:
        """Whether no trap is claimed."""
        return not self.traps

    @property
    def tied(self) -> bool:
        """Whether several hypotheses fit equally well, so that these inputs cannot tell which it is."""
        return len(self.traps) > 1

    @property
    def cannot_tell(self) -> tuple[str, ...]:
        """Keys of hypotheses that nothing at hand tells from the contract."""
        return tuple(s.hypothesis.key for s in self.suspects if not s.visible)

    def __len__(self) -> int:
        return len(self.suspects)

    def __getitem__(self, key: str) -> Suspect:
        for suspect in self.suspects:
            if suspect.hypothesis.key == key:
                return suspect
        message = f"no hypothesis {key!r}.{did_you_mean(key, [s.hypothesis.key for s in self.suspects])}"
        raise UnknownName(message)

    @property
    def conclusion(self) -> str:
        """One or two sentences."""
        traps = self.traps
        if not traps:
            extra = (
                f" {len(self.cannot_tell)} of {len(self)} cannot be told from these inputs." if self.cannot_tell else ""
            )
            return (
                f"No trap is claimed: none of {len(self)} hypotheses fits better than the contract.{extra}"
                f"{self._differing()}"
            )
        if len(traps) == 1:
            found = traps[0]
            rest = (
                ""
                if found.explained > 0.9
                else f" It explains {100 * found.explained:.0f} %: something else is off too.{self._differing()}"
            )
            return f"{_sentence(found.hypothesis.what)} To put it right: {found.hypothesis.fix}.{rest}"
        names = "; ".join(t.hypothesis.what for t in traps)
        return f"{len(traps)} hypotheses fit equally well, and these inputs cannot tell which it is: {names}."

    def _differing(self) -> str:
        if not self.differing:
            return ""
        more = f" and {len(self.differing) - _NAMED} more" if len(self.differing) > _NAMED else ""
        columns = "1 column differs" if len(self.differing) == 1 else f"{len(self.differing)} columns differ"
        return f" But {columns} from ours in the same events: {', '.join(self.differing[:_NAMED])}{more}."

    def region_table(self, key: str) -> list[list[object]]:
        """Return the regions under a hypothesis as rows of a table: clean, mistaken, ratio, events that move."""
        self[key]
        return [region_cells(r) for r in self.effects.get(key, ())]

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready description."""
        traps = {t.hypothesis.key for t in self.traps}
        return {
            "analysis": self.analysis,
            "network": self.network,
            "label": self.label,
            "looked_at": self.looked_at,
            "conclusion": self.conclusion,
            "traps": [t.hypothesis.key for t in self.traps],
            "tied": self.tied,
            "cannot_tell": list(self.cannot_tell),
            "differing": list(self.differing),
            "contract": dict(self.contract),
            "notes": list(self.notes),
            "hypotheses": [
                {
                    **s.hypothesis.to_dict(),
                    "gain": s.gain,
                    "explained": s.explained,
                    "claimed": s.hypothesis.key in traps,
                    "visible": s.visible,
                    "evidence": {
                        e.name: {"contract": e.contract, "hypothesis": e.found,
                                 "says": self.details.get(s.hypothesis.key, {}).get(e.name, "")}
                        for e in s.evidence
                    },
                    "regions": [r.to_dict() for r in self.effects.get(s.hypothesis.key, ())],
                }
                for s in self.suspects
            ],
        }  # fmt: skip

    def to_json(self) -> str:
        """Return :meth:`to_dict` as JSON text."""
        return json.dumps(self.to_dict(), indent=1)

    def cells(self) -> list[list[object]]:
        """Return the ranking as rows of a table; claimed hypotheses are marked."""
        claimed = {t.hypothesis.key for t in self.traps}
        rows: list[list[object]] = []
        for rank, s in enumerate((s for s in self.suspects if s.visible), start=1):
            mine = s.hypothesis.key in claimed
            name = Cell(s.hypothesis.key, mark="bad" if mine else None, title=s.hypothesis.what)
            pro = ", ".join(f"{e.name} {e.gain:+.2g}" for e in s.evidence if e.gain > 1e-3)
            contra = ", ".join(f"{e.name} {e.gain:+.2g}" for e in s.evidence if e.gain < -1e-3)
            share = f"{100 * min(s.explained, 1.0):.0f} %" if s.gain > 0 else "-"
            rows.append([rank, name, f"{s.gain:+.2g}", share, pro or "-", contra or "-"])
        return rows

    def _facts(self) -> dict[str, object]:
        return {"inputs": self.looked_at, "compared with": self.label, **self.contract}

    def __str__(self) -> str:
        head = text_card(f"Trap hunt: {self.analysis}, {self.network}", self._facts(), notes=self.notes)
        out = [head, "", self.conclusion, "", text_table(_HEADERS, self.cells()[:_SHOWN])]
        for trap in self.traps[:1]:
            if self.effects.get(trap.hypothesis.key):
                rows = self.region_table(trap.hypothesis.key)
                out += ["", f"Regions if it is so: {trap.hypothesis.key}", text_table(_REGIONS, rows)]
        return "\n".join(out)

    def _as_table(self) -> TableView:
        notes = [self.conclusion, f"inputs: {self.looked_at}; compared with: {self.label}", *self.notes]
        return TableView(_HEADERS, self.cells(), f"Trap hunt: {self.analysis}, {self.network}", notes)

    def _repr_html_(self) -> Html:
        mark = "ok" if self.is_clean else "warning"
        word = "no trap claimed" if self.is_clean else ("tie" if self.tied else "trap")
        body: list[object] = [
            Html(f"<p>{html_text(self.conclusion)}</p>"),
            html_table(_HEADERS, self.cells(), max_rows=_SHOWN, notes=[f"claimed from a gain of {CLAIM:g} on"]),
        ]
        shown = [t.hypothesis.key for t in self.traps] or [s.hypothesis.key for s in self.suspects[:1] if s.gain > 0]
        others: list[Any] = []
        for key in [*shown, *(k for k in self.effects if k not in shown)]:
            if self.effects.get(key):
                table = html_table(_REGIONS, self.region_table(key), caption=self.label)
                (body if key in shown[:1] else others).append(table if key in shown[:1] else fold(key, table))
        if others:
            body.append(fold(f"what {len(others)} other hypotheses would do to the regions", joined(*others)))
        if self.cannot_tell:
            body.append(fold(f"{len(self.cannot_tell)} hypotheses cannot be told here", ", ".join(self.cannot_tell)))
        body.append(copies(self._as_table()))
        title = f"Trap hunt: {self.analysis}, {self.network}"
        return card(title, self._facts(), badges=[badge(word, mark)], body=body, notes=self.notes)


_REGIONS = ("region", "clean", "under the hypothesis", "ratio", "events that move")


def html_text(text: str) -> Html:
    """Return text escaped for a page."""
    from recastbook.display import escape

    return Html(escape(text))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
