"""Part B of the checklist: the network file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from recastbook.diagnostics.lint.context import Context, NetworkFile, stated
from recastbook.diagnostics.lint.rule import NotExamined, Section, Sight
from recastbook.exceptions import RecastbookError
from recastbook.network.contract import Tensor
from recastbook.network.golden import full_row
from recastbook.network.onnx_header import Header
from recastbook.network.session import Session

__all__ = ["SECTION"]

SECTION = Section("B", "network file")

NEWEST_OPSET = 24
"""Newest operator set of ONNX known here."""
SAME_SCORE = 1e-6
"""Largest difference of a score between batch sizes."""


@SECTION.rule(
    11, "E", "auto",
    title="The file is there, opens on a CPU, and uses ONNX operators only.",
    why="Operators of one's own need code that nobody else has.",
    fix="Export again with standard operators, and keep all weights inside the file.",
)  # fmt: skip
def _check_opens(context: Context) -> Iterator[Sight]:
    for file in context.files:
        if file.broken:
            yield Sight(file.place, file.broken)
        elif file.missing and not file.entry.urls:
            yield Sight(file.place, "It is not on this machine and the card names no address.", fix="Add it to urls.")
        if file.header is None:
            continue
        if file.header.custom:
            yield Sight(file.place, f"Operators that are not part of ONNX: {', '.join(file.header.custom)}.")
        if file.header.external:
            what = f"{len(file.header.external)} weights are outside the file: {', '.join(file.header.external[:3])}."
            yield Sight(file.place, what)
        newest = file.header.opsets.get("", 0)
        if newest > NEWEST_OPSET:
            yield Sight(file.place, f"Operator set {newest} is newer than {NEWEST_OPSET}.")
        # what differs from the card is a finding of LH13 and LH15, and keeps a session from opening
        known = file.header.custom or file.header.external or file.replaced or any(_mismatches(file, file.header))
        if context.run and not known:
            session = context.sessions[file.entry.name]
            if isinstance(session, str):
                yield Sight(file.place, session)
    if not context.present and not any(file.broken for file in context.files):
        raise NotExamined(context.why_not)


_RUNS_CODE = {
    b"\x80\x02": "a pickle", b"\x80\x03": "a pickle", b"\x80\x04": "a pickle", b"\x80\x05": "a pickle",
    b"PK\x03\x04": "a zip archive, as PyTorch and joblib write them", b"\x89HDF": "an HDF5 file of Keras",
    b"#!": "a script",
}  # fmt: skip


@SECTION.rule(
    12, "E", "auto",
    title="Opening the file runs no code.",
    why="A pickle, or Keras and TorchScript files with code, do what their author wants on the reader's machine.",
    fix="Convert it to ONNX where it is trusted, with skl2onnx or petrifyML, and ship that file.",
)  # fmt: skip
def _check_runs_no_code(context: Context) -> Iterator[Sight]:
    contents = [file for file in context.files if file.content]
    if not contents:
        raise NotExamined(context.why_not)
    for file in contents:
        found = next((what for start, what in _RUNS_CODE.items() if file.content.startswith(start)), "")
        if found:
            yield Sight(file.place, f"The content is {found}, whatever its name says.")


@SECTION.rule(
    13, "E", "auto",
    title="Names, number types and shapes of inputs and outputs are those of the card.",
    why="A card for another file is worse than none.",
    fix="Copy names, dtype and shape from the file into files[].input and files[].output.",
)  # fmt: skip
def _check_tensors(context: Context) -> Iterator[Sight]:
    for file, header in context.headers():
        yield from _mismatches(file, header)


def _mismatches(file: NetworkFile, header: Header) -> Iterator[Sight]:
    for what, found, wanted in (
        ("input", header.inputs, file.entry.input),
        ("output", header.outputs, file.entry.output),
    ):
        place = f"{file.place} {what}"
        by_name = {tensor.name: tensor for tensor in found}
        if wanted.name not in by_name:
            yield Sight(place, f"The card says {wanted.name!r}, the file has {', '.join(by_name) or 'none'}.")
            continue
        if what == "input" and len(found) > 1:
            yield Sight(place, f"The file has {len(found)} inputs ({', '.join(by_name)}), the card one.")
        yield from _differences(place, by_name[wanted.name], wanted)
    newest = header.opsets.get("")
    if file.entry.opset is not None and newest != file.entry.opset:
        yield Sight(f"{file.place} opset", f"The card says {file.entry.opset}, the file {newest}.")


def _differences(place: str, found: Tensor, wanted: Tensor) -> Iterator[Sight]:
    if found.dtype != wanted.dtype:
        yield Sight(place, f"The card says {wanted.dtype}, the file {found.dtype}.")
    if not found.shape:
        return  # the file leaves the shape open
    # the number of rows is LH14's
    if len(found.shape) != len(wanted.shape) or any(
        a is not None and b is not None and a != b for a, b in zip(found.shape[1:], wanted.shape[1:], strict=False)
    ):
        yield Sight(place, f"The card says shape {_shape(wanted)}, the file {_shape(found)}.")


def _shape(tensor: Tensor) -> str:
    return "[" + ", ".join("free" if length is None else str(length) for length in tensor.shape) + "]"


@SECTION.rule(
    14, "W", "auto",
    title="The number of rows is free.",
    why="One call per event costs ten times as much as batches, and some runtimes refuse anything but that number.",
    fix="Export with a dynamic first axis; recastbook opens it in memory where the scores stay the same.",
)  # fmt: skip
def _check_free_rows(context: Context) -> Iterator[Sight]:
    for file in context.files:
        shape = file.entry.input.shape
        source = "card"
        if file.header is not None and file.header.inputs:
            shape, source = file.header.inputs[0].shape, "file"
        if len(shape) > 1 and shape[0] is not None:
            what = f"According to the {source} the input has the fixed shape {list(shape)}: {shape[0]} row(s) a call."
            yield Sight(f"{file.place} input", what)


@SECTION.rule(
    15, "W", "semi",
    title="The exact file is recorded by its checksum, and is the one at hand.",
    why="A similar retraining gives other scores; only the checksum tells.",
    fix="Write sha256 into files[].",
)  # fmt: skip
def _check_checksum(context: Context) -> Iterator[Sight]:
    for file in context.files:
        if not file.entry.sha256 and not file.entry.git_blob_sha1:
            yield Sight(file.place, "There is no checksum.")
        if file.replaced:
            fix = "Get the file of the card, or describe this one in a card of its own."
            yield Sight(file.place, f"{file.replaced}.", "E", fix)


_CITABLE = ("doi.org", "zenodo.org", "hepdata.net", "opendata.cern.ch")


@SECTION.rule(
    16, "W", "semi",
    title="The file is kept where it can be cited.",
    why="Private pages and repositories of other tools move and vanish.",
    fix="Deposit it on HEPData or Zenodo and write the DOI into files[].doi.",
)  # fmt: skip
def _check_citable(context: Context) -> Iterator[Sight]:
    for i, file in enumerate(context.card.files):
        if not stated(file.doi) and not any(host in url for url in file.urls for host in _CITABLE):
            yield Sight(f"files[{i}] {file.name}", "It has no DOI, and none of its addresses is an archive.")


@SECTION.rule(
    17, "W", "semi",
    title="The weights have a licence.",
    why="Without one others may look at them and not pass them on.",
    fix="Ask the authors and write it into files[].licence.",
)  # fmt: skip
def _check_licence(context: Context) -> Iterator[Sight]:
    for i, file in enumerate(context.card.files):
        if not stated(file.licence):
            yield Sight(f"files[{i}] {file.name}", "The licence of the weights is not stated.")


_CONVERTERS = ("tf2onnx", "keras2onnx", "skl2onnx", "onnxmltools", "petrifyml", "lwtnn")


@SECTION.rule(
    18, "W", "run",
    title="A converted file is shown to give the scores of the original.",
    why="Rounding to float32 moves an event across a branch of a tree, and scores near a cut count most.",
    fix="Quote the largest difference over all events and near every cut in materials.conversion.",
)  # fmt: skip
def _check_conversion(context: Context) -> Iterator[Sight]:
    if context.material("conversion"):
        return
    for file in context.files:
        producer = f"{file.entry.framework} {file.header.producer if file.header else ''}".lower()
        by = next((name for name in _CONVERTERS if name in producer), "")
        if by:
            yield Sight(file.place, f"It was written by {by}; the agreement with the original is not quoted.")


@SECTION.rule(
    19, "I", "run",
    title="Scores do not depend on the size of the batch.",
    why="A network that mixes the rows of a batch gives each user other scores.",
    fix="Export in inference mode: batch normalisation with stored moments, no dropout.",
)  # fmt: skip
def _check_same_in_batches(context: Context) -> Iterator[Sight]:
    context.require_constants()
    for file, session in _running(context):
        card = context.card.for_file(file)
        rows = [full_row(card, row) for row in context.card.golden_rows if row.file in ("", file)]
        raw = np.array(rows or [card.means]).reshape(-1, len(card.inputs))
        fed = card.normalise(np.nan_to_num(np.concatenate([raw, raw + card.widths / 2, raw - card.widths / 2])))
        try:
            together = np.stack(list(session.run(fed).values()))
            alone = np.stack([np.stack(list(session.run(fed[k : k + 1]).values())) for k in range(len(fed))], axis=1)
        except RecastbookError as error:
            yield Sight(f"files {file}", str(error), level="E")
            continue
        worst = float(np.abs(together - alone[..., 0]).max())
        if worst > SAME_SCORE:
            yield Sight(f"files {file}", f"Scores of one row differ by up to {worst:.2g} between batch sizes.")


def _running(context: Context) -> list[tuple[str, Session]]:
    if not context.run:
        reason = "the network was not run, as asked"
        raise NotExamined(reason)
    found = [(name, session) for name, session in context.sessions.items() if isinstance(session, Session)]
    if not found:
        raise NotExamined(context.why_not)
    return found


@SECTION.rule(
    20, "I", "semi",
    title="With several files it is clear which event is for which, and code for one works for all.",
    why="An event scored by the fold that was trained on it looks better than it is; other node names break a loop.",
    fix="State the rule in files[].when and the reason in training.folds; give the nodes of all files the same names.",
    applies=lambda context: len(context.card.files) > 1,
)  # fmt: skip
def _check_folds(context: Context) -> Iterator[Sight]:
    for i, file in enumerate(context.card.files):
        if not file.when:
            yield Sight(f"files[{i}] {file.name}", "It is not said which events it is for.", level="E")
    modulus = any("modulus" in condition for file in context.card.files for condition in file.when)
    if modulus and not stated(context.card.training.get("folds")):
        yield Sight("training.folds", "It is not said how the folds were trained: on the other half, or on this one.")
    for what in ("input", "output"):
        names: dict[str, list[str]] = {}
        for found in context.files:
            tensor: Tensor = getattr(found.entry, what)
            name = tensor.name
            if found.header is not None:
                of_file = found.header.inputs if what == "input" else found.header.outputs
                name = of_file[0].name if of_file else name
            names.setdefault(name, []).append(found.entry.name)
        if len(names) > 1:
            listed = "; ".join(f"{name!r} in {', '.join(files)}" for name, files in names.items())
            fix = f"Look the name of the {what} up in each file; in a new export, give all files the same."
            yield Sight(f"files[].{what}.name", f"The {what} node differs between files: {listed}.", "W", fix)
