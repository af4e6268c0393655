"""Nodes and constants of an ONNX file, subgraphs and functions included, read from its bytes.

Field numbers are those of onnx.proto3 (github.com/onnx/onnx).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import NetworkError
from recastbook.network import wire

__all__ = ["Node", "Stored", "parts_of"]

_FLOATING = {1, 10, 11, 16}  # float32, float16, float64, bfloat16
_DEEPEST = 20
_DEEPEST_TREE = 10_000


@dataclass(frozen=True, slots=True)
class Node:
    """One operation."""

    operator: str
    """Its name."""
    domain: str
    """Its domain; that of ONNX itself is the empty text."""
    inputs: tuple[str, ...]
    """Names of what it takes."""
    outputs: tuple[str, ...]
    """Names of what it gives."""
    numbers: dict[str, int] = field(default_factory=dict)
    """Attributes that are one integer."""
    trees: int = 0
    """Number of trees."""
    tree_numbers: int = 0
    """Thresholds and leaf values of trees."""
    comparisons: int = 0
    """Most comparisons for one row: depths of the trees together."""

    @property
    def full_name(self) -> str:
        """Name with the domain, where it is another one than that of ONNX."""
        return f"{self.domain}.{self.operator}" if self.domain else self.operator


@dataclass(frozen=True, slots=True)
class Stored:
    """A constant, without its values."""

    name: str
    """Its name."""
    shape: tuple[int, ...]
    """Its shape."""
    element: int
    """Number of its type."""
    location: str | None = None
    """File that holds it, None if it is in this one."""
    offset: int = 0
    """Where in that file."""
    length: int = 0
    """How many bytes."""

    @property
    def count(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def is_floating(self) -> bool:
        """Whether its values are floating-point numbers."""
        return self.element in _FLOATING


@dataclass(slots=True)
class _Reading:
    """What was found so far."""

    with_trees: bool
    nodes: list[Node] = field(default_factory=list)
    constants: list[Stored] = field(default_factory=list)


def parts_of(content: bytes, *, with_trees: bool = True) -> tuple[tuple[Node, ...], tuple[Stored, ...]]:
    """Return all nodes and all constants of a file, those inside nodes too.

    Parameters
    ----------
    content
        The file.
    with_trees
        Whether trees are counted, which takes a second for a million nodes.

    Raises
    ------
    NetworkError
        If it is no protocol buffer, or nested too deeply.
    """
    found = _Reading(with_trees)
    for number, value in wire.fields(content):
        if number == 7:  # ModelProto.graph
            _graph(wire.message(value), 0, found)
        elif number == 25:  # ModelProto.functions
            for inner, node in wire.fields(wire.message(value)):
                if inner == 7:  # FunctionProto.node
                    _node(wire.message(node), 0, found)
    return tuple(found.nodes), tuple(found.constants)


def _graph(graph: bytes, depth: int, found: _Reading) -> None:
    if depth > _DEEPEST:
        reason = f"graphs are nested deeper than {_DEEPEST} levels"
        raise NetworkError(reason)
    for number, value in wire.fields(graph):
        if number == 1:  # GraphProto.node
            _node(wire.message(value), depth, found)
        elif number == 5:  # GraphProto.initializer
            found.constants.append(_stored(wire.message(value)))
        elif number == 15:  # GraphProto.sparse_initializer: values and indices are tensors
            parts = wire.fields(wire.message(value))
            found.constants += [_stored(wire.message(part)) for inner, part in parts if inner in (1, 2)]


def _node(node: bytes, depth: int, found: _Reading) -> None:
    inputs, outputs, operator, domain = [], [], "", ""
    attributes: list[_Attribute] = []
    for number, value in wire.fields(node):
        if number == 1:
            inputs.append(wire.text(value))
        elif number == 2:
            outputs.append(wire.text(value))
        elif number == 4:
            operator = wire.text(value)
        elif number == 7:
            domain = wire.text(value)
        elif number == 5:
            attributes.append(_attribute(wire.message(value), depth, found))
    domain = "" if domain == "ai.onnx" else domain
    numbers = {a.name: a.number for a in attributes if a.number is not None}
    trees, held, comparisons = 0, 0, 0
    if found.with_trees and operator.startswith("TreeEnsemble"):
        lists = {a.name: np.concatenate(a.integers) for a in attributes if a.integers}
        trees = len(np.unique(lists.get("nodes_treeids", lists.get("tree_roots", ()))))
        held = sum(a.floats for a in attributes if a.name in _VALUES)
        comparisons = _depths(lists)
    found.nodes.append(Node(operator, domain, tuple(inputs), tuple(outputs), numbers, trees, held, comparisons))


@dataclass(slots=True)
class _Attribute:
    name: str = ""
    number: int | None = None
    integers: list[NDArray[np.int64]] = field(default_factory=list)
    floats: int = 0


# of TreeEnsembleClassifier and TreeEnsembleRegressor: millions of numbers, and no operator takes a graph of that name
_LISTS = {"nodes_treeids", "nodes_nodeids", "nodes_truenodeids", "nodes_falsenodeids"}
_VALUES = {"nodes_values", "class_weights", "target_weights"}
_PASSED_OVER = {
    "nodes_modes", "nodes_hitrates", "nodes_featureids", "nodes_missing_value_tracks_true", "class_ids",
    "class_nodeids", "class_treeids", "target_ids", "target_nodeids", "target_treeids", "classlabels_int64s",
}  # fmt: skip


def _attribute(attribute: bytes, depth: int, found: _Reading) -> _Attribute:
    out = _Attribute()
    for number, kind, _, start, end in wire.spans(attribute):
        if number == 1 and kind == wire.LENGTH:
            out.name = wire.text(attribute[start:end])
            if out.name in _PASSED_OVER or (out.name in _LISTS | _VALUES and not found.with_trees):
                break
            if out.name in _LISTS and (listed := _only_integers(attribute[end:])) is not None:
                out.integers.append(listed)
                break
            if out.name in _VALUES and (count := _only_floats(attribute[end:])):
                out.floats = count
                break
            continue
        value = wire.varint(attribute, start)[0] if kind == wire.VARINT else attribute[start:end]
        if number == 3:
            out.number = int(wire.integers(value)[0])
        elif number == 8:
            out.integers.append(wire.integers(value))
        elif number == 7:
            out.floats += wire.floats(value)
        elif number in (6, 11):  # a graph, graphs
            _graph(wire.message(value), depth + 1, found)
        elif number in (5, 10):  # a tensor, tensors
            found.constants.append(_stored(wire.message(value)))
    return out


def _only_integers(rest: bytes) -> NDArray[np.int64] | None:
    """Return the integers of an attribute all at once, if nothing but integers, one a field, and its type are left."""
    numbers = wire.integers(rest)  # tags are numbers of variable length, too
    tags, values = numbers[0::2], numbers[1::2]
    listed = tags == 8 << 3
    if len(tags) != len(values) or not np.isin(tags[~listed], (20 << 3, 7 << 3)).all():
        return None
    return np.asarray(values[listed])


def _only_floats(rest: bytes) -> int:
    """Return how many floating-point numbers are left, if nothing but them, five bytes each, and the type is."""
    count = len(rest) // 5
    tags = np.frombuffer(rest[: 5 * count], dtype=np.uint8)[0::5]
    return count if count and bool((tags == (7 << 3 | wire.FOUR)).all()) and len(rest) - 5 * count <= 3 else 0


def _stored(tensor: bytes) -> Stored:
    shape: list[int] = []
    name, element, outside = "", 0, False
    entries: dict[str, str] = {}
    for number, value in wire.fields(tensor):
        if number == 1:
            shape += wire.integers(value).tolist()
        elif number == 2 and isinstance(value, int):
            element = value
        elif number == 8:
            name = wire.text(value)
        elif number == 13:
            entry = dict(wire.fields(wire.message(value)))
            entries[wire.text(entry.get(1, b""))] = wire.text(entry.get(2, b""))
        elif number == 14:
            outside = value == 1
    if not outside and not entries:
        return Stored(name, tuple(shape), element)
    try:
        offset, length = int(entries.get("offset") or 0), int(entries.get("length") or 0)
    except ValueError as error:
        reason = f"the constant {name!r} is kept elsewhere, at a place that is no number"
        raise NetworkError(reason) from error
    return Stored(name, tuple(shape), element, entries.get("location", ""), max(offset, 0), max(length, 0))


def _depths(lists: dict[str, NDArray[np.int64]]) -> int:
    """Return the depths of all trees together; 0 where the form of the ensemble is not the usual one."""
    nothing = np.empty(0, dtype=np.int64)
    names = ("nodes_treeids", "nodes_nodeids", "nodes_truenodeids", "nodes_falsenodeids")
    tree, node, true, false = (lists.get(name, nothing) for name in names)
    if not 0 < len(tree) == len(node) == len(true) == len(false):
        return 0
    stride = int(max(node.max(), true.max(), false.max())) + 1
    key = tree * stride + node
    order = np.argsort(key)
    inner = true != false
    # level by level from the nodes that are nobody's child; a cycle ends with the number of nodes
    children = np.concatenate([(tree * stride + side)[inner] for side in (true, false)])
    level = np.flatnonzero(~np.isin(key, children))
    depth = np.zeros(int(tree.max()) + 1, dtype=np.int64)
    for steps in range(1, _DEEPEST_TREE):
        level = level[inner[level]]
        if not len(level):
            break
        depth[np.unique(tree[level])] = steps
        wanted = np.concatenate([(tree * stride + side)[level] for side in (true, false)])
        level = order[np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)]
    return int(depth.sum())
