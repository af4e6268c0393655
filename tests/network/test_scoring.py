"""Scores at parameter points."""

from __future__ import annotations

import numpy as np
import pytest

from recastbook.exceptions import NetworkError
from recastbook.network import Evaluator, ModelCard, evaluate, evaluate_points


@pytest.fixture
def raw(toy_card):
    rng = np.random.default_rng(5)
    values = rng.normal(toy_card.means, toy_card.widths, size=(200, 9))
    values[:, 8] = np.nan  # as raw_matrix leaves it
    return values


def filled(raw, mass):
    out = raw.copy()
    out[:, 8] = mass
    return out


def test_parameters_are_filled_per_point(toy, toy_card, raw, expected):
    session = toy_card.session(toy())
    scores = evaluate_points(toy_card, session, raw, [(800,), (1600,), (800,)])
    assert list(scores) == [(800.0,), (1600.0,)]
    for (mass,), columns in scores.items():
        np.testing.assert_allclose(
            columns["p_signal"], expected(toy_card.normalise(filled(raw, mass)))[:, 0], atol=1e-6
        )
    assert not np.allclose(scores[800.0,]["p_signal"], scores[1600.0,]["p_signal"])


def test_a_point_does_not_remember_the_one_before(toy, toy_card, raw):
    session = toy_card.session(toy())
    evaluator = Evaluator(toy_card, session, raw)
    first = evaluator.scores((800,))["p_signal"]
    evaluator.scores((1600,))
    np.testing.assert_array_equal(evaluator.scores((800,))["p_signal"], first)
    np.testing.assert_array_equal(evaluate(toy_card, session, raw, (800,))["p_signal"], first)
    assert np.isnan(raw[:, 8]).all()  # the caller's matrix is left alone


def test_scores_do_not_depend_on_the_split(toy, toy_card, raw):
    session = toy_card.session(toy())
    whole = evaluate(toy_card, session, raw, (800,))["p_signal"]
    parts = [evaluate(toy_card, session, raw[k : k + 13], (800,))["p_signal"] for k in range(0, 200, 13)]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-6)


def test_a_point_that_does_not_fit(toy, toy_card, raw):
    session = toy_card.session(toy())
    with pytest.raises(NetworkError, match=r"takes 1 parameters \(mass\), not \[1.0, 800.0\]"):
        evaluate(toy_card, session, raw, (1, 800))
    with pytest.raises(NetworkError, match=r"'mass' .* is nan; allowed are finite numbers"):
        evaluate(toy_card, session, raw, (np.nan,))


def test_a_flag_is_zero_or_one(toy, toy_card, raw, card_text):
    card = ModelCard.from_yaml(
        card_text.replace("{name: mass, ", "{name: mass, legend: {'800': a, '1600': b, '1500': c}, ")
    )
    with pytest.raises(NetworkError, match="parameter 'mass' of 'toy network' is 2; allowed are 800, 1600, 1500"):
        evaluate(card, toy_card.session(toy()), raw, (2,))


def test_bad_features_are_named_before_anything_runs(toy_card, raw, tmp_path):
    raw[11, 3] = np.inf
    with pytest.raises(NetworkError, match=r"event 1011 \(row 11\): input 'jet_pt_1'"):
        evaluate(toy_card, toy_card.session(tmp_path / "none.onnx"), raw, (800,), event_ids=np.arange(1000, 1200))
    with pytest.raises(NetworkError, match=r"shape \(N, 9\); this one has \(200, 8\)"):
        evaluate(toy_card, toy_card.session(tmp_path / "none.onnx"), raw[:, :8], (800,))
