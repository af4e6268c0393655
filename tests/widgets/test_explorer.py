"""The explorer without a browser: set traits, read what is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from toys import ToySearch, toy_events, write_events

from recastbook import Result, Sample
from recastbook.widgets import Explorer

PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("explorer") / "events"
    write_events(folder, toy_events(1500, weighted=False), label="<b>toy</b>")
    return ToySearch().run(Sample(folder), progress=False)


@pytest.fixture
def explorer(result: Result) -> Explorer:
    return result.explore()  # type: ignore[no-any-return]


def test_it_opens_on_the_first_region_without_an_error(explorer: Explorer) -> None:
    assert explorer.message.value == ""
    assert explorer.choices.region == "SR-jets"
    assert explorer.snapshot().startswith(PNG)
    assert "ht &gt;= 300 GeV" in explorer.cutflow.value


def test_kinds_filter_the_regions(explorer: Explorer) -> None:
    explorer.kind.value = "control"
    assert [value for _, value in explorer.region.options] == ["CR-jets"]
    assert explorer.choices.region == "CR-jets"
    assert "CR-jets" in explorer.cutflow.value


def test_nominal_yield_is_the_cutflow_and_a_looser_cut_gives_more(explorer: Explorer, result: Result) -> None:
    explorer.column.value = "ht"
    last = result.counts["SR-jets"][-1]
    assert explorer.yield_at(None)[0] == last.raw
    assert explorer.yield_at(300.0)[0] == last.raw
    before = explorer.snapshot()
    explorer.threshold.value = explorer.threshold.min
    assert explorer.yield_at(explorer.choices.threshold)[0] > last.raw
    assert explorer.snapshot() != before
    assert explorer.message.value == ""


def test_the_region_s_own_cut_moves_not_the_looser_one_before_it(explorer: Explorer, result: Result) -> None:
    explorer.region.value = "SR-met"
    explorer.column.value = "met"
    assert explorer.choices.threshold == 80.0
    last = result.counts["SR-met"][-1].raw
    assert explorer.yield_at(80.0)[0] == last
    assert explorer.yield_at(120.0)[0] < last < explorer.yield_at(10.0)[0]


def test_scale_of_the_axis(explorer: Explorer) -> None:
    explorer.column.value = "met"
    before = explorer.snapshot()
    explorer.log_scale.value = True
    assert explorer.snapshot() != before


def test_state_and_code_say_what_is_shown(explorer: Explorer, result: Result) -> None:
    explorer.column.value = "met"
    state = json.loads(explorer.state)
    assert (state["region"], state["column"]) == ("SR-jets", "met")
    drawn = eval(explorer.code(), {"result": result})  # noqa: S307 - our own sentence, and that it runs is the point
    assert drawn.sum().value > 0


def test_text_from_files_is_escaped(explorer: Explorer) -> None:
    shown = explorer.cutflow.value + explorer.summary.value
    assert "<b>toy</b>" not in shown


def test_an_error_in_a_callback_is_shown_in_the_widget(explorer: Explorer, result: Result) -> None:
    path = result.slim.parts[0]
    explorer.choices.region = "SR-nothing"
    assert "has no region" in explorer.message.value
    assert Path(path).exists()


def test_absent_regions_say_why(result: Result) -> None:
    from dataclasses import replace

    header = replace(result.header, absent=(("SR-jets", "the network file is not here"),))
    counts = {"CR-jets": result.counts["CR-jets"]}
    partial = Result(header, counts, result.histograms, result.slim)
    explorer = partial.explore()
    explorer.region.value = "SR-jets"
    assert "the network file is not here" in explorer.summary.value
    assert explorer.message.value == ""
