"""The verdict panel without a browser."""

from __future__ import annotations

from typing import Any

import pytest

from recastbook import Result
from recastbook.cutflow import Count
from recastbook.widgets import VerdictPanel


@pytest.fixture(scope="module")
def panel(scored: Result, scored_too: Result) -> VerdictPanel:
    return VerdictPanel(scored, scored_too)


def test_it_says_what_decided_and_why(panel: VerdictPanel, scored: Result) -> None:
    verdict = scored.search.verdict(scored)
    panel.sample = 0
    assert panel.message.value == ""
    assert panel.region == verdict.region
    assert f"{verdict.region} decides" in panel.why.value
    assert verdict.conclusion in panel.words.value
    assert "stand-in network, not ATLAS" in panel.words.value
    for row in verdict.per_region:
        assert row.region in panel.table.value
    assert panel.bar.layout.display == "none"


def test_every_region_is_explained(panel: VerdictPanel) -> None:
    panel.region = "SR-Gtt-2100-1"
    assert "does not decide, not eligible: stand-in network" in panel.why.value
    panel.region = "SR-Gtt"
    assert "the verdict has no region" in panel.message.value
    panel.region = next(r.region for r in panel.verdict.per_region if r.status == "ok")
    assert panel.message.value == ""
    assert "may decide, but" in panel.why.value


def test_limits_are_drawn_on_strength_or_events(panel: VerdictPanel) -> None:
    first = bytes(panel.picture.value)
    panel.controls["quantity"].value = "s95"
    assert bytes(panel.picture.value) != first
    assert panel.message.value == ""
    panel.quantity = "mu95"


def test_each_sample_has_its_own(panel: VerdictPanel, scored_too: Result) -> None:
    panel.sample = 1
    assert scored_too.label in panel.words.value
    assert f"sample: {scored_too.label}; limit on: signal strength" in panel.snapshot()
    space: dict[str, Any] = {"results": panel.results}
    exec(panel.code(), space)  # noqa: S102 - our own sentence, and that it runs is the point
    assert space["verdict"] == panel.verdict
    kept = panel.state
    panel.sample = 0
    panel.state = kept
    assert panel.sample == 1


def test_no_weight_is_a_sentence(scored: Result) -> None:
    counts = {name: tuple(Count(c.raw, 0.0, 0.0) for c in row) for name, row in scored.counts.items()}
    panel = VerdictPanel(Result(scored.header, counts, {}, scored.slim))
    assert "the weights of &#x27;Gtt 2100/1&#x27; sum to zero" in panel.message.value
    assert panel.shown.layout.display == "none"


def test_a_search_without_published_counts(result: Result) -> None:
    panel = VerdictPanel(result)
    assert panel.message.value == ""
    assert "no region has published counts" in panel.why.value


def test_a_loaded_result_of_an_unknown_search_is_a_sentence(result: Result, tmp_path: Any) -> None:
    loaded = Result.load(result.save(tmp_path / "kept"))
    panel = VerdictPanel(loaded)
    assert "TOY-TEST-01" in panel.message.value
