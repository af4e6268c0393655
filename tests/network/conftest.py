"""Toy networks of a few kB whose outputs numpy can compute, and a toy card to go with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recastbook.network import ModelCard

Toy = Callable[..., Path]

CARD = """
card: 1
title: toy network
kind: toy
role: event_discriminant
analysis: {id: TOY-2025-01}
files:
- name: toy.onnx
  input: {name: features, dtype: float32, shape: [null, 9]}
  output: {name: scores, dtype: float32, shape: [null, 2]}
objects:
- {name: jets, definition: all jets, sort_by: pt, truncation: 2, level: reco-object}
inputs:
- {name: jet_pt_0, object: jets, index: 0, quantity: pt, unit: GeV, padding: 0.0, mean: 100.0, width: 50.0}
- {name: jet_eta_0, object: jets, index: 0, quantity: eta, unit: '1', padding: -5.0, mean: 0.0, width: 1.0}
- {name: jet_phi_0, object: jets, index: 0, quantity: phi, unit: rad, padding: -5.0,
   phi_range: minus_pi_pi, mean: 0.0, width: 2.0}
- {name: jet_pt_1, object: jets, index: 1, quantity: pt, unit: GeV, padding: 0.0, mean: 60.0, width: 40.0}
- {name: jet_eta_1, object: jets, index: 1, quantity: eta, unit: '1', padding: -5.0, mean: 0.0, width: 1.0}
- {name: jet_phi_1, object: jets, index: 1, quantity: phi, unit: rad, padding: -5.0,
   phi_range: minus_pi_pi, mean: 0.0, width: 2.0}
- {name: met, quantity: met, unit: MeV, scale: 0.001, level: reco-object, mean: 200.0, width: 100.0}
- {name: met_phi, quantity: met_phi, unit: rad, phi_range: 0_2pi, level: reco-object, mean: 3.0, width: 2.0}
- {name: mass, quantity: mass, unit: GeV, level: parameter, mean: 1000.0, width: 500.0}
layout: by_object
normalisation: {where: outside}
parameters:
  names: [mass]
  points: [{region: SR-A, values: [800]}, {region: SR-B, values: [1600]}, {region: SR-C, values: [800]}]
activation: softmax
outputs:
- {name: p_signal, meaning: signal}
- {name: p_background, meaning: background}
variants:
- {name: no_jets, definition: without jets, absent: [jets], replace: {met: met_without_jets}, parameters: {mass: 500}}
options:
- {name: met_phi_range, default: 0_2pi, alternatives: [0_2pi, minus_pi_pi], reason: not known, phi_range_of: met_phi}
golden_rows:
- {name: no jets, raw: {met: 300, met_phi: 1, mass: 1500},
   normalised: {jet_pt_0: -2.0, met: 1.0, met_phi: -1.0, mass: 1.0}}
"""


@pytest.fixture
def card_text() -> str:
    return CARD


@pytest.fixture
def toy_card(tmp_path: Path) -> ModelCard:
    path = tmp_path / "network.yaml"
    path.write_text(CARD, encoding="utf-8")
    return ModelCard.load(path)


def weights(n_in: int, n_out: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return (
        rng.normal(size=(n_in, 16)).astype("f4") / 3,
        rng.normal(size=16).astype("f4"),
        rng.normal(size=(16, n_out)).astype("f4") / 4,
        rng.normal(size=n_out).astype("f4"),
    )


def by_numpy(rows: np.ndarray) -> np.ndarray:
    """Scores of the toy network, computed without ONNX."""
    w1, b1, w2, b2 = weights(rows.shape[1], 2)
    logits = np.maximum(rows @ w1 + b1, 0) @ w2 + b2
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.fixture
def expected() -> Callable[[np.ndarray], np.ndarray]:
    return by_numpy


def write_onnx(
    path: Path,
    *,
    n_in: int = 9,
    n_out: int = 2,
    input_name: str = "features",
    output_name: str = "scores",
    rows: str | int = "batch",
    dtype: str = "float32",
    last: str = "Softmax",
    permute: Sequence[int] | None = None,
    domain: str = "",
    reshape: bool = False,
) -> Path:
    """Write a two-layer network; the arguments break it in one place each."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    kind = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}[dtype]
    w1, b1, w2, b2 = (w.astype(dtype) for w in weights(n_in, n_out))
    if permute is not None:
        w1 = w1[list(permute)]
    final: dict[str, Any] = {"axis": 1} if last == "Softmax" else {}
    nodes = [
        helper.make_node("Gemm", [input_name, "w1", "b1"], ["h1"]),
        helper.make_node("Relu", ["h1"], ["h2"]),
        helper.make_node("Gemm", ["h2", "w2", "b2"], ["h3"]),
        helper.make_node(last, ["h3"], [output_name], domain=domain, **final),
    ]
    values = [numpy_helper.from_array(w, n) for w, n in zip((w1, b1, w2, b2), ("w1", "b1", "w2", "b2"), strict=True)]
    if reshape:  # a constant that holds the number of rows, as exporters write it
        values.append(numpy_helper.from_array(np.array([rows, n_in], dtype=np.int64), "shape"))
        nodes.insert(0, helper.make_node("Reshape", [input_name, "shape"], ["h0"]))
        nodes[1].input[0] = "h0"
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info(input_name, kind, [rows, n_in])],
        [helper.make_tensor_value_info(output_name, kind, [rows, n_out])],
        values,
    )
    opsets = [helper.make_opsetid("", 13)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=opsets)
    model.ir_version = 8
    onnx.save(model, str(path))
    return path


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    def make(name: str = "toy.onnx", **changes: Any) -> Path:
        return write_onnx(tmp_path / name, **changes)

    return make


@pytest.fixture
def with_file() -> Callable[..., ModelCard]:
    """Put facts about the file into a card."""

    def change(card: ModelCard, **facts: Any) -> ModelCard:
        from dataclasses import replace

        return replace(card, files=(replace(card.files[0], **facts),))

    return change


@pytest.fixture
def sha256() -> Callable[[Path], str]:
    return lambda path: hashlib.sha256(path.read_bytes()).hexdigest()
