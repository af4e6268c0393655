"""Models that only their own library can read: refused by default, converted in a confined process when asked for."""

from __future__ import annotations

import os
import pickle
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from recastbook.exceptions import NetworkError
from recastbook.network.conversion import ConversionReport, Limits, convert_model, recognise
from recastbook.network.conversion.names import asked_names

LINUX = sys.platform.startswith("linux")
MEAN, WIDTH = np.array([100.0, 0.5, -3.0, 2.0]), np.array([37.0, 0.2, 1.7, 11.0])


class Runs:
    """A pickle of it calls a function with arguments when it is loaded."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


@pytest.fixture(scope="session")
def forest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    from sklearn.ensemble import RandomForestClassifier

    rng = np.random.default_rng(3)
    rows = rng.normal(size=(600, 4))
    classes = (rows[:, 0] + rng.normal(size=600) > 0).astype(int) + (rows[:, 1] > 0.5)
    model = RandomForestClassifier(10, random_state=1, n_jobs=2).fit(rows, classes)
    path = tmp_path_factory.mktemp("forest") / "forest.pkl"
    path.write_bytes(pickle.dumps(model))
    return model, path


@pytest.fixture(scope="session")
def converted(forest: tuple[Any, Path], tmp_path_factory: pytest.TempPathFactory) -> ConversionReport:
    out = tmp_path_factory.mktemp("converted") / "forest.onnx"
    return convert_model(
        forest[1],
        out,
        trust=True,
        scaler=(MEAN, WIDTH),
        cuts=[0.45, (1, 0.25)],
        window=0.1,
        rows=3000,
        data=MEAN + np.eye(4),
    )


def test_forest_with_scaler_gives_the_probabilities_of_its_library(
    forest: tuple[Any, Path], converted: ConversionReport
) -> None:
    raw = np.random.default_rng(5).normal(MEAN, WIDTH, size=(500, 4)).astype("f4")
    session = onnxruntime.InferenceSession(converted.out, providers=["CPUExecutionProvider"])
    (scores,) = session.run(None, {converted.tensors[0]: raw})
    assert scores.shape == (500, 3)
    assert scores == pytest.approx(forest[0].predict_proba((raw - MEAN) / WIDTH), abs=1e-6)
    assert [i.shape[1] for i in session.get_inputs()] == [4]
    assert isinstance(session.get_inputs()[0].shape[0], str | None)


def test_report_covers_all_values_and_the_edges_of_the_trees(converted: ConversionReport) -> None:
    assert converted.agrees
    assert [(c.values.split()[0], c.rows) for c in converted.comparisons] == [
        ("given", 4), ("values", 3000), ("values", 3000)
    ]  # fmt: skip
    assert all(c.largest < 1e-6 and c.above == 0 for c in converted.comparisons)
    assert [cut.output for cut in converted.cuts] == [0, 1, 2, 1]
    assert converted.cuts[0].rows > 0
    assert converted.flips == 0
    assert "edges of trees" in str(converted)
    assert "<table" in converted._repr_html_()


@pytest.mark.skipif(not LINUX, reason="these layers are Linux's")
def test_layers_that_bound_the_process_are_named(converted: ConversionReport) -> None:
    assert {"cpu limit", "file limit", "memory limit", "seccomp", "audit hook"} <= set(converted.layers)


def test_rows_at_edges_find_a_threshold_that_is_rounded_wrongly(forest: tuple[Any, Path], tmp_path: Path) -> None:
    # the comparison can fail: thresholds moved by one float32 step upwards flip branches
    import onnx

    from recastbook.network.conversion.drawing import EDGES, draw
    from recastbook.network.conversion.edges import tree_edges
    from recastbook.network.conversion.evaluation import evaluate
    from recastbook.network.conversion.parity import compare

    out = tmp_path / "plain.onnx"
    convert_model(forest[1], out, trust=True, rows=10)
    model = onnx.load(out)
    rows, kinds = draw(tree_edges(model), 4, None, count=2000, seed=2)
    reference = forest[0].predict_proba(rows)
    good, _ = evaluate(out.read_bytes(), rows, "good")
    assert compare(reference, good, kinds, 1e-4)[1].above == 0
    (values,) = (a for n in model.graph.node for a in n.attribute if a.name == "nodes_values")
    moved = np.nextafter(np.array(values.floats, dtype="f4"), np.float32(np.inf))
    values.ClearField("floats")
    values.floats.extend(moved.tolist())
    bad, _ = evaluate(model.SerializeToString(), rows, "bad")
    assert compare(reference, bad, kinds, 1e-4)[1].above > 100
    assert (kinds == EDGES).sum() == 2000


@pytest.mark.parametrize("name", ["model.pkl", "network.onnx", "network.json"])
def test_pickle_is_refused_by_content_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(pickle.dumps(Runs(os.system, "touch it-ran")))
    assert recognise(path) == "pickle"
    with pytest.raises(NetworkError, match=r"(?s)this is a pickle.*posix.system.*--trust"):
        convert_model(path, tmp_path / "out.onnx")
    assert not (tmp_path / "out.onnx").exists()


@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_is_recognised_and_its_names_read(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "model"
    path.write_bytes(pickle.dumps(Runs(os.system, "true"), protocol))
    assert recognise(path) == "pickle"
    assert asked_names(path) == ("posix.system",)


def test_compressed_joblib_is_recognised(tmp_path: Path) -> None:
    import joblib

    for compress in (("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)):
        joblib.dump({"a": np.arange(5)}, tmp_path / "model.onnx", compress=compress)
        assert recognise(tmp_path / "model.onnx") == "pickle"


HOSTILE = {
    "socket": (lambda folder: Runs(socket.create_connection, ("127.0.0.1", 9), 1.0), "refused: .*tried to socket"),
    "program": (lambda folder: Runs(os.system, "true"), "refused: .*tried to os.system"),
    "file": (lambda folder: Runs(open, f"{folder}/outside", "w"), "refused: .*tried to write .*outside"),
    "memory": (lambda folder: Runs(bytearray, 3 << 30), "limit of memory, 1024 MiB"),
    "for ever": (lambda folder: Runs(max, Runs(range, 1 << 60)), "processor time|on the clock"),
    "exit": (lambda folder: Runs(sys.exit, 0), "SystemExit"),
    "no model": (lambda folder: {"a": 1}, "no model with predict"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_pickle_is_stopped_and_said(tmp_path: Path, kind: str) -> None:
    make, message = HOSTILE[kind]
    path, out = tmp_path / "hostile.pkl", tmp_path / "out.onnx"
    path.write_bytes(pickle.dumps(make(tmp_path)))
    with pytest.raises(NetworkError, match=message):
        convert_model(
            path,
            out,
            trust=True,
            limits=Limits(memory_mib=1024, cpu_seconds=3 if kind == "for ever" else 20, wall_seconds=30),
        )
    assert {entry.name for entry in tmp_path.iterdir()} == {"hostile.pkl"}
