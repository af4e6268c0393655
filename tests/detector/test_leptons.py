from __future__ import annotations

from collections.abc import Callable

import awkward as ak
import numpy as np
import pytest

from recastbook.detector import load_card

N = 20_000
ELECTRONS = {5: (0.976333, 0.790671, 0.582835), 22: (0.86466, 0.794807, 0.684283), 90: (0.949449, 0.93233, 0.884536)}
MUONS = {3.2: (0.87075, 0.45262, 0.0), 11: (0.98748, 0.97292, 0.91877), 25: (0.98927, 0.97522, 0.93972)}


@pytest.mark.parametrize(
    ("name", "pt", "expected"),
    [*(("Electron", pt, e) for pt, e in ELECTRONS.items()), *(("Muon", pt, e) for pt, e in MUONS.items())],
)
def test_identification_efficiency(
    truth_in_bulk: Callable[..., ak.Array], name: str, pt: float, expected: tuple[float, ...]
) -> None:
    events = truth_in_bulk(f"Gen{name}", N // 2, 2, pt=pt, eta=0.7, pdgId=11)
    detector = load_card().bind(events, seed=1)
    leptons = detector.electrons(events) if name == "Electron" else detector.muons(events)
    for flag, efficiency in zip(("is_loose", "is_medium", "is_tight"), expected, strict=True):
        error = (efficiency * (1 - efficiency) / N) ** 0.5
        assert ak.sum(leptons[flag]) / N == pytest.approx(efficiency, abs=5 * error), flag


@pytest.mark.parametrize("table", ["gambit", "checkmate", "none"])
def test_tight_is_part_of_medium_is_part_of_loose(mixed_events: ak.Array, table: str) -> None:
    overrides = {"electron_identification": table, "muon_identification": table}
    detector = load_card(overrides=overrides).bind(mixed_events, seed=1)
    for leptons in (detector.electrons(mixed_events), detector.muons(mixed_events)):
        assert ak.all(leptons.is_loose), "what is not even loose is not there"
        assert ak.all(leptons.is_medium | ~leptons.is_tight)
        assert ak.any(~leptons.is_tight) == (table != "none")


@pytest.mark.parametrize("pt", [12.0, 30.0, 200.0])
def test_checkmate_electrons_follow_their_formula(truth_in_bulk: Callable[..., ak.Array], pt: float) -> None:
    correction = load_card().correction("electron_identification", "checkmate")
    loose = 1.0 - 0.0614 * np.exp(1 - pt / 29.1)
    base = 0.976 - 0.0614 * np.exp(1 - pt / 29.1)
    medium = loose * (0.937 - 0.109 * np.exp(1 - pt / 21)) / base
    tight = medium * (0.8885 - 0.138 * np.exp(1 - pt / 27.45)) / (0.937 - 0.109 * np.exp(1 - pt / 21))
    found = [correction.evaluate(pt, w) for w in ("loose", "medium", "tight")]
    assert found == pytest.approx([loose, medium, tight])


def test_below_the_tables_nothing_is_found(truth_in_bulk: Callable[..., ak.Array]) -> None:
    for name, pt in (("GenElectron", 4.4), ("GenMuon", 2.9)):
        events = truth_in_bulk(name, 10, 5, pt=pt)
        detector = load_card().bind(events, seed=1)
        leptons = detector.electrons(events) if name == "GenElectron" else detector.muons(events)
        assert ak.sum(ak.num(leptons)) == 0


def test_reconstruction_is_an_alternative(truth_in_bulk: Callable[..., ak.Array]) -> None:
    overrides = {"electron_reconstruction": "rivet-2019", "electron_identification": "none"}
    for eta, efficiency in ((1.0, 0.95), (2.0, 0.85)):
        events = truth_in_bulk("GenElectron", N // 2, 2, pt=40.0, eta=eta)
        n = ak.sum(ak.num(load_card(overrides=overrides).bind(events, seed=1).electrons(events)))
        assert n / N == pytest.approx(efficiency, abs=5 * (efficiency * (1 - efficiency) / N) ** 0.5)


@pytest.mark.parametrize(
    ("name", "pt", "eta", "sigma"),
    [
        ("Electron", 20.0, 1.0, 0.015),
        ("Electron", 100.0, 0.0, np.sqrt(0.005**2 + 0.05**2 / 100 + 0.25**2 / 100**2)),
        ("Electron", 50.0, 2.0, np.sqrt(0.005**2 + 0.05**2 / 188.1 + 0.25**2 / 188.1**2)),
        ("Electron", 50.0, 2.6, 0.0),
        ("Muon", 50.0, 1.0, 0.03), ("Muon", 50.0, 2.0, 0.04), ("Muon", 300.0, 0.0, 0.05), ("Muon", 5.0, 0.0, 0.02),
    ],
)  # fmt: skip
def test_resolution(truth_in_bulk: Callable[..., ak.Array], name: str, pt: float, eta: float, sigma: float) -> None:
    events = truth_in_bulk(f"Gen{name}", N // 2, 2, pt=pt, eta=eta)
    detector = load_card(overrides={f"{name.lower()}_identification": "none"}).bind(events, seed=2)
    leptons = detector.electrons(events) if name == "Electron" else detector.muons(events)
    response = ak.to_numpy(ak.flatten(leptons.pt)).astype(np.float64) / pt
    assert response.mean() == pytest.approx(1.0, abs=5 * sigma / N**0.5 + 1e-7)
    assert response.std() == pytest.approx(sigma, rel=5 / (2 * N) ** 0.5, abs=1e-7)


def test_charge_origin_and_photons(truth: Callable[..., ak.Array]) -> None:
    pair = [{"pt": 50.0, "pdgId": 13}, {"pt": 40.0, "pdgId": -13, "prompt": 0}]
    events = truth([{"GenMuon": pair, "GenPhoton": [{"pt": 25.0}]}])
    detector = load_card("identity").bind(events, seed=1)
    assert detector.muons(events).charge.tolist() == [[-1]]
    both = load_card("identity", overrides={"lepton_origin": "all"}).bind(events, seed=1)
    assert both.muons(events).charge.tolist() == [[-1, 1]]
    assert both.muons(events).prompt.tolist() == [[True, False]]
    (photon,) = detector.photons(events)[0]
    assert (photon.pt, photon.charge, photon.is_tight) == (25.0, 0, True)
