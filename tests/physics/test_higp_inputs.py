"""The inputs of ATLAS-HIGP-2024-32 on resonant signals and multijets against the training, and a small part anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook.analyses.atlas_higp_2024_32 import ATLAS_HIGP_2024_32
from recastbook.analyses.atlas_higp_2024_32.variables import VARIABLES
from recastbook.events.columns import to_records
from recastbook.testing import check_analysis

KEPT = Path(__file__).parents[1] / "validation" / "results" / "higp_inputs.json"
LIGHT = "X 500 -> S 300 H, at least 6 b-jets"
HEAVY = "X 1500 -> S 1000 H, at least 6 b-jets"


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def test_all_variables_of_all_networks_are_shown(kept: dict[str, Any]) -> None:
    assert kept["provenance"]["script"] == "tests/validation/higp_inputs.py"
    assert list(kept["variables"]) == list(VARIABLES)
    cards = ATLAS_HIGP_2024_32().cards
    for name in VARIABLES:
        assert set(kept["variables"][name]["training"]) == {n for n, card in cards.items() if name in card.columns}


@pytest.mark.parametrize("name", VARIABLES)
def test_light_resonances_lie_within_a_width_of_the_training(name: str, kept: dict[str, Any]) -> None:
    pulls = kept["variables"][name]["pull of the mean"][LIGHT]
    for network, pull in pulls.items():
        if network != "heavyres":
            assert abs(pull) < 1.0, (network, pull)


def test_candidates_have_the_masses_that_the_pairing_expects(kept: dict[str, Any]) -> None:
    # the hardest candidate is looked for at 120 GeV: jets without neutrinos and with this resolution must give that
    found = kept["samples"][LIGHT]["variables"]["mH1"]
    assert found["mean"] == pytest.approx(120.0, abs=4.0)
    assert found["width"] < 30.0


def test_each_network_knows_its_signal(kept: dict[str, Any]) -> None:
    median = {label: {n: s["median"] for n, s in facts["scores"].items()} for label, facts in kept["samples"].items()}
    multijets = next(label for label in median if label.startswith("multijets, 5"))
    assert median[LIGHT]["res"] > 0.8 > median[HEAVY]["res"]
    assert median[HEAVY]["heavyres"] > 0.95 > median[LIGHT]["heavyres"]
    for network in ("nonres", "res", "heavyres"):
        best = max(median[LIGHT][network], median[HEAVY][network])
        assert best > median[multijets][network] + 0.2


def test_folds_agree_on_signals_that_neither_was_trained_on(kept: dict[str, Any]) -> None:
    for label, facts in kept["samples"].items():
        for network, scores in facts["scores"].items():
            even, odd = scores["mean of even and odd events"]
            assert abs(even - odd) < 5 * 0.5 / (facts["events"] / 2) ** 0.5, (label, network)


@pytest.mark.slow
def test_a_small_part_anew(kept: dict[str, Any], tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    pytest.importorskip("pythia8mc")
    shared_data("ATLAS-HIGP-2024-32/SHA256SUMS")
    sample = rb.generate("resonant-hhh", m_x=900, m_s=400, n=600, seed=7, output=tmp_path / "x", progress=False)
    search = ATLAS_HIGP_2024_32()
    result = search.run(sample, progress=False, work_dir=tmp_path / "run")
    label = "X 900 -> S 400 H, at least 6 b-jets"
    share = kept["samples"][label]["events"] / kept["samples"][label]["of"]
    row = result.yields()["heavyresDNN-SR"]
    assert row.efficiency == pytest.approx(share, abs=5 * (share / 600) ** 0.5)
    events = to_records(next(sample.prepare(progress=False).iter_chunks()))
    features = search.features(search.objects(events, search.detector_card().bind(events, seed=1)))
    six = (features["n_bjets"] >= 6) & (features["n_bjets_40"] >= 4) & (features["trigger"] == 1)
    assert np.count_nonzero(six) == row.raw
    for name in VARIABLES:
        expected = kept["samples"][label]["variables"][name]
        error = expected["width"] / np.count_nonzero(six) ** 0.5
        assert features[name][six].mean() == pytest.approx(expected["mean"], abs=5 * error), name
    verdict = search.verdict(result)
    assert verdict.decided_by == "fit"
    assert verdict.conclusion == "inconclusive"  # no cross section is known: a limit on it instead
    assert verdict.sigma95 is not None
    best = {row.region: row.mu95_expected[2] for row in verdict.per_region if row.mu95_expected}
    assert best["heavyres"] < best["res"]


@pytest.mark.slow
def test_the_search_fulfils_the_contract(tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    pytest.importorskip("pythia8mc")
    shared_data("ATLAS-HIGP-2024-32/SHA256SUMS")
    sample = rb.generate("resonant-hhh", m_x=900, m_s=400, n=300, seed=4, output=tmp_path / "x", progress=False)
    report = check_analysis(ATLAS_HIGP_2024_32, sample=sample)
    assert {"every option works", "chunks and order do not matter", "golden rows"} <= set(report.passed)


@pytest.mark.slow
def test_the_search_reads_higgs_bosons_off_shell(tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    pytest.importorskip("pythia8mc")
    shared_data("ATLAS-HIGP-2024-32/SHA256SUMS")
    search = ATLAS_HIGP_2024_32()
    ht: dict[int, Any] = {}
    for m_s in (225, 245, 255):
        masses = {"m_x": 425, "m_s": m_s}
        sample = rb.generate("resonant-hhh", **masses, n=300, seed=4, output=tmp_path / f"{m_s}", progress=False)
        if m_s == 225:
            yields = search.run(sample, progress=False, work_dir=tmp_path / "run").yields()
            assert yields["4b"].raw > 10, yields["4b"]
            assert yields["resDNN-SR"].status == "ok"  # of 300 events about one is in it
        events = to_records(next(sample.prepare(progress=False).iter_chunks()))
        features = search.features(search.objects(events, search.detector_card().bind(events, seed=1)))
        six_jets = np.isfinite(features["htbjet"])
        assert np.count_nonzero(six_jets) > 30
        ht[m_s] = features["htbjet"][six_jets]
    error = np.hypot(*(ht[m_s].std() / len(ht[m_s]) ** 0.5 for m_s in (245, 255)))
    assert ht[245].mean() == pytest.approx(ht[255].mean(), abs=4 * error + 10), {k: v.mean() for k, v in ht.items()}


@pytest.mark.parametrize("name", ["mHradius", "rmsdRBB", "rmsEta", "massfraceta", "sphere3dv2b", "sphere3dbtrans"])
def test_the_training_lies_between_signal_and_multijets(name: str, kept: dict[str, Any]) -> None:
    pulls = kept["variables"][name]["pull of the mean"]
    multijets = next(label for label in pulls if label.startswith("multijets, 5"))
    for network in set(pulls[LIGHT]) - {"heavyres"}:
        assert pulls[LIGHT][network] * pulls[multijets][network] < 0, network
