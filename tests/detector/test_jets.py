from __future__ import annotations

from collections.abc import Callable

import awkward as ak
import numpy as np
import pytest

from recastbook.detector import load_card
from recastbook.exceptions import BadOption, BadSpecification

NO_JVT = {"jvt": "none"}


@pytest.mark.parametrize(
    ("pt", "sigma"),
    [(30, 0.145), (60, 0.115), (85, 0.095), (120, 0.075), (170, 0.07), (500, 0.05), (2000, 0.04), (20000, 0.04)],
)
def test_jet_resolution_moments(truth_in_bulk: Callable[..., ak.Array], pt: float, sigma: float) -> None:
    events = truth_in_bulk("GenJet", 2000, 10, pt=pt, eta=1.0, mass=7.0)
    jets = load_card(overrides=NO_JVT).bind(events, seed=1).jets(events)
    response = ak.to_numpy(ak.flatten(jets.pt / jets.truth_pt)).astype(np.float64)
    assert len(response) == 20_000
    assert response.mean() == pytest.approx(1.0, abs=5 * sigma / 20_000**0.5)
    assert response.std() == pytest.approx(sigma, rel=5 / (2 * 20_000) ** 0.5)
    assert ak.all(jets.mass == 7.0)
    assert ak.all(jets.eta == 1.0)


def test_jets_fall_in_pt_and_remember_where_they_came_from(mixed_events: ak.Array) -> None:
    jets = load_card().bind(mixed_events, seed=1).jets(mixed_events)
    assert ak.all(jets.pt[:, 1:] <= jets.pt[:, :-1])
    assert ak.all(jets.pt > 0.0)
    assert ak.any(jets.index[:, 1:] < jets.index[:, :-1]), "smearing should swap some jets"
    for name, source in (("truth_pt", "pt"), ("eta", "eta"), ("nTrack", "nTrack500"), ("flavour", "flavour")):
        assert ak.all(jets[name] == mixed_events.GenJet[source][jets.index])


def test_early_threshold_equals_late_selection(mixed_events: ak.Array) -> None:
    detector = load_card().bind(mixed_events, seed=1)
    every = detector.jets(mixed_events)
    assert detector.jets(mixed_events, min_pt=40.0).tolist() == every[every.pt >= 40.0].tolist()


@pytest.mark.parametrize(
    ("pt", "eta", "efficiency"),
    [(15, 0, 1.0), (22, 0, 0.86), (27, -2.3, 0.90), (32, 0, 0.92), (37, 0, 0.93), (42, 0, 0.94), (47, 0, 0.95),
     (52, 0, 0.95), (57, 2.39, 0.96), (60, 0, 1.0), (30, 2.4, 1.0), (30, -3, 1.0)],
)  # fmt: skip
def test_jvt_efficiency(truth_in_bulk: Callable[..., ak.Array], pt: float, eta: float, efficiency: float) -> None:
    events = truth_in_bulk("GenJet", 1000, 5, pt=pt, eta=eta)
    jets = load_card(overrides={"jet_resolution": "none"}).bind(events, seed=1).jets(events)
    error = (efficiency * (1 - efficiency) / 5000) ** 0.5
    assert ak.sum(ak.num(jets)) / 5000 == pytest.approx(efficiency, abs=5 * error + 1e-12)


def test_identity_returns_truth(mixed_events: ak.Array) -> None:
    jets = load_card("identity").bind(mixed_events, seed=1).jets(mixed_events)
    for name in ("pt", "eta", "phi", "mass"):
        assert jets[name].tolist() == mixed_events.GenJet[name].tolist()


@pytest.mark.parametrize(
    ("label", "expected"), [("hadron", [5, 0]), ("cone04", [4, 0]), ("ghost", [0, 15])], ids=["hadron", "cone", "ghost"]
)
def test_flavour_label_is_a_choice(truth: Callable[..., ak.Array], label: str, expected: list[int]) -> None:
    first = {"pt": 90.0, "flavour": 5, "flavourCone04": 4, "flavourGhost": 0}
    second = {"pt": 80.0, "flavour": 0, "flavourCone04": 0, "flavourGhost": 15}
    events = truth([{"GenJet": [first, second]}])
    jets = load_card("identity", overrides={"jet_flavour": label}).bind(events, seed=1).jets(events)
    assert jets.flavour.tolist() == [expected]


def test_no_events_no_jets_and_nan(truth: Callable[..., ak.Array]) -> None:
    card = load_card()
    none = truth([])
    assert card.bind(none, seed=1).jets(none).tolist() == []
    empty = truth([{}, {}])
    detector = card.bind(empty, seed=1)
    assert detector.jets(empty).tolist() == [[], []]
    assert detector.btag(detector.jets(empty)).tolist() == [[], []]
    broken = truth([{"GenJet": [{"pt": np.nan}, {"pt": 100.0}]}])
    jets = card.bind(broken, seed=1).jets(broken)
    assert jets.truth_pt.tolist() == [[100.0]], "a jet without momentum is no jet"


def test_other_events_than_those_bound(mixed_events: ak.Array) -> None:
    detector = load_card().bind(mixed_events, seed=1)
    with pytest.raises(BadOption, match="bound to 200 events, events have 5"):
        detector.jets(mixed_events[:5])


def test_wrong_level_is_named(mixed_events: ak.Array) -> None:
    events = mixed_events[[n for n in mixed_events.fields if n != "GenElectron"]]
    with pytest.raises(BadSpecification, match="no collection 'GenElectron'"):
        load_card().bind(events, seed=1).electrons(events)
