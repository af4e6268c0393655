"""The region picker without a browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from recastbook import Result
from recastbook.regions import Region
from recastbook.widgets import RegionPicker


@pytest.fixture
def picker(result: Result) -> RegionPicker:
    return RegionPicker(result)


def listed(picker: RegionPicker) -> list[str]:
    return [value for _, value in picker.controls["region"].options]


def test_it_opens_on_the_first_region_with_its_cuts_in_words(picker: RegionPicker) -> None:
    assert picker.message.value == ""
    assert picker.region == "SR-jets"
    assert "scalar sum of jet pT (ht) at least 300 GeV" in picker.words.value
    assert "missing transverse momentum (met) at least 30 GeV" in picker.words.value


def test_the_flow_is_that_of_the_cutflow(picker: RegionPicker, result: Result) -> None:
    flow = result.cutflow("SR-jets")
    assert flow.scale is not None
    for before, step in zip(flow.steps, flow.steps[1:], strict=False):
        assert f"{100 * step.sum_w / before.sum_w:.1f} %" in picker.words.value
    assert f"{flow.steps[-1].sum_w * flow.scale:.0f} ± " in picker.words.value


def test_kinds_groups_and_words_narrow_the_list(picker: RegionPicker) -> None:
    picker.controls["kind"].value = "control"
    assert listed(picker) == ["CR-jets"]
    assert picker.region == "CR-jets"
    picker.kind = "all"
    picker.controls["group"].value = "met"
    assert listed(picker) == ["SR-met"]
    picker.group = "all"
    picker.controls["search"].value = "SR ht 300"
    assert listed(picker) == ["SR-jets"]
    picker.search = "nothing of that kind"
    assert listed(picker) == []
    assert "0 of 3 regions; clear the search" in picker.count.value
    assert "SR-jets" in picker.words.value, "what was chosen stays"


def test_two_samples_stand_side_by_side(result: Result, other: Result) -> None:
    picker = RegionPicker(result, other)
    assert "events left, &lt;b&gt;toy&lt;/b&gt;" in picker.words.value
    assert "events left, other $1" in picker.words.value
    assert "<b>toy</b>" not in picker.words.value


def test_the_code_gives_the_numbers_that_are_shown(picker: RegionPicker, result: Result) -> None:
    picker.region = "SR-met"
    flow = eval(picker.code(), {"result": result})  # noqa: S307 - our own sentence, and that it runs is the point
    assert flow == result.cutflow("SR-met")


def test_an_unknown_region_is_a_sentence(picker: RegionPicker) -> None:
    picker.region = "SR-jet"
    assert "has no region &#x27;SR-jet&#x27;" in picker.message.value
    assert "SR-jets" in picker.message.value
    picker.region = "SR-jets"
    assert picker.message.value == ""


def test_absent_regions_say_why_and_show_what_was_counted(result: Result) -> None:
    header = replace(result.header, absent=(("SR-jets", "the network file <is> not here"),))
    counts = {"CR-jets": result.counts["CR-jets"], "SR-jets": result.counts["SR-jets"][:3]}
    picker = RegionPicker(Result(header, counts, {}, result.slim))
    assert picker.region == "SR-met"
    picker.region = "SR-jets"
    assert "the network file &lt;is&gt; not here" in picker.words.value
    assert ("SR-jets (absent)", "SR-jets") in picker.controls["region"].options
    assert picker.message.value == ""


def many(result: Result, n: int) -> Result:
    regions: tuple[Region, ...] = tuple(
        replace(result.header.regions[0], name=f"SR<b>${i}", group=f"g{i % 7}") for i in range(n)
    )
    return Result(replace(result.header, regions=regions, absent=()), {}, {})


def test_ten_thousand_regions_are_listed_in_part_and_found(result: Result) -> None:
    picker = RegionPicker(many(result, 10_000))
    assert len(listed(picker)) == 400
    assert "10000 of 10000 regions; the first 400 are listed" in picker.count.value
    picker.search = "$9999"
    assert listed(picker) == ["SR<b>$9999"]
    assert "SR&lt;b&gt;$9999" in picker.words.value
    assert "<b>$" not in picker.words.value


@pytest.mark.parametrize("n", [0, 1])
def test_few_regions(result: Result, n: int) -> None:
    picker: Any = RegionPicker(many(result, n))
    assert ("no regions" in picker.words.value) is (n == 0)
    assert picker.message.value == ""
