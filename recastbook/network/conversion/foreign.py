"""Models that only their own library can read, turned into ONNX; this runs in the confined process.

scikit-learn goes through skl2onnx, XGBoost and LightGBM through onnxmltools. Standardisation is put before the model in
float64, as numpy does it, and cast to float32, as scikit-learn's trees do: the branches taken are then the same.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from recastbook.network.conversion.boosted import from_lightgbm, from_xgboost, read_lightgbm, read_xgboost
from recastbook.network.conversion.histogram_trees import float32_thresholds

if TYPE_CHECKING:
    from recastbook.network.conversion.sandbox.confine import Watch

__all__ = ["convert"]

Predict = Callable[[NDArray[np.float32]], NDArray[np.float64]]

_OPSET = {"": 17, "ai.onnx.ml": 3}
_MODULES = {
    "sklearn": ("sklearn.ensemble", "sklearn.pipeline", "sklearn.neural_network", "skl2onnx"),
    "xgboost": ("xgboost", "sklearn.base", "onnxmltools", "skl2onnx"),
    "lightgbm": ("lightgbm", "sklearn.base", "onnxmltools", "skl2onnx"),
}


def convert(job: Mapping[str, Any], stream: BinaryIO, folder: Path, watch: Watch) -> dict[str, Any]:
    """Convert the model in a stream; leaves ``model.onnx``, ``rows.npy`` and ``reference.npy`` in the folder.

    Parameters
    ----------
    job
        ``format``; ``libraries`` to load before the file is read; ``mean`` and ``std`` where inputs are standardised;
        ``rows`` and ``seed`` of the values to compare on; ``data`` if the user's are in ``data.npy``.
    stream
        The file.
    folder
        Where to write.
    watch
        Refuses what a model has no reason to do; begins before the file is read.
    """
    for library in job["libraries"]:  # before the watch begins: libraries load others
        for name in _MODULES[library]:
            importlib.import_module(name)
    importlib.import_module("joblib")
    watch.start()
    model = _READERS[job["format"]](stream)
    watch.strict = False
    if watch.seen:
        return {}
    onnx_model, predict, width, about = _translate(model)
    if job.get("mean") is not None:
        from recastbook.network.conversion.standardise import standardised

        mean, std = np.asarray(job["mean"]), np.asarray(job["std"])
        if mean.shape != (width,):
            message = f"the scaler has {mean.size} means, the model takes {width} inputs"
            raise ValueError(message)
        onnx_model = standardised(onnx_model, mean, std)
        bare = predict

        def predict(rows: NDArray[np.float32]) -> NDArray[np.float64]:
            return bare(((rows.astype(np.float64) - mean) / std).astype(np.float32))

    content = onnx_model.SerializeToString()
    (folder / "model.onnx").write_bytes(content)
    from recastbook.network.conversion.drawing import draw
    from recastbook.network.conversion.edges import tree_edges

    given = np.load(folder / "data.npy", allow_pickle=False) if job.get("data") else None
    rows, kinds = draw(tree_edges(onnx_model), width, given, count=job["rows"], seed=job["seed"], **_scale(job))
    np.save(folder / "rows.npy", rows)
    np.save(folder / "kinds.npy", kinds)
    np.save(folder / "reference.npy", predict(rows))
    return about


def _scale(job: Mapping[str, Any]) -> dict[str, Any]:
    if job.get("mean") is None:
        return {}
    return {"mean": np.asarray(job["mean"]), "std": np.asarray(job["std"])}


# ---- reading


def _pickle(stream: BinaryIO) -> Any:
    import joblib

    # asked for with trust, in the confined process; joblib reads what it wrote, compressed or not, and plain pickles
    return joblib.load(stream)


_READERS: dict[str, Callable[[BinaryIO], Any]] = {
    "pickle": _pickle,
    "xgboost": read_xgboost,
    "lightgbm": read_lightgbm,
}


# ---- translating

_NEAR_ZERO = "LightGBM has thresholds at -1e-35 and 1e-35 around zero; a value exactly there may take the other branch"


def _translate(model: Any) -> tuple[Any, Predict, int, dict[str, Any]]:
    library = type(model).__module__.split(".")[0]
    kind = f"{library} {type(model).__name__}"
    booster, translate = None, from_xgboost
    if library == "xgboost":
        booster = model.get_booster() if hasattr(model, "get_booster") else model
    elif library == "lightgbm":
        booster, translate = getattr(model, "booster_", model), from_lightgbm
    if booster is not None:
        made, predict, names, objective = translate(booster)
        notes = [_NEAR_ZERO] if library == "lightgbm" else []
        about = {"about": f"{kind}, {objective}", "inputs": names, "classes": _classes(model), "notes": notes}
        return _one_output(made), predict, len(names), about
    if not hasattr(model, "predict"):
        message = f"it holds a {kind}, which is no model with predict()"
        raise TypeError(message)
    if getattr(model, "n_jobs", None) not in (None, 1):
        model.n_jobs = 1
    made, predict, width = _scikit_learn(model)
    inputs = tuple(map(str, getattr(model, "feature_names_in_", ())))
    return made, predict, width, {"about": kind, "inputs": inputs, "classes": _classes(model)}


def _classes(model: Any) -> tuple[str, ...]:
    """Return the labels of a classifier's classes, in the order of its probabilities; empty for anything else."""
    found = getattr(model, "classes_", ())
    return tuple(map(str, np.asarray(found).tolist())) if np.ndim(found) == 1 else ()


def _scikit_learn(model: Any) -> tuple[Any, Predict, int]:
    from skl2onnx import to_onnx

    width = int(model.n_features_in_)
    options = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else None
    with float32_thresholds(model):
        made = to_onnx(model, np.zeros((1, width), dtype=np.float32), options=options, target_opset=_OPSET)

    def predict(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        out = model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)
        return np.asarray(out, dtype=np.float64).reshape(len(rows), -1)

    return _one_output(made), predict, width


def _one_output(model: Any) -> Any:
    """Name what goes in ``features`` and what comes out ``scores``; drop the label, which no cut asks for."""
    scores = model.graph.output[-1]
    names = {model.graph.input[0].name: "features", scores.name: "scores"}
    for node in model.graph.node:
        for ends in (node.input, node.output):
            for position, name in enumerate(ends):
                ends[position] = names.get(name, name)
    model.graph.input[0].name, scores.name = "features", "scores"
    del model.graph.output[:-1]
    return model
