"""The script that trains the stand-in: parity, determinism, and an augmentation that keeps the physics."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml

from recastbook.network import ModelCard

pytest.importorskip("sklearn", reason="training needs the extra 'convert'")
SCRIPT = Path(__file__).parents[2] / "scripts" / "train_stand_in.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("train_stand_in", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def card(script) -> ModelCard:
    return ModelCard.load(script.HERE)


@pytest.fixture(scope="module")
def events(script, card):
    """Events without physics: every fourth is a signal of either kind, with more MET."""
    rng = np.random.default_rng(11)
    n = 2400
    label = np.arange(n) % 3
    raw = rng.normal(card.means, card.widths, size=(n, 87))
    for position, column in enumerate(card.inputs):
        if column.phi_range:
            raw[:, position] = rng.uniform(-np.pi, np.pi, n) % (2 * np.pi if column.phi_range == "0_2pi" else 7)
        if column.quantity in ("pt", "mass"):
            raw[:, position] = np.abs(raw[:, position])
    for block in card.objects:
        absent = rng.random(n) < 0.3
        last = [k for k, c in enumerate(card.inputs) if c.object == block.name and c.index == block.truncation - 1]
        raw[np.ix_(absent, last)] = 0.0
    raw[:, card.columns["met"]] = 200 + 900 * (label < 2) + rng.exponential(50, n)
    raw[:, card.parameter_columns] = np.nan
    hypotheses = np.array([p.values for p in card.parameters.points])  # four of Gtt, then four of Gbb
    point = np.where((label < 2)[:, None], hypotheses[4 * (label % 2) + np.arange(n) // 3 % 4], np.nan)
    return script.Events(raw, label, point, np.ones(n), np.ones((n, 8), bool), np.arange(n) % 4 == 3)


def test_rotation_keeps_what_is_relative(script, card, events):
    out = script.augment(events.raw, card, np.random.default_rng(1))
    at = card.columns
    for name in ("small_R_jets_pt_0", "large_R_jets_m_1", "met"):
        np.testing.assert_array_equal(out[:, at[name]], events.raw[:, at[name]])

    def cos_dphi(rows, a, b):
        return np.cos(rows[:, at[a]] - rows[:, at[b]])

    for pair in (("small_R_jets_phi_0", "met_phi"), ("small_R_jets_phi_1", "large_R_jets_phi_0")):
        np.testing.assert_allclose(cos_dphi(out, *pair), cos_dphi(events.raw, *pair), atol=1e-9)
    np.testing.assert_array_equal(np.abs(out[:, at["leptons_eta_0"]]), np.abs(events.raw[:, at["leptons_eta_0"]]))
    absent = events.raw[:, at["small_R_jets_pt_9"]] == 0.0
    assert absent.any()
    assert not out[np.ix_(absent, [at["small_R_jets_phi_9"], at["small_R_jets_eta_9"]])].any()
    assert out[:, at["met_phi"]].min() >= 0.0


def test_background_is_asked_about_the_signals_hypotheses(script, events):
    points = script.draw_points(events, np.random.default_rng(1))
    assert np.isfinite(points).all()
    own = {tuple(point) for point in events.point[events.label < 2]}
    assert {tuple(point) for point in points[events.label == 2]} == own


def test_classes_weigh_alike(script, events):
    weight = script.class_weights(events)
    sums = [weight[events.label == k].sum() for k in range(3)]
    assert sums == pytest.approx([len(events) / 3] * 3)


def test_training_is_deterministic_and_onnx_agrees(script, card, events):
    first = script.train(events, card, epochs=2)
    second = script.train(events, card, epochs=2)
    content = script.to_onnx(first, card)
    assert content == script.to_onnx(second, card)
    raw = events.raw.copy()
    raw[:, card.parameter_columns] = (1, 2100, 1)
    assert script.parity(first, content, card, card.normalise(raw)) < 1e-5


def test_everything_is_written_and_loads(script, card, events, tmp_path):
    samples = [
        {"process": "gtt" if flag else "gbb", "m_gluino": m_gluino, "m_lsp": m_lsp}
        for flag, m_gluino, m_lsp in (point.values for point in card.parameters.points)
    ]
    samples.append({"process": "ttbar"})
    rows = [tuple(point.values) for point in card.parameters.points]
    which = [rows.index(tuple(point)) if point[0] == point[0] else 8 for point in events.point]

    np.savez(
        tmp_path / "inputs.npz",
        samples=yaml.safe_dump(samples),
        raw=events.raw,
        weight=events.weight,
        passes=events.passes,
        event=np.arange(len(events)),
        sample=which,
    )
    script.make(tmp_path / "inputs.npz", tmp_path / "out", epochs=12)
    card = ModelCard.load(tmp_path / "out")
    assert card.label == script.LABEL
    assert card.check_golden(card.session()) > 30
    assert card.training["held_out"]["ttbar"] > 0
