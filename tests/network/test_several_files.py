"""Cards with several files: folds and files for values of a feature, each event scored by its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recastbook.exceptions import BadSpecification, NetworkError
from recastbook.network import ModelCard, Network
from recastbook.network.network import file_of_event

Toy = Callable[..., Path]


def _card(toy_card: ModelCard, *conditions: dict[str, Any]) -> ModelCard:
    files = tuple(
        replace(toy_card.files[0], name=f"part{i}.onnx", when=(condition,)) for i, condition in enumerate(conditions)
    )
    rows = (replace(toy_card.golden_rows[0], file="part0.onnx"),)
    return replace(toy_card, files=files, golden_rows=rows)


def _fold(remainder: int, modulus: int = 2) -> dict[str, Any]:
    return {"feature": "event", "modulus": modulus, "remainder": remainder}


@pytest.fixture
def folds(toy_card: ModelCard, toy: Toy) -> ModelCard:
    """Two folds: the odd file sees the columns in another order and has constants of its own."""
    toy("part0.onnx")
    toy("part1.onnx", permute=[1, 0, 2, 3, 4, 5, 6, 7, 8])
    card = _card(toy_card, _fold(0), _fold(1))
    second = replace(
        card.files[1], means=tuple((card.means + 1.0).tolist()), widths=tuple((2.0 * card.widths).tolist())
    )
    return replace(card, files=(card.files[0], second))


def test_every_event_is_scored_by_the_file_of_its_fold(folds, expected) -> None:
    raw = np.random.default_rng(1).normal(size=(7, 9)) * folds.widths + folds.means
    events = np.array([4, 5, 7, 8, 10, 11, 2**40 + 1])
    found = Network.of(folds).scores(raw, {"event": events}, (800.0,))["p_signal"]
    raw[:, 8] = 800.0
    even = expected(((raw - folds.means) / folds.widths).astype("f4"))[:, 0]
    odd = expected((((raw - folds.means - 1.0) / folds.widths / 2.0)[:, [1, 0, *range(2, 9)]]).astype("f4"))[:, 0]
    assert found == pytest.approx(np.where(events % 2, odd, even), abs=1e-5)


def test_a_file_for_each_number_of_jets(toy_card) -> None:
    card = _card(
        toy_card,
        {"feature": "n_jets", "equals": 4},
        {"feature": "n_jets", "equals": 5},
        {"feature": "n_jets", "min": 6},
    )
    assert ModelCard.from_yaml(card.to_yaml()) == card
    assert file_of_event(card, {"n_jets": np.array([5, 4, 9, 6])}, 4).tolist() == [1, 0, 2, 2]
    with pytest.raises(NetworkError, match=r"event 12 \(n_jets = 3\): none of the 3 files .* 1 of 2 events"):
        file_of_event(card, {"n_jets": np.array([4, 3])}, 2, event_ids=[11, 12])


def test_an_event_cannot_belong_to_two_files(toy_card) -> None:
    card = _card(toy_card, {"feature": "n_jets", "max": 5}, {"feature": "n_jets", "min": 5})
    with pytest.raises(NetworkError, match=r"row 1 \(n_jets = 5\): both part0\.onnx and part1\.onnx are for it"):
        file_of_event(card, {"n_jets": np.array([4, 5])}, 2)


def test_the_feature_that_chooses_must_be_there(toy_card) -> None:
    card = _card(toy_card, {"feature": "n_jets", "max": 5}, {"feature": "n_jets", "min": 6})
    with pytest.raises(NetworkError, match="chooses its file by 'n_jets', which is not computed"):
        file_of_event(card, {"n_jet": np.array([4])}, 1)


@pytest.mark.parametrize(
    ("conditions", "problem"),
    [
        ((_fold(0, 3), _fold(1, 3)), "modulo 3 is 2 are for none of the files"),
        ((_fold(0), _fold(0)), "are for the same events"),
        ((_fold(0), _fold(2)), "a remainder of 2 does not occur with modulus 2"),
        ((_fold(0), _fold(1, 3)), "the folds have different rules"),
    ],
    ids=["a fold is missing", "twice the same", "no such remainder", "two rules"],
)
def test_folds_that_leave_events_out_are_found_on_reading(toy_card, conditions, problem) -> None:
    with pytest.raises(BadSpecification, match=problem):
        ModelCard.from_yaml(_card(toy_card, *conditions).to_yaml())


def test_golden_rows_are_those_of_their_file(folds) -> None:
    network = Network.of(folds)
    assert network.check_golden() == 4
    wrong = replace(folds.golden_rows[0], file="part1.onnx")
    with pytest.raises(NetworkError, match="golden row 'no jets'"):
        Network.of(replace(folds, golden_rows=(wrong,))).check_golden()
    unnamed = replace(folds, golden_rows=(replace(wrong, file=""),))
    with pytest.raises(BadSpecification, match="must say which `file` it is for"):
        ModelCard.from_yaml(unnamed.to_yaml())


def test_means_and_widths_change_places_by_an_option(toy_card) -> None:
    from recastbook.network.contract import Option

    option = Option("constants", "right", ("right", "literal"), "labels interchanged", interchanged="literal")
    card = replace(toy_card, options=(option,))
    assert ModelCard.from_yaml(card.to_yaml()) == card
    assert card.with_options({"constants": "right"}) == card
    other = card.with_options({"constants": "literal"})
    assert np.array_equal(other.means, card.widths)
    assert np.array_equal(other.widths, card.means)
