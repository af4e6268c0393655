"""The checklist as a whole: all rules in order, and the lint of a card."""

from __future__ import annotations

import os

from recastbook.diagnostics.lint import (
    rules_design,
    rules_file,
    rules_inputs,
    rules_outputs,
    rules_surrogate,
    rules_validation,
    rules_wider,
)
from recastbook.diagnostics.lint.context import Context
from recastbook.diagnostics.lint.report import LintReport, Outcome
from recastbook.diagnostics.lint.rule import NotExamined, Rule, Section
from recastbook.exceptions import UnknownName, did_you_mean
from recastbook.network import ModelCard
from recastbook.regions import RegionSet

__all__ = ["RULES", "SECTIONS", "find_rule", "lint"]

SECTIONS: tuple[Section, ...] = (
    rules_design.SECTION,
    rules_file.SECTION,
    rules_inputs.SECTION,
    rules_outputs.SECTION,
    rules_validation.SECTION,
    rules_surrogate.SECTION,
    rules_wider.SECTION,
)

RULES: dict[str, Rule] = {rule.id: rule for section in SECTIONS for rule in section.rules}
"""Rule by identifier, in the order of the checklist."""


def find_rule(name: str) -> Rule:
    """Return a rule by identifier; ``LH24``, ``lh24`` and ``24`` are the same.

    Raises
    ------
    UnknownName
        If there is no such rule.
    """
    text = name.strip().upper()
    key = f"LH{int(text):02d}" if text.isdecimal() else text
    if key not in RULES:
        message = f"there is no rule {name!r}.{did_you_mean(key, RULES)}"
        raise UnknownName(message)
    return RULES[key]


def lint(card: ModelCard, *, regions: RegionSet | str | os.PathLike[str] | None = None, run: bool = True) -> LintReport:
    """Hold a model card against the checklist.

    Parameters
    ----------
    card
        The card.
    regions
        The regions that cut on its scores, or the path of their ``regions.yaml``; by default the one beside the card.
    run
        Whether golden rows are evaluated with the network.

    Raises
    ------
    BadSpecification
        If regions or tables beside the card cannot be read.
    """
    context = Context.of(card, regions, run=run)
    return LintReport(card.title, card.analysis.id, tuple(_outcome(rule, context) for rule in RULES.values()))


def _outcome(rule: Rule, context: Context) -> Outcome:
    if not rule.applies(context):
        return Outcome(rule, "does not apply")
    found = []
    try:
        for finding in rule.findings(context):
            found.append(finding)  # noqa: PERF402 - what was found before the check gave up is kept
    except NotExamined as reason:
        if not found:
            return Outcome(rule, "not examined", note=str(reason))
    return Outcome(rule, "found" if found else "passed", tuple(found))
