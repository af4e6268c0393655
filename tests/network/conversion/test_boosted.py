"""Boosted trees: from the texts of their libraries without trust, from pickles with it; branches at every threshold."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from recastbook.exceptions import NetworkError
from recastbook.network.conversion import convert_model, recognise

xgboost = pytest.importorskip("xgboost")
lightgbm = pytest.importorskip("lightgbm")

RNG = np.random.default_rng(3)
ROWS = RNG.normal(size=(1500, 4))
LABELS = np.digitize(ROWS[:, 0] + 0.5 * RNG.normal(size=1500), [-0.5, 0.5])


def trained(library: str, classes: int) -> Any:
    labels = LABELS if classes == 3 else (LABELS > 0).astype(int)
    more = {"num_class": 3} if classes == 3 else {}
    if library == "xgboost":
        objective = "multi:softprob" if classes == 3 else "binary:logistic"
        matrix = xgboost.DMatrix(ROWS, labels, feature_names=["met", "ht", "n_jet", "mt"])
        return xgboost.train({"objective": objective, "max_depth": 4, "nthread": 1, **more}, matrix, 15)
    objective = "multiclass" if classes == 3 else "binary"
    return lightgbm.train(
        {"objective": objective, "verbose": -1, "num_threads": 1, **more}, lightgbm.Dataset(ROWS, labels), 15
    )


def predicted(model: Any, rows: Any) -> Any:
    names = ["met", "ht", "n_jet", "mt"]
    found = model.predict(xgboost.DMatrix(rows, feature_names=names) if isinstance(model, xgboost.Booster) else rows)
    return np.column_stack([1 - found, found]) if found.ndim == 1 else found


@pytest.mark.parametrize(
    ("library", "name", "classes"),
    [("xgboost", "model.json", 3), ("lightgbm", "model.txt", 3)],
)
def test_text_of_a_library_needs_no_trust(tmp_path: Path, library: str, name: str, classes: int) -> None:
    model = trained(library, classes)
    model.save_model(tmp_path / name)
    report = convert_model(tmp_path / name, tmp_path / "model.onnx", rows=4000, cuts=[0.5])
    assert report.agrees
    whole, edges = report.comparisons
    assert (whole.above, whole.rows, edges.rows) == (0, 4000, 4000)
    assert edges.above == 0 or (library == "lightgbm" and "-1e-35" in report.notes[0])
    assert report.inputs == (("met", "ht", "n_jet", "mt") if library == "xgboost" else tuple(model.feature_name()))
    session = onnxruntime.InferenceSession(report.out, providers=["CPUExecutionProvider"])
    rows = np.random.default_rng(4).normal(size=(300, 4)).astype("f4")
    (scores,) = session.run(None, {"features": rows})
    assert scores == pytest.approx(predicted(model, rows), abs=1e-6)


def test_pickled_classifier_with_scaler(tmp_path: Path) -> None:
    model = lightgbm.LGBMClassifier(n_estimators=10, verbose=-1, n_jobs=1).fit(ROWS, LABELS > 0)
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(model))
    mean, width = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.5, 1.0, 2.0, 4.0])
    report = convert_model(path, trust=True, scaler=(mean, width), rows=1000)
    assert report.agrees
    assert "LGBMClassifier, binary" in report.model


def test_texts_are_recognised_and_a_truncated_one_is_one_error(tmp_path: Path) -> None:
    model = trained("xgboost", 2)
    for name, kind in (("model.json", "XGBoost JSON"), ("model.ubj", "XGBoost UBJSON")):
        model.save_model(tmp_path / name)
        assert recognise(tmp_path / name) == kind
    path = tmp_path / "model.ubj"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(NetworkError, match=r"model.ubj: \w+Error: "):
        convert_model(path, tmp_path / "out.onnx")
    assert not (tmp_path / "out.onnx").exists()
