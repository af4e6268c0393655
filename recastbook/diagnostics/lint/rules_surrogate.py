"""Part F of the checklist: surrogates and efficiency maps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recastbook.diagnostics.lint.context import Context, stated
from recastbook.diagnostics.lint.rule import Section, Sight
from recastbook.network.contract import Surrogate

__all__ = ["SECTION"]

SECTION = Section("F", "surrogates and efficiency maps")


def _is_surrogate(context: Context) -> bool:
    return context.is_surrogate


def _field(context: Context, name: str) -> str:
    """Return a field of the card's surrogate part; empty if it, or the part, is not stated."""
    part: Surrogate | None = context.card.surrogate
    value = str(getattr(part, name)) if part is not None else ""
    return value if stated(value) else ""


@SECTION.rule(
    51, "E", "semi",
    title="A surrogate says what it predicts, from what, and how its truth inputs are defined.",
    why="A score of an event, a probability of a region and an efficiency are used in three ways.",
    fix="State surrogate.target and surrogate.truth.",
    applies=_is_surrogate,
)  # fmt: skip
def _check_target(context: Context) -> Iterator[Sight]:
    for name in ("target", "truth"):
        if not _field(context, name):
            yield Sight(f"surrogate.{name}", "It is not stated.")


@SECTION.rule(
    52, "W", "semi",
    title="A surrogate says whether it draws random numbers, and from which seed.",
    why="A random surrogate gives other yields each time.",
    fix="State it in surrogate.randomness.",
    applies=_is_surrogate,
)  # fmt: skip
def _check_randomness(context: Context) -> Iterator[Sight]:
    words = _field(context, "randomness").lower()
    if not words:
        yield Sight("surrogate.randomness", "It is not stated.")
    elif ("random" in words or "stochastic" in words) and "seed" not in words:
        yield Sight("surrogate.randomness", f"{words!r}: the seed is not mentioned.")


@SECTION.rule(
    53, "W", "semi",
    title="It is said whether the true answer exists, and whether it was used.",
    why="Where a truth label exists the surrogate can be checked against it event by event.",
    fix="State it in materials.true_answer.",
    applies=_is_surrogate,
)  # fmt: skip
def _check_true_answer(context: Context) -> Iterator[Sight]:
    if not context.material("true_answer"):
        yield Sight("materials.true_answer", "It is not stated.")


@SECTION.rule(
    54, "E", "semi",
    title="A surrogate quotes its uncertainty and where it was derived.",
    why="The yield of a surrogate without an uncertainty cannot enter a limit.",
    fix="Quote a number in surrogate.uncertainty, and the samples it comes from.",
    applies=_is_surrogate,
)  # fmt: skip
def _check_uncertainty(context: Context) -> Iterator[Sight]:
    if not re.search(r"\d", _field(context, "uncertainty")):
        yield Sight("surrogate.uncertainty", "There is no number.")


@SECTION.rule(
    55, "W", "semi",
    title="A surrogate says what is fed for an incomplete topology.",
    why="With one long-lived particle instead of two, the second set of inputs has to be something.",
    fix="State it in surrogate.missing_objects.",
    applies=_is_surrogate,
)  # fmt: skip
def _check_incomplete(context: Context) -> Iterator[Sight]:
    if not _field(context, "missing_objects"):
        yield Sight("surrogate.missing_objects", "It is not stated.")


@SECTION.rule(
    56, "W", "run",
    title="The closure against full simulation is published per sample and region, with its sign.",
    why="Twenty small differences of the same sign are a bias, not an agreement.",
    fix="Name the table in materials.closure, and quote the mean difference.",
    applies=_is_surrogate,
)  # fmt: skip
def _check_closure(context: Context) -> Iterator[Sight]:
    if not context.material("closure"):
        yield Sight("materials.closure", "No closure is named.")
    elif "bias" not in context.card.materials["closure"].lower():
        yield Sight("materials.closure", "The bias is not mentioned.")


@SECTION.rule(
    57, "W", "semi",
    title="A surrogate says where it holds.",
    why="It gives a number everywhere.",
    fix="State the box of its inputs in surrogate.domain and inputs[].valid_range, or name a spread of an ensemble.",
    applies=_is_surrogate,
)  # fmt: skip
def _check_domain(context: Context) -> Iterator[Sight]:
    if not _field(context, "domain"):
        yield Sight("surrogate.domain", "It is not stated.")


@SECTION.rule(
    58, "W", "semi",
    title="A binned map says how a bin is found and what happens outside.",
    why="A bin number off by one, or an overflow that is dropped, changes every yield.",
    fix="Describe axes, formula of the bin number and overflow in materials.binning.",
    applies=lambda context: context.card.role == "efficiency_map",
)  # fmt: skip
def _check_binning(context: Context) -> Iterator[Sight]:
    if not context.material("binning"):
        yield Sight("materials.binning", "The binning is not described.")


_PICKLES = (".pkl", ".pickle", ".joblib")


@SECTION.rule(
    59, "E", "auto",
    title="A pickled scikit-learn model is converted, or at least says which version wrote it.",
    why="Other versions of scikit-learn refuse it, or read it differently without a word.",
    fix="Convert it with skl2onnx or petrifyML and quote the agreement; record the version in files[].framework.",
)  # fmt: skip
def _check_pickled(context: Context) -> Iterator[Sight]:
    for i, file in enumerate(context.card.files):
        is_pickle = file.format in ("pickle", "joblib", "sklearn") or file.name.lower().endswith(_PICKLES)
        if is_pickle:
            version = re.search(r"\d+\.\d+", file.framework)
            what = f"A pickle, written with {file.framework if version else 'a version that is not stated'}."
            yield Sight(f"files[{i}] {file.name}", what, "W" if version else "E")
