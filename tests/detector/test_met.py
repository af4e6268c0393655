from __future__ import annotations

from collections.abc import Callable

import awkward as ak
import numpy as np
import pytest

from recastbook.detector import load_card
from recastbook.detector.met import missing_momentum, vector_sum
from recastbook.exceptions import BadOption, UnknownName


def test_truth_met_is_minus_the_visible_sum(truth: Callable[..., ak.Array]) -> None:
    events = truth([{}], GenVisible_px=[30.0], GenVisible_py=[-40.0])
    met = load_card("identity").bind(events, seed=1).met(events)
    assert met.tolist() == [{"pt": 50.0, "phi": pytest.approx(np.arctan2(40, -30)), "px": -30.0, "py": 40.0}]


def test_met_changes_by_minus_the_smearing_of_what_is_given(mixed_events: ak.Array) -> None:
    detector = load_card().bind(mixed_events, seed=1)
    jets, electrons = detector.jets(mixed_events), detector.electrons(mixed_events)
    hard = jets[jets.pt > 50.0]
    met = detector.met(mixed_events, jets=hard, electrons=electrons)
    px = -mixed_events.GenVisible.px
    for objects in (hard, electrons):
        px = px - ak.sum((objects.pt - objects.truth_pt) * np.cos(objects.phi), axis=1)
    assert ak.to_numpy(met.px) == pytest.approx(ak.to_numpy(px), abs=1e-3)
    assert ak.to_numpy(np.hypot(met.px, met.py)) == pytest.approx(ak.to_numpy(met.pt))


def test_all_jets_by_default(mixed_events: ak.Array) -> None:
    detector = load_card().bind(mixed_events, seed=1)
    explicit = detector.met(mixed_events, jets=detector.jets(mixed_events))
    assert detector.met(mixed_events).tolist() == explicit.tolist()


def test_without_smearing_nothing_changes(mixed_events: ak.Array) -> None:
    card = load_card("identity", overrides={"met": "jet-corrected"})
    detector = card.bind(mixed_events, seed=1)
    met = detector.met(mixed_events, muons=detector.muons(mixed_events))
    assert met.px.tolist() == (-mixed_events.GenVisible.px).tolist()


def test_object_based_with_track_soft_term(truth: Callable[..., ak.Array]) -> None:
    jet, muon = {"pt": 100.0, "phi": 0.0}, {"pt": 50.0, "phi": np.pi / 2}
    events = truth(
        [{"GenJet": [jet], "GenMuon": [muon]}],
        GenVisible_px=[110.0], GenVisible_py=[45.0], GenVisible_sumEt=[250.0], GenTrack_sumPt=[150.0],
    )  # fmt: skip
    detector = load_card("identity", overrides={"met": "object-based"}).bind(events, seed=1)
    met = detector.met(events, muons=detector.muons(events))
    # Of (250 - 50) GeV that are no lepton, (150 - 50) are charged; the rest besides the objects is (10, -5).
    assert met.px[0] == pytest.approx(-100.0 - 0.5 * 10.0, abs=1e-4)
    assert met.py[0] == pytest.approx(-50.0 + 0.5 * 5.0, abs=1e-4)


def test_object_based_without_any_visible_energy(truth: Callable[..., ak.Array]) -> None:
    events = truth([{}, {}])
    met = load_card("identity", overrides={"met": "object-based"}).bind(events, seed=1).met(events)
    assert met.pt.tolist() == [0.0, 0.0]


def test_unknown_method(mixed_events: ak.Array) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'truth'"):
        missing_momentum("thruth", mixed_events, {})


def test_collections_of_other_events(mixed_events: ak.Array) -> None:
    detector = load_card().bind(mixed_events, seed=1)
    with pytest.raises(BadOption, match="muons have 3"):
        detector.met(mixed_events, muons=detector.muons(mixed_events)[:3])


def test_vector_sum() -> None:
    objects = ak.Array([[{"pt": 3.0, "phi": 0.0}, {"pt": 4.0, "phi": np.pi / 2}], []])
    px, py = vector_sum(objects[[0]])
    assert (px[0], py[0]) == (pytest.approx(3.0), pytest.approx(4.0))
