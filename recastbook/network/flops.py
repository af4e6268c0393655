"""How many operations a network does for one row."""

from __future__ import annotations

from collections.abc import Iterable

from recastbook.network.contract import Tensor
from recastbook.network.onnx_parts import Node, Stored

__all__ = ["count_flops"]

_PER_VALUE = {
    "Add": 1, "Sub": 1, "Mul": 1, "Div": 1, "Relu": 1, "LeakyRelu": 2, "Elu": 3, "Selu": 4, "Sigmoid": 4, "Tanh": 5,
    "Softmax": 5, "LogSoftmax": 5, "Softplus": 4, "HardSigmoid": 3, "Abs": 1, "Neg": 1, "Exp": 1, "Log": 1, "Sqrt": 1,
    "Pow": 1, "Sum": 1, "Max": 1, "Min": 1, "Clip": 2, "BatchNormalization": 2, "Scaler": 2, "Normalizer": 3,
    "Where": 1, "Erf": 4, "Equal": 1, "Greater": 1, "Less": 1, "GreaterOrEqual": 1, "LessOrEqual": 1, "Reciprocal": 1,
    "ReduceSum": 1, "ReduceMax": 1, "ReduceMean": 1,
}  # fmt: skip
_FREE = {
    "Identity", "Cast", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Constant", "Shape", "Dropout",
    "Concat", "Slice", "Gather", "Split", "IsNaN", "Not", "ArrayFeatureExtractor", "ZipMap", "Expand", "ArgMax",
}  # fmt: skip


def count_flops(
    nodes: Iterable[Node], constants: Iterable[Stored], inputs: Iterable[Tensor]
) -> tuple[int, tuple[str, ...]]:
    """Count floating-point operations for one row of a feed-forward network.

    A product of a row with an (n, m) matrix is 2 n m, an addition 1 a value, an exponential and a comparison 1.

    Parameters
    ----------
    nodes, constants, inputs
        What the file holds.

    Returns
    -------
    flops : int
        The sum.
    not_counted : tuple of str
        Operators that are not in it: their cost depends on more than widths.
    """
    shapes = {constant.name: constant.shape for constant in constants}
    widths = {tensor.name: tensor.shape[-1] or 0 for tensor in inputs if tensor.shape}
    total, skipped = 0, []
    for node in nodes:
        given = [widths.get(name, 0) for name in node.inputs]
        width = max(given, default=0)
        matrix = next((shapes[name] for name in node.inputs[:2] if len(shapes.get(name, ())) == 2), None)
        if node.operator in ("Gemm", "MatMul") and matrix is not None:
            rows, columns = reversed(matrix) if node.numbers.get("transB") else matrix
            total += 2 * rows * columns + (columns if node.operator == "Gemm" and len(node.inputs) > 2 else 0)
            width = columns
        elif node.operator == "Concat":
            width = sum(given)
        elif node.operator in _PER_VALUE:
            # a constant may be wider than what it is added to
            width = max([width, *(shapes[name][-1] for name in node.inputs if shapes.get(name))])
            total += _PER_VALUE[node.operator] * width
            width = 1 if node.operator.startswith("Reduce") else width
        elif node.comparisons:
            total += node.comparisons
        elif node.operator not in _FREE:
            skipped.append(node.full_name)
        for name in node.outputs:
            widths[name] = width
    return total, tuple(dict.fromkeys(skipped))
