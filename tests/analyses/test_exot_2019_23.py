"""ATLAS-EXOT-2019-23: regions as map probabilities, verdicts, lifetime scans, and what happens without maps."""

from __future__ import annotations

import json
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from llp_events import events_of, with_particles
from toys import write_events

import recastbook as rb
from recastbook.cli import main
from recastbook.exceptions import BadOption, MissingData, UnknownName
from recastbook.statistics.published_limit import PublishedLimit, cross_section_limit
from recastbook.surrogates import LLPEvents
from recastbook.surrogates.two_body import two_body_sample
from recastbook.testing import check_analysis

POINTS = ("125/55", "200/50", "400/100", "600/150")


@pytest.fixture(scope="module")
def search(shared_data):
    shared_data("ATLAS-EXOT-2019-23/hepdata")
    return rb.load("ATLAS-EXOT-2019-23")


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    pytest.importorskip("pythia8mc")
    made = rb.generate(
        "higgs-llp", m_phi=600, m_s=150, ctau=1300.0, hadronise=False, mpi=False, n=300, seed=5, workers=1,
        progress=False, output=tmp_path_factory.mktemp("exot") / "e",
    )  # fmt: skip
    return rb.Sample(made.files[0], cross_section=0.02)


@pytest.fixture(scope="module")
def result(search, sample):
    return search.run(sample, progress=False)


def test_contract(search):
    assert check_analysis(type(search))


def test_regions_are_sums_of_probabilities(search, sample, result):
    events = LLPEvents.from_sample(sample)
    for region in ("high-ET", "low-ET"):
        p = search.emap(region).lookup(**events.quantities()).probability
        row = result.yields()[region]
        assert row.sum_w == pytest.approx(p.sum(), rel=1e-5)  # positions are float32 in the file
        assert row.sum_w2 == pytest.approx((p**2).sum(), rel=1e-5)
        assert row.efficiency == pytest.approx(p.sum() / 300, rel=1e-5)
        assert row.raw == np.count_nonzero(p)


def test_verdict_uses_the_published_limit_of_the_better_region(search, result):
    verdict = search.verdict(result)
    assert (verdict.conclusion, verdict.region) == ("excluded", "high-ET")
    expected = 26.3 / result.yields()["high-ET"].events
    assert verdict.mu95 == pytest.approx(expected, rel=1e-6)
    assert any("accurate to 25 %" in n for n in verdict.notes)
    assert verdict.to_dict()["per_region"][0]["observed"] is None


def test_counts_of_the_user_make_an_abcd_fit(search, result):
    verdict = search.verdict(result, counts={"high-ET": (30, 20, 400, 300)})
    row = next(r for r in verdict.per_region if r.region == "high-ET")
    assert (row.observed, row.background) == (30, pytest.approx(20 * 400 / 300))
    assert row.mu95 != search.verdict(result)["high-ET"].mu95
    with pytest.raises(UnknownName, match="Did you mean 'high-ET'"):
        search.verdict(result, counts={"high-Et": (1, 2, 3, 4)})


def test_region_below_its_accuracy_line_may_not_decide(search, tmp_path):
    """At a c tau of 60 m nearly all particles leave the calorimeters undecayed."""
    made = rb.generate(
        "higgs-llp", m_phi=600, m_s=150, ctau=60_000.0, hadronise=False, mpi=False, n=300, seed=3, workers=1,
        progress=False, output=tmp_path / "far",
    )  # fmt: skip
    quiet = search.run(rb.Sample(made.files[0], cross_section=0.02), progress=False)
    assert 0 < quiet.yields()["high-ET"].efficiency < 0.005
    region = next(r for r in search.verdict(quiet).per_region if r.region == "high-ET")
    assert region.status == "not eligible"
    assert "must not be used" in region.reason


def test_lookup_reports_what_lies_outside(search, sample, result):
    found = search.lookup(sample, region="high-ET")
    assert found.report.events == 300
    assert found.report.wrong_number == 300 - len(found)
    assert found.probability.sum() == pytest.approx(result.yields()["high-ET"].sum_w, rel=1e-5)
    # gluons of nothing here; what is counted is what the maps do not cover
    assert found.report.unknown_class == 0
    assert 0 < found.report.largest_share < 1


