"""Cards that cannot be right are refused when they are read, or found by lint."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from recastbook.exceptions import BadSpecification
from recastbook.network import ModelCard

from .conftest import content_of


def errors_of(content: dict[str, Any], folder: Path) -> str:
    """Return what loading, or else lint, has against a card."""
    path = folder / "network.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(content)), sort_keys=False))  # a copy has no aliases
    try:
        card = ModelCard.load(path)
    except BadSpecification as error:
        return str(error)
    return "\n".join(map(str, card.lint().errors))


def _missing_column(content: dict[str, Any]) -> None:
    del content["inputs"][4]


def _extra_column(content: dict[str, Any]) -> None:
    content["inputs"].append({**content["inputs"][-2], "name": "met_phi_2"})


def _two_of_a_name(content: dict[str, Any]) -> None:
    content["inputs"][3]["name"] = content["inputs"][2]["name"]


def _wrong_count_everywhere(content: dict[str, Any]) -> None:
    del content["inputs"][10]  # met: the card agrees with itself, the file does not
    for file in content["files"]:
        file["input"]["shape"] = [None, 12]


def _unknown_unit(content: dict[str, Any]) -> None:
    content["inputs"][0]["unit"] = "furlong"


def _zero_width(content: dict[str, Any]) -> None:
    content["inputs"][0]["width"] = 0.0


def _zero_width_of_a_file(content: dict[str, Any]) -> None:
    content["files"][0]["widths"] = [0.0] * 13


def _nan_mean(content: dict[str, Any]) -> None:
    content["inputs"][0]["mean"] = float("nan")


def _nan_width(content: dict[str, Any]) -> None:
    content["inputs"][0]["width"] = float("nan")


def _no_normalisation(content: dict[str, Any]) -> None:
    del content["inputs"][0]["mean"]


def _wrong_golden_row(content: dict[str, Any]) -> None:
    raw = {i["name"]: i["mean"] for i in content["inputs"]}
    row = {"name": "wrong", "raw": raw, "scores": {"p_signal": 0.01}, "file": "toy_even.onnx"}
    content["golden_rows"] = [row]


def _fold_left_out(content: dict[str, Any]) -> None:
    content["files"][1]["when"] = [{"feature": "event", "modulus": 3, "remainder": 1}]


def _replaced_file(content: dict[str, Any]) -> None:
    content["files"][0]["sha256"] = "0" * 64


def _other_size(content: dict[str, Any]) -> None:
    content["files"][0]["size_bytes"] = 7


def _unknown_material(content: dict[str, Any]) -> None:
    content["materials"]["likelyhood"] = "somewhere"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (_missing_column, "width 13"), (_extra_column, "width 13, but the card lists 14"),
        (_two_of_a_name, "jet_phi_0"),
        (_wrong_count_everywhere, r"shape [free, 12], the file [free, 13]"), (_unknown_unit, "furlong"),
        (_zero_width, "inputs[0].width"), (_zero_width_of_a_file, "widths"), (_nan_mean, "jet_pt_0"),
        (_nan_width, "jet_pt_0"), (_no_normalisation, "mean and width are needed"), (_wrong_golden_row, "'wrong'"),
        (_fold_left_out, "folds"), (_replaced_file, "another network, or damaged"), (_other_size, "size_bytes"),
        (_unknown_material, "likelyhood"),
    ],
)  # fmt: skip
def test_hostile_card(fault: Callable[[dict[str, Any]], None], words: str, tmp_path: Path) -> None:
    content = content_of(tmp_path)
    fault(content)
    assert words in errors_of(content, tmp_path)


def test_the_card_without_fault_has_only_its_golden_rows_missing(tmp_path: Path) -> None:
    errors = errors_of(content_of(tmp_path), tmp_path)
    assert errors.splitlines()
    assert all(line.startswith("LH40") for line in errors.splitlines())
