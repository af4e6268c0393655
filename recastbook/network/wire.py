"""The encoding of protocol buffers, as far as an ONNX file needs it (protobuf.dev/programming-guides/encoding)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import NetworkError

__all__ = ["FOUR", "LENGTH", "VARINT", "encoded", "fields", "floats", "integers", "message", "spans", "text", "varint"]

VARINT, EIGHT, LENGTH, FOUR = 0, 1, 2, 5
"""Wire types."""


def spans(content: bytes) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield number, wire type, start of the field, start of its content and end of every field.

    Raises
    ------
    NetworkError
        If the content is no protocol buffer, or ends early.
    """
    at = 0
    while at < len(content):
        start = at
        tag, at = varint(content, at)
        kind = tag & 7
        payload = at
        if kind == VARINT:
            _, at = varint(content, at)
        elif kind == LENGTH:
            length, payload = varint(content, at)
            at = payload + length
        elif kind in (EIGHT, FOUR):
            at += 8 if kind == EIGHT else 4
        else:
            at = len(content) + 1
        if at > len(content):
            reason = f"byte {start} of {len(content)}: this is no ONNX file, or it is truncated"
            raise NetworkError(reason)
        yield tag >> 3, kind, start, payload, at


def fields(content: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Yield number and content of every field: a number, or bytes."""
    for number, kind, _, payload, end in spans(content):
        yield number, varint(content, payload)[0] if kind == VARINT else content[payload:end]


def varint(content: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length and the place after it."""
    value = shift = 0
    while at < len(content) and shift < 64:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    reason = f"byte {at} of {len(content)}: this is no ONNX file, or it is truncated"
    raise NetworkError(reason)


def text(value: bytes | int) -> str:
    """Return a field as text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def message(value: bytes | int) -> bytes:
    """Return a field as a message.

    Raises
    ------
    NetworkError
        If it is a number.
    """
    if isinstance(value, bytes):
        return value
    reason = "a number stands where a part of the graph is expected, so this is no ONNX file"
    raise NetworkError(reason)


def integers(value: bytes | int) -> NDArray[np.int64]:
    """Return a repeated number, which may be packed into one field, as signed 64-bit integers.

    Examples
    --------
    >>> integers(7), integers(bytes([1, 0x80, 0x01]))
    (array([7]), array([  1, 128]))
    """
    packed = np.frombuffer(encoded(value) if isinstance(value, int) else value, dtype=np.uint8)
    ends = np.flatnonzero(packed < 0x80)
    if not len(ends):
        return np.empty(0, dtype=np.int64)
    packed = packed[: ends[-1] + 1]
    starts = np.concatenate([[0], ends[:-1] + 1])
    shifts = 7 * (np.arange(len(packed)) - np.repeat(starts, ends - starts + 1)).astype(np.uint64)
    return np.add.reduceat((packed & 0x7F).astype(np.uint64) << shifts, starts).astype(np.int64)


def encoded(value: int) -> bytes:
    """Return a number in variable length."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def floats(value: bytes | int) -> int:
    """Return how many float32 a repeated field holds."""
    return len(value) // struct.calcsize("f") if isinstance(value, bytes) else 1
