"""Layers as lwtnn defines them: each evaluates in float64 and writes itself into an ONNX graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recastbook.network.conversion.graph import Graph
from recastbook.network.conversion.lwtnn.activation import Activation

__all__ = ["Dense", "Highway", "Layer", "Maxout", "Normalization"]

Values = NDArray[np.float64]


class Layer(Protocol):
    """What all layers can do."""

    def compute(self, x: Values) -> Values:
        """Evaluate in float64; shape (N, width)."""

    def write(self, graph: Graph, x: str) -> str:
        """Add the layer to a graph and return the name of what it gives."""


@dataclass(frozen=True, slots=True)
class Dense:
    """activation(W x + b); weights or bias may be absent."""

    weights: Values | None
    """Shape (outputs, inputs)."""
    bias: Values | None
    """Shape (outputs,)."""
    activation: Activation

    def compute(self, x: Values) -> Values:
        """Evaluate in float64; shape (N, width)."""
        out = x if self.weights is None else x @ self.weights.T
        return self.activation.compute(out if self.bias is None else out + self.bias)

    def write(self, graph: Graph, x: str) -> str:
        """Add the layer to a graph and return the name of what it gives."""
        return self.activation.write(graph, _affine(graph, x, self.weights, self.bias))


@dataclass(frozen=True, slots=True)
class Normalization:
    """(x + b) W, value by value."""

    weights: Values
    """Shape (width,)."""
    bias: Values
    """Shape (width,)."""

    def compute(self, x: Values) -> Values:
        """Evaluate in float64; shape (N, width)."""
        return np.asarray((x + self.bias) * self.weights)

    def write(self, graph: Graph, x: str) -> str:
        """Add the layer to a graph and return the name of what it gives."""
        return graph.step("Mul", graph.step("Add", x, graph.constant(self.bias)), graph.constant(self.weights))


@dataclass(frozen=True, slots=True)
class Maxout:
    """The largest of several W x + b, value by value."""

    units: tuple[tuple[Values, Values], ...]
    """Weights of shape (outputs, inputs) and bias of shape (outputs,)."""

    def compute(self, x: Values) -> Values:
        """Evaluate in float64; shape (N, width)."""
        return np.asarray(np.max([x @ weights.T + bias for weights, bias in self.units], axis=0))

    def write(self, graph: Graph, x: str) -> str:
        """Add the layer to a graph and return the name of what it gives."""
        return graph.step("Max", *(_affine(graph, x, weights, bias) for weights, bias in self.units))


@dataclass(frozen=True, slots=True)
class Highway:
    """c t + (1 - c) x, where t = activation(W x + b) and c = sigmoid of the carry's W x + b."""

    transform: tuple[Values, Values]
    """Weights of shape (width, width) and bias of shape (width,)."""
    carry: tuple[Values, Values]
    """The same for the carry."""
    activation: Activation

    def compute(self, x: Values) -> Values:
        """Evaluate in float64; shape (N, width)."""
        carried = Activation("sigmoid").compute(x @ self.carry[0].T + self.carry[1])
        transformed = self.activation.compute(x @ self.transform[0].T + self.transform[1])
        return np.asarray(carried * transformed + (1.0 - carried) * x)

    def write(self, graph: Graph, x: str) -> str:
        """Add the layer to a graph and return the name of what it gives."""
        carried = graph.step("Sigmoid", _affine(graph, x, *self.carry))
        transformed = self.activation.write(graph, _affine(graph, x, *self.transform))
        kept = graph.step("Mul", graph.step("Sub", graph.constant(1.0), carried), x)
        return graph.step("Add", graph.step("Mul", carried, transformed), kept)


def _affine(graph: Graph, x: str, weights: Values | None, bias: Values | None) -> str:
    if weights is None:
        return x if bias is None else graph.step("Add", x, graph.constant(bias))
    constants = [graph.constant(weights), *([] if bias is None else [graph.constant(bias)])]
    return graph.step("Gemm", x, *constants, transB=1)
