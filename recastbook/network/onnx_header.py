"""What an ONNX file says of itself, read from its bytes: nothing is run, no weights are unpacked.

An ONNX file is a protocol buffer; field numbers are those of onnx.proto3 (github.com/onnx/onnx).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from recastbook.exceptions import NetworkError
from recastbook.network import wire
from recastbook.network.contract import Tensor

__all__ = ["Header", "read_header"]

_ELEMENTS = {1: "float32", 6: "int32", 7: "int64", 10: "float16", 11: "float64"}
_EXTERNAL = 1  # TensorProto.DataLocation.EXTERNAL


@dataclass(frozen=True, slots=True)
class Header:
    """The parts of an ONNX file that a card repeats."""

    producer: str = ""
    """Program that wrote the file."""
    opsets: dict[str, int] = field(default_factory=dict)
    """Operator set by domain; the domain of ONNX itself is the empty text."""
    inputs: tuple[Tensor, ...] = ()
    """Inputs that are no constants."""
    outputs: tuple[Tensor, ...] = ()
    """Outputs."""
    custom: tuple[str, ...] = ()
    """Operators of foreign domains, as ``domain.operator``."""
    external: tuple[str, ...] = ()
    """Names of constants that are kept outside the file."""
    metadata: dict[str, str] = field(default_factory=dict)
    """Metadata by key."""


def read_header(content: bytes) -> Header:
    """Read the header of an ONNX file.

    Raises
    ------
    NetworkError
        If the content is no protocol buffer with a graph, or it ends early.
    """
    producer, opsets, metadata, graph = "", {}, {}, None
    for number, value in wire.fields(content):
        if number == 2:
            producer = f"{wire.text(value)}{producer}"
        elif number == 3:
            producer = f"{producer} {wire.text(value)}"
        elif number == 7 and isinstance(value, bytes):
            graph = value
        elif number == 8:
            entry = dict(wire.fields(wire.message(value)))
            opsets[_domain(entry.get(1, b""))] = _count(entry.get(2, 0))
        elif number == 14:
            entry = dict(wire.fields(wire.message(value)))
            metadata[wire.text(entry.get(1, b""))] = wire.text(entry.get(2, b""))
    if graph is None or not opsets:
        message = "it has no graph and operator set, so it is no ONNX file"
        raise NetworkError(message)
    inputs, outputs, constants, custom, external = [], [], set(), [], []
    for number, value in wire.fields(graph):
        if number == 1:
            node = dict(wire.fields(wire.message(value)))
            domain = _domain(node.get(7, b""))
            if domain not in ("", "ai.onnx.ml"):
                custom.append(f"{domain}.{wire.text(node.get(4, b''))}")
        elif number == 5:
            # a big constant is skipped over, field by field
            entry = dict(wire.fields(wire.message(value)))
            constants.add(wire.text(entry.get(8, b"")))
            if entry.get(14) == _EXTERNAL or 13 in entry:
                external.append(wire.text(entry.get(8, b"")))
        elif number == 11:
            inputs.append(_tensor(wire.message(value)))
        elif number == 12:
            outputs.append(_tensor(wire.message(value)))
    return Header(
        producer=producer.strip(),
        opsets=opsets,
        inputs=tuple(tensor for tensor in inputs if tensor.name not in constants),
        outputs=tuple(outputs),
        custom=tuple(dict.fromkeys(custom)),
        external=tuple(external),
        metadata=metadata,
    )


def _tensor(info: bytes) -> Tensor:
    entry = dict(wire.fields(info))
    kind = dict(wire.fields(wire.message(dict(wire.fields(wire.message(entry.get(2, b"")))).get(1, b""))))
    shape: list[int | None] = []
    for number, dimension in wire.fields(wire.message(kind.get(2, b""))):
        if number == 1:
            length = dict(wire.fields(wire.message(dimension))).get(1)
            shape.append(length if isinstance(length, int) and length > 0 else None)
    element = _count(kind.get(1, 0))
    return Tensor(wire.text(entry.get(1, b"")), _ELEMENTS.get(element, f"element type {element}"), tuple(shape))


def _domain(value: bytes | int) -> str:
    name = wire.text(value)
    return "" if name == "ai.onnx" else name


def _count(value: bytes | int) -> int:
    return value if isinstance(value, int) else 0
