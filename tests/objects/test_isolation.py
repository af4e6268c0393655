from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from recastbook.exceptions import BadOption, UnknownName
from recastbook.objects import ConeCut, cone_sum, isolated


def particle(pt: float, deta: float, dphi: float = 0.0, kind: int = 1, owner: int = 11, index: int = 0) -> dict:
    return {"pt": pt, "deta": deta, "dphi": dphi, "kind": kind, "owner": owner, "index": index}


# Two events; in the first the electron of truth index 1 has become the harder one, index 0 is gone.
ELECTRONS = ak.Array([[{"pt": 100.0, "index": 1}, {"pt": 25.0, "index": 2}], [{"pt": 50.0, "index": 0}]])
CONES = ak.Array(
    [
        [
            particle(99.0, 0.0, index=0),
            particle(5.0, 0.05, 0.02, index=1),
            particle(7.0, 0.15, index=1),
            particle(3.0, 0.05, kind=2, index=1),
            particle(2.0, -0.15, kind=5, index=2),
            particle(0.7, 0.01, index=2),
            particle(11.0, 0.01, owner=13, index=2),
        ],
        [particle(4.0, 0.0, -0.3), particle(1.0, 0.199, kind=6), particle(1.5, 0.19, 0.1)],
    ]
)


def sums(**arguments: object) -> list:
    return cone_sum(ELECTRONS, CONES, owner=11, **arguments).tolist()


def test_fixed_cone_counts_tracks_of_the_right_lepton() -> None:
    assert sums(radius=0.2) == [[12.0, pytest.approx(2.7)], [1.0]]
    assert sums(radius=0.4) == [[12.0, pytest.approx(2.7)], [6.5]]


def test_cone_shrinks_with_the_smeared_pt() -> None:
    # 10 GeV / 100 GeV = 0.1 leaves out the track at 0.15; 10 / 25 = 0.4 does not bind; 10 / 50 = 0.2 is the limit.
    assert sums(radius=0.3, pt_scale=10.0) == [[5.0, pytest.approx(2.7)], [1.0]]


def test_kinds_and_threshold() -> None:
    assert sums(radius=0.2, kinds=("calorimeter",)) == [[15.0, pytest.approx(0.7)], [1.0]]
    assert sums(radius=0.2, kinds=("photon", "muon")) == [[3.0, 2.0], [0.0]]
    assert sums(radius=0.2, min_pt=1.0) == [[12.0, 2.0], [1.0]]


def test_strip_as_in_rivet() -> None:
    assert sums(radius=0.4, outside_strip=(0.1, 0.05)) == [[0.0, 0.0], [0.0]]
    assert sums(radius=0.4, outside_strip=(0.01, 0.04)) == [[5.0, 0.0], [1.5]]


def test_other_owner_and_no_leptons() -> None:
    muons = ak.Array([[{"pt": 40.0, "index": 2}], [{"pt": 30.0, "index": 9}]])
    assert cone_sum(muons, CONES, owner=13, radius=0.3).tolist() == [[11.0], [0.0]]
    none = ELECTRONS[ELECTRONS.pt > 1e9]
    assert cone_sum(none, CONES, owner=11, radius=0.3).tolist() == [[], []]
    assert cone_sum(ELECTRONS, CONES[CONES.pt > 1e9], owner=11, radius=0.3).tolist() == [[0.0, 0.0], [0.0]]


@pytest.mark.parametrize("radius", [0.0, -0.1, 0.41, np.nan])
def test_radius_beyond_what_is_kept(radius: float) -> None:
    with pytest.raises(BadOption, match=r"keeps particles within 0\.4"):
        sums(radius=radius)


def test_unknown_kind() -> None:
    with pytest.raises(UnknownName, match=r"'tracks'\. Did you mean 'track'"):
        sums(radius=0.2, kinds=("tracks",))


def test_conditions_add_up() -> None:
    track = ConeCut(0.15, 0.2, 10.0, min_pt=1.0)
    calorimeter = ConeCut(0.025, 0.2, kinds=("calorimeter",))
    assert isolated(ELECTRONS, CONES, owner=11, cuts=[track]).tolist() == [[True, True], [True]]
    assert isolated(ELECTRONS, CONES, owner=11, cuts=[track, calorimeter]).tolist() == [[False, False], [True]]
    assert isolated(ELECTRONS, CONES, owner=11, cuts=[]).tolist() == [[True, True], [True]]


def test_equality_is_not_isolated() -> None:
    assert isolated(ELECTRONS, CONES, owner=11, cuts=[ConeCut(0.12, 0.2)]).tolist()[0][0] is False


def test_leptons_of_other_programs_say_it_themselves() -> None:
    leptons = ak.Array([[{"pt": 40.0, "isolated": True}, {"pt": 30.0, "isolated": False}]])
    assert isolated(leptons, None, owner=11, cuts=[ConeCut(0.1, 0.2)]).tolist() == [[True, False]]
    assert isolated(leptons, None, owner=11, cuts=[]).tolist() == [[True, True]]
