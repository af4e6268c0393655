"""Lifetime panel and mass sliders in JupyterLab: dragged, stepped by keys, and what then shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from lab import Jupyter, Notebook, another_picture, fine, picture, whole

pytest.importorskip("sklearn", reason="needs the extra 'studio'")

LIFETIME = """
import numpy as np
from recastbook.surrogates import EfficiencyMap, LLPEvents, MapBinning, lifetime_scan
from recastbook.surrogates.two_body import two_body_sample
from recastbook.widgets import LifetimePanel

# an invented map of the shipped shape: likelier in the calorimeters
place = np.array([0.02, 0.3, 0.4, 0.4, 0.3, 0.1, 0, 0.01, 0.2, 0.3, 0.2, 0.1, 0])
one = np.einsum("a,b,c->abc", place, [0.1, 0.4, 0.8, 1, 0.9], [0.8, 1, 0.2, 0.5]).ravel()
emap = EfficiencyMap(MapBinning.load("calratio"), np.outer(one, one), facts={"title": "invented"})

def draw(m_phi, m_s):
    return two_body_sample(m_phi, m_s, 1.3, 400, seed=5, fractions={5: 0.9, 15: 0.1})

def scan(m_phi, m_s):
    table = draw(m_phi, m_s)
    q = table.for_map()
    n = len(table)
    mass = np.full((n, 2), float(m_s))
    ids = np.stack([np.ones(n, int), np.ones(n, int), np.arange(n)], axis=1)
    events = LLPEvents(
        pt=q["pt"], eta=q["eta"], mass=mass, lxy=q["lxy"], lz=q["lz"], length=q["lxy"] * mass / q["pt"],
        pdg_id=np.full((n, 2), 35), decay=q["pdg_id"], weight=np.ones(n), ids=ids, total_weight=float(n),
        total_weight2=float(n), label=f"{m_phi}/{m_s}",
    )
    return lifetime_scan(emap, events)

panel = LifetimePanel({"600/150": scan(600, 150), "125/55": scan(125, 55)})
panel
"""
MASSES = """
from recastbook.surrogates import Studio, TrainingSet
from recastbook.widgets import MassSliders

truth = lambda table: emap.lookup(**table.for_map()).probability
points = [(400, 50), (400, 150), (1000, 50), (1000, 300)]
data = TrainingSet.from_tables(
    [(draw(a, b), {"m_phi": a, "m_s": b}, truth(draw(a, b))) for a, b in points], classes=("unselected", "A")
)
trained = Studio(kind="random forest", members=2, held_out_members=2).train(data)
MassSliders(trained, sampler=draw, truth=truth, m_phi=600.0, m_s=100.0)
"""


@pytest.fixture(scope="module")
def notebook(jupyter: Jupyter, chromium: Any) -> Iterator[Notebook]:
    made = Notebook(jupyter, chromium, "surrogates", [LIFETIME, MASSES])
    made.run()
    made.shot("surrogates")
    yield made
    made.close()


def panel_of(notebook: Notebook, cell: int) -> Any:
    panel = notebook.page.locator(".jp-Notebook .jp-CodeCell").nth(cell).locator(".jp-OutputArea-output").last
    panel.scroll_into_view_if_needed()
    panel.locator("img:visible").first.wait_for()
    return panel


def number_of(panel: Any, row: str) -> float:
    text = panel.locator("tr", has_text=row).first.locator("td").nth(1).inner_text()
    return float(text.split()[0])


def drag(notebook: Notebook, handle: Any, by: float) -> None:
    handle.scroll_into_view_if_needed()
    box, mouse = handle.bounding_box(), notebook.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + by, y, steps=5)
    mouse.up()


def test_lifetime_is_dragged_stepped_and_another_mass_chosen(notebook: Notebook) -> None:
    panel = panel_of(notebook, 0)
    before, best = picture(panel), number_of(panel, "ours")
    assert best > 0
    notebook.shot("lifetime")
    whole(panel)
    handle = panel.locator(".noUi-handle").first
    drag(notebook, handle, -40)  # about half a decade
    another_picture(notebook, before)
    dragged = number_of(panel, "ours")
    assert 0 < dragged < best  # it opens at the largest efficiency
    notebook.shot("lifetime_dragged")
    before = picture(panel)
    handle.press("ArrowRight")
    another_picture(notebook, before)
    stepped = number_of(panel, "ours")
    assert dragged < stepped < best
    before = picture(panel)
    panel.get_by_label("mass point").select_option("125/55")
    another_picture(notebook, before)
    assert number_of(panel, "ours") != stepped
    panel.get_by_text(re.compile("^125/55 against c tau, a line at")).wait_for()
    notebook.shot("lifetime_other_mass")
    whole(panel)
    fine(notebook)


def test_masses_are_moved_until_the_surrogate_extrapolates(notebook: Notebook) -> None:
    panel = panel_of(notebook, 1)
    before = picture(panel)
    assert panel.get_by_text("EXTRAPOLATION").count() == 0
    inside = panel.inner_text()
    assert re.search(r"efficiency of A\s+\d", inside)
    heads = panel.locator("tr", has_text="surrogate / truth").first.locator("th").all_inner_texts()
    assert heads == ["truth", "surrogate", "surrogate / truth"]
    notebook.shot("masses")
    whole(panel)
    handle = panel.locator(".noUi-handle").first
    handle.press("ArrowRight")
    another_picture(notebook, before)
    assert panel.inner_text() != inside
    before = picture(panel)
    drag(notebook, handle, -40)  # about 300 GeV: below all training points, and still two particles of 100 GeV
    another_picture(notebook, before)
    warning = panel.locator('[role="alert"]', has_text="EXTRAPOLATION").first
    warning.wait_for()
    assert "no efficiency to quote" in warning.inner_text()
    notebook.shot("masses_extrapolated")
    whole(panel)
    assert not notebook.errors
