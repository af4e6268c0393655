"""Distances by hand, and what they must not depend on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recastbook as rb
from recastbook.diagnostics.domain import compare_with_card, flagged_share, measure_novelty
from recastbook.diagnostics.domain import novelty as module
from recastbook.diagnostics.domain.embedding import absent_objects, coordinates, training_widths
from recastbook.diagnostics.domain.novelty import mahalanobis, neighbour_distances
from recastbook.exceptions import BadOption, NetworkError
from recastbook.network import ModelCard

ATLAS = Path(rb.__file__).parent / "analyses"


@pytest.fixture(scope="module")
def gluinos() -> ModelCard:
    return ModelCard.load(ATLAS / "atlas_susy_2018_30")


@cache
def hhh_card() -> ModelCard:
    return ModelCard.load(ATLAS / "atlas_higp_2024_32" / "resDNN.yaml")


@pytest.fixture(scope="module")
def hhh() -> ModelCard:
    return hhh_card()


def rows(card: ModelCard, n: int, seed: int = 1, shift: float = 0.0) -> np.ndarray:
    """Events spread like the training, azimuths flat in their range."""
    generator = np.random.default_rng(seed)
    own = card.for_file(card.files[0].name)
    out = own.means + own.widths * (generator.standard_normal((n, len(own.inputs))) + shift)
    for i, column in enumerate(card.inputs):
        if column.phi_range is not None:
            out[:, i] = generator.uniform(-np.pi, np.pi, n) + (np.pi if column.phi_range == "0_2pi" else 0.0)
    return out


# ---- distances


@pytest.mark.parametrize("dimensions", [1, 3, 12, 13, 40])
def test_tree_and_products_of_matrices_agree_with_all_pairs(dimensions: int) -> None:
    generator = np.random.default_rng(dimensions)
    points, reference = generator.normal(size=(30, dimensions)), generator.normal(size=(80, dimensions)) + 1000.0
    every = np.sort(np.linalg.norm(points[:, None] - reference[None], axis=2), axis=1)
    assert neighbour_distances(points, reference, 5) == pytest.approx(every[:, 4], rel=1e-9)
    own = np.sort(np.linalg.norm(reference[:, None] - reference[None], axis=2), axis=1)
    found = neighbour_distances(reference, reference, 5, among_themselves=True)
    assert found == pytest.approx(own[:, 5], rel=1e-7)


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(3)
    points, reference = generator.normal(size=(50, 20)), generator.normal(size=(70, 20))
    whole = neighbour_distances(points, reference, 3)
    monkeypatch.setattr(module, "_BLOCK", 200)
    assert neighbour_distances(points, reference, 3) == pytest.approx(whole, rel=1e-12)


def test_mahalanobis_leaves_each_event_out_as_if_it_were_not_there() -> None:
    generator = np.random.default_rng(4)
    reference = generator.normal(size=(60, 4)) @ generator.normal(size=(4, 4))
    fast = mahalanobis(reference, reference, among_themselves=True)
    slow = [mahalanobis(reference[[i]], np.delete(reference, i, axis=0))[0] for i in range(60)]
    assert fast == pytest.approx(np.array(slow), rel=1e-8)
    # a direction without extension counts for nothing
    flat = np.column_stack([reference, np.full(60, 7.0)])
    assert mahalanobis(flat, flat) == pytest.approx(mahalanobis(reference, reference), rel=1e-8)


# ---- events as points


def test_rotation_of_an_event_and_a_turn_of_2_pi_change_nothing(gluinos: ModelCard) -> None:
    raw = rows(gluinos, 40)
    turned = raw.copy()
    for i, column in enumerate(gluinos.inputs):
        if column.phi_range is not None:
            turned[:, i] += 0.7 + 2.0 * np.pi * (i % 2)
    widths = training_widths(gluinos)
    assert coordinates(gluinos, turned, widths) == pytest.approx(coordinates(gluinos, raw, widths), abs=1e-9)
    moved = raw.copy()
    moved[:, gluinos.columns["small_R_jets_phi_0"]] += 0.7  # one jet alone is another event
    assert np.abs(coordinates(gluinos, moved, widths) - coordinates(gluinos, raw, widths)).max() > 0.3


def test_parameters_are_no_property_of_an_event(gluinos: ModelCard) -> None:
    raw = rows(gluinos, 5)
    widths = training_widths(gluinos)
    before = coordinates(gluinos, raw, widths)
    raw[:, gluinos.parameter_columns] = np.nan
    assert np.array_equal(coordinates(gluinos, raw, widths), before)


def test_objects_that_are_not_there_have_no_direction(gluinos: ModelCard) -> None:
    raw = rows(gluinos, 3)
    lepton = [i for i, c in enumerate(gluinos.inputs) if c.object == "leptons" and c.index == 3]
    raw[:2, lepton] = 0.0
    gone = absent_objects(gluinos, raw)
    assert gone[:2, lepton].all()
    assert gone.sum() == 2 * len(lepton)
    # wherever MET points, two events without the lepton are equally far from each other
    other = raw.copy()
    other[:, gluinos.columns["met_phi"]] += 1.0
    for i, c in enumerate(gluinos.inputs):
        if c.phi_range is not None and c.name != "met_phi" and not gone[0, i]:
            other[:, i] += 1.0
    widths = training_widths(gluinos)
    assert coordinates(gluinos, other, widths)[:2] == pytest.approx(coordinates(gluinos, raw, widths)[:2], abs=1e-9)


def test_absence_is_told_whatever_the_padding_of_other_quantities() -> None:
    card = ModelCard.load(ATLAS / "atlas_susy_2019_04")
    raw = np.ones((2, 65))
    ninth = [i for i, c in enumerate(card.inputs) if c.object == "jets" and c.index == 9]
    raw[1, ninth] = [1e-7, 1e-7, -5.0, 1e-7, 0.0]  # option eta_padding of the search: 1e-7 instead of -5
    gone = absent_objects(card, raw)
    assert np.flatnonzero(gone[1]).tolist() == ninth
    assert not gone[0].any()


# ---- novelty


def test_a_sample_like_the_reference_is_flagged_as_often_as_stated(gluinos: ModelCard) -> None:
    found = measure_novelty(gluinos, rows(gluinos, 1500, 1), rows(gluinos, 1500, 2), false_alarm=0.1)
    for distances in (found.neighbours, found.mahalanobis):
        assert distances.flags.mean() == pytest.approx(0.1, abs=4 * np.sqrt(2 * 0.1 * 0.9 / 1500))
    assert found.widths_from == "card"


def test_a_sample_elsewhere_is_flagged(hhh: ModelCard) -> None:
    reference = rows(hhh, 500, 2)
    far = measure_novelty(hhh, rows(hhh, 300, 1, shift=3.0), reference)
    assert far.neighbours.flags.mean() > 0.99
    # a gap inside a ring: near the mean, and far from all events. Only neighbours see it.
    ring = reference.copy()
    own = hhh.for_file(hhh.files[0].name)
    direction = (ring - own.means) / own.widths
    ring = own.means + own.widths * 5.0 * direction / np.linalg.norm(direction, axis=1)[:, None]
    middle = rows(hhh, 100, 5) * 0.02 + own.means * 0.98
    inside = measure_novelty(hhh, middle, ring)
    assert inside.neighbours.flags.all()
    assert not inside.mahalanobis.flags.any()


@given(st.permutations(range(12)))
def test_flags_do_not_depend_on_the_order_of_events(order: list[int]) -> None:
    card = hhh_card()
    raw, reference = rows(card, 12, 1, shift=1.0), rows(card, 60, 2)
    plain = measure_novelty(card, raw, reference).neighbours
    other = measure_novelty(card, raw[order], reference).neighbours
    assert np.array_equal(other.flags, plain.flags[order])
    assert other.values == pytest.approx(plain.values[order], rel=1e-12)


def test_widths_of_the_reference_where_the_card_has_none(hhh: ModelCard) -> None:
    bare = replace(
        hhh,
        files=tuple(replace(f, means=None, widths=None) for f in hhh.files),
        normalisation=replace(hhh.normalisation, where="none"),
    )
    raw, reference = rows(hhh, 50, 1), rows(hhh, 400, 2)
    found = measure_novelty(bare, raw, reference)
    assert found.widths_from == "reference"
    # units do not matter then
    scale = np.linspace(1.0, 1000.0, len(bare.inputs))
    again = measure_novelty(bare, raw * scale, reference * scale)
    assert again.neighbours.values == pytest.approx(found.neighbours.values, rel=1e-9)


def test_each_number_of_jets_has_its_own_reference() -> None:
    card = ModelCard.load(ATLAS / "atlas_susy_2019_04")
    generator = np.random.default_rng(1)
    raw, reference = generator.normal(size=(30, 65)), generator.normal(size=(160, 65))
    mine, theirs = np.arange(30) % 3, np.repeat([0, 1, 2], [100, 55, 5])
    found = measure_novelty(card, raw, reference, files=(mine, theirs))
    assert np.array_equal(found.judged, mine < 2)  # five events are no reference
    assert not found.neighbours.flags[mine == 2].any()
    alone = measure_novelty(card, raw, reference[theirs == 1])
    rest = found.neighbours.threshold[mine == 1]
    assert len(set(rest)) == 1
    assert alone.neighbours.threshold[0] == pytest.approx(rest[0], rel=0.2)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"false_alarm": 0.0}, BadOption, "false_alarm is a share between 0 and 1, not 0.0"),
        ({"k": 0}, BadOption, "k must be 1 to 49, not 0"),
        ({"reference": 49}, BadOption, "made by hand: 49 events reach the network; a reference needs at least 50"),
        ({"columns": 9}, NetworkError, r"made by hand: .* has 10 inputs; this matrix has the shape \(100, 9\)"),
        ({"nan": True}, NetworkError, r"made by hand: row 3: input 'dRH2' is nan; 1 of 100 rows"),
    ],
)
def test_what_cannot_work_is_refused(
    change: dict[str, float], error: type[Exception], message: str, hhh: ModelCard
) -> None:
    reference = rows(hhh, int(change.pop("reference", 100)))[:, : int(change.pop("columns", 10))]
    if change.pop("nan", False):
        reference[3, 2] = np.nan
    with pytest.raises(error, match=message):
        measure_novelty(hhh, rows(hhh, 10), reference, label="made by hand", **change)


# ---- moments


def test_moments_and_range_by_hand(hhh: ModelCard) -> None:
    at = hhh.columns["dRH1"]
    narrow = replace(
        hhh,
        inputs=tuple(replace(c, valid_range=(0.5, 3.0)) if c.name == "dRH1" else c for c in hhh.inputs),
    )
    raw = np.ones((3, 10))
    raw[:, at] = [0.0, 1.0, 2.0]
    weight = np.array([1.0, 1.0, 2.0])
    found = compare_with_card(narrow, raw, weight, np.array([0, 0, 1]))[at]
    assert (found.mean, found.width) == pytest.approx((1.25, np.sqrt(11 / 16)))
    even, odd = ((f.means[at], f.widths[at]) for f in hhh.files)
    shifts = [(0.0 - even[0]) / even[1], (1.0 - even[0]) / even[1], (2.0 - odd[0]) / odd[1]]
    assert found.shift == pytest.approx(np.average(shifts, weights=weight))
    assert found.outside == 0.25
    assert found.stands_out
    nothing = compare_with_card(narrow, raw, np.array([1.0, -1.0, 0.0]))[at]  # weights that cancel say nothing
    assert nothing.to_dict()["mean"] is None


# ---- shares


def test_share_and_its_error() -> None:
    weight = np.array([1.0, 1.0, 2.0])
    share, error = flagged_share(weight, np.array([True, False, False]))
    assert share == 0.25
    assert error == pytest.approx(np.sqrt(0.75**2 * 1.0 + 0.25**2 * 5.0) / 4.0)
    assert flagged_share(weight * 7.0, np.array([True, False, False])) == pytest.approx((share, error))
    assert flagged_share(weight, np.zeros(3, dtype=bool)) == (0.0, 0.5)
    assert flagged_share(np.empty(0), np.empty(0, dtype=bool)) == (None, None)
