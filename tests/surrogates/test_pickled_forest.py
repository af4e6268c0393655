"""A pickled forest in the published layout, converted apart: the same probabilities, no event on the other side."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("skl2onnx", reason="needs the extra 'convert'")

from recastbook.exceptions import NetworkError
from recastbook.surrogates import SurrogateModel, TruthTable
from recastbook.surrogates.truth_features import input_names

NAMES = input_names(boson=False)


def write_forest(published: Path, sample: TruthTable, classes: int) -> tuple[object, np.ndarray, np.ndarray]:
    """Train a small forest with leaves of its own and put its pickle where the ONNX file was."""
    from sklearn.ensemble import RandomForestClassifier

    folder = published / "CR2J" / "models"
    (folder / "CR2J_model.onnx").unlink()
    matrix = sample.matrix(NAMES)
    mean, width = matrix.mean(axis=0), matrix.std(axis=0)
    rng = np.random.default_rng(1)
    labels = np.where(matrix[:, 0] > 2.0, rng.integers(0, classes, len(sample)), 0)
    forest = RandomForestClassifier(10, max_depth=12, random_state=1).fit((matrix - mean) / width, labels)
    (folder / "CR2J_model.pkl").write_bytes(pickle.dumps(forest))
    np.save(folder / "CR2J_scaler_mean.npy", mean)
    np.save(folder / "CR2J_scaler_std.npy", width)
    return forest, mean, width


def test_pickle_is_converted_once_and_agrees(published: Path, sample: TruthTable) -> None:
    forest, mean, width = write_forest(published, sample, 5)
    model = SurrogateModel.load(published, "CR2J", trust=True)
    # what goes through ONNX is float32; the forest is asked about the very same numbers
    raw = sample.matrix(NAMES).astype(np.float32).astype(np.float64)
    theirs = forest.predict_proba((raw - mean) / width)  # type: ignore[attr-defined]
    ours = model.probabilities(sample)
    assert np.abs(ours - theirs).max() < 1e-4
    decided = np.abs(np.diff(np.sort(theirs, axis=1)[:, -2:], axis=1)[:, 0]) > 1e-9
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1))[decided].all()
    for cut in (0.05, 0.25, 0.5):
        near = np.abs(theirs[:, 1] - cut) > 1e-6
        assert ((ours[:, 1] > cut) == (theirs[:, 1] > cut))[near].all()
    # the second time nothing is unpickled, so no trust is needed
    again = SurrogateModel.load(published, "CR2J")
    np.testing.assert_array_equal(again.probabilities(sample), ours)


def test_model_with_other_classes_is_refused(published: Path, sample: TruthTable) -> None:
    write_forest(published, sample, 4)
    with pytest.raises(NetworkError, match=r"has 4 classes .* a surrogate of this search has 5: unselected, A"):
        SurrogateModel.load(published, "CR2J", trust=True)
