"""What holds of cuts, regions and cutflows for any cuts, columns and weights."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from recastbook.cutflow import Count, count_region
from recastbook.documents import parse_yaml
from recastbook.regions import Bound, Cut, CutMasks, Region, RegionSet, pack_bits, parse_cut, score_column, unpack_bit
from recastbook.units import factor

FEATURES = ("met", "n_jets", "dphi")
SCORES = (("p_a", None), ("p_a", (2000.0, 1.0)), ("p_b", (2800.0, 1400.0)))
UNITS = ("1", "GeV")
COMPARATORS = ("min", "above", "max", "below", "equals")

numbers = st.floats(-5, 5) | st.integers(-5, 5).map(float)
"""Small whole numbers among them, so that columns meet bounds exactly."""
entries = numbers | st.sampled_from([np.nan, np.inf, -np.inf, -0.0])
Columns = dict[str, NDArray[np.float64]]


@st.composite
def bounds(draw: st.DrawFn) -> tuple[Bound, ...]:
    names = draw(st.lists(st.sampled_from([*COMPARATORS, "outside"]), min_size=1, max_size=3, unique=True))
    # in the order of the grammar, which is that in which YAML is read
    out = []
    for name in ("min", "above", "max", "below", "equals", "outside"):
        if name in names:
            low = draw(numbers)
            out.append(Bound(name, low, low + draw(st.floats(0, 3)) if name == "outside" else None))
    return tuple(out)


@st.composite
def single_cuts(draw: st.DrawFn) -> Cut:
    shared: dict[str, Any] = {
        "bounds": draw(bounds()),
        "unit": draw(st.sampled_from(UNITS)),
        "transform": draw(st.none() | st.sampled_from(["log10", "abs"])),
        "label": draw(st.none() | st.sampled_from(["MET > 200", "≥ 3 b-jets: yes", "null", "1e3"])),
    }
    if draw(st.booleans()):
        return Cut(feature=draw(st.sampled_from(FEATURES)), **shared)
    score, point = draw(st.sampled_from(SCORES))
    return Cut(score=score, point=point, inputs=draw(st.sampled_from(["default", "no-mass"])), **shared)


def several(cuts: st.SearchStrategy[Cut]) -> st.SearchStrategy[Cut]:
    alternatives = st.lists(st.lists(cuts, min_size=1, max_size=2).map(tuple), min_size=1, max_size=3).map(tuple)
    return st.builds(Cut, any=alternatives, label=st.none() | st.just("any of these"))


cuts = st.recursive(single_cuts(), several, max_leaves=4)


@st.composite
def regions(draw: st.DrawFn, most: int = 4) -> Region:
    chosen = tuple(draw(st.lists(cuts, max_size=most)))
    text = st.sampled_from(["", "Gtt", "no", "~", "≥ 1 lepton"])
    return Region(
        name=draw(st.sampled_from(["SR-Gtt-0L-B", "CR[1,2)", "null", "12"])),
        kind=draw(st.sampled_from(["signal", "control", "validation"])),
        cuts=chosen,
        group=draw(text),
        preselection=draw(text),
        n_preselection=draw(st.integers(0, len(chosen))),
        status=draw(text),
        note=draw(text),
        parent=draw(text),
    )


def columns_of(draw: st.DrawFn, n: int) -> Columns:
    names = [*FEATURES, *(score_column(s, p, i) for s, p in SCORES for i in ("default", "no-mass"))]
    pool = draw(st.lists(entries, min_size=1, max_size=12))
    picks = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).integers(0, len(pool), (len(names), n))
    return dict(zip(names, np.asarray(pool)[picks], strict=True))


@st.composite
def samples(draw: st.DrawFn, least_weight: float = -3.0) -> tuple[Columns, NDArray[np.float64], NDArray[np.float64]]:
    """Columns, weights, probabilities of some events."""
    n = draw(st.integers(0, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    # binary fractions: sums of them have no rounding, so that what must be equal is equal
    weight = rng.integers(int(least_weight * 8), 24, n) / 8.0
    return columns_of(draw, n), weight, rng.integers(0, 9, n) / 8.0


def picked(columns: Columns, where: slice | NDArray[np.int64]) -> Columns:
    return {name: values[where] for name, values in columns.items()}


@given(regions(), samples(least_weight=0.0), st.booleans())
def test_a_cutflow_never_rises(
    region: Region, sample: tuple[Columns, NDArray[np.float64], NDArray[np.float64]], is_probability: bool
) -> None:
    columns, weight, probability = sample
    flow = count_region(region, CutMasks(columns, len(weight)), weight, probability if is_probability else None)
    assert len(flow) == 1 + len(region.cuts) + is_probability
    assert flow[0] == Count(len(weight), float(np.sum(weight)), float(np.sum(weight**2)))
    for before, after in itertools.pairwise(flow):
        assert 0 <= after.raw <= before.raw
        assert 0.0 <= after.sum_w <= before.sum_w
        assert 0.0 <= after.sum_w2 <= before.sum_w2


@given(regions(), samples(), st.lists(st.integers(0, 40), max_size=4), st.booleans())
def test_chunks_add_up(
    region: Region,
    sample: tuple[Columns, NDArray[np.float64], NDArray[np.float64]],
    splits: list[int],
    is_probability: bool,
) -> None:
    columns, weight, probability = sample
    n = len(weight)
    p = probability if is_probability else None
    whole = count_region(region, CutMasks(columns, n), weight, p)
    edges = sorted({0, n, *(min(s, n) for s in splits)})
    total = [Count()] * len(whole)
    for a, b in itertools.pairwise(edges):
        part = slice(a, b)
        masks = CutMasks(picked(columns, part), b - a)
        flow = count_region(region, masks, weight[part], None if p is None else p[part])
        total = [x + y for x, y in zip(total, flow, strict=True)]
    assert tuple(total) == whole


@given(regions(), samples(), st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(
    region: Region, sample: tuple[Columns, NDArray[np.float64], NDArray[np.float64]], random: object
) -> None:
    columns, weight, probability = sample
    order = np.arange(len(weight))
    random.shuffle(order)  # type: ignore[attr-defined]
    straight = count_region(region, CutMasks(columns, len(weight)), weight, probability)
    mixed = count_region(region, CutMasks(picked(columns, order), len(weight)), weight[order], probability[order])
    assert mixed == straight


@given(regions(), samples(), st.sampled_from([-2.0, -0.5, 0.25, 1.0, 3.0, 1e-9, 7e5]))
def test_weights_scale(
    region: Region, sample: tuple[Columns, NDArray[np.float64], NDArray[np.float64]], factor: float
) -> None:
    columns, weight, _ = sample
    masks = CutMasks(columns, len(weight))
    for one, other in zip(
        count_region(region, masks, weight), count_region(region, masks, factor * weight), strict=True
    ):
        assert other.raw == one.raw
        assert other.sum_w == pytest.approx(factor * one.sum_w, rel=1e-12, abs=1e-12 * abs(factor))
        assert other.sum_w2 == pytest.approx(factor**2 * one.sum_w2, rel=1e-12)


@given(st.lists(regions(), min_size=2, max_size=3), samples())
def test_regions_that_share_cuts_share_counts_only(
    several_regions: list[Region], sample: tuple[Columns, NDArray[np.float64], NDArray[np.float64]]
) -> None:
    columns, weight, _ = sample
    masks, cache = CutMasks(columns, len(weight)), {}  # type: ignore[var-annotated]
    for region in several_regions:
        alone = count_region(region, CutMasks(columns, len(weight)), weight)
        assert count_region(region, masks, weight, cache=cache) == alone


@given(st.lists(cuts, max_size=70), samples())
def test_bits_are_the_masks(
    chosen: list[Cut], sample: tuple[Columns, NDArray[np.float64], NDArray[np.float64]]
) -> None:
    columns, weight, _ = sample
    masks = [cut.mask(columns) for cut in chosen]
    words = pack_bits(masks, len(weight))
    for i, mask in enumerate(masks):
        np.testing.assert_array_equal(unpack_bit(words, i), mask)


@given(single_cuts())
def test_what_is_not_a_number_passes_nothing(cut: Cut) -> None:
    assert not cut.mask({cut.column: np.array([np.nan])}).any()


@given(regions())
def test_regions_come_back_from_yaml(region: Region) -> None:
    text = yaml.safe_dump(region.to_dict(), allow_unicode=True, sort_keys=False)
    back = Region.from_dict(parse_yaml(text, source="a test"))
    assert back == region
    # labels do not count when cuts are compared, but they are kept
    assert [cut.text for cut in back.cuts] == [cut.text for cut in region.cuts]
    assert back.to_dict() == region.to_dict()


@given(st.lists(cuts, max_size=3), st.lists(cuts, max_size=3))
def test_regions_of_a_file_are_their_cuts(common: list[Cut], own: list[Cut]) -> None:
    data = {
        "version": 1,
        "preselections": {"common": [c.to_dict() for c in common]},
        "regions": [{"name": "SR", "kind": "signal", "preselection": "common", "cuts": [c.to_dict() for c in own]}],
    }
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    (region,) = RegionSet.from_dict(parse_yaml(text, source="a test")).regions.values()
    assert region.cuts == (*common, *own)
    assert region.n_preselection == len(common)


@given(single_cuts(), st.sampled_from(["TeV", "MeV", "GeV"]))
def test_units_of_energy_are_read_as_gev(cut: Cut, unit: str) -> None:
    data = cut.to_dict() | {"unit": unit}
    read = parse_cut(data)
    assert read.unit == "GeV"
    for given_as, found in zip(cut.bounds, read.bounds, strict=True):
        assert found.comparator == given_as.comparator
        assert found.value == given_as.value * factor(unit)
