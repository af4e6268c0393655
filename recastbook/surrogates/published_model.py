"""The published files of one selection: found, checked against each other, converted once."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption, MissingData, NetworkError, UnknownName, did_you_mean
from recastbook.network.card import ModelCard
from recastbook.network.class_labels import refuse_other_labels
from recastbook.store import cache_dir, checksum
from recastbook.surrogates.card_of_forest import CLASSES, card_of_forest
from recastbook.surrogates.model_files import read_features, read_scaler
from recastbook.writing import whole

__all__ = ["load_folder"]

_FEATURES = "_features.txt"


def load_folder(
    folder: Path, selection: str | None, *, trust: bool, scaler: Literal["inside", "outside"]
) -> tuple[ModelCard, Path, str]:
    """Read the files of one selection; see :meth:`recastbook.surrogates.SurrogateModel.load`.

    Returns
    -------
    tuple
        Card, ONNX file, name of the selection.
    """
    if scaler not in ("inside", "outside"):
        msg = f"scaler is {scaler!r}; the ONNX file has its scaler 'inside' or 'outside'"
        raise BadOption(msg)
    lists = {p.name.removesuffix(_FEATURES): p for p in sorted(folder.rglob(f"*{_FEATURES}"))}
    if not lists:
        msg = f"{folder}: no list of features (SELECTION{_FEATURES}) in it or below it"
        raise MissingData(msg)
    if selection is None:
        if len(lists) > 1:
            msg = f"{folder} holds the models {', '.join(lists)}; name one with selection=..."
            raise BadOption(msg)
        selection = next(iter(lists))
    stem = selection if selection in lists else selection.replace("+", "")
    if stem not in lists:
        msg = f"{folder} holds no model of {selection!r}.{did_you_mean(selection, lists)}"
        raise UnknownName(msg)
    place = lists[stem].parent
    names = read_features(lists[stem])
    means, widths = read_scaler(place / f"{stem}_scaler_mean.npy", place / f"{stem}_scaler_std.npy", names)
    ready, pickle = place / f"{stem}_model.onnx", place / f"{stem}_model.pkl"
    if ready.is_file():
        inside = scaler == "inside"
        tensors, rows = _tensors(ready, len(names))
        card = card_of_forest(
            ready, names, selection=selection, means=means, widths=widths, scaler_inside=inside, tensors=tensors,
            rows=rows,
        )  # fmt: skip
        return card, ready, selection
    if not pickle.is_file():
        msg = f"{place}: neither {ready.name} nor {pickle.name} is there"
        raise MissingData(msg)
    file, tensors = _converted(pickle, means, widths, trust=trust)
    card = card_of_forest(file, names, selection=selection, means=means, widths=widths, tensors=tensors)
    return card, file, selection


def _converted(
    pickle: Path, means: NDArray[np.float64], widths: NDArray[np.float64], *, trust: bool
) -> tuple[Path, tuple[str, str]]:
    """Convert a pickle in a confined process, once for this content and scaler."""
    import hashlib

    from recastbook.network.conversion import convert_model

    constants = hashlib.sha256(means.tobytes() + widths.tobytes()).hexdigest()
    target = cache_dir("surrogates") / f"{checksum(pickle)[:20]}-{constants[:12]}.onnx"
    if not target.is_file() and not trust:
        msg = (
            f"{pickle} is a pickle, which runs code when it is read; it was not opened. If you trust where it comes "
            "from, rb.surrogates.SurrogateModel.load(FOLDER, SELECTION, trust=True) converts it once in a confined "
            "process; after that it is used everywhere"
        )
        raise NetworkError(msg)
    if not target.is_file():
        with whole(target) as partial:
            report = convert_model(pickle, partial, trust=True, scaler=(means, widths), cuts=(0.5,), overwrite=True)
            if len(report.outputs) != len(CLASSES):
                msg = (
                    f"{pickle}: the model has {len(report.outputs)} classes ({', '.join(report.outputs)}); a surrogate "
                    f"of this search has {len(CLASSES)}: {', '.join(CLASSES)}"
                )
                raise NetworkError(msg)
            refuse_other_labels(
                [("classes_ of scikit-learn", report.classes)], CLASSES, path=pickle, title="a surrogate of this search"
            )
            if not report.agrees:
                msg = f"{pickle}: the ONNX file does not agree with the forest:\n{report}"
                raise NetworkError(msg)
    tensors, _ = _tensors(target, len(means))
    return target, tensors


def _tensors(path: Path, width: int) -> tuple[tuple[str, str], int | None]:
    """Return the names of the tensors that are fed and read, and the number of rows if the file fixes it."""
    from recastbook.network.tensors import tensors_of

    inputs, outputs = tensors_of(path)
    wide = [t for t in outputs if t.shape and t.shape[-1] == len(CLASSES)]
    if len(inputs) != 1 or inputs[0].shape[-1] not in (width, None):
        found = ", ".join(f"{t.name} {t.shape}" for t in inputs)
        msg = f"{path}: one input of width {width} is needed, as many as features are listed; found {found}"
        raise NetworkError(msg)
    if not wide:
        found = ", ".join(f"{t.name} {t.shape}" for t in outputs)
        msg = (
            f"{path}: no output of {len(CLASSES)} probabilities ({', '.join(CLASSES)}); it has {found}. It is a model "
            "with other classes"
        )
        raise NetworkError(msg)
    rows = inputs[0].shape[0]
    return (inputs[0].name, wide[-1].name), rows
