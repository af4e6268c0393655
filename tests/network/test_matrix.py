"""The raw matrix: order, truncation, padding, azimuth ranges, units, and what is refused."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from recastbook.exceptions import NetworkError, UnknownName
from recastbook.network import wrap_phi

JETS = ak.Array(
    [
        [
            {"pt": 50.0, "eta": 0.5, "phi": 1.0},
            {"pt": 40.0, "eta": -0.5, "phi": -1.0},
            {"pt": 30.0, "eta": 2.0, "phi": 2.0},
        ],
        [],
        [{"pt": 80.0, "eta": 1.5, "phi": 4.0}],
    ]
)
EVENTS = {"met": [300.0, 250.0, 200.0], "met_phi": [-1.0, 0.5, 3.0]}


def test_rows_follow_the_card(toy_card):
    raw = toy_card.raw_matrix({"jets": JETS}, EVENTS)
    two_pi = 2 * np.pi
    assert raw[:, :8] == pytest.approx(
        np.array(
            [
                [50.0, 0.5, 1.0, 40.0, -0.5, -1.0, 300.0, two_pi - 1.0],
                [0.0, -5.0, -5.0, 0.0, -5.0, -5.0, 250.0, 0.5],
                [80.0, 1.5, 4.0 - two_pi, 0.0, -5.0, -5.0, 200.0, 3.0],
            ]
        )
    )
    assert np.isnan(raw[:, 8]).all()  # the parameter belongs to the point, not to the event


def test_permuted_objects_are_sorted(toy_card):
    shuffled = JETS[:, ::-1]
    a, b = (toy_card.raw_matrix({"jets": jets}, EVENTS) for jets in (JETS, shuffled))
    np.testing.assert_array_equal(a, b)


def test_objects_beyond_the_truncation_change_nothing(toy_card):
    np.testing.assert_array_equal(
        toy_card.raw_matrix({"jets": JETS}, EVENTS), toy_card.raw_matrix({"jets": JETS[:, :2]}, EVENTS)
    )


def test_padding_is_not_wrapped(toy_card):
    raw = toy_card.raw_matrix({"jets": JETS[1:2]}, {"met": [1.0], "met_phi": [0.0]})
    assert raw[0, toy_card.columns["jet_phi_0"]] == -5.0


def test_no_events_give_an_empty_matrix(toy_card):
    assert toy_card.raw_matrix({"jets": JETS[:0]}, {"met": [], "met_phi": []}).shape == (0, 9)


def test_variant_takes_other_quantities(toy_card):
    raw = toy_card.raw_matrix({}, {"met_without_jets": [7.0], "met_phi": [1.0]}, variant="no_jets")
    assert raw[0].tolist() == [0.0, -5.0, -5.0, 0.0, -5.0, -5.0, 7.0, 1.0, 500.0]
    with pytest.raises(UnknownName, match="Did you mean 'no_jets'"):
        toy_card.raw_matrix({}, EVENTS, variant="no_jet")


def test_columns_by_name_in_any_order(toy_card):
    table = {column.name: np.full(2, k, dtype=float) for k, column in enumerate(toy_card.inputs)}
    np.testing.assert_array_equal(toy_card.matrix(dict(reversed(table.items()))), [np.arange(9.0)] * 2)
    del table["mass"]
    assert np.isnan(toy_card.matrix(table)[:, 8]).all()
    with pytest.raises(NetworkError, match=r"'jet_pt_2' is not an input.*Did you mean 'jet_pt_"):
        toy_card.matrix({**table, "jet_pt_2": [1.0, 2.0]})
    del table["met"]
    with pytest.raises(NetworkError, match="1 of 9 inputs of 'toy network' are missing: met"):
        toy_card.matrix(table)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_name_event_and_column(toy_card, value):
    events = {**EVENTS, "met": [300.0, value, 200.0]}
    with pytest.raises(NetworkError, match=r"event 4711 \(row 1\): input 'met' .* 1 of 3 rows"):
        toy_card.raw_matrix({"jets": JETS}, events, event_ids=[17, 4711, 9])
    with pytest.raises(NetworkError, match="row 1: input 'met'"):
        toy_card.raw_matrix({"jets": JETS}, events)


def test_nan_in_an_object_is_named(toy_card):
    jets = ak.with_field(JETS, ak.Array([[0.5, np.nan, 2.0], [], [1.5]]), "eta")
    with pytest.raises(NetworkError, match="row 0: input 'jet_eta_1' of 'toy network' is nan"):
        toy_card.raw_matrix({"jets": jets}, EVENTS)


def test_what_is_missing_is_named(toy_card):
    with pytest.raises(NetworkError, match=r"needs the collection 'jets'\. Did you mean 'jet'"):
        toy_card.raw_matrix({"jet": JETS}, EVENTS)
    with pytest.raises(NetworkError, match="needs the event quantity 'met_phi'"):
        toy_card.raw_matrix({"jets": JETS}, {"met": [1.0, 1.0, 1.0]})
    with pytest.raises(NetworkError, match="'jets' has no field 'eta'"):
        toy_card.raw_matrix({"jets": JETS[["pt", "phi"]]}, EVENTS)
    with pytest.raises(NetworkError, match="different numbers of events: met has 3, jets has 2"):
        toy_card.raw_matrix({"jets": JETS[:2]}, EVENTS)


@pytest.mark.parametrize(
    ("phi", "phi_range", "expected"),
    [
        (-0.5, "0_2pi", 2 * np.pi - 0.5),
        (0.5, "0_2pi", 0.5),
        (-1e-18, "0_2pi", 0.0),
        (2 * np.pi, "0_2pi", 0.0),
        (np.pi, "minus_pi_pi", -np.pi),
        (-np.pi, "minus_pi_pi", -np.pi),
        (6.0, "minus_pi_pi", 6.0 - 2 * np.pi),
        (-3.0, "minus_pi_pi", -3.0),
    ],
)
def test_azimuth_is_brought_into_its_range(phi, phi_range, expected):
    assert wrap_phi(phi, phi_range) == pytest.approx(expected, abs=1e-15)
