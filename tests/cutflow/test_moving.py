"""Cuts moved on the slim table give what the search gives when it is run with the cuts there."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from toys import ToySearch, toy_events, write_events

from recastbook import Result, Sample
from recastbook.cutflow import slim as slim_module
from recastbook.cutflow import transformed
from recastbook.exceptions import BadOption, UnknownName

# in SR-jets: 1 n_jets >= 2, 2 met >= 30, 3 ht >= 300, 4 n_bjets >= 1; the slim table asks for n_jets >= 1


@pytest.fixture(scope="module", params=[True, False], ids=["weighted", "unweighted"])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("moving") / "events"
    write_events(folder, toy_events(2000, weighted=request.param), part_size=700)
    return Sample(folder)


@pytest.fixture(scope="module")
def result(sample: Sample) -> Result:
    return ToySearch().run(sample, progress=False)


def rerun(sample: Sample, moved: dict[tuple[str, str], float]) -> Result:
    """Run the search with numbers of its YAML changed: (feature, comparator) -> value, in every region."""

    class Changed(ToySearch):
        regions: ClassVar[dict[str, Any]] = copy.deepcopy(dict(ToySearch.regions))

    lists = [Changed.regions["preselections"]["common"], *(r["cuts"] for r in Changed.regions["regions"][:1])]
    for cut in (c for cuts in lists for c in cuts):
        for (feature, comparator), value in moved.items():
            if cut["feature"] == feature:
                cut[comparator] = value
    return Changed().run(sample, progress=False)


@pytest.mark.parametrize(
    ("moved", "changed"),
    [
        ({3: {"min": 420.0}}, {("ht", "min"): 420.0}),
        ({3: {"min": 150.0}}, {("ht", "min"): 150.0}),
        ({2: {"min": 75.0}}, {("met", "min"): 75.0}),
        ({2: {"min": 5.0}, 4: {"min": 2.0}}, {("met", "min"): 5.0, ("n_bjets", "min"): 2}),
        ({1: {"min": 4.0}, 3: {"min": 350.0}}, {("n_jets", "min"): 4, ("ht", "min"): 350.0}),
        ({1: {"min": 1.0}}, {("n_jets", "min"): 1}),
    ],
    ids=["tighter", "looser", "early", "two", "first", "down to the slim table"],
)
def test_it_is_what_a_run_with_these_cuts_gives(
    sample: Sample, result: Result, moved: dict[int, dict[str, float]], changed: dict[tuple[str, str], float]
) -> None:
    ours, theirs = result.cutflow("SR-jets", moved=moved), rerun(sample, changed).cutflow("SR-jets")
    for a, b in zip(ours.steps, theirs.steps, strict=True):
        assert a.raw == b.raw
        assert a.sum_w == pytest.approx(b.sum_w, rel=1e-12)
        assert a.sum_w2 == pytest.approx(b.sum_w2, rel=1e-12)
    assert not ours.notes
    for i in moved:
        assert ours.steps[i].label.endswith("(moved)")


def test_a_handle_follows_a_slider_and_comes_back(result: Result) -> None:
    moving = result.moving("SR-jets")
    handle = moving.handle(3, {4: {"min": 2.0}})
    raws = [handle.count({"min": x}).counts[-1].raw for x in (100.0, 200.0, 300.0, 400.0, 1e9)]
    assert raws == sorted(raws, reverse=True)
    assert raws[-1] == 0
    assert handle.count({"min": 300.0}) == handle.count()
    assert handle.count().counts[-1].raw == result.cutflow("SR-jets", moved={4: {"min": 2.0}}).steps[-1].raw
    assert moving.handle(3).count().counts == result.counts["SR-jets"]


def test_rows_that_the_slim_table_does_not_hold_say_so(result: Result) -> None:
    # the first cut is looser than the slim table's only where it is moved below one jet, which it cannot be told
    moving = result.moving("CR-jets")
    assert moving.complete == (False, True, True, True, True)
    flow = result.cutflow("SR-met", moved={1: {"min": 0.0}})
    assert flow.steps[1].raw == len(result.slim)


def test_how_far_a_cut_can_be_loosened(result: Result) -> None:
    moving = result.moving("SR-met")  # n_jets >= 2, met >= 30, met >= 80
    assert moving.movable == (1, 2, 3)
    spans = {i: moving.span(i, moving.cut(i).bounds[0]) for i in moving.movable}
    assert spans[1][0] == 1.0, "the slim table's own cut"
    assert spans[3][0] == 30.0, "an earlier cut on the same quantity"
    assert spans[2][0] < 30.0
    assert spans[2][1] == pytest.approx(float(np.nanmax(result.slim.column("met"))))


def test_the_distribution_leaves_out_the_cuts_on_its_own_column(result: Result) -> None:
    met = result.slim.column("met")
    jets = result.slim.column("n_jets")
    assert result.n_minus_one("SR-met", "met").sum(flow=True).value == pytest.approx(
        result.slim.column("weight")[(jets >= 2) & np.isfinite(met)].sum()
    )
    fewer = result.n_minus_one("SR-met", "met", moved={1: {"min": 5.0}}).sum(flow=True).value
    assert fewer == pytest.approx(result.slim.column("weight")[jets >= 5].sum())


@pytest.mark.parametrize(
    ("region", "moved", "words"),
    [
        ("SR-jets", {9: {"min": 1.0}}, "cuts 1 to 4, none of number 9"),
        ("SR-jets", {3: {"max": 1.0}}, r"has no 'max'.*min"),
        ("SR-jets", {3: {"min": float("nan")}}, "cannot be moved to nan"),
    ],
)
def test_cuts_that_cannot_be_moved(result: Result, region: str, moved: Any, words: str) -> None:
    with pytest.raises(BadOption, match=words):
        result.cutflow(region, moved=moved)
    with pytest.raises(UnknownName, match="has no region"):
        result.moving("SR")


def test_transforms() -> None:
    values = np.array([0.0, 0.9, 0.999, 1.0, np.nan], dtype=np.float32)
    spread = transformed(values, "-log10(1-p)")
    assert spread[:3] == pytest.approx([0, 1, 3], abs=1e-4)
    assert np.isinf(spread[3])
    assert np.isnan(spread[4])
    assert transformed(np.array([-2.0, 2.0]), "abs").tolist() == [2.0, 2.0]
    with pytest.raises(BadOption, match=r"unknown transform 'log'.*log10"):
        transformed(values, "log")


def test_columns_of_several_parts_do_not_pile_up(result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(result.slim.parts) > 1
    one = result.slim.column("met").nbytes
    monkeypatch.setattr(slim_module, "KEPT_BYTES", 2 * one)
    table = slim_module.SlimTable(result.slim.parts)
    for name in ("met", "ht", "met", "n_jets", "n_bjets"):
        assert len(table.column(name)) == len(table)
    assert list(table._columns) == ["c:n_jets", "c:n_bjets"]
    assert Path(table.parts[0]).exists()
