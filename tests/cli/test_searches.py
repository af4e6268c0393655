"""``recastbook list`` and ``show``; ``fetch`` and ``data list`` of files of public records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

import recastbook as rb

SEARCH = "ATLAS-SUSY-2018-30"


def test_list(recastbook: Callable[..., Any]) -> None:
    said = recastbook("list")
    assert said.code == 0
    assert SEARCH in said.out
    (row,) = [row for row in recastbook("list", "--json").json["analyses"] if row["id"] == SEARCH]
    assert row["arxiv"] == "2211.08028"
    assert row["status"] in ("validated", "preliminary", "unvalidated")


def test_show(recastbook: Callable[..., Any]) -> None:
    said = recastbook("show", SEARCH)
    assert said.code == 0
    for word in ("arXiv:2211.08028", "SR-Gtt-0L-B", "CRZ", "lepton_veto", "known difference", "why it is open"):
        assert word in said.out


def test_a_search_of_maps_shows_no_empty_columns(recastbook: Callable[..., Any]) -> None:
    said = recastbook("show", "ATLAS-EXOT-2019-23").out
    (head,) = [line for line in said.splitlines() if "region" in line and "kind" in line]
    assert [cell.strip() for cell in head.strip("┃ ").split("┃")] == ["region", "kind", "group"]
    assert [*rb.load("ATLAS-EXOT-2019-23")._as_table().headers] == ["region", "kind", "group"]
    assert "status" in recastbook("show", SEARCH).out  # where a region has one


def test_show_for_machines(recastbook: Callable[..., Any]) -> None:
    said = recastbook("show", SEARCH, "--json").json
    assert said["luminosity_fb"] == 139.0
    signal = {name: region for name, region in said["regions"].items() if region["kind"] == "signal"}
    assert len(signal) == 22
    assert sum(region["network"] for region in signal.values()) == 8
    assert said["known_differences"]
    for option in said["options"].values():
        assert option["default"] in option["alternatives"]
        assert option["reason"]
    assert said["network_card"]["files"] == ["ANA-SUSY-2018-30_model.onnx"]


def test_show_one_region(recastbook: Callable[..., Any]) -> None:
    said = recastbook("show", SEARCH, "--region", "SR-Gtt-0L-B")
    assert said.code == 0
    assert "met >= 600 GeV" in said.out
    assert recastbook("show", SEARCH, "--region", "SR-Gtt-0L-B", "--json").json["kind"] == "signal"
    wrong = recastbook("show", SEARCH, "--region", "SR-Gtt-0L-D")
    assert (wrong.code, wrong.err.count("\n")) == (1, 1)


def test_a_record_that_cannot_be_asked_is_named_with_its_files(
    recastbook: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def offline(*_: object, **__: object) -> str:
        msg = "no route to doi.org"
        raise requests.exceptions.ConnectionError(msg)

    monkeypatch.setattr("pooch.downloaders.doi_to_url", offline)
    monkeypatch.delenv("RECASTBOOK_DATA", raising=False)
    monkeypatch.setenv("RECASTBOOK_CACHE", str(tmp_path))
    said = recastbook("fetch", "ATLAS-EXOT-2022-04")
    assert (said.code, said.err.count("\n")) == (1, 1)
    record = "10.5281/zenodo.14610411"
    for word in (
        "CR2J_model.onnx",
        "ZHS_highET_model.onnx",
        record,
        "no route to doi.org",
        "Get them by hand, with what",
    ):
        assert word in said.err
    rows = [r for r in recastbook("data", "list", "--json").json["files"] if r["analysis"] == "ATLAS-EXOT-2022-04"]
    assert {r["note"] for r in rows} == {"recastbook fetch ATLAS-EXOT-2022-04 asks its record"}
    assert all(record in r["source"] for r in rows)


def test_published_maps_have_an_address(
    recastbook: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RECASTBOOK_DATA", raising=False)
    monkeypatch.setenv("RECASTBOOK_CACHE", str(tmp_path))
    rows = [r for r in recastbook("data", "list", "--json").json["files"] if r["analysis"] == "ATLAS-EXOT-2019-23"]
    assert [r["note"] for r in rows] == ["recastbook fetch ATLAS-EXOT-2019-23"] * 2
