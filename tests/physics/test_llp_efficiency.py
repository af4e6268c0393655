"""Efficiency against lifetime of ATLAS-EXOT-2019-23: the kept validation, and a small part of it made again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import recastbook as rb
from recastbook.surrogates import LLPEvents, redrawn

KEPT = json.loads((Path(__file__).parents[1] / "validation" / "results" / "llp_efficiency.json").read_text())
POINTS = KEPT["points"]


@pytest.mark.parametrize("convention", ["88:8:4", "85:5:8"])
@pytest.mark.parametrize("point", POINTS)
def test_kept_plateau_is_that_of_an_earlier_calculation(point, convention):
    found = POINTS[point][convention]
    assert found["median"] == pytest.approx(found["earlier"], rel=0.08)


@pytest.mark.parametrize("point", POINTS)
def test_kept_reweighting_agrees_with_integration(point):
    found = POINTS[point]["reweighting"]
    assert abs(found["ratio"] - 1) < 3 * found["error"]
    assert POINTS[point]["scan_cpu_seconds"] < 1.5


def test_kept_run_says_that_multiparton_interactions_do_not_matter():
    found = KEPT["multiparton_interactions"]
    assert abs(found["pull"]) < 3
    assert found["with"]["cpu_seconds"] > 2 * found["without"]["cpu_seconds"]


def test_kept_run_has_the_numbers_of_events_asked_for():
    assert [POINTS[p]["events"] for p in ("600/150", "400/100", "200/50", "125/55")] == [
        30_000,
        30_000,
        60_000,
        100_000,
    ]


def test_small_part_made_again(shared_data, tmp_path):
    pytest.importorskip("pythia8mc")
    shared_data("ATLAS-EXOT-2019-23/hepdata")
    search = rb.load("ATLAS-EXOT-2019-23")
    sample = rb.generate(
        "higgs-llp", m_phi=600, m_s=150, ctau=1500.0, hadronise=False, mpi=False, n=1000, seed=11, workers=1,
        progress=False, output=tmp_path / "e",
    )  # fmt: skip
    events = LLPEvents.from_sample(sample)
    table = search.tables["efficiency_600_150"]
    known = np.array(table.column("efficiency").numbers())
    grid = 1000.0 * np.array(table.column("ctau").numbers())
    scan = search.lifetime_scan(events, grid, region="high-ET", fractions="tree-level")
    plateau = known > 0.5 * known.max()
    ratio = np.median(scan.efficiency[plateau] / known[plateau])
    error = np.median(scan.error[plateau] / known[plateau])
    assert ratio == pytest.approx(POINTS["600/150"]["88:8:4"]["median"], abs=4 * error)
    peak = scan.peak[0]
    exact = search.lifetime_scan(events, peak, region="high-ET").efficiency[0]
    drawn = [
        search.lifetime_scan(redrawn(events, 1500.0, seed=k), peak, region="high-ET", method="reweight").efficiency[0]
        for k in range(10)
    ]
    assert np.mean(drawn) == pytest.approx(exact, abs=3.5 * np.std(drawn, ddof=1) / np.sqrt(10))
