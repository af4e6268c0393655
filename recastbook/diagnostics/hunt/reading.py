"""Inputs that someone's code feeds a network: from memory or a file, by name or in order."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadFile, BadOption, NetworkError, did_you_mean
from recastbook.network import ModelCard

__all__ = ["GivenInputs", "columns_of", "read_inputs"]

IDS = ("event", "run", "luminosityBlock")
_SUFFIXES = (".parquet", ".npz", ".npy", ".csv")
_MISSING = 0.5


@dataclass(frozen=True)
class GivenInputs:
    """A matrix as someone's code feeds it, in the card's order, with what came along."""

    matrix: NDArray[np.float64]
    """Shape (N, K); nan in columns that were not given (parameters only)."""
    ids: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    """Event numbers by name, as far as given, each of shape (N,)."""
    others: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """Further columns, such as the feature that chooses the network, each of shape (N,)."""
    scores: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """Scores by output, each of shape (N,)."""
    by_name: bool = False
    """Whether columns came with names."""


def read_inputs(given: Any, card: ModelCard, *, scores: Any = None) -> GivenInputs:
    """Read inputs in any of the forms in which a code can dump them.

    Parameters
    ----------
    given
        A matrix of shape (N, K) with the columns in the card's order (parameters may be left out), a mapping or table
        of columns by input name, or a ``.parquet``, ``.npz``, ``.npy`` or ``.csv`` file of either. Columns named
        ``event``, ``run``, ``luminosityBlock`` are event numbers, those named like an output are scores, others are
        kept for choosing the network file.
    card
        The model card.
    scores
        Scores of the rows: shape (N,) for one output, (N, outputs), or a mapping by output.

    Raises
    ------
    BadFile
        If a file cannot be read; it is named.
    BadOption
        If columns are missing or lengths differ.
    NetworkError
        If a value is not finite; row and column are named.
    """
    source = "inputs"
    if isinstance(given, (str, os.PathLike)):
        source = str(given)
        given = _from_file(Path(given))
    if hasattr(given, "columns") and hasattr(given, "to_dict"):  # a pandas table
        given = {str(name): np.asarray(given[name]) for name in given.columns}
    if isinstance(given, Mapping):
        matrix, rest = _from_columns(given, card, source)
        by_name = True
    else:
        matrix, rest, by_name = _from_matrix(given, card, source), {}, False
    n = len(matrix)
    if not n:
        message = f"{source}: there are no rows"
        raise BadOption(message)
    _require_finite(matrix, card, source)
    for name, values in rest.items():
        if values.shape != (n,):
            message = f"{source}: column {name!r} has shape {values.shape}, the inputs have {n} rows"
            raise BadOption(message)
    found = {name: rest.pop(name).astype(np.float64) for name in card.output_names if name in rest}
    if scores is not None:
        found |= _scores(scores, card, n)
    ids = {name: rest.pop(name).astype(np.int64) for name in IDS if name in rest}
    return GivenInputs(matrix, ids, rest, found, by_name)


def columns_of(given: Any) -> set[str]:
    """Return the names of the columns of inputs in any form that :func:`read_inputs` takes; empty for a matrix."""
    if isinstance(given, str | os.PathLike):
        given = _from_file(Path(given))
    if isinstance(given, Mapping):
        return {str(name) for name in given}
    return {str(name) for name in getattr(given, "columns", ())}


def _from_file(path: Path) -> Any:
    if not path.is_file():
        message = f"there is no file {path}"
        raise BadFile(message)
    if path.suffix not in _SUFFIXES:
        message = (
            f"{path}: inputs are read from {', '.join(_SUFFIXES)} files, not {path.suffix or 'one without a suffix'}"
        )
        raise BadFile(message)
    try:
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            table = pq.read_table(path)
            return {name: table.column(name).to_numpy() for name in table.column_names}
        if path.suffix == ".csv":
            return _from_csv(path)
        loaded = np.load(path, allow_pickle=False)
        if path.suffix == ".npy":
            return loaded
        with loaded:
            content = {name: loaded[name] for name in loaded.files}
    except Exception as error:  # numpy, zipfile and pyarrow raise classes without a common base
        message = f"{path} cannot be read: {type(error).__name__}: {error}"
        raise BadFile(message) from error
    matrices = [name for name, values in content.items() if values.ndim == 2]
    if len(matrices) == 1 and len(content) > 1:
        return {"": content.pop(matrices[0]), **content}
    return content[matrices[0]] if matrices else content


def _from_csv(path: Path) -> Any:
    with path.open(encoding="utf-8") as stream:
        head = stream.readline().strip().split(",")
    try:
        [float(word) for word in head]
    except ValueError:
        values = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
        return {name.strip().strip('"'): values[:, i] for i, name in enumerate(head)}
    return np.loadtxt(path, delimiter=",", ndmin=2)


def _from_matrix(given: Any, card: ModelCard, source: str) -> NDArray[np.float64]:
    matrix = np.asarray(given, dtype=np.float64)
    k, parameters = len(card.inputs), card.parameter_columns
    if matrix.ndim != 2 or matrix.shape[1] not in (k, k - len(parameters)):
        without = f" ({k - len(parameters)} without parameters)" if len(parameters) else ""
        message = f"{source}: {card.title!r} takes a matrix of shape (N, {k}){without}, this one has {matrix.shape}"
        raise BadOption(message)
    if matrix.shape[1] == k:
        return matrix.copy()
    out = np.full((len(matrix), k), np.nan)
    out[:, np.setdiff1d(np.arange(k), parameters)] = matrix
    return out


def _from_columns(
    given: Mapping[Any, Any], card: ModelCard, source: str
) -> tuple[NDArray[np.float64], dict[str, NDArray[Any]]]:
    columns = {str(name): np.asarray(values) for name, values in given.items()}
    whole = [name for name, values in columns.items() if values.ndim == 2]
    if len(whole) == 1:
        return _from_matrix(columns.pop(whole[0]), card, source), columns
    missing = [n for n in card.columns if n not in columns and n not in card.parameters.names]
    if missing:
        extra = [name for name in columns if name not in (*IDS, *card.output_names, *card.columns)]
        if len(missing) > _MISSING * len(card.columns):
            message = f"{source}: none or few of the columns are inputs of {card.title!r}: {', '.join(columns)[:200]}"
            raise BadOption(message)
        message = (
            f"{source}: {len(missing)} of {len(card.inputs)} inputs of {card.title!r} are missing: "
            f"{', '.join(missing[:5])}.{did_you_mean(missing[0], extra)}"
        )
        raise BadOption(message)
    n = len(next(iter(columns.values())))
    out = np.full((n, len(card.inputs)), np.nan)
    for name, position in card.columns.items():
        if name in columns:
            values = columns.pop(name)
            if values.shape != (n,):
                message = f"{source}: column {name!r} has shape {values.shape}, others have {n} rows"
                raise BadOption(message)
            out[:, position] = values
    return out, columns


def _require_finite(matrix: NDArray[np.float64], card: ModelCard, source: str) -> None:
    bad = ~np.isfinite(matrix)
    for column in card.parameter_columns:
        if np.isnan(matrix[:, column]).all():
            bad[:, column] = False
    rows = np.flatnonzero(bad.any(axis=1))
    if len(rows):
        row = int(rows[0])
        name = card.inputs[int(np.flatnonzero(bad[row])[0])].name
        message = (
            f"{source}: row {row}: input {name!r} is not finite; {len(rows)} of {len(matrix)} rows are like that. "
            "What does the code feed there?"
        )
        raise NetworkError(message)


def _scores(given: Any, card: ModelCard, n: int) -> dict[str, NDArray[np.float64]]:
    names: Sequence[str] = card.output_names
    if isinstance(given, Mapping):
        unknown = [name for name in given if name not in names]
        if unknown:
            message = f"scores: {card.title!r} has no output {unknown[0]!r}.{did_you_mean(str(unknown[0]), names)}"
            raise BadOption(message)
        found = {str(name): np.asarray(values, dtype=np.float64) for name, values in given.items()}
    else:
        values = np.asarray(given, dtype=np.float64)
        columns = values[:, None] if values.ndim == 1 else values
        if columns.ndim != 2 or columns.shape[1] not in (1, len(names)):
            message = f"scores have shape {values.shape}; (N,) for {names[0]} or (N, {len(names)}) is needed"
            raise BadOption(message)
        found = {name: columns[:, i] for i, name in enumerate(names[: columns.shape[1]])}
    for name, values in found.items():
        if values.shape != (n,):
            message = f"scores of {name!r} have shape {values.shape}, the inputs have {n} rows"
            raise BadOption(message)
    return found
