"""The slim table: what cuts compare, one row an event, on disk and memory-mapped."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recastbook.exceptions import BadFile, UnknownName, did_you_mean
from recastbook.regions import Cut, unpack_bit
from recastbook.writing import whole

__all__ = ["ID_COLUMNS", "SlimTable", "write_slim"]

ID_COLUMNS = ("run", "luminosityBlock", "event")
KEPT_BYTES = 48 * 2**20
"""Columns of several parts that are kept joined, so that looking at many does not fill the memory."""
_META = b"recastbook"


def write_slim(
    folder: Path,
    columns: Mapping[str, NDArray[Any]],
    bits: NDArray[np.uint64],
    weight: NDArray[np.float64],
    ids: Mapping[str, NDArray[np.int64]],
    cuts: Sequence[Cut],
) -> Path:
    """Write one part, atomically; the name follows from the events in it.

    Parameters
    ----------
    folder
        Where the part goes.
    columns
        Features and scores by name, shape (n,); stored as float32.
    bits
        Packed cut bits, shape (n, words).
    weight
        Event weights, shape (n,).
    ids
        The three event numbers, shape (n,).
    cuts
        Which cut each bit is.
    """
    digest = hashlib.sha256()
    for name in ID_COLUMNS:
        digest.update(np.ascontiguousarray(ids[name], dtype=np.int64).tobytes())
    arrays: dict[str, pa.Array] = {name: pa.array(np.asarray(ids[name], dtype=np.int64)) for name in ID_COLUMNS}
    arrays["weight"] = pa.array(np.asarray(weight, dtype=np.float64))
    for i in range(bits.shape[1]):
        arrays[f"bits{i}"] = pa.array(np.ascontiguousarray(bits[:, i]))
    for name, values in columns.items():
        arrays[f"c:{name}"] = pa.array(np.asarray(values, dtype=np.float32))
    meta = {_META: json.dumps({"cuts": [c.to_dict() for c in cuts]}).encode()}
    table = pa.table(arrays).replace_schema_metadata(meta)
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"part-{digest.hexdigest()[:20]}.arrow"
    _write(table, final)
    return final


def _write(table: pa.Table, path: Path) -> None:
    with (
        whole(path) as partial,
        pa.OSFile(str(partial), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)


@dataclass(frozen=True)
class SlimTable:
    """Memory-mapped view of some parts; columns come as one array over all parts, those used last are kept."""

    parts: tuple[Path, ...] = ()
    _columns: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False, compare=False)

    def __add__(self, other: SlimTable) -> SlimTable:
        return SlimTable(tuple(dict.fromkeys((*self.parts, *other.parts))))

    def __getstate__(self) -> dict[str, Any]:
        return {"parts": self.parts}

    def __setstate__(self, state: dict[str, Any]) -> None:
        object.__setattr__(self, "parts", state["parts"])
        object.__setattr__(self, "_columns", {})

    @cached_property
    def _tables(self) -> tuple[pa.Table, ...]:
        out = []
        for path in self.parts:
            try:
                out.append(pa.ipc.open_file(pa.memory_map(str(path))).read_all())
            except (OSError, pa.ArrowInvalid) as error:
                msg = f"{path}: the slim table's part cannot be read ({error}); run the search again"
                raise BadFile(msg) from error
        return tuple(out)

    def __len__(self) -> int:
        return sum(t.num_rows for t in self._tables)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features and scores."""
        if not self._tables:
            return ()
        return tuple(n[2:] for n in self._tables[0].column_names if n.startswith("c:"))

    @cached_property
    def cuts(self) -> tuple[Cut, ...]:
        """Which cut each bit is."""
        from recastbook.regions import parse_cut

        if not self._tables:
            return ()
        meta = json.loads((self._tables[0].schema.metadata or {}).get(_META, b'{"cuts": []}'))
        return tuple(parse_cut(c) for c in meta["cuts"])

    def _raw(self, name: str) -> NDArray[Any]:
        if name not in self._columns:
            pieces = [t.column(name).to_numpy() for t in self._tables]
            # a single part is a view of the file, which costs no memory
            self._columns[name] = pieces[0] if len(pieces) == 1 else np.concatenate(pieces) if pieces else np.empty(0)
            joined = [c for c in self._columns.values() if len(pieces) > 1]
            while len(self._columns) > 1 and sum(c.nbytes for c in joined) > KEPT_BYTES:
                joined.pop(0)
                self._columns.pop(next(iter(self._columns)))
        else:
            self._columns[name] = self._columns.pop(name)  # those used last go last
        return self._columns[name]

    def column(self, name: str) -> NDArray[Any]:
        """Return a feature, a score, ``weight``, ``run``, ``luminosityBlock`` or ``event``, shape (n,).

        Raises
        ------
        UnknownName
            If the table has no such column.
        """
        if name in (*ID_COLUMNS, "weight"):
            return self._raw(name)
        if name not in self.names:
            msg = f"the slim table has no column {name!r}.{did_you_mean(name, self.names)}"
            raise UnknownName(msg)
        return self._raw(f"c:{name}")

    def mask(self, cut: Cut) -> NDArray[np.bool_]:
        """Return which rows pass a cut: from its stored bit, or computed where the cut is a new one.

        Raises
        ------
        UnknownName
            If the cut compares a score that the run did not compute, or an unknown feature.
        """
        for leaf in cut.leaves():
            if leaf.column not in self.names:
                msg = f"the slim table has no column {leaf.column!r}.{did_you_mean(leaf.column, self.names)}"
                raise UnknownName(msg)
        if cut in self.cuts:
            index = self.cuts.index(cut)
            return unpack_bit(self._raw(f"bits{index // 64}").reshape(-1, 1), index % 64)
        return cut.mask({leaf.column: self.column(leaf.column) for leaf in cut.leaves()})

    def copy_to(self, folder: Path) -> SlimTable:
        """Write the parts into a folder and return the table there; parts whose file is gone come from memory."""
        folder.mkdir(parents=True, exist_ok=True)
        out = []
        for i, path in enumerate(self.parts):
            target = folder / path.name
            if path.exists() and target.exists() and path.samefile(target):
                out.append(target)
                continue
            if path.exists():
                with whole(target) as partial:
                    shutil.copyfile(path, partial)
            else:
                _write(self._tables[i], target)
            out.append(target)
        return SlimTable(tuple(out))
