"""Scores of an ONNX model that has no card yet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import NetworkError

__all__ = ["evaluate"]

_BATCH = 4096


def evaluate(
    content: bytes, rows: NDArray[np.float32], name: str, *, batch: int | None = None
) -> tuple[NDArray[np.float64], tuple[str, str]]:
    """Evaluate an ONNX model with one input and one output.

    Parameters
    ----------
    content
        The ONNX file.
    rows
        Values, float32 of shape (N, inputs).
    name
        Of the source, for errors.
    batch
        Rows that each call must have, if that is fixed; the last call is filled up with the last row.

    Returns
    -------
    scores : numpy.ndarray
        float64 of shape (N, scores).
    tensors : tuple of str
        Names of input and output.

    Raises
    ------
    NetworkError
        If ONNX Runtime refuses it, or it has several inputs or outputs.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        (fed,), (asked,) = session.get_inputs(), session.get_outputs()
        step = batch or _BATCH
        filled = rows if batch is None else np.concatenate([rows, np.repeat(rows[-1:], -len(rows) % batch, axis=0)])
        blocks = [session.run([asked.name], {fed.name: filled[k : k + step]})[0] for k in range(0, len(filled), step)]
    except Exception as error:  # the runtime raises classes of its own that share no public base
        message = f"{name}: the ONNX file that was made does not run ({str(error).strip().splitlines()[0][:300]})"
        raise NetworkError(message) from error
    scores = np.concatenate([np.asarray(block, dtype=np.float64).reshape(len(block), -1) for block in blocks])
    return scores[: len(rows)], (fed.name, asked.name)
