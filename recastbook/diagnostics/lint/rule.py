"""What a rule is, what it finds, and how it says that it could not look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from recastbook.exceptions import BadOption

if TYPE_CHECKING:
    from recastbook.diagnostics.lint.context import Context

__all__ = ["LEVELS", "Finding", "NotExamined", "Rule", "Section", "Sight"]

LEVELS = {"E": "error", "W": "warning", "I": "information"}
"""E: cannot be reused safely; W: reuse will be harder or doubtful; I: good to know."""

Kind = Literal["auto", "semi", "run"]


class NotExamined(Exception):  # noqa: N818 - no error: control flow between a check and the one who called it
    """Raised inside a check that lacks what it would look at; the report says so."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a check saw: place, words, and where they differ from the rule's own, level and way out."""

    place: str
    what: str
    level: str = ""
    fix: str = ""


Check = Callable[["Context"], Iterable[Sight]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found."""

    rule: str
    """Identifier of the rule, for example LH24."""
    level: str
    """E, W or I."""
    place: str
    """Path inside the card, or a file."""
    what: str
    """What was found."""
    why: str
    """Why it matters."""
    fix: str
    """What would put it right."""

    def __str__(self) -> str:
        return f"{self.rule} {self.level} {self.place}: {self.what} Fix: {self.fix}"

    def to_dict(self) -> dict[str, str]:
        """Return the finding as plain texts."""
        return {name: getattr(self, name) for name in ("rule", "level", "place", "what", "why", "fix")}


@dataclass(frozen=True, slots=True)
class Rule:
    """One item of the checklist."""

    item: int
    """Number in the checklist."""
    level: str
    """E, W or I: what a finding weighs unless it says otherwise."""
    kind: Kind
    """auto: from files alone; semi: from a field of the card; run: needs an inference or a validation run."""
    title: str
    """What must hold."""
    why: str
    """Why it matters."""
    fix: str
    """What would put it right."""
    check: Check
    """Looks, and yields what it saw."""
    applies: Callable[[Context], bool]
    """Whether the rule is about this card at all."""

    @property
    def id(self) -> str:
        """Identifier: LH and the number of the item."""
        return f"LH{self.item:02d}"

    def findings(self, context: Context) -> Iterator[Finding]:
        """Yield what the rule finds, the same thing at several places as one; NotExamined if it could not look."""
        places: dict[tuple[str, str, str], list[str]] = {}
        blind = None
        try:
            for sight in self.check(context):
                key = (sight.what, sight.level or self.level, sight.fix or self.fix)
                places.setdefault(key, []).append(sight.place)
        except NotExamined as reason:
            blind = reason
        for (what, level, fix), where in places.items():
            yield Finding(self.id, level, "; ".join(where), what, self.why, fix)
        if blind is not None:
            raise blind

    def explain(self) -> str:
        """Return the rule in words."""
        how = {
            "auto": "found from the files alone",
            "semi": "read from a field of the card",
            "run": "found by running the network, or from a recorded run",
        }[self.kind]
        return (
            f"{self.id} ({LEVELS[self.level]}, {how}; item {self.item} of the checklist)\n"
            f"  {self.title}\n  Why: {self.why}\n  Fix: {self.fix}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as plain values."""
        return {name: getattr(self, name) for name in ("id", "item", "level", "kind", "title", "why", "fix")}


class Section:
    """Rules of one part of the checklist, in the order in which they are written down."""

    def __init__(self, letter: str, title: str) -> None:
        self.letter = letter
        self.title = title
        self.rules: list[Rule] = []

    def rule(
        self,
        item: int,
        level: str,
        kind: Kind,
        *,
        title: str,
        why: str,
        fix: str,
        applies: Callable[[Context], bool] = lambda _context: True,
    ) -> Callable[[Check], Check]:
        """Make a function the check of a rule.

        Raises
        ------
        BadOption
            If the level does not exist.
        """
        if level not in LEVELS:
            message = f"rule {item}: level {level!r} is none of {', '.join(LEVELS)}"
            raise BadOption(message)

        def add(check: Check) -> Check:
            self.rules.append(Rule(item, level, kind, title, why, fix, check, applies))
            return check

        return add
