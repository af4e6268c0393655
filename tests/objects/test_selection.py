from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from recastbook.exceptions import BadSpecification
from recastbook.objects import merge_leptons, select, sort_by_pt

JETS = ak.Array(
    [[{"pt": 30.0, "eta": -2.8}, {"pt": 29.9, "eta": 0.0}, {"pt": 80.0, "eta": 1.4}], [], [{"pt": np.nan, "eta": 0.0}]]
)


def test_bounds() -> None:
    assert select(JETS, min_pt=30.0).pt.tolist() == [[30.0, 80.0], [], []]
    assert select(JETS, max_abs_eta=2.8).pt.tolist()[0] == [29.9, 80.0]
    assert select(JETS, min_pt=0.0, outside_abs_eta=(1.37, 1.52)).pt.tolist() == [[30.0, 29.9], [], []]
    assert len(select(JETS)[2]) == 1


def test_mask_is_an_and() -> None:
    assert select(JETS, min_pt=30.0, mask=JETS.eta > 0.0).pt.tolist() == [[80.0], [], []]


@pytest.mark.parametrize("mask", [JETS.eta[:2] > 0, JETS.eta[[1, 0, 2]] > 0], ids=["fewer events", "other shape"])
def test_mask_of_another_shape(mask: ak.Array) -> None:
    with pytest.raises(BadSpecification, match="another shape"):
        select(JETS, mask=mask)


def test_sorting() -> None:
    assert sort_by_pt(JETS).pt.tolist()[0] == [80.0, 30.0, 29.9]


def test_leptons_are_merged_by_pt() -> None:
    electrons = ak.Array([[{"pt": 50.0, "charge": 1, "is_tight": True}], []])
    muons = ak.Array([[{"pt": 60.0, "charge": -1, "dz": 0.1}, {"pt": 20.0, "charge": 1, "dz": 0.0}], []])
    leptons = merge_leptons(electrons, muons)
    assert leptons.tolist() == [
        [
            {"pt": 60.0, "charge": -1, "flavour": 13},
            {"pt": 50.0, "charge": 1, "flavour": 11},
            {"pt": 20.0, "charge": 1, "flavour": 13},
        ],
        [],
    ]
