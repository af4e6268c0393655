"""Tabs of a result whose regions are probabilities per event: each shows something of them, or says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from llp_events import llp_file

import recastbook as rb
from recastbook.surrogates.two_body import two_body_sample
from recastbook.widgets import CutflowBrowser, EventInspector, InputExplorer, ScoreExplorer, WhatIf


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("probable") / "pairs"
    llp_file(target, two_body_sample(600, 150, 1.3, 300, seed=1), cross_section=0.1)
    return target


@pytest.fixture(scope="module", params=["ATLAS-EXOT-2022-04", "ATLAS-EXOT-2019-23"])
def result(folder: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    if request.param == "ATLAS-EXOT-2019-23":
        find = request.getfixturevalue("shared_data")
        find("ATLAS-EXOT-2019-23/hepdata/HEPData-ins2043503-v3-Figure_11_of_Aux._Mat..yaml")
    network = "stand-in" if request.param == "ATLAS-EXOT-2022-04" else None
    made = rb.load(request.param).run(rb.Sample(folder), network=network, progress=False)
    return rb.Result.load(made.save(tmp_path_factory.mktemp("saved") / request.param))


def test_what_cannot_be_shown_is_a_sentence(result: Any) -> None:
    assert "its regions are probabilities per event" in ScoreExplorer.missing((result,))
    assert "in the tab Event" in InputExplorer.missing((result,))
    assert "no detector acts on them" in WhatIf.missing((result,))


def test_an_event_has_its_particles_and_its_probability(result: Any) -> None:
    panel = EventInspector(result)
    name = panel.region
    assert panel.message.value == ""
    assert "2 llps" in panel.picture.says
    ids = tuple(int(part) for part in panel.event.split(":"))
    found = result.search.collect_inputs(result, event_ids=[ids[2]])
    [p] = result.search.region_weights(found.features)[name]
    assert f"within the cuts of {name}, which keeps it with probability {p:.3g}"[:-1] in panel.words.value
    assert len(panel.controls["event"].options) == 60


def test_cut_that_loses_nothing_is_not_the_worst(result: Any) -> None:
    panel = CutflowBrowser(result)
    assert "100.0 %" in panel.table.value
    assert "this cut loses most" not in panel.table.value
