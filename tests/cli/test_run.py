"""``recastbook run`` on the built-in events: what a newcomer sees, and what a machine reads."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

from recastbook.cli import main

SEARCH = "ATLAS-SUSY-2018-30"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All of a run as JSON, once for all tests that read it."""
    return run_json(SEARCH, "--events", "600")


def run_json(*arguments: str) -> dict[str, Any]:
    import contextlib
    import io

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert main(["run", *arguments, "--json"]) == 0
    return dict(json.loads(said.getvalue()))


def test_regions(document: dict[str, Any]) -> None:
    regions = document["regions"]
    signal = [row for row in regions.values() if row["kind"] == "signal"]
    assert len(signal) == 22
    present = [row for row in signal if row["status"] == "ok"]
    assert len(present) >= 14
    for row in present:
        assert row["raw"] <= document["events"] == 600
        assert row["sum_w2"] >= 0
        assert row["error"] == pytest.approx(row["sum_w2"] ** 0.5)
        assert 0 <= row["efficiency"] <= 1
        assert row["events"] == pytest.approx(row["efficiency"] * 139 * 1e3 * document["sample"]["cross_section"])
    for row in signal:
        if row["status"] != "ok":
            assert row["status"] == "absent"
            assert row["raw"] is None
            assert "ANA-SUSY-2018-30_model.onnx" in row["reason"]


def test_cutflows_never_rise(document: dict[str, Any]) -> None:
    assert document["cutflows"]
    for name, steps in document["cutflows"].items():
        raw = [step["raw"] for step in steps]
        assert raw == sorted(raw, reverse=True), name
        assert raw[0] == 600
        row = document["regions"][name]
        if row["status"] == "ok":
            assert raw[-1] == row["raw"]
        else:
            # what can be counted without the network is, up to the first score
            assert not any("p_gtt[" in step["label"] or "p_gbb[" in step["label"] for step in steps)
            assert row["raw"] is None


def test_verdict_and_provenance(document: dict[str, Any]) -> None:
    verdict = document["verdict"]
    assert verdict["conclusion"] == "excluded"  # 598 ab at 139 fb^-1: the paper excludes it with room to spare
    assert verdict["region"] in document["regions"]
    assert 0 <= verdict["cls_observed"] < 0.05
    provenance = document["provenance"]
    assert provenance["analysis"] == SEARCH
    assert provenance["seed"] == 1
    assert provenance["detector"]["name"] == "atlas-run2"
    assert provenance["options"]
    assert {"recastbook", "numpy", "fastjet"} <= set(provenance["versions"])
    assert document["notice"] == ""


def test_tables_for_people(recastbook: Callable[..., Any]) -> None:
    said = recastbook("run", SEARCH, "--events", 200, "--cutflow", "SR-Gtt-0L-B")
    assert said.code == 0
    for word in (
        "Yields",
        "SR-Gtt-0L-B",
        "Cutflow of SR-Gtt-0L-B",
        "not published here",
        "absent: SR-Gtt-2100-1",
        "CLs",
    ):
        assert word in said.out
    assert "CR-Gtt-0L-B" not in said.out
    assert "CR-Gtt-0L-B" in recastbook("run", SEARCH, "--events", 200, "--all-regions").out


def test_same_seed_same_numbers_other_seed_others(document: dict[str, Any]) -> None:
    again = run_json(SEARCH, "--events", "600")
    assert again["regions"] == document["regions"]
    assert again["verdict"] == document["verdict"]
    other = run_json(SEARCH, "--events", "600", "--seed", "2")
    assert other["cutflows"] != document["cutflows"]


def test_options_detector_label_and_cross_section(document: dict[str, Any]) -> None:
    said = run_json(
        SEARCH, "--events", "600", "--detector", "identity", "--label", "mine", "--cross-section", "0.299 fb",
        "--option", "lepton_veto=signal", "--option", "jet_electron_radius=0.2",
    )  # fmt: skip
    assert said["sample"]["label"] == "mine"
    assert said["sample"]["cross_section"] == pytest.approx(0.299e-3)
    assert said["sample"]["cross_section_source"].startswith("user")
    assert said["provenance"]["options"]["lepton_veto"] == "signal"
    assert said["provenance"]["options"]["jet_electron_radius"] == "0.2"
    assert said["provenance"]["detector"]["name"] == "identity"
    assert said["regions"] != document["regions"]


def test_the_other_built_in_sample(recastbook: Callable[..., Any]) -> None:
    said = run_json(SEARCH, "--sample", "gbb_2000_1", "--events", "300")
    assert "Gbb" in said["sample"]["label"]
    wrong = recastbook("run", SEARCH, "--sample", "gbb_2000")
    assert (wrong.code, wrong.err.count("\n")) == (1, 1)
    assert "Did you mean 'gbb_2000_1'?" in wrong.err


