"""ATLAS-EXOT-2022-04 as a search: probabilities per event, absent models, guard, bosons, single particles."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copy

import numpy as np
import pytest
from llp_events import events_of, llp_file, with_particles
from toys import write_events

import recastbook as rb
from recastbook.cli import main
from recastbook.events.columns import to_records
from recastbook.exceptions import BadOption, MissingData
from recastbook.surrogates import SurrogateModel, TruthTable
from recastbook.surrogates.truth_boson import boson_of_events
from recastbook.surrogates.two_body import two_body_sample
from recastbook.testing import check_analysis

LABEL = "synthetic forest, not ATLAS"
N = 1500


@pytest.fixture(scope="module")
def pairs() -> TruthTable:
    return two_body_sample(600, 150, 1.3, N, seed=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, pairs: TruthTable) -> Path:
    target = tmp_path_factory.mktemp("exot") / "pairs"
    llp_file(target, pairs, cross_section=0.1)
    return target


@pytest.fixture(scope="module")
def result(folder: Path) -> rb.Result:
    return rb.load("ATLAS-EXOT-2022-04").run(
        rb.Sample(folder), network="stand-in", options={"llp_order": "falling_pt"}, progress=False
    )


def test_yield_is_the_sum_of_probabilities(result: rb.Result, folder: Path) -> None:
    row = result.yields()["CR+2J-A"]
    model = SurrogateModel.stand_in("CR+2J")
    found = model.efficiency(TruthTable.from_sample(rb.Sample(folder), order="falling_pt"))
    assert row.efficiency == pytest.approx(found.value, rel=1e-5)
    assert row.efficiency_error == pytest.approx(found.statistical, rel=1e-3)
    assert row.events == pytest.approx(0.1 * 140e3 * (found.value or 0.0), rel=1e-5)


def test_either_particle_may_be_the_first_as_in_published_samples(folder: Path) -> None:
    mixed, falling = (TruthTable.from_sample(rb.Sample(folder), order=o) for o in ("random", "falling_pt"))
    swapped = mixed.columns["llp1_pT"] < mixed.columns["llp2_pT"]
    assert abs(swapped.mean() - 0.5) < 5 * 0.5 / np.sqrt(len(mixed))
    assert (falling.columns["llp1_pT"] >= falling.columns["llp2_pT"]).all()
    for q in ("pT", "Lz"):  # nothing but the order differs
        both = [np.sort([t.columns[f"llp1_{q}"], t.columns[f"llp2_{q}"]], axis=0) for t in (mixed, falling)]
        np.testing.assert_array_equal(*both)
    with pytest.raises(BadOption, match="'random' or 'falling_pt'"):
        TruthTable.from_sample(rb.Sample(folder), order="rising")  # type: ignore[arg-type] # a word that is no order


def test_a_sample_feeds_its_boson_to_the_models_of_w_and_z(folder: Path, tmp_path: Path) -> None:
    with_z = two_body_sample(125, 16, 0.5, 200, seed=4, boson=True)
    llp_file(tmp_path / "z", with_z)
    read = TruthTable.from_sample(rb.Sample(tmp_path / "z"))
    np.testing.assert_allclose(read.columns["V_pt"], with_z.columns["V_pt"], rtol=1e-3)
    assert read.has_boson
    alone = TruthTable.from_sample(rb.Sample(folder))
    assert not alone.has_boson  # gluon fusion: zeros are fed, and it says so
    assert "none: 0 is fed" in str(alone)


def test_signal_of_the_cutflow_and_closure_of_the_surrogate_are_published() -> None:
    tables = rb.load("ATLAS-EXOT-2022-04").tables
    cutflow, closure = tables["signal_CR2J"], tables["closure_WALP"]
    assert cutflow.value("NN_CalR+2J >= 3", "125/55").value == pytest.approx(0.35)
    assert cutflow.value("A", "600/275").value == pytest.approx(2.8)
    for sample in ("mALP0p1GeV_W", "mALP10GeV_W_highctau", "mALP10GeV_W", "mALP1GeV_W", "mALP40GeV_W"):
        for region in "ABCD":
            real, surrogate = (closure.value(sample, f"{region} {kind}").value for kind in ("real", "surrogate"))
            assert abs(surrogate / real - 1) < 0.18


def test_event_file_gives_the_features_of_its_table(pairs: TruthTable, folder: Path) -> None:
    read = TruthTable.from_sample(rb.Sample(folder), order="falling_pt")
    first = pairs.columns["llp1_pT"] >= pairs.columns["llp2_pT"]
    for quantity in ("Lxy", "Lz", "eta", "pT", "ET", "child_pdgId"):
        hard = np.where(first, pairs.columns[f"llp1_{quantity}"], pairs.columns[f"llp2_{quantity}"])
        np.testing.assert_allclose(read.columns[f"llp1_{quantity}"], hard, rtol=2e-5, atol=1e-6)


def test_label_is_wherever_numbers_are(result: rb.Result) -> None:
    assert result.yields()["CR+2J-A"].note == LABEL
    for shown in (str(result.yields()), result.yields()._repr_html_(), str(result), str(result.cutflow("CR+2J-A"))):
        assert LABEL in shown


def test_regions_without_boson_are_absent_with_the_reason(result: rb.Result) -> None:
    rows = result.yields()
    for selection in ("WHS_lowET", "WHS_highET", "WALP", "ZHS_lowET", "ZHS_highET"):
        assert rows[f"{selection}-A"].status == "absent"
        assert rows[f"{selection}-A"].sum_w is None
        assert "asks for a leptonic W or Z boson, and none of the events have one" in rows[f"{selection}-A"].reason
    assert "exactly two" in str(result.cutflow("WALP-A"))
    assert str(result.yields("signal")).count("absent: ") == 1  # one reason for all, said once


def test_share_of_events_without_a_boson_is_told(tmp_path: Path) -> None:
    flat = events_of(two_body_sample(125, 16, 0.5, 200, seed=4, boson=True))
    search = rb.load("ATLAS-EXOT-2022-04")
    write_events(tmp_path / "all", flat)
    notes = " ".join(search.run(rb.Sample(tmp_path / "all"), network="stand-in", progress=False).yields().notes)
    assert "leptonic W or Z boson" not in notes
    # the two muons of the first 21 events are of no boson
    flat["GenMuon_prompt"][:42] = False
    write_events(tmp_path / "some", flat)
    notes = " ".join(search.run(rb.Sample(tmp_path / "some"), network="stand-in", progress=False).yields().notes)
    assert "10.5 % of the events have no leptonic W or Z boson: 0 is fed for it" in notes


def test_without_models_all_regions_are_absent_with_the_reason(folder: Path) -> None:
    result = rb.load("ATLAS-EXOT-2022-04").run(rb.Sample(folder), progress=False)
    rows = result.yields()
    assert len(rows) == 24
    assert {row.status for row in rows} == {"absent"}
    assert "10.5281/zenodo.14610411" in rows["CR+2J-A"].reason
    assert result.cutflow("CR+2J-A").steps[-1].raw == N


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Files of one selection under the names that ATLAS gives them, made of the stand-in."""
    model = SurrogateModel.stand_in("CR+2J")
    copy(model.session.path, tmp_path / "CR2J_model.onnx")
    (tmp_path / "CR2J_features.txt").write_text(repr([f.name for f in model.features]))
    np.save(tmp_path / "CR2J_scaler_mean.npy", np.ones(12))
    np.save(tmp_path / "CR2J_scaler_std.npy", np.full(12, 500.0))
    return tmp_path


