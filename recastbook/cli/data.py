"""``recastbook fetch`` and ``recastbook data list``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recastbook.cli.app import common_options
from recastbook.cli.screen import console, print_json, say, shows_progress, table

if TYPE_CHECKING:
    from recastbook.doctor import DataReport
    from recastbook.store import DataFile

__all__ = ["data_command", "fetch_command"]


@click.command("fetch")
@click.argument("identifier", metavar="ID")
@common_options
def fetch_command(*, identifier: str, as_json: bool) -> None:
    """Fetch the files that search ID needs and recastbook does not ship, and verify them.

    A file that is on this machine already (see RECASTBOOK_DATA) is verified and not fetched again. A download that
    broke off goes on where it stopped; archives are unpacked. Of files that are known by the DOI of their record only,
    the record's archive is asked.
    """
    from recastbook import doctor
    from recastbook.exceptions import MissingData, RecastbookError

    rows: list[dict[str, str]] = []
    failed: list[RecastbookError] = []
    private: dict[str, list[str]] = {}
    for wanted in doctor.wanted_files(identifier):
        # one file that cannot be had does not keep the others away
        try:
            path = _get(wanted, progress=shows_progress(as_json=as_json))
        except _NoAddress:
            private.setdefault(wanted.source, []).append(wanted.name)
            continue
        except RecastbookError as error:
            failed.append(error)
            continue
        source = wanted.source or wanted.url or "not stated"
        rows.append({"name": wanted.name, "path": str(path), "source": source, "licence": wanted.licence})
    for record, names in private.items():
        try:
            rows += _of_record(record, names, progress=shows_progress(as_json=as_json))
        except RecastbookError as error:
            failed.append(error)
    if as_json and not failed:
        print_json({"analysis": identifier, "files": rows})
    elif rows and not as_json:
        cells = [(row["name"], row["path"], row["source"], row["licence"]) for row in rows]
        console().print(table(f"Files of {identifier}, verified", ("file", "place", "source", "licence"), cells))
    elif not failed:
        say(f"{identifier} needs no files beyond those that recastbook ships.")
    if len(failed) == 1:
        raise failed[0]
    if failed:
        message = f"files could not be fetched: {'; '.join(map(str, failed))}"
        raise MissingData(message)


class _NoAddress(Exception):  # noqa: N818 - never shown; collected into one sentence
    """A file is known by name only."""


def _of_record(record: str, names: list[str], *, progress: bool) -> list[dict[str, str]]:
    """Fetch all files of a record, since it is not known which of them holds what the search looks for."""
    from recastbook import store
    from recastbook.exceptions import MissingData

    why = ""
    if record.startswith("doi:"):
        try:
            found = store.record_files(record.removeprefix("doi:"))
        except MissingData as error:
            why = f" ({error})"
        else:
            places = [(file, store.fetch_file(file, progress=progress)) for file in found]
            return [
                {"name": file.name, "path": str(place), "source": record, "licence": file.licence}
                for file, place in places
            ]
    these, them = ("this file has", "it") if len(names) == 1 else ("these files have", "them")
    origin = f" from {record}" if record else ""
    message = (
        f"{these} no public address: {', '.join(names)}{origin}{why}. Get {them} by hand, with what lies beside "
        f"{them}, and put all into a folder that RECASTBOOK_DATA names"
    )
    raise MissingData(message)


def _get(wanted: DataFile, *, progress: bool) -> Path:
    from recastbook import store

    path = store.locate(wanted.name, wanted.sha256, git_blob_sha1=wanted.git_blob_sha1)
    if path is not None and not wanted.is_archive:
        return path
    if not wanted.urls:
        raise _NoAddress
    return store.fetch_file(wanted, progress=progress)


@click.group("data")
def data_command() -> None:
    """Look at data files."""


@data_command.command("list")
@common_options
def list_files(*, as_json: bool) -> None:
    """Show the data files that searches name: where they are, their size, checksum, source and licence."""
    from recastbook import doctor, store

    report = doctor.examine_data()
    if as_json:
        folders = [{"path": str(folder), "exists": folder.is_dir()} for folder in store.data_dirs()]
        files = [dataclasses.asdict(row) for row in report]
        print_json({"data_dirs": folders, "cache": str(store.cache_dir()), "files": files})
        return
    searched = [*map(str, store.data_dirs()), str(store.cache_dir("data"))]
    say(f"Searched in this order: {', '.join(searched)}")
    screen = console()
    for search in dict.fromkeys(row.analysis for row in report):
        own = [row for row in report if row.analysis == search]
        title = f"{search}: {sum(row.found for row in own)} of {len(own)} files are here"
        rows = [(row.name, _state(row), _place(row), _publisher(row), row.licence) for row in own]
        screen.print(table(title, ("file", "state", "folder, or what gets it", "source", "licence"), rows))


def _state(row: DataReport) -> str:
    return f"{_size(row.size_bytes)}, {row.checksum}" if row.found else row.checksum or "missing"


def _place(row: DataReport) -> str:
    return "; ".join(filter(None, (str(Path(row.path).parent) if row.path else "", row.note)))


def _publisher(row: DataReport) -> str:
    """Return the host of an address; --json has the whole."""
    from urllib.parse import urlsplit

    return urlsplit(row.source).netloc or row.source


def _size(length: int | None) -> str:
    if length is None:
        return "not stated"
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if length >= factor:
            return f"{length / factor:.3g} {unit}"
    return f"{length} B"
