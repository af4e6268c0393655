from __future__ import annotations

import hashlib
import io
import time
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from recastbook import doctor, store
from recastbook.cli import main

NETWORK = "ANA-SUSY-2018-30_model.onnx"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECASTBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("RECASTBOOK_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def test_everything_needed_is_here(folder: Path) -> None:
    report = doctor.examine()
    assert report.ok
    assert report.problems == ()
    assert report.cores >= 1
    assert 0 < report.memory_free_gib <= report.memory_gib
    assert "ATLAS-SUSY-2018-30" in report.analyses
    assert {"numpy", "coffea", "fastjet", "onnxruntime", "pyhf"} <= {p.name for p in report.packages if p.ok}
    named = {"convert", "dashboard", "dask", "dev", "docs", "generate", "notebook", "studio", "test"}
    assert named == {extra.name for extra in report.extras}


def test_missing_network_file_says_what_gets_it(folder: Path) -> None:
    (row,) = doctor.examine_data("ATLAS-SUSY-2018-30")
    assert (row.name, row.found, row.path) == (NETWORK, False, None)
    assert row.note == "recastbook fetch ATLAS-SUSY-2018-30"
    assert row.licence == "not stated"


def test_another_file_of_that_name_is_not_taken_for_it(folder: Path) -> None:
    (folder / NETWORK).write_bytes(b"some other network")
    (row,) = doctor.examine_data("ATLAS-SUSY-2018-30")
    assert not row.found
    assert "111abd3d2725ba22b7da1baa01689ad424d7bd1f" in row.note


def test_the_right_file_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"stands for the network"
    wanted = store.DataFile(NETWORK, sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(doctor, "wanted_files", lambda identifier: (wanted,))
    (folder / "deep").mkdir()
    (folder / "deep" / NETWORK).write_bytes(content)
    (row,) = doctor.examine_data("ATLAS-SUSY-2018-30")
    assert row.found
    assert row.path == str(folder / "deep" / NETWORK)


def test_missing_package_is_a_problem_with_its_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = [Requirement("numpy>=2"), Requirement("no-such-package>=1")]
    optional = {"generate": [Requirement("no-such-generator==8.3"), Requirement("numpy>=1")]}
    monkeypatch.setattr(doctor, "_requirements", lambda: (needed, optional))
    report = doctor.examine()
    assert not report.ok
    assert report.problems == (
        "no-such-package>=1 is needed, nothing is installed: python -m pip install 'no-such-package>=1'",
    )
    (extra,) = report.extras
    assert extra.missing == ("no-such-generator==8.3",)
    assert extra.command == "python -m pip install 'no-such-generator==8.3'"
    assert main(["doctor"]) == 1


def test_folder_that_is_none_is_a_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECASTBOOK_DATA", str(folder / "absent"))
    assert any("absent, which is no folder" in line for line in doctor.examine().problems)


def test_printed_for_people_and_for_machines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    for word in (
        "This machine",
        "cores",
        "memory",
        "onnxruntime",
        NETWORK,
        "recastbook fetch",
        "Everything needed to run is here",
    ):
        assert word in said
    assert main(["doctor", "--json"]) == 0
    import json

    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_data_list(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "list"]) == 0
    said = capsys.readouterr().out
    assert str(folder) in said
    assert NETWORK in said


def test_fetch_offline_is_one_clear_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import requests

    def offline(*arguments: Any, **options: Any) -> None:
        message = "no route to host"
        raise requests.exceptions.ConnectionError(message)

    monkeypatch.setattr(requests, "get", offline)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    assert main(["fetch", "ATLAS-SUSY-2018-30"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"{NETWORK} could not be fetched from https://" in said.err
    assert "Offline" in said.err


def test_fetch_keeps_what_it_verified(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import requests

    content = b"stands for the network"
    wanted = store.DataFile(NETWORK, sha256=hashlib.sha256(content).hexdigest(), urls=("https://public/network",))
    monkeypatch.setattr(doctor, "wanted_files", lambda identifier: (wanted,))

    def online(url: str, **options: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.raw = 200, io.BytesIO(content)
        return answer

    monkeypatch.setattr(requests, "get", online)
    assert main(["fetch", "ATLAS-SUSY-2018-30"]) == 0
    assert NETWORK in capsys.readouterr().out
    assert (store.cache_dir("data") / NETWORK).read_bytes() == content
