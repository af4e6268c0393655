"""A hunt in a search with several networks: in each of them, or in the one that the columns given belong to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recastbook.diagnostics.hunt.hunting import hunt
from recastbook.diagnostics.hunt.judge import Suspect
from recastbook.diagnostics.hunt.reading import columns_of
from recastbook.diagnostics.hunt.report import HuntReport
from recastbook.display import Html, TableView, Tabular
from recastbook.exceptions import UnknownName, did_you_mean

__all__ = ["HuntReports", "hunt_in"]


@dataclass(frozen=True, repr=False)
class HuntReports(Tabular):
    """One report for each network of a search. Nothing has been changed anywhere."""

    analysis: str
    """Identifier of the search."""
    reports: Mapping[str, HuntReport]
    """Name of a network -> its report."""

    @property
    def traps(self) -> tuple[Suspect, ...]:
        """What is claimed in any of the networks."""
        return tuple(trap for report in self.reports.values() for trap in report.traps)

    @property
    def is_clean(self) -> bool:
        """Whether no trap is claimed in any network."""
        return not self.traps

    @property
    def tied(self) -> bool:
        """Whether the inputs of some network cannot tell which of several hypotheses it is."""
        return any(report.tied for report in self.reports.values())

    @property
    def conclusion(self) -> str:
        """One line for each network."""
        return "\n".join(f"{name}: {report.conclusion}" for name, report in self.reports.items())

    def __len__(self) -> int:
        return len(self.reports)

    def __iter__(self) -> Iterator[HuntReport]:
        return iter(self.reports.values())

    def __getitem__(self, network: str) -> HuntReport:
        if network not in self.reports:
            message = f"{self.analysis} has no network {network!r}.{did_you_mean(network, self.reports)}"
            raise UnknownName(message)
        return self.reports[network]

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready description."""
        return {
            "analysis": self.analysis,
            "conclusion": self.conclusion,
            "networks": {name: report.to_dict() for name, report in self.reports.items()},
        }

    def to_json(self) -> str:
        """Return :meth:`to_dict` as JSON text."""
        return json.dumps(self.to_dict(), indent=1)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.reports.values()))

    def _as_table(self) -> TableView:
        tables = {name: report._as_table() for name, report in self.reports.items()}
        headers = next((("network", *table.headers) for table in tables.values()), ("network",))
        rows = [(name, *row) for name, table in tables.items() for row in table.rows]
        notes = [f"{name}: {note}" for name, table in tables.items() for note in table.notes]
        return TableView(headers, rows, f"Trap hunt: {self.analysis}", notes)

    def _repr_html_(self) -> Html:
        return Html("".join(report._repr_html_() for report in self.reports.values()))


def hunt_in(
    search: Any, result: Any, inputs: Any = None, *, network: str | None = None, **choices: Any
) -> HuntReport | HuntReports:
    """Hunt in the network that is meant, or in each one where none is named.

    Parameters
    ----------
    search
        The search.
    result
        A result of it.
    inputs
        As for :func:`recastbook.diagnostics.hunt.hunt`. Named columns tell which of several networks they are for.
    network
        Name of the network; it may be left out where `inputs` are None or tell it.
    **choices
        Passed on to :func:`recastbook.diagnostics.hunt.hunt`.

    Returns
    -------
    HuntReport or HuntReports
        Of the network that is meant; of each one where none is named and `inputs` are None.

    Raises
    ------
    UnknownName
        If the inputs fit several networks, or none; the networks are named.
    """
    cards = search.cards
    if network is not None or len(cards) < 2:
        return hunt(search, result, inputs, network=network, **choices)
    if inputs is None:
        return HuntReports(search.identifier, {name: hunt(search, result, network=name, **choices) for name in cards})
    if isinstance(inputs, str | os.PathLike) and not Path(inputs).is_file():
        return hunt(search, result, inputs, network=next(iter(cards)), **choices)  # says that there is no such file
    columns = columns_of(inputs)
    needed = {name: set(card.columns) - set(card.parameters.names) for name, card in cards.items()}
    fits = [name for name, wanted in needed.items() if columns and wanted <= columns]
    if len(fits) == 1:
        return hunt(search, result, inputs, network=fits[0], **choices)
    known = ", ".join(map(repr, cards))
    why = f"the inputs hold the columns of {' and '.join(fits)}" if fits else "no network has the columns given"
    if not columns:
        why = "the inputs have no names of columns"
    message = (
        f"{search.identifier} has {len(cards)} networks, and {why}: say which they are for by network=, one of {known}"
    )
    raise UnknownName(message)
