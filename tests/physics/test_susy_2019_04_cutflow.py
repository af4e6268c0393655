"""Higgsino pairs through ATLAS-SUSY-2019-04: the kept comparison with the published cutflow, and a small part again.

The large run is ``tests/validation/susy_2019_04_cutflow.py``.
"""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook.analyses.atlas_susy_2019_04 import ATLAS_SUSY_2019_04
from recastbook.events.columns import to_records
from recastbook.testing import check_analysis

VALIDATION = Path(__file__).parents[1] / "validation"
KEPT = VALIDATION / "results" / "susy_2019_04_cutflow.json"
LEPTON = ">= 1 lepton, leading pT > 27 GeV"


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def program() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(VALIDATION))
        yield importlib.import_module("susy_2019_04_cutflow")


@pytest.fixture(scope="module")
def higgsinos(tmp_path_factory: pytest.TempPathFactory) -> rb.Sample:
    pytest.importorskip("pythia8mc")
    return rb.generate(
        "higgsino-tbs",
        m_higgsino=250,
        production="n1n2",
        lepton_filter=20,
        n=300,
        seed=5,
        workers=1,
        output=tmp_path_factory.mktemp("higgsinos") / "n1n2",
        progress=False,
    )


def test_kept_ratios_are_those_of_the_kept_counts_and_the_published_tables(kept: dict[str, Any], program: Any) -> None:
    again = json.loads(json.dumps(program.compare(kept["channels"], ATLAS_SUSY_2019_04())))
    for name, value in again.items():
        assert kept[name] == value, name


def test_the_first_published_row_is_not_this_model(kept: dict[str, Any]) -> None:
    # 37 % of the printed first row pass the lepton step; no channel has so many events with a lepton at all
    for name, step in kept["lepton_step"].items():
        assert step["truth ceiling over all"] < 0.33 < 5413 / 14491, name
        assert 0.65 < step["over its truth ceiling"] < 0.9, name


def test_every_published_row_is_compared(kept: dict[str, Any], program: Any) -> None:
    rows = program.published_rows(ATLAS_SUSY_2019_04())
    assert len(rows) == 16  # lepton step, then jets, b-jets and score for 4 to 8 jets
    for benchmark in kept["benchmarks"].values():
        assert list(benchmark["rows"]) == list(rows)
        assert benchmark["rows"][LEPTON]["ratio"] == 1.0


def test_the_benchmark_that_fits_best(kept: dict[str, Any]) -> None:
    best = kept["benchmarks"][kept["best_fit"]["benchmark"]]["rows"]
    for label, row in best.items():
        assert row["error"] < 0.10 * row["ratio"], label
    for n in range(4, 9):
        assert 0.8 < best[f"== {n} jets"]["ratio"] < 1.25
        assert 0.8 < best[f"== {n} jets, >= 4 b-jets"]["ratio"] < 1.25
        score = best[f"highest score bin, {n} jets"]
        # the bin of 4 jets lies at the lower end of the window, nearer to it than its own error (see info.yaml)
        assert 0.7 - (score["error"] if n == 4 else 0.0) < score["ratio"] < 1.4


def test_the_best_fit_holds_many_lepton_events(kept: dict[str, Any]) -> None:
    mass, mix = kept["best_fit"]["benchmark"].split(" GeV, ")
    assert kept["lepton_step"][f"{mass} {mix}"]["lepton events"] > 75_000


def test_mistag_rates_that_no_source_gives_decide_no_row(kept: dict[str, Any]) -> None:
    best = kept["benchmarks"][kept["best_fit"]["benchmark"]]["rows"]
    for n in range(5, 9):
        row = best[f"== {n} jets, >= 4 b-jets"]
        # the true rates lie between these two, and so does the row
        assert 0.6 < row["no mistags"] < 0.9
        assert 1.1 < row["mistag rates of the 77 % working point"] < 1.4


def test_the_code_of_untagged_jets_is_the_largest_uncertainty_of_the_score(kept: dict[str, Any]) -> None:
    best = kept["benchmarks"][kept["best_fit"]["benchmark"]]["rows"]
    for n in (6, 7, 8):
        row = best[f"highest score bin, {n} jets"]
        for other in (
            "overlap removal as SimpleAnalysis",
            "overlap removal as CheckMATE",
            "minDeltaRlj of all leptons",
        ):
            assert abs(row["untagged jets coded -0.5"] - 1.0) > 2.0 * abs(row[other] - 1.0)
        # the published value lies between the two codes
        assert row["ratio"] * row["untagged jets coded -0.5"] < 1.0 < row["ratio"] + 2.0 * row["error"]


def test_other_codes_stay_as_they_are_known(kept: dict[str, Any]) -> None:
    rows = next(iter(kept["benchmarks"].values()))["rows"]
    found = [rows[f"== {n} jets"]["CheckMATE"] for n in range(4, 9)]
    assert found == pytest.approx([1.3, 1.1, 1.0, 0.9, 0.7], abs=0.05)


