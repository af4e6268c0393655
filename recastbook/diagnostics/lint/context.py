"""What the rules look at: the card, its network files, files beside them, regions and tables of the search."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from recastbook import published
from recastbook.diagnostics.lint.rule import NotExamined
from recastbook.diagnostics.lint.sidecar import Sidecar, find_sidecars
from recastbook.documents import read_yaml
from recastbook.exceptions import ChecksumMismatch, MissingData, NetworkError, RecastbookError
from recastbook.network import ModelCard, Session
from recastbook.network.contract import ModelFile
from recastbook.network.files import check_content, read_any
from recastbook.network.onnx_header import Header, read_header
from recastbook.published import Table
from recastbook.regions import RegionSet

__all__ = ["Context", "NetworkFile", "stated"]


def stated(value: object) -> bool:
    """Return whether a field of a card says something: neither empty nor "not stated"."""
    return bool(value) and not str(value).strip().lower().startswith(("not stated", "unknown", "none"))


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """One of the card's network files, as far as it could be looked into."""

    position: int
    entry: ModelFile
    path: Path | None = None
    content: bytes = b""
    header: Header | None = None
    missing: str = ""
    """Why it is not here; empty if it is."""
    broken: str = ""
    """Why its header cannot be read; empty if it can."""
    replaced: str = ""
    """Why it is not the file of the card; empty if it is."""

    @property
    def place(self) -> str:
        """Path inside the card."""
        return f"files[{self.position}] {self.entry.name}"


@dataclass(frozen=True)
class Context:
    """A card and what belongs to it; everything but the card may be absent."""

    card: ModelCard
    region_set: RegionSet | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    """info.yaml of the search."""
    tables: tuple[Table, ...] = ()
    """Published tables of the search."""
    run: bool = True
    """Whether the network may be run on its golden rows."""

    @classmethod
    def of(
        cls, card: ModelCard, regions: RegionSet | str | os.PathLike[str] | None = None, *, run: bool = True
    ) -> Context:
        """Collect what belongs to a card: given regions, or else those of the folder the card was read from.

        Raises
        ------
        BadSpecification
            If a file of that folder cannot be read.
        """
        folder = card.path.parent if card.path is not None else None
        if regions is None and folder is not None and (folder / "regions.yaml").is_file():
            regions = folder / "regions.yaml"
        if regions is not None and not isinstance(regions, RegionSet):
            regions = RegionSet.load(Path(regions))
        about: Mapping[str, Any] = {}
        tables: tuple[Table, ...] = ()
        if folder is not None and (folder / "info.yaml").is_file():
            content = read_yaml(folder / "info.yaml", what="search description")
            about = content if isinstance(content, Mapping) else {}
            if (folder / "published").is_dir():
                tables = tuple(published.load_tables(folder / "published"))
        return cls(card, regions, about, tables, run)

    # ---- the files

    @cached_property
    def files(self) -> tuple[NetworkFile, ...]:
        """The card's network files with their headers."""
        return tuple(self._look(i, entry) for i, entry in enumerate(self.card.files))

    @property
    def present(self) -> tuple[NetworkFile, ...]:
        """The files that are on this machine."""
        return tuple(file for file in self.files if file.path is not None)

    def headers(self) -> list[tuple[NetworkFile, Header]]:
        """Return the files whose header could be read.

        Raises
        ------
        NotExamined
            If there is none.
        """
        found = [(file, file.header) for file in self.files if file.header is not None]
        if not found:
            raise NotExamined(self.why_not)
        return found

    @property
    def why_not(self) -> str:
        """Why a network file cannot be looked into; the first reason of several."""
        reasons = (file.missing or file.broken or file.replaced for file in self.files)
        return next((reason for reason in reasons if reason), "there is no network file")

    def _look(self, position: int, entry: ModelFile) -> NetworkFile:
        try:
            path = self.card.find_file(entry.name)
        except MissingData as error:
            return NetworkFile(position, entry, missing=str(error))
        except ChecksumMismatch as error:
            return NetworkFile(position, entry, replaced=str(error))
        try:
            content = read_any(path)
        except RecastbookError as error:
            return NetworkFile(position, entry, path, broken=str(error))
        header, broken, replaced = None, "", ""
        try:
            header = read_header(content)
        except NetworkError as error:
            broken = str(error)
        try:
            check_content(content, path, entry)
        except RecastbookError as error:
            replaced = str(error)
        return NetworkFile(position, entry, path, content, header, broken=broken, replaced=replaced)

    @cached_property
    def sidecars(self) -> tuple[tuple[NetworkFile, Sidecar], ...]:
        """Files with constants that stand beside the network files."""
        return tuple((file, side) for file in self.present if file.path for side in find_sidecars(file.path))

    @cached_property
    def sessions(self) -> dict[str, Session | str]:
        """An opened session for each file on this machine, or why it cannot be opened."""
        out: dict[str, Session | str] = {}
        for file in self.present:
            try:
                out[file.entry.name] = self.card.session(file.path, file=file.entry.name).open()
            except RecastbookError as error:
                out[file.entry.name] = str(error)
        return out

    def require_constants(self) -> None:
        """Stop a check that would divide by a width that is no width.

        Raises
        ------
        NotExamined
            If a mean or width is not finite, or a width not above zero.
        """
        for entry in self.card.files:
            own = self.card.for_file(entry.name)
            if not (np.isfinite(own.means).all() and np.isfinite(own.widths).all() and (own.widths > 0.0).all()):
                reason = "means and widths cannot be used, see LH24"
                raise NotExamined(reason)

    # ---- shorthands

    @property
    def is_surrogate(self) -> bool:
        """Whether the network stands for something else: a detector, an efficiency."""
        return self.card.role in ("surrogate", "efficiency_map")

    def material(self, *names: str) -> bool:
        """Return whether the card names one of these published materials."""
        return any(stated(self.card.materials.get(name)) for name in names)

    def tables_of(self, kind: str) -> tuple[Table, ...]:
        """Return published tables of a kind."""
        return tuple(table for table in self.tables if table.header.kind == kind)
