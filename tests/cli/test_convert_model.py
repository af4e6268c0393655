"""``recastbook convert-model`` as it is typed."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Run = Callable[..., Any]
NETWORK = {
    "inputs": [{"name": "met", "offset": -200.0, "scale": 0.01}, {"name": "ht", "offset": -900.0, "scale": 0.002}],
    "layers": [{"architecture": "dense", "activation": "sigmoid", "weights": [1.0, -0.5], "bias": [0.25]}],
    "outputs": ["p_signal"],
}


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "network.json"
    path.write_text(json.dumps(NETWORK), encoding="utf-8")
    return path


def test_converts_and_says_how_well(network: Path, recastbook: Run) -> None:
    said = recastbook(
        "convert-model", str(network), "--rows", "300", "--cut", "0.5", "--cut", "0:0.9", "--window", "0.05"
    )
    assert said.code == 0
    assert network.with_suffix(".onnx").is_file()
    for words in ("lwtnn JSON", "met, ht", "p_signal", "agreement", "Differences of scores", "Close to cuts"):
        assert words in said.out
    looked = recastbook("convert-model", str(network.with_suffix(".onnx")), "--inspect", "--json")
    assert (looked.code, json.loads(looked.out)["inputs"][0]["shape"]) == (0, [None, 2])
    shown = recastbook("convert-model", str(network.with_suffix(".onnx")), "--inspect")
    assert "1 Gemm" in shown.out


def test_json_for_machines(network: Path, tmp_path: Path, recastbook: Run) -> None:
    data = tmp_path / "mine.csv"
    np.savetxt(data, [[150.0, 800.0], [350.0, 1200.0]], delimiter=",", header="met,ht")
    said = recastbook("convert-model", str(network), "--json", "--out", str(tmp_path / "a.onnx"), "--data", str(data))
    report = json.loads(said.out)
    assert report["agrees"] is True
    assert report["out"].endswith("a.onnx")
    assert next((c["values"], c["rows"]) for c in report["comparisons"]) == ("given values", 2)


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["absent.json"], 1, "does not exist"),
        (["{network}", "--cut", "high"], 2, "'high' is no number"),
        (["{network}", "--cut", "3:0.5"], 1, "a cut is on output 3, but the model has 1"),
        (["{network}", "--rows", "0"], 1, "rows is 0; it must be above zero"),
        (["{network}", "--scaler", "a.npy", "b.npy"], 1, "a.npy with the standardisation does not exist"),
        (["{network}", "--data", "absent.npy"], 1, "absent.npy with values to compare on does not exist"),
        (["{network}", "--out", "absent/folder/a.onnx"], 1, "does not exist"),
        (["{network}", "--memory", "0"], 1, "the limit memory_mib is 0"),
        (["{network}", "--inspect"], 1, "network.json"),
        (["{pickle}"], 1, "this is a pickle, whatever its name"),
    ],
)
def test_an_error_is_one_line(
    network: Path, tmp_path: Path, recastbook: Run, arguments: list[str], code: int, part: str
) -> None:
    hidden = tmp_path / "model.onnx"
    hidden.write_bytes(pickle.dumps({"a": 1}))
    said = recastbook("convert-model", *(a.format(network=network, pickle=hidden) for a in arguments))
    assert said.code == code
    assert said.out == ""
    assert part in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not network.with_suffix(".onnx").exists()


def test_broken_values_are_named(network: Path, tmp_path: Path, recastbook: Run) -> None:
    np.save(tmp_path / "wide.npy", np.zeros((3, 5)))
    np.save(tmp_path / "nan.npy", np.array([[1.0, 2.0], [np.nan, 1.0]]))
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    for name, part in (("wide", "5 columns"), ("nan", "row 1, column 0 is not finite"), ("objects", "not readable")):
        said = recastbook("convert-model", str(network), "--data", str(tmp_path / f"{name}.npy"))
        assert (said.code, part in said.err) == (1, True), said.err
