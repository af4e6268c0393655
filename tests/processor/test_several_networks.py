"""A search with two networks, one of them in two folds, on toy networks whose scores numpy can compute."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray
from toys import ToySearch, toy_events, write_events

import recastbook.processor
from recastbook import Sample
from recastbook.exceptions import BadSpecification, MissingData, UnknownName

WEIGHTS = {"even.onnx": (0.8, -0.5), "odd.onnx": (-0.4, 0.7), "other.onnx": (0.3, 0.2)}
CONSTANTS = {"even.onnx": ((300.0, 60.0), (200.0, 50.0)), "odd.onnx": ((250.0, 70.0), (150.0, 40.0)),
             "other.onnx": ((0.0, 0.0), (500.0, 100.0))}  # fmt: skip


def _write(path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = np.array(WEIGHTS[path.name], dtype="f4").reshape(2, 1)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Sigmoid", ["h"], ["y"])],
        "toy",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1])],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(path))


def _card(score: str, files: list[str]) -> str:
    text = f"card: 1\ntitle: toy {score}\nkind: toy\nrole: event_discriminant\nanalysis: {{id: TOY-TEST-02}}\nfiles:\n"
    for i, name in enumerate(files):
        when = f"when: [{{feature: event, modulus: 2, remainder: {i}}}], " if len(files) > 1 else ""
        means, widths = (list(c) for c in CONSTANTS[name])
        text += (
            f"- {{name: {name}, {when}means: {means}, widths: {widths}, input: {{name: x, dtype: float32, "
            "shape: [null, 2]}, output: {name: y, dtype: float32, shape: [null, 1]}}\n"
        )
    text += "inputs:\n- {name: ht, quantity: ht, unit: GeV, level: reco-object}\n"
    text += "- {name: met, quantity: met, unit: GeV, level: reco-object}\n"
    rows = "".join(f"- {{name: {n}, file: {n}, raw: {{ht: 1.0, met: 2.0}}}}\n" for n in files)
    text += f"normalisation: {{where: outside}}\nactivation: sigmoid\ngolden_rows:\n{rows}"
    return text + f"outputs:\n- {{name: {score}, meaning: a toy}}\n"


class TwoNetworks(ToySearch):
    """Bins of two scores."""

    identifier = "TOY-TEST-02"
    info: Mapping[str, Any] = {
        **ToySearch.info,
        "id": "TOY-TEST-02",
        "networks": {"first": "first.yaml", "second": "second.yaml"},
    }
    regions: Mapping[str, Any] = {
        **ToySearch.regions,
        "histograms": {"met": {"bins": 20, "start": 0, "stop": 400}, "ht": {"bins": 20, "start": 0, "stop": 2000}},
        "regions": [
            {
                "name": f"SR-{score}",
                "kind": "signal",
                "preselection": "common",
                "bins": {"score": score, "edges": [0.2, 0.5, 0.8]},
            }
            for score in ("folded", "plain")
        ],
    }
    where: ClassVar[Path]

    @classmethod
    def folder(cls) -> Path | None:
        return cls.where

    def inputs_for(
        self,
        network: str,
        objects: Mapping[str, Any],
        variant: str = "default",
        mask: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        assert variant == "default"
        features = self.features(objects)
        chosen = slice(None) if mask is None else mask
        return self.cards[network].matrix({k: np.asarray(features[k])[chosen] for k in ("ht", "met")})


@pytest.fixture
def search(tmp_path: Path) -> TwoNetworks:
    (tmp_path / "first.yaml").write_text(_card("folded", ["even.onnx", "odd.onnx"]), encoding="utf-8")
    (tmp_path / "second.yaml").write_text(_card("plain", ["other.onnx"]), encoding="utf-8")
    for name in WEIGHTS:
        _write(tmp_path / name)
    TwoNetworks.where = tmp_path
    return TwoNetworks()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("toys") / "events"
    write_events(target, toy_events(2000))
    return target


def by_numpy(name: str, ht: NDArray[Any], met: NDArray[Any]) -> NDArray[np.float64]:
    means, widths = CONSTANTS[name]
    x = (np.stack([ht, met], axis=1) - means) / widths
    return 1.0 / (1.0 + np.exp(-(x @ np.array(WEIGHTS[name]))))


def test_each_network_and_fold_scores_its_events(search: TwoNetworks, folder: Path, tmp_path: Path) -> None:
    result = search.run(Sample(folder), progress=False, work_dir=tmp_path / "run")
    slim = result.slim
    events, ht, met = (slim.column(c).astype(np.float64) for c in ("event", "ht", "met"))
    scored = np.isfinite(slim.column("folded"))
    assert np.array_equal(scored, (slim.column("n_jets") >= 2) & (met >= 30))
    expected = np.where(events % 2 == 0, by_numpy("even.onnx", ht, met), by_numpy("odd.onnx", ht, met))
    assert slim.column("folded")[scored] == pytest.approx(expected[scored], abs=1e-5)
    assert slim.column("plain")[scored] == pytest.approx(by_numpy("other.onnx", ht, met)[scored], abs=1e-5)
    raw = result.yields()["SR-folded[0.2,0.5)"].raw
    assert raw == np.count_nonzero((expected[scored] >= 0.2) & (expected[scored] < 0.5))
    names = {f["file"]: f["network"] for f in result.header.provenance["network"]["files"]}
    assert names == {"even.onnx": "first", "odd.onnx": "first", "other.onnx": "second"}


def test_chunks_do_not_matter(
    search: TwoNetworks, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = search.run(Sample(folder), progress=False, work_dir=tmp_path / "one")
    monkeypatch.setattr(recastbook.processor, "EVENTS_AT_ONCE", 77)
    other = search.run(Sample(folder), progress=False, work_dir=tmp_path / "other")
    assert [y.raw for y in one.yields()] == [y.raw for y in other.yields()]
    assert one.slim.column("folded") == pytest.approx(other.slim.column("folded"), abs=1e-6, nan_ok=True)


def test_regions_of_a_missing_network_are_absent_and_the_others_not(
    search: TwoNetworks, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "odd.onnx").unlink()
    result = search.run(Sample(folder), progress=False, work_dir=tmp_path / "run")
    assert "odd.onnx" in result.absent["SR-folded[0.2,0.5)"]
    assert set(result.absent) == {"SR-folded[0.2,0.5)", "SR-folded[0.5,0.8]"}
    assert (result.yields()["SR-plain[0.5,0.8]"].raw or 0) > 10
    for name in ("even.onnx", "other.onnx"):
        (tmp_path / name).unlink()
    nothing = search.run(Sample(folder), progress=False, work_dir=tmp_path / "none")
    assert len(nothing.absent) == 4
    assert (nothing.yields()["SR-plain"].raw or 0) > 100


def test_files_from_a_folder(search: TwoNetworks, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in WEIGHTS:
        shutil.move(tmp_path / name, elsewhere / name)
    assert not search.configured().networks
    found = search.configured(network=elsewhere)
    assert [s.path.parent for n in found.networks.values() for s in n.sessions] == [elsewhere] * 3
    with pytest.raises(MissingData, match=r"takes a folder that holds them, not 'stand-in'.*even\.onnx, odd\.onnx"):
        search.configured(network="stand-in")


def test_cards_by_name(search: TwoNetworks) -> None:
    assert list(search.cards) == ["first", "second"]
    assert search.network_of("plain") == "second"
    assert search.card is None
    with pytest.raises(UnknownName, match=r"has no score 'plein'\. Did you mean 'plain'"):
        search.network_of("plein")
    assert "toy folded; toy plain; " in str(search)
    assert "toy plain" in search._repr_html_()


def test_a_configured_search_travels(search: TwoNetworks) -> None:
    twin = pickle.loads(pickle.dumps(search.configured()))  # noqa: S301 - our own bytes
    raw = np.array([[300.0, 60.0]])
    scores = twin.networks["first"].scores(raw, {"event": np.array([2])})
    assert scores["folded"] == pytest.approx([0.5])


def test_two_networks_of_one_score_are_refused(search: TwoNetworks, tmp_path: Path) -> None:
    (tmp_path / "second.yaml").write_text(_card("folded", ["other.onnx"]), encoding="utf-8")
    with pytest.raises(BadSpecification, match=r"two networks of info\.yaml have an output of the same name"):
        _ = TwoNetworks().cards


def test_the_contract_holds(search: TwoNetworks, folder: Path) -> None:
    from recastbook.testing import check_analysis

    report = check_analysis(TwoNetworks, sample=Sample(folder))
    assert "golden rows" in report.passed
