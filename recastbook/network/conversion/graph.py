"""Writing an ONNX graph step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import MissingDependency

__all__ = ["OPSET", "Graph"]

OPSET = {"": 17, "ai.onnx.ml": 3}
"""Operator sets that files are written for."""
_IR_VERSION = 8


class Graph:
    """A graph under construction: one input of float32 values, shape (N, width), and one output.

    Parameters
    ----------
    width
        Number of inputs.

    Raises
    ------
    MissingDependency
        If the onnx package is not installed.
    """

    def __init__(self, width: int) -> None:
        try:
            from onnx import helper, numpy_helper
        except ImportError as error:
            message = "writing ONNX needs the onnx package: python -m pip install 'recastbook[convert]'"
            raise MissingDependency(message) from error
        self._helper, self._numpy_helper = helper, numpy_helper
        self.width = width
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def step(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator and return the name of what it gives."""
        out = f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(operator, list(inputs), [out], domain=domain, **attributes))
        return out

    def constant(self, values: NDArray[Any] | float, dtype: str = "float32") -> str:
        """Add a constant and return its name."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def cast(self, name: str, dtype: str) -> str:
        """Change the number type of a value: ``float32`` or ``float64``."""
        from onnx import TensorProto

        return self.step("Cast", name, to={"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}[dtype])

    def finish(self, result: str, scores: int, *, metadata: dict[str, str]) -> bytes:
        """Return the file; the input is called ``features``, the output ``scores``.

        Parameters
        ----------
        result
            Name of what is given out, float32 of shape (N, scores).
        scores
            Number of scores.
        metadata
            Texts to keep in the file.
        """
        from onnx import TensorProto, checker

        helper = self._helper
        self._nodes.append(helper.make_node("Identity", [result], ["scores"]))
        graph = helper.make_graph(
            self._nodes,
            "model",
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["rows", self.width])],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["rows", scores])],
            self._constants,
        )
        domains = {node.domain for node in self._nodes}
        opsets = [helper.make_opsetid(d, v) for d, v in OPSET.items() if d in domains]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="recastbook", ir_version=_IR_VERSION)
        helper.set_model_props(model, metadata)
        checker.check_model(model)
        return bytes(model.SerializeToString())
