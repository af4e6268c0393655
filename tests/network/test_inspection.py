"""Looking into ONNX files: figures that can be counted by hand, and what is refused before anything runs."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from recastbook.exceptions import ChecksumMismatch, MissingData, NetworkError
from recastbook.network import ModelCard, inspect
from recastbook.network.files import MAX_BYTES

Toy = Callable[..., Path]


def test_toy_network_counted_by_hand(toy: Toy) -> None:
    found = inspect(toy())
    assert [(t.name, t.dtype, t.shape) for t in found.inputs] == [("features", "float32", (None, 9))]
    assert [(t.name, t.shape) for t in found.outputs] == [("scores", (None, 2))]
    assert found.opsets == {"": 13}
    assert found.operators == {"Gemm": 2, "Relu": 1, "Softmax": 1}
    assert found.parameters == 9 * 16 + 16 + 16 * 2 + 2
    assert found.flops == (2 * 9 * 16 + 16) + 16 + (2 * 16 * 2 + 2) + 5 * 2
    assert found.not_counted == ()
    assert found.fixed_rows is None
    assert inspect(toy("fixed.onnx", rows=3)).fixed_rows == 3


def test_display_escapes_what_the_file_says(toy: Toy) -> None:
    path = toy()
    model = onnx.load(path)
    helper.set_model_props(model, {"<script>alert(1)</script>": "<b>"})
    onnx.save(model, str(path))
    shown = inspect(path)._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_real_networks(shared_data: Callable[[str], Path]) -> None:
    six = inspect(shared_data("ATLAS-SUSY-2019-04/OneLeptonMultiJets2018_6jets.onnx"))
    assert (six.fixed_rows, six.inputs[0].shape, six.producer) == (1, (1, 65), "pytorch 1.7")
    resonant = inspect(shared_data("ATLAS-HIGP-2024-32/ANA-HIGP-2024-32_resDNN_model_even.onnx"))
    assert resonant.metadata["input_0"] == "htbjet"
    assert resonant.opsets == {"": 9}


# ---- operators of others


def test_custom_operator_is_refused(toy: Toy) -> None:
    with pytest.raises(NetworkError, match=r"toy.onnx: it uses my.domain.Softmax, which is no part of ONNX"):
        inspect(toy(domain="my.domain"))


def test_custom_operator_in_a_subgraph_is_refused(tmp_path: Path) -> None:
    branch = helper.make_graph(
        [helper.make_node("Evil", [], ["out"], domain="evil")], "branch", [],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1])],
    )  # fmt: skip
    graph = helper.make_graph(
        [helper.make_node("If", ["c"], ["out"], then_branch=branch, else_branch=branch)], "main",
        [helper.make_tensor_value_info("c", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1])],
    )  # fmt: skip
    path = tmp_path / "sub.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    with pytest.raises(NetworkError, match=r"evil\.Evil"):
        inspect(path)


# ---- constants outside


def with_external(toy: Toy, location: str) -> Path:
    path = toy()
    model = onnx.load(path)
    weights = model.graph.initializer[0]
    content = weights.raw_data
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", str(len(content)))):
        weights.external_data.add(key=key, value=value)
    path.write_bytes(model.SerializeToString())
    if location == "weights.bin":
        (path.parent / location).write_bytes(content)
    return path


@pytest.mark.parametrize("location", ["/etc/hostname", "../weights.bin", "deep/../../weights.bin", "..\\w", ""])
def test_constant_outside_the_folder_is_refused(toy: Toy, toy_card: ModelCard, location: str) -> None:
    path = with_external(toy, location)
    with pytest.raises(NetworkError, match=r"toy.onnx: the constant 'w1' is kept in .*outside the folder of the file"):
        inspect(path)
    with pytest.raises(NetworkError, match="outside the folder of the file"):
        toy_card.session(path).open()


def test_link_that_leads_out_of_the_folder_is_refused(toy: Toy, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.bin"
    outside.write_bytes(bytes(10_000))
    path = with_external(toy, "linked.bin")
    (path.parent / "linked.bin").symlink_to(outside)
    with pytest.raises(NetworkError, match=r"'linked\.bin', outside the folder"):
        inspect(path)


def test_constant_in_the_folder_works(toy: Toy, toy_card: ModelCard, expected: Callable[..., Any]) -> None:
    path = with_external(toy, "weights.bin")
    assert inspect(path).external == ("weights.bin",)
    rows = np.random.default_rng(1).normal(size=(5, 9)).astype("f4")
    assert Path.cwd() != path.parent
    assert toy_card.session(path).run(rows)["p_signal"] == pytest.approx(expected(rows)[:, 0], abs=1e-6)
    (path.parent / "weights.bin").write_bytes(b"short")
    with pytest.raises(NetworkError, match=r"reaches beyond the end of 'weights\.bin'"):
        inspect(path)
    (path.parent / "weights.bin").unlink()
    with pytest.raises(NetworkError, match=r"'weights\.bin', which does not exist"):
        inspect(path)


# ---- files that are none


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as stream:
        stream.truncate(size)
    return path


def test_three_gigabytes_are_refused_before_they_are_read(tmp_path: Path, toy_card: ModelCard) -> None:
    size = 3 * 10**9
    path = sparse(tmp_path / "toy.onnx", size)
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for look in (lambda: inspect(path), lambda: toy_card.session(path).open()):
        with pytest.raises(NetworkError, match=rf"{size} bytes are too many for a network; at most {MAX_BYTES}"):
            look()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_truncated_file_is_one_error(toy: Toy) -> None:
    path = toy()
    content = path.read_bytes()
    for length in (1, 10, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(NetworkError, match=r"toy.onnx: .*(truncated|no ONNX file)"):
            inspect(path)


NONE = {"empty": b"", "json": b"{}", "text": b"hello" * 99, "pickle": pickle.dumps({"a": 1})}


@pytest.mark.parametrize("content", NONE.values(), ids=NONE)
def test_what_is_no_onnx_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(content)
    with pytest.raises(NetworkError, match=r"network\.onnx: "):
        inspect(path)


def test_replaced_file_names_both_checksums(toy: Toy, toy_card: ModelCard, sha256: Callable[[Path], str]) -> None:
    path = toy()
    wanted = sha256(path)
    toy(permute=[1, 0, 2, 3, 4, 5, 6, 7, 8])
    card = replace(toy_card, files=(replace(toy_card.files[0], sha256=wanted),))
    with pytest.raises((NetworkError, ChecksumMismatch), match=f"sha256 is {wanted} .* has {sha256(path)}"):
        card.session(path).open()


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="does not exist"):
        inspect(tmp_path / "absent.onnx")


def test_constants_of_nodes_count(tmp_path: Path) -> None:
    tensor = numpy_helper.from_array(np.zeros((3, 4), dtype="f4"), "inner")
    graph = helper.make_graph(
        [helper.make_node("Constant", [], ["c"], value=tensor), helper.make_node("MatMul", ["x", "c"], ["y"])], "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 4])],
    )  # fmt: skip
    path = tmp_path / "constant.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    assert inspect(path).parameters == 12
