"""``search.domain(result)`` on real networks and shipped events."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import recastbook as rb
from recastbook import Analysis, Result, Sample
from recastbook.diagnostics.domain import DomainReport
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import BadOption, MissingData, NetworkError, UnknownName
from recastbook.inputs import collect_inputs

Found = Callable[[str], Path]
REFERENCE = 400


@pytest.fixture(scope="module")
def gtt() -> Sample:
    return builtin_samples()["gtt_2100_1"]


@pytest.fixture(scope="module")
def gbb() -> Sample:
    return builtin_samples()["gbb_2000_1"]


@pytest.fixture(scope="module")
def gluinos() -> Analysis:
    return rb.load("ATLAS-SUSY-2018-30")


@pytest.fixture(scope="module")
def result(gluinos: Analysis, gtt: Sample) -> Result:
    return gluinos.run(gtt, seed=1, network="stand-in", events=500, progress=False)


@pytest.fixture(scope="module")
def report(gluinos: Analysis, result: Result, gbb: Sample) -> DomainReport:
    return gluinos.domain(result, reference=gbb, max_reference=REFERENCE)


# ---- without a reference


def test_without_a_reference_means_and_widths_are_a_hint(gluinos: Analysis, result: Result) -> None:
    report = gluinos.domain(result)
    (found,) = report
    assert report.status == found.status == "hint only"
    assert found.novelty is None
    assert not found.flags.any()
    assert len(found.shifts) == 84
    # a gluino of 2.1 TeV decaying through tops has heavier jets and more MET than the mixture of the training
    shifts = {s.name: s for s in found.shifts}
    assert shifts["met"].shift > 0.5
    assert shifts["small_R_jets_m_0"].shift > 1.0
    assert shifts["small_R_jets_m_0"].stands_out
    assert abs(shifts["small_R_jets_phi_0"].shift) < 5 * shifts["small_R_jets_phi_0"].shift_error
    assert "a hint, not a verdict" in str(report)
    assert all(share.share is None and share.reason for share in found.shares)


def test_shift_is_the_one_computed_by_hand(gluinos: Analysis, result: Result) -> None:
    met = next(s for s in gluinos.domain(result)["network"].shifts if s.name == "met")
    inputs = collect_inputs(gluinos, result)
    matrix = inputs.matrix()
    column = gluinos.card.input("met")
    values = matrix.raw[:, gluinos.card.columns["met"]]
    weight = inputs.weight[matrix.rows]
    mean = np.average(values, weights=weight)
    assert met.mean == pytest.approx(mean)
    assert met.shift == pytest.approx((mean - column.mean) / column.width)
    assert met.ratio == pytest.approx(np.sqrt(np.average((values - mean) ** 2, weights=weight)) / column.width)
    assert met.shift_error == pytest.approx(met.ratio / np.sqrt(len(values)), rel=1e-6)  # all weights are equal


def test_wrong_azimuth_range_stands_out(gluinos: Analysis, gtt: Sample) -> None:
    options = {"met_phi_range": "minus_pi_pi"}
    wrong = gluinos.run(gtt, network="stand-in", events=400, options=options, progress=False)
    shift = next(s for s in gluinos.domain(wrong)["network"].shifts if s.name == "met_phi")
    assert shift.shift < -1.5  # the mean is 0, that of the training pi
    assert shift.stands_out


def test_card_without_means_is_unknown(gtt: Sample, shared_data: Found) -> None:
    shared_data("ATLAS-SUSY-2019-04")
    search = rb.load("ATLAS-SUSY-2019-04")
    report = search.domain(search.run(gtt, events=1000, progress=False))
    assert report.status == "unknown"
    assert "the card gives neither mean nor width nor range" in str(report)
    assert "unknown" in report._repr_html_()
    assert all(s.shift is None and s.training_mean is None for s in report["network"].shifts)


def test_folds_have_their_own_constants_and_networks_their_own_answer(gtt: Sample, shared_data: Found) -> None:
    shared_data("ATLAS-HIGP-2024-32")
    search = rb.load("ATLAS-HIGP-2024-32")
    result = search.run(gtt, events=1000, progress=False)
    report = search.domain(result)
    assert [found.network for found in report] == ["nonres", "res", "heavyres"]
    found = report["res"]
    sum_pt = next(s for s in found.shifts if s.name == "htbjet")
    inputs = collect_inputs(search, result).matrix("res")
    odd = np.mod(inputs.chosen_by["event"], 2)
    card = search.cards["res"]
    at = card.columns["htbjet"]
    means, widths = np.array([[f.means[at], f.widths[at]] for f in card.files]).T
    assert sum_pt.shift == pytest.approx(np.mean((inputs.raw[:, at] - means[odd]) / widths[odd]))
    assert sum_pt.shift > 5.0, "top quarks of TeV are no Higgs bosons of 125 GeV"
    (alone,) = search.domain(result, only="res")
    assert alone.shifts == found.shifts
    with pytest.raises(NetworkError, match=r"one matrix cannot be the reference of several networks.*only="):
        search.domain(result, reference=np.zeros((60, 10)))
    with pytest.raises(UnknownName, match="no network 'nonress'"):
        report["nonress"]


# ---- with a reference


def test_another_signal_is_flagged_and_the_same_is_not(
    gluinos: Analysis, result: Result, report: DomainReport, gtt: Sample
) -> None:
    assert report.status == "warning"
    share, error = report["network"].share()
    assert share > 0.15
    assert 0.0 < error < 0.05
    # the same physics, with another detector seed: as many as stated
    other_seed = gluinos.run(gtt, seed=5, network="stand-in", events=500, progress=False)
    same = gluinos.domain(other_seed, reference=result)
    again, _ = same["network"].share()
    assert same.status == "no warning"
    assert again < 0.1
    assert "its absence never a clearance" in str(same)
    assert "its absence never a clearance" in same._repr_html_()


def test_share_of_a_region_follows_from_the_flagged_events(report: DomainReport, result: Result) -> None:
    found = report["network"]
    flagged = set(found.flagged_events.tolist())
    assert len(flagged) == found.flags.sum()
    slim = result.slim
    for share in found.shares:
        if share.reason:
            continue
        inside = np.logical_and.reduce([slim.mask(cut) for cut in result.regions[share.region].cuts])
        events, weight = slim.column("event")[inside], slim.column("weight")[inside]
        mine = np.isin(events, list(flagged))
        assert share.raw == len(events) == result.yields()[share.region].raw
        assert share.flagged == mine.sum()
        assert share.share == pytest.approx(weight[mine].sum() / weight.sum())
        assert share.error > 0.0
    named = {share.region for share in found.shares}
    assert "SR-Gtt-2100-1" in named
    assert "SR-Gtt-0L-B" not in named, "it asks no network"


def test_absent_regions_say_why(report: DomainReport) -> None:
    share = next(s for s in report["network"].shares if s.region == "VR2-Gbb-2800-1400")
    assert share.share is None
    assert "p_zjets" in share.reason
    assert "p_zjets" in str(report)


def test_kinds_of_reference_agree(gluinos: Analysis, result: Result, report: DomainReport, gbb: Sample) -> None:
    run = gluinos.run(gbb, seed=1, network="stand-in", events=1100, progress=False)
    inputs = collect_inputs(gluinos, run, max_events=REFERENCE)
    assert len(inputs) == report["network"].novelty.n_reference == REFERENCE
    for reference in (run, inputs, inputs.matrix().raw, {"network": inputs.matrix().raw}):
        found = gluinos.domain(result, reference=reference, max_reference=REFERENCE)["network"]
        assert np.array_equal(found.flagged_events, report["network"].flagged_events)


def test_json_holds_everything_but_distances(report: DomainReport) -> None:
    document = json.loads(report.to_json())
    (network,) = document["networks"]
    assert document["network_label"] == "stand-in network, not ATLAS"
    assert network["status"] == "warning"
    assert network["novelty"]["flagged_events"] == report["network"].flagged_events.tolist()
    assert network["novelty"]["reference"] == "Gbb 2000/1"
    assert len(network["features"]) == 84
    assert len(document["remarks"]) == 2


def test_display_is_escaped_and_labelled(report: DomainReport) -> None:
    shown = report._repr_html_()
    assert "stand-in network, not ATLAS" in shown
    assert "stand-in network, not ATLAS" in str(report)
    assert len(shown) < 200_000
    nasty = DomainReport("<script>", "<b>", report.networks, "<i>", {"x": "<u>"})._repr_html_()
    assert not any(tag in nasty for tag in ("<script>", "<i>", "<u>"))


# ---- refused


def test_inputs_are_examined_without_the_network_file(
    gluinos: Analysis, gtt: Sample, gbb: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECASTBOOK_DATA", raising=False)
    bare = gluinos.run(gtt, events=300, progress=False)
    report = gluinos.domain(bare, reference=gbb, max_reference=200)
    assert report.status == "warning"
    for share in report["network"].shares:
        assert share.share is None, "a region that was not evaluated has no share"
        assert "recastbook fetch ATLAS-SUSY-2018-30" in share.reason
    assert "recastbook fetch ATLAS-SUSY-2018-30" in str(report)


def test_the_card_of_another_network_is_used(gluinos: Analysis, gtt: Sample) -> None:
    """A run with a card of one's own says only its name: the radar is told where it is."""
    folder = Path(rb.__file__).parent / "analyses" / "atlas_susy_2018_30" / "stand_in"
    mine = gluinos.run(gtt, network=folder, events=300, progress=False)
    report = gluinos.domain(mine, network=folder, max_events=60)
    assert report["network"].title == "Stand-in for the network of ATLAS-SUSY-2018-30"
    assert report["network"].n_events == 60


def test_what_cannot_work_is_refused(gluinos: Analysis, result: Result, gtt: Sample, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="has no network 'nn'; it has network"):
        gluinos.domain(result, only="nn")
    with pytest.raises(BadOption, match="reference takes a Sample, a file, a Result, collected inputs or a matrix"):
        gluinos.domain(result, reference=3.0)
    with pytest.raises(NetworkError, match=r"has 87 inputs; this matrix has the shape \(60, 5\)"):
        gluinos.domain(result, reference=np.zeros((60, 5)))
    few = collect_inputs(gluinos, result, max_events=20)
    with pytest.raises(BadOption, match="20 events reach the network; a reference needs at least 50"):
        gluinos.domain(result, reference=few)
    moved = Result.load(result.save(tmp_path / "saved"))
    moved.events_path = str(tmp_path / "gone")
    with pytest.raises(MissingData, match=r"are needed again.*Give sample="):
        gluinos.domain(moved)
    assert gluinos.domain(moved, sample=gtt, max_events=30)["network"].n_events == 30
