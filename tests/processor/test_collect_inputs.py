"""Inputs of networks read again are those of the run, whatever the chunks and whatever was asked for."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import numpy as np
import pytest

import recastbook as rb
import recastbook.inputs
from recastbook import Analysis, Result, Sample
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import AnalysisError, BadOption, MissingData, UnknownName
from recastbook.inputs import collect_inputs

COLUMN = "p_gtt[1,2100,1]"


@pytest.fixture(scope="module")
def search() -> Analysis:
    return rb.load("ATLAS-SUSY-2018-30")


@pytest.fixture(scope="module")
def result(search: Analysis) -> Result:
    return search.run(
        builtin_samples()["gtt_2100_1"], seed=4, network="stand-in", events=600,
        options={"met_phi_range": "minus_pi_pi"}, progress=False,
    )  # fmt: skip


def test_scores_of_the_inputs_are_those_of_the_run(search: Analysis, result: Result) -> None:
    found = collect_inputs(search, result)
    assert found.n_read == result.n_events == 600
    assert found.sum_w_read == pytest.approx(result.total.sum_w)
    matrix = found.matrix()
    network = recastbook.inputs.as_run(search, result).networks["network"]
    scores = dict(
        zip(found.ids["event"][matrix.rows], network.scores(matrix.raw, {}, (1, 2100, 1))["p_gtt"], strict=True)
    )
    slim = result.slim
    kept = {e: s for e, s in zip(slim.column("event"), slim.column(COLUMN), strict=True) if np.isfinite(s)}
    assert len(kept) > 100
    assert {e: scores[e] for e in kept} == kept


def test_the_options_of_the_run_are_used(search: Analysis, result: Result) -> None:
    phi = search.card.columns["met_phi"]  # type: ignore[union-attr]
    assert collect_inputs(search, result).matrix().raw[:, phi].min() < -0.1
    other = collect_inputs(search, result, options={"met_phi_range": "0_2pi"}).matrix().raw[:, phi]
    assert other.min() >= 0.0
    assert other.max() > 3.2


def test_chunks_do_not_matter(search: Analysis, result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = collect_inputs(search, result)
    monkeypatch.setattr(recastbook.inputs, "EVENTS_AT_ONCE", 97)
    pieces = collect_inputs(search, result)
    for key, matrix in whole.matrices.items():
        assert np.array_equal(matrix.raw, pieces.matrices[key].raw, equal_nan=True)
        assert np.array_equal(matrix.rows, pieces.matrices[key].rows)
    assert whole.features.keys() == pieces.features.keys()
    assert all(np.array_equal(whole.features[k], pieces.features[k], equal_nan=True) for k in whole.features)


def test_single_events_by_number(search: Analysis, result: Result) -> None:
    whole = collect_inputs(search, result)
    asked = whole.ids["event"][[3, 8]]
    unscored = next(e for e in range(1, 600) if e not in whole.ids["event"])
    found = collect_inputs(search, result, event_ids=[*asked, unscored], objects=True)
    assert sorted(found.ids["event"]) == sorted([*asked, unscored])
    assert found.ids["event"][found.matrix().rows].tolist() == asked.tolist()
    assert np.array_equal(found.matrix().raw, whole.matrix().raw[[3, 8]], equal_nan=True)
    assert found.objects is not None
    assert np.array_equal(ak.num(found.objects["jets"]), found.features["n_jets"])


def test_the_first_events_only(search: Analysis, result: Result) -> None:
    few = collect_inputs(search, result, max_events=7)
    assert len(few) == 7
    assert np.array_equal(few.ids["event"], collect_inputs(search, result).ids["event"][:7])


def test_all_events_that_are_preselected(search: Analysis, result: Result) -> None:
    few, many = (collect_inputs(search, result, stage=stage) for stage in ("score", "preselection"))
    assert set(few.ids["event"]) < set(many.ids["event"])
    assert (many.features["met"] >= 200.0).all()
    with pytest.raises(BadOption, match=r"stage is one of score, preselection, not 'scores'\. Did you mean 'score'"):
        collect_inputs(search, result, stage="scores")


def test_no_network_file_is_needed(search: Analysis) -> None:
    found = collect_inputs(search, sample=builtin_samples()["gbb_2000_1"], max_events=20)
    assert found.matrix().raw.shape == (20, 87)
    assert found.objects is None


def test_a_saved_result_knows_its_events(search: Analysis, result: Result, tmp_path: Path) -> None:
    loaded = Result.load(result.save(tmp_path / "saved"))
    assert len(collect_inputs(search, loaded, max_events=5)) == 5


def test_what_cannot_be_found_is_said(search: Analysis, result: Result, tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="give a result or sample="):
        collect_inputs(search)
    gone = Result(result.header, result.counts, result.histograms, result.slim, events_path=str(tmp_path / "gone"))
    with pytest.raises(MissingData, match=r"were in .*gone, which is gone\. Give sample="):
        collect_inputs(search, gone)
    sample = builtin_samples()["gtt_2100_1"]
    assert len(collect_inputs(search, gone, sample=sample, max_events=3)) == 3
    with pytest.raises(AnalysisError, match="is of ATLAS-SUSY-2018-30, not of ATLAS-HIGP-2024-32"):
        collect_inputs(rb.load("ATLAS-HIGP-2024-32"), result)
    with pytest.raises(BadOption, match="max_events must be at least 1"):
        collect_inputs(search, sample=sample, max_events=0)
    with pytest.raises(UnknownName, match="no inputs of 'netwrk'"):
        collect_inputs(search, sample=sample, max_events=3).matrix("netwrk")


def test_a_search_without_network_gives_features(tmp_path: Path) -> None:
    from toys import ToySearch, toy_events, write_events

    write_events(tmp_path / "events", toy_events(300))
    found = collect_inputs(ToySearch(), sample=Sample(tmp_path / "events"))
    assert not found.matrices
    assert (found.features["n_jets"] >= 1).all()  # the slim preselection
    assert 0 < len(found) < 300
