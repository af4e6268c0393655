"""Part D of the checklist: outputs and their use."""

from __future__ import annotations

from collections.abc import Iterator

from recastbook.diagnostics.lint import windows
from recastbook.diagnostics.lint.context import Context, stated
from recastbook.diagnostics.lint.rule import NotExamined, Section, Sight
from recastbook.exceptions import RecastbookError
from recastbook.network.session import Session
from recastbook.regions import Region

__all__ = ["SECTION"]

SECTION = Section("D", "outputs and use")

ENOUGH_GOLDEN = 3
"""Rows with known scores that a card should have, for each of its files."""


def _used_outputs(context: Context) -> set[str]:
    if context.region_set is None:
        return set()
    return {leaf.score for leaf in context.region_set.score_leaves if leaf.score}


@SECTION.rule(
    34, "E", "semi",
    title="Order and meaning of all outputs are known.",
    why="The wrong node gives a score that looks like a score.",
    fix="State the meaning of each output, and how certain it is.",
)  # fmt: skip
def _check_meaning(context: Context) -> Iterator[Sight]:
    used = _used_outputs(context)
    for i, output in enumerate(context.card.outputs):
        place = f"outputs[{i}] {output.name}"
        if not stated(output.meaning):
            yield Sight(place, "The meaning is not stated.")
        elif "guess" in output.certainty.lower():
            what = f"The meaning ({output.meaning}) is a guess"
            if output.name in used:
                yield Sight(place, f"{what}, and regions cut on it.")
            else:
                yield Sight(place, f"{what}; no region uses it.", level="I")


_ACTIVATIONS = ("softmax", "sigmoid", "logit", "linear", "tanh", "identity", "none", "probability")


@SECTION.rule(
    35, "E", "semi",
    title="The last operation is known, and which direction is signal.",
    why="A cut on a sigmoid applied to a logit, or the other way round, keeps all events or none.",
    fix="State activation and outputs[].direction.",
)  # fmt: skip
def _check_activation(context: Context) -> Iterator[Sight]:
    card = context.card
    if not stated(card.activation) and not card.activation.lower().startswith("none"):
        yield Sight("activation", "The activation of the outputs is not stated.")
    elif not any(word in card.activation.lower() for word in _ACTIVATIONS):
        yield Sight("activation", f"{card.activation!r} is not one of {', '.join(_ACTIVATIONS)}.", level="W")
    if "softmax" in card.activation.lower() and len(card.outputs) == 1:
        yield Sight("activation", "A softmax of a single output is always 1.")
    for i, output in enumerate(card.outputs):
        if not stated(output.direction):
            yield Sight(f"outputs[{i}] {output.name}", "It is not stated what a higher value means.", level="W")


def _regions_of(context: Context) -> list[Region]:
    """Return the regions that the card names, bins of a histogram region included."""
    if context.region_set is None:
        reason = "no regions were given, and there is no regions.yaml beside the card"
        raise NotExamined(reason)
    named = set(context.card.analysis.regions)
    return [r for r in context.region_set.regions.values() if r.name in named or r.parent in named]


@SECTION.rule(
    36, "E", "semi",
    title="Each region that uses the network is there with node, comparison, threshold and parameter values.",
    why="0.9994 and 0.99994 differ by a factor in the yield.",
    fix="Write the cuts of every region into regions.yaml and the names of the regions into analysis.regions.",
)  # fmt: skip
def _check_cuts(context: Context) -> Iterator[Sight]:
    card = context.card
    if not card.analysis.regions:
        yield Sight("analysis.regions", "The card names no region that uses the network.")
    if context.is_surrogate and context.region_set is None:  # its outputs are the regions; nothing need cut on them
        return
    found = _regions_of(context)
    known = context.region_set.regions if context.region_set is not None else {}
    for name in card.analysis.regions:
        if name not in known:
            yield Sight("analysis.regions", f"{name!r} is not among the regions.")
    outputs = set(card.output_names)
    elsewhere = bool(context.about.get("networks"))  # other networks of the search have other outputs
    scored: set[str] = set()
    for region in found:
        leaves = [leaf for cut in region.cuts for leaf in cut.leaves() if leaf.score]
        if any(leaf.score in outputs for leaf in leaves):
            scored |= {region.name, region.parent}
        for leaf in leaves:
            if leaf.score not in outputs and not elsewhere:
                yield Sight(f"regions {region.name}", f"It cuts on {leaf.score!r}, which is no output of the card.")
            elif leaf.score in outputs and leaf.point is None and card.parameters.names:
                yield Sight(f"regions {region.name}", f"The cut {leaf.text!r} has no values for the parameters.")
    for name in card.analysis.regions:
        if name in known and name not in scored:
            yield Sight(f"regions {name}", "The card names it, but none of its cuts is on an output of the network.")


