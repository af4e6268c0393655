"""The dashboard answers for every source of events, and says in a sentence what it cannot do."""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import recastbook as rb
from recastbook.dashboard import dashboard
from recastbook.exceptions import BadOption
from recastbook.widgets import Dashboard

HEPMC = b"HepMC::Version 3.02.01\nHepMC::Asciiv3-START_EVENT_LISTING\nE 0 1 3\nU GEV MM\nW 1.0\n"


@pytest.fixture(scope="module")
def answered() -> Dashboard:
    page = dashboard(search="ATLAS-SUSY-2018-30", sample="gtt_2100_1")
    page.button.click()
    return page


def said(page: Dashboard) -> str:
    return html.unescape(re.sub("<[^>]+>", "", page.message.value))


def all_text(widget: Any) -> str:
    own = getattr(widget, "value", "")
    return (own if isinstance(own, str) else "") + "".join(map(all_text, getattr(widget, "children", ())))


def test_built_in_events_give_the_verdict(answered: Dashboard) -> None:
    assert said(answered) == ""
    assert answered.verdict.conclusion == "excluded"
    text = all_text(answered.answer)
    assert answered.verdict.region in text
    assert "known differences" in text
    assert not answered.button.disabled


def test_its_code_gives_the_same_answer(answered: Dashboard) -> None:
    names: dict[str, Any] = {}
    exec(answered.code().replace("seed=1)", "seed=1, progress=False)"), names)  # noqa: S102 - what a user would paste
    assert names["verdict"].cls_observed == answered.verdict.cls_observed


def test_its_state_and_snapshot(answered: Dashboard) -> None:
    twin = dashboard(**json.loads(json.dumps(answered.state)))
    assert twin.state == answered.state
    said = str(answered.snapshot())
    assert answered.verdict.region in said
    assert "excluded" in said
    twin.close()


def test_a_change_says_that_the_answer_is_old(answered: Dashboard) -> None:
    answered.seed = 7
    assert "press Run" in said(answered)
    answered.seed = 1


def test_explorer_opens_on_the_answer(answered: Dashboard) -> None:
    place = answered.answer.children[-1]
    place.children[0].click()
    assert place.children[0].result is answered.result


def test_stand_in_is_labelled() -> None:
    page = dashboard(search="ATLAS-SUSY-2018-30", sample="gtt_2100_1", network="stand-in")
    page.run()
    assert "not ATLAS" in all_text(page.answer)
    assert "network='stand-in'" in page.code()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("notes.txt", b"milk, eggs\n", "notes.txt"),
        ("events.hepmc", b"", "events.hepmc"),
        ("../../evil<b>.hepmc", b"HepMC::Version 3.02\nbroken", "evil<b>.hepmc"),
        ("me. And you.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "me. And you.png is no event file: it holds binary data"),
        ("part.parquet", b"PAR1" + bytes(500), "part.parquet starts like a parquet file"),
        ("cut.hepmc.gz", gzip.compress(HEPMC + bytes(500))[:-20], "cut.hepmc.gz is truncated"),
    ],
    ids=["no events", "empty", "a name with markup and folders", "picture", "parquet", "cut gz"],
)
def test_dropped_file_that_is_no_event_file(name: str, content: bytes, sentence: str) -> None:
    page = dashboard(source="file")
    given = {"name": name, "type": "", "size": len(content), "content": content}
    page.upload.value = ({**given, "last_modified": datetime(2026, 1, 1, tzinfo=UTC)},)
    assert Path(page.path).parent == page._uploads  # a name cannot leave its folder
    page.button.click()
    assert sentence in said(page)
    assert "<b>" not in page.message.value
    assert page._uploads.name not in page.message.value
    assert page.controls["path"].value == Path(page.path).name
    assert page._uploads.name not in page.code()
    # one sentence, and nothing between it and the button
    assert ". " not in said(page).replace("me. And", "")
    shown = [child for child in page.children if child.layout.display != "none"]
    assert shown.index(page.message) == shown.index(page.button) + 1
    assert "opacity" not in page.message.value
    assert "font-size" not in page.message.value
    assert "Traceback" not in page.message.value
    assert page.verdict is None
    assert page.answer.children == ()
    assert not page.button.disabled
    page.close()
    assert not Path(page.path).parent.exists()


@pytest.mark.parametrize("name", ["x" * 300 + ".hepmc", "a\0b.hepmc"], ids=["too long", "zero byte"])
def test_name_that_cannot_be_kept_does_not_leave_the_file_before(name: str) -> None:
    page = dashboard(source="file")
    for given in ("good.hepmc", name):
        content = {"name": given, "type": "", "size": len(HEPMC), "content": HEPMC}
        page.upload.value = ({**content, "last_modified": datetime(2026, 1, 1, tzinfo=UTC)},)
    assert "cannot be kept on the machine of this page" in said(page)
    assert page.path == ""
    page.button.click()
    assert "no event file was given" in said(page)
    page.close()


def test_no_file() -> None:
    page = dashboard(source="file")
    page.button.click()
    assert "type its path or upload one" in said(page)


def test_model_point_needs_its_masses() -> None:
    page = dashboard(source="model point", preset="gluino-gtt")
    page.parameters = {}
    page.button.click()
    assert "needs m_gluino and m_lsp" in said(page)


def test_masses_typed_reach_the_call() -> None:
    page = dashboard(source="model point", preset="gluino-gbb", parameters={})
    boxes = {box.description.split()[0]: box for box in page._masses.children}
    boxes["m_gluino"].value, boxes["m_lsp"].value = "1900", "1e2"
    assert page.parameters == {"m_gluino": 1900.0, "m_lsp": 100.0}
    assert "m_gluino=1900, m_lsp=100" in page.code()
    boxes["m_lsp"].value = "light"
    assert "m_lsp must be a number" in said(page)


