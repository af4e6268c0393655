"""ATLAS-SUSY-2018-30 on the built-in Gtt 2100/1 and Gbb 2000/1 events, against numbers of independent codes.

3000 events a sample: fractions have an error of about 0.009. The large runs are in ``tests/validation``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook.detector import load_card
from recastbook.events.builtin import builtin_samples
from recastbook.events.columns import to_records
from recastbook.events.eventfile import EventFile

Features = dict[str, Any]
Count = Callable[..., Features]


@pytest.fixture(scope="module")
def count() -> Count:
    """Return a function that gives the features of a built-in sample under a detector and options."""
    events = {
        name: to_records(EventFile.open(Path(sample.files[0])).read(0)) for name, sample in builtin_samples().items()
    }

    def features(name: str, *, detector: dict[str, str] | None = None, **options: str) -> Features:
        search = rb.load("ATLAS-SUSY-2018-30").configured(options=options)
        card = load_card("atlas-run2", overrides=detector)
        found: Features = search.features(search.objects(events[name], card.bind(events[name], seed=1)))
        return found

    return features


def preselected(f: Features) -> Any:
    return (f["n_jets"] >= 4) & (f["n_bjets"] >= 3) & (f["met"] >= 200.0)


def test_gtt_preselection_with_flat_b_tagging_is_that_of_three_independent_codes(count: Count) -> None:
    rate = preselected(count("gtt_2100_1", detector={"btag": "flat-77"})).mean()
    assert rate == pytest.approx(0.61, abs=0.03)


def test_gtt_preselection_with_the_default_table(count: Count) -> None:
    assert preselected(count("gtt_2100_1")).mean() == pytest.approx(0.59, abs=0.02 + 0.009)


def test_a_looser_flavour_label_raises_the_gtt_preselection(count: Count) -> None:
    default = preselected(count("gtt_2100_1")).mean()
    any_hadron = preselected(count("gtt_2100_1", detector={"jet_flavour": "cone04"})).mean()
    assert any_hadron - default == pytest.approx(0.04, abs=0.02)


def test_falling_b_tagging_costs_more_than_a_quarter(count: Count) -> None:
    default = preselected(count("gtt_2100_1")).mean()
    falling = preselected(count("gtt_2100_1", detector={"btag": "checkmate"})).mean()
    assert 0.60 < falling / default < 0.85


def test_overlap_removal_moves_the_one_lepton_channel_only(count: Count) -> None:
    default, wide = count("gtt_2100_1"), count("gtt_2100_1", overlap_removal="checkmate")
    assert preselected(wide).mean() == pytest.approx(preselected(default).mean(), abs=0.002)
    leptons = [(preselected(f) & (f["n_lep_signal"] >= 1)).mean() for f in (default, wide)]
    assert leptons[1] / leptons[0] == pytest.approx(0.80, abs=0.05)


def test_gbb_with_a_light_lsp_has_the_angles_of_the_earlier_calculation(count: Count) -> None:
    f = count("gbb_2000_1")
    common = preselected(f) & (f["n_lep_baseline"] == 0)
    dphi = f["dphi_min_4j"][common]
    assert (dphi >= 0.4).mean() == pytest.approx(0.70, abs=0.03)
    assert (dphi >= 0.6).mean() == pytest.approx(0.57, abs=0.03)


def test_transverse_masses_and_angles_stay_in_their_ranges(count: Count) -> None:
    f = count("gtt_2100_1")
    with_leptons = f["n_lep_signal"] >= 1
    assert np.isfinite(f["mt"][with_leptons]).all()
    assert np.isnan(f["mt"][~with_leptons]).all()
    with_jets = f["n_jets"] >= 1
    assert ((f["dphi_min_4j"][with_jets] >= 0) & (f["dphi_min_4j"][with_jets] <= np.pi)).all()
    assert (f["meff"] >= f["met"]).all()
    assert (f["n_lep_signal"] <= f["n_lep_baseline"]).all()
    assert (f["n_bjets"] <= f["n_jets"]).all()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the run of each built-in sample."""
    search = rb.load("ATLAS-SUSY-2018-30")
    folder = tmp_path_factory.mktemp("runs")
    return {
        name: search.run(sample, seed=1, progress=False, work_dir=folder / name)
        for name, sample in builtin_samples().items()
    }


# acceptance x efficiency from large samples (tests/validation/results/acceptance_times_efficiency.json)
EFFICIENCIES = {
    "gtt_2100_1": {"SR-Gtt-0L-B": 0.081, "SR-Gtt-0L-M1": 0.071, "SR-Gtt-1L-B": 0.090, "SR-Gtt-1L-M1": 0.088},
    "gbb_2000_1": {"SR-Gbb-B": 0.25, "SR-Gbb-M": 0.28, "SR-Gbb-C": 0.28},
}


@pytest.mark.parametrize("sample", EFFICIENCIES, ids=str)
def test_acceptance_times_efficiency_of_the_decisive_regions(results: dict[str, Any], sample: str) -> None:
    yields = results[sample].yields()
    for region, expected in EFFICIENCIES[sample].items():
        row = yields[region]
        assert row.efficiency == pytest.approx(expected, abs=4 * row.efficiency_error), region


def test_gbb_events_hardly_reach_one_lepton_regions(results: dict[str, Any]) -> None:
    yields = results["gbb_2000_1"].yields()
    assert all(yields[f"SR-Gtt-1L-{r}"].raw <= 1 for r in ("B", "M1", "M2", "C"))


@pytest.mark.parametrize(("sample", "family"), [("gtt_2100_1", "SR-Gtt"), ("gbb_2000_1", "SR-Gbb")])
def test_both_models_are_excluded_by_a_region_made_for_them(results: dict[str, Any], sample: str, family: str) -> None:
    verdict = rb.load("ATLAS-SUSY-2018-30").verdict(results[sample])
    assert verdict.conclusion == "excluded"
    assert verdict.region.startswith(family)
