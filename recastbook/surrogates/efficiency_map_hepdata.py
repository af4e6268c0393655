"""Read an efficiency map from HEPData's YAML."""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.documents import read_yaml
from recastbook.exceptions import BadFile, BadOption, BadSpecification
from recastbook.store import checksum
from recastbook.surrogates.efficiency_map import EfficiencyMap, check_size
from recastbook.surrogates.efficiency_map_axes import BinAxis, ClassAxis, SplitAxis
from recastbook.surrogates.efficiency_map_binning import CALRATIO, MapBinning
from recastbook.units import factor

__all__ = ["read_hepdata"]

_MISSING = ("zero", "refuse")
_RANGE = re.compile(r"(\S+) in \[([-\d.eE+]+|inf)--([-\d.eE+]+|inf|infinity)\]")
_CLASS = re.compile(r"decay=(-?\d+)")
_SIDE = re.compile(r"\|eta\| ?(<|>)=? ?([\d.]+)")


def read_hepdata(path: Path, binning: MapBinning, missing: str = "zero") -> EfficiencyMap:
    """Read a map; see :meth:`EfficiencyMap.from_hepdata`."""
    if missing not in _MISSING:
        msg = f"missing is {missing!r}; a cell without a row is 'zero' (probability 0) or a reason to 'refuse'"
        raise BadOption(msg)
    try:
        document = read_yaml(path, what="efficiency map")
    except BadSpecification as error:
        raise BadFile(str(error)) from error
    independent, dependent = _columns(path, document)
    n = binning.n_llp
    if len(independent) < n or not dependent:
        msg = (
            f"{path}: a map of {n} long-lived particles has {n} independent variables (bin indices) and a probability; "
            f"found {len(independent)} and {len(dependent)} variables"
        )
        raise BadFile(msg)
    check_size(binning)
    rows = len(_values(dependent[0]))
    for kind, variables in (("independent", independent), ("dependent", dependent)):
        for k, variable in enumerate(variables):
            found = len(_values(variable))
            if found != rows:
                msg = f"{path}: {kind} variable {k} ({_name(variable)}) has {found} values, the probability has {rows}"
                raise BadFile(msg)
    indices = [
        [_index(path, row, v, variable, binning.size) for row, v in enumerate(_values(variable))]
        for variable in independent[:n]
    ]
    field = _name(dependent[0])
    probabilities = [_probability(path, row, v, field) for row, v in enumerate(_values(dependent[0]))]
    names = " and ".join(_name(v) for v in independent[:n])
    values = np.zeros((binning.size,) * n)
    seen: dict[tuple[int, ...], int] = {}
    for row, (cell, p) in enumerate(zip(zip(*indices, strict=True), probabilities, strict=True)):
        orders = set(itertools.permutations(cell)) if binning.symmetric else {cell}
        key = min(orders)
        if key in seen:
            msg = f"{path}: row {row}, {names}: cell {cell} is there twice; row {seen[key]} has it already"
            raise BadFile(msg)
        seen[key] = row
        for order in orders:
            values[order] = p
    for variable, column in zip(dependent[1 : n + 1], indices, strict=False):
        _check_labels(path, variable, column, binning)
    if missing == "refuse":
        _check_complete(path, seen, binning)
    head = dependent[0]
    facts = {"title": f"{binning.title}, {path.name}" if binning.title else path.name, "rows": str(rows)}
    for q in head.get("qualifiers") or ():
        if isinstance(q, dict) and "name" in q and "value" in q:
            facts[str(q["name"]).lower()] = str(q["value"])
    _check_published(path, facts.get("selection", ""), values, binning)
    return EfficiencyMap(binning, values, None, {**facts, "file": path.name, "sha256": checksum(path)})


