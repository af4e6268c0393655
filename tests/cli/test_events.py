"""``recastbook generate`` and ``convert``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_convert_a_real_file(
    shared_data: Callable[[str], Path], tmp_path: Path, recastbook: Callable[..., Any]
) -> None:
    source = shared_data("events/rivet-testApi.hepmc")
    said = recastbook("convert", source, tmp_path / "out", "--label", "test", "--cross-section", "1.5 pb", "--json")
    assert said.code == 0, said.err
    assert said.json["events"] > 0
    assert said.json["label"] == "test"
    assert said.json["cross_section_pb"] == pytest.approx(1.5)
    assert (tmp_path / "out" / "metadata.json").is_file()
    # a second time the place is taken, and what is there is left alone or taken for what it is
    again = recastbook("convert", source, tmp_path / "out", "--label", "other")
    assert again.code in (0, 1)
    assert again.err.count("\n") <= 1


def test_what_cannot_be_converted(tmp_path: Path, recastbook: Callable[..., Any]) -> None:
    said = recastbook("convert", tmp_path / "absent.hepmc", tmp_path / "out")
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert "absent.hepmc" in said.err
    assert not (tmp_path / "out" / "metadata.json").exists()


def test_convert_needs_two_names(recastbook: Callable[..., Any]) -> None:
    assert recastbook("convert", "only-one").code == 2


@pytest.mark.slow
def test_generate(tmp_path: Path, recastbook: Callable[..., Any]) -> None:
    pytest.importorskip("pythia8mc")
    arguments = [
        "generate",
        "gluino-gtt",
        "-n",
        4,
        "--m-gluino",
        2100,
        "--m-lsp",
        1,
        "--seed",
        3,
        "--workers",
        1,
        "--json",
    ]
    said = recastbook(*arguments, "--output", tmp_path / "out")
    assert said.code == 0, said.err
    assert said.json["events"] == 4
    assert said.json["cross_section_pb"] == pytest.approx(5.98e-4, rel=0.01)
    run = recastbook("run", "ATLAS-SUSY-2018-30", tmp_path / "out", "--json")
    assert run.code == 0, run.err
    assert run.json["events"] == 4
    shutil.rmtree(tmp_path / "out")


def test_help_names_presets_and_their_parameters(recastbook: Callable[..., Any]) -> None:
    said = " ".join(recastbook("generate", "--help").out.split())
    assert "higgs-llp phi -> s s with long-lived scalars s" in said
    assert "needs m_phi= m_s= ctau=; takes fractions, production" in said


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["gluino-gtx", "-n", "1"], "gluino-gtt"),
        (["gluino-gtt", "-n", "1", "--m-gluino", "1", "--m-lsp", "100"], "m_"),
        (["gluino-gtt", "-n", "1", "--set", "colour"], "takes KEY=VALUE"),
    ],
    ids=["unknown preset", "masses", "setting"],
)
def test_what_cannot_be_generated(
    arguments: list[str], part: str, tmp_path: Path, recastbook: Callable[..., Any]
) -> None:
    pytest.importorskip("pythia8mc")
    said = recastbook("generate", *arguments, "--output", tmp_path / "out")
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert part in said.err
