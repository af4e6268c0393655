"""What-if detector, network inputs and single events in JupyterLab: dragged, chosen, stepped, and what then shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab import CURRENT, Notebook, another_picture, fine, opened, picture, whole

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


IN_FOCUS = """() => { const e = document.activeElement;
  return (e.labels?.[0]?.innerText || e.ariaLabel || e.innerText || '').trim() || e.className || e.tagName; }"""


def tabbed(notebook: Notebook, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    seen = []
    for _ in range(20):
        notebook.page.keyboard.press("Tab")
        seen.append(notebook.page.evaluate(IN_FOCUS).splitlines()[0])
        if name in seen[-1]:
            return
    pytest.fail(f"no control {name!r} on the way: {seen}")


def choose_next(notebook: Notebook) -> None:
    """Choose the next entry of the dropdown in focus; JupyterLab keeps an arrow key for itself unless it is open."""
    for key in ("Alt+ArrowDown", "ArrowDown", "Enter"):
        notebook.page.keyboard.press(key)


def turned_to(notebook: Notebook, heading: str) -> Any:
    """Go to a tab from the open one, with the arrow keys, and return its panel."""
    page = notebook.page
    names = page.locator(".jupyter-widget-tab .lm-TabBar-tab").all_inner_texts()
    page.locator(CURRENT).first.focus()
    steps = names.index(heading) - names.index(page.locator(CURRENT).first.inner_text())
    for _ in range(abs(steps)):
        page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_function(f"h => document.querySelector('{CURRENT}').innerText === h", arg=heading)
    page.wait_for_function("() => !document.body.innerText.includes('opens in a moment')")
    notebook.idle()
    return page.locator(".jupyter-widget-tab .widget-tab-contents > div:visible").first


def test_the_newer_tabs_need_no_mouse(notebook: Notebook) -> None:
    page = notebook.page
    panel = turned_to(notebook, "Event")
    before = picture(panel)
    tabbed(notebook, "next")
    page.keyboard.press("Enter")
    another_picture(notebook, before)

    panel = turned_to(notebook, "Network inputs")
    tabbed(notebook, "trap")
    choose_next(notebook)
    panel.get_by_text("events by the contract").wait_for()
    tabbed(notebook, "small_R_jets")
    page.keyboard.press("PageDown")
    panel.get_by_text("distribution of small_R_jets_m_0").wait_for(state="hidden")

    panel = turned_to(notebook, "Verdict")
    panel.get_by_text(" decides: its CLs").wait_for()
    tabbed(notebook, "region")
    choose_next(notebook)
    panel.get_by_text(re.compile("may decide, but|does not decide")).first.wait_for()

    panel = turned_to(notebook, "What-if detector")
    tabbed(notebook, "noUi-handle")
    page.keyboard.press("ArrowLeft")
    panel.get_by_text("b-tag efficiency 0.99 x").wait_for()
    notebook.idle()
    tabbed(notebook, "Set back")
    page.keyboard.press("Enter")
    panel.get_by_text("as the card says").wait_for()
    fine(notebook)
