"""Single events, inputs and the what-if detector where there is little or nothing to show: sentences, no traceback."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from toys import ToySearch, toy_events, write_events

from recastbook import Result, Sample
from recastbook.cutflow import Count
from recastbook.widgets import EventInspector, InputExplorer, Panel, WhatIf

PANELS = [EventInspector, WhatIf]


def toy(folder: Path, n: int, **facts: Any) -> Result:
    write_events(folder / "events", toy_events(n, weighted=False), **facts)
    return ToySearch().run(Sample(folder / "events"), progress=False)


def said(panel: Panel) -> str:
    """Return what the panel says; assert that it says something, and nothing of Python's."""
    text = html.unescape(re.sub("<[^>]+>", " ", panel.message.value + str(panel.snapshot())))
    assert len(text.strip()) > 30
    for word in ("Traceback", "KeyError", "TypeError", "IndexError", "ZeroDivisionError"):
        assert word not in text
    return text


@pytest.mark.parametrize("kind", PANELS)
@pytest.mark.parametrize("n", [1, 40])
def test_few_events(tmp_path: Path, kind: type[Panel], n: int) -> None:
    result = toy(tmp_path, n)
    if not kind.missing((result,)):
        assert "toy" in said(kind(result)) or "no event" in said(kind(result))


def test_no_event_left_no_region_left(result: Result) -> None:
    nothing = Result(result.header, result.counts, result.histograms)
    assert "no event passes the slim preselection" in EventInspector.missing((nothing,))
    absent = tuple((r.name, "its model is not here") for r in result.header.regions)
    gone = Result(replace(result.header, absent=absent), {}, {}, result.slim)
    assert EventInspector.missing((gone,)) == "every region is absent: its model is not here"


def test_zero_weights_have_no_ratio(result: Result) -> None:
    counts = {name: tuple(Count(c.raw, 0.0, 0.0) for c in row) for name, row in result.counts.items()}
    panel = WhatIf(Result(result.header, counts, result.histograms, result.slim))
    assert "nan" not in said(panel)


@pytest.mark.parametrize("kind", PANELS)
def test_names_with_markup_and_dollars(tmp_path: Path, kind: type[Panel]) -> None:
    named = toy(tmp_path, 200, label="<script>alert(1)</script> $\\frac{1$")
    shown = str(kind(named).snapshot())
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


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