@pytest.mark.slow
def test_model_point_is_generated_and_run() -> None:
    pytest.importorskip("pythia8mc", reason="generation needs the extra 'generate'")
    page = dashboard(source="model point", preset="gluino-gtt", parameters={"m_gluino": 2100, "m_lsp": 1}, n=30)
    page.button.click()
    assert said(page) == ""
    assert page.result.n_events == 30
    assert page.bar.layout.display == "none"


def test_built_in_events_that_hold_nothing_of_the_kind_are_refused() -> None:
    page = dashboard(search="ATLAS-EXOT-2019-23", source="built-in events")
    page.button.click()
    assert "choose a model point or a file" in said(page)
    assert page.preset == "higgs-llp"
    assert page.parameters["m_phi"] == 600


def test_long_lived_point_is_judged_with_the_cross_section_that_is_typed(shared_data: Callable[[str], Path]) -> None:
    pytest.importorskip("pythia8mc", reason="generation needs the extra 'generate'")
    shared_data("ATLAS-EXOT-2019-23/hepdata/HEPData-ins2043503-v3-Figure_11_of_Aux._Mat..yaml")
    point = {"m_phi": 600, "m_s": 150, "ctau": 2000, "hadronise": False}
    page = dashboard(search="ATLAS-EXOT-2019-23", source="model point", parameters=point, n=60)
    assert "none is known for this process" in page.controls["cross_section"].tooltip
    page.button.click()
    assert page.verdict.conclusion == "inconclusive"
    assert "no cross section is known" in all_text(page.answer)
    limit = page.verdict.sigma95 / rb.units.fb
    page.controls["cross_section"].value = sigma = 100 * round(limit)  # above 0.1 pb, and said in fb as it was typed
    assert "press Run" in said(page)
    page.button.click()
    assert page.verdict.conclusion == "excluded"
    assert page.verdict.mu95 == pytest.approx(limit / sigma, rel=1e-3)
    assert f"cross section used: {sigma:g} fb (typed above)" in all_text(page.answer)
    assert f"cross_section={float(sigma)} * rb.units.fb" in page.code()


def test_says_what_a_cross_section_of_zero_stands_for() -> None:
    page = dashboard(source="model point", preset="gluino-gtt", parameters={"m_gluino": 2100, "m_lsp": 1})
    field = page.controls["cross_section"]
    # LHC SUSY cross-section working group, NNLOapprox+NNLL, 2100 GeV: 0.598 fb
    assert "0: 0.598 fb from the shipped table" in field.tooltip
    assert field.tooltip in html.unescape(page.about_sigma.value)
    page.parameters = {**page.parameters, "m_gluino": 5000}  # the table ends at 3000 GeV
    assert "0: leading order of Pythia" in field.tooltip
    page.parameters = {}
    assert "where one is known" in field.tooltip
    page.source = "file"
    assert "0: what the file says" in field.tooltip
    page.source = "built-in events"
    assert page._sigma.layout.display == "none"


def test_answer_names_the_source_of_its_cross_section(answered: Dashboard) -> None:
    text = html.unescape(all_text(answered.answer))
    assert f"cross section used: 0.598 fb ({answered.result.header.sample['cross_section_source']})" in text


@pytest.mark.parametrize("sigma", [-3.0, float("nan"), float("inf")])
def test_impossible_cross_section_is_a_sentence(sigma: float) -> None:
    page = dashboard(source="model point", preset="gluino-gtt", cross_section=sigma)
    page.button.click()
    assert f"sigma must be a positive number of fb, or 0, not {sigma:g}" in said(page)


def test_uploads_go_when_the_kernel_ends() -> None:
    """A page that is neither closed nor collected leaves nothing; a real kernel is ended in the browser's tests."""
    page = dashboard(source="file", path="events.hepmc")
    assert page._kept is None  # nothing was uploaded: there is nothing to leave
    place = page._uploads
    (place / "events.hepmc").write_text("x")
    assert page._forget_uploads.atexit
    page._forget_uploads()
    assert not place.exists()


@pytest.mark.parametrize("name", ["search", "source", "sample", "preset", "network"])
def test_choice_that_is_in_no_list_is_a_sentence(name: str) -> None:
    page = dashboard()
    setattr(page, name, "nonsense")
    assert f"unknown {name} 'nonsense'" in said(page)
    page.button.click()
    assert f"unknown {name} 'nonsense'" in said(page)
    assert page.verdict is None


def test_no_more_events_than_a_page_should_make() -> None:
    with pytest.raises(BadOption, match="n cannot be 1000000000"):
        dashboard(n=10**9)


def test_says_before_a_run_what_will_be_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute of Pythia should not end in 'no region may decide'."""
    monkeypatch.setenv("RECASTBOOK_DATA", str(tmp_path))
    page = dashboard(search="ATLAS-EXOT-2019-23")
    assert "2 of 2 signal regions will be absent: its map" in html.unescape(page.about.value)
    page.search = "ATLAS-EXOT-2022-04"
    assert "6 of 6 signal regions will be absent" in page.about.value
    page.network = "stand-in"
    assert "absent" not in page.about.value


def test_synthetic_surrogates_can_be_chosen() -> None:
    page = dashboard(search="ATLAS-EXOT-2022-04", network="stand-in")
    assert page.controls["network"].layout.display != "none"
    assert "network='stand-in'" in page.code()
    page.search = "ATLAS-EXOT-2019-23"  # has a map and nothing in its place
    assert page.controls["network"].layout.display == "none"
    assert "stand-in" not in page.code()


def test_unknown_source() -> None:
    with pytest.raises(BadOption, match="no choice 'searhc'"):
        dashboard(searhc="file")
