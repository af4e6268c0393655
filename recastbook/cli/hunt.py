"""``recastbook hunt``: the convention that a dump of network inputs breaks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recastbook.cli.app import common_options
from recastbook.cli.screen import console, print_json, say, shows_progress, table
from recastbook.writing import whole

if TYPE_CHECKING:
    from recastbook.diagnostics.hunt import HuntReport

__all__ = ["hunt_command"]

_SHOWN = 8


@click.command("hunt")
@click.argument("identifier", metavar="ID")
@click.argument("files", nargs=-1, metavar="[FILES]...", type=click.Path(path_type=Path))
@click.option(
    "--inputs", type=click.Path(path_type=Path), help="What your code feeds the network: .parquet, .npz, .npy or .csv."
)
@click.option("--stage", default="fed", show_default=True, metavar="fed|raw", help="After or before the normalisation.")
@click.option("--name", metavar="NAME", help="Which network, for a search with several.")
@click.option("--region", metavar="REGION", help="The region whose parameters the inputs are meant for.")
@click.option("--sample", "built_in", metavar="NAME", help="Which built-in sample, where no FILES are given.")
@click.option(
    "--network", metavar="stand-in|PATH", help="Network to use; the published one, if it is found, by default."
)
@click.option("--events", type=click.IntRange(1), help="Only the first events.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the detector's response.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the whole report as HTML.")
@common_options
def hunt_command(
    *,
    identifier: str,
    files: tuple[Path, ...],
    inputs: Path | None,
    stage: str,
    name: str | None,
    region: str | None,
    built_in: str | None,
    network: str | None,
    events: int | None,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Say which convention of its network's inputs a code got wrong, if any.

    Events of FILES (built-in ones by default) go through search ID, and its clean inputs are what --inputs is compared
    with: event by event where the file has event numbers or the same rows, else by distributions. Without --inputs the
    search's own inputs are held against its card.
    """
    from recastbook.cli.run import _sample
    from recastbook.diagnostics.hunt import HuntReport
    from recastbook.registry import load

    search = load(identifier)
    result = search.run(
        _sample(files, built_in), seed=seed, network=network, events=events, progress=shows_progress(as_json=as_json)
    )
    # of a network in a file or folder of one's own, a result does not say where it is
    own = None if network in (None, "stand-in") else network
    report = search.hunt(result, inputs, network=name, stage=stage, region=region, network_file=own)
    if out is not None:
        with whole(out) as partial:
            partial.write_text(f"<!doctype html><meta charset='utf-8'>{report._repr_html_()}", encoding="utf-8")
    if as_json:
        print_json(report.to_dict())
        return
    for one in [report] if isinstance(report, HuntReport) else report:
        _show(one)
    if out is not None:
        say(f"written: {out}")


def _show(report: HuntReport) -> None:
    screen = console()
    facts = [("inputs", report.looked_at), ("compared with", report.label), *report.contract.items()]
    screen.print(table(f"Trap hunt: {report.analysis}, {report.network}", ("what", "found"), facts))
    rows = [[str(getattr(cell, "value", cell)) for cell in row] for row in report.cells()[:_SHOWN]]
    headers = ("rank", "hypothesis", "explains", "share", "evidence for", "evidence against")
    screen.print(table("Hypotheses", headers, rows))
    for trap in report.traps:
        regions = report.region_table(trap.hypothesis.key)
        if regions:
            columns = ("region", "clean", "under the hypothesis", "ratio", "events that move")
            screen.print(table(f"Regions: {trap.hypothesis.key}", columns, regions))
    for note in report.notes:
        say(note)
    say(report.conclusion)