def test_scan_and_limits(search, sample):
    scan = search.lifetime_scan(sample)
    assert scan.region == "high-ET"
    assert len(scan) == 99
    limits = search.lifetime_limits(scan, point="600/150")
    k = int(np.argmax(scan.efficiency))
    assert limits.observed[k] == pytest.approx(26.26 / (139e3 * scan.efficiency[k]))
    assert limits.low[k] < limits.observed[k] < limits.high[k]
    assert limits.high[k] / limits.observed[k] == pytest.approx(1 / 0.75, rel=0.01)
    assert limits.valid[k]
    assert not limits.valid[0]
    low, high = limits.excluded(0.02)
    assert low < scan.peak[0] < high
    assert limits.excluded(1e-9) is None
    atlas = search.lifetime_scan(sample, scan.peak[0], region="high-ET", fractions="atlas")
    tree = search.lifetime_scan(sample, scan.peak[0], region="high-ET", fractions="tree-level")
    assert atlas.efficiency[0] / tree.efficiency[0] == pytest.approx(0.92, abs=0.03)
    with pytest.raises(BadOption, match="of low-ET, the scan of high-ET"):
        search.lifetime_limits(scan, point="200/50")
    with pytest.raises(UnknownName, match="Did you mean '600/150'"):
        search.lifetime_limits(scan, point="600/15")
    with pytest.raises(BadOption, match="no 'fraction'"):
        search.lifetime_scan(sample, fraction="atlas")


@pytest.mark.parametrize("point", POINTS)
def test_published_limits_follow_from_published_efficiency_and_n95(search, point):
    """A regression of the code: the three are views of the same numbers."""
    name = point.replace("/", "_")
    efficiency, limits, n95 = search.tables[f"efficiency_{name}"], search.tables[f"limits_{name}"], search.tables["n95"]
    known = dict(zip(efficiency.column("ctau").numbers(), efficiency.column("efficiency").numbers(), strict=True))
    scale = 48.61 if point == "125/55" else 1.0
    for kind in ("observed", "expected"):
        pairs = [
            (known[c], v)
            for c, v in zip(limits.column("ctau").numbers(), limits.column(kind).numbers(), strict=True)
            if c in known and known[c] > 0
        ]
        assert len(pairs) > 50
        eff, published = np.array(pairs).T
        ours = cross_section_limit(n95.value(point, kind).value, 139.0, eff) / scale
        assert ours == pytest.approx(published, rel=0.005)


