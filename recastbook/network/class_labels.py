"""Labels of the classes that a classifier's file tells, held against the names of its scores.

Scores are read by position: a model whose classes have other labels, or the same ones in another order, gives numbers
that look right. Labels are read from the bytes of an ONNX file: attributes ``classlabels_*`` of its operators
(TreeEnsembleClassifier, LinearClassifier, SVMClassifier, ZipMap), the constant ``classes`` that skl2onnx writes for
other models, and metadata. Field numbers are those of onnx.proto3 (github.com/onnx/onnx).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from recastbook.exceptions import NetworkError
from recastbook.network import wire

__all__ = ["refuse_other_labels", "told_labels"]

_CONSTANT = "classes"
_METADATA = ("classes", "class_names", "class_labels")
_INTEGERS = {6: np.int32, 7: np.int64}  # TensorProto.DataType
_MOST = 1000


def told_labels(content: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every list of labels that an ONNX file holds, with where it stands.

    Parameters
    ----------
    content
        The file.

    Raises
    ------
    NetworkError
        If it is no protocol buffer.
    """
    for number, value in wire.fields(content):
        if number == 7:  # ModelProto.graph
            for inner, part in wire.fields(wire.message(value)):
                if inner == 1:  # GraphProto.node
                    yield from _of_node(wire.message(part))
                elif inner == 5:  # GraphProto.initializer
                    yield from _of_constant(wire.message(part))
        elif number == 14:  # ModelProto.metadata_props
            entry = dict(wire.fields(wire.message(value)))
            if wire.text(entry.get(1, b"")) in _METADATA:
                yield f"metadata {wire.text(entry[1])!r}", _listed(wire.text(entry.get(2, b"")))


def refuse_other_labels(
    told: Iterable[tuple[str, Sequence[str]]], names: Sequence[str], *, path: Path, title: str
) -> None:
    """Refuse a model whose labels are not those of its scores, in their order.

    Parameters
    ----------
    told
        Where labels stand, and the labels. Lists of another length are of something else, a part of the model say.
    names
        Names of the scores in order; labels may also be 0, 1, 2, ...
    path, title
        The file, and what it should be, for the message.

    Raises
    ------
    NetworkError
        Naming file, place, labels found and labels that would work.
    """
    wanted = [name.casefold() for name in names]
    for place, labels in told:
        found = [label.strip().casefold() for label in labels]
        if len(found) != len(wanted) or found == wanted or _counts(found):
            continue
        same = sorted(found) == sorted(wanted) or sorted(map(_whole, found)) == list(range(len(found)))
        what = "the right labels in another order" if same else "other labels"
        message = (
            f"{path}: the model has {what}: {place} says {', '.join(map(str, labels))}; {title} has "
            f"{', '.join(f'{i} = {name}' for i, name in enumerate(names))}, and scores are read in this order. Use the "
            "model of this selection, or train with these numbers as labels"
        )
        raise NetworkError(message)


def _counts(labels: Sequence[str]) -> bool:
    return [_whole(label) for label in labels] == list(range(len(labels)))


def _whole(label: str) -> int:
    """Return a label as a whole number, -1 if it is none."""
    try:
        value = float(label)
    except ValueError:
        return -1
    return int(value) if value.is_integer() else -1


def _of_node(node: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    operator, found = "", []
    for number, value in wire.fields(node):
        if number == 4:  # NodeProto.op_type
            operator = wire.text(value)
        elif number == 5:  # NodeProto.attribute
            found += _of_attribute(wire.message(value))
    for name, labels in found:
        yield f"{name} of {operator}", labels


def _of_attribute(attribute: bytes) -> list[tuple[str, tuple[str, ...]]]:
    name = ""
    labels: list[str] = []
    for number, value in wire.fields(attribute):
        if number == 1:  # AttributeProto.name comes first; lists of millions of numbers end here
            name = wire.text(value)
            if not name.startswith("classlabels_"):
                return []
        elif number == 8:  # ints
            labels += map(str, wire.integers(value).tolist())
        elif number == 9:  # strings
            labels.append(wire.text(value))
    return [(name, tuple(labels))] if name and 0 < len(labels) <= _MOST else []


def _of_constant(tensor: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    kind, name, labels = 0, "", []
    raw: bytes | int = b""
    for number, value in wire.fields(tensor):
        if number == 2 and isinstance(value, int):
            kind = value
        elif number == 6:  # string_data
            labels.append(wire.text(value))
        elif number in (5, 7):  # int32_data, int64_data
            labels += map(str, wire.integers(value).tolist())
        elif number == 8:
            name = wire.text(value)
        elif number == 9:
            raw = value
    if name != _CONSTANT:
        return
    if isinstance(raw, bytes) and raw and kind in _INTEGERS:
        size = np.dtype(_INTEGERS[kind]).itemsize
        labels = list(map(str, np.frombuffer(raw[: len(raw) // size * size], dtype=_INTEGERS[kind]).tolist()))
    if 0 < len(labels) <= _MOST:
        yield f"constant {name!r}", tuple(labels)


def _listed(text: str) -> tuple[str, ...]:
    """Return a list of labels that is kept as text: JSON, or parted by commas."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text.split(",")
    if isinstance(value, dict):
        value = list(value.values())
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)
