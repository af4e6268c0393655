from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from recastbook.exceptions import BadSpecification, UnknownName
from recastbook.objects import OverlapStep, remove_overlap, steps_from_specification


def jet(pt: float, eta: float, phi: float = 0.0, *, btag: bool = False, tracks: int = 10, mass: float = 0.0) -> dict:
    return {"pt": pt, "eta": eta, "phi": phi, "mass": mass, "btag": btag, "nTrack": tracks}


def lepton(pt: float, eta: float, phi: float = 0.0) -> dict:
    return {"pt": pt, "eta": eta, "phi": phi, "mass": 0.0}


def left(steps: list[OverlapStep], **objects: list) -> dict[str, list]:
    """Run the steps on one event between two empty ones; return the pT that are left."""
    some = {"jets": jet(1.0, 0.0), "electrons": lepton(1.0, 0.0), "muons": lepton(1.0, 0.0)}
    collections = {n: ak.Array([[some[n]], objects.get(n, [])])[1:] for n in some}
    collections = {n: ak.concatenate([c[:, :0], c, c[:, :0]]) for n, c in collections.items()}
    out = remove_overlap(collections, steps)
    assert all(len(c[0]) == len(c[2]) == 0 for c in out.values())
    return {n: out[n].pt.tolist()[1] for n in out if n in objects}


@pytest.mark.parametrize(
    ("eta", "phi", "removed"),
    [(0.19, 0.0, True), (0.21, 0.0, False), (0.0, -0.19, True), (0.15, 0.15, False)],
    ids=["inside", "outside", "azimuth", "both"],
)
def test_fixed_radius(eta: float, phi: float, removed: bool) -> None:
    step = OverlapStep("jets", "electrons", radius=0.2)
    assert left([step], jets=[jet(50, eta, phi)], electrons=[lepton(40, 0)])["jets"] == [50.0] * (not removed)


def test_azimuth_wraps_round() -> None:
    step = OverlapStep("jets", "electrons", radius=0.2)
    assert left([step], jets=[jet(50, 0, 3.1)], electrons=[lepton(40, 0, -3.1)])["jets"] == []


@pytest.mark.parametrize(("pt", "removed"), [(25.0, True), (40.0, True), (60.0, False), (400.0, False)])
def test_radius_shrinks_with_lepton_pt(pt: float, removed: bool) -> None:
    # 0.04 + 10 / 40 = 0.29 reaches 0.25, 0.04 + 10 / 60 = 0.21 does not; at 25 GeV the bound is 0.4.
    step = OverlapStep("muons", "jets", radius=0.4, pt_scale=10.0)
    assert left([step], muons=[lepton(pt, 0.25)], jets=[jet(100, 0)])["muons"] == [pt] * (not removed)
    other = OverlapStep("jets", "muons", radius=0.4, pt_scale=10.0, pt_of="against")
    assert left([other], muons=[lepton(pt, 0.25)], jets=[jet(100, 0)])["jets"] == [100.0] * (not removed)


def test_btagged_jets_are_spared() -> None:
    step = OverlapStep("jets", "electrons", radius=0.2, keep_btagged=True)
    jets = [jet(60, 0.1, btag=True), jet(50, -0.1)]
    assert left([step], jets=jets, electrons=[lepton(40, 0)])["jets"] == [60.0]


def test_track_counts_of_the_jet_on_either_side() -> None:
    jets = [jet(60, 0.1, tracks=2), jet(50, -0.1, tracks=3)]
    few = OverlapStep("jets", "muons", radius=0.2, max_tracks=2)
    assert left([few], jets=jets, muons=[lepton(40, 0)])["jets"] == [50.0]
    many = OverlapStep("muons", "jets", radius=0.2, min_tracks=3)
    assert left([many], jets=jets[:1], muons=[lepton(40, 0)])["muons"] == [40.0]
    assert left([many], jets=jets, muons=[lepton(40, 0)])["muons"] == []