def test_published_tables_are_those_of_the_record(search, shared_data):
    import csv

    with shared_data("ATLAS-EXOT-2019-23/tables/published_efficiency_vs_ctau.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    for point in POINTS:
        m_phi, m_s = point.split("/")
        there = [(r["ctau_m"], r["efficiency"]) for r in rows if (r["m_phi_GeV"], r["m_s_GeV"]) == (m_phi, m_s)]
        table = search.tables[f"efficiency_{m_phi}_{m_s}"]
        assert list(table.column("efficiency").numbers()) == [float(e) for _, e in there]
        assert list(table.column("ctau").numbers()) == [float(c) for c, _ in there]


@pytest.mark.parametrize(
    ("n", "told"),
    [
        (0, r"none of the 40 events has two \(40 with 0\)\. Is the decay .*rb\.generate\(FILE, lifetimes="),
        (1, r"none of the 40 events has two \(40 with 1\)\. Is the decay in the record"),
        (3, r"none of the 40 events has two \(40 with 3\); options=\{'llp_count': 'leading'\} takes the two"),
    ],
)
def test_without_any_pair_regions_are_absent_with_the_reason(search, tmp_path, n, told):
    write_events(tmp_path / "events", with_particles(events_of(two_body_sample(600, 150, 1.3, 40, seed=1)), n))
    sample = rb.Sample(tmp_path / "events")
    rows = search.run(sample, progress=False).yields()
    assert [r.status for r in rows] == ["absent", "absent"]
    assert re.search(told, rows["high-ET"].reason)
    if n == 3:
        taken = search.run(sample, options={"llp_count": "leading"}, progress=False).yields()
        assert taken["high-ET"].status == "ok"


def test_events_without_a_pair_are_counted_beside_the_yields(search, tmp_path):
    flat = events_of(two_body_sample(600, 150, 1.3, 40, seed=1))
    two, one = (with_particles(flat, n) for n in (2, 1))
    one["event"] = one["event"] + 40
    write_events(tmp_path / "events", {k: np.concatenate([two[k], one[k]]) for k in two})
    rows = search.run(rb.Sample(tmp_path / "events"), progress=False).yields()
    assert rows["high-ET"].status == "ok"
    assert "events without two long-lived particles have probability 0: 40 with 1" in " ".join(rows.notes)


def test_particles_that_the_map_has_no_bin_for_are_counted_in_a_run(search, tmp_path):
    flat = with_particles(events_of(two_body_sample(600, 150, 1.3, 40, seed=1)), 2)
    flat["GenLLP_pt"][:6:2] = 1700.0
    for daughter in ("GenLLP_daughter1", "GenLLP_daughter2"):
        flat[daughter][:] = 5
        flat[daughter][10:15] = 22
    write_events(tmp_path / "events", flat)
    notes = " ".join(search.run(rb.Sample(tmp_path / "events"), progress=False).yields().notes)
    assert "3 particles lie above a last edge (put into the last bin)" in notes
    assert "5 particles decay into what the map does not cover: probability 0" in notes


@pytest.mark.parametrize(
    ("factor", "told"),
    [
        (1e3, ["% of the long-lived particles decay outside the detector, 12.5 m", "a thousand times too large"]),
        (1e-3, ["mm of the beam line; if that is not what was generated, the lengths may be metres"]),
        (1.0, []),
    ],
    ids=["too far", "metres as mm", "right"],
)
def test_decays_outside_and_lengths_in_another_unit_are_told(search, tmp_path, factor, told):
    flat = with_particles(events_of(two_body_sample(600, 150, 1.3, 40, seed=1)), 2, factor)
    write_events(tmp_path / "events", flat)
    notes = " ".join(search.run(rb.Sample(tmp_path / "events"), progress=False).yields().notes)
    for text in told:
        assert text in notes
    assert ("long-lived" in notes) == bool(told)


def test_options_change_what_they_say(search):
    features = {"n_llp": np.array([2, 2])} | {
        f"llp{k}_{q}": np.array([v, v])
        for k in (1, 2)
        for q, v in {"pt": 1700.0, "eta": 0.3, "lxy": 2200.0, "lz": 700.0, "decay": 5}.items()
    }
    assert search.region_weights(features)["high-ET"][0] > 0
    assert search.configured(options={"pt_overflow": "zero"}).region_weights(features)["high-ET"][0] == 0
    light = (
        features
        | {f"llp{k}_decay": np.array([1, 3]) for k in (1, 2)}
        | {f"llp{k}_pt": np.full(2, 150.0) for k in (1, 2)}
    )
    assert search.region_weights(light)["high-ET"].tolist() == [0, 0]
    charm = light | {f"llp{k}_decay": np.array([4, 4]) for k in (1, 2)}
    as_charm = search.configured(options={"light_quarks": "charm"}).region_weights(light)["high-ET"]
    assert as_charm.tolist() == search.region_weights(charm)["high-ET"].tolist()


def test_without_maps_regions_are_absent_with_the_reason(sample, monkeypatch):
    monkeypatch.delenv("RECASTBOOK_DATA", raising=False)
    search = rb.load("ATLAS-EXOT-2019-23")
    result = search.run(sample, progress=False)
    row = result.yields()["high-ET"]
    assert (row.status, row.sum_w) == ("absent", None)
    assert "Figure_11" in row.reason
    assert "10.17182/hepdata.115578" in row.reason
    assert search.verdict(result).conclusion == "inconclusive"
    with pytest.raises(MissingData, match="is not on this machine"):
        search.lifetime_scan(sample)


def test_command_line(search, sample, capsys):
    assert main(["run", "ATLAS-EXOT-2019-23", str(sample.files[0]), "--json"]) == 0
    regions = json.loads(capsys.readouterr().out)["regions"]
    assert regions["high-ET"]["status"] == "ok"
    assert 0.02 < regions["high-ET"]["efficiency"] < 0.08


@pytest.mark.usefixtures("search")  # needs the maps
def test_report_of_a_search_that_publishes_no_counts(sample, tmp_path):
    out = tmp_path / "report"
    arguments = ["run", "ATLAS-EXOT-2019-23", str(sample.files[0]), "--cross-section", "1 pb", "--out", str(out)]
    assert main(arguments) == 0
    assert (plt.imread(out / "limits.png")[..., :3].min(axis=-1) < 0.5).mean() > 0.01  # something is drawn
    assert not (out / "yields.png").exists()  # there is nothing to set the signal beside
    page = (out / "report.html").read_text()
    assert "limits.png" in page
    assert page.count("acceptance x efficiency</th>") == 1  # no empty tables of kinds that the search does not have


def test_published_limit_reproduces_what_it_was_made_of():
    model = PublishedLimit(26.3, 17.8, name="high-ET")
    limit = model.upper_limit()
    assert (limit.observed, limit.expected_median) == pytest.approx((26.3, 17.8), rel=1e-6)
    assert limit.expected[1] < limit.expected[2] < limit.expected[3]
    assert model.upper_limit(signal_relative_error=0.25).observed > 26.3
    assert model.cls(0.0).observed == 1.0
    with pytest.raises(BadOption, match="no method 'toys'"):
        model.cls(1.0, method="toys")
