"""What an ONNX file says of its inputs and outputs, read without a model card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recastbook.exceptions import MissingData, NetworkError
from recastbook.network.contract import Tensor

__all__ = ["tensors_of"]

_DTYPES = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(int64)": "int64"}


def tensors_of(path: Path) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Return inputs and outputs of a network file; a length that is free is None.

    Raises
    ------
    MissingData
        If there is no such file.
    NetworkError
        If it cannot be opened.
    """
    import onnxruntime

    if not path.is_file():
        message = f"the network file {path} does not exist"
        raise MissingData(message)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        opened = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises classes of its own that share no public base
        first = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        message = f"{path}: ONNX Runtime cannot open the file: {first}"
        raise NetworkError(message) from error
    return tuple(map(_tensor, opened.get_inputs())), tuple(map(_tensor, opened.get_outputs()))


def _tensor(found: Any) -> Tensor:
    shape = tuple(n if isinstance(n, int) and n > 0 else None for n in found.shape or ())
    return Tensor(found.name, _DTYPES.get(found.type, str(found.type)), shape)
