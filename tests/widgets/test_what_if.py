"""The what-if panel shows what a what-if run gives, keeps its answers, and says what cannot be."""

from __future__ import annotations

import html
import re
import time
from typing import Any

import pytest

import recastbook as rb
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import BadOption
from recastbook.widgets import WhatIf


@pytest.fixture(scope="module")
def result() -> Any:
    search = rb.load("ATLAS-SUSY-2018-30")
    return search.run(builtin_samples()["gtt_2100_1"], events=600, network="stand-in", progress=False)


def text(panel: WhatIf) -> str:
    return html.unescape(re.sub("<[^>]+>", " ", panel.table.value))


def test_opens_on_the_card_itself(result: Any) -> None:
    panel = WhatIf(result)
    assert "as the card says" in text(panel)
    assert "1.000" in text(panel)
    assert "not ATLAS" in text(panel)
    assert panel.code() == "result.yields('signal')"


def test_slider_shows_the_plain_call(result: Any) -> None:
    panel = WhatIf(result)
    panel.sliders["btag"].value = 0.8
    assert panel.state["shifts"] == {"btag": 0.8}
    row = eval(panel.code(), {"result": result})["SR-Gtt-0L-B"]  # noqa: S307 - what a user would paste
    before = result.yields()["SR-Gtt-0L-B"]
    assert row.raw < before.raw
    assert f"{before.raw} → {row.raw}" in text(panel)
    assert f"{row.sum_w / before.sum_w:.3f}" in text(panel)


def test_answers_are_kept(result: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = WhatIf(result, shifts={"lepton": 0.6})
    shown = text(panel)
    panel.state = {"shifts": {}}
    assert panel.sliders["lepton"].value == 1.0
    monkeypatch.setattr(type(result), "what_if", lambda *_, **__: pytest.fail("was run again"))
    panel.sliders["lepton"].value = 0.6
    assert text(panel) == shown


def test_set_back(result: Any) -> None:
    panel = WhatIf(result, shifts={"btag": 0.9, "met_resolution": 20.0})
    back = next(w for w in panel.children[2].children if getattr(w, "description", "") == "Set back")
    back.click()
    assert panel.shifts == {}
    assert "as the card says" in text(panel)


def test_regions_without_network_are_absent_not_zero() -> None:
    search = rb.load("ATLAS-SUSY-2018-30")
    found = search.run(builtin_samples()["gtt_2100_1"], events=100, progress=False)
    panel = WhatIf(found, shifts={"btag": 0.9})
    if "SR-Gtt-2100-1" in found.absent:
        assert re.search(r"SR-Gtt-2100-1\s+absent", text(panel))


def test_impossible_shift(result: Any) -> None:
    with pytest.raises(BadOption, match="no shift 'b_tag'"):
        WhatIf(result).state = {"shifts": {"b_tag": 0.5}}


def test_reconstructed_events_have_no_detector_to_turn(result: Any) -> None:
    import copy

    header = copy.deepcopy(result.header)
    header.sample["level"] = 3
    assert "reconstructed" in WhatIf.missing((rb.Result(header, {}, {}),))
    assert WhatIf.missing((result,)) == ""


@pytest.mark.benchmark
def test_twenty_thousand_events_in_three_seconds(tmp_path: Any) -> None:
    """Detector, objects, 78 regions and the network, from truth objects; CPU time."""
    sample = builtin_samples()["gtt_2100_1"]
    result = rb.load("ATLAS-SUSY-2018-30").run(sample, network="stand-in", progress=False)
    result.what_if(btag=0.99, progress=False)
    start = time.process_time()
    result.what_if(btag=0.9, progress=False)
    assert (time.process_time() - start) * 20_000 / result.n_events < 3.0
