"""``recastbook hunt`` on dumps of inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook.events.builtin import builtin_samples

SEARCH = "ATLAS-SUSY-2018-30"
COMMON = ("--network", "stand-in", "--events", "250", "--stage", "raw")


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write what a code feeds that pads absent objects with -999."""
    search = rb.load(SEARCH)
    found = search.collect_inputs(sample=builtin_samples()["gtt_2100_1"], max_events=100)
    matrix = found.matrix()
    card = search.card
    assert card is not None
    columns: dict[str, Any] = {name: matrix.raw[:, i].copy() for name, i in card.columns.items()}
    for name in list(columns):
        stem, _, number = name.rpartition("_")
        if number.isdigit():
            absent = matrix.raw[:, card.columns[f"{stem.rpartition('_')[0]}_pt_{number}"]] == 0.0
            columns[name][absent] = -999.0
    for name in card.parameters.names:
        del columns[name]
    path = tmp_path_factory.mktemp("dump") / "inputs.npz"
    np.savez(path, event=found.ids["event"][matrix.rows], **columns)
    return path


def test_a_trap_is_told_with_its_effect(recastbook: Callable[..., Any], dump: Path, tmp_path: Path) -> None:
    said = recastbook("hunt", SEARCH, "--inputs", dump, *COMMON, "--json")
    assert said.code == 0
    assert said.json["traps"] == ["padding: everything -999"]
    assert "event by event" in said.json["looked_at"]
    best = said.json["hypotheses"][0]
    assert {r["region"] for r in best["regions"]} >= {"SR-Gtt-2100-1"}
    page = tmp_path / "report.html"
    shown = recastbook("hunt", SEARCH, "--inputs", dump, *COMMON, "--out", page)
    assert shown.code == 0
    assert "absent objects are -999" in " ".join(shown.out.lower().split())
    assert "padding: everything -999" in page.read_text(encoding="utf-8")
    assert not list(tmp_path.glob("*.tmp"))


def test_the_searchs_own_inputs_are_clean(recastbook: Callable[..., Any]) -> None:
    said = recastbook("hunt", SEARCH, "--network", "stand-in", "--events", "200", "--json")
    assert said.code == 0
    assert said.json["traps"] == []


def test_errors_are_one_line(recastbook: Callable[..., Any], tmp_path: Path) -> None:
    said = recastbook("hunt", SEARCH, "--inputs", tmp_path / "gone.npz", *COMMON)
    assert said.code == 1
    assert said.err.startswith("recastbook: there is no file")
    assert said.err.count("\n") == 1
    said = recastbook("hunt", SEARCH, "--stage", "cooked", "--network", "stand-in", "--events", "50")
    assert said.code == 1
    assert "stage is one of fed, raw" in said.err
