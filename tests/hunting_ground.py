"""A search with clean inputs of the same and of other events, to put mistakes into and ask the hunter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from mistakes import Clean, Seed, clean_of

import recastbook as rb
from recastbook import Analysis, Result, Sample
from recastbook.diagnostics.hunt import HuntReport

EVENTS = 450


@dataclass(frozen=True)
class Setting:
    """A search, a result of it, and clean inputs."""

    search: Analysis
    result: Result
    network: str
    same: Clean
    """Of the result's events."""
    other: Clean
    """Of other events, for the first search of another signal."""

    def hunt(self, given: Any, clean: Clean, *, stage: str = "raw", paired: bool) -> HuntReport:
        """Ask about inputs with event numbers, or with no more than what chooses the file."""
        known: Mapping[str, Any] = given if isinstance(given, Mapping) else {"inputs": given}
        table = {"matrix": known["inputs"]}
        table |= {"event": clean.event, "luminosityBlock": clean.block} if paired else dict(clean.by)
        more = {k: v for k, v in known.items() if k != "inputs"}
        return self.search.hunt(self.result, table, network=self.network, stage=stage, effects="none", **more)

    def ask(self, seed: Seed, *, paired: bool) -> HuntReport:
        """Put a mistake into clean inputs and ask."""
        # every second event, so that rows are not simply those of the result
        clean = self.same.part(slice(None, None, 2)) if paired else self.other
        return self.hunt(seed.make(clean), clean, stage=seed.stage, paired=paired)


def setting(
    identifier: str, network: str, sample: Sample, other: Sample, *, events: int | None = EVENTS, rows: int = 300
) -> Setting:
    """Run a search and collect clean inputs."""
    search = rb.load(identifier)
    file = "stand-in" if identifier == "ATLAS-SUSY-2018-30" else None
    result = search.run(sample, network=file, events=events, progress=False)
    run = search.as_run(result)

    def clean(source: Sample, seed: int) -> Clean:
        found = search.collect_inputs(sample=source, network=file, seed=seed, stage="preselection", max_events=rows)
        return clean_of(run.cards[network], found, found.matrices[network, "default"], run.networks.get(network))

    same = clean(sample, 1)
    known = set(search.collect_inputs(result, stage="preselection").ids["event"])
    return Setting(search, result, network, same.part(np.isin(same.event, list(known))), clean(other, 7))
