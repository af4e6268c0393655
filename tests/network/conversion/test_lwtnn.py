"""Networks of lwtnn: parity with a plain evaluation written from the definitions, and refusals that name the layer."""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from recastbook.exceptions import BadOption, NetworkError
from recastbook.network.conversion import convert_model

RNG = np.random.default_rng(11)


def numbers(*shape: int) -> list[float]:
    return [float(v) for v in RNG.normal(size=shape).ravel() * 0.6]


def dense(inputs: int, outputs: int, activation: Any = "rectified") -> dict[str, Any]:
    return {"architecture": "dense", "weights": numbers(outputs, inputs), "bias": numbers(outputs),
            "activation": activation}  # fmt: skip


def variables(count: int) -> list[dict[str, Any]]:
    return [{"name": f"x{k}", "offset": -50.0 * k, "scale": 1 / (10.0 + k)} for k in range(count)]


SEQUENCE = {
    "inputs": variables(5),
    "layers": [
        dense(5, 6, {"function": "elu", "alpha": 0.7}),
        {"architecture": "normalization", "weights": numbers(6), "bias": numbers(6), "activation": "linear"},
        dense(6, 6, {"function": "leakyrelu", "alpha": 0.1}),
        {"architecture": "highway", "activation": "tanh",
         "components": {key: {"weights": numbers(6, 6), "bias": numbers(6)} for key in ("t", "carry")}},
        {"architecture": "maxout", "sublayers": [{"weights": numbers(4, 6), "bias": numbers(4)} for _ in range(3)]},
        dense(4, 4, {"function": "swish", "alpha": 1.3}),
        dense(4, 4, "hard_sigmoid"),
        dense(4, 4, "abs"),
        dense(4, 4, "sigmoid"),
        {"architecture": "dense", "weights": [], "bias": numbers(4), "activation": "rectified"},
        dense(4, 3, "softmax"),
    ],
    "outputs": ["signal", "top", "other"],
    "defaults": {"x1": 55.0, "x4": 150.0},
}  # fmt: skip

GRAPH = {
    "inputs": [
        {"name": "jets", "variables": variables(3)},
        {"name": "event", "variables": [{**v, "default": 7.0} for v in variables(2)]},
    ],
    "input_sequences": [],
    "nodes": [
        {"type": "input", "sources": [0], "size": 3},
        {"type": "input", "sources": [1], "size": 2},
        {"type": "feed_forward", "sources": [0], "layer_index": 0},
        {"type": "feed_forward", "sources": [1], "layer_index": 1},
        {"type": "add", "sources": [2, 3]},
        {"type": "concatenate", "sources": [4, 0, 1]},
        {"type": "feed_forward", "sources": [5], "layer_index": 2},
        {"type": "feed_forward", "sources": [4], "layer_index": 3},
    ],
    "layers": [dense(3, 4), dense(2, 4, "tanh"), dense(9, 2, "softmax"), dense(4, 1, "linear")],
    "outputs": {"class": {"labels": ["s", "b"], "node_index": 6}, "mass": {"labels": ["m"], "node_index": 7}},
}


# ---- the definitions, row by row in plain Python


def apply(activation: Any, values: list[float]) -> list[float]:
    name, alpha = (activation, 1.0) if isinstance(activation, str) else (activation["function"], activation["alpha"])
    if name == "softmax":
        powers = [math.exp(v) for v in values]
        return [p / sum(powers) for p in powers]
    return [
        {
            "linear": lambda v: v, "rectified": lambda v: max(v, 0.0), "tanh": math.tanh, "abs": abs,
            "sigmoid": lambda v: 1 / (1 + math.exp(-v)), "hard_sigmoid": lambda v: min(max(0.2 * v + 0.5, 0.0), 1.0),
            "elu": lambda v: v if v >= 0 else alpha * (math.exp(v) - 1),
            "leakyrelu": lambda v: v if v > 0 else alpha * v,
            "swish": lambda v: v / (1 + math.exp(-alpha * v)),
        }[name](v)
        for v in values
    ]  # fmt: skip


def affine(part: dict[str, Any], values: list[float]) -> list[float]:
    n = len(values)
    if not part["weights"]:
        return [v + b for v, b in zip(values, part["bias"], strict=True)]
    return [b + sum(part["weights"][o * n + i] * values[i] for i in range(n)) for o, b in enumerate(part["bias"])]


def layer_of(layer: dict[str, Any], values: list[float]) -> list[float]:
    kind = layer["architecture"]
    if kind == "dense":
        return apply(layer["activation"], affine(layer, values))
    if kind == "normalization":
        return [(v + b) * w for v, b, w in zip(values, layer["bias"], layer["weights"], strict=True)]
    if kind == "maxout":
        return [max(column) for column in zip(*(affine(s, values) for s in layer["sublayers"]), strict=True)]
    carry = apply("sigmoid", affine(layer["components"]["carry"], values))
    moved = apply(layer["activation"], affine(layer["components"]["t"], values))
    return [c * t + (1 - c) * v for c, t, v in zip(carry, moved, values, strict=True)]


def fed(entries: list[dict[str, Any]], defaults: dict[str, float], row: list[float]) -> list[float]:
    filled = [
        defaults.get(v["name"], v.get("default")) if math.isnan(x) else x for v, x in zip(entries, row, strict=True)
    ]
    return [(x + v["offset"]) * v["scale"] for v, x in zip(entries, filled, strict=True)]


