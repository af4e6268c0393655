"""``recastbook list`` and ``recastbook show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from recastbook.cli.app import common_options
from recastbook.cli.screen import console, print_json, say, table

if TYPE_CHECKING:
    from recastbook.analysis import Analysis

__all__ = ["list_command", "show_command"]


@click.command("list")
@common_options
def list_command(*, as_json: bool) -> None:
    """Show all searches: shipped, and installed as plugins."""
    from recastbook.exceptions import RecastbookError
    from recastbook.registry import analyses, load

    rows: list[dict[str, Any]] = []
    for identifier in analyses():
        try:
            about = load(identifier).about
        except RecastbookError as error:
            # one broken plugin must not hide the others
            rows.append({"id": identifier, "status": "broken", "title": str(error), "arxiv": None})
            continue
        rows.append({"id": identifier, **{key: about.get(key) for key in ("status", "title", "arxiv")}})
    if as_json:
        print_json({"analyses": rows})
        return
    cells = [(row["id"], row["status"], row["arxiv"] or "-", row["title"]) for row in rows]
    console().print(table("Searches", ("id", "status", "arXiv", "title"), cells))


@click.command("show")
@click.argument("identifier", metavar="ID")
@click.option("--region", "only", metavar="NAME", help="Show the cuts of one region.")
@common_options
def show_command(*, identifier: str, only: str | None, as_json: bool) -> None:
    """Show search ID: paper, regions, options, network, tables, known differences from the paper."""
    from recastbook.registry import load

    search = load(identifier)
    if only is not None:
        region = search.region(only)
        if as_json:
            print_json(region.to_dict())
            return
        steps = [
            ("preselection" if i < region.n_preselection else "region", cut.text) for i, cut in enumerate(region.cuts)
        ]
        title = f"{region.name} ({region.kind})" + (f", {region.status}" if region.status else "")
        console().print(table(title, ("", "cut"), steps, caption=region.note))
        return
    if as_json:
        print_json(_document(search))
        return
    _print(search)


def _document(search: Analysis) -> dict[str, Any]:
    cards = [{"title": card.title, "files": [f.name for f in card.files]} for card in search.cards.values()]
    return {
        **search.about,
        "regions": {
            region.name: {
                "kind": region.kind,
                "group": region.group,
                "network": region.needs_network,
                "status": region.status,
                "cuts": [cut.text for cut in region.cuts],
            }
            for region in search.region_set.regions.values()
        },
        "options": {
            switch.name: {
                "value": search.options[switch.name],
                "default": switch.default,
                "alternatives": switch.alternatives,
                "reason": switch.reason,
            }
            for switch in search.switches.values()
        },
        "tables": list(search.tables),
        "network_card": cards[0] if len(cards) == 1 else None,
        "network_cards": cards,
    }


def _print(search: Analysis) -> None:
    screen = console()
    screen.print(table(search.identifier, ("what", "is"), list(search._summary().items())))
    regions = search.region_set.regions.values()
    rows = [
        (r.name, r.kind, r.group, r.status, "; ".join(cut.text for cut in r.cuts[r.n_preselection :])) for r in regions
    ]
    screen.print(table("Regions", ("region", "kind", "group", "status", "cuts after preselection"), rows))
    switches = [
        (s.name, search.options[s.name], ", ".join(map(str, s.alternatives)), s.reason)
        for s in search.switches.values()
    ]
    if switches:
        screen.print(table("Options", ("option", "value", "alternatives", "why it is open"), switches))
    for model_card in search.cards.values():
        say(str(model_card))
    for difference in search.about.get("known_differences", ()):
        say(f"known difference: {difference}")
