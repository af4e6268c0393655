"""Which way a model of each format goes, or why it goes none."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption, MissingDependency, NetworkError
from recastbook.network.conversion.converted import Converted
from recastbook.network.conversion.lwtnn import read_lwtnn
from recastbook.network.conversion.names import asked_names, is_compressed, strange
from recastbook.network.conversion.opened import read_onnx
from recastbook.network.conversion.recognise import Format
from recastbook.network.conversion.sandbox import Limits
from recastbook.network.conversion.tmva import read_tmva
from recastbook.network.conversion.trusted import convert_confined

__all__ = ["convert_by_format"]

_BY_LIBRARY = {Format.XGBOOST: "xgboost", Format.XGBOOST_BINARY: "xgboost", Format.LIGHTGBM: "lightgbm"}
_READ_HERE = {Format.ONNX: read_onnx, Format.LWTNN: read_lwtnn, Format.TMVA: read_tmva}

_RUNS_CODE = "reading it can run code that it brings along. Where it was trained, "
_WAYS_OUT = {
    Format.HDF5: f"{_RUNS_CODE}export it with tf2onnx (`python -m tf2onnx.convert --keras MODEL --output MODEL.onnx`)",
    Format.KERAS: f"{_RUNS_CODE}export it with `model.export('MODEL.onnx', format='onnx')` of Keras 3",
    Format.TORCH: f"{_RUNS_CODE}export it with `torch.onnx.export(model, example, 'MODEL.onnx', dynamo=True)`",
    Format.ROOT: "trees of ATLAS's MVAUtils become ONNX with petrifyML (`python -m pip install 'petrifyml[mvautils]'`, "
    "GPL; `petrify-mvautilsxgboost-to-onnx` or `petrify-mvautilslgbm-to-onnx`)",
}


def convert_by_format(
    source: Path,
    kind: Format,
    *,
    trust: bool,
    scaler: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    data: NDArray[np.float32] | None,
    limits: Limits,
    rows: int,
    seed: int,
    watcher: Callable[[float], None] | None,
) -> Converted:
    """Convert a model by its format; parameters as :func:`recastbook.network.conversion.convert_model`.

    Raises
    ------
    NetworkError
        If the file is refused, cannot be read, or broke a limit.
    MissingDependency
        If a library that it needs is not installed.
    BadOption
        If a scaler is given for a format that has its own.
    """
    if kind is Format.PICKLE:
        if not trust:
            raise NetworkError(_refusal(source, kind))
        _require(source, kind, "joblib", "onnx", *_libraries(source))
        return convert_confined(
            source,
            "pickle",
            libraries=_libraries(source),
            scaler=scaler,
            data=data,
            limits=limits,
            rows=rows,
            seed=seed,
            watcher=watcher,
        )
    if kind in _BY_LIBRARY:
        library = _BY_LIBRARY[kind]
        _require(source, kind, library)
        return convert_confined(
            source, library, libraries=(library,), scaler=scaler, data=data, limits=limits, rows=rows, seed=seed,
            watcher=watcher,
        )  # fmt: skip
    if kind in _READ_HERE:
        _no_scaler(scaler, source, kind)
        return _READ_HERE[kind](source).compared_on(data, rows=rows, seed=seed)
    if kind in _WAYS_OUT:
        message = f"{source}: {kind} is not converted here; {_WAYS_OUT[kind]}"
        raise NetworkError(message)
    message = f"{source}: {kind} cannot be converted"
    raise NetworkError(message)


def _require(source: Path, kind: Format, *packages: str) -> None:
    """Say what to install before a process is started that would miss it."""
    converters = {
        "sklearn": ("skl2onnx",),
        "xgboost": ("onnxmltools", "skl2onnx"),
        "lightgbm": ("onnxmltools", "skl2onnx"),
    }
    needed = [*packages, *(extra for name in packages for extra in converters.get(name, ()))]
    missing = [name for name in dict.fromkeys(needed) if not importlib.util.find_spec(name)]
    if missing:
        shown = ["scikit-learn" if name == "sklearn" else name for name in missing]
        own = "".join(f" {name}" for name in missing if name in ("xgboost", "lightgbm"))
        message = f"{source}: reading {kind} needs {', '.join(shown)}: python -m pip install 'recastbook[convert]'{own}"
        raise MissingDependency(message)


def _no_scaler(scaler: object, source: Path, kind: Format) -> None:
    if scaler is not None:
        message = f"{source}: {kind} takes what it was trained on, a scaler cannot be added"
        raise BadOption(message)


def _refusal(source: Path, kind: Format) -> str:
    odd = strange(asked_names(source))
    warning = f" It asks Python for {', '.join(odd[:5])}, which a fitted model has no reason to." if odd else ""
    return (
        f"{source}: this is a {kind}, whatever its name, and reading it runs code that it brings along; it was not "
        f"opened.{warning} If you trust where it comes from, `recastbook convert-model {source.name} --trust` reads it "
        "once in a confined process and writes ONNX"
    )


def _libraries(source: Path) -> tuple[str, ...]:
    """Return the libraries that a pickle names; a compressed one may name any that is installed."""
    known = ("sklearn", "xgboost", "lightgbm")
    if is_compressed(source):
        return tuple(name for name in known if importlib.util.find_spec(name))
    named = {name.split(".")[0] for name in asked_names(source)}
    return tuple(name for name in known if name in named)
