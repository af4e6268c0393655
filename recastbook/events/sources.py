"""Input files of a conversion behind one face: tables of particles or flat columns, and what was learnt on the way."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from recastbook.events.columns import FlatColumns
from recastbook.events.formats import Format
from recastbook.events.joining import Normalisation
from recastbook.events.metadata import SourceFile
from recastbook.events.particles import ParticleTable
from recastbook.exceptions import BadFile

__all__ = ["Source", "content_checksum", "open_source"]


@lru_cache(maxsize=1024)
def _checksum(path: Path, _size: int, _modified: int) -> str:
    from recastbook.store import checksum

    return checksum(path)


def content_checksum(path: Path) -> str:
    """Return the SHA-256 of a file, or of the metadata and parts of an event folder."""
    if path.is_dir():
        digest = hashlib.sha256()
        for file in [path / "metadata.json", *sorted(path.glob("part-*.parquet"))]:
            digest.update(content_checksum(file).encode())
        return digest.hexdigest()
    try:
        status = path.stat()
        return _checksum(path.resolve(), status.st_size, status.st_mtime_ns)
    except OSError as error:
        message = f"cannot read {path}: {error.strerror or error}"
        raise BadFile(message) from error


class Source(ABC):
    """One input. Iterating hands out its events in order, once."""

    level = 2

    def __init__(self, path: Path, found: Format) -> None:
        self.path = path
        self.format = found
        self.sha256 = content_checksum(path)
        files = list(path.glob("*")) if path.is_dir() else [path]
        self.size = sum(f.stat().st_size for f in files)
        """Bytes on disk."""
        self.position = 0
        """Bytes read so far, for progress."""
        self.events = 0
        self.skipped = 0
        self.cross_section: tuple[float, float] | None = None
        """Cross section and error in pb."""
        self.cross_section_source = "file"
        self.generators: tuple[str, ...] = ()
        self.notes: tuple[str, ...] = ()
        self.process = ""
        self.seed: int | None = None
        self.definitions: Mapping[str, Any] | None = None
        """Of the truth objects in an event file; None where they are built now, or are none."""

    @abstractmethod
    def __iter__(self) -> Iterator[ParticleTable | FlatColumns]:
        """Hand out the events in order, once."""

    def source_files(self) -> tuple[SourceFile, ...]:
        """Return name, checksum and events of the file, for the metadata."""
        return (SourceFile(self.path.name, self.sha256, self.events),)

    @property
    def normalisation(self) -> Normalisation:
        """What is known of process and cross section, all of it only after reading."""
        value, error = self.cross_section or (None, 0.0)
        return Normalisation(self.path.name, self.process, value or None, error, self.cross_section_source, self.events)


class _HepMCSource(Source):
    def __init__(
        self, path: Path, found: Format, block: int, on_error: Literal["raise", "skip"], weight: str | None, chunk: int
    ) -> None:
        super().__init__(path, found)
        self._options = (block, on_error, weight, chunk)

    def __iter__(self) -> Iterator[ParticleTable]:
        from recastbook.events.hepmc import HepMCReader

        block, on_error, weight, chunk = self._options
        reader = HepMCReader(self.path, chunk_size=chunk, on_error=on_error, luminosity_block=block, weight=weight)
        try:
            for table in reader:
                self.position = reader.position
                yield table
        finally:
            self.events, self.skipped = reader.events, reader.skipped
            self.cross_section = reader.cross_section
            self.generators = reader.header.generators
            self.notes = reader.notes


class _LheSource(Source):
    """An LHE file, showered on the way."""

    def __init__(self, path: Path, found: Format, block: int, chunk: int, seed: int) -> None:
        super().__init__(path, found)
        if find_spec("pythia8mc") is None:
            message = (
                f"{path} is an LHE file: it holds partons, which have to be showered and hadronised first. "
                "Install Pythia with `python -m pip install pythia8mc==8.317.2` and repeat this, or give a HepMC "
                "file of the showered events."
            )
            raise BadFile(message)
        self._options = (block, chunk)
        self.seed = seed

    def __iter__(self) -> Iterator[ParticleTable]:
        from recastbook.events.generation import shower_lhe
        from recastbook.events.lhe import lhe_info

        info = lhe_info(self.path)
        block, chunk = self._options
        self.generators = tuple(g for g in (info.generator, "Pythia 8") if g)
        self.notes = (*info.notes, f"{self.path.name}: LHE events, showered with Pythia 8, seed {self.seed}")
        if info.cross_section_pb is not None:
            self.cross_section = (info.cross_section_pb, info.cross_section_error or 0.0)
        for table in shower_lhe(self.path, seed=self.seed or 0, luminosity_block=block, chunk_size=chunk):
            self.events += len(table)
            self.position = int(self.size * min(1.0, self.events / max(info.events, 1)))
            yield table
        self.skipped = info.events - self.events


class _DelphesSource(Source):
    level = 3

    def __init__(self, path: Path, found: Format, block: int, chunk: int) -> None:
        super().__init__(path, found)
        self._options = (block, max(chunk, 5000))

    def __iter__(self) -> Iterator[FlatColumns]:
        from recastbook.events.delphes import delphes_info, read_delphes

        info = delphes_info(self.path)
        self.generators, self.notes = ("Delphes",), info.notes
        if info.cross_section_pb is not None:
            self.cross_section = (info.cross_section_pb, info.cross_section_error or 0.0)
        block, chunk = self._options
        for flat in read_delphes(self.path, chunk_size=chunk, luminosity_block=block):
            self.events += len(flat["event"])
            self.position = int(self.size * self.events / max(info.events, 1))
            yield flat


class _EventFileSource(Source):
    """A recastbook event file, which keeps its ids."""

    def __init__(self, path: Path, found: Format) -> None:
        from recastbook.events.eventfile import EventFile

        super().__init__(path, found)
        self._file = EventFile.open(path)
        metadata = self._file.metadata
        self.level = metadata.level
        if metadata.cross_section is not None:
            self.cross_section = (metadata.cross_section, metadata.cross_section_error or 0.0)
            self.cross_section_source = metadata.cross_section_source or "file"
        self.generators = tuple(g for g in (metadata.generator,) if g)
        self.notes = metadata.notes
        self.process, self.seed = metadata.process, metadata.seed
        self.definitions = metadata.definitions if metadata.level == 2 else None
        self.skipped = metadata.skipped_events

    def __iter__(self) -> Iterator[FlatColumns]:
        for flat in self._file.iter_chunks():
            self.events += len(flat["event"])
            self.position = int(self.size * self.events / max(len(self._file), 1))
            yield flat


def open_source(
    path: Path,
    found: Format,
    block: int,
    *,
    on_error: Literal["raise", "skip"],
    weight: str | None,
    chunk_size: int,
    seed: int,
) -> Source:
    """Return the source for a file of a known format; nothing is read yet."""
    if found is Format.RECASTBOOK:
        return _EventFileSource(path, found)
    if found is Format.LHE:
        return _LheSource(path, found, block, chunk_size, seed)
    if found is Format.DELPHES:
        return _DelphesSource(path, found, block, chunk_size)
    return _HepMCSource(path, found, block, on_error, weight, chunk_size)