def test_a_small_sample_agrees_with_the_kept_one(kept: dict[str, Any], program: Any, higgsinos: rb.Sample) -> None:
    source = higgsinos.prepare(progress=False)
    events = to_records(source.read(0), source.columns)
    search = ATLAS_SUSY_2019_04()
    features = search.features(search.objects(events, search.detector_card().bind(events, seed=1)))
    lepton = features["lepton1_pt"] > 27.0
    chosen = lepton & (features["is_2lsc"] == 0)
    large, n = kept["channels"]["250 n1n2"], len(events)
    rows = {LEPTON: lepton} | {f"== {k} jets": chosen & (features["n_jets"] == k) for k in (5, 6, 7)}
    for label, passed in rows.items():
        expected = n * large["rows"]["default"][label][0] / large["events"]
        assert abs(passed.sum() - expected) < 4.0 * math.sqrt(expected), label
    top = large["truth_ceiling_of_filtered_events"]["with taus"]
    assert program.ceiling(higgsinos)["with taus"] == pytest.approx(top, abs=0.12)


def test_rows_counted_one_by_one_are_those_of_a_run(
    shared_data: Callable[[str], Path], program: Any, higgsinos: rb.Sample
) -> None:
    shared_data("ATLAS-SUSY-2019-04/OneLeptonMultiJets2018_4jets.onnx")
    search = ATLAS_SUSY_2019_04().configured()
    result = search.run(higgsinos, seed=1, progress=False)
    sums = program.count_rows(search, higgsinos, reference=LEPTON, repeats=[1])[0].to_dict()
    for region, published in search.published_cutflows.items():
        steps = result.cutflow(region).steps
        for row in published.rows:
            assert sums[row.label] == [steps[row.step].raw] * 4, row.label


def test_errors_of_repeated_detectors_know_that_events_are_the_same(program: Any) -> None:
    repeated = importlib.import_module("repeated_detector")
    always, twice = np.array([1.0, 1.0, 1.0, 1.0]), np.array([1.0, 0.0, 0.5, 0.5])
    sums = repeated.RowSums(("lepton", "row"), "lepton")
    sums.add({"lepton": always, "row": twice})
    rows = sums.to_dict()
    assert rows["row"] == [2.0, 1.5, 2.0, 3]
    share, error = program.share([rows], [1.0], "row", "lepton")
    # sum of (s - share)^2 = 0.25 + 0.25, and 4 events
    assert (share, error) == (0.5, pytest.approx(math.sqrt(0.5) / 4))


def test_the_option_of_mistags_changes_the_card(higgsinos: rb.Sample) -> None:
    search = ATLAS_SUSY_2019_04()
    chosen = {
        rates: search.configured(options={"mistag_rates": rates}).detector_card().chosen["btag"]
        for rates in ("from_memory", "at_77", "none")
    }
    assert chosen == {
        "from_memory": "generic-70", "at_77": "generic-70-mistag-77", "none": "generic-70-mistag-none",
    }  # fmt: skip
    result = search.run(higgsinos, events=20, options={"mistag_rates": "none"}, progress=False)
    assert result.provenance["detector"]["choices"]["btag"] == "generic-70-mistag-none"


def test_rows_with_networks(shared_data: Callable[[str], Path], higgsinos: rb.Sample) -> None:
    shared_data("ATLAS-SUSY-2019-04/OneLeptonMultiJets2018_4jets.onnx")
    result = ATLAS_SUSY_2019_04().run(higgsinos, progress=False)
    assert not result.absent
    for n in range(4, 9):
        before, after = (step.raw for step in result.cutflow(f"1l_shape_{n}j_4b").steps[-2:])
        assert after <= before
    comparison = result.cutflow("1l_shape_6j_4b").compare()
    verdicts = {row.label: row.verdict for row in comparison.rows}
    assert verdicts["leading lepton pT > 27 GeV"] == "reference"
    assert verdicts["all events"] == "not published here"
    assert "only fractions compare" in " ".join(comparison.notes)


def test_without_the_files_only_the_score_regions_are_absent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, higgsinos: rb.Sample
) -> None:
    monkeypatch.setenv("RECASTBOOK_DATA", str(tmp_path))
    result = ATLAS_SUSY_2019_04().run(higgsinos, events=20, progress=False)
    assert set(result.absent) == {f"1l_shape_{n}j_4b" for n in range(4, 9)}
    assert "OneLeptonMultiJets2018_4jets.onnx" in result.absent["1l_shape_4j_4b"]
    assert len(set(result.counts) - set(result.absent)) == 21


@pytest.mark.slow
def test_the_search_fulfils_the_contract(higgsinos: rb.Sample) -> None:
    report = check_analysis(ATLAS_SUSY_2019_04, sample=higgsinos)
    assert "chunks and order do not matter" in report.passed
    assert "every option works" in report.passed
