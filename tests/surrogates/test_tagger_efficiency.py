"""Efficiencies of a tagger: measured on jets, written as a detector card, used by a search, refused elsewhere."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from toys import ToySearch, toy_events, write_events

import recastbook as rb
from recastbook.detector import load_card
from recastbook.events.columns import to_records
from recastbook.exceptions import BadFile, BadOption, UnknownName
from recastbook.network.card import ModelCard
from recastbook.surrogates import TaggerEfficiency

TRUE = {5: 0.8, 4: 0.2, 15: 0.05, 0: 0.01}
M = 40_000


def jets(seed: int = 1, flavours: tuple[int, ...] = (5, 4, 15, 0)) -> dict[str, np.ndarray]:
    """Jets whose b-efficiency falls with pT: 0.8 below 100 GeV, 0.6 above."""
    rng = np.random.default_rng(seed)
    pt, eta = rng.uniform(20, 300, M), rng.uniform(-2.4, 2.4, M)
    flavour = rng.choice(flavours, M)
    chance = np.array([TRUE[f] for f in flavour]) * np.where((flavour == 5) & (pt > 100), 0.75, 1.0)
    return {"pt": pt, "eta": eta, "flavour": flavour, "tagged": rng.random(M) < chance}


@pytest.fixture(scope="module")
def measured() -> TaggerEfficiency:
    return TaggerEfficiency.from_jets(
        **jets(), pt_edges=[20, 100, 300], eta_edges=[0, 1.2, 2.5], source="toy tagger, 80 % on generated jets"
    )


def test_rates_are_found_within_their_errors(measured: TaggerEfficiency) -> None:
    for i, flavour in enumerate(measured.flavours):
        for k, factor in enumerate((1.0, 0.75 if flavour == 5 else 1.0)):
            pulls = (measured.values[i, :, k] - TRUE[flavour] * factor) / measured.errors[i, :, k]
            assert np.abs(pulls).max() < 4
    np.testing.assert_allclose(measured.errors[0], np.sqrt(0.8 * 0.2 / measured.jets[0]), rtol=0.3)


def test_weights_give_effective_numbers() -> None:
    sample = jets()
    plain = TaggerEfficiency.from_jets(**sample, pt_edges=[20, 300])
    heavy = TaggerEfficiency.from_jets(**sample, pt_edges=[20, 300], weight=np.where(np.arange(M) % 2, 3.0, 1.0))
    assert (heavy.jets < plain.jets).all()
    assert (heavy.errors > plain.errors).all()
    scaled = TaggerEfficiency.from_jets(**sample, pt_edges=[20, 300], weight=np.full(M, 7.0))
    np.testing.assert_allclose(scaled.errors, plain.errors)


def test_card_is_what_was_measured(measured: TaggerEfficiency, tmp_path: Path) -> None:
    card = load_card(measured.export(tmp_path, name="toy-80"))
    assert card.chosen["btag"] == "toy-80"
    assert card.chosen["jet_resolution"] == "rivet"
    assert "toy tagger" in card.sources["btag"]
    assert "flat-77" in card.alternatives["btag"]
    correction = card.correction("btag")
    for pt, eta, flavour in ((50.0, 0.5, 5), (150.0, -2.0, 4), (1000.0, 1.0, 5), (50.0, 0.1, 0)):
        expected = float(measured.efficiency([pt], [eta], [flavour])[0])
        assert correction.evaluate(abs(eta), pt, flavour) == pytest.approx(expected)
    assert correction.evaluate(2.7, 50.0, 5) == 0.0
    up, down = card.correction("btag", "toy-80-up"), card.correction("btag", "toy-80-down")
    assert down.evaluate(0.5, 50.0, 5) < correction.evaluate(0.5, 50.0, 5) < up.evaluate(0.5, 50.0, 5)


def test_search_runs_with_it(measured: TaggerEfficiency, tmp_path: Path) -> None:
    write_events(tmp_path / "events", toy_events(3000, weighted=False))
    sample = rb.Sample(tmp_path / "events")
    search = ToySearch()
    path = measured.export(tmp_path / "card", name="toy-80")
    ours = search.run(sample, detector=path, progress=False)
    assert ours.provenance["detector"]["choices"]["btag"] == "toy-80"
    none = measured.values * 0
    never = dataclasses.replace(measured, values=none, errors=none).export(tmp_path / "never", name="never")
    blind = search.run(sample, detector=never, progress=False)
    tagged, untagged = ours.slim.column("n_bjets"), blind.slim.column("n_bjets")
    assert untagged.max() == 0
    # the mean number of tags is the sum of the rates over the true jets, smearing of pT aside
    flat = toy_events(3000, weighted=False)
    inside = (np.asarray(flat["GenJet_pt"]) > 30) & (np.abs(np.asarray(flat["GenJet_eta"])) < 2.5)
    rates = measured.efficiency(flat["GenJet_pt"], flat["GenJet_eta"], flat["GenJet_flavour"])[inside]
    assert tagged.sum() == pytest.approx(rates.sum(), rel=0.15)


def test_detector_gives_back_efficiencies_and_mistag_rates(measured: TaggerEfficiency, tmp_path: Path) -> None:
    """Without smearing every bin of every flavour agrees within the binomial error."""
    flat = toy_events(20_000, weighted=False)
    labels = np.random.default_rng(5).choice([5, 4, 15, 0], len(flat["GenJet_flavour"]))
    flat["GenJet_flavour"] = labels.astype(flat["GenJet_flavour"].dtype)
    events = to_records(flat)
    detector = load_card(measured.export(tmp_path, name="toy-80", extends="identity")).bind(events, seed=3)
    jets = detector.jets(events)
    pt, eta, flavour, tagged = (
        ak.to_numpy(ak.flatten(a)) for a in (jets.pt, jets.eta, jets.flavour, detector.btag(jets))
    )
    pulls = []
    for label in measured.flavours:
        for low, high in ((20, 100), (100, 300)):
            chosen = (flavour == label) & (np.abs(eta) < 1.2) & (pt >= low) & (pt < high)
            rate = float(measured.efficiency([low + 1.0], [0.1], [label])[0])
            n = int(chosen.sum())
            assert n > 1000
            pulls.append((int(tagged[chosen].sum()) - n * rate) / np.sqrt(n * rate * (1 - rate)))
    assert np.abs(pulls).max() < 3.5
    assert not tagged[np.abs(eta) > 2.5].any()


def test_flavour_that_was_not_measured_is_asked_for(tmp_path: Path) -> None:
    found = TaggerEfficiency.from_jets(**jets(flavours=(5, 0)), pt_edges=[20, 300])
    with pytest.raises(BadOption, match=r"no jets of flavour 4 \(c\), 15 \(tau\) were measured"):
        found.export(tmp_path, name="toy")
    card = load_card(found.export(tmp_path, name="toy", missing={4: 0.15, 15: 0.02}))
    assert card.correction("btag").evaluate(0.5, 50.0, 4) == 0.15
    with pytest.raises(UnknownName, match="the flavour 4 was not measured"):
        found.efficiency([50.0], [0.1], [4])


def test_bin_without_jets_says_so() -> None:
    found = TaggerEfficiency.from_jets(**jets(), pt_edges=[20, 300, 500])
    assert any("b, pT 300 to 500" in text for text in found.filled)
    assert found.jets[0, 0, 1] == 0
    assert found.errors[0, 0, 1] >= 0.5 * found.values[0, 0, 1] - 1e-12
    assert "bins have no jets" in str(found)


def test_refused_for_a_network_that_tells_signal_from_background(measured: TaggerEfficiency) -> None:
    card = rb.load("ATLAS-SUSY-2018-30").card
    assert card is not None
    with pytest.raises(BadOption, match="How often a network that tells signal from background says yes depends"):
        measured.offer_for(card)
    offered = dataclasses.replace(
        card, reuse=dataclasses.replace(card.reuse, substitute="TaggerEfficiency in pT and eta with mistag rates")
    )
    findings = [f for f in offered.lint(run=False).findings if f.rule == "LH07"]
    assert [(f.level, f.place) for f in findings] == [("E", "reuse.substitute")]
    assert not [f for f in card.lint(run=False).findings if f.rule == "LH07"]


def test_offered_for_a_tagger(measured: TaggerEfficiency) -> None:
    card = rb.load("ATLAS-SUSY-2018-30").card
    assert isinstance(card, ModelCard)
    offered = measured.offer_for(dataclasses.replace(card, role="object_tagger"))
    assert offered.reuse.strategy == "efficiencies"
    assert "mistag rates (b, c, tau, light)" in (offered.reuse.substitute or "")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"pt": [np.nan, 1.0]}, BadFile, "jet 0: pt is nan"),
        ({"flavour": [5, 7]}, BadFile, "jet 1: flavour 7"),
        ({"tagged": [0.9, 0.1]}, BadFile, "decisions of the tagger are booleans"),
        ({"eta": [0.1]}, BadFile, r"eta has shape \(1,\)"),
        ({"weight": [1.0, -1.0]}, BadFile, "jet 1: weight is -1"),
        ({"pt_edges": [100, 20]}, BadOption, "rising finite numbers are needed"),
        ({"eta": [3.0, 3.0]}, BadOption, "no b-jet lies within"),
    ],
    ids=["nan", "flavour", "scores", "shape", "weight", "edges", "forward"],
)
def test_bad_jets(change: dict[str, object], error: type[Exception], message: str) -> None:
    good = {"pt": [50.0, 60.0], "eta": [0.1, 0.2], "flavour": [5, 5], "tagged": [True, False], "pt_edges": [20, 100]}
    with pytest.raises(error, match=message):
        TaggerEfficiency.from_jets(**(good | change))  # type: ignore[arg-type]
