"""Exercises of the notebooks: ask, check, give hints, and never tell the answer.

A notebook has three cells for an exercise::

    answer = ...                      # the student's cell

    if solving():                     # folded: {"jupyter": {"source_hidden": true}, "tags": ["solution"]}
        answer = 42                   # runs only where the notebook is tested; open it to read a solution

    check("03-2", answer)             # a card: solved, not yet, or not answered; hints behind a fold

Questions, expected answers and hints are in ``exercises/NN.yaml``, one file a notebook. An answer that the notebook has
to compute is a function in the folded cell, and the check names it, so that nobody reads the solution by the way:
``check("03-2", answer, answer_03_2)``. In class a wrong answer is a card and nothing
stops; with ``RECASTBOOK_STRICT=1``, as in the tests of the notebooks, it is an error.
"""

from __future__ import annotations

from recastbook.exceptions import ExerciseFailed
from recastbook.teaching.check import Check, Hints, check, hint, solving
from recastbook.teaching.exercises import Exercise, exercises

__all__ = ["Check", "Exercise", "ExerciseFailed", "Hints", "check", "exercises", "hint", "solving"]


def __dir__() -> list[str]:
    return list(__all__)
