"""The explorer in JupyterLab: clicked, dragged, driven from the keyboard, and what it then shows."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab import CURRENT, Jupyter, Notebook, another_picture, fine, opened, picture, whole
from million import copies

import recastbook as rb
from recastbook.events.builtin import builtin_samples

CELL = """
import recastbook as rb
result, other = rb.Result.load({gtt!r}), rb.Result.load({gbb!r})
explorer = result.explore(other)
explorer
"""


@pytest.fixture(scope="module")
def notebook(shown: Callable[[str, str], Notebook], results: dict[str, Path]) -> Notebook:
    return shown("explorer", CELL.format(**{k: str(v) for k, v in results.items()}))


def test_regions_are_found_and_read(notebook: Notebook) -> None:
    panel = opened(notebook, "Regions")
    assert "number of small-R jets (n_jets) at least 4" in panel.inner_text()
    panel.get_by_text("control", exact=True).click()
    notebook.page.wait_for_function("() => /CR-/.test(document.querySelector('.widget-select select').innerText)")
    panel.get_by_label("search").fill("gtt-2100-1")
    notebook.page.wait_for_function("() => /1 of 78 regions/.test(document.body.innerText)")
    # the list is narrowed first, the region in it read after that
    panel.get_by_text("network output p_ttbar for the point (1, 2100, 1)").first.wait_for()
    notebook.shot("regions")
    panel.get_by_label("search").fill("")
    panel.get_by_text("all", exact=True).first.click()
    notebook.idle()
    fine(notebook)


def number_after(text: str, words: str) -> float:
    found = re.search(re.escape(words) + r"\s*([\d.]+)", text)
    assert found, text
    return float(found[1])


def test_a_threshold_is_dragged(notebook: Notebook) -> None:
    page, panel = notebook.page, opened(notebook, "Scores")
    before = picture(panel)
    panel.get_by_text("toys").first.wait_for()
    assert "published: 0 observed, 0.60 ± 0.40" in panel.inner_text()
    published = number_after(panel.inner_text(), "SR-Gtt-2100-1: p_gtt[1,2100,1] ≥")
    notebook.shot("scores")
    handle = panel.locator(".noUi-handle").first
    box, track = handle.bounding_box(), panel.locator(".noUi-base").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(track["x"] + 0.15 * track["width"], box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    another_picture(notebook, before)
    panel.get_by_text("kept where it is moved").first.wait_for()
    assert number_after(panel.inner_text(), "SR-Gtt-2100-1: p_gtt[1,2100,1] ≥") < published
    picture(panel)
    notebook.shot("scores_dragged")
    panel.get_by_role("button", name="as published").click()
    page.wait_for_function("() => !/kept where it is moved/.test(document.body.innerText)")
    fine(notebook)


def test_the_main_path_needs_no_mouse(notebook: Notebook) -> None:
    page = notebook.page
    opened(notebook, "Regions")
    page.locator(CURRENT).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => document.querySelector('{CURRENT}').innerText === 'Scores'")
    panel = page.locator(".jupyter-widget-tab .widget-tab-contents > div:visible").first
    start = number_after(panel.inner_text(), "p_gtt[1,2100,1] ≥")
    for _ in range(12):  # from the tab over output, point, region and two boxes to the slider
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.classList.contains('noUi-handle')"):
            break
    assert page.evaluate("() => document.activeElement.classList.contains('noUi-handle')")
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("s => !document.body.innerText.includes('≥ ' + s)", arg=f"{start:.6g}")
    notebook.settled()
    assert number_after(panel.inner_text(), "p_gtt[1,2100,1] ≥") < start
    notebook.shot("keyboard")
    panel.get_by_role("button", name="as published").press("Enter")
    notebook.idle()
    fine(notebook)


def test_a_cut_is_dragged_and_later_steps_follow(notebook: Notebook) -> None:
    page, panel = notebook.page, opened(notebook, "Cutflow")
    before = picture(panel)
    assert "ours, moved" not in panel.inner_text()
    panel.get_by_text("events that fail this cut and no other").wait_for()
    notebook.shot("cutflow")
    handle = panel.locator(".noUi-handle").first
    handle.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    another_picture(notebook, before)
    panel.get_by_text("ours, moved").wait_for()
    assert re.search(r"-\d+\.\d %", panel.inner_text())
    picture(panel)
    notebook.shot("cutflow_dragged")
    panel.locator("select").last.select_option(index=2)
    panel.get_by_text("cut 3: missing transverse momentum").first.wait_for()
    panel.get_by_role("button", name="all as published").click()
    page.wait_for_function("() => !/ours, moved/.test(document.body.innerText)")
    fine(notebook)


def test_the_verdict_loads_when_its_tab_is_opened(notebook: Notebook) -> None:
    panel = opened(notebook, "Verdict")
    panel.get_by_text("is excluded at 95 % CL").wait_for()
    text = panel.inner_text()
    assert re.search(r"SR-\S+ decides: its CLs expected before looking", text)
    assert "stand-in network, not ATLAS" in text
    picture(panel)
    notebook.shot("verdict")
    fine(notebook)


def test_a_slider_answers_within_the_time_of_a_glance(notebook: Notebook) -> None:
    """From the key to the new picture, as the browser sees it; the figure to reach is measured in the benchmarks."""
    page, panel = notebook.page, opened(notebook, "Cutflow")
    handle = panel.locator(".noUi-handle").first
    handle.focus()
    times = []
    for _ in range(5):
        before = panel.locator("img:visible").first.get_attribute("src")
        start = time.perf_counter()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("b => [...document.querySelectorAll('img')].every(i => i.src !== b)", arg=before)
        times.append(time.perf_counter() - start)
        notebook.idle()
    assert sorted(times)[2] < 4.0, times  # ten times what a quiet machine takes


def test_a_kernel_that_was_restarted_leaves_words_not_errors(
    jupyter: Jupyter, chromium: Any, results: dict[str, Path]
) -> None:
    code = f"import recastbook as rb\nrb.Result.load({str(results['gtt'])!r}).explore(tab='Scores')"
    notebook = Notebook(jupyter, chromium, "restarted", [code])
    notebook.run()
    notebook.page.wait_for_selector(".jupyter-widget-tab img")
    notebook.page.keyboard.press("Control+s")
    notebook.page.wait_for_function("() => document.title && !document.title.includes('*')")
    jupyter.ask("POST", f"kernels/{notebook.kernel}/restart")
    notebook.page.wait_for_timeout(2500)
    text = notebook.page.locator(".jp-OutputArea").first.inner_text()
    assert text.strip()
    assert "Traceback" not in text
    notebook.shot("restarted")
    notebook.errors.clear()
    notebook.open()
    area = notebook.page.locator(".jp-OutputArea").first
    picture(area)  # from the widget's state in the file
    notebook.shot("restarted_reloaded")
    said = area.locator(".recastbook-panel").first.evaluate("e => getComputedStyle(e, '::before').content")
    assert "this shows what was there before" in said
    assert "published: 0 observed, 0.60 ± 0.40" in area.inner_text()
    fine(notebook)
    notebook.close()


REDRAWN = """() => new Promise(done => {
  const panel = [...document.querySelectorAll('.widget-tab-contents > div')].find(e => e.offsetParent);
  const image = panel.querySelector('img'), handle = panel.querySelector('.noUi-handle');
  const start = performance.now();
  const seen = new MutationObserver(() => {
    seen.disconnect();
    image.decode().then(() => requestAnimationFrame(() => done(performance.now() - start)));
  });
  seen.observe(image, {attributes: true, attributeFilter: ['src']});
  handle.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft', bubbles: true}));
})"""


@pytest.mark.benchmark
def test_slider_on_a_million_events_reaches_the_page_in_time(jupyter: Jupyter, chromium: Any, tmp_path: Path) -> None:
    """From the key to the new picture on the page."""
    search = rb.load("ATLAS-SUSY-2018-30")
    real = search.run(builtin_samples()["gtt_2100_1"], network="stand-in", progress=False)
    place = copies(real, 1_000_000, tmp_path / "slim").save(tmp_path / "million")
    cell = f"import recastbook as rb\nrb.Result.load({str(place)!r}).explore(tab='Scores')"
    notebook = Notebook(jupyter, chromium, "million", [cell])
    try:
        notebook.run()
        notebook.page.locator(".noUi-handle:visible").first.wait_for()
        notebook.page.locator("img:visible").first.wait_for()
        notebook.idle()
        times = []
        for _ in range(15):
            times.append(notebook.page.evaluate(REDRAWN))
            notebook.idle()
        print(f"slider to picture, 1,000,000 events: {statistics.median(times):.0f} ms")  # noqa: T201
        assert statistics.median(times) <= 400
    finally:
        notebook.close()


def test_a_narrow_window_cuts_nothing_off(notebook: Notebook) -> None:
    page = notebook.page
    page.set_viewport_size({"width": 900, "height": 1250})
    try:
        for tab in ("Regions", "Scores", "Cutflow", "Event", "Verdict"):
            whole(opened(notebook, tab))
        table = opened(notebook, "Verdict").locator("table").last
        # the last columns are scrolled to inside the panel
        scrolled = table.evaluate("t => { const b = t.parentElement; b.scrollLeft = 1e4; return b.scrollLeft; }")
        assert scrolled > 0
        last = table.locator("th").last
        assert last.inner_text() == "raw"
        room = table.locator("..").bounding_box()
        at = last.bounding_box()
        assert at["x"] + at["width"] <= room["x"] + room["width"] + 1
        assert table.locator("td").first.evaluate("e => e.clientHeight") < 30  # a name is not broken at its hyphens
        notebook.shot("verdict_narrow")
    finally:
        page.set_viewport_size({"width": 1280, "height": 1250})