def _columns(path: Path, document: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    out = []
    for key in ("independent_variables", "dependent_variables"):
        variables = document.get(key) if isinstance(document, dict) else None
        good = isinstance(variables, list) and all(
            isinstance(v, dict) and isinstance(v.get("values"), list) for v in variables
        )
        if not good:
            msg = f"{path}: no {key} with lists of values; this is no table in HEPData's YAML"
            raise BadFile(msg)
        out.append(list(variables))  # type: ignore[arg-type]  # checked above
    return out[0], out[1]


def _values(variable: dict[str, Any]) -> Sequence[Any]:
    values: Sequence[Any] = variable["values"]
    return values


def _name(variable: dict[str, Any]) -> str:
    header = variable.get("header")
    return str(header.get("name", "unnamed")) if isinstance(header, dict) else "unnamed"


def _entry(entry: Any) -> Any:
    return entry.get("value") if isinstance(entry, dict) else None


def _index(path: Path, row: int, entry: Any, variable: dict[str, Any], size: int) -> int:
    value = _entry(entry)
    try:
        index = int(str(value))
    except ValueError:
        index = -1
    if not 0 <= index < size:
        msg = f"{path}: row {row}, {_name(variable)}: {value!r} is no bin; the binning has bins 0 to {size - 1}"
        raise BadFile(msg)
    return index


def _probability(path: Path, row: int, entry: Any, field: str) -> float:
    value = _entry(entry)
    try:
        p = float(value)
    except (TypeError, ValueError):
        p = math.nan
    if not 0 <= p <= 1:  # also what is no number
        msg = f"{path}: row {row}, {field}: the probability is {value!r}; it must be a number in [0, 1]"
        raise BadFile(msg)
    return p


def _check_complete(path: Path, seen: Mapping[tuple[int, ...], int], binning: MapBinning) -> None:
    """Refuse a file without a row for every cell; of a symmetric map one order of each."""
    choose = itertools.combinations_with_replacement if binning.symmetric else _all_cells
    cells = list(choose(range(binning.size), binning.n_llp))
    absent = [cell for cell in cells if cell not in seen]
    if absent:
        labels = " and ".join(f"[{binning.label(i)}]" for i in absent[0])
        msg = (
            f"{path}: {len(absent)} of {len(cells)} cells have no row, first {absent[0]}, {labels}; with "
            "missing='refuse' every cell needs one, with missing='zero' these have probability 0"
        )
        raise BadFile(msg)


def _all_cells(bins: range, n: int) -> Iterator[tuple[int, ...]]:
    return itertools.product(bins, repeat=n)


def _check_published(path: Path, selection: str, values: NDArray[np.float64], binning: MapBinning) -> None:
    """Hold a file that says to be a map of the search of the shipped binning against what was published."""
    if binning != MapBinning.load(CALRATIO):
        return
    shipped = read_yaml(Path(str(files("recastbook.surrogates") / "binnings" / f"{CALRATIO}.yaml")), what="binning")
    known = shipped["published"].get(selection)
    if known is None:
        return
    lower = np.tril(values)
    filled, wanted = int(np.count_nonzero(lower)), int(known["cells"])
    if filled != wanted:
        n = abs(wanted - filled)
        wrong = f"{n} {'is' if n == 1 else 'are'} {'missing' if filled < wanted else 'too many'}"
        what = f"{filled} cells with a probability where {wanted} were published: {wrong}"
    elif hashlib.sha256(lower.astype("<f8").tobytes()).hexdigest() != known["sha256"]:
        what = f"{filled} cells with a probability, as published, but some in another place or with another number"
    else:
        return
    msg = (
        f"{path}: by its qualifier 'Selection' this is the map {selection} of {known['of']}, yet it has {what}. Get "
        "the file anew; a map of your own must not carry this qualifier"
    )
    raise BadFile(msg)


def _check_labels(path: Path, variable: dict[str, Any], indices: Sequence[int], binning: MapBinning) -> None:
    """Hold the text labels of the bins, where they are of the known form, against the binning."""
    for row, (entry, index) in enumerate(zip(_values(variable), indices, strict=True)):
        text = str(_entry(entry))
        wrong = _disagreement(text, index, binning)
        if wrong:
            msg = (
                f"{path}: row {row}, {_name(variable)}: bin {index} is labelled {text!r}, but the binning says "
                f"{binning.label(index)!r} ({wrong}); the file is of another binning"
            )
            raise BadFile(msg)


def _disagreement(text: str, index: int, binning: MapBinning) -> str:
    numbers = np.unravel_index(index, binning.shape)
    ranges = {m[1].lower(): (float(m[2]), float(m[3].replace("infinity", "inf"))) for m in _RANGE.finditer(text)}
    for axis, k in zip(binning.axes, (int(i) for i in numbers), strict=True):
        bins, place = axis, k
        if isinstance(axis, SplitAxis):
            high = k >= axis.below.size
            side = _SIDE.search(text)
            if side and (side[1] == ">") != high:
                return axis.switch
            bins, place = (axis.above, k - axis.below.size) if high else (axis.below, k)
        if isinstance(bins, BinAxis) and bins.name in ranges:
            unit = factor(bins.unit)
            low, top = ranges[bins.name]
            edges = bins.edges[place] / unit, bins.edges[place + 1] / unit
            if not math.isclose(low, edges[0], abs_tol=1e-6) or (
                math.isfinite(edges[1]) and not math.isclose(top, edges[1], abs_tol=1e-6)
            ):
                return bins.name
        found = _CLASS.search(text)
        if isinstance(bins, ClassAxis) and found and abs(int(found[1])) not in bins.values[place]:
            return bins.name
    return ""
