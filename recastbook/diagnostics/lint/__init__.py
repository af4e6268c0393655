"""Lint of a model card: the checklist for networks that others can reuse, as numbered rules.

The rules follow the Les Houches guide to reusable machine-learning models (arXiv:2312.14575) and its neighbours; rule
LH24 is item 24 of that checklist. They read the card, the network files as bytes, the files beside them and the
regions of the search. The only thing that is run is the network itself, on its golden rows.
"""

from __future__ import annotations

from recastbook.diagnostics.lint.checklist import RULES, find_rule, lint
from recastbook.diagnostics.lint.report import LintReport
from recastbook.diagnostics.lint.rule import Finding, Rule

__all__ = ["RULES", "Finding", "LintReport", "Rule", "find_rule", "lint"]
