"""Object selection, categories and regions of ATLAS-SUSY-2019-04 on events that can be checked by hand.

The identity card is used: nothing is smeared, every lepton is tight, jets of flavour 5 are tagged.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import awkward as ak
import numpy as np
import pytest

from recastbook.analyses.atlas_susy_2019_04 import ATLAS_SUSY_2019_04
from recastbook.detector import load_card
from recastbook.exceptions import BadOption
from recastbook.regions import CutMasks
from recastbook.testing import contradictions

Build = Callable[..., ak.Array]

ELECTRON = {"pt": 40.0, "eta": 0.5, "phi": 0.5, "pdgId": 11}
MUON = {"pt": 35.0, "eta": -0.3, "phi": -0.4, "pdgId": 13, "mass": 0.106}


def ring(n: int, pt: float = 50.0, n_b: int = 0, eta: float = 1.8) -> list[dict[str, float]]:
    """Jets round the beam, far from leptons at small eta; the first are b-jets."""
    return [
        {
            "pt": pt,
            "eta": eta if i % 2 else -eta,
            "phi": -3.0 + 6.0 * i / n,
            "mass": 5.0,
            "flavour": 5 if i < n_b else 0,
        }
        for i in range(n)
    ]


@functools.cache
def chosen(**options: Any) -> ATLAS_SUSY_2019_04:
    return ATLAS_SUSY_2019_04(options)


def run(events: ak.Array, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    search = chosen(**options)
    objects = search.objects(events, load_card("identity").bind(events, seed=1))
    return objects, search.features(objects)


def passed(event: ak.Array, **options: Any) -> set[str]:
    """Return the regions without network that an event is in."""
    _, features = run(event, **options)
    regions = chosen(**options).region_set.regions.values()
    masks = CutMasks({n: np.asarray(v) for n, v in features.items()}, 1)
    return {r.name for r in regions if not r.uses_network and masks.after(r.cuts)[0]}


def test_there_are_22_signal_regions_and_four_more_score_bins() -> None:
    search = chosen()
    assert len(search.region_names("signal")) == 22
    assert set(search.region_names("signal")) == set(search.tables["yields"].rows)
    assert len(search.region_names("validation")) == 4
    assert not [line for r in search.region_set.regions.values() for line in contradictions(r)]


def test_jets_and_b_jets_are_counted_above_the_same_threshold(truth_events: Build) -> None:
    soft_b = ring(2, 45.0, n_b=2, eta=2.2)
    _, features = run(truth_events({"GenJet": ring(3, 110.0, n_b=1) + soft_b, "GenElectron": [ELECTRON]}))
    assert [int(features[f"n_jets{t}"][0]) for t in ("", "40", "60", "80", "100")] == [5, 5, 3, 3, 3]
    assert [int(features[f"n_bjets{t}"][0]) for t in ("", "40", "60", "80", "100")] == [3, 3, 1, 1, 1]


@pytest.mark.parametrize(("pt", "eta", "counted"), [(19.9, 0.0, 0), (20.0, 0.0, 1), (50.0, 2.49, 1), (50.0, 2.5, 0)])
def test_jet_acceptance(truth_events: Build, pt: float, eta: float, counted: int) -> None:
    jet = {"pt": pt, "eta": eta, "phi": 2.0, "flavour": 5}
    _, features = run(truth_events({"GenJet": [jet]}))
    assert (features["n_jets"][0], features["n_bjets"][0]) == (counted, counted)


def test_forward_jets_count_only_if_asked_and_are_never_tagged(truth_events: Build) -> None:
    event = truth_events({"GenJet": [{"pt": 50.0, "eta": 3.5, "phi": 2.0, "flavour": 5}]})
    assert run(event)[1]["n_jets"][0] == 0
    _, features = run(event, jet_max_abs_eta="4.5")
    assert (features["n_jets"][0], features["n_bjets"][0]) == (1, 0)


@pytest.mark.parametrize(
    ("leptons", "category", "options"),
    [
        ([ELECTRON], "1l", {}),
        ([ELECTRON, MUON], "2lsc", {}),
        ([ELECTRON, MUON | {"pdgId": -13}], "1l", {}),
        ([ELECTRON, MUON, MUON | {"phi": 2.0}], "1l", {}),
        ([ELECTRON | {"pt": 27.0}], "none", {}),
        ([ELECTRON | {"pt": 28.0}, MUON | {"pt": 14.0}], "1l", {}),
        ([], "none", {}),
        # m_ee = 2 sqrt(pt1 pt2) sin(dphi / 2) at one eta: 91.2 GeV for 50 and 45 GeV at dphi = 2.583
        ([ELECTRON | {"pt": 50.0}, ELECTRON | {"pt": 45.0, "phi": 0.5 + 2.583}], "1l", {}),
        ([ELECTRON | {"pt": 50.0}, ELECTRON | {"pt": 45.0, "phi": 0.5 + 2.583}], "2lsc", {"z_veto": "none"}),
        ([ELECTRON | {"pt": 50.0}, ELECTRON | {"pt": 45.0, "phi": 1.5}], "2lsc", {}),
        ([MUON | {"pt": 50.0}, MUON | {"pt": 45.0, "phi": -0.4 + 2.583}], "2lsc", {}),
    ],
    ids=[
        "one", "same charge", "opposite", "three", "27 GeV", "soft second", "none", "ee at Z", "ee at Z kept", "ee low",
        "mm at Z",
    ],
)  # fmt: skip
def test_categories(
    truth_events: Build, leptons: list[dict[str, float]], category: str, options: dict[str, str]
) -> None:
    listed = {
        name: [p for p in leptons if abs(p["pdgId"]) == code] for name, code in (("GenElectron", 11), ("GenMuon", 13))
    }
    found = passed(truth_events({"GenJet": ring(16, 120.0), **listed}), **options)
    assert {name.split("_")[0] for name in found} == ({category} - {"none"})


def test_regions_of_many_jets(truth_events: Build) -> None:
    lepton = {"GenElectron": [ELECTRON]}
    assert passed(truth_events({"GenJet": ring(12, 45.0, n_b=3), **lepton})) == {"1l_12j40_3b"}
    assert passed(truth_events({"GenJet": ring(12, 45.0, n_b=2), **lepton})) == set()
    assert passed(truth_events({"GenJet": ring(15, 25.0), **lepton})) == {"1l_15j20_0b"}
    both = {**lepton, "GenMuon": [MUON]}
    assert passed(truth_events({"GenJet": ring(7, 85.0), **both})) == {"2lsc_7j60_0b", "2lsc_7j80_0b"}


def test_thresholds_that_codes_disagree_on(truth_events: Build) -> None:
    eleven = truth_events({"GenJet": ring(11, 65.0), "GenElectron": [ELECTRON]})
    assert passed(eleven) == {"1l_11j60_0b"}
    assert passed(eleven, one_lepton_60gev_jets=12) == set()
    six = truth_events({"GenJet": ring(6, 85.0), "GenElectron": [ELECTRON], "GenMuon": [MUON]})
    assert "2lsc_7j80_0b" not in passed(six)
    assert "2lsc_7j80_0b" in passed(six, two_lepton_80gev_jets=6)


def test_m_lj_region_and_its_jet_limit(truth_events: Build) -> None:
    far = [{**jet, "pt": 200.0} for jet in ring(4, n_b=3, eta=2.3)]
    # soft jets beside the leptons: they make m_lj small, but are only fifth and sixth
    near = [{"pt": 22.0, "eta": lepton["eta"], "phi": lepton["phi"] + 0.6, "mass": 2.0} for lepton in (ELECTRON, MUON)]
    event = truth_events({"GenJet": far + near, "GenElectron": [ELECTRON], "GenMuon": [MUON]})
    assert run(event)[1]["m_lj"][0] > 155.0
    assert "2lsc_shape_6j_3b" not in passed(event)
    assert run(event, m_lj_jets="all")[1]["m_lj"][0] < 50.0
    assert "2lsc_shape_6j_3b" in passed(event, m_lj_jets="all")


def near(particle: dict[str, float], distance: float, **changes: float) -> dict[str, float]:
    return {"pt": 60.0, "eta": particle["eta"], "phi": particle["phi"] + distance, "nTrack500": 10, **changes}


@pytest.mark.parametrize(
    ("jet", "lepton", "options", "left"),
    [
        (near(ELECTRON, 0.1), ELECTRON, {}, (0, 1)),
        (near(ELECTRON, 0.1, flavour=5), ELECTRON, {}, (1, 0)),
        (near(ELECTRON, 0.1, flavour=5), ELECTRON, {"overlap_removal": "checkmate"}, (1, 1)),
        (near(ELECTRON, 0.25), ELECTRON, {}, (1, 0)),
        (near(ELECTRON, 0.25), ELECTRON, {"overlap_removal": "rivet"}, (0, 1)),
        (near(ELECTRON, 0.35), ELECTRON, {}, (1, 1)),
        (near(ELECTRON, 0.35), ELECTRON, {"overlap_removal": "simpleanalysis"}, (1, 0)),
        (near(MUON, 0.3, nTrack500=2), MUON, {}, (0, 1)),
        (near(MUON, 0.3, nTrack500=3), MUON, {}, (1, 0)),
        (near(MUON, 0.3, nTrack500=3), MUON, {"overlap_removal": "gambit"}, (0, 1)),
        (near(MUON, 0.3, nTrack500=2, flavour=5), MUON, {}, (1, 0)),
        (near(MUON, 0.3, nTrack500=2, pt=80.0), MUON, {"overlap_removal": "simpleanalysis"}, (1, 0)),
        (near(MUON, 0.3, nTrack500=2, pt=60.0), MUON, {"overlap_removal": "simpleanalysis"}, (0, 1)),
    ],
    ids=[
        "jet is the electron", "b-jet stays", "CheckMATE keeps leptons in b-jets", "electron from jet",
        "Rivet's 0.4", "outside the sliding cone", "SimpleAnalysis' plain 0.4", "jet is the muon", "three tracks",
        "GAMBIT counts none", "b-jet with few tracks", "muon too soft for the jet", "muon hard enough",
    ],
)  # fmt: skip
def test_overlap_removal(truth_events: Build, jet, lepton, options, left) -> None:
    name = "GenElectron" if lepton is ELECTRON else "GenMuon"
    objects, _ = run(truth_events({"GenJet": [jet], name: [lepton]}), **options)
    assert (len(objects["jets"][0]), len(objects["leptons"][0])) == left


def test_an_electron_on_a_muon_is_removed(truth_events: Build) -> None:
    objects, _ = run(truth_events({"GenElectron": [ELECTRON], "GenMuon": [{**ELECTRON, "phi": 0.505, "pdgId": 13}]}))
    assert objects["leptons"].flavour.tolist() == [[13]]


@pytest.mark.parametrize(
    ("pt", "eta", "options", "removes"),
    [(12.0, 0.5, {}, True), (12.0, 0.5, {"electron_candidates": "gambit"}, False), (30.0, 1.4, {}, True),
     (30.0, 1.4, {"electron_candidates": "gambit"}, False), (9.0, 0.5, {}, False)],
    ids=["12 GeV", "12 GeV, GAMBIT", "crack", "crack, GAMBIT", "9 GeV"],
)  # fmt: skip
def test_electron_candidates_remove_jets(truth_events: Build, pt, eta, options, removes) -> None:
    electron = ELECTRON | {"pt": pt, "eta": eta}
    objects, _ = run(truth_events({"GenJet": [near(electron, 0.05)], "GenElectron": [electron]}), **options)
    assert len(objects["jets"][0]) == (0 if removes else 1)


def test_masses_of_leptons_are_those_of_the_particles(truth_events: Build) -> None:
    objects, _ = run(
        truth_events({"GenElectron": [ELECTRON | {"mass": 1.5}], "GenMuon": [MUON | {"phi": 2.0, "mass": 0.9}]})
    )
    assert objects["leptons"].mass[0].tolist() == pytest.approx([0.000511, 0.10566])


def test_tags_are_those_of_the_70_per_cent_point() -> None:
    settings = chosen().about["detector"]
    card = load_card(settings["card"], overrides=settings["overrides"])
    table = card.correction("btag")
    assert table.evaluate(1.0, 5, 100.0) == pytest.approx(0.70, abs=0.01)
    assert table.evaluate(1.0, 5, 25.0) < table.evaluate(1.0, 5, 60.0) > table.evaluate(1.0, 5, 400.0)
    assert table.evaluate(1.0, 5, 2000.0) == 0.0
    assert table.evaluate(2.6, 5, 100.0) == 0.0


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(BadOption, match="option 'untagged_code': '2' is none of"):
        ATLAS_SUSY_2019_04({"untagged_code": "2"})
