"""What cannot be shown is a sentence in the widget: never a traceback, never a blank."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toys import ToySearch, toy_events, write_events

from recastbook import Result, Sample
from recastbook.cutflow import Count, SlimTable, write_slim
from recastbook.regions import pack_bits
from recastbook.widgets import CutflowBrowser, Panel, RegionPicker, ScoreExplorer, VerdictPanel

PANELS = [RegionPicker, CutflowBrowser]


def run(folder: Path, n: int, **facts: Any) -> Result:
    write_events(folder / "events", toy_events(n, weighted=False), **facts)
    return ToySearch().run(Sample(folder / "events"), progress=False)


def readable(panel: Panel) -> str:
    """Assert that the panel says something, and nothing like a traceback; return what it says."""
    said = str(panel.snapshot())
    assert "Traceback" not in said
    assert panel.message.value or panel.shown.layout.display is None
    assert len(said) > 200
    return said


def emptied(result: Result, folder: Path) -> Result:
    """Return the result with no event in its regions, and none in the slim table."""
    counts = {name: (row[0], *(Count() for _ in row[1:])) for name, row in result.counts.items()}
    return Result(result.header, counts, result.histograms, SlimTable(), result.published)


@pytest.mark.parametrize("kind", PANELS)
def test_empty_regions(result: Result, tmp_path: Path, kind: type[Panel]) -> None:
    panel = kind(emptied(result, tmp_path))
    said = readable(panel)
    assert panel.message.value == ""
    if kind is CutflowBrowser:
        assert "nothing to draw and nothing to drag" in said


@pytest.mark.parametrize("kind", PANELS)
def test_one_event(tmp_path: Path, kind: type[Panel]) -> None:
    result = run(tmp_path, 1)
    panel = kind(result)
    readable(panel)
    for region in result.regions:
        panel.region = region  # type: ignore[attr-defined]
        assert "Error:" not in panel.message.value


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


@pytest.mark.parametrize("kind", [*PANELS, VerdictPanel])
def test_zero_weight(result: Result, kind: type[Panel]) -> None:
    counts = {name: tuple(Count(c.raw, 0.0, 0.0) for c in row) for name, row in result.counts.items()}
    panel = kind(Result(result.header, counts, result.histograms, result.slim))
    said = readable(panel)
    if kind is VerdictPanel:
        assert "sum to zero" in said


@pytest.mark.parametrize("kind", PANELS)
def test_names_with_markup_and_dollars(tmp_path: Path, kind: type[Panel]) -> None:
    result = run(tmp_path, 300, label="<script>alert(1)</script> $\\frac{1$ & co")
    regions = tuple(replace(r, name=f"<b>{r.name}</b> $x_{{$") for r in result.header.regions)
    counts = {r.name: row for r, row in zip(regions, result.counts.values(), strict=True)}
    named = Result(replace(result.header, regions=regions), counts, result.histograms, result.slim)
    panel = kind(named)
    said = readable(panel)
    assert panel.message.value == ""
    assert "<script>" not in said
    assert "<b>SR-jets" not in said
    assert "&lt;b&gt;SR-jets&lt;/b&gt; $x_{$" in said


def test_no_scores_and_no_regions_in_the_explorer(result: Result) -> None:
    explorer = result.explore(tab="Scores")
    assert "cuts on no network" in explorer.tabs.children[1].children[0].value
    bare = Result(replace(result.header, regions=(), absent=()), {}, {})
    assert "no regions" in str(RegionPicker(bare).snapshot())
    assert "no region of this result was counted" in str(CutflowBrowser(bare).snapshot())
    assert ScoreExplorer.missing((bare,))


def test_ten_thousand_regions(result: Result) -> None:
    regions = tuple(replace(result.header.regions[0], name=f"SR{i}") for i in range(10_000))
    counts = {r.name: result.counts["SR-jets"] for r in regions}
    browser = CutflowBrowser(Result(replace(result.header, regions=regions), counts, {}, result.slim))
    assert browser.message.value == ""
    browser.region = "SR9999"
    assert browser.message.value == ""
    assert "SR9999" in browser.table.value
