"""``recastbook generate`` and ``recastbook convert``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from recastbook.cli.app import common_options
from recastbook.cli.quantities import CROSS_SECTION, settings
from recastbook.cli.screen import console, print_json, shows_progress, table
from recastbook.display import number

__all__ = ["convert_command", "generate_command"]


class _WithPresets(click.Command):
    """A command whose help ends with the presets."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        from recastbook.events.generation.presets import NEEDED, PRESETS

        rows = []
        for name, (_, known, what) in PRESETS.items():
            needed = [f"{key}=" for key in known if key in NEEDED]
            more = [key for key in known if key not in NEEDED]
            parts = [what, f"needs {' '.join(needed)}" if needed else "", f"takes {', '.join(more)}" if more else ""]
            rows.append((name, "; ".join(filter(None, parts))))
        with formatter.section("Presets, their parameters by --set KEY=VALUE; masses in GeV, ctau in mm"):
            formatter.write_dl(rows)


@click.command("generate", cls=_WithPresets)
@click.argument("source", metavar="PRESET|FILE")
@click.option("-n", "--events", "n", type=click.IntRange(1), required=True, help="Number of events.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Same seed, same events.")
@click.option("--m-gluino", type=float, help="Gluino mass in GeV (presets gluino-*).")
@click.option("--m-lsp", type=float, help="Mass of the lightest neutralino in GeV (presets gluino-*).")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder of the event file; the cache by default.")
@click.option("--workers", type=click.IntRange(1), help="Processes; all cores by default. Events do not depend on it.")
@click.option("--mpi/--no-mpi", default=True, show_default=True, help="Multiple parton interactions.")
@click.option("--label", help="Name of the sample.")
@click.option("--cross-section", type=CROSS_SECTION, help="Cross section with its unit, such as '0.59 fb'.")
@click.option("--set", "parameters", multiple=True, metavar="KEY=VALUE", help="Further parameter of the preset.")
@common_options
def generate_command(
    *, source: str, n: int, parameters: tuple[str, ...], output: Path | None, as_json: bool, **choices: Any
) -> None:
    """Generate events with Pythia: a preset such as gluino-gtt, or an SLHA, command or LHE file.

    A run that was stopped goes on where it was when the same command is given again.
    """
    import recastbook as rb

    given = {key: value for key, value in choices.items() if value is not None}
    more = {key: _value(text) for key, text in settings(parameters, "--set").items()}
    sample = rb.generate(source, n=n, output=output, progress=shows_progress(as_json=as_json), **given, **more)
    _report(sample, as_json=as_json)


@click.command("convert")
@click.argument("inputs", nargs=-1, required=True, metavar="IN...", type=click.Path(path_type=Path))
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--label", help="Name of the sample.")
@click.option("--cross-section", type=CROSS_SECTION, help="Cross section with its unit, such as '0.59 fb'.")
@click.option(
    "--on-error", type=click.Choice(["raise", "skip"]), default="raise", show_default=True,
    help="Stop at a broken event, or skip and count it.",
)  # fmt: skip
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes, one a file at most.")
@common_options
def convert_command(*, inputs: tuple[Path, ...], output: Path, as_json: bool, **choices: Any) -> None:
    """Convert event files IN (HepMC2, HepMC3, LHE, Delphes) into the recastbook event file OUT, a folder."""
    import recastbook as rb
    from recastbook.events.convert import convert

    convert(list(inputs), output, progress=shows_progress(as_json=as_json), **choices)
    _report(rb.Sample(output), as_json=as_json)


def _value(text: str) -> Any:
    """Return a number or a truth value where the text is one."""
    if text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _report(sample: Any, *, as_json: bool) -> None:
    facts = {
        "label": sample.label,
        "files": [str(file) for file in sample.files],
        "events": len(sample),
        "cross_section_pb": sample.cross_section,
        "cross_section_source": sample.cross_section_source,
        "sum_of_weights": sample.sum_of_weights,
    }
    if as_json:
        print_json(facts)
        return
    sigma = "unknown" if sample.cross_section is None else f"{number(sample.cross_section * 1e3)} fb"
    rows = [
        ("events", len(sample)),
        ("cross section", f"{sigma} ({sample.cross_section_source})"),
        ("sum of weights", number(sample.sum_of_weights, 6)),
        ("event file", ", ".join(facts["files"])),
    ]
    console().print(table(sample.label, ("what", "is"), rows))
