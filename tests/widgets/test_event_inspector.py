"""The event inspector shows the event that was chosen, as the chain sees it."""

from __future__ import annotations

import html
import re
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook.events.builtin import builtin_samples
from recastbook.widgets import EventInspector


@pytest.fixture(scope="module")
def result() -> Any:
    search = rb.load("ATLAS-SUSY-2018-30")
    return search.run(builtin_samples()["gtt_2100_1"], events=300, network="stand-in", progress=False)


@pytest.fixture(scope="module")
def panel(result: Any) -> EventInspector:
    return EventInspector(result, region="SR-Gtt-2100-1")


def words(value: str) -> str:
    return html.unescape(re.sub("<[^>]+>", " ", value))


def test_lists_the_events_of_the_region(panel: EventInspector, result: Any) -> None:
    selected = result.yields()["SR-Gtt-2100-1"].raw
    assert len(panel.controls["event"].options) == min(60, selected)
    panel.which = "not selected"
    assert panel.event in panel.controls["event"].options
    panel.which = "selected"


def test_shows_the_event_of_the_chain(panel: EventInspector, result: Any) -> None:
    names: dict[str, Any] = {"result": result}
    exec(panel.code(), names)  # noqa: S102 - what a user would paste
    found = names["found"]
    met = float(found.objects["met"]["pt"][0])
    assert f"MET {met:.0f} GeV" in panel.picture.says
    assert f"{len(found.objects['jets'][0])} jets" in panel.picture.says
    [arrow] = names["shown"]["met"][:1]
    assert arrow == met
    assert f"{found.features['met'][0]:.3g}"[:3] in words(panel.tables.value)
    assert "87 inputs of the network" in words(panel.tables.value)
    assert "by region" in words(panel.tables.value)  # parameters
    assert "mGluino" in words(panel.tables.value)  # the last of 87: none is folded away
    assert "missing transverse momentum (met)" in words(panel.tables.value)
    assert "$" not in words(panel.tables.value)


def test_next_and_previous(panel: EventInspector) -> None:
    before, picture = panel.event, bytes(panel.picture.value)
    panel._step(1)
    assert panel.event != before
    assert bytes(panel.picture.value) != picture
    panel._step(-1)
    assert panel.event == before


def test_explains_the_score_on_request(panel: EventInspector, result: Any) -> None:
    panel.explain.click()
    assert panel.message.value == ""
    ids = tuple(int(part) for part in panel.event.split(":"))
    plain = result.search.explain(result, "SR-Gtt-2100-1", event=ids, scale="logit", progress=False)
    assert plain.ranking[0] in words(panel.explained.value)
    assert "not ATLAS" in words(panel.explained.value)
    assert "explain" in panel.code()


def test_region_without_events(result: Any) -> None:
    empty = next(row.region for row in result.yields() if row.status == "ok" and row.raw == 0)
    panel = EventInspector(result, region=empty)
    assert f"no event is selected in {empty}" in words(panel.words.value)
    assert panel.picture.layout.display == "none"


def test_opens_where_a_network_is_asked_and_keeps_its_buttons_elsewhere(result: Any) -> None:
    panel = EventInspector(result)
    assert result.regions[panel.region].uses_network
    assert panel.explain.layout.display != "none"
    panel.region = "SR-Gtt-0L-B"  # cuts on no score
    assert panel.explain.layout.display == "none"
    assert all(b.layout.display != "none" for b in (panel.before, panel.after))
    first = panel.event
    panel.after.click()
    assert panel.event != first


def test_collections_are_named_as_a_paper_does_and_only_where_they_hold_something() -> None:
    from recastbook import plots

    some = {"pt": np.array([300.0]), "eta": np.array([0.1]), "phi": np.array([0.0])}
    none = {name: np.zeros(0) for name in some}
    made = plots.event_display({"large_r_jets": some, "bjets": some, "muons": none}, met=(310.0, np.pi))
    legend = [text.get_text() for text in made.ax_eta_phi.get_legend().get_texts()]
    assert legend == ["1 large-R jet", "1 b-jet", "MET 310 GeV"]


def test_wrong_choices_are_sentences(result: Any) -> None:
    panel = EventInspector(result, region="SR-Gtt-0L-B")
    panel.event = "1:1"
    assert "run:block:event" in words(panel.message.value)
    panel.region = "SR-<b>"
    assert "no region 'SR-<b>'" in words(panel.message.value)
    assert "<b>SR" not in panel.message.value


def test_display_is_as_long_as_the_momenta() -> None:
    from recastbook import plots
    from recastbook.exceptions import BadOption

    jets = {"pt": np.array([300.0, 40.0]), "eta": np.array([0.1, -2.0]), "phi": np.array([0.0, np.pi / 2])}
    made = plots.event_display({"jets": jets}, met=(310.0, np.pi))
    ends = [line.get_xydata()[1] for line in made.arrows["jets"]]
    np.testing.assert_allclose(ends, [[300, 0], [0, 40]], atol=1e-9)
    np.testing.assert_allclose(made.points["jets"].get_offsets(), [[0.1, 0.0], [-2.0, np.pi / 2]])
    with pytest.raises(BadOption, match="jets: an event display needs pt, eta and phi"):
        plots.event_display({"jets": {"pt": np.array([1.0])}})
