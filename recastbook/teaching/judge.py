"""Whether an answer is right, and the sentence that leads on if it is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from recastbook.teaching.exercises import Exercise

__all__ = ["judge"]

DEFAULT_REL = 0.01
"""Relative tolerance of a number where none is given."""
_POWERS = (-12, -9, -6, -3, -2, -1, 1, 2, 3, 6, 9, 12)


def judge(exercise: Exercise, answer: Any) -> tuple[bool | None, str]:
    """Return whether an answer is right (None: not answered) and a sentence that does not tell the right one."""
    if answer is None or answer is ...:
        return None, "Put your answer in place of the dots and run the cell again."
    if _same(answer, exercise.answer, exercise):
        return True, "Right."
    for value, sentence in exercise.wrong:
        if _same(answer, value, exercise):
            return False, sentence
    return False, _why(exercise, answer)


def _same(answer: Any, expected: Any, exercise: Exercise) -> bool:
    if isinstance(expected, str):
        return isinstance(answer, str) and " ".join(answer.split()).casefold() == " ".join(expected.split()).casefold()
    if isinstance(expected, bool | np.bool_):
        return isinstance(answer, bool | np.bool_) and bool(answer) == bool(expected)
    if isinstance(expected, Mapping):
        alike = isinstance(answer, Mapping) and set(answer) == set(expected)
        return alike and all(_same(answer[key], expected[key], exercise) for key in expected)
    if isinstance(expected, set | frozenset):
        given = answer if isinstance(answer, set | frozenset | list | tuple) else ()
        return len(given) == len(expected) and all(any(_same(g, e, exercise) for e in expected) for g in given)
    if isinstance(expected, list | tuple) and _numbers(expected) is None:
        alike = isinstance(answer, list | tuple) and len(answer) == len(expected)
        return alike and all(_same(a, e, exercise) for a, e in zip(answer, expected, strict=True))
    found, wanted = _numbers(answer), _numbers(expected)
    if found is None or wanted is None or found.shape != wanted.shape:
        return False
    rel = exercise.rel if exercise.rel is not None else 0.0 if exercise.abs is not None else DEFAULT_REL
    return bool(np.allclose(found, wanted, rtol=rel, atol=exercise.abs or 0.0, equal_nan=True))


def _numbers(given: Any) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """Return a number, list or array as floats; None for anything else, truth values and digits in text included."""
    try:
        array = np.asarray(given)
        return array.astype(np.float64) if array.dtype.kind in "iuf" else None
    except (TypeError, ValueError):
        return None


def _why(exercise: Exercise, answer: Any) -> str:
    wanted = _numbers(exercise.answer)
    if wanted is None:
        return _why_no_number(exercise, answer)
    found = _numbers(answer)
    asked = "one number" if wanted.ndim == 0 else f"an array of shape {wanted.shape}"
    if found is None:
        more = ": leave out quotes, unit and %" if isinstance(answer, str) else ""
        return f"Asked is {asked}, not {_kind(answer)}{more}."
    if found.shape != wanted.shape:
        if wanted.ndim == 0 and found.size == 1 and _same(found.item(), exercise.answer, exercise):
            return "The number is right, but it is still inside a list: take it out with [0]."
        return f"Asked is {asked}, not {'one number' if found.ndim == 0 else f'an array of shape {found.shape}'}."
    if not np.isfinite(found).all():
        return "Not a finite number: was something divided by zero, or does an event lack the quantity?"
    return _why_not_this_number(exercise, found)


def _why_not_this_number(exercise: Exercise, found: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    plain = exercise.unit == "1"
    unit = "" if plain else f" (asked in {exercise.unit})"
    if _same(-found, exercise.answer, exercise):
        return "The size is right, the sign is not."
    if plain and np.max(np.abs(exercise.answer)) <= 1 and _same(found / 100, exercise.answer, exercise):
        return "That is in per cent: asked is the fraction itself, 0.5 rather than 50."
    if any(_same(found * 10.0**power, exercise.answer, exercise) for power in _POWERS):
        return f"The digits are right, the power of ten is not: look at the unit{unit}."
    if plain and exercise.abs != 0:
        if _same(1 - found, exercise.answer, exercise):
            return "That is one minus what is asked: the other part."
        if found.all() and _same(1 / found, exercise.answer, exercise):
            return "That is one over what is asked: turn the ratio round."
    return f"Not yet{unit}."


def _why_no_number(exercise: Exercise, answer: Any) -> str:
    wanted = exercise.answer
    if isinstance(wanted, bool | np.bool_):
        return "Not yet." if isinstance(answer, bool | np.bool_) else f"Asked is True or False, not {_kind(answer)}."
    if isinstance(wanted, str):
        if not isinstance(answer, str):
            return f"Asked is a name in quotes, not {_kind(answer)}."
        if _letters(answer) == _letters(wanted):
            return "Nearly: write the name as it is printed, with its punctuation."
        return "Not yet."
    if not isinstance(answer, list | tuple | set | frozenset):
        return f"Asked is a list, not {_kind(answer)}."
    extra = [f"{a}" for a in answer if not any(_same(a, w, exercise) for w in wanted)]
    missing = sum(not any(_same(a, w, exercise) for a in answer) for w in wanted)
    if extra or missing:
        found = [f"not asked for: {', '.join(extra)}"] if extra else []
        return f"Not yet: {'; '.join([*found, f'missing: {missing}' if missing else 'nothing is missing'])}."
    return "All the right ones, but not in the order or the number that is asked for."


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _kind(answer: Any) -> str:
    """Name a type as a student would."""
    if isinstance(answer, str):
        return "text"
    if isinstance(answer, bool | np.bool_):
        return "True or False"
    if callable(answer) and not isinstance(answer, type):
        return "a function: call it with ()"
    name = type(answer).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
