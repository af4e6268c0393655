"""Part A of the checklist: what is decided before training."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recastbook.diagnostics.lint.context import Context, stated
from recastbook.diagnostics.lint.rule import Section, Sight

__all__ = ["SECTION"]

SECTION = Section("A", "design")

_OF_A_TAGGER = re.compile(r"tagg(?:er|ing)[ _-]?efficienc|^\s*efficienc(?:y|ies)\b", re.IGNORECASE)
"""How a substitute reads that is made for taggers of single objects."""

MANY_INPUTS = 20
"""More inputs than this ask for a word on why each is there."""


def _detector_only(context: Context) -> list[str]:
    """Return the inputs that only a full detector simulation has."""
    return [name for name, level in _levels(context) if level == "detector-only"]


def _levels(context: Context) -> Iterator[tuple[str, str | None]]:
    blocks = {block.name: block.level for block in context.card.objects}
    for column in context.card.inputs:
        yield column.name, column.level or blocks.get(column.object or "")


@SECTION.rule(
    1, "W", "semi",
    title="The card says whether reuse played a role when the inputs were chosen.",
    why="Inputs that others cannot compute are cheap to avoid before training and impossible to avoid after it.",
    fix="State it in reuse.considered.",
)  # fmt: skip
def _check_reuse_considered(context: Context) -> Iterator[Sight]:
    if not stated(context.card.reuse.considered):
        yield Sight("reuse.considered", "It is not stated whether the inputs were chosen with reuse in mind.")


@SECTION.rule(
    2, "W", "semi",
    title="The training framework and its version are recorded.",
    why="When scores disagree, the first question is what wrote the file.",
    fix="State name and version in files[].framework or training.framework.",
)  # fmt: skip
def _check_framework(context: Context) -> Iterator[Sight]:
    if not stated(context.card.training.get("framework")):
        for i, file in enumerate(context.card.files):
            if not stated(file.framework):
                yield Sight(f"files[{i}] {file.name}", "The framework it was trained with is not stated.")


_LASTING = ("onnx", "lwtnn")
_HINTS = {
    ".h5": "convert with tf2onnx", ".keras": "convert with tf2onnx", ".pb": "convert with tf2onnx",
    ".pkl": "convert with skl2onnx or petrifyML", ".pickle": "convert with skl2onnx or petrifyML",
    ".joblib": "convert with skl2onnx", ".xml": "convert the TMVA file with petrifyML",
    ".root": "convert with petrifyML", ".pt": "export with torch.onnx", ".pth": "export with torch.onnx",
}  # fmt: skip


@SECTION.rule(
    3, "E", "auto",
    title="The network is in a format made for long-term inference.",
    why="Framework files open only with the framework of their day, and many of them run code when opened.",
    fix="Export to ONNX or lwtnn and quote the agreement of the scores.",
)  # fmt: skip
def _check_lasting_format(context: Context) -> Iterator[Sight]:
    for i, file in enumerate(context.card.files):
        ending = next((e for e in _HINTS if file.name.lower().endswith(e)), "")
        if ending or file.format not in _LASTING:
            what = f"The format is {file.format}, the file name ends in {ending or file.name.rpartition('.')[2]}."
            yield Sight(f"files[{i}] {file.name}", what, fix=_HINTS.get(ending, "").capitalize())


@SECTION.rule(
    4, "W", "semi",
    title="Each input has a level, and the few that only the detector has are avoided.",
    why="One input that cannot be computed outside the experiment spoils all others.",
    fix="Replace it by something others have, for example a pass at a working point instead of a continuous tagger.",
)  # fmt: skip
def _check_levels(context: Context) -> Iterator[Sight]:
    for name, level in _levels(context):
        if level is None:
            yield Sight(f"inputs {name}", "The level (truth, particle, reco-object, detector-only) is not stated.")
    hidden = _detector_only(context)
    if 0 < len(hidden) <= len(context.card.inputs) / 2:
        what = (
            f"{len(hidden)} of {len(context.card.inputs)} inputs exist only in the detector: {', '.join(hidden[:5])}."
        )
        yield Sight("inputs", what)


@SECTION.rule(
    5, "E", "semi",
    title="A network of detector quantities comes with a substitute.",
    why="Without one the card is documentation: nobody outside can evaluate the network.",
    fix="Name an efficiency map with misidentification, or a surrogate, in reuse.substitute.",
)  # fmt: skip
def _check_substitute(context: Context) -> Iterator[Sight]:
    hidden = _detector_only(context)
    if len(hidden) > len(context.card.inputs) / 2 and not stated(context.card.reuse.substitute):
        what = f"{len(hidden)} of {len(context.card.inputs)} inputs exist only in the detector; no substitute is named."
        yield Sight("reuse.substitute", what)


@SECTION.rule(
    6, "I", "semi",
    title="The card says how detector inputs are dealt with.",
    why="Eliminate, efficiencies, simulate or surrogate: each needs other material to be published.",
    fix="State one of the four in reuse.strategy.",
)  # fmt: skip
def _check_strategy(context: Context) -> Iterator[Sight]:
    if not stated(context.card.reuse.strategy):
        yield Sight("reuse.strategy", "The strategy is not stated.")


@SECTION.rule(
    7, "E", "semi",
    title="No efficiencies are offered for a network that tells signal from background.",
    why="Such an efficiency belongs to one signal; on another one it is wrong by any factor.",
    fix="Publish the network itself; efficiencies are for taggers of single objects.",
)  # fmt: skip
def _check_no_efficiency_of_discriminant(context: Context) -> Iterator[Sight]:
    if context.card.role == "event_discriminant" and context.card.reuse.strategy == "efficiencies":
        yield Sight("reuse.strategy", "The role is event_discriminant and the strategy efficiencies.")
    substitute = context.card.reuse.substitute or ""
    if context.card.role == "event_discriminant" and _OF_A_TAGGER.search(substitute):
        yield Sight("reuse.substitute", f"{substitute!r} stands for a tagger of single objects.")


@SECTION.rule(
    8, "W", "semi",
    title="Efficiencies depend on what they depend on, and misidentification is given.",
    why="One number for all momenta and flavours is right for one sample.",
    fix="Give efficiencies in bins of pT, eta and flavour, and the rates of misidentification.",
    applies=lambda context: context.card.role in ("efficiency_map", "object_tagger"),
)  # fmt: skip
def _check_parametrised_efficiency(context: Context) -> Iterator[Sight]:
    if context.card.role == "efficiency_map" and len(context.card.inputs) < 2:
        yield Sight("inputs", "The efficiency depends on one quantity only.")
    words = f"{context.card.reuse.substitute or ''} {context.card.description} {context.card.materials}".lower()
    if not any(word in words for word in ("mistag", "misidentif", "fake", "background efficienc")):
        yield Sight("reuse.substitute", "Rates of misidentification are not mentioned.")


@SECTION.rule(
    9, "I", "semi",
    title="Many inputs come with a word on why each is there.",
    why="Every input is a definition that a recast can get wrong.",
    fix="Say it in materials.choice_of_inputs, or point to the importance of the inputs in validation.importance.",
)  # fmt: skip
def _check_choice_of_inputs(context: Context) -> Iterator[Sight]:
    n = len(context.card.inputs)
    if n > MANY_INPUTS and not context.material("choice_of_inputs") and not stated(context.card.validation.importance):
        yield Sight("inputs", f"There are {n} inputs, and nothing says why each is needed.")


@SECTION.rule(
    10, "I", "semi",
    title="The runtimes in which the file was evaluated are listed.",
    why="A file that was tried in two runtimes years apart is likely to open in the next one.",
    fix="List name and version in validation.runtimes.",
)  # fmt: skip
def _check_runtimes(context: Context) -> Iterator[Sight]:
    if not context.card.validation.runtimes:
        yield Sight("validation.runtimes", "No runtime is listed.")
