"""Results of a million events, for figures: the slim table of a real run, over and over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from recastbook.cutflow import Count, SlimTable
from recastbook.result import Result


def copies(real: Result, rows: int, folder: Path, part_size: int = 50_000) -> Result:
    """Return a result whose slim table holds real rows over and over, in parts as a run writes them."""
    table = pa.concat_tables(real.slim._tables).combine_chunks()
    times = -(-rows // table.num_rows)
    index = np.tile(np.arange(table.num_rows), times)[:rows]
    rng = np.random.default_rng(1)
    folder.mkdir(parents=True)
    paths = []
    for start in range(0, rows, part_size):
        part = table.take(pa.array(index[start : start + part_size]))
        weight = part.column_names.index("weight")
        part = part.set_column(weight, "weight", pa.array(rng.normal(1.0, 0.2, part.num_rows)))
        path = folder / f"part-{start:09d}.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, part.schema) as writer:
            writer.write_table(part)
        paths.append(path)
    slim = SlimTable(tuple(paths))
    factor = rows / table.num_rows
    counts = {
        name: tuple(Count(round(c.raw * factor), c.sum_w * factor, c.sum_w2 * factor) for c in row)
        for name, row in real.counts.items()
    }
    return Result(real.header, counts, real.histograms, slim, real.published)
