"""Putting a standardisation before an ONNX model."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["standardised"]


def standardised(model: Any, mean: NDArray[np.float64], std: NDArray[np.float64]) -> Any:
    """Return a model that takes raw values: (x - mean) / std in float64, then cast to float32.

    Parameters
    ----------
    model
        An ``onnx.ModelProto`` with one float32 input of shape (N, n); changed in place.
    mean, std
        Shape (n,).
    """
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    raw = graph.input[0].name
    fed = f"{raw}_standardised"
    for node in graph.node:
        for position, name in enumerate(node.input):
            if name == raw:
                node.input[position] = fed
    before = [
        helper.make_node("Cast", [raw], ["standardise_raw"], to=TensorProto.DOUBLE),
        helper.make_node("Sub", ["standardise_raw", "standardise_mean"], ["standardise_shifted"]),
        helper.make_node("Div", ["standardise_shifted", "standardise_std"], ["standardise_scaled"]),
        helper.make_node("Cast", ["standardise_scaled"], [fed], to=TensorProto.FLOAT),
    ]
    after = list(graph.node)
    del graph.node[:]
    graph.node.extend(before + after)
    graph.initializer.extend(
        numpy_helper.from_array(np.asarray(values, dtype=np.float64), f"standardise_{name}")
        for name, values in (("mean", mean), ("std", std))
    )
    return model
