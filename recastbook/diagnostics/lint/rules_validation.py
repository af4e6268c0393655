"""Part E of the checklist: material to validate the use of the network."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from recastbook.diagnostics.lint.context import Context, stated
from recastbook.diagnostics.lint.rule import Section, Sight
from recastbook.published import PublishedNumber, Table

__all__ = ["SECTION"]

SECTION = Section("E", "validation material")


@SECTION.rule(
    41, "E", "semi",
    title="There is a cutflow with the steps before and after the network.",
    why="It alone tells whether a difference comes from the selection or from the scores.",
    fix="Name it in validation.cutflows, or add it to the published tables of the search.",
)  # fmt: skip
def _check_cutflow(context: Context) -> Iterator[Sight]:
    if not context.card.validation.cutflows and not context.tables_of("cutflow"):
        yield Sight("validation.cutflows", "No cutflow is named.")


@SECTION.rule(
    42, "E", "semi",
    title="The exact signal behind each cutflow is stated.",
    why="A recast of another mass point, tune or decay cannot agree.",
    fix="State spectrum, generator with version, run cards, cross-section and number of events in validation.signals.",
)  # fmt: skip
def _check_signals(context: Context) -> Iterator[Sight]:
    if not any(stated(signal) for signal in context.card.validation.signals):
        yield Sight("validation.signals", "The signal model of the cutflows is not stated.")
    for table in context.tables_of("cutflow"):
        words = " ".join((table.header.sample, *table.header.notes)).lower()
        if "not printed" in words or "not stated" in words or not table.header.sample:
            yield Sight(f"published {table.name}", "The signal of the table is not fully stated.", level="W")


@SECTION.rule(
    43, "W", "semi",
    title="Distributions of the score are published for named signals.",
    why="A yield above a cut is one number; the shape of the score shows where it goes wrong.",
    fix="Name the tables in validation.scores.",
)  # fmt: skip
def _check_scores(context: Context) -> Iterator[Sight]:
    if not context.card.validation.scores:
        yield Sight("validation.scores", "No distribution of the score is named.")


@SECTION.rule(
    44, "W", "semi",
    title="Distributions of the inputs are published.",
    why="A wrong unit or padding is seen at once in a histogram.",
    fix="Name the tables in materials.input_distributions.",
)  # fmt: skip
def _check_input_distributions(context: Context) -> Iterator[Sight]:
    if not context.material("input_distributions"):
        yield Sight("materials.input_distributions", "No distribution of an input is named.")


@SECTION.rule(
    45, "W", "semi",
    title="The importance of the inputs is shown.",
    why="It tells where a recast has to be exact.",
    fix="Name it in validation.importance.",
)  # fmt: skip
def _check_importance(context: Context) -> Iterator[Sight]:
    if not stated(context.card.validation.importance):
        yield Sight("validation.importance", "It is not shown.")


@SECTION.rule(
    46, "W", "run",
    title="A recomputed cutflow stands beside the published one, with errors and a stated tolerance.",
    why="It is the proof that the card is enough to get the published numbers.",
    fix="Run `recastbook run` on the named signal and name the file in materials.recomputed_cutflow.",
)  # fmt: skip
def _check_recomputed(context: Context) -> Iterator[Sight]:
    if not context.material("recomputed_cutflow"):
        yield Sight("materials.recomputed_cutflow", "No recomputed cutflow is recorded.")


@SECTION.rule(
    47, "W", "auto",
    title="Published cutflows fall, and their numbers are not negative.",
    why="A row that rises is a slip of the pen, or not a cutflow.",
    fix="Ask for a corrected table; until then mark the row in the notes of the table.",
)  # fmt: skip
def _check_falling(context: Context) -> Iterator[Sight]:
    for table in context.tables_of("cutflow"):
        for column in table.dependent:
            numbers = [
                (name, value.value) for name, value in zip(table.rows, column.values, strict=True)
                if isinstance(value, PublishedNumber)
            ]  # fmt: skip
            place = f"published {table.name}, {column.name}"
            for name, value in numbers:
                if value < 0.0:
                    yield Sight(place, f"{name}: {value:g} is negative.")
            if "%" in column.unit or "ratio" in column.name.lower() or "efficiency" in column.name.lower():
                continue
            for (before, first), (after, second) in itertools.pairwise(numbers):
                if second > first:
                    yield Sight(place, f"{second:g} at {after!r} is more than {first:g} at {before!r}.")


@SECTION.rule(
    48, "I", "semi",
    title="The agreement is quoted for regions without a network too.",
    why="A network region agrees well when it agrees as well as cut-and-count regions of the same paper.",
    fix="Quote both in materials.cut_and_count.",
)  # fmt: skip
def _check_cut_and_count(context: Context) -> Iterator[Sight]:
    if not context.material("cut_and_count"):
        yield Sight("materials.cut_and_count", "It is not quoted.")


@SECTION.rule(
    49, "I", "semi",
    title="At least two signals are named, one of them away from the training points.",
    why="One point can agree by chance, or because the network knows it.",
    fix="Add a second one to validation.signals.",
)  # fmt: skip
def _check_two_signals(context: Context) -> Iterator[Sight]:
    n = sum(stated(signal) for signal in context.card.validation.signals)
    if n < 2:
        yield Sight("validation.signals", f"{n} signal(s) named.")


@SECTION.rule(
    50, "W", "run",
    title="Numbers that are compared have statistical errors.",
    why="A ratio of 1.4 from nine events says nothing.",
    fix="Publish raw numbers of events, or errors, beside weighted yields.",
)  # fmt: skip
def _check_errors(context: Context) -> Iterator[Sight]:
    cutflows = context.tables_of("cutflow")
    if not cutflows and not context.material("recomputed_cutflow"):
        yield Sight("materials.recomputed_cutflow", "There is nothing with a statistical error.")
    for table in cutflows:
        if not _has_errors(table):
            yield Sight(f"published {table.name}", "It gives neither errors nor raw numbers of events.")


def _has_errors(table: Table) -> bool:
    raw = any("raw" in f"{c.name} {c.unit}".lower() for c in table.dependent)
    return raw or any(isinstance(v, PublishedNumber) and v.errors for c in table.dependent for v in c.values)
