"""Networks with a fixed number of rows; files that run code and are sent back with the way out."""

from __future__ import annotations

import importlib.util
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from recastbook.exceptions import MissingData, MissingDependency, NetworkError
from recastbook.network import inspect
from recastbook.network.conversion import convert_model, recognise


@pytest.mark.parametrize("jets", range(4, 9))
def test_the_five_real_networks_give_the_same_scores_opened(
    shared_data: Callable[[str], Path], tmp_path: Path, jets: int
) -> None:
    source = shared_data(f"ATLAS-SUSY-2019-04/OneLeptonMultiJets2018_{jets}jets.onnx")
    report = convert_model(source, tmp_path, rows=400)
    assert report.out == tmp_path / source.name
    assert inspect(report.out).fixed_rows is None
    assert report.comparisons[0].rows == 400
    assert report.comparisons[0].largest < 1e-6
    rows = np.random.default_rng(jets).normal(size=(20, 65)).astype("f4")
    one = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])
    many = onnxruntime.InferenceSession(report.out, providers=["CPUExecutionProvider"])
    single = np.concatenate([one.run(None, {"input.1": row[None]})[0] for row in rows])
    assert many.run(None, {"input.1": rows})[0] == pytest.approx(single, abs=1e-6)


def test_free_network_needs_no_conversion(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    source = shared_data("ATLAS-HIGP-2024-32/ANA-HIGP-2024-32_resDNN_model_odd.onnx")
    with pytest.raises(NetworkError, match="any number of rows already; --inspect shows"):
        convert_model(source, tmp_path / "out.onnx")


def archive(path: Path, name: str) -> None:
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(name, "{}")


SENT_BACK: dict[str, tuple[Callable[[Path], object], str]] = {
    "keras": (lambda p: archive(p, "config.json"), "Keras archive is not converted here.*model.export"),
    "torch": (lambda p: archive(p, "model/data.pkl"), "PyTorch archive is not converted here.*torch.onnx.export"),
    "hdf5": (lambda p: p.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99)), "HDF5 is not converted here.*tf2onnx"),
    "root": (lambda p: p.write_bytes(b"root" + bytes(99)), "ROOT file is not converted here.*petrifyml"),
    "nothing": (lambda p: p.write_bytes(b"hello world"), "of no format that is known here"),
    "empty": (lambda p: p.write_bytes(b""), "of no format that is known here"),
}


@pytest.mark.parametrize("kind", SENT_BACK)
@pytest.mark.parametrize("trust", [False, True], ids=["", "trusted"])
def test_what_is_not_converted_says_the_way_out(tmp_path: Path, kind: str, trust: bool) -> None:
    make, message = SENT_BACK[kind]
    path = tmp_path / "network.onnx"
    make(path)
    with pytest.raises(NetworkError, match=message):
        convert_model(path, trust=trust)
    assert [p.name for p in tmp_path.iterdir()] == ["network.onnx"]


def test_too_long_absent_or_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "network.json"
    with path.open("wb") as stream:
        stream.write(b'{"inputs": []')
        stream.truncate(3 * 10**9)
    with pytest.raises(NetworkError, match=r"3000000000 bytes are too many for a model \(lwtnn JSON\)"):
        recognise(path)
    with pytest.raises(MissingData, match="does not exist"):
        recognise(tmp_path / "absent")
    with pytest.raises(NetworkError, match="is a folder"):
        recognise(tmp_path)


def test_missing_library_is_named_before_a_process_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "lightgbm" else found(name))
    monkeypatch.setattr(subprocess, "Popen", None)
    path = tmp_path / "model.txt"
    path.write_text("tree\nversion=v4\n", encoding="utf-8")
    with pytest.raises(MissingDependency, match=r"LightGBM text needs lightgbm: .*'recastbook\[convert\]' lightgbm"):
        convert_model(path)
