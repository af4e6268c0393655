"""What must hold for any objects: collections, overlap removal, large-R jets, features."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recastbook import features
from recastbook.detector.jagged import FlatCollection
from recastbook.objects import OverlapStep, merge_leptons, recluster, remove_overlap, select, sort_by_pt

FIELDS = {
    "pt": st.floats(1.0, 3000.0, width=32), "eta": st.floats(-4.5, 4.5, width=32),
    "phi": st.floats(-3.125, 3.125, width=32), "mass": st.floats(0.0, 100.0, width=32), "btag": st.booleans(),
    "nTrack": st.integers(0, 10), "charge": st.sampled_from([-1, 1]),
}  # fmt: skip
OBJECT = st.fixed_dictionaries(FIELDS)
EVENT = st.fixed_dictionaries({n: st.lists(OBJECT, max_size=6) for n in ("jets", "electrons", "muons")})
EVENTS = st.lists(EVENT, min_size=1, max_size=6)
STEPS = [
    OverlapStep("electrons", "electrons", radius=0.05),
    OverlapStep("jets", "electrons", radius=0.8, keep_btagged=True),
    OverlapStep("electrons", "jets", radius=1.4, distance="pseudorapidity"),
    OverlapStep("jets", "muons", radius=1.2, max_tracks=4),
    OverlapStep("muons", "jets", radius=1.4, pt_scale=10.0),
]


def arrays(events: list[dict[str, list[dict[str, float]]]]) -> dict[str, ak.Array]:
    """Make collections; an event of one object each gives even empty ones their type and is cut off again."""
    some = {"pt": 1.0, "eta": 0.0, "phi": 0.0, "mass": 0.0, "btag": False, "nTrack": 0, "charge": 1}
    return {n: ak.Array([[some], *(e[n] for e in events)])[1:] for n in ("jets", "electrons", "muons")}


@given(EVENTS)
def test_collections_survive_being_flattened(events) -> None:
    jets = arrays(events)["jets"]
    assert FlatCollection.from_awkward(jets).to_awkward().tolist() == jets.tolist()
    assert sort_by_pt(jets).tolist() == jets[ak.argsort(jets.pt, ascending=False, stable=True)].tolist()
    assert select(jets, min_pt=50.0).tolist() == jets[jets.pt >= 50.0].tolist()


@given(EVENTS)
def test_merging_loses_no_lepton(events) -> None:
    found = arrays(events)
    leptons = merge_leptons(found["electrons"], found["muons"])
    assert ak.num(leptons).tolist() == (ak.num(found["electrons"]) + ak.num(found["muons"])).tolist()
    assert ak.all(leptons.pt[:, 1:] <= leptons.pt[:, :-1])
    assert ak.sum(leptons.flavour == 11) == ak.sum(ak.num(found["electrons"]))


@given(EVENTS)
def test_overlap_removal_only_removes_and_is_done_after_one_pass(events) -> None:
    found = arrays(events)
    once = remove_overlap(found, STEPS)
    assert all((ak.num(once[n]) <= ak.num(found[n])).tolist() == [True] * len(events) for n in found)
    # A survivor was near nothing that was left then, and less is left now.
    twice = remove_overlap(once, STEPS)
    assert {n: c.tolist() for n, c in twice.items()} == {n: c.tolist() for n, c in once.items()}


@given(EVENTS, st.randoms(use_true_random=False))
def test_overlap_removal_treats_every_event_for_itself(events, random) -> None:
    order = list(range(len(events)))
    random.shuffle(order)
    found = arrays(events)
    whole = remove_overlap(found, STEPS)
    shuffled = remove_overlap({n: c[order] for n, c in found.items()}, STEPS)
    assert {n: c.tolist() for n, c in shuffled.items()} == {n: c[order].tolist() for n, c in whole.items()}


@given(EVENTS)
def test_reclustering_conserves_momentum_without_trimming(events) -> None:
    jets = arrays(events)["jets"]
    large = recluster(jets, trim_fraction=0.0)
    for component in (np.cos, np.sin):
        before = ak.to_numpy(ak.sum(jets.pt * component(jets.phi), axis=1))
        after = ak.to_numpy(ak.sum(large.pt * component(large.phi), axis=1))
        assert after == pytest.approx(before, rel=1e-4, abs=1e-2)
    assert ak.sum(large.n_constituents, axis=1).tolist() == ak.num(jets).tolist()


@given(EVENTS, st.floats(0.0, 2000.0), st.floats(-3.14, 3.14))
def test_features_stay_in_their_range(events, size, phi) -> None:
    found = arrays(events)
    n = len(events)
    met = ak.zip({"pt": np.full(n, size), "phi": np.full(n, phi)})
    jets, muons = sort_by_pt(found["jets"]), sort_by_pt(found["muons"])
    angle = features.dphi_min(jets, met)
    assert np.isnan(angle).tolist() == (ak.num(jets) == 0).tolist()
    assert np.all((angle[~np.isnan(angle)] >= 0.0) & (angle[~np.isnan(angle)] <= np.pi + 1e-12))
    mt = features.transverse_mass(muons, met)
    assert np.isnan(mt).tolist() == (ak.num(muons) == 0).tolist()
    bound = 2.0 * np.sqrt(features.nth_pt(muons) * size)
    assert np.all((np.nan_to_num(mt) >= 0.0) & (np.nan_to_num(mt) <= bound + 1e-6))
    # More b-jets can only lower the minimum.
    few, more = features.mt_min_bjets(jets, met, n=2), features.mt_min_bjets(jets, met, n=3)
    assert np.all((more <= few) | np.isnan(few))
    effective = features.meff(jets, muons, met)
    assert effective == pytest.approx(features.ht(jets) + features.ht(muons) + size)
    masses = features.m_ll(muons)
    assert np.isnan(masses).tolist() == (ak.num(muons) < 2).tolist()
