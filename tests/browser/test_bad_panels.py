"""The explorer in JupyterLab where something is wrong: too many regions, an input that is no number, no kernel."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab import Notebook, fine, opened, picture, whole

TABS = ("Regions", "Scores", "Cutflow", "Network inputs", "Event", "Verdict", "What-if detector")
MANY = """
from dataclasses import replace
import ipywidgets, numpy, recastbook as rb
from recastbook.widgets import InputExplorer

scored = rb.Result.load({gtt!r})
own = scored.header.regions
again = [(own[i % len(own)], f"{{own[i % len(own)].name}}-{{i}}") for i in range(10_000 - len(own))]
regions = own + tuple(replace(region, name=name) for region, name in again)
counts = {{name: scored.counts[region.name] for region, name in again if region.name in scored.counts}}
many = replace(scored, header=replace(scored.header, regions=regions), counts={{**scored.counts, **counts}})

class Undefined(type(scored.search)):
    folder = classmethod(lambda cls: cls.__mro__[1].folder())
    def network_inputs(self, objects, variant="default", mask=None):
        out = super().network_inputs(objects, variant, mask)
        out[:, 3] = numpy.nan
        return out
scored.search.__class__ = Undefined
ipywidgets.VBox([many.explore(), InputExplorer(scored)])
"""
ONE = (
    "import recastbook as rb\nrb.Result.load({gtt!r}).explore(tab='Event', panels={{'Event': {{'region': {name!r}}}}})"
)


def test_ten_thousand_regions_and_an_input_that_is_no_number(
    shown: Callable[[str, str], Notebook], results: dict[str, Path]
) -> None:
    notebook = shown("many", MANY.format(gtt=str(results["gtt"])))
    for tab in TABS:
        start = time.perf_counter()
        panel = opened(notebook, tab)
        took = time.perf_counter() - start
        print(f"10,000 regions, {tab}: {took:.1f} s")  # noqa: T201
        assert took < 60  # a few seconds; matplotlib is loaded in one of them, and machines do other things
        assert len(panel.inner_text()) > 100
        whole(panel)
        notebook.shot(f"many_{tab.split()[0].lower()}")
    panel = opened(notebook, "Cutflow")
    panel.get_by_label("region").fill("SR-Gtt-0L-B-9906")
    panel.get_by_label("region").press("Enter")
    panel.get_by_text("SR-Gtt-0L-B-9906 (expected events").wait_for()
    panel = opened(notebook, "Regions")
    panel.get_by_text("10000 regions; the first 400 are listed").wait_for()
    panel.get_by_label("search").fill("0L-B-9906")
    panel.get_by_text("1 of 10000 regions").wait_for()
    inputs = notebook.page.locator("select[size]:visible, select[multiple]:visible").last
    inputs.select_option(label="small_R_jets_m_0")  # in the list without a pull
    notebook.page.get_by_text("is a number in none of the").wait_for()
    notebook.shot("many_no_number")
    fine(notebook)


def no_kernel(notebook: Notebook) -> str:
    """Return the sentence that stands over the outermost panel, and is seen."""
    said: list[str] = notebook.page.evaluate(
        """() => [...document.querySelectorAll('.recastbook-panel')].filter(e => e.offsetParent).map(e => {
        const s = getComputedStyle(e, '::before');
        return s.content === 'none' || parseFloat(s.height) < 10 ? '' : s.content; })"""
    )
    assert [bool(s) for s in said] == [True] + [False] * (len(said) - 1), said
    return said[0]


def test_a_restarted_kernel_is_said_over_every_tab(
    shown: Callable[[str, str], Notebook], results: dict[str, Path]
) -> None:
    notebook = shown("restarted_panels", ONE.format(gtt=str(results["gtt"]), name="SR-Gtt-2100-1"))
    page = notebook.page
    tabs = ("Event", "Network inputs", "What-if detector", "Verdict")
    for tab in tabs:
        opened(notebook, tab)
    restart(page)
    clicks: dict[str, Callable[[Any], Any]] = {
        "Event": lambda panel: panel.get_by_role("button", name="next").click(),
        "Network inputs": lambda panel: panel.locator("select[size], select[multiple]").first.select_option(index=3),
        "What-if detector": lambda panel: panel.locator(".noUi-handle").first.press("ArrowLeft"),
        "Verdict": lambda panel: panel.get_by_label("limit on").select_option(index=1),
    }
    for tab in tabs:
        page.locator(".jupyter-widget-tab .lm-TabBar-tab", has_text=tab).first.click()
        panel = page.locator(".jupyter-widget-tab .widget-tab-contents > div:visible").first
        clicks[tab](panel)
        assert "kernel was restarted" in no_kernel(notebook)
        assert "Run its cell again" in no_kernel(notebook)
        if tab != "What-if detector":
            picture(panel)
        notebook.shot(f"restarted_{tab.split()[0].lower()}")
    assert "Traceback" not in page.inner_text("body")
    notebook.run()
    page.wait_for_selector(".jupyter-widget-tab")
    assert not page.locator(".jupyter-widgets-disconnected").count()
    opened(notebook, "Event")
    fine(notebook)


def restart(page: Any) -> None:
    """Restart the kernel as people do, and wait until the page knows."""
    page.locator(".jp-Cell .jp-InputPrompt").first.click()
    page.keyboard.press("0")
    page.keyboard.press("0")
    page.locator(".jp-Dialog button", has_text="Restart").last.click()
    page.wait_for_selector(".recastbook-panel.jupyter-widgets-disconnected", state="attached")
