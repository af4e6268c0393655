"""Writing a recastbook event file: parts that appear only when they are complete, metadata last."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from recastbook.events.checks import SeenEvents, check_columns
from recastbook.events.columns import RECO_COLUMNS, TRUTH_COLUMNS, FlatColumns
from recastbook.events.flat import concatenate, cut_events
from recastbook.events.folderlock import FolderLock
from recastbook.events.metadata import EventMetadata
from recastbook.events.parquet import arrow_schema, flat_to_table, table_to_flat
from recastbook.exceptions import BadFile, BadOption
from recastbook.writing import whole

if TYPE_CHECKING:
    import pyarrow.parquet as pq

__all__ = ["PART_SIZE", "EventWriter"]

log = logging.getLogger(__name__)

PART_SIZE = 50_000
"""Most events in a part: coffea decodes whole columns of a file for each chunk, so a part is read as one chunk."""

_ROW_GROUP = 5_000
_PROGRESS = "progress.json"


def _write_text(path: Path, text: str) -> None:
    with whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


class EventWriter:
    """Write events into a folder of parquet parts; a context manager.

    The folder counts as an event file only once ``metadata.json`` is there, which is written last. If writing is
    interrupted, what was written is kept as finished parts and ``resume=True`` goes on behind them; if the disk
    is full, the unfinished part is removed.

    Parameters
    ----------
    folder
        Where to write; made if necessary.
    metadata
        Counts and sums of weights in it are replaced by what is written.
    level
        2 for truth objects, 3 for reconstructed ones.
    part_size
        Events per part.
    compression
        Of the parquet columns.
    resume
        Go on with the parts of an interrupted writer instead of refusing a folder that is not empty;
        :attr:`events` then says how many events need not be written again.
    request
        What the events are made from and how, in any text; parts of another request are not continued.

    Raises
    ------
    BadOption
        If the folder already holds a complete event file, or unfinished parts without `resume`, or of another request,
        or if another process writes there.
    """

    def __init__(
        self,
        folder: str | Path,
        metadata: EventMetadata,
        level: int = 2,
        part_size: int = PART_SIZE,
        compression: str = "zstd",
        *,
        resume: bool = False,
        request: str = "",
    ) -> None:
        if level not in (2, 3):
            msg = f"level must be 2 (truth objects) or 3 (reconstructed objects), not {level}"
            raise BadOption(msg)
        if part_size < 1:
            msg = f"part_size must be at least 1, not {part_size}"
            raise BadOption(msg)
        self.folder = Path(folder)
        self.columns = TRUTH_COLUMNS if level == 2 else RECO_COLUMNS
        self.metadata = dataclasses.replace(metadata, level=level)
        self.events = 0
        """Events written so far, those of an interrupted writer included."""
        self._request = request
        self._part_size = part_size
        self._compression = compression
        self._parts: list[dict[str, Any]] = []
        self._sums = [0.0, 0.0]
        self._seen = SeenEvents()
        self._file: pq.ParquetWriter | None = None
        self._in_part = 0
        self._part_sums = [0.0, 0.0]
        self._waiting: list[FlatColumns] = []
        self._schema = arrow_schema(self.columns)
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / "metadata.json").exists():
            msg = f"{self.folder} already holds an event file; remove it or choose another folder"
            raise BadOption(msg)
        self._lock = FolderLock(self.folder)
        self._lock.take()
        if resume:
            self._resume()
        elif any(self.folder.glob("part-*.parquet")):
            msg = f"{self.folder} holds parts of an unfinished event file; remove it or resume"
            raise BadOption(msg)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif issubclass(kind, OSError):
            self._discard()
        else:
            self.suspend()

    # ------------------------------------------------------------------ writing

    def write(self, flat: FlatColumns) -> None:
        """Append events.

        Parameters
        ----------
        flat
            Flat columns, all of the contract; others are left out.

        Raises
        ------
        BadEvent
            If a number is nan or infinite or a transverse momentum negative; nothing of `flat` is written then.
        DuplicateEvent
            If (run, luminosityBlock, event) was written before.
        OSError
            If the disk is full; the unfinished part is removed.
        """
        n = check_columns(flat, self.columns, str(self.folder.name))
        self._seen.add(flat, str(self.folder.name))
        start = 0
        while start < n:
            stop = min(n, start + self._part_size - self._in_part)
            self._append(cut_events(flat, start, stop) if stop - start < n else flat, stop - start)
            start = stop

    def _append(self, flat: FlatColumns, n: int) -> None:
        weights = np.asarray(flat["genWeight"], dtype=np.float64)
        self._part_sums[0] += float(np.sum(weights))
        self._part_sums[1] += float(np.sum(weights**2))
        self._waiting.append({c.name: np.asarray(flat[c.name]) for c in self.columns})
        self._in_part += n
        self.events += n
        if self._in_part >= self._part_size:
            self._finish_part()
        elif sum(len(w["event"]) for w in self._waiting) >= _ROW_GROUP:
            self._flush()

    @property
    def _part_path(self) -> Path:
        return self.folder / f"part-{len(self._parts):05d}.parquet"

    @property
    def _temporary(self) -> Path:
        return self.folder / f".{self._part_path.name}.tmp"

    def _flush(self) -> None:
        import pyarrow.parquet as pq

        if not self._waiting:
            return
        flat = concatenate(self._waiting)
        self._waiting = []
        try:
            if self._file is None:
                self._file = pq.ParquetWriter(self._temporary, self._schema, compression=self._compression)
            self._file.write_table(flat_to_table(flat, self.columns), row_group_size=2 * _ROW_GROUP)
        except OSError:
            self._discard()
            raise

    def _finish_part(self) -> None:
        self._flush()
        if self._file is None:
            return
        part = dataclasses.replace(
            self.metadata,
            n_events=self._in_part,
            sum_of_weights=self._part_sums[0],
            sum_of_weights2=self._part_sums[1],
        )
        entry = {"name": self._part_path.name, "events": self._in_part, "sums": list(self._part_sums)}
        try:
            self._file.add_key_value_metadata({"recastbook": part.to_json()})
            self._file.close()
            self._temporary.replace(self._part_path)
        except OSError:
            self._discard()
            raise
        self._file = None
        self._parts.append(entry)
        self._sums[0] += self._part_sums[0]
        self._sums[1] += self._part_sums[1]
        self._in_part, self._part_sums = 0, [0.0, 0.0]
        _write_text(self.folder / _PROGRESS, json.dumps({"parts": self._parts, "request": self._request}))

    def _discard(self) -> None:
        """Remove the unfinished part."""
        self._lock.release()
        self._waiting = []
        self.events -= self._in_part
        self._in_part, self._part_sums = 0, [0.0, 0.0]
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except (OSError, ValueError):  # the disk is full, that is why we are here
                log.debug("closing the unfinished part failed too", exc_info=True)
        self._temporary.unlink(missing_ok=True)

    # ------------------------------------------------------------------ ending, and going on later

    def suspend(self) -> None:
        """Stop early, keeping everything written so far as finished parts that ``resume=True`` continues."""
        self._finish_part()
        self._lock.release()

    def close(self) -> None:
        """Finish the last part and write the metadata: from now on the folder is an event file."""
        self._finish_part()
        notes = self.metadata.notes
        if self.events and not self._sums[0] > 0.0:
            message = (
                f"the weights of the {self.events} events sum to {self._sums[0]:g}; nothing can be normalised to them"
            )
            log.warning("%s: %s", self.folder, message)
            notes = (*notes, message)
        self.metadata = dataclasses.replace(
            self.metadata,
            n_events=self.events,
            sum_of_weights=self._sums[0],
            sum_of_weights2=self._sums[1],
            notes=notes,
        )
        parts = [{"name": p["name"], "events": p["events"]} for p in self._parts]
        _write_text(self.folder / "metadata.json", self.metadata.to_json(parts=parts))
        (self.folder / _PROGRESS).unlink(missing_ok=True)
        self._lock.release()

    def _resume(self) -> None:
        import pyarrow.parquet as pq

        try:
            progress: Mapping[str, Any] = json.loads((self.folder / _PROGRESS).read_text(encoding="utf-8"))
            self._parts = list(progress["parts"])
            request = progress["request"]
        except FileNotFoundError:
            self._parts, request = [], self._request
        except (ValueError, KeyError, TypeError) as error:
            msg = f"{self.folder / _PROGRESS} cannot be read: {error!r}; remove the folder and start again"
            raise BadFile(msg) from error
        if request != self._request:
            msg = (
                f"{self.folder} holds {len(self._parts)} part(s) of a conversion with other input or definitions; "
                "remove the folder or choose another one"
            )
            raise BadOption(msg)
        finished = {p["name"] for p in self._parts}
        for stray in [*self.folder.glob("part-*.parquet"), *self.folder.glob(".*.tmp")]:
            if stray.name not in finished:
                stray.unlink()
        ids = ["run", "luminosityBlock", "event"]
        for part in self._parts:
            self._seen.add(table_to_flat(pq.read_table(self.folder / part["name"], columns=ids), ids), part["name"])
            self.events += part["events"]
            self._sums = [a + b for a, b in zip(self._sums, part["sums"], strict=True)]
