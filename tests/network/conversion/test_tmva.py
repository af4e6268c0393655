"""Boosted decision trees of TMVA, on weight files written by hand whose scores can be worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from recastbook.exceptions import NetworkError
from recastbook.network import inspect, wire
from recastbook.network.conversion import convert_model

HEAD = """<?xml version="1.0"?>
<MethodSetup Method="BDT::BDT">
  <GeneralInfo><Info name="AnalysisType" value="{analysis}"/></GeneralInfo>
  <Options>
    <Option name="BoostType" modified="Yes">{boost}</Option>
    <Option name="UseYesNoLeaf" modified="No">{yes_no}</Option>
  </Options>
  <Variables NVar="2">
    <Variable VarIndex="0" Expression="met" Label="met" Type="F" Min="0" Max="900"/>
    <Variable VarIndex="1" Expression="n_jet" Label="n_jet" Type="I" Min="0" Max="12"/>
  </Variables>
  <Classes NClass="{n}">{classes}</Classes>
  <Transformations NTransformations="0"/>
  <Weights NTrees="3" AnalysisType="0">{trees}</Weights>
</MethodSetup>
"""
# above 200.1 GeV to the right; there at 4 jets and more to the left (cType 0)
TREE = """<BinaryTree type="DecisionTree" boostWeight="{weight}" itree="0">
  <Node pos="s" depth="0" NCoef="0" IVar="0" Cut="{met}" cType="1" res="0" purity="0.5" nType="0">
    <Node pos="l" depth="1" NCoef="0" IVar="-1" Cut="0" cType="1" res="-0.25" purity="0.125" nType="-1"/>
    <Node pos="r" depth="1" NCoef="0" IVar="1" Cut="4" cType="0" res="0" purity="0.5" nType="0">
      <Node pos="l" depth="2" NCoef="0" IVar="-1" Cut="0" cType="1" res="0.5" purity="0.875" nType="1"/>
      <Node pos="r" depth="2" NCoef="0" IVar="-1" Cut="0" cType="1" res="-0.125" purity="0.25" nType="-1"/>
    </Node>
  </Node>