def test_published_folder_is_run_without_a_label(folder: Path, published: Path) -> None:
    search = rb.load("ATLAS-EXOT-2022-04")
    rows = search.run(rb.Sample(folder), network=published, progress=False).yields()
    assert (rows["CR+2J-A"].status, rows["CR+2J-A"].note) == ("ok", "")
    assert "holds no WALP_features.txt" in rows["WALP-A"].reason
    with pytest.raises(MissingData, match=r"holds no CR2J_features\.txt"):
        search.run(rb.Sample(folder), network=folder, progress=False)


def test_chunks_and_order_do_not_matter(pairs: TruthTable, tmp_path: Path, folder: Path) -> None:
    search = rb.load("ATLAS-EXOT-2022-04")
    one = search.run(rb.Sample(folder), network="stand-in", progress=False).yields()["CR+2J-A"]
    llp_file(tmp_path / "parts", pairs, part_size=400)
    two = search.run(rb.Sample(tmp_path / "parts"), network="stand-in", progress=False).yields()["CR+2J-A"]
    assert (one.raw, two.raw) == (two.raw, one.raw)
    assert one.sum_w == pytest.approx(two.sum_w, rel=1e-12)


def test_which_particle_is_first_is_drawn_by_event(pairs: TruthTable, folder: Path) -> None:
    search = rb.load("ATLAS-EXOT-2022-04")
    run = search.run(rb.Sample(folder), network="stand-in", progress=False)
    first, second = run.slim.column("llp1_pT"), run.slim.column("llp2_pT")
    assert 0.4 < np.mean(first > second) < 0.6


