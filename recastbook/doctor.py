"""What this installation has and what it lacks: versions, machine, data files, optional packages."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from typing import Any

from packaging.requirements import Requirement

from recastbook import registry, store
from recastbook.exceptions import RecastbookError
from recastbook.version import __version__

__all__ = ["DataReport", "ExtraReport", "PackageReport", "Report", "examine", "examine_data", "wanted_files"]

_GIB = 2**30


@dataclass(frozen=True, slots=True)
class PackageReport:
    """One package that recastbook needs."""

    name: str
    """Name on the package index."""
    required: str
    """Versions that work, as a specifier."""
    installed: str | None
    """Version found, or None."""
    ok: bool
    """Whether the version found is one that works."""


@dataclass(frozen=True, slots=True)
class ExtraReport:
    """One group of optional packages."""

    name: str
    """Name of the extra."""
    missing: tuple[str, ...]
    """Requirements that are not met."""
    command: str
    """What installs them; empty if nothing is missing."""


@dataclass(frozen=True, slots=True)
class DataReport:
    """One file that a search names and recastbook does not ship."""

    analysis: str
    """Identifier of the search."""
    name: str
    """File name."""
    found: bool
    """Whether a file of that name and content is on this machine."""
    path: str | None
    """Where."""
    note: str
    """What is wrong, or what gets it."""
    licence: str
    """Licence as its publisher states it."""
    source: str = ""
    """Where it was published."""
    size_bytes: int | None = None
    """Length: of the file found, else as published."""
    checksum: str = ""
    """``verified``, ``wrong``, ``none known``, or empty where there is no file."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that ``recastbook doctor`` prints."""

    recastbook: str
    """Version of recastbook."""
    python: str
    """Version of Python."""
    system: str
    """Operating system and processor."""
    cores: int
    """Cores that this process may use."""
    memory_gib: float
    """Memory of the machine in GiB."""
    memory_free_gib: float
    """Memory that is free now in GiB."""
    data_dirs: tuple[tuple[str, bool], ...]
    """Folders of RECASTBOOK_DATA, and whether each exists."""
    cache: str
    """Folder of the cache."""
    cache_gib: float
    """What the cache holds in GiB."""
    packages: tuple[PackageReport, ...]
    """Packages that recastbook needs."""
    extras: tuple[ExtraReport, ...]
    """Optional packages."""
    analyses: tuple[str, ...]
    """Searches found."""
    problems: tuple[str, ...]
    """What keeps recastbook from working, in sentences."""
    data: tuple[DataReport, ...]
    """Data files that searches name."""

    @property
    def ok(self) -> bool:
        """Whether all that is needed is there; optional packages and files may still be missing."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"ok": self.ok, **asdict(self)}


def examine() -> Report:
    """Look at this installation and return what is there."""
    import psutil

    memory = psutil.virtual_memory()
    needed, optional = _requirements()
    packages = tuple(_package(requirement) for requirement in needed)
    problems = [
        f"{p.name}{p.required} is needed, {p.installed or 'nothing'} is installed: "
        f"python -m pip install '{p.name}{p.required}'"
        for p in packages
        if not p.ok
    ]
    data: list[DataReport] = []
    for identifier in registry.analyses():
        try:
            data += examine_data(identifier)
        except RecastbookError as error:
            problems.append(str(error))
    folders = tuple((str(folder), folder.is_dir()) for folder in store.data_dirs())
    problems += [f"RECASTBOOK_DATA names {folder}, which is no folder" for folder, there in folders if not there]
    cache = store.cache_dir()
    return Report(
        recastbook=__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        cores=_cores(),
        memory_gib=round(memory.total / _GIB, 1),
        memory_free_gib=round(memory.available / _GIB, 1),
        data_dirs=folders,
        cache=str(cache),
        cache_gib=round(sum(p.stat().st_size for p in cache.rglob("*") if p.is_file()) / _GIB, 3),
        packages=packages,
        extras=tuple(_extra(name, requirements) for name, requirements in optional.items()),
        analyses=registry.analyses(),
        problems=tuple(problems),
        data=tuple(data),
    )


def wanted_files(identifier: str) -> tuple[store.DataFile, ...]:
    """Return the files that a search needs and recastbook does not ship.

    Parameters
    ----------
    identifier
        Of the search.

    Raises
    ------
    UnknownAnalysis
        If there is no such search.
    """
    search = registry.load(identifier)
    folder = search.folder()
    listing = None if folder is None else folder / "data.yaml"
    listed = store.read_listing(listing) if listing is not None and listing.is_file() else ()
    cards = search.cards
    if not cards:
        return listed
    from recastbook.network.files import data_file

    # a file beside its card came with the search
    networks = tuple(
        data_file(entry)
        for card in cards.values()
        for entry in card.files
        if card.path is None or not (card.path.parent / entry.name).is_file()
    )
    return networks + listed


def examine_data(*identifiers: str) -> tuple[DataReport, ...]:
    """Return which files searches name and whether they are here; all searches if none is given."""
    asked = identifiers or registry.analyses()
    return tuple(_data(identifier, wanted) for identifier in asked for wanted in wanted_files(identifier))


def _cores() -> int:
    allowed = getattr(os, "sched_getaffinity", None)  # Linux only; honours containers and batch systems
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _requirements() -> tuple[list[Requirement], dict[str, list[Requirement]]]:
    """Return what the installed package says it needs, and its extras."""
    try:
        lines = requires("recastbook") or []
        names = metadata("recastbook").get_all("Provides-Extra") or []
    except PackageNotFoundError:
        lines, names = [], []
    needed: list[Requirement] = []
    extras: dict[str, list[Requirement]] = {}
    for line in lines:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            needed.append(requirement)
            continue
        for name in names:
            # an extra may refer to other extras of recastbook, which are listed on their own
            if requirement.marker.evaluate({"extra": name}) and requirement.name != "recastbook":
                extras.setdefault(name, []).append(requirement)
    return needed, extras


def _installed(requirement: Requirement) -> str | None:
    try:
        return version(requirement.name)
    except PackageNotFoundError:
        return None


def _met(requirement: Requirement) -> bool:
    found = _installed(requirement)
    return found is not None and requirement.specifier.contains(found, prereleases=True)


def _package(requirement: Requirement) -> PackageReport:
    return PackageReport(requirement.name, str(requirement.specifier), _installed(requirement), ok=_met(requirement))


def _extra(name: str, requirements: list[Requirement]) -> ExtraReport:
    missing = tuple(f"{r.name}{r.specifier}" for r in requirements if not _met(r))
    command = "python -m pip install " + " ".join(f"'{entry}'" for entry in missing) if missing else ""
    return ExtraReport(name, missing, command)


def _data(identifier: str, wanted: store.DataFile) -> DataReport:
    known = wanted.sha256 or wanted.git_blob_sha1
    state = DataReport(
        identifier,
        wanted.name,
        found=False,
        path=None,
        note="",
        licence=wanted.licence,
        source=wanted.source or wanted.url or "not stated",
        size_bytes=wanted.size_bytes,
    )
    try:
        path = store.locate(wanted.name, wanted.sha256, git_blob_sha1=wanted.git_blob_sha1)
    except RecastbookError as error:
        return replace(state, note=str(error), checksum="wrong")
    if path is None:
        by_hand = "get it from its source by hand, into a folder that RECASTBOOK_DATA names"
        asked = f"recastbook fetch {identifier} asks its record" if wanted.source.startswith("doi:") else by_hand
        nowhere = asked if wanted.source else "no public address; ask its authors"
        note = f"recastbook fetch {identifier}" if wanted.urls and known else nowhere
        if wanted.urls and not known:
            note = f"no checksum is known; get it from {wanted.url} and put it into a folder that RECASTBOOK_DATA names"
        return replace(state, note=note)
    size = path.stat().st_size if path.is_file() else wanted.size_bytes
    note = ""
    if wanted.is_archive:
        folder = store.unpacked_folder(wanted)
        note = f"unpacked in {folder}" if folder.is_dir() else f"recastbook fetch {identifier} unpacks it"
    return replace(
        state, found=True, path=str(path), note=note, size_bytes=size, checksum="verified" if known else "none known"
    )