def by_hand(content: dict[str, Any], row: list[float]) -> list[float]:
    if "nodes" not in content:
        values = fed(content["inputs"], content["defaults"], row)
        for layer in content["layers"]:
            values = layer_of(layer, values)
        return values
    parts = [fed(content["inputs"][0]["variables"], {}, row[:3]), fed(content["inputs"][1]["variables"], {}, row[3:])]
    known: list[list[float]] = []
    for node in content["nodes"]:
        sources = node["sources"]
        if node["type"] == "input":
            known.append(parts[sources[0]])
        elif node["type"] == "add":
            known.append([sum(column) for column in zip(*(known[s] for s in sources), strict=True)])
        elif node["type"] == "concatenate":
            known.append([value for s in sources for value in known[s]])
        else:
            known.append(layer_of(content["layers"][node["layer_index"]], known[sources[0]]))
    return [value for output in content["outputs"].values() for value in known[output["node_index"]]]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Any], Path]:
    def write(content: Any) -> Path:
        path = tmp_path / "network.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("content", [SEQUENCE, GRAPH], ids=["sequence", "graph"])
def test_scores_are_those_of_the_definitions(written: Callable[[Any], Path], content: dict[str, Any]) -> None:
    report = convert_model(written(content), rows=2000, cuts=[0.4], window=0.05)
    assert report.agrees
    assert max(c.largest for c in report.comparisons) < 1e-5
    session = onnxruntime.InferenceSession(report.out, providers=["CPUExecutionProvider"])
    rows = np.random.default_rng(1).normal(60.0, 40.0, size=(50, 5)).astype("f4")
    rows[3, 4] = rows[5, 4] = np.nan
    (scores,) = session.run(None, {"features": rows})
    assert scores == pytest.approx(
        np.array([by_hand(content, [float(v) for v in row]) for row in rows]), rel=1e-5, abs=1e-5
    )
    assert session.get_inputs()[0].shape[1] == 5


def test_names_are_kept(written: Callable[[Any], Path]) -> None:
    report = convert_model(written(GRAPH), rows=50)
    assert report.inputs == ("jets.x0", "jets.x1", "jets.x2", "event.x0", "event.x1")
    assert report.outputs == ("class.s", "class.b", "mass.m")
    assert "float64" in report.reference


@pytest.mark.skipif(not importlib.util.find_spec("petrifyml"), reason="petrifyML (GPL) is the user's to install")
def test_scores_are_those_of_petrifyml(written: Callable[[Any], Path], tmp_path: Path) -> None:
    from petrifyml.lightweightnn_to_onnx import LwtnnToOnnxConverter

    content = {**SEQUENCE, "layers": [*SEQUENCE["layers"][:2], dense(6, 3, "softmax")], "defaults": {}}
    ours = convert_model(written(content), rows=50)
    other = tmp_path / "other.onnx"
    LwtnnToOnnxConverter("other").lwtnn_to_onnx(tmp_path / "network.json", other)
    rows = np.random.default_rng(1).normal(60.0, 40.0, size=(50, 5)).astype("f4")
    found = []
    for path in (ours.out, other):
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        found.append(session.run(None, {session.get_inputs()[0].name: rows})[0])
    assert found[0] == pytest.approx(found[1], abs=1e-5)


def changed(**changes: Any) -> dict[str, Any]:
    return {**SEQUENCE, **changes}


BAD = {
    "unknown layer": (changed(layers=[dense(5, 3), {"architecture": "conv2d"}]),
                      r"layers\[1\]: unknown layer 'conv2d'"),
    "sequence layer": (changed(layers=[{"architecture": "lstm"}]), r"layers\[0\]: the layer 'lstm' works on sequences"),
    "unknown activation": (changed(layers=[dense(5, 3, "gelu")]), r"layers\[0\]: unknown activation 'gelu'"),
    "no alpha": (changed(layers=[dense(5, 3, "swish")]), "swish has no alpha"),
    "length of weights": (changed(layers=[dense(4, 4)]), "16 weights are no multiple of the 5 values"),
    "length of outputs": (changed(outputs=["a"]), "1 names, but 3 are needed"),
    "text for a number": (changed(inputs=[{"name": "a", "offset": "0", "scale": 1}]), r"inputs\[0\].offset: a number"),
    "no layers": ({"inputs": variables(2), "outputs": []}, "list 'layers' is missing"),
    "sequences in": ({**GRAPH, "input_sequences": [{"name": "tracks"}]}, "sequences are not converted"),
    "node before itself": (
        {**GRAPH, "nodes": [{"type": "add", "sources": [0, 1]}]}, r"nodes\[0\].sources: 0 is not one of the 0"
    ),
    "unknown node": ({**GRAPH, "nodes": [{"type": "multiply", "sources": []}]}, "unknown node 'multiply'"),
    "not a number": ('{"inputs": [{"name": "a", "offset": NaN, "scale": 1}]}', "NaN is no number"),
    "truncated": (json.dumps(SEQUENCE)[:400], "not readable as JSON"),
    "deep": ('{"inputs": ' + "[" * 100_000, "not readable as JSON"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_document_is_refused_with_its_place(written: Callable[[Any], Path], tmp_path: Path, kind: str) -> None:
    content, message = BAD[kind]
    with pytest.raises(NetworkError, match=message) as caught:
        convert_model(written(content))
    assert "network.json" in str(caught.value)
    assert not (tmp_path / "network.onnx").exists()


def test_existing_file_is_kept_unless_told(written: Callable[[Any], Path], tmp_path: Path) -> None:
    (tmp_path / "network.onnx").write_bytes(b"precious")
    with pytest.raises(BadOption, match="exists already; --overwrite"):
        convert_model(written(SEQUENCE))
    assert (tmp_path / "network.onnx").read_bytes() == b"precious"
    assert convert_model(written(SEQUENCE), overwrite=True, rows=50).out.stat().st_size > 100
