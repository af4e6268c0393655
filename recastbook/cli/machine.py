"""``recastbook doctor``."""

from __future__ import annotations

import click

from recastbook.cli.app import common_options
from recastbook.cli.screen import console, print_json, say, table

__all__ = ["doctor_command"]


@click.command("doctor")
@common_options
def doctor_command(*, as_json: bool) -> int:
    """Show versions, machine, data files found, and what is missing.

    The exit code is 1 if something that recastbook cannot do without is missing.
    """
    from recastbook import doctor

    report = doctor.examine()
    if as_json:
        print_json(report.to_dict())
        return 0 if report.ok else 1
    screen = console()
    facts = [
        ("recastbook", report.recastbook),
        ("Python", report.python),
        ("system", report.system),
        ("cores", report.cores),
        ("memory", f"{report.memory_gib} GiB, {report.memory_free_gib} GiB of it free"),
        ("cache", f"{report.cache} ({report.cache_gib} GiB)"),
        ("data folders", ", ".join(f for f, _ in report.data_dirs) or "none (RECASTBOOK_DATA is not set)"),
        ("searches", ", ".join(report.analyses) or "none"),
    ]
    screen.print(table("This machine", ("what", "found"), facts))
    packages = [(p.name, p.installed or "missing", p.required, "ok" if p.ok else "NEEDED") for p in report.packages]
    screen.print(table("Packages", ("package", "installed", "needed", ""), packages))
    extras = [(e.name, e.command or "complete") for e in report.extras]
    screen.print(table("Optional packages", ("extra", "what installs what is missing"), extras))
    files = [(d.analysis, d.name, d.path or "missing", d.note, d.licence) for d in report.data]
    if files:
        screen.print(table("Data files", ("search", "file", "found", "what would help", "licence"), files))
    for problem in report.problems:
        say(f"! {problem}", style="bold red")
    say(
        "Everything needed to run is here; what is missing above is optional."
        if report.ok
        else f"{len(report.problems)} problem(s), see above."
    )
    return 0 if report.ok else 1
