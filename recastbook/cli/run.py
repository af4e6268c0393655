"""``recastbook run``: events in, yields, cutflow and verdict out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recastbook.cli.app import common_options
from recastbook.cli.quantities import CROSS_SECTION, settings
from recastbook.cli.screen import shows_progress

if TYPE_CHECKING:
    from recastbook.analysis import Analysis
    from recastbook.events.sample import Sample

__all__ = ["run_command"]


@click.command("run")
@click.argument("identifier", metavar="ID")
@click.argument("files", nargs=-1, metavar="[FILES]...", type=click.Path(path_type=Path))
@click.option("--sample", "built_in", metavar="NAME", help="Which built-in sample, where no FILES are given.")
@click.option(
    "--network", metavar="stand-in|PATH", help="Network to use; the published one, if it is found, by default."
)
@click.option("--events", type=click.IntRange(1), help="Only the first events.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the detector's response.")
@click.option(
    "--executor",
    default="iterative",
    show_default=True,
    metavar="iterative|futures|dask",
    help="How chunks are processed.",
)
@click.option("--workers", type=click.IntRange(1), help="Processes for futures and dask.")
@click.option("--detector", metavar="NAME|PATH", help="Detector card; the one of the search by default.")
@click.option(
    "--option", "switches", multiple=True, metavar="KEY=VALUE", help="Switch of the search, see `recastbook show`."
)
@click.option("--cross-section", type=CROSS_SECTION, help="Cross section with its unit, such as '0.59 fb'.")
@click.option("--label", help="Name of the sample.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for HTML, CSV, JSON and PNG.")
@click.option("--cutflow", "regions", multiple=True, metavar="REGION", help="Show the cutflow of this region.")
@click.option("--all-regions", is_flag=True, help="Show control and validation regions, too.")
@common_options
def run_command(
    *,
    identifier: str,
    files: tuple[Path, ...],
    built_in: str | None,
    network: str | None,
    events: int | None,
    seed: int,
    executor: str,
    workers: int | None,
    detector: str | None,
    switches: tuple[str, ...],
    cross_section: float | None,
    label: str | None,
    out: Path | None,
    regions: tuple[str, ...],
    all_regions: bool,
    as_json: bool,
) -> None:
    """Run search ID on event FILES: yields of all regions, cutflow beside the published one, verdict.

    FILES may be HepMC2, HepMC3, LHE, Delphes or recastbook event files, also compressed. Without FILES built-in events
    are used. An interrupted run goes on where it was when the same command is given again.
    """
    from recastbook.cli import outcome, report
    from recastbook.exceptions import BadOption
    from recastbook.registry import load

    search = load(identifier)
    for region in regions:
        search.region(region)
    if not files and built_in is None and search.about.get("built_in_events") is False:
        message = (
            f"no events that come with recastbook hold what {identifier} looks for; give FILES, for example those of "
            f"`{_example(search)} -o EVENTS`, or name built-in events with --sample all the same"
        )
        raise BadOption(message)
    sample = _sample(files, built_in, label=label, cross_section=cross_section)
    result = search.run(
        sample, seed=seed, options=_typed(search, settings(switches, "--option")), detector=detector, network=network,
        executor=executor, workers=workers, events=events, progress=shows_progress(as_json=as_json),
    )  # fmt: skip
    verdict = search.verdict(result)
    told = outcome.Outcome(search, result, verdict, cutflows=regions, all_regions=all_regions)
    if out is not None:
        report.write(told, out)
    if as_json:
        outcome.print_document(told)
        return
    outcome.print_tables(told)
    if out is not None:
        outcome.say_where(out)


def _example(search: Analysis) -> str:
    point = dict((search.about.get("benchmarks") or [{"preset": "PRESET"}])[0])
    preset = point.pop("preset")
    return " ".join([f"recastbook generate {preset}", *(f"--set {name}={value:g}" for name, value in point.items())])


def _sample(files: tuple[Path, ...], built_in: str | None, **about: Any) -> Sample:
    import recastbook as rb
    from recastbook.events.builtin import builtin_samples
    from recastbook.exceptions import BadOption, UnknownName, did_you_mean

    if files and built_in is not None:
        message = f"--sample {built_in} names built-in events, but files were given, too"
        raise BadOption(message)
    if files:
        return rb.Sample([str(path) for path in files], **about)
    samples = builtin_samples()
    name = built_in if built_in is not None else next(iter(samples))
    if name not in samples:
        message = f"there is no built-in sample {name!r}.{did_you_mean(name, samples)}"
        raise UnknownName(message)
    chosen = samples[name]
    given = {key: value for key, value in about.items() if value is not None}
    return rb.Sample(chosen.files, **{"label": chosen.label, **given}) if given else chosen


def _typed(search: Analysis, given: dict[str, str]) -> dict[str, Any]:
    """Turn the typed values into those of the search's switches, which may be numbers."""
    typed: dict[str, Any] = {}
    for name, text in given.items():
        known = search.switches[name].alternatives if name in search.switches else ()
        typed[name] = next((value for value in known if str(value) == text), text)
    return typed