def test_guard_takes_regions_away(tmp_path: Path) -> None:
    llp_file(tmp_path / "short", two_body_sample(600, 150, 0.001, 300, seed=2))
    search = rb.load("ATLAS-EXOT-2022-04")
    rows = search.run(rb.Sample(tmp_path / "short"), network="stand-in", progress=False).yields()
    assert rows["CR+2J-A"].status == "absent"
    assert "outside the validity guard: mean llp1_Lxy" in rows["CR+2J-A"].reason
    free = search.run(rb.Sample(tmp_path / "short"), network="stand-in", options={"guard": "off"}, progress=False)
    assert free.yields()["CR+2J-A"].status == "ok"


def test_events_with_three_particles_are_told(pairs: TruthTable, tmp_path: Path) -> None:
    few = pairs.select(np.arange(N) < 50)
    write_events(tmp_path / "three", with_particles(events_of(few), 3))
    search = rb.load("ATLAS-EXOT-2022-04")
    rows = search.run(rb.Sample(tmp_path / "three"), network="stand-in", progress=False).yields()
    assert rows["CR+2J-A"].status == "absent"
    assert "none of the 50 events has one or two (50 with 3)" in rows["CR+2J-A"].reason


def test_single_particles_need_the_option(tmp_path: Path) -> None:
    alone = two_body_sample(100, 40, 0.5, 300, seed=3, boson=True, single=True)
    llp_file(tmp_path / "one", alone)
    search = rb.load("ATLAS-EXOT-2022-04")
    refused = search.run(rb.Sample(tmp_path / "one"), network="stand-in", progress=False).yields()
    assert "100 % of the events have one long-lived particle" in refused["WALP-A"].reason
    copied = search.run(rb.Sample(tmp_path / "one"), network="stand-in", options={"single_llp": "copy"}, progress=False)
    expected = SurrogateModel.stand_in("WALP").efficiency(alone, single_llp="copy", guard="off")
    assert copied.yields()["WALP-A"].efficiency == pytest.approx(expected.means["A"].value, rel=1e-3)
    assert any("copied into the second half" in note for note in copied.yields().notes)


def test_z_is_put_together_from_its_muons() -> None:
    table = two_body_sample(125, 16, 0.5, 200, seed=4, boson=True)
    found = boson_of_events(to_records(events_of(table)))
    np.testing.assert_allclose(found["V_pt"], table.columns["V_pt"], rtol=1e-3)
    np.testing.assert_allclose(found["V_eta"], table.columns["V_eta"], rtol=1e-3, atol=1e-3)