@SECTION.rule(
    37, "W", "auto",
    title="Windows on one score meet: signal, validation and control regions leave no gap and share no event.",
    why="A digit too many in one edge makes a gap that loses events, or an overlap that counts them twice.",
    fix="Compare both edges with the paper; write one of them as a reference to the other region.",
)  # fmt: skip
def _check_thresholds(context: Context) -> Iterator[Sight]:
    if context.region_set is None and context.is_surrogate:
        return
    if context.region_set is None:
        reason = "no regions were given, and there is no regions.yaml beside the card"
        raise NotExamined(reason)
    outputs = set(context.card.output_names)
    regions = [
        region for region in context.region_set.regions.values()
        if any(leaf.score in outputs for cut in region.cuts for leaf in cut.leaves())
    ]  # fmt: skip
    for clash in windows.clashes(regions, outputs):
        yield Sight(f"regions {clash.lower}, {clash.upper}", clash.text, level=clash.level)


@SECTION.rule(
    38, "E", "semi",
    title="A validated code that evaluates the network is named, or a note that defines everything.",
    why="Working code settles what a text leaves open.",
    fix="Name a Rivet, SimpleAnalysis or other routine in validation.codes, or a note in materials.analysis_note.",
)  # fmt: skip
def _check_code(context: Context) -> Iterator[Sight]:
    if not context.card.validation.codes and not context.material("analysis_note"):
        yield Sight("validation.codes", "Neither code nor note is named.")


@SECTION.rule(
    39, "W", "semi",
    title="A few lines of code run one event and print its score.",
    why="A user knows within a minute whether the runtime is set up rightly.",
    fix="Name the file in validation.snippet.",
)  # fmt: skip
def _check_snippet(context: Context) -> Iterator[Sight]:
    if not stated(context.card.validation.snippet):
        yield Sight("validation.snippet", "There is none.")


@SECTION.rule(
    40, "E", "run",
    title="Golden events: at least three full rows with known scores, and they hold.",
    why="This is the only test that sees order, units, normalisation and file together.",
    fix="Write rows with raw inputs and scores into golden_rows, computed by the authors' own code.",
)  # fmt: skip
def _check_golden(context: Context) -> Iterator[Sight]:
    card = context.card
    with_scores = [row for row in card.golden_rows if row.scores and row.raw]
    if len(with_scores) < ENOUGH_GOLDEN:
        what = f"{len(with_scores)} rows have raw inputs and scores; at least {ENOUGH_GOLDEN} are asked for."
        yield Sight("golden_rows", what)
    for file in card.files:
        if len(card.files) > 1 and not any(row.file == file.name for row in with_scores):
            yield Sight("golden_rows", f"There is no row with scores for {file.name}.")
    context.require_constants()
    try:
        card.check_golden()  # the normalisation, which needs no file
    except RecastbookError as error:
        yield Sight("golden_rows", f"{error}.")
        return
    if not with_scores:
        return
    if not context.run:
        reason = "the network was not run, as asked"
        raise NotExamined(reason)
    sessions = [session for session in context.sessions.values() if isinstance(session, Session)]
    for session in sessions:
        try:
            card.check_golden(session)
        except RecastbookError as error:
            yield Sight("golden_rows", f"{error}.")
    if len(sessions) < len(card.files):
        raise NotExamined(context.why_not)
