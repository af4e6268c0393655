"""``search.explain(result)``: importances and effects that can be known otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import recastbook as rb
from recastbook import Analysis, Result, Sample
from recastbook.diagnostics.explain import RegionExplanation, RegionScorer, explain_event, explain_region
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import BadOption, MissingData, UnknownName
from recastbook.inputs import as_run, collect_inputs
from recastbook.network import columns

Found = Callable[[str], Path]
REGION = "SR-Gtt-2100-1"
COLUMN = "p_gtt[1,2100,1]"


@pytest.fixture(scope="module")
def gtt() -> Sample:
    return builtin_samples()["gtt_2100_1"]


@pytest.fixture(scope="module")
def search() -> Analysis:
    return rb.load("ATLAS-SUSY-2018-30")


@pytest.fixture(scope="module")
def result(search: Analysis, gtt: Sample) -> Result:
    return search.run(gtt, seed=1, network="stand-in", events=450, progress=False)


@pytest.fixture(scope="module")
def scorer(search: Analysis, result: Result) -> RegionScorer:
    chosen = as_run(search, result)
    return RegionScorer(result.regions[REGION], chosen.networks, chosen.network_of, collect_inputs(search, result))


@pytest.fixture(scope="module")
def importance(search: Analysis, result: Result) -> RegionExplanation:
    return search.explain(result, REGION, progress=False)


def an_event(result: Result, low: float = 0.3, high: float = 0.99) -> int:
    scores = result.slim.column(COLUMN)
    return int(result.slim.column("event")[np.flatnonzero((scores > low) & (scores < high))[0]])


# ---- scorer


def test_region_and_scores_are_those_of_the_run(scorer: RegionScorer, result: Result) -> None:
    scores = scorer.columns(scorer.raw)
    slim = result.slim
    kept = dict(zip(slim.column("event").tolist(), slim.column(COLUMN).tolist(), strict=True))
    found = dict(zip(scorer.ids["event"].tolist(), scores[COLUMN].tolist(), strict=True))
    assert found == pytest.approx({event: kept[event] for event in found}, abs=1e-6)
    assert scorer.weight[scorer.selected(scores)].sum() == pytest.approx(result.yields()[REGION].sum_w)
    assert np.all(np.diff(scorer.ids["event"]) > 0)


# ---- importance of groups


def test_missing_momentum_and_jets_matter_more_than_the_direction_of_met(importance: RegionExplanation) -> None:
    assert importance["met"].lost > 5 * importance["met_phi"].lost
    assert set(importance.ranking[:4]) & {"met", "small_R_jets pt", "small_R_jets mass"}
    for found in importance.importances:
        assert 0.0 <= found.lost <= 1.0
        assert found.change >= -found.lost - 1e-12, "a yield cannot fall by more than what leaves"
        assert found.lost_error >= 0.0
    lost = [found.lost for found in importance.importances]
    assert lost == sorted(lost, reverse=True)


def test_an_input_that_the_network_ignores_has_no_importance(scorer: RegionScorer) -> None:
    """A network whose first layer does not see MET: its value is the same for all events."""
    blind = scorer.raw.copy()
    at = scorer.card.columns["met"]
    blind[:, at] = 300.0
    same = replace_raw(scorer, blind)
    found = explain_region(same, {"met": ("met",), "jets": ("small_R_jets_m_0",)})
    assert found["met"].lost == found["met"].score_shift == found["met"].lost_error == 0.0
    assert found["jets"].score_shift > 0.0


def replace_raw(scorer: RegionScorer, raw: np.ndarray) -> RegionScorer:
    other = object.__new__(RegionScorer)
    other.__dict__.update(scorer.__dict__)
    other.raw = raw
    return other


def test_all_inputs_together_leave_the_distribution_of_scores_as_it_is(scorer: RegionScorer) -> None:
    """Exchanging whole events changes no yield where all events have the same weight, and no other cut follows."""
    every = tuple(name for names in columns.groups(scorer.card).values() for name in names)
    found = explain_region(scorer, {"all": every})["all"]
    assert found.change == pytest.approx(0.0, abs=1e-12)
    assert found.lost > 0.1


def test_seed_repetitions_and_other_groups(scorer: RegionScorer) -> None:
    groups = columns.groups(scorer.card)
    one = explain_region(scorer, {"met": groups["met"]}, seed=3)["met"]
    assert explain_region(scorer, {"met_phi": groups["met_phi"], "met": groups["met"]}, seed=3)["met"] == one
    assert explain_region(scorer, {"met": groups["met"]}, seed=4)["met"] != one
    many = explain_region(scorer, {"met": groups["met"]}, seed=3, repeats=40)["met"]
    assert many.lost_error < one.lost_error * 1.2
    assert many.lost == pytest.approx(one.lost, abs=5 * np.hypot(one.lost_error, many.lost_error))


def test_columns_one_by_one(search: Analysis, result: Result, importance: RegionExplanation) -> None:
    alone = search.explain(result, REGION, by="columns", repeats=2, progress=False)
    assert len(alone.ranking) == 84
    assert alone["met"].lost == pytest.approx(importance["met"].lost, abs=0.1)


def test_importance_as_arrays_json_and_display(importance: RegionExplanation) -> None:
    arrays = importance.arrays()
    assert arrays["group"].tolist() == list(importance.ranking)
    assert arrays["lost"].shape == arrays["lost_error"].shape == (15,)
    document = json.loads(importance.to_json())
    assert document["importances"][0]["group"] == importance.ranking[0]
    assert document["network_label"] == "stand-in network, not ATLAS"
    for shown in (str(importance), importance._repr_html_()):
        assert "stand-in network, not ATLAS" in shown
        assert "events that cannot occur" in shown
    assert "<script>" not in replace(importance, sample="<script>")._repr_html_()


# ---- one event


def test_slope_and_occlusion_by_hand(scorer: RegionScorer, result: Result) -> None:
    row = int(np.flatnonzero(scorer.ids["event"] == an_event(result))[0])
    card = scorer.card
    found = explain_event(scorer, row, means=card.means, widths=card.widths, smear=0.0, repeats=2)
    at, raw = card.columns["met"], scorer.raw[row]

    def score(met: float) -> float:
        moved = raw.copy()
        moved[at] = met
        return float(scorer.score_of(moved[None], row)[0])

    width = card.widths[at]
    by_hand = (score(raw[at] + 0.1 * width) - score(raw[at] - 0.1 * width)) / 0.2
    assert found["met"].slope == pytest.approx(by_hand, rel=1e-4)
    assert found["met"].occlusion == pytest.approx(score(card.means[at]) - score(raw[at]), rel=1e-4)
    assert found["met"].slope_error == 0.0, "without smearing all repetitions are the same"
    assert found.score == pytest.approx(score(raw[at]), abs=1e-6)
    strengths = [effect.strength for effect in found.inputs]
    assert strengths == sorted(strengths, reverse=True)


def test_without_the_first_jet_the_others_move_up(scorer: RegionScorer, result: Result) -> None:
    row = int(np.flatnonzero(scorer.ids["event"] == an_event(result))[0])
    card = scorer.card
    found = explain_event(scorer, row, means=card.means, widths=card.widths, smear=0.0, repeats=2)
    raw = scorer.raw[row].copy()
    for quantity in ("pt", "eta", "phi", "m", "isb"):
        places = [card.columns[f"small_R_jets_{quantity}_{i}"] for i in range(10)]
        raw[places] = [*raw[places][1:], 0.0]
    change = scorer.score_of(raw[None], row)[0] - scorer.score_of(scorer.raw[[row]], row)[0]
    first = next(effect for effect in found.objects if (effect.name, effect.index) == ("small_R_jets", 0))
    assert first.change == pytest.approx(float(change), abs=1e-6)
    there = sum(np.any(scorer.raw[row][[card.columns[f"small_R_jets_pt_{i}"]]] > 0) for i in range(10))
    assert sum(effect.name == "small_R_jets" for effect in found.objects) == there
    assert set(found.absent) | set(found.ranking) == set(card.columns) - set(card.parameters.names)


def test_repetition_gives_errors_and_a_seed_the_same_again(search: Analysis, result: Result) -> None:
    event = an_event(result)
    one = search.explain(result, REGION, event=event)
    assert search.explain(result, REGION, event=event).to_dict() == one.to_dict()
    other = search.explain(result, REGION, event=event, seed=9)
    assert 0 < one["met"].slope_error < abs(one["met"].slope)
    error = np.hypot(one["met"].slope_error, other["met"].slope_error)
    assert one["met"].slope == pytest.approx(other["met"].slope, abs=5 * error)
    assert one["small_R_jets_isb_0"].slope is None, "a b-tag is no number that can be moved a little"
    assert one.widths_from == "card"
    arrays = one.arrays()
    assert np.isnan(arrays["slope"][arrays["name"] == "small_R_jets_isb_0"]).all()
    document = json.loads(one.to_json())
    assert document["event"] == event
    assert document["inputs"][0]["name"] == one.ranking[0]


def test_saturated_score_points_to_the_logit(search: Analysis, result: Result) -> None:
    event = an_event(result, 0.9999, 1.0)
    plain = search.explain(result, REGION, event=event)
    assert "scale='logit'" in str(plain)
    logit = search.explain(result, REGION, event=event, scale="logit")
    assert "scale='logit'" not in str(logit)
    assert abs(logit.inputs[0].occlusion) > 100 * abs(plain.inputs[0].occlusion)


def test_networks_of_the_other_searches(gtt: Sample, shared_data: Found) -> None:
    shared_data("ATLAS-SUSY-2019-04")
    shared_data("ATLAS-HIGP-2024-32")
    leptons = rb.load("ATLAS-SUSY-2019-04")
    run = leptons.run(gtt, events=1500, progress=False)
    column = run.slim.column("nn")
    jets, events = run.slim.column("n_jets"), run.slim.column("event")
    seven = int(events[np.flatnonzero(np.isfinite(column) & (jets == 7))[0]])
    found = leptons.explain(run, "1l_shape_7j_4b", event=seven)
    assert found.widths_from == "sample"
    assert found["n_jet"].slope is None, "a number of jets is counted"
    assert found.score == pytest.approx(float(column[events == seven][0]), abs=1e-6)
    with pytest.raises(BadOption, match=rf"event {seven} does not reach .* 1l_shape_6j_4b: it fails .*n_jets = 7"):
        leptons.explain(run, "1l_shape_6j_4b", event=seven)
    higgs = rb.load("ATLAS-HIGP-2024-32")
    explained = higgs.explain(higgs.run(gtt, events=1500, progress=False), progress=False)
    assert len(explained.ranking) == 10
    assert sum(i.score_shift > 0 for i in explained.importances) == 10


# ---- refused


def test_what_cannot_work_is_refused(search: Analysis, result: Result, gtt: Sample) -> None:
    for message, error, region, choices in (
        (r"SR-Gtt-0L-B cuts on no score.*SR-Gtt-2100-1", BadOption, "SR-Gtt-0L-B", {}),
        (r"has no region 'SR-Gtt-2100'. Did you mean 'SR-Gtt-2100-1'", UnknownName, "SR-Gtt-2100", {}),
        (r"there is no event 10000000 among the 450 of 'Gtt 2100/1'", UnknownName, REGION, {"event": 10_000_000}),
        (r"by is 'objects'; it must be groups or columns", BadOption, REGION, {"by": "objects"}),
        (r"scale is for a single event", BadOption, REGION, {"scale": "logit"}),
        (r"by is for a region", BadOption, REGION, {"by": "columns", "event": 1}),
        (r"repeats must be at least 2", BadOption, REGION, {"repeats": 1}),
        (r"scale is 'log'; it must be score or logit", BadOption, REGION, {"scale": "log", "event": an_event(result)}),
        (r"VR2-Gbb-2800-1400.*constant", MissingData, "VR2-Gbb-2800-1400", {}),
    ):
        with pytest.raises(error, match=message):
            search.explain(result, region, **choices)


def test_run_without_its_network_says_how_to_get_it(
    search: Analysis, gtt: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECASTBOOK_DATA", raising=False)
    bare = search.run(gtt, events=60, progress=False)
    with pytest.raises(MissingData, match="recastbook fetch ATLAS-SUSY-2018-30"):
        search.explain(bare, REGION)
    with pytest.raises(MissingData, match="no region with a network was evaluated"):
        search.explain(bare)


def test_explanations_are_drawn_and_copied(search: Analysis, result: Result, importance: RegionExplanation) -> None:
    from recastbook import plots

    made = plots.importance(importance, top=3)
    assert [importance.ranking[i] for i in made.order] == list(
        sorted(importance.ranking, key=lambda g: -abs(np.nan_to_num(importance[g].lost)))[:3]
    )
    np.testing.assert_allclose(
        [b.get_width() for b in made.bars], [100 * importance.importances[i].lost for i in made.order]
    )
    event = search.explain(result, REGION, event=an_event(result), progress=False)
    assert len(plots.importance(event, top=5).bars) == 5
    for report in (importance, event):
        assert "stand-in" in report.to_markdown()
        assert report.ranking[0].replace("_", r"\_") in report.to_latex()
