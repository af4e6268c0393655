"""Make the number of rows of an ONNX file free, in memory.

Some files are exported for one event a call, which costs ten times as much as batches. An ONNX file is a protocol
buffer (onnx.proto3): only the few messages that hold the shapes
of the graph's inputs and outputs are written anew, everything else is copied. Whether the network still gives the
same scores is for the caller to prove.
"""

from __future__ import annotations

from collections.abc import Callable

from recastbook.network.wire import LENGTH, encoded, spans

__all__ = ["open_batch"]

# numbers of the fields in onnx.proto3
_GRAPH = 7  # ModelProto.graph
_INPUT, _OUTPUT, _VALUE_INFO = 11, 12, 13  # of GraphProto
_TYPE = 2  # ValueInfoProto.type
_TENSOR_TYPE = 1  # TypeProto.tensor_type
_SHAPE = 2  # TypeProto.Tensor.shape
_DIM = 1  # TensorShapeProto.dim
_DIM_PARAM = 2  # TensorShapeProto.Dimension.dim_param


def open_batch(model: bytes, name: str = "batch") -> bytes:
    """Return an ONNX model whose inputs and outputs have a free first dimension.

    Shapes of intermediate values are dropped; the runtime infers them.

    Parameters
    ----------
    model
        Content of an ONNX file.
    name
        Symbol for the free dimension.

    Raises
    ------
    NetworkError
        If the content is no protocol buffer.
    """
    return _edit(model, (_GRAPH,), lambda graph: _graph(graph, name.encode()))


def _graph(graph: bytes, name: bytes) -> bytes:
    out = bytearray()
    for number, kind, start, payload, end in spans(graph):
        if number == _VALUE_INFO:
            continue
        if number in (_INPUT, _OUTPUT) and kind == LENGTH:
            path = (_TYPE, _TENSOR_TYPE, _SHAPE)
            out += _field(number, _edit(graph[payload:end], path, lambda shape: _free_first(shape, name)))
        else:
            out += graph[start:end]
    return bytes(out)


def _free_first(shape: bytes, name: bytes) -> bytes:
    out = bytearray()
    first = True
    for number, _, start, _, end in spans(shape):
        if number == _DIM and first:
            out += _field(_DIM, _field(_DIM_PARAM, name))
            first = False
        else:
            out += shape[start:end]
    return bytes(out)


def _edit(message: bytes, path: tuple[int, ...], change: Callable[[bytes], bytes]) -> bytes:
    """Return a message in which the sub-messages at a path of field numbers went through a function."""
    if not path:
        return change(message)
    out = bytearray()
    for number, kind, start, payload, end in spans(message):
        if number == path[0] and kind == LENGTH:
            out += _field(number, _edit(message[payload:end], path[1:], change))
        else:
            out += message[start:end]
    return bytes(out)


def _field(number: int, payload: bytes) -> bytes:
    return encoded(number << 3 | LENGTH) + encoded(len(payload)) + payload
