"""Objects, trigger, regions and fits of ATLAS-HIGP-2024-32 on events that can be checked by hand.

The identity card is used: nothing is smeared, every lepton is loose, jets of flavour 5 are tagged.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import awkward as ak
import numpy as np
import pytest

from recastbook.analyses.atlas_higp_2024_32 import ATLAS_HIGP_2024_32
from recastbook.detector import load_card
from recastbook.exceptions import BadOption
from recastbook.regions import CutMasks

Build = Callable[..., ak.Array]

PHI = (0.0, 1.0, 2.0, 3.0, -1.0, -2.0, -2.9, 0.5)
NETWORKS = {"nonres": 19, "res": 19, "heavyres": 18}


def jet(i: int, pt: float, flavour: int = 5, **more: float) -> dict[str, float]:
    return {"pt": pt, "eta": 0.3 * (i - 3), "phi": PHI[i], "mass": 0.1 * pt, "flavour": flavour, **more}


def jets(*pts: float, light: tuple[int, ...] = ()) -> list[dict[str, float]]:
    return [jet(i, pt, 0 if i in light else 5) for i, pt in enumerate(pts)]


def run(events: ak.Array, **options: str) -> tuple[ATLAS_HIGP_2024_32, dict[str, Any], dict[str, Any]]:
    search = ATLAS_HIGP_2024_32({"trigger": "none", **options})
    objects = search.objects(events, load_card("identity").bind(events, seed=1))
    return search, objects, search.features(objects)


def passed(search: ATLAS_HIGP_2024_32, features: dict[str, Any], region: str) -> list[bool]:
    n = len(features["n_jets"])
    return CutMasks(features, n).after(search.region(region).cuts).tolist()


SIX = (120.0, 100.0, 80.0, 60.0, 50.0, 30.0)


def test_jets_are_counted_above_their_thresholds(truth_events: Build) -> None:
    events = truth_events(
        {"GenJet": jets(*SIX)},
        {"GenJet": [*jets(*SIX[:5]), jet(5, 19.9), jet(6, 40.0, 0)]},
        {"GenJet": [*jets(*SIX[:5]), {**jet(5, 60.0), "eta": 2.6}]},
    )
    search, _, features = run(events)
    assert features["n_jets"].tolist() == [6, 6, 5]
    assert features["n_bjets"].tolist() == [6, 5, 5]
    assert features["n_jets_40"].tolist() == [5, 6, 5]
    assert features["n_bjets_40"].tolist() == [5, 5, 5]
    assert passed(search, features, "nonresDNN-SR") == [True, False, False]
    assert passed(search, features, "nonresDNN-CR") == [False, True, False]


@pytest.mark.parametrize(
    ("pts", "good"),
    [((50, 50, 50, 40, 30, 20), True), ((50, 50, 50, 39, 30, 20), False), ((50, 50, 50, 40, 30), False)],
    ids=["four of 40 GeV", "three of 40 GeV", "five jets"],
)
def test_preselection(pts: tuple[float, ...], good: bool, truth_events: Build) -> None:
    search, _, features = run(truth_events({"GenJet": jets(*pts)}))
    assert passed(search, features, "resDNN-SR") == [good]


def test_four_tagged_jets_of_40_are_needed_not_only_four_jets(truth_events: Build) -> None:
    events = truth_events({"GenJet": [*jets(70, 60, 50, 45, 30, 25, light=(0,)), jet(6, 24), jet(7, 23)]})
    search, _, features = run(events)
    assert features["n_bjets"].tolist() == [7]
    assert passed(search, features, "nonresDNN-SR") == [False]


def test_five_b_jets_take_the_hardest_other_jet_and_are_sorted_again(truth_events: Build) -> None:
    others = [jet(6, 90.0, 0), jet(7, 200.0, 4)]
    events = truth_events(
        {"GenJet": [*jets(120, 100, 80, 60, 50), *others]}, {"GenJet": jets(200, 120, 100, 80, 60, 50)}
    )
    _, objects, features = run(events)
    assert features["htbjet"][0] == pytest.approx(120 + 100 + 80 + 60 + 50 + 200)
    eta = [0.3 * (i - 3) for i in (0, 1, 2, 3, 4, 7)]
    assert features["rmsEta"][0] == pytest.approx(np.std(eta), rel=1e-6)
    assert np.isfinite(objects["inputs"]["mHradius"]).all()


def test_the_six_hardest_b_jets_are_used(truth_events: Build) -> None:
    _, _, features = run(truth_events({"GenJet": [*jets(120, 100, 80, 60, 50, 40), jet(6, 30), jet(7, 300, 0)]}))
    assert features["htbjet"] == pytest.approx([450.0])


def test_variables_need_six_jets_with_four_tags(truth_events: Build) -> None:
    events = truth_events(
        {"GenJet": jets(*SIX, light=(0, 1, 2))}, {"GenJet": jets(*SIX[:5])}, {"GenJet": jets(*SIX, light=(0, 1))}, {}
    )
    search, objects, features = run(events)
    assert np.isfinite(features["mH1"]).tolist() == [False, False, True, False]
    matrix = search.inputs_for("nonres", objects, mask=np.array([False, False, True, False]))
    assert matrix.shape == (1, 10)
    with pytest.raises(BadOption, match=r"3 of 4 events asked for have no six jets.* in row 0: 6 jets, 3 tagged"):
        search.inputs_for("nonres", objects)


def test_sphericity_of_all_jets_can_take_those_before_overlap_removal(truth_events: Build) -> None:
    near = {"pt": 60.0, "eta": 0.3 * 3, "phi": PHI[6] + 0.1, "pdgId": 11}
    events = truth_events({"GenJet": [*jets(*SIX), jet(6, 90.0, 0)], "GenElectron": [near]})
    _, before, features = run(events)
    _, _, other = run(events, sphericity_jets="after_overlap_removal")
    assert (ak.num(before["jets_before"])[0], ak.num(before["jets"])[0]) == (7, 6)
    assert features["sphere3dv2"][0] != pytest.approx(other["sphere3dv2"][0], rel=1e-3)
    assert features["sphere3dv2b"][0] == other["sphere3dv2b"][0]


@pytest.mark.parametrize(
    ("lepton", "flavour", "tracks", "left"),
    [
        ({"GenElectron": [0.1]}, 0, 10, (6, 1)),
        ({"GenElectron": [0.1]}, 5, 10, (7, 0)),
        ({"GenElectron": [0.3]}, 0, 10, (7, 0)),
        ({"GenElectron": [0.5]}, 0, 10, (7, 1)),
        ({"GenMuon": [0.1]}, 0, 2, (6, 1)),
        ({"GenMuon": [0.1]}, 5, 2, (6, 1)),
        ({"GenMuon": [0.1]}, 0, 3, (7, 0)),
        ({"GenMuon": [0.3]}, 0, 2, (7, 0)),
    ],
    ids=["electron in jet", "electron in b-jet", "electron near jet", "electron apart", "muon makes jet",
         "muon makes b-jet", "muon in jet", "muon near jet"],
)  # fmt: skip
def test_overlap_removal(
    lepton: dict[str, list[float]], flavour: int, tracks: int, left: tuple[int, int], truth_events: Build
) -> None:
    (kind, (distance,)) = next(iter(lepton.items()))
    here = {"pt": 60.0, "eta": 0.9, "phi": PHI[6] + distance, "pdgId": 11 if kind == "GenElectron" else 13}
    events = truth_events({"GenJet": [*jets(*SIX), jet(6, 90.0, flavour, nTrack500=tracks)], kind: [here]})
    _, objects, _ = run(events)
    leptons = objects["electrons" if kind == "GenElectron" else "muons"]
    assert (int(ak.num(objects["jets"])[0]), int(ak.num(leptons)[0])) == left


def test_leptons_that_are_not_isolated_remove_nothing(truth_events: Build) -> None:
    near = {"pt": 60.0, "eta": 0.9, "phi": PHI[6] + 0.1, "pdgId": 11}
    cone = {"pt": 20.0, "deta": 0.1, "dphi": 0.1, "kind": 1, "owner": 11, "index": 0}
    event = {"GenJet": [*jets(*SIX), jet(6, 90.0, 0)], "GenElectron": [near]}
    _, objects, _ = run(truth_events({**event, "GenCone": [cone]}, event))
    assert ak.num(objects["jets"]).tolist() == [7, 6]


def test_trigger_modes(truth_events: Build) -> None:
    three = {"GenJet": jets(*SIX)}
    two = {"GenJet": [*jets(100, 90, light=()), *[jet(i, 50.0, 0) for i in (2, 3)], jet(4, 30.0), jet(5, 30.0)]}
    soft = {"GenJet": jets(100, 90, 80, 34, 33, 32)}
    n = 400
    events = truth_events(*([three] * n), *([two] * n), *([soft] * n))
    shares = {}
    for mode in ("intended", "peer", "none"):
        _, _, features = run(events, trigger=mode)
        shares[mode] = features["trigger"].reshape(3, n).mean(axis=1)
    # one random number an event, so that the modes share their events
    tolerance = 4 * (0.7 * 0.3 / n) ** 0.5
    assert shares["none"].tolist() == [1, 1, 1]
    assert shares["intended"][0] == 1.0
    assert shares["intended"][1] == pytest.approx(0.7, abs=tolerance)
    assert shares["peer"][0] == pytest.approx(0.7, abs=tolerance)
    assert shares["peer"][1] == pytest.approx(0.7, abs=tolerance)
    assert shares["intended"][2] == shares["peer"][2] == 0.0


def test_the_filter_is_one_more_row(truth_events: Build) -> None:
    events = truth_events({"GenJet": jets(*SIX, light=(3, 4, 5))}, {"GenJet": jets(*SIX)})
    search, _, features = run(events, generator_filter="with")
    assert features["n_true_bjets_25"].tolist() == [3, 6]
    first = search.region("nonresDNN-SR").cuts[0]
    assert first.mask(features).tolist() == [False, True]
    assert len(search.region("4b").cuts) == len(ATLAS_HIGP_2024_32().region("4b").cuts) + 1


@pytest.mark.parametrize(("score", "n_bins"), NETWORKS.items())
@pytest.mark.parametrize("kind", ["SR", "CR"])
def test_bins_meet_and_no_score_falls_between(score: str, n_bins: int, kind: str) -> None:
    search = ATLAS_HIGP_2024_32()
    regions = [r for r in search.region_set.regions.values() if r.parent == f"{score}DNN-{kind}"]
    assert len(regions) == n_bins
    bounds = [r.cuts[-1].bounds for r in regions]
    for (_, high), (low, _) in pairwise(bounds):
        assert (high.comparator, low.comparator) == ("below", "min")
        assert high.value == low.value
    assert (bounds[-1][1].comparator, bounds[-1][1].value) == ("max", 1.0)
    assert bounds[0][0].value == (0.05 if score == "res" else 0.10)
    edges = [b[0].value for b in bounds] + [1.0]
    values = np.array([*edges, *np.nextafter(np.float32(edges), np.float32(0)), *np.linspace(0, 1, 300)], dtype="f4")
    held = sum(r.cuts[-1].mask({score: values}).astype(int) for r in regions)
    assert held.tolist() == (values >= np.float32(bounds[0][0].value)).astype(int).tolist()


def test_published_bins_belong_to_regions_and_backgrounds_to_a_fit() -> None:
    search = ATLAS_HIGP_2024_32()
    models = search.binned_models()
    assert {name: len(model) for name, model in models.items()} == NETWORKS
    for model in models.values():
        assert {b.name for b in model.bins} <= set(search.region_names("signal"))
        assert model.background == pytest.approx(model.observed, abs=0.5)
        assert any("approximate" in note for note in model.notes)


def test_known_differences_and_options_are_told() -> None:
    search = ATLAS_HIGP_2024_32()
    text = " ".join(search.about["known_differences"])
    for word in ("trigger", "sixth power", "HS3", "interchanged", "independent", "CheckMATE"):
        assert word in text
    assert set(search.switches) == {"trigger", "btag_curve", "generator_filter", "sphericity_jets", "normalisation"}
    tables = [search.configured(options={"btag_curve": c}).detector_card().chosen["btag"] for c in ("tuned", "generic")]
    assert tables == ["higp-tuned", "higp-generic"]
    assert search.about["status"] == "preliminary"
    assert search.luminosity_fb == 126.0
