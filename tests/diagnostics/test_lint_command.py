"""``recastbook lint``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recastbook.cli import main
from recastbook.network import ModelCard


def typed(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main(["lint", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_card_without_fault(good: ModelCard, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, good.path)
    assert code == 0
    assert "grade: shareable" in out


def test_folder_and_json(good: ModelCard, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, tmp_path, "--json")
    document = json.loads(out)
    assert code == document["exit_code"] == 0
    assert document["cards"][0]["grade"] == "shareable"
    assert document["cards"][0]["path"] == str(good.path)


def test_errors_give_exit_code_1(good: ModelCard, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / good.files[0].name).write_bytes(b"no network")
    code, out, _ = typed(capsys, good.path)
    assert code == 1
    assert "LH11" in out


def test_unreadable_card_gives_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "network.yaml"
    path.write_text("card: 1\ntitle: [")
    code, out, err = typed(capsys, path)
    assert (code, out) == (1, "")
    assert "network.yaml" in err


@pytest.mark.parametrize(
    "arguments", [[], ["ATLAS-SUSY-2018-31"], ["nowhere/network.yaml"], ["--explain", "LH99"], ["--nonsense"]]
)
def test_wrong_usage_gives_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = typed(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "--explain", "LH26")
    assert code == 0
    assert "azimuth" in out
    assert json.loads(typed(capsys, "--explain", "26", "--json")[1])["rules"][0]["id"] == "LH26"
    assert len(json.loads(typed(capsys, "--explain", "all", "--json")[1])["rules"]) == 80


def test_search_with_several_networks(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "ATLAS-HIGP-2024-32", "--json", "--no-run")
    assert code in (0, 1)
    assert len(json.loads(out)["cards"]) == 3
    assert out.isascii()


def test_other_regions(good: ModelCard, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.yaml"
    other.write_text((tmp_path / "regions.yaml").read_text().replace("below: {of: SR}", "below: 0.9"))
    assert "LH37" in typed(capsys, good.path, "--regions", other)[1]
    assert typed(capsys, good.path, "--regions", "nowhere.yaml")[0] == 2


def test_search_of_maps_has_no_card_to_judge(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = typed(capsys, "ATLAS-EXOT-2019-23")
    assert code == 2
    assert "no model card that could be judged; its regions are probabilities of published maps" in err


def test_cards_with_the_same_faults_are_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the six surrogates one has 12 inputs and five have 14."""
    code, out, _ = typed(capsys, "ATLAS-EXOT-2022-04", "--no-run")
    assert code == 1
    assert out.count("Lint of ") == 2
    assert out.count("the same, but for the names of files") == 4
    # a surrogate is made for truth, holds the detector, and its outputs are the regions
    assert not {rule for rule in ("LH33", "LH36", "LH37", "LH61") if rule in out}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dependent_variables: []\nindependent_variables: []\n", "a table of HEPData, which has no network"),
        ("analysis: X\npT_GeV: 1\n", "no model card, which begins with 'card: 1'; its keys are analysis, pT_GeV"),
    ],
)
def test_other_yaml_is_said_to_be_no_card(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(text)
    code, _, err = typed(capsys, path)
    assert code == 1
    assert words in err
