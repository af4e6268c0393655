"""What is told: ranking, ties, effects on regions, as text, page and JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hunting_ground import Setting
from mistakes import GTT, HHH, RPV, SEEDS

from recastbook.diagnostics.hunt import HuntReport, effect
from recastbook.exceptions import UnknownName


@pytest.fixture(scope="module")
def trapped(settings: dict[str, Setting]) -> HuntReport:
    """Return a report with effects, of a trap in SUSY-2018-30."""
    setting = settings[GTT]
    seed = next(s for s in SEEDS if s.expected == "code: isb 1 and -1")
    return setting.search.hunt(setting.result, seed.make(setting.same), stage="raw", effects="best")


def test_ranking_and_conclusion(trapped: HuntReport) -> None:
    assert not trapped.is_clean
    assert not trapped.tied
    best = trapped.traps[0]
    assert best.hypothesis.key == "code: isb 1 and -1"
    assert best.explained > 0.9
    gains = [s.gain for s in trapped.suspects]
    assert gains == sorted(gains, reverse=True)
    assert best.gain == pytest.approx(sum(e.gain for e in best.evidence if e.name != "scores given"), rel=1e-6)
    assert "1 if tagged, -1 if not tagged" in trapped.conclusion
    assert trapped["code: isb 1 and -1"] is best
    with pytest.raises(UnknownName, match="Did you mean 'code: isb 1 and -1'"):
        trapped["code: isb 1 and -2"]


def test_text_page_and_json_say_the_same_and_that_the_network_is_a_stand_in(trapped: HuntReport) -> None:
    page, text, data = trapped._repr_html_(), str(trapped), json.loads(trapped.to_json())
    for shown in (page, text):
        assert "code: isb 1 and -1" in shown
        assert "stand-in network, not ATLAS" in shown
        assert "SR-Gtt-2100-1" in shown
    assert data["traps"] == ["code: isb 1 and -1"]
    assert not data["tied"]
    first = data["hypotheses"][0]
    assert first["claimed"]
    assert first["evidence"]["row by row"]["contract"] > first["evidence"]["row by row"]["hypothesis"]
    assert {r["region"] for r in first["regions"]} >= {"SR-Gtt-2100-1", "SR-Gbb-2800-1400"}


def test_effects_on_regions_are_those_of_the_mistaken_scores(trapped: HuntReport, settings: dict[str, Setting]) -> None:
    setting = settings[GTT]
    by_hand = setting.same.raw.copy()
    columns = setting.same.columns("small_R_jets_isb")
    pts = setting.same.columns("small_R_jets_pt")
    by_hand[:, columns] = np.where(
        (by_hand[:, columns] == 0.0) & (by_hand[:, pts] > 0.0), -1.0, by_hand[:, columns]
    )  # fmt: skip
    found = effect(setting.search, setting.result, "code: isb 1 and -1")
    scores = setting.same.scores(by_hand, point=(1.0, 2100.0, 1.0))[:, 0]
    events = dict(zip(setting.same.event.tolist(), scores, strict=True))
    collected = setting.search.collect_inputs(setting.result)
    column = found.trapped_scores["p_gtt[1,2100,1]"]
    asked = np.flatnonzero(np.isfinite(column))
    assert len(asked) > 50
    expected = [events[int(collected.ids["event"][i])] for i in asked]
    assert column[asked] == pytest.approx(expected, abs=1e-5)
    region = found["SR-Gtt-2100-1"]
    assert region.clean.raw == setting.result.yields()["SR-Gtt-2100-1"].raw
    shown = next(r for r in trapped.effects["code: isb 1 and -1"] if r.region == "SR-Gtt-2100-1")
    assert (shown.clean, shown.trapped, shown.moved) == (region.clean, region.trapped, region.moved)
    assert abs(region.clean.raw - region.trapped.raw) <= region.moved.raw
    assert region.ratio_error == pytest.approx(np.sqrt(region.moved.sum_w2) / region.clean.sum_w)


def test_a_tie_is_told_as_a_tie(settings: dict[str, Setting]) -> None:
    seed = next(s for s in SEEDS if s.expected == "padding: eta 1e-07")
    report = settings[RPV].ask(seed, paired=True)
    assert report.tied
    assert {t.hypothesis.key for t in report.traps} == {"padding: eta 0", "padding: eta 1e-07"}
    assert "2 hypotheses fit equally well, and these inputs cannot tell which it is" in report.conclusion
    assert "tie" in report._repr_html_()


def test_what_inputs_cannot_tell_is_said(settings: dict[str, Setting]) -> None:
    setting = settings[HHH]
    report = setting.hunt(setting.other.raw, setting.other, paired=False)
    assert report.is_clean
    assert "output: 1 - heavyres" in report.cannot_tell
    assert "cannot be told from these inputs" in report.conclusion


def test_options_of_a_run_are_found(settings: dict[str, Setting]) -> None:
    # the search's own inputs, made with the convention of the peers; and the JSON of the heavy network taken literally
    for network, options, expected in (
        (GTT, {"met_phi_range": "minus_pi_pi"}, "azimuth: met_phi in (-pi, pi]"),
        (HHH, {"normalisation": "json-literal"}, "normalisation: interchanged"),
    ):
        setting = settings[network]
        result = setting.search.run(
            sample_of(setting), options=options, events=250, progress=False,
            network="stand-in" if network == GTT else None,
        )  # fmt: skip
        report = setting.search.hunt(result, network=setting.network, effects="none")
        assert report.traps[0].hypothesis.key == expected
        assert not report.tied


def sample_of(setting: Setting) -> Any:
    """Return the folder of a result's events."""
    return setting.result.events_path


