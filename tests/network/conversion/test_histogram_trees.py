"""Histogram gradient boosting of scikit-learn: thresholds in float64 that must not take another value in float32."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest

pytest.importorskip("sklearn", reason="needs the extra 'studio'")

from recastbook.network.conversion.foreign import _scikit_learn
from recastbook.network.conversion.histogram_trees import float32_thresholds

STEPS = (1 + np.arange(40) * np.finfo(np.float32).eps).astype(np.float32)
ROWS = STEPS.repeat(10)[:, None]  # neighbours in float32: the middle of two rounds to either of them
CLASSES = (np.arange(len(ROWS)) // 10) % 2


def composed() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier

    parts = [(name, HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=2)) for name in "ab"]
    return VotingClassifier(parts, voting="soft", flatten_transform=False)


@pytest.mark.filterwarnings("ignore:Field onnx.AttributeProto.ints:DeprecationWarning")  # of skl2onnx
def test_no_value_beside_a_threshold_changes_its_branch() -> None:
    model = composed().fit(ROWS, CLASSES)
    with float32_thresholds(model) as moved:
        pass
    assert moved > 0  # the case is there
    onnx_model, predict, width = _scikit_learn(model)
    assert width == 1
    found = onnxruntime.InferenceSession(onnx_model.SerializeToString()).run(None, {"features": ROWS})[0]
    np.testing.assert_allclose(found, predict(ROWS), atol=1e-6)
    assert np.ptp(found[:, 1]) > 0.1


def test_thresholds_of_the_model_are_given_back() -> None:
    model = composed().fit(ROWS, CLASSES)
    tables = [t.nodes for part in model.estimators_ for trees in part._predictors for t in trees]
    before = [t["num_threshold"].copy() for t in tables]
    with float32_thresholds(model):
        assert any((t["num_threshold"] != b).any() for t, b in zip(tables, before, strict=True))
    assert all((t["num_threshold"] == b).all() for t, b in zip(tables, before, strict=True))
