"""Boosted trees of XGBoost and LightGBM, by onnxmltools; this runs in the confined process."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

__all__ = ["from_lightgbm", "from_xgboost", "read_lightgbm", "read_xgboost"]

_PROBABILITIES = {"binary:logistic", "multi:softprob", "binary", "multiclass"}
_OPSET = 15  # of onnxmltools


def read_xgboost(stream: BinaryIO) -> Any:
    """Read a booster from JSON or UBJSON."""
    import xgboost

    booster = xgboost.Booster()
    booster.load_model(bytearray(stream.read()))
    return booster


def read_lightgbm(stream: BinaryIO) -> Any:
    """Read a booster from text."""
    import lightgbm

    return lightgbm.Booster(model_str=stream.read().decode("utf-8"))


def from_xgboost(booster: Any) -> tuple[Any, Any, tuple[str, ...], str]:
    """Return the ONNX model, a function of rows that gives its scores, names of the inputs, and the objective.

    Raises
    ------
    ValueError
        If the objective is none whose scores are known.
    """
    import json

    import xgboost
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    names = tuple(booster.feature_names or ())
    booster.feature_names = None  # onnxmltools takes f0, f1, ... only
    booster.set_param({"nthread": 1})
    objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
    if objective == "multi:softmax":  # the same trees; probabilities instead of the class
        objective = "multi:softprob"
        booster.set_param({"objective": objective})
    _check(objective, "reg:")
    width = int(booster.num_features())
    model = convert_xgboost(booster, initial_types=[("features", FloatTensorType([None, width]))], target_opset=_OPSET)

    def predict(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        return _columns(booster.predict(xgboost.DMatrix(rows)), objective)

    return model, predict, names or _numbered(width), objective


def from_lightgbm(booster: Any) -> tuple[Any, Any, tuple[str, ...], str]:
    """Return the ONNX model, a function of rows that gives its scores, names of the inputs, and the objective.

    Raises
    ------
    ValueError
        If the objective is none whose scores are known.
    """
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    objective = str(booster.dump_model()["objective"]).split()[0]
    _check(objective, "regression")
    width = int(booster.num_feature())
    model = convert_lightgbm(
        booster, initial_types=[("features", FloatTensorType([None, width]))], target_opset=_OPSET, zipmap=False
    )
    round_down(model, booster.dump_model())

    def predict(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        return _columns(booster.predict(rows, num_threads=1), objective)

    return model, predict, tuple(booster.feature_name()), objective


def _check(objective: str, regression: str) -> None:
    if objective not in _PROBABILITIES and not objective.startswith(regression):
        known = ", ".join(sorted(_PROBABILITIES))
        message = f"its objective is {objective}; scores are known for {known} and those that begin with {regression}"
        raise ValueError(message)


def _columns(scores: Any, objective: str) -> NDArray[np.float64]:
    """Return scores by column; of two classes the library gives only the second."""
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim == 1 and objective in ("binary:logistic", "binary"):
        return np.column_stack([1.0 - values, values])
    return values.reshape(len(values), -1)


def _numbered(width: int) -> tuple[str, ...]:
    return tuple(f"f{k}" for k in range(width))


def round_down(model: Any, dump: Any) -> int:
    """Round the thresholds of LightGBM towards the side that float32 values keep.

    LightGBM compares with ``<=`` in float64. A threshold that is rounded up to float32 takes one value more to its
    left; the largest float32 that is not above it takes none.

    Returns
    -------
    int
        How many thresholds were moved.
    """
    exact: dict[tuple[int, int, float], float] = {}
    pending = [(tree["tree_index"], tree["tree_structure"]) for tree in dump["tree_info"]]
    while pending:
        tree, node = pending.pop()
        if isinstance(node.get("threshold"), float | int):
            threshold = float(node["threshold"])
            key = (tree, int(node["split_feature"]), float(np.float32(threshold)))
            # where two thresholds share their nearest float32, the lower one decides; the report counts the other
            exact[key] = min(threshold, exact.get(key, threshold))
        pending += [(tree, node[child]) for child in ("left_child", "right_child") if child in node]
    moved = 0
    for ensemble in (node for node in model.graph.node if node.op_type.startswith("TreeEnsemble")):
        parts = {attribute.name: attribute for attribute in ensemble.attribute}
        values = list(parts["nodes_values"].floats)
        places = zip(parts["nodes_treeids"].ints, parts["nodes_featureids"].ints, values, strict=True)
        for k, place in enumerate(places):
            if place in exact and place[2] > exact[place]:
                values[k] = float(np.nextafter(np.float32(place[2]), np.float32(-np.inf)))
                moved += 1
        parts["nodes_values"].ClearField("floats")
        parts["nodes_values"].floats.extend(values)
    return moved
