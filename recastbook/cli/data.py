"""``recastbook fetch`` and ``recastbook data list``."""

from __future__ import annotations

import dataclasses

import click

from recastbook.cli.app import common_options
from recastbook.cli.screen import console, print_json, say, table

__all__ = ["data_command", "fetch_command"]


@click.command("fetch")
@click.argument("identifier", metavar="ID")
@common_options
def fetch_command(*, identifier: str, as_json: bool) -> None:
    """Fetch the files that search ID needs and recastbook does not ship, and verify them.

    A file that is on this machine already (see RECASTBOOK_DATA) is verified and not fetched again.
    """
    from recastbook import doctor, store
    from recastbook.exceptions import MissingData

    files = doctor.wanted_files(identifier)
    rows = []
    for wanted in files:
        path = store.locate(wanted.name, wanted.sha256, git_blob_sha1=wanted.git_blob_sha1)
        if path is None and wanted.url is None:
            message = f"{wanted.name} has no public address; put it into a folder that RECASTBOOK_DATA names"
            raise MissingData(message)
        if path is None:
            path = store.fetch(wanted.name, str(wanted.url), wanted.sha256, git_blob_sha1=wanted.git_blob_sha1)
        rows.append({"name": wanted.name, "path": str(path), "licence": wanted.licence})
    if as_json:
        print_json({"analysis": identifier, "files": rows})
    elif not rows:
        say(f"{identifier} needs no files beyond those that recastbook ships.")
    else:
        cells = [(row["name"], row["path"], row["licence"]) for row in rows]
        console().print(table(f"Files of {identifier}, verified", ("file", "place", "licence"), cells))


@click.group("data")
def data_command() -> None:
    """Look at data files."""


@data_command.command("list")
@common_options
def list_files(*, as_json: bool) -> None:
    """Show the data files that searches name, and whether they are on this machine."""
    from recastbook import doctor, store

    report = doctor.examine_data()
    if as_json:
        folders = [{"path": str(folder), "exists": folder.is_dir()} for folder in store.data_dirs()]
        files = [dataclasses.asdict(row) for row in report]
        print_json({"data_dirs": folders, "cache": str(store.cache_dir()), "files": files})
        return
    searched = [*map(str, store.data_dirs()), str(store.cache_dir("data"))]
    say(f"Searched in this order: {', '.join(searched)}")
    rows = [(row.analysis, row.name, row.path or "missing", row.note, row.licence) for row in report]
    console().print(table("Data files", ("search", "file", "found", "what would help", "licence"), rows))
