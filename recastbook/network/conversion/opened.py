"""ONNX files that take a fixed number of rows a call, written for any number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import NetworkError
from recastbook.network.conversion.converted import Converted
from recastbook.network.conversion.drawing import draw
from recastbook.network.conversion.edges import Edges
from recastbook.network.conversion.evaluation import evaluate
from recastbook.network.inspection import inspect
from recastbook.network.open_batch import open_batch

__all__ = ["convert_onnx"]


def convert_onnx(path: Path, *, data: NDArray[np.float32] | None, rows: int, seed: int) -> Converted:
    """Free the number of rows of an ONNX file; the scores are compared with those of single calls.

    Parameters
    ----------
    path
        The file.
    data
        Values of the user's to compare on, shape (M, inputs).
    rows, seed
        How many values are drawn, and from which random numbers.

    Raises
    ------
    NetworkError
        If it takes any number of rows already, has another form than one matrix in and one out, or is refused by
        :func:`recastbook.network.inspect`.
    """
    found = inspect(path)
    shape = found.inputs[0].shape if len(found.inputs) == 1 else ()
    if len(shape) != 2 or shape[1] is None or len(found.outputs) != 1 or found.inputs[0].dtype != "float32":
        message = f"{path}: opening takes a network with one float32 matrix in and one out; it has {found.inputs}"
        raise NetworkError(message)
    if found.fixed_rows is None:
        message = f"{path}: this is an ONNX file that takes any number of rows already; --inspect shows what is in it"
        raise NetworkError(message)
    content = path.read_bytes()
    values, kinds = draw(Edges.none(), shape[1], data, count=rows, seed=seed)
    single, _ = evaluate(content, values, str(path), batch=found.fixed_rows)
    return Converted(
        content=open_batch(content),
        model=f"{found.producer}, {found.fixed_rows} row(s) a call",
        rows=values,
        kinds=kinds,
        reference=single,
        reference_name=f"the file itself, {found.fixed_rows} row(s) a call",
    )
