"""What cannot be shown is a sentence in the widget, beyond what ``test_every_panel`` holds against every tab."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recastbook import Result
from recastbook.cutflow import Count, SlimTable, write_slim
from recastbook.regions import pack_bits
from recastbook.widgets import (
    CutflowBrowser,
    EventInspector,
    InputExplorer,
    Panel,
    RegionPicker,
    ScoreExplorer,
    WhatIf,
)


def test_a_feature_that_is_never_a_number(result: Result, tmp_path: Path) -> None:
    slim = result.slim
    columns = {name: slim.column(name) for name in slim.names} | {"ht": np.full(len(slim), np.nan)}
    masks = [c.mask(columns) for c in slim.cuts]
    ids = {name: slim.column(name) for name in ("run", "luminosityBlock", "event")}
    part = write_slim(tmp_path, columns, pack_bits(masks, len(slim)), slim.column("weight"), ids, slim.cuts)
    counts = {**result.counts, "SR-jets": (*result.counts["SR-jets"][:3], Count(), Count())}
    browser = CutflowBrowser(Result(result.header, counts, {}, SlimTable((part,))), region="SR-jets", cut=3)
    assert browser.message.value == ""
    assert browser.picture.value
    browser.drag(3, min=100.0)
    assert browser.message.value == ""
    assert browser._handle.count({"min": 100.0}).counts[-1].raw == 0


def test_no_scores_and_no_regions_in_the_explorer(result: Result) -> None:
    explorer = result.explore(tab="Scores")
    assert "cuts on no network" in explorer.tabs.children[1].children[0].value
    bare = Result(replace(result.header, regions=(), absent=()), {}, {})
    assert "no regions" in str(RegionPicker(bare).snapshot())
    assert "no region of this result was counted" in str(CutflowBrowser(bare).snapshot())
    assert ScoreExplorer.missing((bare,))


def said(panel: Panel) -> str:
    """Return what the panel says; assert that it says something, and nothing of Python's."""
    text = html.unescape(re.sub("<[^>]+>", " ", panel.message.value + str(panel.snapshot())))
    assert len(text.strip()) > 30
    for word in ("Traceback", "KeyError", "TypeError", "IndexError", "ZeroDivisionError"):
        assert word not in text
    return text


def test_no_event_left_no_region_left(result: Result) -> None:
    nothing = Result(result.header, result.counts, result.histograms)
    assert "no event passes the slim preselection" in EventInspector.missing((nothing,))
    absent = tuple((r.name, "its model is not here") for r in result.header.regions)
    gone = Result(replace(result.header, absent=absent), {}, {}, result.slim)
    assert EventInspector.missing((gone,)) == "every region is absent: its model is not here"


@pytest.mark.parametrize("kind", [EventInspector, InputExplorer])
def test_loaded_result_whose_events_are_gone(scored: Result, tmp_path: Path, kind: type[Panel]) -> None:
    loaded = Result.load(scored.save(tmp_path / "saved"))
    loaded.events_path = str(tmp_path / "gone")
    panel = kind(loaded)
    assert "which is gone" in said(panel)
    assert panel.shown.layout.display == "none" or not panel.picture.value  # type: ignore[attr-defined]


def test_what_if_whose_events_are_gone(scored: Result, tmp_path: Path) -> None:
    loaded = Result.load(scored.save(tmp_path / "saved"))
    loaded.events_path = str(tmp_path / "gone")
    assert "which is gone" in said(WhatIf(loaded, shifts={"btag": 0.9}))


def test_several_results_open_every_tab(scored: Result, scored_too: Result) -> None:
    explorer = scored.explore(scored_too)
    for tab in explorer.tabs.titles:
        explorer.tab = tab
        assert explorer.message.value == ""
        assert explorer[tab].message.value == ""
