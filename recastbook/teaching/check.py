"""Checking an answer: a card with a sentence, hints on demand; an error only where notebooks are tested."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from recastbook.display import Html, badge, card, fold, joined, note, text_card
from recastbook.exceptions import ExerciseFailed, UnknownName, did_you_mean
from recastbook.teaching.exercises import Exercise, exercises
from recastbook.teaching.judge import judge

__all__ = ["Check", "Hints", "check", "hint", "solving"]


@dataclass(frozen=True, slots=True)
class Hints:
    """Hints of an exercise: each behind its own fold; `n` is the one that text shows."""

    name: str
    hints: tuple[str, ...]
    n: int = 1

    def __str__(self) -> str:
        if not self.hints:
            return f"{self.name}: no hints; the text above the exercise has what is needed"
        last = self.n >= len(self.hints)
        more = "" if last else f'\n  next: hint("{self.name}", {self.n + 1})'
        return (
            f"{self.name}, hint {min(self.n, len(self.hints))} of {len(self.hints)}: {self.hints[: self.n][-1]}{more}"
        )

    __repr__ = __str__

    def _repr_html_(self) -> Html:
        return joined(*(fold(f"hint {i}", h) for i, h in enumerate(self.hints, 1))) if self.hints else note(str(self))


@dataclass(frozen=True, slots=True)
class Check:
    """What came of a check; true if solved."""

    name: str
    passed: bool | None
    """None where nothing was answered."""
    sentence: str
    hints: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.passed is True

    def hint(self, n: int = 1) -> Hints:
        """Return the hints, the `n`-th shown first in text."""
        return Hints(self.name, self.hints, max(1, n))

    def _state(self) -> tuple[str, str]:
        return {True: ("ok", "solved"), False: ("bad", "not yet"), None: ("unknown", "not answered")}[self.passed]

    def __str__(self) -> str:
        more = [f'hints: hint("{self.name}")'] if self.hints and not self.passed else []
        return text_card(f"Exercise {self.name}: {self._state()[1]}", notes=[self.sentence, *more])

    __repr__ = __str__

    def _repr_html_(self) -> Html:
        mark, word = self._state()
        hints = [] if self.passed else [self.hint()] if self.hints else []
        return card(
            f"Exercise {self.name}", badges=[badge(word, mark)], body=[note(self.sentence), *hints], accent=mark
        )


def solving() -> bool:
    """Whether the solution cells run: only where notebooks are tested (``RECASTBOOK_STRICT=1``)."""
    return os.environ.get("RECASTBOOK_STRICT", "") not in {"", "0"}


def check(
    name: str,
    answer: Any,
    expected: Any = None,
    *,
    rel: float | None = None,
    abs: float | None = None,  # noqa: A002 - the word of math.isclose and pytest.approx without its prefix
    hints: Sequence[str] = (),
    strict: bool | None = None,
) -> Check:
    """Check an answer to an exercise; the expected answer is never shown.

    Parameters
    ----------
    name
        Name of the exercise, ``03-2``; one without an entry in the exercise files needs `expected`.
    answer
        The student's answer: number, text, truth value, list or array; ``...`` or None is not answered yet.
    expected
        Expected answer, or a function of no arguments that computes it; by default the one of the exercise file.
    rel, abs
        Tolerances of numbers; 1 % if neither is given anywhere.
    hints
        Hints, by default those of the exercise file.
    strict
        Raise if not solved; by default only with ``RECASTBOOK_STRICT=1``.

    Raises
    ------
    UnknownName
        If there is no such exercise and nothing is expected.
    ExerciseFailed
        In strict mode, if it is not solved.

    Examples
    --------
    >>> check("my own", 3.14, expected=3.1416)
    Exercise my own: solved
      Right.
    >>> bool(check("my own", "electrons", expected="muons", strict=False))
    False
    """
    exercise = exercises().get(name, Exercise(name))
    if expected is not None:
        exercise = replace(exercise, answer=expected() if callable(expected) else expected, wrong=())
    if exercise.answer is None:
        more = did_you_mean(name, exercises())
        msg = f"exercise {name!r} has no expected answer: give check(..., expected=...).{more}"
        raise UnknownName(msg)
    if rel is not None or abs is not None:
        exercise = replace(exercise, rel=rel, abs=abs)
    passed, sentence = judge(exercise, answer)
    done = Check(name, passed, sentence, tuple(hints) or exercise.hints)
    if not passed and (solving() if strict is None else strict):
        msg = f"exercise {name}: {sentence}"
        raise ExerciseFailed(msg)
    return done


def hint(name: str, n: int = 1) -> Hints:
    """Return the hints of an exercise: each behind a fold in a notebook, the `n`-th in a terminal.

    Raises
    ------
    UnknownName
        If there is no such exercise.
    """
    if name not in exercises():
        msg = f"no exercise {name!r}.{did_you_mean(name, exercises())}"
        raise UnknownName(msg)
    return Hints(name, exercises()[name].hints, max(1, n))
