"""The inference of the unprinted benchmark masses, redone from the counts that are kept."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

VALIDATION = Path(__file__).parents[1] / "validation"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(VALIDATION))
    return importlib.import_module("benchmark_masses")


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((VALIDATION / "results" / "benchmark_masses.json").read_text(encoding="utf-8"))
    return content


def test_the_kept_counts_give_the_kept_masses(program: ModuleType, kept: dict[str, Any]) -> None:
    again = program.infer_gbb(kept["grid"]["gbb"])
    assert again["best"] == pytest.approx(kept["inferred"]["gbb"]["best"], rel=1e-6)
    assert again["region_95"] == kept["inferred"]["gbb"]["region_95"]
    line = program.infer_gtt(kept["grid"]["gtt"])
    assert [p["m_gluino"] for p in line] == pytest.approx([p["m_gluino"] for p in kept["inferred"]["gtt_line"]])


def test_a_light_lsp_fits_the_rate_but_not_the_angles(kept: dict[str, Any]) -> None:
    light = kept["inferred"]["gbb"]["best_with_light_lsp"]
    assert abs(light["pull_rate"]) < 1.0
    assert light["pull_0.4"] < -4.0
    assert light["pull_0.6"] < -4.0


def test_surfaces_describe_the_grid(kept: dict[str, Any]) -> None:
    for surface in kept["inferred"]["gbb"]["surfaces"].values():
        assert surface["chi2"] < 2.0 * surface["ndf"]


def test_masses_are_found_again_from_counts_made_of_them(program: ModuleType, kept: dict[str, Any]) -> None:
    fitted = program.surfaces(kept["grid"]["gbb"], 4, ("efficiency", "dphi_0.4", "dphi_0.6"))
    asked = (1950, 700)
    exact = {name: float(surface(*asked)[0]) for name, surface in fitted.items()}
    program.GBB_RATE = program.LUMINOSITY_FB * program.sigma_fb(asked[0]) * exact["efficiency"]
    program.GBB_DPHI = {"0.4": exact["dphi_0.4"], "0.6": exact["dphi_0.6"]}
    try:
        best = program.infer_gbb(kept["grid"]["gbb"])["best"]
    finally:
        importlib.reload(program)
    assert (best["m_gluino"], best["m_lsp"]) == asked
    assert best["chi2"] == pytest.approx(0.0, abs=1e-6)
