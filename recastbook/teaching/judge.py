"""Whether an answer is right, and the sentence that leads on if it is not."""

from __future__ import annotations

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
    if isinstance(expected, set | frozenset):
        return isinstance(answer, set | frozenset | list | tuple) and set(answer) == expected
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
    unit = "" if exercise.unit == "1" else f" (asked in {exercise.unit})"
    found, wanted = _numbers(answer), _numbers(exercise.answer)
    if wanted is None:
        return "Not yet."
    if found is None:
        return f"Asked is {'one number' if wanted.ndim == 0 else 'a list of numbers'}, not {type(answer).__name__}."
    if found.shape != wanted.shape:
        return (
            f"Asked is {'one number' if wanted.ndim == 0 else f'an array of shape {wanted.shape}'}, not {found.shape}."
        )
    if not np.isfinite(found).all():
        return "Not a finite number: was something divided by zero, or does an event lack the quantity?"
    if _same(-found, exercise.answer, exercise):
        return "The size is right, the sign is not."
    if any(_same(found * 10.0**power, exercise.answer, exercise) for power in _POWERS):
        return f"The digits are right, the power of ten is not: look at the unit{unit}."
    return f"Not yet{unit}."