</BinaryTree>"""
WEIGHTS, CUTS = (0.5, 1.5, 2.0), (200.1, 300.3, 150.0)
ROWS = [(100.0, 9.0), (200.1, 4.0), (250.0, 3.0), (299.0, 5.0), (400.0, 4.0), (149.99, 4.0), (float("nan"), 4.0)]


def text(
    boost: str = "AdaBoost",
    yes_no: str = "True",
    analysis: str = "Classification",
    classes: tuple[str, ...] = ("S", "B"),
) -> str:
    trees = "".join(TREE.format(weight=w, met=c) for w, c in zip(WEIGHTS, CUTS, strict=True))
    named = "".join(f'<Class Name="{name}" Index="{k}"/>' for k, name in enumerate(classes))
    return HEAD.format(analysis=analysis, boost=boost, yes_no=yes_no, n=len(classes), classes=named, trees=trees)


def leaves(row: tuple[float, float], below: float, many: float, few: float) -> list[float]:
    """What each of the three trees answers; TMVA compares in float32."""
    met, jets = np.float32(row[0]), np.float32(row[1])
    return [below if not met >= np.float32(cut) else many if jets >= 4 else few for cut in CUTS]


def weighted(values: list[float]) -> float:
    return sum(w * v for w, v in zip(WEIGHTS, values, strict=True)) / sum(WEIGHTS)


BY_HAND: dict[str, tuple[str, Callable[[tuple[float, float]], list[float]]]] = {
    "AdaBoost": (text(), lambda row: [weighted(leaves(row, -1, 1, -1))]),
    "purity": (text(yes_no="False"), lambda row: [weighted(leaves(row, 0.125, 0.875, 0.25))]),
    "Grad": (text(boost="Grad"), lambda row: [2 / (1 + math.exp(-2 * sum(leaves(row, -0.25, 0.5, -0.125)))) - 1]),
    "Multiclass": (
        text(boost="Grad", analysis="Multiclass", classes=("ttH", "ttbar", "Z")),
        lambda row: [math.exp(v) / sum(math.exp(u) for u in leaves(row, -0.25, 0.5, -0.125))
                     for v in leaves(row, -0.25, 0.5, -0.125)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BY_HAND)
def test_scores_worked_out_by_hand(tmp_path: Path, kind: str) -> None:
    content, expected = BY_HAND[kind]
    path = tmp_path / "weights.xml"
    path.write_text(content, encoding="utf-8")
    report = convert_model(path, rows=500, cuts=[0.1])
    assert report.agrees
    assert [c.above for c in report.comparisons] == [0, 0]
    assert report.inputs == ("met", "n_jet")
    assert report.outputs == (("ttH", "ttbar", "Z") if kind == "Multiclass" else ("mva",))
    session = onnxruntime.InferenceSession(report.out, providers=["CPUExecutionProvider"])
    (scores,) = session.run(None, {"features": np.array(ROWS, dtype="f4")})
    assert scores == pytest.approx(np.array([expected(row) for row in ROWS]), abs=1e-6)


BAD = {
    "MLP": (text().replace("BDT::BDT", "MLP::MLP"), "method 'MLP' of TMVA is not converted.*petrify-tmvamlp-to-onnx"),
    "regression": (text(analysis="Regression"), "Regression with BoostType AdaBoost is not converted"),
    "unknown boost": (text(boost="AdaCost"), "BoostType AdaCost is not converted; known are AdaBoost"),
    "Fisher": (text().replace('NCoef="0" IVar="1"', 'NCoef="2" IVar="1"', 1), "BinaryTree 0, node 2: Fisher cuts"),
    "variable": (text().replace('IVar="1"', 'IVar="7"', 1), "node 2: IVar is 7, but there are 2 variables"),
    "cut": (text().replace('Cut="200.1"', 'Cut="wide"'), "BinaryTree 0, node 0: Cut is 'wide', a number is needed"),
    "infinite": (text().replace('Cut="200.1"', 'Cut="inf"'), "node 0: Cut is not finite"),
    "one child": (text().replace('pos="l" depth="2"', 'pos="r" depth="2"', 1), "a left and a right one, or none"),
    "transformed": (text().replace('<Transformations NTransformations="0"/>',
                    '<Transformations NTransformations="1"><Transform Name="PCA"/></Transformations>'), "transformed"),
    "truncated": (text()[:1500], "not readable as XML"),
    "entities": (text().replace("<MethodSetup", '<!DOCTYPE a [<!ENTITY b "c">]><MethodSetup', 1),
                 "defines no entities"),
    "no trees": (text().split("<Weights")[0] + "<Weights/></MethodSetup>", "there are no trees"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_weight_file_is_refused_with_its_place(tmp_path: Path, kind: str) -> None:
    content, message = BAD[kind]
    path = tmp_path / "weights.xml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(NetworkError, match=message) as caught:
        convert_model(path)
    assert "weights.xml" in str(caught.value)
    assert not (tmp_path / "weights.onnx").exists()


@pytest.mark.parametrize("packed", [False, True])
def test_inspection_counts_trees(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "weights.xml"
    path.write_text(text(), encoding="utf-8")
    out = convert_model(path, rows=10).out
    if packed:  # the other way to write a list of numbers: one field for all of them
        out.write_bytes(with_packed_lists(out.read_bytes()))
    found = inspect(out)
    assert (found.trees, found.flops) == (3, 3 * 2)
    assert found.parameters == 15 + 9  # a threshold for every node, a value for every leaf
    assert found.operators == {"ai.onnx.ml.TreeEnsembleRegressor": 1, "Identity": 1}


def with_packed_lists(content: bytes) -> bytes:
    """Write the integers of every attribute (field 8) as one field."""

    def field(number: int, payload: bytes) -> bytes:
        return wire.encoded(number << 3 | wire.LENGTH) + wire.encoded(len(payload)) + payload

    def pack(message: bytes, path: tuple[int, ...]) -> bytes:
        out, numbers = b"", b""
        for number, kind, start, payload, end in wire.spans(message):
            if not path and number == 8:
                numbers += message[payload:end]
            elif path and number == path[0] and kind == wire.LENGTH:
                out += field(number, pack(message[payload:end], path[1:]))
            else:
                out += message[start:end]
        return out + (field(8, numbers) if numbers else b"")

    return pack(content, (7, 1, 5))