@pytest.mark.parametrize(("pt", "removed"), [(31.0, True), (30.0, False), (20.0, False)])
def test_a_muon_must_carry_a_share_of_the_jet(pt: float, removed: bool) -> None:
    step = OverlapStep("jets", "muons", radius=0.4, max_tracks=2, min_pt_fraction=0.5)
    found = left([step], jets=[jet(60.0, 0.0, tracks=1)], muons=[lepton(pt, 0.1)])
    assert (not found["jets"]) == removed
    assert step.describe().endswith("if the jet has at most 2 tracks and if pT(muons) > 0.5 pT(jets)")


def test_ring() -> None:
    step = OverlapStep("electrons", "jets", radius=0.4, min_radius=0.2)
    electrons = [lepton(40, 0.1), lepton(30, 0.3), lepton(20, 0.5)]
    assert left([step], jets=[jet(100, 0)], electrons=electrons)["electrons"] == [40.0, 20.0]


def test_harder_one_of_the_same_kind_wins() -> None:
    step = OverlapStep("electrons", "electrons", radius=0.05)
    electrons = [lepton(40, 0), lepton(30, 0.04), lepton(30, 2.0), lepton(30, 2.01)]
    assert left([step], electrons=electrons)["electrons"] == [40.0, 30.0]


def test_order_of_steps_matters() -> None:
    jet_first = OverlapStep("jets", "electrons", radius=0.2)
    electron_first = OverlapStep("electrons", "jets", radius=0.4)
    objects = {"jets": [jet(50, 0.1)], "electrons": [lepton(40, 0)]}
    assert left([jet_first, electron_first], **objects) == {"jets": [], "electrons": [40.0]}
    assert left([electron_first, jet_first], **objects) == {"jets": [50.0], "electrons": []}


def test_rapidity_and_pseudorapidity_differ_for_heavy_jets() -> None:
    # pT 50, eta 2, mass 50: y = asinh(pz / mT) = asinh(sinh(2) / sqrt(2)) = 1.671; pseudorapidity stays 2.
    objects = {"jets": [jet(50, 2.0, mass=50.0)], "electrons": [lepton(40, np.arcsinh(np.sinh(2.0) / np.sqrt(2.0)))]}
    assert left([OverlapStep("jets", "electrons", radius=0.01)], **objects)["jets"] == []
    step = OverlapStep("jets", "electrons", radius=0.3, distance="pseudorapidity")
    assert left([step], **objects)["jets"] == [50.0]


