"""Cost of one evaluation in a batch, for a network of half a million weights."""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from recastbook.network import Evaluator, ModelCard, Session

pytestmark = pytest.mark.benchmark

ATLAS = Path(__import__("recastbook").__file__).parent / "analyses" / "atlas_susy_2018_30"
TARGET_US = 15.0
LAYERS = (87, 500, 500, 400, 8)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A random network with the contract of ATLAS-SUSY-2018-30 and 0.5 million weights."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(1)
    nodes, values, current = [], [], "input_1"
    for k, (n_in, n_out) in enumerate(itertools.pairwise(LAYERS)):
        values.append(numpy_helper.from_array((rng.normal(size=(n_in, n_out)) / n_in**0.5).astype("f4"), f"w{k}"))
        values.append(numpy_helper.from_array(np.zeros(n_out, "f4"), f"b{k}"))
        nodes.append(helper.make_node("Gemm", [current, f"w{k}", f"b{k}"], [f"sum{k}"]))
        last = k == len(LAYERS) - 2
        current = "dense_4" if last else f"active{k}"
        extra = {"axis": 1} if last else {}
        nodes.append(helper.make_node("Softmax" if last else "Relu", [f"sum{k}"], [current], **extra))
    graph = helper.make_graph(
        nodes,
        "random",
        [helper.make_tensor_value_info("input_1", TensorProto.FLOAT, ["batch", LAYERS[0]])],
        [helper.make_tensor_value_info("dense_4", TensorProto.FLOAT, ["batch", LAYERS[-1]])],
        values,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    path = tmp_path_factory.mktemp("network") / "random.onnx"
    onnx.save(model, str(path))
    assert sum(np.prod(v.dims) for v in values) > 0.49e6
    return path


def median_us(action, count, repeat=5):
    action()
    times = []
    for _ in range(repeat):
        start = time.process_time()
        action()
        times.append((time.process_time() - start) / count * 1e6)
    return statistics.median(times)


def report(capsys, line):
    with capsys.disabled():
        sys.stdout.write(f"\n{line}\n")


def test_evaluation_in_batches(network, capsys):
    card = ModelCard.load(ATLAS)
    session = Session(card, network, verify=False, threads=1)
    raw = np.random.default_rng(2).normal(card.means, card.widths, size=(20_000, 87))
    evaluator = Evaluator(card, session, raw)
    cost = median_us(lambda: evaluator.scores((1, 2100, 1), outputs=["p_gtt"]), len(raw))
    report(capsys, f"one evaluation in a batch, 0.5 M weights: {cost:.1f} us")
    assert cost <= TARGET_US, f"{cost:.1f} us per evaluation"


def test_one_row_a_call_for_comparison(network, capsys):
    card = ModelCard.load(ATLAS)
    session = Session(card, network, verify=False, threads=1, batch_size=1)
    rows = np.zeros((2_000, 87), dtype=np.float32)
    cost = median_us(lambda: session.run(rows, outputs=["p_gtt"]), len(rows), repeat=3)
    report(capsys, f"one evaluation, one row a call: {cost:.1f} us")
    assert cost > 0
