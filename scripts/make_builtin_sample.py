"""Make the built-in sample: small event files of our own, with rounded numbers, that the package carries.

Run from a checkout with the extra ``generate`` installed::

    python scripts/make_builtin_sample.py

The same versions of Pythia, recastbook and pyarrow write the same bytes again, for any number of workers. Numbers are
rounded, as CMS does for NanoAOD, far below the detector resolution that is applied to them later.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

import recastbook as rb
from recastbook.events.columns import TRUTH_COLUMNS, FlatColumns
from recastbook.events.eventfile import EventFile
from recastbook.events.parquet import flat_to_table

FOLDER = Path(__file__).resolve().parents[1] / "recastbook" / "events" / "builtin"

POINTS = {
    "gtt_2100_1": ("gluino-gtt", {"m_gluino": 2100, "m_lsp": 1}),
    "gbb_2000_1": ("gluino-gbb", {"m_gluino": 2000, "m_lsp": 1}),
}
EVENTS, SEED = 3000, 1

MOMENTUM_BITS = 12  # of the mantissa: relative error at most 1.2e-4
CONE_BITS = 8  # particles round leptons, summed for isolation: at most 0.2 %
ANGLE_STEP = 2.0**-11  # eta and phi: error at most 0.00025
CONE_STEP = 2.0**-10
SUM_STEP = 2.0**-4  # GeV; vector sums over thousands of particles
ETA_LIMITS = {"GenJet": 4.9, "GenElectron": 2.7, "GenMuon": 2.8, "GenPhoton": 2.7}

PRECISION = (
    f"Rounded to keep the file small: pt and mass to {MOMENTUM_BITS} bits of mantissa, eta and phi to {ANGLE_STEP:.5f}"
    f", particles round leptons to {CONE_BITS} bits and {CONE_STEP:.5f}, vector sums to {SUM_STEP} GeV."
)


def mantissa(values: NDArray[np.floating], bits: int) -> NDArray[np.floating]:
    """Round to `bits` binary digits behind the leading one."""
    fraction, exponent = np.frexp(values.astype(np.float64))
    scale = 2.0 ** (bits + 1)
    return np.ldexp(np.rint(fraction * scale) / scale, exponent).astype(values.dtype)


def steps(values: NDArray[np.floating], step: float, limit: float = np.inf) -> NDArray[np.floating]:
    """Round to multiples of `step`, towards zero where the nearest would lie outside plus or minus `limit`."""
    inside = np.floor(limit / step) if np.isfinite(limit) else np.inf
    return (np.clip(np.rint(values.astype(np.float64) / step), -inside, inside) * step).astype(values.dtype)


def rounded(flat: FlatColumns) -> FlatColumns:
    """Round the columns of an event file."""
    out: FlatColumns = {}
    for name, values in flat.items():
        collection, _, field = name.partition("_")
        if collection == "GenCone" and field == "pt":
            out[name] = mantissa(values, CONE_BITS)
        elif collection == "GenCone" and field in ("deta", "dphi"):
            out[name] = steps(values, CONE_STEP)
        elif field == "phi":
            out[name] = steps(values, ANGLE_STEP, np.pi)
        elif field == "eta":
            out[name] = steps(values, ANGLE_STEP, ETA_LIMITS.get(collection, np.inf))
        elif field in ("pt", "mass"):
            out[name] = mantissa(values, MOMENTUM_BITS)
        elif field and values.dtype == np.float64:
            out[name] = steps(values, SUM_STEP)
        else:
            out[name] = values
    return out


def write(flat: FlatColumns, source: EventFile, folder: Path) -> None:
    """Write one parquet part, as small as parquet allows, and the metadata."""
    notes = (*source.metadata.notes, "built-in sample, made by scripts/make_builtin_sample.py", PRECISION)
    metadata = dataclasses.replace(source.metadata, notes=notes)
    table = flat_to_table(flat, TRUTH_COLUMNS).replace_schema_metadata({"recastbook": metadata.to_json()})
    leaves = {f.name: f"{f.name}.list.element" if pa.types.is_list(f.type) else f.name for f in table.schema}
    floats = {
        n
        for n in leaves
        if pa.types.is_floating(getattr(table.schema.field(n).type, "value_type", None) or table.schema.field(n).type)
    }
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "part-00000.parquet"
    temporary = part.with_suffix(".tmp")
    pq.write_table(
        table,
        temporary,
        compression="zstd",
        compression_level=19,
        use_dictionary=[leaf for name, leaf in leaves.items() if name not in floats],
        column_encoding={leaves[name]: "BYTE_STREAM_SPLIT" for name in floats},
        write_statistics=False,
        row_group_size=len(flat["event"]),
    )
    temporary.replace(part)
    listed = [{"name": part.name, "events": len(flat["event"])}]
    (folder / "metadata.json").write_text(metadata.to_json(parts=listed), encoding="utf-8")


def main() -> None:
    """Make all points."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--workers", type=int, default=None)
    asked = parser.parse_args()
    total = 0
    for name, (preset, masses) in POINTS.items():
        with tempfile.TemporaryDirectory() as work:
            made = Path(work) / name
            rb.generate(preset, n=asked.events, seed=asked.seed, output=made, workers=asked.workers, **masses)
            source = EventFile.open(made)
            write(rounded(source.read(0)), source, asked.out / name)
        size = sum(p.stat().st_size for p in (asked.out / name).iterdir())
        total += size
        print(f"{name}: {asked.events} events, {size / 1e6:.2f} MB")
    print(f"together {total / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
