"""Reading a network of lwtnn: both formats become one list of steps, with every length checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import NetworkError
from recastbook.network.conversion.lwtnn.activation import NAMES, Activation
from recastbook.network.conversion.lwtnn.layers import Dense, Highway, Layer, Maxout, Normalization

__all__ = ["Document", "Step", "Variable", "read_document"]

_LAYERS = ("dense", "normalization", "maxout", "highway")
_NODES = ("input", "feed_forward", "add", "concatenate")
_ON_SEQUENCES = {"lstm", "gru", "simplernn", "embedding", "input_sequence", "sequence", "time_distributed", "sum"}


@dataclass(frozen=True, slots=True)
class Variable:
    """An input: (x + offset) scale goes into the network."""

    name: str
    """Name; with several input nodes, that of the node and a dot before it."""
    offset: float
    """Added first."""
    scale: float
    """Multiplied then."""
    default: float | None = None
    """What stands for a value that is not a number."""


@dataclass(frozen=True, slots=True)
class Step:
    """One node of the graph."""

    kind: str
    """input, feed_forward, add or concatenate."""
    sources: tuple[int, ...] = ()
    """Steps it takes, by position."""
    first: int = 0
    """For an input: its first variable."""
    width: int = 0
    """How many values it gives."""
    layer: Layer | None = None
    """For feed_forward: what is done."""


@dataclass(frozen=True, slots=True)
class Document:
    """A network of lwtnn."""

    variables: tuple[Variable, ...]
    """Inputs in order."""
    steps: tuple[Step, ...]
    """Nodes, each after those it takes."""
    outputs: tuple[tuple[str, int], ...]
    """Names of the scores and the step they come from, in order."""
    taken: tuple[int, ...]
    """Steps that give scores."""

    def compute(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """Evaluate in float64.

        Parameters
        ----------
        rows
            Raw values, shape (N, inputs).
        """
        raw = np.asarray(rows, dtype=np.float64)
        for k, variable in enumerate(self.variables):
            if variable.default is not None:
                raw = raw.copy()
                raw[np.isnan(raw[:, k]), k] = variable.default
        fed = (raw + [v.offset for v in self.variables]) * [v.scale for v in self.variables]
        values: list[NDArray[np.float64]] = []
        for step in self.steps:
            taken = [values[source] for source in step.sources]
            if step.kind == "input":
                values.append(fed[:, step.first : step.first + step.width])
            elif step.layer is not None:
                values.append(step.layer.compute(taken[0]))
            elif step.kind == "add":
                values.append(np.asarray(np.sum(taken, axis=0)))
            else:
                values.append(np.concatenate(taken, axis=1))
        return np.concatenate([values[k] for k in self.taken], axis=1)


def read_document(path: Path) -> Document:
    """Read a network of lwtnn from JSON.

    Parameters
    ----------
    path
        The file, whose length was checked.

    Raises
    ------
    NetworkError
        If it is no JSON, lacks something, has a layer or node that is not known, or lengths that do not fit; file and
        place are named.
    """
    try:
        content = json.loads(path.read_bytes(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        message = f"{path}: not readable as JSON ({' '.join(str(error).split())[:200]})"
        raise NetworkError(message) from error
    reader = _Reader(str(path))
    return reader.graph(content) if isinstance(content, dict) and "nodes" in content else reader.sequence(content)


def _no_constant(name: str) -> float:
    message = f"{name} is no number"
    raise ValueError(message)


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source

    # ---- the two formats

    def sequence(self, content: Any) -> Document:
        root = self.mapping(content, "the file")
        defaults = self.mapping(root.get("defaults", {}), "defaults")
        variables = self.variables(self.listed(root, "inputs", "the file"), "inputs", defaults)
        steps = [Step("input", (), 0, len(variables))]
        for k, entry in enumerate(self.listed(root, "layers", "the file")):
            layer, width = self.layer(entry, f"layers[{k}]", steps[-1].width)
            steps.append(Step("feed_forward", (k,), 0, width, layer))
        names = [str(name) for name in self.listed(root, "outputs", "the file")]
        last = len(steps) - 1
        self.same(len(names), steps[last].width, "outputs", "names")
        return Document(variables, tuple(steps), tuple((name, last) for name in names), (last,))

    def graph(self, content: dict[str, Any]) -> Document:
        if content.get("input_sequences"):
            self.fail("input_sequences", "inputs that are sequences are not converted")
        variables: list[Variable] = []
        firsts: list[tuple[int, int]] = []
        nodes_in = self.listed(content, "inputs", "the file")
        for k, entry in enumerate(nodes_in):
            place = f"inputs[{k}]"
            node = self.mapping(entry, place)
            own = self.variables(
                self.listed(node, "variables", place), place, self.mapping(node.get("defaults", {}), place),
                prefix=f"{node.get('name', k)}." if len(nodes_in) > 1 else "",
            )  # fmt: skip
            firsts.append((len(variables), len(own)))
            variables += own
        layers = self.listed(content, "layers", "the file")
        steps: list[Step] = []
        for k, entry in enumerate(self.listed(content, "nodes", "the file")):
            steps.append(self.node(self.mapping(entry, f"nodes[{k}]"), f"nodes[{k}]", steps, firsts, layers))
        given = self.mapping(content.get("outputs"), "outputs")
        outputs: list[tuple[str, int]] = []
        taken = []
        for name, entry in given.items():
            output = self.mapping(entry, f"outputs.{name}")
            index = self.position(output.get("node_index"), f"outputs.{name}.node_index", len(steps))
            labels = [str(label) for label in self.listed(output, "labels", f"outputs.{name}")]
            self.same(len(labels), steps[index].width, f"outputs.{name}", "labels")
            outputs += [(label if len(given) == 1 else f"{name}.{label}", index) for label in labels]
            taken.append(index)
        if not taken:
            self.fail("outputs", "there are none")
        return Document(tuple(variables), tuple(steps), tuple(outputs), tuple(taken))

    def node(
        self, node: Mapping[str, Any], place: str, steps: Sequence[Step], firsts: Sequence[tuple[int, int]],
        layers: Sequence[Any],
    ) -> Step:  # fmt: skip
        kind = str(node.get("type"))
        if kind not in _NODES:
            raise self.unknown(kind, place, "node", _NODES)
        # for an input the source is an input node, for all others an earlier node
        known = len(firsts) if kind == "input" else len(steps)
        given = self.listed(node, "sources", place)
        sources = tuple(self.position(k, f"{place}.sources", known) for k in given)
        if not sources or (kind in ("input", "feed_forward") and len(sources) != 1):
            self.fail(place, f"a node of type {kind} has {len(sources)} sources")
        if kind == "input":
            first, width = firsts[sources[0]]
            self.same(int(node.get("size", width)), width, place, "values")
            return Step("input", (), first, width)
        widths = [steps[k].width for k in sources]
        if kind == "concatenate":
            return Step(kind, sources, 0, sum(widths))
        if kind == "add":
            if len(set(widths)) > 1:
                self.fail(place, f"adds nodes that give {', '.join(map(str, widths))} values")
            return Step(kind, sources, 0, widths[0])
        index = self.position(node.get("layer_index"), f"{place}.layer_index", len(layers))
        layer, width = self.layer(layers[index], f"layers[{index}]", widths[0])
        return Step(kind, sources, 0, width, layer)

    # ---- layers

    def layer(self, entry: Any, place: str, width: int) -> tuple[Layer, int]:
        """Return a layer and how many values it gives, for `width` values in."""
        layer = self.mapping(entry, place)
        kind = str(layer.get("architecture"))
        if kind == "dense":
            bias = self.numbers(layer.get("bias", []), f"{place}.bias")
            flat = self.numbers(layer.get("weights", []), f"{place}.weights")
            weights = self.matrix(flat, width, place) if len(flat) else None
            out = width if weights is None else len(weights)
            if len(bias):
                self.same(len(bias), out, place, "biases")
            activation = self.activation(layer.get("activation", "linear"), place)
            return Dense(weights, bias if len(bias) else None, activation), out
        if kind == "normalization":
            weights, bias = (self.numbers(layer.get(key), f"{place}.{key}") for key in ("weights", "bias"))
            self.same(len(weights), width, place, "weights")
            self.same(len(bias), width, place, "biases")
            return Normalization(weights, bias), width
        if kind == "maxout":
            units = [self.unit(e, f"{place}.sublayers[{k}]", width)
                     for k, e in enumerate(self.listed(layer, "sublayers", place))]  # fmt: skip
            if not units or len({len(bias) for _, bias in units}) != 1:
                self.fail(place, "the sublayers of a maxout layer give the same number of values each")
            return Maxout(tuple(units)), len(units[0][1])
        if kind == "highway":
            parts = self.mapping(layer.get("components"), f"{place}.components")
            transform, carry = (self.unit(parts.get(key), f"{place}.components.{key}", width) for key in ("t", "carry"))
            for part in (transform, carry):
                self.same(len(part[1]), width, place, "values of a component")
            return Highway(transform, carry, self.activation(layer.get("activation", "linear"), place)), width
        raise self.unknown(kind, place, "layer", _LAYERS)

    def unit(self, entry: Any, place: str, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        part = self.mapping(entry, place)
        weights = self.matrix(self.numbers(part.get("weights"), f"{place}.weights"), width, place)
        bias = self.numbers(part.get("bias"), f"{place}.bias")
        self.same(len(bias), len(weights), place, "biases")
        return weights, bias

    def matrix(self, flat: NDArray[np.float64], width: int, place: str) -> NDArray[np.float64]:
        if not len(flat) or len(flat) % width:
            self.fail(place, f"{len(flat)} weights are no multiple of the {width} values that come in")
        return flat.reshape(-1, width)

    def activation(self, entry: Any, place: str) -> Activation:
        has_alpha = isinstance(entry, Mapping)
        name = str(entry.get("function") if has_alpha else entry)
        if name not in NAMES:
            raise self.unknown(name, place, "activation", NAMES)
        if not has_alpha:
            # an elu without alpha is read by lwtnn with 1; for the others alpha is undefined there
            if name in ("leakyrelu", "swish"):
                self.fail(place, f"the activation {name} has no alpha")
            return Activation(name)
        return Activation(name, self.number(entry.get("alpha"), f"{place}.activation.alpha"))

    # ---- values

    def variables(
        self, entries: Sequence[Any], place: str, defaults: Mapping[str, Any], prefix: str = ""
    ) -> tuple[Variable, ...]:
        out = []
        for k, entry in enumerate(entries):
            here = f"{place}[{k}]"
            one = self.mapping(entry, here)
            name = str(one.get("name"))
            default = defaults.get(name, one.get("default"))
            out.append(
                Variable(
                    f"{prefix}{name}",
                    self.number(one.get("offset"), f"{here}.offset"),
                    self.number(one.get("scale"), f"{here}.scale"),
                    None if default is None else self.number(default, f"{here}.default"),
                )
            )
        names = [variable.name for variable in out]
        if not names or len(set(names)) != len(names):
            self.fail(place, "inputs have names, each its own")
        return tuple(out)

    def numbers(self, entry: Any, place: str) -> NDArray[np.float64]:
        if not isinstance(entry, list) or not all(type(value) in (int, float) for value in entry):
            self.fail(place, "a list of numbers is expected")
        values = np.array(entry, dtype=np.float64)
        if not np.isfinite(values).all():
            self.fail(place, "a number is not finite")
        return values

    def number(self, entry: Any, place: str) -> float:
        if type(entry) not in (int, float):
            self.fail(place, f"a number is expected, not {entry!r}")
        return float(entry)

    def position(self, entry: Any, place: str, known: int) -> int:
        if type(entry) is not int or not 0 <= entry < known:
            self.fail(place, f"{entry!r} is not one of the {known} before it, counted from 0")
        return int(entry)

    def mapping(self, entry: Any, place: str) -> Mapping[str, Any]:
        if not isinstance(entry, dict):
            self.fail(place, "an object with named entries is expected")
        return dict(entry)

    def listed(self, entry: Mapping[str, Any], key: str, place: str) -> Sequence[Any]:
        if not isinstance(entry.get(key), list):
            self.fail(place, f"the list {key!r} is missing")
        return list(entry[key])

    def same(self, found: int, wanted: int, place: str, what: str) -> None:
        if found != wanted:
            self.fail(place, f"{found} {what}, but {wanted} are needed")

    def unknown(self, name: str, place: str, what: str, known: Sequence[str]) -> NetworkError:
        reason = f"unknown {what} {name!r}"
        if name in _ON_SEQUENCES:
            reason = f"the {what} {name!r} works on sequences, which are not converted"
        return NetworkError(f"{self.source}: {place}: {reason}; known are {', '.join(known)}")

    def fail(self, place: str, reason: str) -> NoReturn:
        message = f"{self.source}: {place}: {reason}"
        raise NetworkError(message)
