"""Activation functions as lwtnn defines them (include/lwtnn/generic/Stack.tcc)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recastbook.network.conversion.graph import Graph

__all__ = ["NAMES", "Activation"]

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Activation:
    """A function of each value, or for softmax of each row."""

    function: str
    """Name in lwtnn."""
    alpha: float = 1.0
    """Slope or scale of elu, leakyrelu and swish."""

    def compute(self, x: Values) -> Values:
        """Evaluate in float64; shape (N, width)."""
        return _COMPUTE[self.function](x, self.alpha)

    def write(self, graph: Graph, x: str) -> str:
        """Add the function to a graph and return the name of what it gives."""
        if self.function == "linear":
            return x
        if self.function == "swish":
            inner = x if self.alpha == 1.0 else graph.step("Mul", x, graph.constant(self.alpha))
            return graph.step("Mul", x, graph.step("Sigmoid", inner))
        operator, uses_alpha = _OPERATORS[self.function]
        if operator == "Softmax":
            return graph.step(operator, x, axis=1)
        if operator == "HardSigmoid":
            return graph.step(operator, x, alpha=0.2, beta=0.5)
        return graph.step(operator, x, alpha=self.alpha) if uses_alpha else graph.step(operator, x)


def _sigmoid(x: Values) -> Values:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))


def _softmax(x: Values) -> Values:
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


_COMPUTE: dict[str, Callable[[Values, float], Values]] = {
    "linear": lambda x, _: x,
    "sigmoid": lambda x, _: _sigmoid(x),
    "rectified": lambda x, _: np.maximum(x, 0.0),
    "softmax": lambda x, _: _softmax(x),
    "tanh": lambda x, _: np.tanh(x),
    "hard_sigmoid": lambda x, _: np.clip(0.2 * x + 0.5, 0.0, 1.0),
    "elu": lambda x, alpha: np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0.0))),
    "leakyrelu": lambda x, alpha: np.where(x > 0, x, alpha * x),
    "swish": lambda x, alpha: x * _sigmoid(alpha * x),
    "abs": lambda x, _: np.abs(x),
}
_OPERATORS = {
    "sigmoid": ("Sigmoid", False), "rectified": ("Relu", False), "softmax": ("Softmax", False),
    "tanh": ("Tanh", False), "hard_sigmoid": ("HardSigmoid", False), "elu": ("Elu", True),
    "leakyrelu": ("LeakyRelu", True), "abs": ("Abs", False),
}  # fmt: skip

NAMES = tuple(_COMPUTE)
"""Functions that are known."""
