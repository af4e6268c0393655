"""Models whose five classes carry other labels: the numbers would look right, so they are refused."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra 'convert'")

import onnx
from llp_events import llp_file

from recastbook.cli import main
from recastbook.exceptions import NetworkError
from recastbook.store import checksum
from recastbook.surrogates import SurrogateModel, TruthTable
from recastbook.surrogates.truth_features import input_names

NAMES = ["unselected", "A", "B", "C", "D"]
ALPHABET = ["A", "B", "C", "D", "unselected"]
Change = Callable[["onnx.ModelProto"], None]


def edit(path: Path, change: Change) -> None:
    model = onnx.load(path)
    change(model)
    path.write_bytes(model.SerializeToString())


def tree(model: onnx.ModelProto) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == "TreeEnsembleClassifier")


def relabel(labels: list[int] | list[str]) -> Change:
    def change(model: onnx.ModelProto) -> None:
        node = tree(model)
        kept = [a for a in node.attribute if not a.name.startswith("classlabels")]
        name = "classlabels_strings" if isinstance(labels[0], str) else "classlabels_int64s"
        del node.attribute[:]
        node.attribute.extend([*kept, onnx.helper.make_attribute(name, labels)])

    return change


def constant(labels: list[int] | list[str]) -> Change:
    """As skl2onnx keeps the classes of a vote or a network."""
    values = np.array(labels, dtype=object if isinstance(labels[0], str) else np.int32)
    return lambda model: model.graph.initializer.append(onnx.numpy_helper.from_array(values, "classes"))


def metadata(text: str) -> Change:
    return lambda model: onnx.helper.set_model_props(model, {"classes": text})


def zipmap(labels: list[str]) -> Change:
    """A branch that names the scores; the matrix of scores stays an output."""

    def change(model: onnx.ModelProto) -> None:
        node = onnx.helper.make_node("ZipMap", ["scores"], ["named"], domain="ai.onnx.ml", classlabels_strings=labels)
        model.graph.node.append(node)

    return change


ORDER = r"the right labels in another order"
FAULTS = {
    "integers in another order": (relabel([1, 0, 2, 3, 4]), rf"{ORDER}: classlabels_int64s of Tree\w+ says 1, 0, 2"),
    "other integers": (
        relabel([1, 2, 3, 4, 5]),
        r"other labels: classlabels_int64s of .* says 1, 2",
    ),
    "negative integers": (relabel([-1, 0, 1, 2, 3]), r"other labels: .* says -1, 0, 1"),
    "alphabet": (relabel(ALPHABET), rf"{ORDER}: classlabels_strings of .* says A, B, C, D, unselected"),
    "other words": (relabel(["bkg", "A", "B", "C", "D"]), r"other labels: .* says bkg, A"),
    "zipmap": (zipmap(ALPHABET), rf"{ORDER}: classlabels_strings of ZipMap"),
    "constant": (constant([4, 3, 2, 1, 0]), rf"{ORDER}: constant 'classes' says 4, 3"),
    "words in a constant": (constant(ALPHABET), rf"{ORDER}: constant 'classes' says A, B"),
    "metadata": (metadata(json.dumps(ALPHABET)), rf"{ORDER}: metadata 'classes' says A, B"),
    "metadata with commas": (metadata("A, B, C, D, none"), r"other labels: metadata 'classes'"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_onnx_file_with_other_labels_is_refused_on_load(published: Path, fault: str) -> None:
    change, match = FAULTS[fault]
    edit(published / "CR2J" / "models" / "CR2J_model.onnx", change)
    wanted = r"CR2J_model\.onnx: the model has " + match + r".*0 = unselected, 1 = A, .* in this order\. Use the model"
    with pytest.raises(NetworkError, match=wanted):
        SurrogateModel.load(published, "CR+2J")


@pytest.mark.parametrize(
    "change",
    [relabel(NAMES), relabel(["Unselected", "a", "B", "C", "D"]), relabel(["0", "1", "2", "3", "4"]), constant(NAMES),
     metadata(json.dumps(dict(enumerate(NAMES)))), constant(["x", "y"])],
    ids=["names", "capitals", "numbers as text", "constant", "metadata", "labels of a part"],
)  # fmt: skip
def test_right_labels_are_taken_in_any_spelling(published: Path, change: Change) -> None:
    edit(published / "CR2J" / "models" / "CR2J_model.onnx", change)
    assert SurrogateModel.load(published, "CR+2J").classes == tuple(NAMES)


def test_card_with_names_in_order_does_not_hide_the_labels_of_its_file(model: SurrogateModel, tmp_path: Path) -> None:
    file = tmp_path / "CR2J.onnx"
    file.write_bytes(model.session.path.read_bytes())
    edit(file, relabel([0, 1, 3, 2, 4]))
    text = model.session.path.with_suffix(".yaml").read_text()
    entry = model.card.files[0]
    (tmp_path / "card.yaml").write_text(text.replace(entry.sha256, checksum(file)))
    with pytest.raises(NetworkError, match=r"CR2J\.onnx: the model has the right labels in another order"):
        SurrogateModel.load(tmp_path / "card.yaml")


def test_search_refuses_such_a_folder(
    published: Path, sample: TruthTable, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(published / "CR2J" / "models" / "CR2J_model.onnx", relabel(ALPHABET))
    llp_file(tmp_path / "events", sample.select(np.arange(len(sample)) < 20))
    assert main(["run", "ATLAS-EXOT-2022-04", str(tmp_path / "events"), "--network", str(published)]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "CR2J_model.onnx: the model has the right labels in another order" in told


def test_pickle_with_words_as_labels_is_refused_and_not_kept(published: Path, sample: TruthTable) -> None:
    """Trained on the right words, which scikit-learn sorts: A comes first."""
    pytest.importorskip("skl2onnx", reason="needs the extra 'convert'")
    from sklearn.ensemble import RandomForestClassifier

    folder = published / "CR2J" / "models"
    (folder / "CR2J_model.onnx").unlink()
    chosen = np.array(NAMES)[np.random.default_rng(2).integers(0, 5, len(sample))]
    forest = RandomForestClassifier(3, max_depth=4, random_state=1).fit(sample.matrix(input_names(boson=False)), chosen)
    (folder / "CR2J_model.pkl").write_bytes(pickle.dumps(forest))
    match = r"CR2J_model\.pkl: the model has the right labels in another order: classes_ of scikit-learn says A, B"
    with pytest.raises(NetworkError, match=match):
        SurrogateModel.load(published, "CR2J", trust=True)
    with pytest.raises(NetworkError, match="it was not opened"):  # nothing of it is in the cache
        SurrogateModel.load(published, "CR2J")
