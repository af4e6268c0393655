"""Values of the user's, from an array or a file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook.exceptions import BadFile, BadOption, MissingData

__all__ = ["read_values"]


def read_values(data: str | os.PathLike[str] | ArrayLike) -> NDArray[np.float32]:
    """Return values as float32 of shape (M, inputs).

    Parameters
    ----------
    data
        An array, or a .npy (without objects), .csv (one header line) or .parquet file with one column per input in
        the order of the model.

    Raises
    ------
    MissingData
        If there is no such file.
    BadFile
        If it cannot be read as numbers.
    BadOption
        If the shape is none of (M, inputs), or a value is not finite.

    Examples
    --------
    >>> read_values([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    name = "the data"
    if isinstance(data, str | os.PathLike):
        name = str(data)
        values = _from_file(Path(data))
    else:
        values = np.asarray(data)
    try:
        numbers: NDArray[np.float32] = values.astype(np.float32)
    except (TypeError, ValueError) as error:
        message = f"{name}: values to compare on are numbers ({error})"
        raise BadFile(message) from error
    if numbers.ndim != 2 or not len(numbers):
        message = f"{name}: values to compare on have shape (rows, inputs); these have {numbers.shape}"
        raise BadOption(message)
    bad = np.argwhere(~np.isfinite(numbers))
    if len(bad):
        message = f"{name}: row {bad[0][0]}, column {bad[0][1]} is not finite"
        raise BadOption(message)
    return numbers


def _from_file(path: Path) -> NDArray[np.float64]:
    if not path.is_file():
        message = f"the file {path} with values to compare on does not exist"
        raise MissingData(message)
    try:
        if path.suffix == ".npy":
            return np.asarray(np.load(path, allow_pickle=False))
        if path.suffix == ".csv":
            return np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            table = pq.read_table(path)
            return np.column_stack([column.to_numpy() for column in table.columns])
    except (OSError, ValueError, KeyError) as error:
        message = f"{path}: not readable as a table of numbers ({' '.join(str(error).split())[:200]})"
        raise BadFile(message) from error
    message = f"{path}: values to compare on are a .npy, .csv or .parquet file"
    raise BadOption(message)