RECOMMENDED = [
    OverlapStep("jets", "electrons", radius=0.2, keep_btagged=True),
    OverlapStep("electrons", "jets", radius=0.4),
    OverlapStep("jets", "muons", radius=0.2, max_tracks=2),
    OverlapStep("muons", "jets", radius=0.4, pt_scale=10.0),
]
SEQUENCES = {
    "recommended": (RECOMMENDED, {"jets": [90.0, 80.0, 60.0], "electrons": [70.0], "muons": [65.0]}),
    # Without the step on jets with few tracks the muon's own jet takes it away.
    "gambit": (
        [*RECOMMENDED[:2], RECOMMENDED[3]],
        {"jets": [90.0, 80.0, 60.0, 30.0], "electrons": [70.0], "muons": []},
    ),
    # Muons first, and only from jets of more than two tracks; then jets of few tracks round the muons that are left.
    "rivet": (
        [
            *RECOMMENDED[:2],
            OverlapStep("muons", "jets", radius=0.4, min_tracks=3),
            OverlapStep("jets", "muons", radius=0.4, max_tracks=2),
        ],
        {"jets": [90.0, 80.0, 60.0], "electrons": [70.0], "muons": [65.0]},
    ),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_whole_sequences(name: str) -> None:
    steps, expected = SEQUENCES[name]
    objects = {
        "jets": [
            jet(90, -2.0),  # alone
            jet(80, 1.0, btag=True),  # b-jet with an electron inside: the electron goes
            jet(71, 0.0),  # calorimeter image of the hard electron: the jet goes
            jet(60, 2.0),  # jet with a soft muon inside: the muon goes
            jet(30, -1.0, tracks=1),  # radiation of the hard muon: the jet goes
        ],
        "electrons": [lepton(70, 0.01), lepton(25, 1.1)],
        "muons": [lepton(65, -1.1), lepton(22, 2.1)],
    }
    assert left(steps, **objects) == expected


def test_electron_on_top_of_a_muon() -> None:
    step = OverlapStep("electrons", "muons", radius=0.01)
    objects = {"electrons": [lepton(40, 0.005), lepton(30, 0.02)], "muons": [lepton(20, 0)]}
    assert left([step], **objects) == {"electrons": [30.0], "muons": [20.0]}


def test_all_empty_and_no_steps() -> None:
    assert left(RECOMMENDED, jets=[], electrons=[], muons=[]) == {"jets": [], "electrons": [], "muons": []}
    assert left([], jets=[jet(50, 0)]) == {"jets": [50.0]}


def test_events_do_not_see_each_other() -> None:
    one, none = ak.Array([[jet(50, 0)], [jet(40, 0)]]), ak.Array([[lepton(30, 0)], [lepton(1, 0)]])
    leptons = none[none.pt > 10]
    out = remove_overlap({"jets": one, "electrons": leptons}, [OverlapStep("jets", "electrons", radius=0.2)])
    assert out["jets"].pt.tolist() == [[], [40.0]]


def test_steps_from_yaml() -> None:
    specification = [{"remove": "muons", "against": "jets", "radius": 0.4, "pt_scale": 10.0}]
    assert steps_from_specification(specification) == (RECOMMENDED[3],)
    assert [s.describe() for s in RECOMMENDED] == [
        "non-b jets within 0.2 of electrons removed",
        "electrons within 0.4 of jets removed",
        "jets within 0.2 of muons removed if the jet has at most 2 tracks",
        "muons within min(0.4, 0.04 + 10 GeV / pT) of jets removed",
    ]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"radios": 0.2}, r"step 1: unknown key 'radios'\. Did you mean 'radius'"),
        ({"radius": 0.0}, "0 <= min_radius < radius"),
        ({"min_radius": 0.3}, "found 0.3 and 0.2"),
        ({"distance": "eta"}, "distance is 'eta'"),
        ({"pt_of": "jet"}, "pt_of is 'jet'"),
    ],
    ids=["key", "radius", "ring", "distance", "side"],
)
def test_impossible_steps(change: dict, match: str) -> None:
    with pytest.raises(BadSpecification, match=match):
        steps_from_specification([{"remove": "jets", "against": "muons", "radius": 0.2, **change}])


def test_missing_key() -> None:
    with pytest.raises(BadSpecification, match="step 2: 'radius' is missing"):
        steps_from_specification([{"remove": "a", "against": "b", "radius": 1}, {"remove": "a", "against": "b"}])


def test_unknown_collection_and_missing_field() -> None:
    objects = {"jets": ak.Array([[lepton(50, 0)]]), "muons": ak.Array([[lepton(50, 0)]])}
    with pytest.raises(UnknownName, match=r"'muon' that was not given\. Did you mean 'muons'"):
        remove_overlap(objects, [OverlapStep("jets", "muon", radius=0.2)])
    with pytest.raises(BadSpecification, match="needs the field 'btag'"):
        remove_overlap(objects, [OverlapStep("jets", "muons", radius=0.2, keep_btagged=True)])
    with pytest.raises(BadSpecification, match="needs the field 'nTrack'"):
        remove_overlap(objects, [OverlapStep("jets", "muons", radius=0.2, max_tracks=2)])
    with pytest.raises(BadSpecification, match="jets 1, muons 0"):
        remove_overlap({**objects, "muons": objects["muons"][:0]}, [])
