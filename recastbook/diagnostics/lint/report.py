"""What the lint of a card says: findings, what could not be examined, the grade, an exit code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from recastbook import display
from recastbook.diagnostics.lint.rule import LEVELS, Finding, Rule

__all__ = ["GRADES", "LintReport", "Outcome"]

GRADES = ("incomplete", "documented", "runnable", "validated", "shareable")
"""Grades, each of which contains the one before."""

# what each grade asks for beyond the one before: (items that may hold no error, items that may hold nothing at all)
_DOCUMENTED = frozenset([*range(1, 34)]) - {11, 12, 13, 15, 18, 19}
_RUNNABLE = frozenset({11, 12, 13, 15, 34, 35, 36, 38, 40})
_VALIDATED = frozenset({41, 42, 51, 54})
_VALIDATED_WHOLLY = frozenset({46})
_SHAREABLE_WHOLLY = frozenset({15, 16, 17, 70, 71, 76, 77})
_MARKS = {"E": "bad", "W": "warning", "I": "note"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one rule."""

    rule: Rule
    state: str
    """found, passed, not examined, or does not apply."""
    findings: tuple[Finding, ...] = ()
    """What was found."""
    note: str = ""
    """Why it was not examined."""


@dataclass(frozen=True)
class LintReport(display.Tabular):
    """The lint of one model card."""

    title: str
    """Title of the card."""
    analysis: str
    """Identifier of the search."""
    outcomes: tuple[Outcome, ...]
    """One per rule, in the order of the checklist."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings: errors first, then warnings, then information, each in the order of the checklist."""
        found = [finding for outcome in self.outcomes for finding in outcome.findings]
        return tuple(sorted(found, key=lambda finding: list(LEVELS).index(finding.level)))

    def of(self, *rules: str) -> tuple[Finding, ...]:
        """Return the findings of rules, by identifier."""
        return tuple(finding for finding in self.findings if finding.rule in rules)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings at level E."""
        return tuple(finding for finding in self.findings if finding.level == "E")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings at level W."""
        return tuple(finding for finding in self.findings if finding.level == "W")

    @property
    def not_examined(self) -> tuple[Outcome, ...]:
        """Rules that had nothing to look at, with the reason."""
        return tuple(outcome for outcome in self.outcomes if outcome.state == "not examined")

    @property
    def score(self) -> tuple[int, int]:
        """How many items of level E hold, and how many there are for this card."""
        items = [
            outcome for outcome in self.outcomes if outcome.rule.level == "E" and outcome.state != "does not apply"
        ]
        held = [o for o in items if o.state == "passed" or (o.findings and not any(f.level == "E" for f in o.findings))]
        return len(held), len(items)

    @property
    def grade(self) -> str:
        """The highest grade that is reached; a rule that was not examined is not held."""
        grade = GRADES[0]
        for name, no_error, nothing in (
            ("documented", _DOCUMENTED, frozenset[int]()),
            ("runnable", _RUNNABLE, frozenset[int]()),
            ("validated", _VALIDATED, _VALIDATED_WHOLLY),
            ("shareable", frozenset[int](), _SHAREABLE_WHOLLY),
        ):
            if self._hindrances(no_error, nothing, strict=name != "documented"):
                break
            grade = name
        return grade

    @property
    def next_steps(self) -> tuple[str, ...]:
        """Rules that stand between this card and the next grade."""
        at = GRADES.index(self.grade)
        wanted = (
            (_DOCUMENTED, frozenset[int]()), (_RUNNABLE, frozenset[int]()), (_VALIDATED, _VALIDATED_WHOLLY),
            (frozenset[int](), _SHAREABLE_WHOLLY),
        )  # fmt: skip
        return () if at >= len(wanted) else self._hindrances(*wanted[at], strict=at > 0)

    def _hindrances(self, no_error: frozenset[int], nothing: frozenset[int], *, strict: bool) -> tuple[str, ...]:
        out = []
        for outcome in self.outcomes:
            item = outcome.rule.item
            if item not in no_error | nothing:
                continue
            hindered = any(f.level == "E" or item in nothing for f in outcome.findings)
            if hindered or (strict and outcome.state == "not examined"):
                out.append(outcome.rule.id)
        return tuple(out)

    @property
    def exit_code(self) -> int:
        """0 without errors, 1 with; for use in scripts."""
        return 1 if self.errors else 0

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, ready for JSON."""
        held, items = self.score
        return {
            "title": self.title,
            "analysis": self.analysis,
            "grade": self.grade,
            "next_steps": list(self.next_steps),
            "errors_free_items": {"held": held, "of": items},
            "errors": len(self.errors),
            "warnings": len(self.warnings),
            "findings": [finding.to_dict() for finding in self.findings],
            "not_examined": [{"rule": o.rule.id, "reason": o.note} for o in self.not_examined],
        }

    # ---- display

    def _facts(self) -> dict[str, object]:
        held, items = self.score
        counts = {level: sum(f.level == level for f in self.findings) for level in LEVELS}
        facts: dict[str, object] = {
            "search": self.analysis,
            "grade": self.grade,
            "findings": f"{counts['E']} errors, {counts['W']} warnings, {counts['I']} notes",
            "items of level error": f"{held} of {items} hold",
        }
        if self.next_steps:
            facts["in the way of the next grade"] = ", ".join(self.next_steps)
        return facts

    def unseen(self) -> list[str]:
        """Return one line for each reason why rules were not examined."""
        by_reason: dict[str, list[str]] = {}
        for outcome in self.not_examined:
            by_reason.setdefault(outcome.note, []).append(outcome.rule.id)
        return [f"not examined: {', '.join(rules)}. {reason}" for reason, rules in by_reason.items()]

    def __str__(self) -> str:
        lines = [display.text_card(f"Lint of {self.title}", self._facts(), notes=self.unseen())]
        for finding in self.findings:
            lines.append(f"{finding.rule} {finding.level} {finding.place}")
            lines += [f"  {finding.what}", f"  why: {finding.why}", f"  fix: {finding.fix}"]
        return "\n".join(lines)

    def _as_table(self) -> display.TableView:
        rows = [(f.rule, LEVELS[f.level], f.place, f.what, f.fix) for f in self.findings]
        headers = ("rule", "level", "where", "what", "what would put it right")
        return display.TableView(headers, rows, f"Lint of {self.title}: {self.grade}", self.unseen())

    def _repr_html_(self) -> str:
        rows = [
            (display.Cell(f.rule, _MARKS[f.level], title=LEVELS[f.level]), f.place, f.what, f.fix)
            for f in self.findings
        ]
        head = ("rule", "where", "what", "what would put it right")
        table = display.html_table(head, rows, align="llll", max_rows=max(12, len(self.errors)))
        states = Counter(outcome.state for outcome in self.outcomes)
        order = ("passed", "found", "not examined", "does not apply")
        body: list[object] = [display.svg_strip({state: states[state] for state in order}, title="rules by outcome")]
        body += [table, display.copies(self._as_table())] if rows else []
        if rows:
            why = {f.rule: f.why for f in self.findings}
            body.append(display.fold("why these matter", display.html_table(("rule", "why"), list(why.items()))))
        notes = [display.note(text, "unknown") for text in self.unseen()]
        mark = "bad" if self.errors else "ok"
        badges = [display.badge(self.grade, mark)]
        return str(display.card(f"Lint of {self.title}", self._facts(), badges=badges, body=body, notes=notes))
