"""Make the number of rows of an ONNX file free, in memory.

Some files are exported for one event a call, which costs ten times as much as batches. An ONNX file is a protocol
buffer (onnx.proto3, encoding at protobuf.dev/programming-guides/encoding): only the few messages that hold the shapes
of the graph's inputs and outputs are written anew, everything else is copied. Whether the network still gives the
same scores is for the caller to prove.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from recastbook.exceptions import NetworkError

__all__ = ["open_batch"]

# numbers of the fields in onnx.proto3
_GRAPH = 7  # ModelProto.graph
_INPUT, _OUTPUT, _VALUE_INFO = 11, 12, 13  # of GraphProto
_TYPE = 2  # ValueInfoProto.type
_TENSOR_TYPE = 1  # TypeProto.tensor_type
_SHAPE = 2  # TypeProto.Tensor.shape
_DIM = 1  # TensorShapeProto.dim
_DIM_PARAM = 2  # TensorShapeProto.Dimension.dim_param

_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5


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
    for number, kind, start, payload, end in _fields(graph):
        if number == _VALUE_INFO:
            continue
        if number in (_INPUT, _OUTPUT) and kind == _LENGTH:
            path = (_TYPE, _TENSOR_TYPE, _SHAPE)
            out += _field(number, _edit(graph[payload:end], path, lambda shape: _free_first(shape, name)))
        else:
            out += graph[start:end]
    return bytes(out)


def _free_first(shape: bytes, name: bytes) -> bytes:
    out = bytearray()
    first = True
    for number, _, start, _, end in _fields(shape):
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
    for number, kind, start, payload, end in _fields(message):
        if number == path[0] and kind == _LENGTH:
            out += _field(number, _edit(message[payload:end], path[1:], change))
        else:
            out += message[start:end]
    return bytes(out)


def _fields(message: bytes) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield number, wire type, start of the field, start of its content and end of every field."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _varint(message, at)
        kind = tag & 7
        payload = at
        if kind == _VARINT:
            _, at = _varint(message, at)
        elif kind == _LENGTH:
            length, payload = _varint(message, at)
            at = payload + length
        elif kind in (_EIGHT, _FOUR):
            at += 8 if kind == _EIGHT else 4
        else:
            at = len(message) + 1
        if at > len(message):
            text = f"byte {start} of {len(message)}: this is no ONNX file, or it is truncated"
            raise NetworkError(text)
        yield tag >> 3, kind, start, payload, at


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            text = f"byte {at} of {len(message)}: this is no ONNX file, or it is truncated"
            raise NetworkError(text)
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _field(number: int, payload: bytes) -> bytes:
    return _encoded(number << 3 | _LENGTH) + _encoded(len(payload)) + payload


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
