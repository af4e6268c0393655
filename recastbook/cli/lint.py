"""``recastbook lint``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recastbook.cli.app import common_options
from recastbook.cli.screen import console, print_json, say, table

if TYPE_CHECKING:
    from recastbook.diagnostics.lint import LintReport
    from recastbook.network import ModelCard

__all__ = ["lint_command"]


@click.command("lint")
@click.argument("card", metavar="CARD", required=False)
@click.option("--explain", metavar="RULE", help="Explain one rule, for example LH24, or all of them.")
@click.option("--regions", metavar="FILE", help="The regions.yaml that cuts on the scores.")
@click.option("--no-run", is_flag=True, help="Do not evaluate golden rows.")
@common_options
def lint_command(*, card: str | None, explain: str | None, regions: str | None, no_run: bool, as_json: bool) -> int:
    """Hold the model card CARD against the checklist for reusable networks.

    CARD is a YAML file, a folder with a network.yaml, or the identifier of a search, all of whose cards are looked at.
    The exit code is 0 without errors, 1 if there are findings of level E, 2 for wrong usage.
    """
    if explain is not None:
        _explain(explain, as_json=as_json)
        return 0
    if card is None:
        message = "CARD is missing: a YAML file, a folder, or the identifier of a search"
        raise click.UsageError(message, click.get_current_context())
    if regions is not None and not Path(regions).is_file():
        message = f"--regions: there is no file {regions}"
        raise click.UsageError(message, click.get_current_context())
    reports = {str(c.path): c.lint(regions=regions, run=not no_run) for c in _cards(card)}
    if as_json:
        cards = [{"path": path, **report.to_dict()} for path, report in reports.items()]
        print_json({"cards": cards, "exit_code": max(r.exit_code for r in reports.values())})
    else:
        alike: dict[tuple[str, ...], list[LintReport]] = {}
        for report in reports.values():
            alike.setdefault(_gist(report), []).append(report)
        for group in alike.values():
            _show(*group)
    return max(report.exit_code for report in reports.values())


def _cards(given: str) -> list[ModelCard]:
    from recastbook.network import ModelCard

    path = Path(given)
    if path.exists():
        return [ModelCard.load(path)]
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        message = f"there is no file {given}"
        raise click.UsageError(message, click.get_current_context())
    from recastbook.analysis import Analysis
    from recastbook.exceptions import UnknownAnalysis
    from recastbook.registry import load

    try:
        search = load(given)
    except UnknownAnalysis as error:
        raise click.UsageError(str(error), click.get_current_context()) from None
    cards = list(search.cards.values())
    if not cards:
        message = f"{given} has no network, so no model card that could be judged"
        if type(search).region_weights is not Analysis.region_weights:
            message += "; its regions are probabilities of published maps, which are checked as they are read"
        raise click.UsageError(message, click.get_current_context())
    return cards


def _explain(name: str, *, as_json: bool) -> None:
    from recastbook.diagnostics.lint import RULES, find_rule
    from recastbook.exceptions import UnknownName

    try:
        rules = list(RULES.values()) if name.lower() == "all" else [find_rule(name)]
    except UnknownName as error:
        raise click.UsageError(str(error), click.get_current_context()) from None
    if as_json:
        print_json({"rules": [rule.to_dict() for rule in rules]})
    else:
        say("\n".join(rule.explain() for rule in rules))


def _gist(report: LintReport) -> tuple[str, ...]:
    """Return what tells two reports apart, names of network files aside."""
    lines = [f"{f.rule} {f.level} {f.place} {f.what}" for f in report.findings] + report.unseen()
    return tuple(re.sub(r"\S+\.onnx\b", "a file", line) for line in lines)


def _show(report: LintReport, *same: LintReport) -> None:
    rows: list[tuple[Any, ...]] = [(f.rule, f.level, f.place, f.what, f.fix) for f in report.findings]
    screen = console()
    held, items = report.score
    screen.print(table(f"Lint of {report.title}", ("rule", "", "where", "what", "what would put it right"), rows))
    for other in same:
        say(f"the same, but for the names of files: {other.title}")
    for line in report.unseen():
        say(line)
    say(
        f"grade: {report.grade}; {len(report.errors)} errors, {len(report.warnings)} warnings; "
        f"{held} of {items} items of level error hold. `recastbook lint --explain RULE` says why a rule matters."
    )
    if report.next_steps:
        say(f"in the way of the next grade: {', '.join(report.next_steps)}")
