"""The recastbook event file: a folder of parquet parts, or a single part of one."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recastbook import display
from recastbook.events.columns import RECO_COLUMNS, TRUTH_COLUMNS, Column, FlatColumns, collections_of, to_records
from recastbook.events.flat import concatenate, empty_columns
from recastbook.events.metadata import EventMetadata, SourceFile
from recastbook.events.parquet import table_to_flat
from recastbook.events.writer import PART_SIZE, EventWriter
from recastbook.exceptions import BadFile, BadOption, UnknownName, did_you_mean
from recastbook.units import cross_section_text

if TYPE_CHECKING:
    import awkward as ak

__all__ = ["PART_SIZE", "EventFile", "EventMetadata", "EventWriter", "SourceFile"]


@dataclasses.dataclass(frozen=True, slots=True)
class EventFile(display.Tabular):
    """A readable event file. Made by :meth:`open`; opening reads metadata only."""

    path: Path
    """Folder, or single part."""
    metadata: EventMetadata
    """Origin, normalisation, definitions."""
    parts: tuple[Path, ...]
    """The parquet parts in order."""
    part_sizes: tuple[int, ...]
    """Events in each part."""

    @classmethod
    def open(cls, folder: str | Path) -> EventFile:
        """Open an event folder or a single part.

        Raises
        ------
        BadFile
            If it is no event file, is unfinished, or lacks parts or columns; what is missing is named.
        """
        path = Path(folder)
        if path.is_file():
            return cls._open_part(path)
        try:
            text = (path / "metadata.json").read_text(encoding="utf-8")
        except OSError as error:
            from recastbook.events.formats import detect

            detect(path)  # says what is there instead
            msg = f"{path / 'metadata.json'} cannot be read: {error}"
            raise BadFile(msg) from error
        metadata = EventMetadata.from_json(text, str(path))
        try:
            entries = [(path / str(p["name"]), int(p["events"])) for p in json.loads(text)["parts"]]
        except (ValueError, KeyError, TypeError) as error:
            msg = f"{path / 'metadata.json'} does not list its parts: {error!r}"
            raise BadFile(msg) from error
        out = cls(path, metadata, tuple(p for p, _ in entries), tuple(n for _, n in entries))
        for part, events in entries:
            found = _rows(part, out.columns)
            if found != events:
                msg = f"{part} holds {found} events, the metadata say {events}; make the event file again"
                raise BadFile(msg)
        if sum(out.part_sizes) != metadata.n_events:
            msg = f"{path} holds {sum(out.part_sizes)} events, the metadata say {metadata.n_events}"
            raise BadFile(msg)
        return out

    @classmethod
    def _open_part(cls, path: Path) -> EventFile:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            raw = (pq.read_metadata(path).metadata or {}).get(b"recastbook")
        except (pa.ArrowException, OSError) as error:
            msg = f"{path} is not a readable parquet part: {error}"
            raise BadFile(msg) from error
        if raw is None:
            msg = f"{path} is a parquet file that recastbook did not write"
            raise BadFile(msg)
        metadata = EventMetadata.from_json(raw, str(path))
        return cls(path, metadata, (path,), (_rows(path, _contract(metadata.level)),))

    @property
    def level(self) -> int:
        """2 for truth objects, 3 for reconstructed ones."""
        return self.metadata.level

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column contract of this level."""
        return _contract(self.level)

    def __len__(self) -> int:
        return sum(self.part_sizes)

    def read(self, part_index: int, columns: Sequence[str] | None = None) -> FlatColumns:
        """Read one part.

        Parameters
        ----------
        part_index
            Index into :attr:`parts`.
        columns
            Column names; None for all. Counts such as ``nGenJet`` come along with the columns that need them.

        Raises
        ------
        UnknownName
            If there is no such column.
        BadFile
            If the part cannot be read.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = self._names(columns)
        try:
            return table_to_flat(pq.read_table(self.parts[part_index], columns=names), names)
        except (pa.ArrowException, OSError, KeyError) as error:
            msg = f"{self.parts[part_index]} cannot be read: {error}"
            raise BadFile(msg) from error

    def iter_chunks(self, size: int | None = None, columns: Sequence[str] | None = None) -> Iterator[FlatColumns]:
        """Read the events in order, at most `size` at a time; None gives one chunk per part.

        Raises
        ------
        BadOption
            If `size` is below 1.
        UnknownName
            If there is no such column.
        """
        if size is None:
            for i in range(len(self.parts)):
                yield self.read(i, columns)
            return
        for i in range(len(self.parts)):
            yield from self.iter_part(i, size, columns)

    def iter_part(self, part_index: int, size: int, columns: Sequence[str] | None = None) -> Iterator[FlatColumns]:
        """Read one part in order, at most `size` events at a time, so that memory stays small.

        Raises
        ------
        BadOption
            If `size` is below 1.
        UnknownName
            If there is no such column.
        BadFile
            If the part cannot be read.
        """
        if size < 1:
            msg = f"chunks must hold at least one event, not {size}"
            raise BadOption(msg)
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = self._names(columns)
        part = self.parts[part_index]
        try:
            # no whole row groups read ahead, one thread: both leave 100 MB of buffers behind
            with pq.ParquetFile(part, pre_buffer=False, buffer_size=1 << 16) as file:
                for batch in file.iter_batches(batch_size=size, columns=names, use_threads=False):
                    yield table_to_flat(batch, names)
        except (pa.ArrowException, OSError) as error:
            msg = f"{part} cannot be read: {error}"
            raise BadFile(msg) from error

    def truth(self) -> ak.Array:
        """Read all events as records, ``events.GenJet.pt``; for small samples.

        See :func:`recastbook.events.columns.to_records`.
        """
        pieces = list(self.iter_chunks())
        return to_records(concatenate(pieces) if pieces else empty_columns(self.level), self.columns)

    def _names(self, columns: Sequence[str] | None) -> list[str]:
        known = [c.name for c in self.columns]
        if columns is None:
            return known
        wanted = set(columns)
        for name in wanted:
            if name not in known:
                msg = f"{self.path} has no column {name!r}.{did_you_mean(name, known)}"
                raise UnknownName(msg)
        for name, members in collections_of(self.columns).items():
            if any(c.name in wanted for c in members):
                wanted.add(f"n{name}")
        return [name for name in known if name in wanted]

    def _as_table(self) -> display.TableView:
        m = self.metadata
        source = f" ({m.cross_section_source})" if m.cross_section_source else ""
        facts = {
            "events": f"{len(self):,} in {len(self.parts)} part(s)",
            "level": "truth objects" if self.level == 2 else "reconstructed objects",
            "cross section": "unknown" if m.cross_section is None else f"{cross_section_text(m.cross_section)}{source}",
            "sum of weights": f"{m.sum_of_weights:.6g}",
            "skipped events": m.skipped_events,
        }
        return display.facts_table(f"Event file {m.label}", facts, m.notes)

    def _repr_html_(self) -> str:
        return display.facts_card(self._as_table())

    def __str__(self) -> str:
        return str(self._as_table())


def _contract(level: int) -> tuple[Column, ...]:
    return TRUTH_COLUMNS if level == 2 else RECO_COLUMNS


def _rows(part: Path, columns: tuple[Column, ...]) -> int:
    """Return the events of a part after checking that its columns are complete."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(part) as file:
            names = set(file.schema_arrow.names)
            rows = int(file.metadata.num_rows)
    except FileNotFoundError as error:
        msg = f"{part} is missing; make the event file again"
        raise BadFile(msg) from error
    except (pa.ArrowException, OSError) as error:
        msg = f"{part} is damaged: {error}"
        raise BadFile(msg) from error
    missing = [c.name for c in columns if c.name not in names]
    if missing:
        msg = f"{part} lacks the column(s) {', '.join(missing[:5])}.{did_you_mean(missing[0], names)}"
        raise BadFile(msg)
    return rows
