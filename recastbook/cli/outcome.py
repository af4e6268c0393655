"""What a run says: tables for people, one document for machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.panel import Panel
from rich.text import Text

from recastbook.cli.screen import console, print_json, say, table
from recastbook.display import number, plus_minus

if TYPE_CHECKING:
    from rich.table import Table

    from recastbook.analysis import Analysis
    from recastbook.cutflow import Cutflow, RegionYield
    from recastbook.result import Result
    from recastbook.statistics import Verdict

__all__ = ["Outcome", "document", "print_document", "print_tables", "say_where"]

_COLOURS = {"excluded": "red", "allowed": "green", "inconclusive": "yellow"}


@dataclass(frozen=True)
class Outcome:
    """A finished run and how much of it is to be shown."""

    search: Analysis
    result: Result
    verdict: Verdict
    cutflows: tuple[str, ...] = ()
    """Regions whose cutflow was asked for."""
    all_regions: bool = False
    """Whether control and validation regions are listed."""

    @property
    def notice(self) -> str:
        """What must stand at every number of a network that is not the published one; empty else."""
        return self.result.header.network_label

    def shown_cutflows(self) -> Iterator[Cutflow]:
        """Yield the cutflows asked for, else those of the deciding region and of one that the paper prints."""
        counted = [name for name in self.result.counts if self.result.regions[name].kind == "signal"]
        printed = {name: flow for name, flow in self.search.published_cutflows.items() if name in counted}
        # the paper's benchmark that is like this sample, "Gbb" for one of that name, goes first
        alike = [name for name, flow in printed.items() if flow.sample.split(",")[0] in self.result.label]
        chosen = self.cutflows or tuple(n for n in (self.verdict.region, *(alike or [*printed])[:1]) if n in counted)
        for name in dict.fromkeys(chosen):
            yield self.result.cutflow(name)


def document(told: Outcome) -> dict[str, Any]:
    """Return everything about a run as plain data."""
    result = told.result
    regions = {}
    for row in result.yields():
        regions[row.region] = {
            "name": row.region, "kind": row.kind, "group": row.group, "status": row.status, "reason": row.reason,
            "raw": row.raw, "sum_w": row.sum_w, "sum_w2": row.sum_w2, "error": row.error,
            "efficiency": row.efficiency, "efficiency_error": row.efficiency_error,
            "events": row.events, "events_error": row.events_error, "note": row.note,
        }  # fmt: skip
    return {
        "analysis": told.search.identifier,
        "sample": result.provenance["sample"],
        "events": result.n_events,
        "notice": told.notice,
        "regions": regions,
        "cutflows": {name: _steps(result.cutflow(name)) for name in result.counts},
        "verdict": told.verdict.to_dict(),
        "provenance": result.provenance,
    }


def _steps(flow: Cutflow) -> list[dict[str, Any]]:
    rows = flow.compare().rows
    return [
        {
            "label": step.label, "raw": step.raw, "sum_w": step.sum_w, "sum_w2": step.sum_w2,
            "ours": row.ours, "error": row.error, "published": row.published, "ratio": row.ratio, "pull": row.pull,
            "verdict": row.verdict,
        }
        for step, row in zip(flow.steps, rows, strict=True)
    ]  # fmt: skip


def print_document(told: Outcome) -> None:
    """Print the run as JSON."""
    print_json(document(told))


def print_tables(told: Outcome) -> None:
    """Print the run for people."""
    screen = console()
    screen.print(_head(told))
    screen.print(_yields(told))
    for flow in told.shown_cutflows():
        screen.print(_cutflow(flow))
    screen.print(_verdict(told))


def say_where(folder: Path) -> None:
    """Say which files were written."""
    files = ", ".join(sorted(path.name for path in folder.iterdir() if path.is_file()))
    say(f"Written to {folder}: {files}")


def _head(told: Outcome) -> Panel:
    result, about = told.result, told.search.about
    sample = result.header.sample
    sigma = "unknown" if result.cross_section is None else f"{number(result.cross_section * 1e3, 4)} fb"
    data = f"{about['experiment']}, {about['luminosity_fb']:g} fb⁻¹ at {about['energy_tev']} TeV"
    lines = [
        str(about["title"]),
        f"{data}, status of this recast: {about['status']}",
        f"sample {result.label}: {result.n_events} events, cross section {sigma} ({sample['cross_section_source']})",
        f"detector {result.header.provenance['detector']['name']}, seed {result.header.seed}",
    ]
    text = Text("\n".join(lines))
    if told.notice:
        text.append(f"\n{told.notice}", style="bold yellow")
    return Panel(text, title=told.search.identifier, title_align="left", box=box.ROUNDED)


def _yields(told: Outcome) -> Table:
    rows = []
    found = told.result.yields(None if told.all_regions else "signal")
    for row in found:
        if row.status != "ok":
            rows.append((*_named(told, row), "-", "-", "-", Text("absent", style="dim")))
            continue
        share = plus_minus(100 * (row.efficiency or 0.0), 100 * (row.efficiency_error or 0.0)) + " %"
        events = "-" if row.events is None else plus_minus(row.events, row.events_error)
        rows.append((*_named(told, row), row.raw, share, events, Text(row.note, style="yellow")))
    names = ("region", "kind") if told.all_regions else ("signal region",)
    headers = (*names, "raw", "acceptance x efficiency", "expected events", "")
    notes = "\n".join(found.notes)
    numbers = range(len(names), len(names) + 3)
    return table("Yields", headers, rows, right=numbers, caption=notes)


def _named(told: Outcome, row: RegionYield) -> tuple[str, ...]:
    return (row.region, row.kind) if told.all_regions else (row.region,)


def _cutflow(flow: Cutflow) -> Table:
    compared = flow.compare()
    rows = []
    for row in compared.rows:
        ratio = "-" if row.ratio is None else plus_minus(row.ratio, row.ratio_error)
        pull = "-" if row.pull is None else f"{row.pull:+.1f}"
        colour = {"agree": "green", "tension": "yellow", "differs": "red"}.get(row.verdict, "dim")
        cells = (row.label, row.raw, plus_minus(row.ours, row.error), number(row.published, 4), ratio, pull)
        rows.append((*cells, Text(row.verdict, style=colour)))
    title = f"Cutflow of {flow.region}" + (f" [{flow.label}]" if flow.label else "")
    headers = ("step", "raw", "ours", "published", "ratio", "pull", "")
    unit = f"ours: {compared.unit.split(';')[0]}"
    return table(title, headers, rows, right=(1, 2, 3, 4, 5), caption="\n".join((unit, *compared.notes)))


def _verdict(told: Outcome) -> Panel:
    verdict = told.verdict
    text = Text(verdict.sentence)
    for note in verdict.notes:
        text.append(f"\n{note}", style="dim")
    if told.notice:
        text.append(f"\nRegions evaluated with a {told.notice} take no part in this.", style="bold yellow")
    colour = _COLOURS.get(verdict.conclusion, "")
    return Panel(text, title=verdict.conclusion, title_align="left", border_style=colour, box=box.HEAVY)
