"""The score explorer without a browser, on the stand-in network."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook import Result
from recastbook.display import number, plus_minus
from recastbook.events.builtin import builtin_samples
from recastbook.widgets import ScoreExplorer

REGION, COLUMN, CUT = "SR-Gtt-2100-1", "p_gtt[1,2100,1]", 5


@pytest.fixture
def explorer(scored: Result) -> ScoreExplorer:
    return ScoreExplorer(scored)


def test_it_opens_on_the_first_score_with_the_published_threshold(explorer: ScoreExplorer, scored: Result) -> None:
    assert explorer.message.value == ""
    assert (explorer.output, explorer.point, explorer.region) == ("p_gtt", COLUMN, REGION)
    last = scored.cutflow(REGION).steps[-1]
    assert f">{last.raw}<" in explorer.table.value
    published = scored.regions[REGION].cuts[-1].bounds[0].value
    assert explorer.controls["threshold"].value == pytest.approx(-math.log10(1 - published))
    assert "stand-in network, not ATLAS" in explorer.limits.value


@pytest.mark.parametrize("p", [0.0, 0.5, 0.9, 0.999, 0.9999999])
def test_the_slider_counts_what_is_above_it(explorer: ScoreExplorer, scored: Result, p: float) -> None:
    slider = explorer.controls["threshold"]
    slider.value = max(-math.log10(1 - p), slider.min)
    assert explorer.threshold == pytest.approx(p, abs=0.02 if p == 0 else 1e-7)
    slim = scored.slim
    region = scored.regions[REGION]
    keep = slim.column(COLUMN) >= explorer.threshold
    for cut in region.cuts[:-1]:
        keep &= slim.mask(cut)
    assert f">{np.count_nonzero(keep)}<" in explorer.table.value
    assert explorer.plot.lines["min"].get_xdata()[0] == pytest.approx(slider.value, abs=1e-6)
    assert "kept where it is moved" in explorer.limits.value


def test_significance_and_cls_are_those_of_the_moved_yield(explorer: ScoreExplorer, scored: Result) -> None:
    explorer.threshold = 0.99
    flow = scored.cutflow(REGION, moved={CUT: {"min": 0.99}})
    assert flow.scale is not None
    events = flow.steps[-1].sum_w * flow.scale
    model = scored.search.counting_models()[REGION]
    assert f"{model.expected_significance(events):.2f}" in explorer.table.value
    assert plus_minus(events, flow.steps[-1].count.error * flow.scale) in explorer.limits.value
    explorer.threshold = 1 - 1e-6
    few = explorer._signals[0][1]
    assert number(model.cls(few).observed) in explorer.limits.value


def test_a_moved_threshold_redraws_only_what_moves(explorer: ScoreExplorer, monkeypatch: pytest.MonkeyPatch) -> None:
    before, plot = bytes(explorer.picture.value), explorer.plot

    def fail(*_: Any, **__: Any) -> None:
        msg = "drawn again"
        raise AssertionError(msg)

    monkeypatch.setattr("recastbook.plots.threshold", fail)
    monkeypatch.setattr(Result, "n_minus_one", fail)
    explorer.threshold = 0.5
    assert explorer.message.value == ""
    assert bytes(explorer.picture.value) != before
    assert explorer.plot is plot


def test_output_point_and_region_lead_to_each_other(explorer: ScoreExplorer) -> None:
    explorer.controls["output"].value = "p_gbb"
    assert explorer.point.startswith("p_gbb[0,")
    assert explorer.region in explorer.controls["region"].options
    explorer.controls["point"].value = "p_gbb[0,2000,1800]"
    assert all("2000-1800" in name for name in explorer.controls["region"].options)
    assert explorer.message.value == ""
    explorer.region = "SR-Gtt-0L-B"
    assert "has no cut on p_gbb[0,2000,1800]" in explorer.message.value


def test_a_cut_on_a_logarithm_moves_in_the_logarithm(explorer: ScoreExplorer, scored: Result) -> None:
    explorer.output = "p_ttbar"
    assert explorer.message.value == ""
    cut = scored.moving(explorer.region).cut(explorer._cut()[0])
    assert cut.transform == "log10"
    assert explorer.controls["threshold"].value == pytest.approx(cut.bounds[0].value)
    explorer.controls["threshold"].value = -4.0
    assert explorer.threshold == pytest.approx(-4.0)
    assert explorer.message.value == ""


def test_state_is_restored_with_its_threshold(explorer: ScoreExplorer, scored: Result) -> None:
    explorer.state = {"output": "p_gbb", "point": "p_gbb[0,2300,1000]", "threshold": 0.75, "spread": False}
    kept = explorer.state
    assert kept["threshold"] == 0.75
    other = ScoreExplorer(scored, **kept)
    assert other.state == kept
    assert other.controls["threshold"].value == pytest.approx(0.75, abs=1e-3)
    assert other.table.value == explorer.table.value
    assert bytes(other.picture.value) == bytes(explorer.picture.value)


def test_the_code_gives_the_same_numbers_and_picture(scored: Result, scored_too: Result) -> None:
    for results in ([scored], [scored, scored_too]):
        explorer = ScoreExplorer(*results, threshold=0.97)
        space: dict[str, Any] = {"result": results[0], "results": results}
        exec(explorer.code(), space)  # noqa: S102 - our own sentence, and that it runs is the point
        assert space["flow"].steps[-1].raw == explorer._handles[0][1].count({"min": 0.97}).counts[-1].raw
        events = space["flow"].steps[-1].sum_w * space["flow"].scale
        assert space["cls"] == explorer.models[REGION].cls(events)
        last = explorer.code().splitlines()[2]
        again = eval(last, space)  # noqa: S307 - our own sentence, and that it runs is the point
        for ours, theirs in zip(explorer.plot.steps, again.steps, strict=True):
            assert np.array_equal(ours.get_data().values, theirs.get_data().values)
        assert again.lines["min"].get_xdata() == pytest.approx(explorer.plot.lines["min"].get_xdata())


def test_without_scores_it_says_why(result: Result) -> None:
    assert ScoreExplorer.missing((result,)) == "TOY-TEST-01 cuts on no network's score"
    explorer = result.explore(tab="Scores")
    assert "cuts on no network" in explorer._places["Scores"].children[0].value


def test_a_network_that_was_not_run_is_named(scored: Result) -> None:
    from dataclasses import replace

    names = [r.name for r in scored.header.regions if r.uses_network]
    header = replace(scored.header, absent=tuple((n, "the file of ATLAS is not here") for n in names))
    lacking = Result(header, scored.counts, scored.histograms, scored.slim)
    assert ScoreExplorer.missing((lacking,)) == "this result has no scores: the file of ATLAS is not here"


def test_a_value_that_the_browser_only_rounds_is_no_move(explorer: ScoreExplorer) -> None:
    slider = explorer.controls["threshold"]
    assert (slider.value - slider.min) / slider.step == pytest.approx(round((slider.value - slider.min) / slider.step))
    slider.value += 0.4 * slider.step
    assert explorer.threshold is None
    slider.value += slider.step
    assert explorer.threshold is not None


def test_it_opens_on_the_scale_on_which_the_threshold_is_seen(
    scored: Result, shared_data: Callable[[str], Path]
) -> None:
    assert ScoreExplorer(scored).spread
    shared_data("ATLAS-HIGP-2024-32/ANA-HIGP-2024-32_nonresDNN_model_even.onnx")
    result = rb.load("ATLAS-HIGP-2024-32").run(builtin_samples()["gtt_2100_1"], events=300, progress=False)
    panel = ScoreExplorer(result)
    reach = {name: panel._sensitivity(name) for name in panel.controls["region"].options}
    assert reach[panel.region] == max(reach.values()) > 0
    assert not panel.spread  # bins between 0.1 and 1
    panel.region = "nonresDNN-SR[0.1,0.15)"
    assert panel.controls["threshold"].value == 0.1
    assert "nonres ≥ 0.1 (published: 0.1)" in panel.table.value
    assert panel.controls["point"].layout.display == "none"  # it has one, of the output's own name
    assert ScoreExplorer(result, spread=True).spread
