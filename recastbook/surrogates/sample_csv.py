"""Reading sample files in the published layout: comma separated, one event a line, columns by name."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadFile, BadOption, did_you_mean
from recastbook.surrogates.truth_features import FEATURES, folded_positions
from recastbook.surrogates.truth_table import TruthTable

__all__ = ["lifetime_in_name", "read_sample"]

_UNITS = {"m": 1.0, "mm": 1e-3, "GeV": 1.0, "MeV": 1e-3}
_LIFETIME = re.compile(r"(?:^|[_-])c(?:t|tau)(\d+(?:[.p]\d+)?)m?(?=[_.-]|$)", re.IGNORECASE)
_WEIGHTS = ("weight", "genWeight", "event_weight")


def lifetime_in_name(name: str) -> float | None:
    """Return the c tau in metres that a published file name carries, or None.

    Examples
    --------
    >>> lifetime_in_name("ggH125_S55_ctau5p32_gg_py8.csv"), lifetime_in_name("ggH200_S50_gg_py8_ct1.25.csv")
    (5.32, 1.25)
    """
    found = _LIFETIME.search(name.removesuffix(".csv").removesuffix(".CSV"))
    return float(found.group(1).replace("p", ".")) if found else None


def read_sample(
    path: str | os.PathLike[str], *, length: Literal["m", "mm"], energy: Literal["GeV", "MeV"], check: bool
) -> TruthTable:
    """Read a sample; see :meth:`recastbook.surrogates.TruthTable.from_csv`, which is what users call."""
    for what, unit, allowed in (("length", length, ("m", "mm")), ("energy", energy, ("GeV", "MeV"))):
        if unit not in allowed:
            msg = f"{what} is {unit!r}; known units are {', '.join(allowed)}"
            raise BadOption(msg)
    file = Path(path)
    header, columns = _read(file)
    positions = folded_positions(header)
    for name, places in positions.items():
        if name in FEATURES and len(places) > 1:
            msg = f"{file}: the column {name} is there {len(places)} times (positions {', '.join(map(str, places))})"
            raise BadFile(msg)
    wanted = [n for n in FEATURES if n in positions]
    has_second = any(n.startswith("llp2_") for n in wanted)
    needed = [n for n in FEATURES if n.startswith("llp1_") or (has_second and n.startswith("llp2_"))]
    missing = [n for n in needed if n not in positions]
    if missing and len(header) == 1 and header[0].count(";") + header[0].count("\t") > 1:
        mark = "semicolons" if ";" in header[0] else "tabs"
        msg = f"{file}: its columns are separated by {mark}; commas are needed"
        raise BadFile(msg)
    if missing and all(_is_number(name) for name in header if name):
        msg = f"{file}: the first line holds numbers; a header line with the names of the columns is needed"
        raise BadFile(msg)
    third = next((name for name in header if name.casefold().startswith("llp3_")), None)
    if third is not None:
        msg = (
            f"{file}: the column {third} is of a third long-lived particle, the models take two; take the columns "
            "llp3_ out if the third one is not to count"
        )
        raise BadFile(msg)
    if missing:
        hint = did_you_mean(missing[0], [h for h in header if h])
        msg = f"{file}: the column(s) {', '.join(missing)} are missing; columns are found by name.{hint}"
        raise BadFile(msg)
    factor = {"m": _UNITS[length], "GeV": _UNITS[energy], "1": 1.0}
    values = {n: columns[positions[n][0]] * factor[FEATURES[n].unit] for n in wanted}
    weight = next((columns[header.index(w)] for w in _WEIGHTS if w in header), None)
    rows = np.arange(len(next(iter(values.values()))))
    try:
        return TruthTable.from_columns(
            values, weight=weight, name=str(file), check=check, ctau=lifetime_in_name(file.name), event=None
        )
    except BadFile as error:
        if not len(rows):
            msg = f"{file}: no events below the header"
            raise BadFile(msg) from error
        raise


def _read(file: Path) -> tuple[list[str], list[NDArray[np.float64]]]:
    import pyarrow as pa
    from pyarrow import csv

    try:
        with file.open("rb") as stream:
            table = csv.read_csv(
                stream, convert_options=csv.ConvertOptions(null_values=["", "nan", "NaN"], strings_can_be_null=True)
            )
        header, rows = [name.strip() for name in table.column_names], table.num_rows
    except OSError as error:
        msg = f"{file}: the sample cannot be read ({error.strerror or error})"
        raise BadFile(msg) from error
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        msg = (
            _ragged(file)
            or f"{file}: no comma-separated table with a header line: {' '.join(str(error).split())[:300]}"
        )
        raise BadFile(msg) from error
    if not rows:
        msg = f"{file}: no events below the header"
        raise BadFile(msg)
    return header, [_numbers(file, name, column) for name, column in zip(header, table.columns, strict=True)]


def _ragged(file: Path) -> str:
    """Return the words for the first line that has another number of cells than the header; empty if there is none."""
    import csv

    try:
        with file.open(encoding="utf-8", newline="") as stream:
            lines = csv.reader(stream)
            width = len(next(lines, []))
            for cells in lines:
                if cells and len(cells) != width > 1:
                    return (
                        f"{file}: row {lines.line_num - 2} (line {lines.line_num}) has {len(cells)} values, the header "
                        f"{width} columns; was the file cut off?"
                    )
    except (OSError, UnicodeDecodeError, csv.Error):
        return ""
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(file: Path, name: str, column: object) -> NDArray[np.float64]:
    import pyarrow as pa

    kind = column.type  # type: ignore[attr-defined] # pyarrow ships no type information
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind):
        found: NDArray[np.float64] = column.cast(pa.float64()).to_numpy().astype(np.float64)  # type: ignore[attr-defined]
        return found
    if next(iter(folded_positions([name]))) in FEATURES:
        for row, text in enumerate(column.to_pylist()):  # type: ignore[attr-defined]
            try:
                float(text)
            except (TypeError, ValueError) as error:
                msg = f"{file}: row {row} (line {row + 2}): {name} is {text!r}, not a number"
                raise BadFile(msg) from error
    return np.full(len(column), np.nan)  # type: ignore[arg-type]
