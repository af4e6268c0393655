from __future__ import annotations

from collections.abc import Callable

import awkward as ak
import numpy as np
import pytest

from recastbook.detector import load_card
from recastbook.exceptions import BadOption, UnknownName

RATES = {
    "rivet": {5: 0.79, 4: 0.2, 15: 0.0625, 0: 0.009091},
    "gambit": {5: 0.79, 4: 0.166667, 15: 0.007463, 0: 0.007463},
    "flat-77": {5: 0.77, 4: 0.2, 15: 1 / 110, 0: 1 / 110},
    "checkmate": {5: 0.7247, 4: 0.227, 15: 0.00674, 0: 0.00674},
    "truth": {5: 1.0, 4: 0.0, 15: 0.0, 0: 0.0},
}
PURE = {"jet_resolution": "none", "jvt": "none"}


@pytest.mark.parametrize(("table", "flavour"), [(t, f) for t in RATES for f in RATES[t]])
def test_rates_at_175_gev(truth_in_bulk: Callable[..., ak.Array], table: str, flavour: int) -> None:
    n = 20_000
    events = truth_in_bulk("GenJet", n // 5, 5, pt=175.0, eta=-0.4, flavour=flavour)
    detector = load_card(overrides={**PURE, "btag": table}).bind(events, seed=1)
    rate = RATES[table][flavour]
    found = ak.sum(detector.btag(detector.jets(events))) / n
    assert found == pytest.approx(rate, abs=5 * (rate * (1 - rate) / n) ** 0.5)


@pytest.mark.parametrize("table", ["rivet", "gambit"])
def test_b_efficiency_in_every_bin(table: str) -> None:
    correction = load_card().correction("btag", table)
    pt = np.array([20, 30, 49.9, 59, 74, 89, 104, 149, 199, 499, 500, 5000.0])
    expected = [0.63, 0.705, 0.74, 0.76, 0.775, 0.785, 0.795, 0.8, 0.79, 0.75]
    overflow = 0.68 if table == "rivet" else 0.675
    found = correction.evaluate(np.zeros(len(pt)), np.full(len(pt), 5), pt)
    assert found == pytest.approx([*expected, overflow, overflow])


def test_checkmate_rates_are_interpolated_and_never_negative() -> None:
    correction = load_card().correction("btag", "checkmate")

    def rate(flavour: int, pt: float, abs_eta: float) -> float:
        return float(correction.evaluate(float(abs_eta), flavour, float(pt)))

    assert rate(5, 500, 2.4) == pytest.approx(0.5367)
    assert rate(5, 600, 0) == pytest.approx((0.5367 + 0.4295) / 2)
    assert rate(5, 3000, 0) == pytest.approx(0.2727)
    assert rate(5, 10, 0) == pytest.approx(0.5794)
    assert rate(4, 35, 1.5) == pytest.approx((0.2193 + 0.1897) / 2)
    assert rate(4, 30, 0.75) == pytest.approx((0.2101 + 0.2266 + 0.2033 + 0.2193) / 4)
    assert rate(4, 1000, 0.1) == 0.0
    grid = [rate(f, pt, e) for f in (5, 4, 15, 0) for pt in np.geomspace(5, 5000, 60) for e in (0, 0.5, 0.9, 1.7, 2.49)]
    assert min(grid) >= 0.0
    assert max(grid) <= 1.0


@pytest.mark.parametrize("table", ["rivet", "gambit", "checkmate", "higp-tuned", "higp-generic", "flat-77"])
def test_nothing_is_tagged_outside_the_tracker(truth_in_bulk: Callable[..., ak.Array], table: str) -> None:
    events = truth_in_bulk("GenJet", 100, 10, pt=100.0, eta=-2.5, flavour=5)
    detector = load_card(overrides={"btag": table}).bind(events, seed=1)
    assert not ak.any(detector.btag(detector.jets(events)))


def test_truth_tags_know_no_acceptance(truth_in_bulk: Callable[..., ak.Array]) -> None:
    events = truth_in_bulk("GenJet", 5, 2, pt=100.0, eta=4.0, flavour=5)
    detector = load_card("identity").bind(events, seed=1)
    assert ak.all(detector.btag(detector.jets(events)))


def test_selecting_jets_does_not_change_their_tags(mixed_events: ak.Array) -> None:
    detector = load_card().bind(mixed_events, seed=1)
    jets = detector.jets(mixed_events)
    tags = detector.btag(jets)
    hard = jets.pt > 60.0
    assert detector.btag(jets[hard]).tolist() == tags[hard].tolist()


def test_tables_share_their_random_numbers(mixed_events: ak.Array) -> None:
    # A higher efficiency keeps every tag of a lower one, so that a change of table is not drowned in noise.
    detector = load_card().bind(mixed_events, seed=1)
    jets = detector.jets(mixed_events)
    assert ak.all(detector.btag(jets, "rivet") | ~detector.btag(jets, "gambit"))
    assert detector.btag(jets, "77").tolist() == detector.btag(jets, "rivet").tolist()


def test_unknown_working_point(mixed_events: ak.Array) -> None:
    detector = load_card().bind(mixed_events, seed=1)
    with pytest.raises(UnknownName, match="no alternative '85'"):
        detector.btag(detector.jets(mixed_events), "85")


def test_some_of_the_events(mixed_events: ak.Array) -> None:
    detector = load_card().bind(mixed_events, seed=1)
    jets = detector.jets(mixed_events)
    tags = detector.btag(jets)
    chosen = np.arange(200) % 3 == 0
    with pytest.raises(BadOption, match="bound to 200 events, jets have 67"):
        detector.btag(jets[chosen])
    assert detector.take(chosen).btag(jets[chosen]).tolist() == tags[chosen].tolist()


def test_the_two_curves_for_six_b_jets() -> None:
    pt = np.array([20.0, 35, 50, 70, 100, 120, 150, 200, 300])
    of_b = (np.zeros(len(pt)), np.full(len(pt), 5), pt)
    tuned = load_card().correction("btag", "higp-tuned").evaluate(*of_b)
    assert tuned == pytest.approx([0.67, 0.735, 0.776, 0.797, 0.808, 0.813, 0.813, 0.809, 0.80])
    generic = load_card().correction("btag", "higp-generic").evaluate(*of_b)
    curve = 1.1 * (0.77 / 0.82) * (0.5523 + 0.2102 / (1 + np.exp(-0.1258 * (pt - 47.6071))))
    curve *= (0.7 + 0.05 * np.exp(-pt / 308.197)) / 0.75 * np.where(pt > 100, 1 - 0.0007 * (pt - 100), 1.0)
    assert generic == pytest.approx(curve, rel=1e-6)
    # six b-jets of 60 GeV: the choice of the curve is a factor, which is why it is an option
    assert (generic[3] / tuned[3]) ** 6 == pytest.approx(0.75, abs=0.08)
    assert load_card().correction("btag", "higp-generic").evaluate(0.0, 5, 5000.0) == 0.0
