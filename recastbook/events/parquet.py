"""Flat columns to arrow tables and back: one row per event, jagged columns as lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from recastbook.events.columns import Column, FlatColumns, collections_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["arrow_schema", "flat_to_table", "table_to_flat"]


def _owners(columns: tuple[Column, ...]) -> dict[str, str]:
    return {c.name: name for name, cols in collections_of(columns).items() for c in cols}


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """Return the arrow schema of a column contract."""
    import pyarrow as pa

    owners = _owners(columns)
    out = []
    for column in columns:
        kind = pa.from_numpy_dtype(np.dtype(column.dtype))
        if column.name in owners:
            kind = pa.list_(pa.field("item", kind, nullable=False))
        out.append(pa.field(column.name, kind, nullable=False))
    return pa.schema(out)


def flat_to_table(flat: FlatColumns, columns: tuple[Column, ...]) -> pa.Table:
    """Build an arrow table with the columns and dtypes of the contract."""
    import pyarrow as pa

    owners = _owners(columns)
    schema = arrow_schema(columns)
    offsets = {}
    for name in set(owners.values()):
        ends = np.zeros(len(flat["event"]) + 1, dtype=np.int32)
        np.cumsum(flat[f"n{name}"], out=ends[1:])
        offsets[name] = pa.array(ends)
    arrays = []
    for column in columns:
        values = pa.array(np.ascontiguousarray(flat[column.name], dtype=column.dtype))
        owner = owners.get(column.name)
        if owner is not None:
            values = pa.ListArray.from_arrays(offsets[owner], values, type=schema.field(column.name).type)
        arrays.append(values)
    return pa.Table.from_arrays(arrays, schema=schema)


def table_to_flat(table: pa.Table | pa.RecordBatch, names: Sequence[str]) -> FlatColumns:
    """Take the named columns out of an arrow table."""
    import pyarrow as pa

    out: FlatColumns = {}
    for name in names:
        column = table.column(name)
        chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        # flatten() respects offsets of slices, .values would not
        plain = [c.flatten() if pa.types.is_list(c.type) else c for c in chunks]
        arrays = [c.to_numpy(zero_copy_only=False) for c in plain]
        if len(arrays) == 1:
            out[name] = arrays[0]
        elif arrays:
            out[name] = np.concatenate(arrays)
        else:
            kind = column.type.value_type if pa.types.is_list(column.type) else column.type
            out[name] = np.empty(0, dtype=kind.to_pandas_dtype())
    return out
