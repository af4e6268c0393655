"""Object selection and features of ATLAS-SUSY-2018-30 on events that can be checked by hand.

The identity card is used: nothing is smeared, every lepton is tight, jets of flavour 5 are tagged.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import awkward as ak
import numpy as np
import pytest

from recastbook.analyses.atlas_susy_2018_30 import ATLAS_SUSY_2018_30
from recastbook.detector import ReconstructedDetector, load_card
from recastbook.exceptions import BadOption, UnknownName
from recastbook.regions import CutMasks

Build = Callable[..., ak.Array]

FOUR_B = [
    {"pt": 500.0, "eta": 0.1, "phi": 3.0, "mass": 50.0, "flavour": 5},
    {"pt": 300.0, "eta": -0.5, "phi": -2.5, "mass": 30.0, "flavour": 5},
    {"pt": 200.0, "eta": 1.0, "phi": 2.0, "mass": 20.0, "flavour": 5},
    {"pt": 100.0, "eta": -1.5, "phi": -1.5, "mass": 10.0, "flavour": 5},
]
ELECTRON = {"pt": 50.0, "eta": 0.5, "phi": 0.5, "pdgId": 11}
MUON = {"pt": 60.0, "eta": -0.3, "phi": -0.4, "pdgId": -13, "mass": 0.106}


@functools.cache
def chosen(**options: str) -> ATLAS_SUSY_2018_30:
    return ATLAS_SUSY_2018_30(options)


def run(events: ak.Array, **options: str) -> tuple[dict[str, Any], dict[str, Any]]:
    search = chosen(**options)
    objects = search.objects(events, load_card("identity").bind(events, seed=1))
    return objects, search.features(objects)


def near(jet: dict[str, float], distance: float, **changes: float) -> dict[str, float]:
    return {"pt": 50.0, "eta": jet["eta"], "phi": jet["phi"] + distance, **changes}


def test_every_feature_that_a_region_needs_is_given(truth_events: Build) -> None:
    search = chosen()
    _, features = run(truth_events({"GenJet": FOUR_B, "met": (300.0, 0.0)}, {}))
    assert set(search.region_set.feature_names) <= set(features)
    assert all(np.shape(values) == (2,) for values in features.values())


def test_features_of_an_event_with_four_b_jets(truth_events: Build) -> None:
    _, features = run(truth_events({"GenJet": FOUR_B, "met": (400.0, 0.0)}))
    assert features["n_jets"][0] == features["n_bjets"][0] == 4
    assert features["n_lep_baseline"][0] == features["n_lep_signal"][0] == 0
    assert features["met"][0] == pytest.approx(400.0)
    assert features["meff"][0] == pytest.approx(1500.0)
    assert features["dphi_min_4j"][0] == pytest.approx(1.5)
    by_hand = [np.sqrt(2 * j["pt"] * 400.0 * (1 - np.cos(j["phi"]))) for j in FOUR_B[:3]]
    assert features["mt_min_bjets"][0] == pytest.approx(min(by_hand))
    assert features["jet1_pt"][0] == pytest.approx(500.0)
    assert features["jet4_pt"][0] == pytest.approx(100.0)
    assert np.isnan([features[n][0] for n in ("mt", "m_ll", "pt_ll", "met_dilepton")]).all()


def test_the_fourth_b_jet_does_not_enter_mt_min_bjets(truth_events: Build) -> None:
    soft = {"pt": 40.0, "eta": 0.0, "phi": 0.2, "flavour": 5}
    _, features = run(truth_events({"GenJet": [*FOUR_B[:3], soft], "met": (400.0, 0.0)}))
    assert features["mt_min_bjets"][0] > 300.0


def test_an_empty_event_passes_no_region(truth_events: Build) -> None:
    _, features = run(truth_events({}))
    search = chosen()
    masks = CutMasks({n: np.asarray(features[n]) for n in search.region_set.feature_names}, 1)
    for region in search.region_set.regions.values():
        if not region.uses_network:
            assert not masks.after(region.cuts).any()


@pytest.mark.parametrize(
    ("jet", "jets", "bjets"),
    [
        ({"pt": 29.9, "eta": 0.0}, 0, 0),
        ({"pt": 30.1, "eta": 0.0}, 1, 1),
        ({"pt": 50.0, "eta": 2.79}, 1, 0),
        ({"pt": 50.0, "eta": -2.81}, 0, 0),
        ({"pt": 50.0, "eta": -2.49}, 1, 1),
    ],
    ids=["too soft", "hard enough", "beyond the tracker", "too far forward", "inside the tracker"],
)
def test_jets_and_b_jets(truth_events: Build, jet: dict[str, float], jets: int, bjets: int) -> None:
    _, features = run(truth_events({"GenJet": [{"phi": 1.0, "flavour": 5, **jet}]}))
    assert (features["n_jets"][0], features["n_bjets"][0]) == (jets, bjets)


@pytest.mark.parametrize(
    ("collection", "lepton", "count"),
    [
        ("GenElectron", {"pt": 19.0, "eta": 0.0}, 0),
        ("GenElectron", {"pt": 21.0, "eta": 2.46}, 1),
        ("GenElectron", {"pt": 21.0, "eta": -2.48}, 0),
        ("GenElectron", {"pt": 21.0, "eta": 0.0, "prompt": False}, 0),
        ("GenMuon", {"pt": 19.0, "eta": 0.0}, 0),
        ("GenMuon", {"pt": 21.0, "eta": -2.49}, 1),
        ("GenMuon", {"pt": 21.0, "eta": 2.51}, 0),
    ],
)
def test_baseline_leptons(truth_events: Build, collection: str, lepton: dict[str, float], count: int) -> None:
    _, features = run(truth_events({collection: [{"phi": 1.0, "pdgId": 11, **lepton}]}))
    assert features["n_lep_baseline"][0] == features["n_lep_signal"][0] == count


def test_the_crack_veto_is_a_switch(truth_events: Build) -> None:
    events = truth_events({"GenElectron": [{"pt": 50.0, "eta": -1.45, "phi": 1.0}]})
    assert run(events)[1]["n_lep_baseline"][0] == 1
    assert run(events, electron_crack_veto="with")[1]["n_lep_baseline"][0] == 0


def cone(owner: int, pt: float, deta: float, kind: int = 1) -> dict[str, float]:
    return {"pt": pt, "deta": deta, "dphi": 0.0, "kind": kind, "owner": owner, "index": 0}


@pytest.mark.parametrize(
    ("particles", "option", "signal"),
    [
        ([cone(11, 7.0, 0.1)], "track_and_calorimeter", 1),
        ([cone(11, 8.0, 0.1)], "track_and_calorimeter", 0),
        ([cone(11, 8.0, 0.1)], "none", 1),
        ([cone(11, 11.0, 0.1, kind=3)], "track_and_calorimeter", 0),
        ([cone(11, 11.0, 0.1, kind=3)], "track", 1),
        ([cone(11, 11.0, 0.25)], "track_and_calorimeter", 1),
        ([cone(11, 0.9, 0.1)] * 10, "track", 1),
    ],
    ids=["14 %", "16 %", "16 %, off", "22 % neutral", "22 % neutral, tracks", "outside", "soft tracks"],
)
def test_electron_isolation(truth_events: Build, particles: list[Any], option: str, signal: int) -> None:
    events = truth_events({"GenElectron": [ELECTRON], "GenCone": particles})
    _, features = run(events, electron_isolation=option)
    assert (features["n_lep_baseline"][0], features["n_lep_signal"][0]) == (1, signal)


@pytest.mark.parametrize(
    ("particles", "option", "signal"),
    [
        ([cone(13, 3.5, 0.1)], "track", 1),
        ([cone(13, 3.7, 0.1)], "track", 0),
        ([cone(13, 3.7, 0.1)], "none", 1),
        ([cone(13, 3.7, 0.2)], "track", 1),
        ([cone(13, 30.0, 0.1, kind=3)], "track", 1),
    ],
    ids=["5.8 %", "6.2 %", "6.2 %, off", "outside 10 GeV / pT", "neutral"],
)
def test_muon_isolation(truth_events: Build, particles: list[Any], option: str, signal: int) -> None:
    events = truth_events({"GenMuon": [MUON], "GenCone": particles})
    _, features = run(events, muon_isolation=option)
    assert (features["n_lep_baseline"][0], features["n_lep_signal"][0]) == (1, signal)


JET = {"pt": 100.0, "eta": 0.5, "phi": 1.0, "flavour": 0, "nTrack500": 10}
B_JET = {**JET, "flavour": 5}
THIN_JET = {**JET, "nTrack500": 2}
OVERLAPS = {
    # name: (jet, lepton collection, distance, {preset: (jets left, leptons left)})
    "electron in a light jet": (
        JET, "GenElectron", 0.1,
        {"recommended": (0, 1), "simpleanalysis2016": (0, 1), "rivet": (0, 1), "checkmate": (0, 1), "gambit": (0, 1)},
    ),
    "electron in a b-jet": (
        B_JET, "GenElectron", 0.1,
        {"recommended": (1, 0), "simpleanalysis2016": (1, 0), "rivet": (1, 0), "checkmate": (1, 0), "gambit": (1, 0)},
    ),
    "electron beside a jet": (
        JET, "GenElectron", 0.3,
        {"recommended": (1, 0), "simpleanalysis2016": (1, 1), "rivet": (1, 0), "checkmate": (1, 0), "gambit": (1, 0)},
    ),
    "muon in a jet": (
        JET, "GenMuon", 0.1,
        {"recommended": (1, 0), "simpleanalysis2016": (1, 0), "rivet": (1, 0), "checkmate": (1, 0), "gambit": (1, 0)},
    ),
    "muon beside a jet": (
        JET, "GenMuon", 0.3,
        {"recommended": (1, 1), "simpleanalysis2016": (1, 1), "rivet": (1, 0), "checkmate": (1, 0), "gambit": (1, 1)},
    ),
    "muon in a jet of two tracks": (
        THIN_JET, "GenMuon", 0.1,
        {"recommended": (0, 1), "simpleanalysis2016": (0, 1), "rivet": (0, 1), "checkmate": (0, 1), "gambit": (1, 0)},
    ),
    "muon beside a jet of two tracks": (
        THIN_JET, "GenMuon", 0.22,
        {"recommended": (1, 0), "simpleanalysis2016": (0, 1), "rivet": (0, 1), "checkmate": (1, 0), "gambit": (1, 0)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("preset", ["recommended", "simpleanalysis2016", "rivet", "checkmate", "gambit"])
@pytest.mark.parametrize("case", OVERLAPS, ids=str)
def test_overlap_removal_of_each_code(truth_events: Build, case: str, preset: str) -> None:
    jet, collection, distance, left = OVERLAPS[case]
    events = truth_events({"GenJet": [jet], collection: [near(jet, distance)]})
    _, features = run(events, overlap_removal=preset)
    assert (features["n_jets"][0], features["n_lep_baseline"][0]) == left[preset]


def test_only_the_2016_code_removes_electrons_on_top_of_muons(truth_events: Build) -> None:
    events = truth_events({"GenElectron": [ELECTRON], "GenMuon": [near(ELECTRON, 0.005)]})
    assert run(events)[1]["n_lep_baseline"][0] == 2
    objects, _ = run(events, overlap_removal="simpleanalysis2016")
    assert (len(objects["baseline_electrons"][0]), len(objects["baseline_muons"][0])) == (0, 1)


@pytest.mark.parametrize(
    ("option", "value", "jet", "collection", "distance", "left"),
    [
        ("jet_electron_radius", "none", JET, "GenElectron", 0.1, (1, 0)),
        ("jet_electron_radius", "0.4", JET, "GenElectron", 0.3, (0, 1)),
        ("electron_jet_radius", "sliding", JET, "GenElectron", 0.3, (1, 1)),
        ("electron_jet_radius", "sliding", JET, "GenElectron", 0.22, (1, 0)),
        ("jet_muon_radius", "0.4", THIN_JET, "GenMuon", 0.3, (0, 1)),
        ("jet_muon_radius", "none", THIN_JET, "GenMuon", 0.1, (1, 0)),
        ("jet_muon_radius", "sliding", THIN_JET, "GenMuon", 0.22, (0, 1)),
        ("muon_jet_radius", "0.4", JET, "GenMuon", 0.3, (1, 0)),
        ("muon_jet_radius", "none", JET, "GenMuon", 0.1, (1, 1)),
    ],
)
def test_each_radius_is_a_switch(
    truth_events: Build, option: str, value: str, jet: Any, collection: str, distance: float, left: tuple[int, int]
) -> None:
    events = truth_events({"GenJet": [jet], collection: [near(jet, distance)]})
    _, features = run(events, **{option: value})
    assert (features["n_jets"][0], features["n_lep_baseline"][0]) == left


def test_a_step_that_a_sequence_lacks_can_be_added() -> None:
    steps = ATLAS_SUSY_2018_30({"overlap_removal": "gambit", "jet_muon_radius": "0.2"}).overlap_steps
    assert [(s.remove, s.against) for s in steps] == [
        ("jets", "electrons"), ("electrons", "jets"), ("jets", "muons"), ("muons", "jets"),
    ]  # fmt: skip
    assert len(ATLAS_SUSY_2018_30({"overlap_removal": "gambit", "jet_muon_radius": "none"}).overlap_steps) == 3


def test_meff_has_signal_leptons_and_the_rivet_variant_baseline_muons(truth_events: Build) -> None:
    loud = [cone(13, 30.0, 0.1)]
    events = truth_events({"GenJet": FOUR_B, "GenMuon": [MUON], "GenCone": loud, "met": (300.0, 0.0)})
    assert run(events)[1]["meff"][0] == pytest.approx(1400.0)
    assert run(events, meff_leptons="rivet")[1]["meff"][0] == pytest.approx(1460.0)


def test_mt_uses_the_leading_signal_lepton(truth_events: Build) -> None:
    events = truth_events({"GenElectron": [ELECTRON], "GenMuon": [MUON], "met": (200.0, 2.0)})
    _, features = run(events)
    assert features["mt"][0] == pytest.approx(np.sqrt(2 * 60.0 * 200.0 * (1 - np.cos(2.4))))
    assert features["n_lep_signal"][0] == 2


def test_large_r_jets_are_trimmed_reclustered_jets(truth_events: Build) -> None:
    beside = {"pt": 60.0, "eta": 0.1, "phi": 2.5, "mass": 0.0}
    dropped = {"pt": 35.0, "eta": 0.5, "phi": 3.0, "mass": 0.0}
    events = truth_events({"GenJet": [*FOUR_B, beside, dropped], "met": (300.0, 0.0)})
    objects, features = run(events)
    large = objects["large_r_jets"][0]
    assert large[0].n_constituents == 2
    assert np.hypot(500 * np.cos(3.0) + 60 * np.cos(2.5), 500 * np.sin(3.0) + 60 * np.sin(2.5)) == pytest.approx(
        large[0].pt, rel=1e-5
    )
    assert (ak.to_numpy(large.pt) >= 100.0).all()
    assert features["mj_sum"][0] == pytest.approx(ak.sum(large.mass), rel=1e-5)


def test_mj_sum_takes_four_jets_or_all(truth_events: Build) -> None:
    spread = [
        {"pt": 400.0 - 20 * i, "eta": 0.0, "phi": -3.0 + 1.2 * i, "mass": 40.0, "flavour": 5 * (i < 3)}
        for i in range(5)
    ]
    events = truth_events({"GenJet": spread, "met": (300.0, 0.0)})
    assert run(events)[1]["mj_sum"][0] == pytest.approx(160.0, rel=1e-5)
    assert run(events, mj_jets="all")[1]["mj_sum"][0] == pytest.approx(200.0, rel=1e-5)


def test_large_r_jets_exist_for_preselected_events_only(truth_events: Build) -> None:
    events = truth_events({"GenJet": FOUR_B, "met": (300.0, 0.0)}, {"GenJet": FOUR_B, "met": (100.0, 0.0)})
    objects, features = run(events)
    assert objects["preselected"].tolist() == [True, False]
    assert ak.num(objects["large_r_jets"]).tolist()[1] == 0
    assert np.isnan(features["mj_sum"]).tolist() == [False, True]


def z_event(**changes: Any) -> dict[str, Any]:
    electrons = [
        {"pt": 200.0, "eta": 0.2, "phi": 0.2, "pdgId": 11},
        {"pt": 120.0, "eta": -0.2, "phi": -0.3, "pdgId": -11},
    ]
    return {"GenJet": FOUR_B, "GenElectron": electrons, "met": (20.0, 1.0), **changes}


def test_dilepton_features_of_a_z_candidate(truth_events: Build) -> None:
    objects, features = run(truth_events(z_event()))
    mass = np.sqrt(2 * 200 * 120 * (np.cosh(0.4) - np.cos(0.5)))
    assert features["m_ll"][0] == pytest.approx(mass, rel=1e-6)
    assert features["is_sfos"][0] == 1
    px = 200 * np.cos(0.2) + 120 * np.cos(-0.3) + 20 * np.cos(1.0)
    py = 200 * np.sin(0.2) + 120 * np.sin(-0.3) + 20 * np.sin(1.0)
    assert features["met_dilepton"][0] == pytest.approx(np.hypot(px, py))
    assert features["met"][0] == pytest.approx(20.0)
    assert objects["preselected"][0]


def reached(features: dict[str, Any]) -> set[str]:
    """Return the preselections that the first event passes."""
    regions = chosen().region_set
    masks = CutMasks({n: np.asarray(features[n]) for n in regions.feature_names}, len(features["met"]))
    return {name for name, cuts in regions.preselections.items() if masks.after(cuts)[0]}


def test_a_z_candidate_reaches_the_z_control_regions_only(truth_events: Build) -> None:
    assert reached(run(truth_events(z_event()))[1]) == {"nn_dilepton"}


def test_a_z_candidate_with_much_met_of_its_own_reaches_them_too(truth_events: Build) -> None:
    found = reached(run(truth_events(z_event(met=(250.0, 0.0))))[1])
    assert {"nn_dilepton", "common", "one_lepton", "nn_gtt"} <= found
    assert not {"zero_lepton", "nn_gbb"} & found


def test_channels_of_a_zero_lepton_and_a_one_lepton_event(truth_events: Build) -> None:
    nothing = {"GenJet": FOUR_B, "met": (300.0, 0.0)}
    assert reached(run(truth_events(nothing))[1]) == {"common", "zero_lepton", "nn_gtt", "nn_gbb"}
    # transverse mass 0: the muon points along MET
    muon = {**nothing, "GenMuon": [{**MUON, "phi": 0.0}]}
    assert reached(run(truth_events(muon))[1]) == {"common", "one_lepton", "control_one_lepton", "nn_gtt"}


def test_a_jet_along_met_closes_the_zero_lepton_channel_only(truth_events: Build) -> None:
    along = {"pt": 250.0, "eta": 0.0, "phi": 0.3, "mass": 10.0, "flavour": 0}
    event = {"GenJet": [*FOUR_B[:3], along], "met": (300.0, 0.0)}
    assert reached(run(truth_events(event))[1]) == {"common", "nn_gbb"}


def test_the_veto_of_signal_leptons_lets_loose_ones_pass(truth_events: Build) -> None:
    event = {"GenJet": FOUR_B, "GenMuon": [MUON], "GenCone": [cone(13, 30.0, 0.1)], "met": (300.0, 0.0)}
    _, features = run(truth_events(event))
    veto = {value: ATLAS_SUSY_2018_30({"lepton_veto": value}).region_set for value in ("baseline", "signal")}
    masks = CutMasks({n: np.asarray(features[n]) for n in veto["signal"].feature_names}, 1)
    passed = {value: bool(masks.after(r.preselections["zero_lepton"])[0]) for value, r in veto.items()}
    assert passed == {"baseline": False, "signal": True}


@pytest.mark.parametrize(
    ("electrons", "sfos"),
    [([11, -11], 1), ([11, 11], 0)],
    ids=["opposite charges", "same charge"],
)
def test_same_flavour_opposite_sign(truth_events: Build, electrons: list[int], sfos: int) -> None:
    event = z_event()
    pair = [{**lepton, "pdgId": pdg} for lepton, pdg in zip(event["GenElectron"], electrons, strict=True)]
    assert run(truth_events({**event, "GenElectron": pair}))[1]["is_sfos"][0] == sfos


def test_an_electron_and_a_muon_are_no_z_candidate(truth_events: Build) -> None:
    event = {"GenElectron": [ELECTRON], "GenMuon": [MUON]}
    assert run(truth_events(event))[1]["is_sfos"][0] == 0


def columns(search: ATLAS_SUSY_2018_30, objects: dict[str, Any], variant: str = "default") -> dict[str, float]:
    matrix = search.network_inputs(objects, variant)
    assert search.card is not None
    assert matrix.shape == (1, 87)
    return dict(zip([column.name for column in search.card.inputs], matrix[0], strict=True))


def test_network_inputs_of_an_event(truth_events: Build) -> None:
    forward_b = {"pt": 80.0, "eta": 2.6, "phi": 0.0, "mass": 8.0, "flavour": 5}
    events = truth_events({"GenJet": [*FOUR_B, forward_b], "GenMuon": [MUON], "met": (300.0, -1.0)})
    search = chosen()
    objects = search.objects(events, load_card("identity").bind(events, seed=1))
    row = columns(search, objects)
    assert row["small_R_jets_pt_0"] == pytest.approx(500.0)
    assert row["small_R_jets_m_1"] == pytest.approx(30.0)
    assert [row[f"small_R_jets_isb_{i}"] for i in range(6)] == [1, 1, 1, 1, 0, 0]
    assert row["small_R_jets_eta_4"] == pytest.approx(2.6)
    assert row["small_R_jets_pt_5"] == 0.0
    assert row["leptons_pt_0"] == pytest.approx(60.0)
    assert row["leptons_m_0"] == pytest.approx(0.10566)
    assert row["met"] == pytest.approx(300.0)
    assert row["met_phi"] == pytest.approx(2 * np.pi - 1.0)
    assert row["large_R_jets_m_0"] == pytest.approx(50.0, rel=1e-5)


def test_dressed_leptons_enter_the_network_with_the_mass_of_the_particle(truth_events: Build) -> None:
    heavy = {"GenElectron": [{**ELECTRON, "mass": 2.5}], "GenMuon": [{**MUON, "mass": 1.5}]}
    events = truth_events({"GenJet": FOUR_B, **heavy, "met": (300.0, -1.0)})
    search = chosen()
    objects = search.objects(events, load_card("identity").bind(events, seed=1))
    row = columns(search, objects)
    assert sorted([row["leptons_m_0"], row["leptons_m_1"]]) == pytest.approx([0.000511, 0.10566])
    assert row["leptons_m_2"] == 0.0


def test_the_range_of_met_phi_is_a_switch(truth_events: Build) -> None:
    events = truth_events({"GenJet": FOUR_B, "met": (300.0, -1.0)})
    search = ATLAS_SUSY_2018_30({"met_phi_range": "minus_pi_pi"})
    objects = search.objects(events, load_card("identity").bind(events, seed=1))
    assert columns(search, objects)["met_phi"] == pytest.approx(-1.0)


def test_the_dilepton_variant_hides_leptons_in_met(truth_events: Build) -> None:
    events = truth_events(z_event())
    search = chosen()
    objects = search.objects(events, load_card("identity").bind(events, seed=1))
    row = columns(search, objects, "dilepton_as_met")
    assert row["leptons_pt_0"] == row["leptons_pt_1"] == 0.0
    assert row["met"] == pytest.approx(float(objects["met_dilepton"].pt[0]))
    assert row["isGtt"] == 0.0
    assert columns(search, objects)["leptons_pt_1"] == pytest.approx(120.0)


def test_network_inputs_of_an_event_without_large_r_jets_are_refused(truth_events: Build) -> None:
    events = truth_events({"GenJet": FOUR_B[:2], "met": (300.0, 0.0)}, {"GenJet": FOUR_B, "met": (300.0, 0.0)})
    search = chosen()
    objects = search.objects(events, load_card("identity").bind(events, seed=1))
    with pytest.raises(BadOption, match="1 of 2 events asked for are not preselected"):
        search.network_inputs(objects)
    assert search.network_inputs(objects, mask=np.array([False, True])).shape == (1, 87)


def test_reconstructed_events_go_the_same_way(reco_events: Build) -> None:
    jets = [{**j, "btag": True} for j in FOUR_B]
    events = reco_events(
        {"Jet": jets, "Electron": [ELECTRON], "met": (300.0, 0.0)},
        {"Jet": jets, "Electron": [{**ELECTRON, "isolated": False}], "met": (300.0, 0.0)},
    )
    search = chosen()
    detector = ReconstructedDetector.from_events(load_card("identity"), events, seed=1)
    features = search.features(search.objects(events, detector))
    assert features["n_bjets"].tolist() == [4, 4]
    assert features["n_lep_signal"].tolist() == [1, 0]
    assert features["n_lep_baseline"].tolist() == [1, 1]


def test_unknown_options_and_values_are_named() -> None:
    with pytest.raises(UnknownName, match=r"lepton_vetoo.*Did you mean 'lepton_veto'"):
        ATLAS_SUSY_2018_30({"lepton_vetoo": "signal"})
    with pytest.raises(BadOption, match="none of 'baseline', 'signal'"):
        ATLAS_SUSY_2018_30({"lepton_veto": "loose"})
