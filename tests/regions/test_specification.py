"""regions.yaml: options, references between regions, bins, and every mistake with its place."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recastbook.exceptions import BadOption, BadSpecification, NetworkError, UnknownName
from recastbook.regions import Cut, CutMasks, Region, RegionSet, pack_bits, unpack_bit

POINT = [0, 2300, 1000]
DATA: dict[str, Any] = {
    "version": 1,
    "options": {
        "veto": {"default": "baseline", "alternatives": ["baseline", "signal"], "reason": "the sources disagree"},
        "crack": {"default": False, "alternatives": [False, True], "reason": "two of four codes veto it"},
    },
    "slim": [{"feature": "met", "min": 150}],
    "preselections": {
        "common": [{"feature": "n_jets", "min": 4}, {"feature": "met", "min": 200, "unit": "GeV"}],
        "zero_lepton": {"after": "common", "cuts": [{"feature": "n_lep", "equals": 0}]},
    },
    "regions": [
        {"name": "SR", "preselection": "zero_lepton", "cuts": [{"score": "p", "point": POINT, "above": 0.999}]},
        {
            "name": "VR",
            "kind": "validation",
            "preselection": "zero_lepton",
            "cuts": [
                {"score": "p", "point": POINT, "min": 0.9, "below": {"of": "SR"}},
                {"feature": "meff", "max": {"option": "veto", "values": {"baseline": 500, "signal": None}}},
                {"feature": "eta", "max": 1.37, "when": {"crack": True}},
            ],
        },
        {"name": "SR-bins", "preselection": "common", "bins": {"score": "q", "edges": [0.1, 0.5, 1.0]}},
    ],
    "histograms": {"met": {"bins": 40, "start": 200, "stop": 1600}},
}


def changed(**top: Any) -> dict[str, Any]:
    return {**deepcopy(DATA), **top}


def test_preselection_comes_first_and_order_is_kept() -> None:
    region = RegionSet.from_dict(DATA).regions["SR"]
    assert [c.column for c in region.cuts] == ["n_jets", "met", "n_lep", "p[0,2300,1000]"]
    assert region.n_preselection == 3


def test_validation_region_ends_where_the_signal_region_begins() -> None:
    vr = RegionSet.from_dict(DATA).regions["VR"]
    assert vr.cuts[3].text == "0.9 <= p[0,2300,1000] < 0.999"


def test_options_choose_numbers_and_drop_bounds() -> None:
    default = RegionSet.from_dict(DATA).regions["VR"]
    assert [c.column for c in default.cuts[3:]] == ["p[0,2300,1000]", "meff"]
    other = RegionSet.from_dict(DATA, options={"veto": "signal", "crack": True}).regions["VR"]
    assert [c.column for c in other.cuts[3:]] == ["p[0,2300,1000]", "eta"]


def test_option_values_may_come_as_text() -> None:
    assert RegionSet.from_dict(DATA, options={"crack": "True"}).chosen["crack"] is True


def test_bins_are_half_open_and_the_last_is_closed() -> None:
    regions = RegionSet.from_dict(DATA).regions
    scores = np.array([0.1, 0.5, 1.0], dtype=np.float32)
    low, high = regions["SR-bins[0.1,0.5)"], regions["SR-bins[0.5,1]"]
    assert low.cuts[-1].mask({"q": scores}).tolist() == [True, False, False]
    assert high.cuts[-1].mask({"q": scores}).tolist() == [False, True, True]
    assert low.parent == "SR-bins"


def test_stand_in_thresholds_replace_scores_only_and_references_follow() -> None:
    def rescale(cut: Cut, published: float) -> float:
        assert cut.score == "p"
        return {0.999: 0.8, 0.9: 0.5}[published]

    regions = RegionSet.from_dict(DATA, rescale=rescale).regions
    assert regions["SR"].cuts[-1].bounds[0].value == 0.8
    assert {b.comparator: b.value for b in regions["VR"].cuts[3].bounds} == {"min": 0.5, "below": 0.8}
    assert regions["SR"].cuts[1].bounds[0].value == 200


def test_region_without_a_threshold_is_unavailable_with_the_reason() -> None:
    def rescale(cut: Cut, published: float) -> float:
        message = "a constant, not a score"
        raise NetworkError(message)

    found = RegionSet.from_dict(DATA, rescale=rescale)
    assert found.unavailable == {"SR": "a constant, not a score", "VR": "a constant, not a score"}


def test_distinct_cuts_and_needed_columns() -> None:
    found = RegionSet.from_dict(DATA)
    assert len(set(found.distinct_cuts)) == len(found.distinct_cuts) == 8
    assert set(found.feature_names) == {"met", "n_jets", "n_lep", "meff"}
    assert [c.column for c in found.score_leaves] == ["p[0,2300,1000]", "q"]


def test_regions_survive_a_trip_through_json() -> None:
    for region in RegionSet.from_dict(DATA).regions.values():
        assert Region.from_dict(region.to_dict()) == region


def _edit(path: list[Any], value: Any) -> dict[str, Any]:
    data = deepcopy(DATA)
    target: Any = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (_edit(["regions", 1, "name"], "SR"), "region SR: is defined twice"),
        (
            _edit(["regions", 1, "kind"], "sideband"),
            "region VR: kind 'sideband' is none of signal, control, validation",
        ),
        (_edit(["regions", 1, "preselection"], "zero"), "region VR: unknown preselection 'zero'"),
        (_edit(["regions", 1, "cuts", 0, "below"], {"of": "SSR"}), "region VR, cut 0, below: of: unknown region 'SSR'"),
        (_edit(["regions", 1, "cuts", 0, "below"], {"of": "SR-bins"}), "region SR-bins has no lower cut on p"),
        (
            _edit(["regions", 0, "cuts", 0], {"score": "p", "atleast": 1}),
            "region SR, cut 0: unknown key or comparator 'atleast'",
        ),
        (_edit(["regions", 0, "cutz"], []), "region SR: unknown key 'cutz'.*Did you mean 'cuts'"),
        (_edit(["regions", 2, "bins", "edges"], [0.5, 0.5]), "two rising edges"),
        (_edit(["options", "veto", "default"], "none"), "option veto: the default 'none' is no alternative"),
        (changed(regions=[]), "there are no regions"),
        (changed(regions=5), "regions: expected a list, found 5"),
        (changed(options={"veto": None}), "option veto: takes default, alternatives"),
        (changed(options=[]) | {"options": [1]}, "options: expected a mapping"),
        (_edit(["regions", 2, "bins"], 5), "bins takes a score or feature and a list of edges, found 5"),
        (_edit(["regions", 0, "cuts", 0, "point"], 5), "point: takes a list of numbers, found 5"),
        (_edit(["regions", 0, "cuts", 0], {"feature": "met"}), "region SR, cut 0: compares with nothing"),
        (_edit(["regions", 0, "cuts", 0], {"feature": "met", "outside": [5, 1]}), "must not be above the second"),
        (_edit(["regions", 0, "cuts", 0], {"feature": "met", "min": 1, "when": 3}), "when: takes"),
        (
            _edit(["regions", 0, "cuts", 0], {"any": [[{"feature": "met", "min": 1, "when": {"veto": "no"}}]]}),
            "when belongs to a cut of a region",
        ),
        (
            _edit(
                ["regions", 0, "cuts", 0],
                {"any": [[{"feature": "a", "min": {"option": "veto", "values": {"baseline": None}}}]]},
            ),
            "the options leave no cut",
        ),
        (_edit(["histograms", "met", "bins"], -3), "histogram met: needs at least one bin"),
        (changed(region=[]), "unknown key 'region'.*Did you mean 'regions'"),
        (changed(histograms={"met": {"bins": 3}}), "histogram met: needs bins, start and stop"),
        ([], "expected a mapping"),
    ],
)
def test_mistakes_are_named_with_their_place(data: Any, message: str) -> None:
    with pytest.raises(BadSpecification, match=message):
        RegionSet.from_dict(data, source="regions.yaml")


def test_unknown_options_and_values() -> None:
    with pytest.raises(UnknownName, match=r"unknown option 'vetto'.*Did you mean 'veto'"):
        RegionSet.from_dict(DATA, options={"vetto": 1})
    with pytest.raises(BadOption, match="'veto': 'loose' is none of 'baseline', 'signal'"):
        RegionSet.from_dict(DATA, options={"veto": "loose"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("regions: [\n", "not readable as YAML"),
        ("regions: []\nregions: []\n", r"line 2: the key 'regions' occurs twice \(first in line 1\)"),
        ("regions: !!python/object/apply:os.system ['true']\n", "not readable as YAML"),
        ("a: &x [1]\nb: *x\n", "aliases are not allowed"),
        ("[" * 60 + "]" * 60, "nested deeper"),
        ("", "is empty"),
    ],
    ids=["broken", "duplicate", "code", "alias", "deep", "empty"],
)
def test_hostile_yaml(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "regions.yaml"
    path.write_text(text)
    with pytest.raises(BadSpecification, match=message):
        RegionSet.load(path)


def test_bits_beyond_one_word() -> None:
    rng = np.random.default_rng(3)
    masks = [rng.random(50) < 0.5 for _ in range(130)]
    words = pack_bits(masks, 50)
    assert words.shape == (50, 3)
    for i in (0, 63, 64, 129):
        assert (unpack_bit(words, i) == masks[i]).all()


def test_shared_products_equal_plain_products() -> None:
    cuts = RegionSet.from_dict(DATA).regions["SR"].cuts[:3]
    columns = {"n_jets": np.array([5, 3, 6]), "met": np.array([250.0, 300.0, 100.0]), "n_lep": np.array([0, 0, 0])}
    masks = CutMasks(columns, 3)
    assert masks.after(cuts).tolist() == [True, False, False]


def two_regions(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return {"regions": [{"name": "A", "cuts": [first]}, {"name": "B", "cuts": [second]}]}


def test_regions_may_refer_to_each_other_where_it_means_something() -> None:
    data = two_regions({"feature": "x", "min": 0.2, "below": {"of": "B"}}, {"feature": "x", "min": 0.6, "max": 0.9})
    assert RegionSet.from_dict(data).regions["A"].cuts[0].text == "0.2 <= x < 0.6"
    crossed = two_regions({"feature": "x", "min": 0.2, "below": {"of": "B"}}, {"feature": "x", "min": {"of": "A"}})
    assert RegionSet.from_dict(crossed).regions["B"].cuts[0].text == "x >= 0.2"


def test_circles_of_references_are_named() -> None:
    data = two_regions({"feature": "x", "min": {"of": "B"}}, {"feature": "x", "min": {"of": "A"}})
    with pytest.raises(BadSpecification, match="go in a circle through A, B"):
        RegionSet.from_dict(data)