def test_w_is_put_together_from_lepton_and_neutrino() -> None:
    """One electron and one neutrino from a W at rest: pT 0; boosted along x by hand: the sum of both."""
    table = two_body_sample(125, 16, 0.5, 2, seed=4)
    flat = events_of(table)
    flat |= {
        "nGenElectron": np.array([1, 1], np.int32), "GenElectron_pt": np.array([40.2, 60.0], np.float32),
        "GenElectron_eta": np.zeros(2, np.float32), "GenElectron_phi": np.zeros(2, np.float32),
        "GenElectron_mass": np.zeros(2, np.float32), "GenElectron_pdgId": np.array([11, -11], np.int32),
        "GenElectron_prompt": np.ones(2, bool), "GenElectron_fromTau": np.zeros(2, bool),
        "GenInvisible_px": np.array([-40.2, -26.93]), "GenInvisible_py": np.array([0.0, 0.0]),
    }  # fmt: skip
    found = boson_of_events(to_records(flat))
    np.testing.assert_allclose(found["V_pt"], [0.0, 60.0 - 26.93], atol=1e-4)
    assert np.isfinite(found["V_eta"]).all()


def test_contract(tmp_path: Path, pairs: TruthTable) -> None:
    write_events(tmp_path / "sample", events_of(pairs.select(np.arange(N) < 200)))
    report = check_analysis(type(rb.load("ATLAS-EXOT-2022-04")), sample=rb.Sample(tmp_path / "sample"), events=200)
    assert [name for name, _ in report.skipped] == ["golden rows"]  # scores need the published files


# -- verdict


def test_verdict_of_a_synthetic_forest_decides_nothing(result: rb.Result) -> None:
    verdict = rb.load("ATLAS-EXOT-2022-04").verdict(result)
    row = verdict.per_region[0]
    assert (verdict.conclusion, row.status, row.reason) == ("inconclusive", "not eligible", LABEL)
    assert row.observed == 92
    assert row.background == pytest.approx(95.06, abs=0.01)
    assert row.limit is not None
    # signal in B, C and D is taken for background there, and 25 % on the signal: the limit is above 41 events
    assert 44 < row.limit.observed < 80


def test_verdict_of_published_files_decides(folder: Path, published: Path) -> None:
    search = rb.load("ATLAS-EXOT-2022-04")
    found = search.run(rb.Sample(folder), network=published, progress=False)
    verdict = search.verdict(found)
    assert (verdict.conclusion, verdict.region) == ("excluded", "CR+2J-A")
    assert any("no observed counts are known for WHS_lowET" in note for note in verdict.notes)
    # twice the signal allows half the strength
    more = search.verdict(search.run(rb.Sample(folder, cross_section=0.2), network=published, progress=False))
    assert more.mu95 == pytest.approx((verdict.mu95 or 0.0) / 2, rel=1e-3)
    assert more.sigma95 == pytest.approx(verdict.sigma95, rel=1e-3)


def test_counts_of_other_selections_come_from_the_user(tmp_path: Path) -> None:
    llp_file(tmp_path / "z", two_body_sample(125, 16, 0.5, 400, seed=4, boson=True), cross_section=0.1)
    search = rb.load("ATLAS-EXOT-2022-04")
    result = search.run(rb.Sample(tmp_path / "z"), network="stand-in", progress=False)
    verdict = search.verdict(result, counts={"ZHS_lowET": (3, 5, 20, 40)})
    assert {r.region for r in verdict.per_region} == {"CR+2J-A", "ZHS_lowET-A"}
    with pytest.raises(BadOption, match="counts are given for 'ZHS'"):
        search.verdict(result, counts={"ZHS": (1, 1, 1, 1)})


def test_region_a_alone_is_known_for_display() -> None:
    model = rb.load("ATLAS-EXOT-2022-04").counting_models()["CR+2J-A"]
    assert (model.observed, round(model.background, 2)) == (92, 95.06)
    assert model.background_error == pytest.approx(95.06 * np.sqrt(1 / 18 + 1 / 25213 + 1 / 4774), rel=1e-3)


def test_command_runs_it(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "ATLAS-EXOT-2022-04", str(folder), "--network", "stand-in", "--json", "--out", str(tmp_path)]
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["regions"]["CR+2J-A"]["efficiency"] > 0.01
    assert told["regions"]["WALP-A"]["status"] == "absent"
    assert told["verdict"]["conclusion"] == "inconclusive"
    assert LABEL in json.dumps(told)
