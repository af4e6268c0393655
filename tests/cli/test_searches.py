"""``recastbook list`` and ``show``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
