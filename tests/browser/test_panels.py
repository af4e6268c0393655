"""What-if detector, network inputs and single events in JupyterLab: dragged, chosen, stepped, and what then shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lab import Notebook, another_picture, fine, opened, picture, whole

CELL = """
import recastbook as rb
result = rb.Result.load({gtt!r})
explorer = result.explore(tab="Event", panels={{"Event": {{"region": "SR-Gtt-2100-1"}}}})
explorer
"""


@pytest.fixture(scope="module")
def notebook(shown: Callable[[str, str], Notebook], results: dict[str, Path]) -> Notebook:
    return shown("panels", CELL.format(gtt=str(results["gtt"])))


def test_one_event_is_looked_at_stepped_and_explained(notebook: Notebook) -> None:
    panel = opened(notebook, "Event")
    before = picture(panel)
    panel.get_by_text(re.compile("selected in SR-Gtt-2100-1")).first.wait_for()
    panel.locator("summary", has_text="87 inputs").click()
    assert "mGluino" in panel.inner_text()
    notebook.shot("event")
    whole(panel)
    panel.locator("summary", has_text="87 inputs").click()
    first = panel.get_by_label("event", exact=True).evaluate("e => e.selectedOptions[0].text")
    panel.get_by_role("button", name="next").click()
    another_picture(notebook, before)
    assert picture(panel) != before
    panel.get_by_role("button", name="What moves its score?").click()
    panel.get_by_text("not ATLAS").first.wait_for()
    notebook.idle()
    notebook.shot("event_explained")
    whole(panel)
    panel.get_by_role("button", name="previous").press("Enter")
    panel.get_by_text(f"event {first} (run:block:event)").wait_for()
    fine(notebook)


def test_a_trap_moves_an_input_and_the_yields(notebook: Notebook) -> None:
    panel = opened(notebook, "Network inputs")
    panel.locator("select").last.wait_for()
    picture(panel)
    notebook.shot("inputs")
    whole(panel)
    inputs, trap = panel.locator("select[multiple], select[size]").first, panel.get_by_label("trap")
    name = inputs.locator("option", has_text=re.compile("^met_phi")).first.inner_text()
    inputs.select_option(label=name)
    panel.get_by_text(re.compile("^met_phi: ")).first.wait_for()
    before = picture(panel)
    choice = trap.locator("option", has_text="met_phi").first.inner_text()
    trap.select_option(label=choice)
    panel.get_by_text("events by the contract").wait_for()
    notebook.idle()
    assert picture(panel) != before
    rows = panel.locator("tr", has_text="SR-Gtt-2100-1").first.locator("td").all_inner_texts()
    assert int(rows[1]) > 0
    notebook.shot("inputs_trap")
    whole(panel)
    panel.get_by_label("normalised").check()
    notebook.idle()
    notebook.shot("inputs_normalised")
    fine(notebook)


def test_a_detector_is_turned(notebook: Notebook) -> None:
    panel = opened(notebook, "What-if detector")
    panel.get_by_text("as the card says").wait_for()
    notebook.shot("what_if")
    whole(panel)
    handle = panel.locator(".noUi-handle").first
    box = handle.bounding_box()
    page = notebook.page
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 25, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    panel.get_by_text(re.compile(r"b-tag efficiency 0\.\d+ x")).wait_for()
    notebook.idle()
    cells = panel.locator("tr", has_text="SR-Gtt-0L-B").first.locator("td").all_inner_texts()
    before, after = (int(n.replace(",", "")) for n in cells[4].split(" → "))
    assert 0 < after < before
    assert float(cells[3]) < 1
    notebook.shot("what_if_moved")
    whole(panel)
    panel.get_by_role("button", name="Set back").press("Enter")
    panel.get_by_text("as the card says").wait_for()
    fine(notebook)