def test_files_of_the_user(recastbook: Callable[..., Any], document: dict[str, Any]) -> None:
    from recastbook.events.builtin import builtin_samples

    (folder,) = builtin_samples()["gtt_2100_1"].files
    said = run_json(SEARCH, str(folder), "--events", "600")
    assert said["regions"] == document["regions"]


@pytest.mark.slow
def test_stand_in_is_labelled_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    label = "stand-in network, not ATLAS"
    out = tmp_path / "report"
    assert main(["run", SEARCH, "--events", "600", "--network", "stand-in", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert label in said
    document = json.loads((out / "result.json").read_text())
    assert document["notice"] == label
    by_network = {name for name, row in document["regions"].items() if label in row["note"]}
    signal = {name for name, row in document["regions"].items() if row["kind"] == "signal"}
    assert len(by_network & signal) == 8
    assert all(document["regions"][name]["status"] == "ok" for name in signal)
    # no excluded or allowed sentence rests on it
    assert document["verdict"]["region"] not in by_network
    assert label in (out / "report.html").read_text()
    with (out / "yields.csv").open() as stream:
        rows = {row["name"]: row for row in csv.DictReader(stream)}
    assert all((label in rows[name]["note"]) == (name in by_network) for name in rows)
    with (out / "cutflows.csv").open() as stream:
        noted = [row for row in csv.DictReader(stream) if row["notice"] == label]
    assert {row["region"] for row in noted} == by_network
    assert all(row["verdict"] == label for row in noted if "p_g" in row["label"])
    pictures = sorted(path.name for path in out.glob("*.png"))
    assert "met.png" in pictures
    assert any(name.startswith("cutflow-") for name in pictures)
    assert any(name.startswith("score-") for name in pictures)
    for path in out.glob("*.png"):
        assert (plt.imread(path)[..., :3].min(axis=-1) < 0.5).mean() > 0.01, f"{path.name} is blank"
    assert all(name in (out / "report.html").read_text() for name in pictures)


def test_report_escapes_what_the_user_typed(tmp_path: Path, recastbook: Callable[..., Any]) -> None:
    label = "<script>alert(1)</script>"
    assert recastbook("run", SEARCH, "--events", 100, "--label", label, "--out", tmp_path / "report").code == 0
    page = (tmp_path / "report" / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["absent.hepmc"], "absent.hepmc"),
        (["--network", "absent.onnx"], "there is no network file absent.onnx"),
        (["--option", "mj_jets"], "takes KEY=VALUE"),
        (["--option", "mj_jetz=all"], "Did you mean 'mj_jets'?"),
        (["--option", "mj_jets=some"], "mj_jets"),
        (["--executor", "warp"], "unknown executor 'warp'"),
        (["--detector", "atlas-run3"], "atlas-run2"),
        (["--cutflow", "SR-Gtt-0L-X"], "Did you mean 'SR-Gtt-0L-"),
        (["x.hepmc", "--sample", "gtt_2100_1"], "files were given, too"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_bad_input_is_one_line(arguments: list[str], part: str, recastbook: Callable[..., Any]) -> None:
    said = recastbook("run", SEARCH, *arguments, "--events", 10)
    assert said.code == 1
    assert said.out == ""
    assert part in said.err
    assert said.err.count("\n") == 1
    assert "unexpected" not in said.err


def test_a_file_that_is_no_event_file(tmp_path: Path, recastbook: Callable[..., Any]) -> None:
    path = tmp_path / "events.hepmc"
    path.write_text("these are not events\n")
    said = recastbook("run", SEARCH, path)
    assert said.code == 1
    assert str(path) in said.err


def test_disk_full_leaves_the_old_report(
    tmp_path: Path, recastbook: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "report"
    out.mkdir()
    (out / "result.json").write_text("old")

    def full(path: Path, *arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    said = recastbook("run", SEARCH, "--events", 50, "--out", out)
    assert said.code == 1
    assert "No space left on device" in said.err
    assert {path.name: path.read_text() for path in out.iterdir()} == {"result.json": "old"}


def test_search_for_what_no_built_in_event_holds_says_how_to_make_some(capsys: pytest.CaptureFixture[str]) -> None:
    """No answer from events without a long-lived particle: it would read as a result."""
    assert main(["run", "ATLAS-EXOT-2019-23"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "recastbook generate higgs-llp --set m_phi=600 --set m_s=150 --set ctau=2000" in said.err
    assert said.err.count("\n") == 1
