"""ONNX files that take a fixed number of rows a call, written for any number."""

from __future__ import annotations

from pathlib import Path

from recastbook.exceptions import NetworkError
from recastbook.network.conversion.converted import Readable
from recastbook.network.conversion.evaluation import evaluate
from recastbook.network.inspection import inspect
from recastbook.network.open_batch import open_batch

__all__ = ["read_onnx"]


def read_onnx(path: Path) -> Readable:
    """Free the number of rows of an ONNX file; the scores are compared with those of calls of the fixed number.

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
    return Readable(
        content=open_batch(content),
        model=f"{found.producer}, {found.fixed_rows} row(s) a call",
        width=shape[1],
        compute=lambda values: evaluate(content, values, str(path), batch=found.fixed_rows)[0],
        reference_name=f"the file itself, {found.fixed_rows} row(s) a call",
    )
