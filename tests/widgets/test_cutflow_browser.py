"""The cutflow browser without a browser."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recastbook import Result
from recastbook.display import plus_minus
from recastbook.widgets import CutflowBrowser


@pytest.fixture
def browser(result: Result) -> CutflowBrowser:
    return CutflowBrowser(result)  # SR-jets: 1 n_jets >= 2, 2 met >= 30, 3 ht >= 300, 4 n_bjets >= 1


def test_it_opens_on_the_cut_that_loses_most(browser: CutflowBrowser, result: Result) -> None:
    assert browser.message.value == ""
    counts = result.counts["SR-jets"]
    kept = {i: counts[i].sum_w / counts[i - 1].sum_w for i in range(1, 5)}
    assert browser.cut == min(kept, key=lambda i: kept[i])
    for share in kept.values():
        assert f"{100 * share:.1f} %" in browser.table.value


def test_a_dragged_cut_takes_every_later_step_along(browser: CutflowBrowser, result: Result) -> None:
    browser.cut = 2
    browser.slider.value = browser.slider.max / 2
    at = browser.moves[2]["min"]
    flow = result.cutflow("SR-jets", moved={2: {"min": at}})
    scale = result.scale
    assert scale is not None
    for step in flow.steps[2:]:
        assert plus_minus(step.sum_w * scale, step.count.error * scale) in browser.table.value
        assert f">{step.raw}<" in browser.table.value
    assert browser.plot.lines["min"].get_xdata()[0] == pytest.approx(at)
    assert browser.message.value == ""


def test_several_cuts_stay_where_they_are_put(browser: CutflowBrowser, result: Result) -> None:
    browser.drag(3, min=250.0)
    browser.cut = 4
    browser.drag(4, min=2.0)
    assert browser.moves == {3: {"min": 250.0}, 4: {"min": 2.0}}
    flow = result.cutflow("SR-jets", moved=browser.moves)
    assert browser._handle.count({"min": 2.0}).counts == tuple(s.count for s in flow.steps)
    assert "(moved)" in browser.controls["cut"].options[2][0]
    browser.back.click()
    assert browser.moves == {3: {"min": 250.0}}
    browser.all_back.click()
    assert browser.moved == {}
    assert "ours, moved" not in browser.table.value


def test_dragging_redraws_only_what_moves(browser: CutflowBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    browser.cut = 3
    before = bytes(browser.picture.value)

    def fail(*_: Any, **__: Any) -> None:
        msg = "drawn again"
        raise AssertionError(msg)

    monkeypatch.setattr("recastbook.plots.threshold", fail)
    browser.slider.value = 500.0
    assert browser.message.value == ""
    assert bytes(browser.picture.value) != before


def test_what_each_cut_costs_alone(browser: CutflowBrowser, result: Result) -> None:
    moving = result.moving("SR-jets")
    masks = np.array([moving.mask(i) for i in range(1, 5)])
    lost = moving.lost_alone()
    for i in range(4):
        only = ~masks[i] & np.delete(masks, i, axis=0).all(axis=0)
        assert lost[i + 1].raw == np.count_nonzero(only)
    assert result.scale is not None
    worst = max(lost.values(), key=lambda c: c.sum_w)
    assert plus_minus(worst.sum_w * result.scale, worst.error * result.scale) in browser.losses.value


def test_state_and_code_give_the_same_again(result: Result, other: Result) -> None:
    browser = CutflowBrowser(result, other, sample=1)
    browser.cut = 3
    browser.drag(3, min=420.0)
    kept = json.loads(json.dumps(browser.state))
    again = CutflowBrowser(result, other, **kept)
    assert again.state == kept
    assert again.table.value == browser.table.value
    space: dict[str, Any] = {"result": result, "results": [result, other]}
    lines = browser.code().splitlines()
    exec("\n".join(lines[:-1]), space)  # noqa: S102 - our own sentence, and that it runs is the point
    plot = eval(lines[-1], space)  # noqa: S307
    assert space["flow"].label == "other $1"
    assert [s.count for s in space["flow"].steps] == list(browser._handle.count({"min": 420.0}).counts)
    for ours, theirs in zip(browser.plot.steps, plot.steps, strict=True):
        assert np.array_equal(ours.get_data().values, theirs.get_data().values)


def test_published_rows_stand_beside(scored: Result) -> None:
    browser = CutflowBrowser(scored, region="SR-Gtt-2100-1")
    assert browser.message.value == ""
    assert "7.660" in browser.table.value
    assert "reference" in browser.table.value
    assert "stand-in network, not ATLAS" in browser.table.value


def test_a_choice_between_conditions_cannot_be_dragged(scored: Result) -> None:
    browser = CutflowBrowser(scored, region="SR-Gtt-2100-1", cut=4)
    assert browser.message.value == ""
    assert browser.slider.layout.display == "none"
    assert "there is nothing to drag" in browser.words.value
    browser.cut = 3
    assert browser.slider.layout.display is None
    assert browser.picture.layout.display is None


def test_absent_regions_show_what_was_counted(result: Result) -> None:
    header = replace(result.header, absent=(("SR-jets", "the network file is not here"),))
    counts = {**result.counts, "SR-jets": result.counts["SR-jets"][:3]}
    browser = CutflowBrowser(Result(header, counts, result.histograms, result.slim), region="SR-jets")
    assert browser.message.value == ""
    assert "no distribution: the network file is not here" in browser.words.value
    assert [i for _, i in browser.controls["cut"].options] == [1, 2]
    browser.drag(2, min=100.0)
    assert browser.message.value == ""
    assert "ours, moved" in browser.table.value


@pytest.mark.parametrize(
    ("choice", "words"),
    [({"region": "SR-jet"}, "SR-jets"), ({"cut": 9}, "none of number 9"), ({"sample": 3}, "samples 0 to 0")],
    ids=["region", "cut", "sample"],
)
def test_what_does_not_exist_is_a_sentence(browser: CutflowBrowser, choice: dict[str, Any], words: str) -> None:
    browser.state = choice
    assert words in browser.message.value
    browser.state = {"region": "SR-met", "sample": 0, "cut": 1, "moved": {}}
    assert browser.message.value == ""
    assert browser.shown.layout.display is None


def test_columns_of_what_is_not_published_are_left_out(scored: Result) -> None:
    panel = CutflowBrowser(scored, region="SR-Gtt-0L-B")
    assert "no cutflow of this region is published" in panel.table.value
    assert ">published<" not in panel.table.value
    panel.region = "SR-Gtt-2100-1"
    assert ">published<" in panel.table.value
