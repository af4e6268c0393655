from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from recastbook.detector import ReconstructedDetector, load_card
from recastbook.events.columns import RECO_COLUMNS, to_records
from recastbook.exceptions import BadOption


@pytest.fixture
def events() -> ak.Array:
    flat = {c.name: np.zeros(0, dtype=c.dtype) for c in RECO_COLUMNS}
    flat |= {"nJet": [2, 0], "Jet_pt": [30.0, 80.0], "Jet_eta": [0.0, 1.0], "Jet_btag": [True, False]}
    flat |= {"Jet_phi": [0.0, 1.0], "Jet_mass": [3.0, 4.0], "Jet_flavour": [5, 0], "Jet_nTrack": [4, 9]}
    flat |= {"nElectron": [0, 1], "Electron_pt": [25.0], "Electron_eta": [0.1], "Electron_phi": [2.0]}
    flat |= {"Electron_mass": [0.0], "Electron_pdgId": [-11], "Electron_isolated": [True]}
    flat |= {"nMuon": [0, 0], "nPhoton": [0, 0], "MET_pt": [100.0, 5.0], "MET_phi": [np.pi / 2, 3.0]}
    flat |= {n: np.array([1, 2]) for n in ("run", "luminosityBlock", "event")} | {"genWeight": np.ones(2)}
    types = {c.name: c.dtype for c in RECO_COLUMNS}
    return to_records({n: np.asarray(v, dtype=types[n]) for n, v in flat.items()}, RECO_COLUMNS)


def test_the_file_is_passed_through(events: ak.Array) -> None:
    detector = load_card().bind(events, seed=1)
    assert isinstance(detector, ReconstructedDetector)
    jets = detector.jets(events)
    assert jets.pt.tolist() == [[80.0, 30.0], []]
    assert detector.btag(jets).tolist() == [[False, True], []]
    assert detector.jets(events, min_pt=40.0).nTrack.tolist() == [[9], []]
    electron = detector.electrons(events)[1][0]
    assert (electron.charge, electron.is_tight, electron.isolated) == (1, True, True)
    assert detector.muons(events).tolist() == detector.photons(events).tolist() == [[], []]
    met = detector.met(events, jets=jets)
    assert met.py.tolist() == [pytest.approx(100.0), pytest.approx(5.0 * np.sin(3.0))]
    assert detector.cones(events) is None


def test_some_events(events: ak.Array) -> None:
    detector = load_card().bind(events, seed=1)
    with pytest.raises(BadOption, match="bound to 2 events and was given 1"):
        detector.jets(events[:1])
    assert detector.take(np.array([False, True])).electrons(events[1:]).pt.tolist() == [[25.0]]