def test_golden_scores_of_a_code(settings: dict[str, Setting]) -> None:
    setting = settings[HHH]
    clean = setting.same
    card = clean.card
    rows = [row for row in card.golden_rows if row.scores and "toy" in row.name]
    files = [f.name for f in card.files]
    raw = np.array([[row.raw[name] for name in card.columns] for row in rows])
    part = clean.part(slice(0, len(rows)))
    file = np.array([files.index(row.file) for row in rows])
    literal = np.stack([card.for_file(f.name).means for f in card.files])[file]
    width = np.stack([card.for_file(f.name).widths for f in card.files])[file]
    # a code that takes the JSON literally: (raw - width) / mean, put back so that the file's normalisation gives it
    mistaken = (raw - width) / literal * width + literal
    given = {row.name: float(s) for row, s in zip(rows, part.scores(mistaken, file)[:, 0], strict=True)}
    report = setting.search.hunt(
        setting.result, setting.other.raw, network=setting.network, stage="raw", golden=given, effects="none"
    )
    gains = {s.hypothesis.key: next(e.gain for e in s.evidence if e.name == "golden rows") for s in report.suspects}
    assert max(gains, key=lambda key: gains[key]) == "normalisation: interchanged"
    assert gains["normalisation: interchanged"] == pytest.approx(3.0)


def test_a_column_that_no_hypothesis_explains_is_named_with_its_factor(settings: dict[str, Setting]) -> None:
    setting = settings[RPV]
    clean, met = setting.same, setting.same.card.columns["met"]
    said = setting.hunt(clean.raw, clean, paired=True)
    assert said.is_clean
    assert said.differing == ()
    for change, words in (
        (lambda met: 1000.0 * met, "met (100 % of rows, x 1000)"),
        (lambda met: met / 100.0, "met (100 % of rows, divided by 100)"),
        (lambda met: met + 50.0, "met (100 % of rows, offset +50)"),
        (lambda met: met[::-1], "no common factor or offset"),
    ):
        raw = clean.raw.copy()
        raw[:, met] = change(raw[:, met])
        report = setting.hunt(raw, clean, paired=True)
        assert report.is_clean
        assert "But 1 column differs from ours in the same events: met (" in report.conclusion
        assert words in report.conclusion
        assert words in str(report)
        assert report.to_dict()["differing"] == list(report.differing)
