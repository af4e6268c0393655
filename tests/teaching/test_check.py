"""Checks say whether an answer is right and lead on if not, never tell it, and stop only where notebooks are tested."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook.display import escape
from recastbook.exceptions import BadSpecification, UnknownName
from recastbook.teaching import Exercise, ExerciseFailed, check, exercises, hint, solving
from recastbook.teaching.exercises import read

NOTEBOOKS = sorted((Path(rb.__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.fixture(autouse=True)
def in_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECASTBOOK_STRICT", raising=False)


@pytest.mark.parametrize(
    ("answer", "expected", "options"),
    [
        (6.98, 7.0, {}), (np.float32(6.98), 7.0, {}), (8, 8, {"abs": 0}), (0.0, 1e-9, {"abs": 1e-6}),
        ("  phi Range ", "phi range", {}), (True, True, {}), (np.True_, True, {}),
        ([1.0, 2.0], np.array([1.0, 2.0]), {}),
        ({"a", "b"}, {"b", "a"}, {}), (["b", "a"], {"a", "b"}, {}), (["SR-A", 3.0], ["sr-a", 3.01], {}),
        (3.0, lambda: 3.0, {}), ([{"min": 2, "of": "mt"}], [{"of": "mt", "min": 2.0}], {}),
    ],
)  # fmt: skip
def test_right_answers(answer: Any, expected: Any, options: dict[str, float]) -> None:
    done = check("mine", answer, expected, **options)
    assert done
    assert "solved" in str(done)
    assert "details" not in done._repr_html_()


@pytest.mark.parametrize(
    ("answer", "expected", "options", "sentence"),
    [
        (7.2, 7.0, {}, "Not yet"), (7.0, 8, {"abs": 0}, "Not yet"), (-7.0, 7.0, {}, "sign"),
        (7000.0, 7.0, {}, "power of ten"), (0.07, 7.0, {}, "power of ten"), (float("nan"), 7.0, {}, "finite"),
        (float("inf"), 7.0, {}, "finite"), ("7", 7.0, {}, "one number, not text: leave out quotes"),
        (True, 1.0, {}, "one number, not True or False"), (len, 1.0, {}, "a function: call it"),
        ([7.0], 7.0, {}, "take it out with [0]"), ([5.0], 7.0, {}, "not an array of shape (1,)"),
        (1.0, [1.0, 2.0], {}, "array of shape (2,), not one number"), ([1.0, [2.0]], 3.0, {}, "one number, not a list"),
        (78.2, 0.782, {}, "in per cent"), (0.218, 0.782, {}, "one minus"), (4.0, 0.25, {}, "one over"),
        (0.0, 7.0, {}, "Not yet"), (object(), 2.0, {}, "number, not an object"),
        (3.0, "phi", {}, "a name in quotes, not a float"), ("b tagging", "b-tagging", {}, "with its punctuation"),
        ("eta", "phi", {}, "Not yet."), (1, True, {}, "True or False, not an int"), (False, True, {}, "Not yet."),
        ("a", {"a"}, {}, "a list, not text"), ([["a"]], {"a"}, {}, "not asked for: ['a']; missing: 1"),
        (["a", "c"], ["a", "b"], {}, "not asked for: c; missing: 1"), (["b", "a"], ["a", "b"], {}, "in the order"),
        ([{"mt": 2}, 7], [{"mt": 3}, 7], {}, "not asked for: {'mt': 2}; missing: 1"),
        ([], [{"mt": 3}], {}, "missing: 1"),
    ],
)  # fmt: skip
def test_wrong_answers_get_a_sentence(answer: Any, expected: Any, options: dict[str, float], sentence: str) -> None:
    done = check("mine", answer, expected, **options)
    assert done.passed is False
    assert not done
    assert sentence in str(done)


@pytest.mark.parametrize("empty", [None, ...])
def test_not_answered_is_neither_right_nor_wrong(empty: Any) -> None:
    done = check("00-1", empty)
    assert done.passed is None
    assert "not answered" in str(done)


def test_a_common_mistake_is_answered_and_the_answer_never_told() -> None:
    for name, exercise in exercises().items():
        if exercise.answer is None or isinstance(exercise.answer, bool):
            continue
        for value, leads in (*exercise.wrong, (123456.75, "")):
            done = check(name, value)
            assert done.passed is False
            assert leads in str(done)
        told = done.sentence + "".join(exercise.hints)
        assert "answer=" not in repr(exercise)
        assert str(exercise.answer) not in told.replace(exercise.unit, "").split()


@pytest.mark.parametrize(
    "name", [n for n, e in exercises().items() if isinstance(e.answer, int | float) and not isinstance(e.answer, bool)]
)
def test_three_digits_are_enough(name: str) -> None:
    assert check(name, float(f"{exercises()[name].answer:.3g}"))


def test_strict_only_where_notebooks_are_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not solving()
    check("00-1", 7)
    monkeypatch.setenv("RECASTBOOK_STRICT", "1")
    assert solving()
    assert check("00-1", 8)
    for answer in (7, ...):
        with pytest.raises(ExerciseFailed, match="exercise 00-1: "):
            check("00-1", answer)
    assert not check("00-1", 7, strict=False)
    assert issubclass(ExerciseFailed, AssertionError)


def test_hints_come_one_by_one() -> None:
    first, second = hint("00-1"), hint("00-1", 2)
    assert "hint 1 of 2" in str(first)
    assert 'hint("00-1", 2)' in str(first)
    assert "hint 2 of 2" in str(second)
    assert "next" not in str(second)
    assert first._repr_html_().count("<details") == 2
    assert str(check("00-1", 3).hint(2)) == str(second)
    assert "no hints" in str(check("mine", 1, 2).hint())
    assert "hint 1 of 1: look" in str(check("mine", 1, 2, hints=["look"]).hint(9))
    with pytest.raises(UnknownName, match=r"no exercise '00-l'.* Did you mean '00-"):
        hint("00-l")


def test_unknown_exercises_and_ones_that_the_notebook_computes() -> None:
    with pytest.raises(UnknownName, match=r"'nowhere' has no expected answer"):
        check("nowhere", 1)
    with pytest.raises(UnknownName, match=r"'04-6' has no expected answer: give check\(\.\.\., expected="):
        check("04-6", 1)
    assert "asked in fb" in str(check("04-6", 7000.0, expected=7.0))


def test_what_a_student_types_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    done = check(evil, evil, expected=2.0, hints=[evil])
    assert evil not in done._repr_html_()
    assert escape(evil) in done._repr_html_()


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ({"03-1": {"hint": "a"}}, "unknown keys hint; known: abs, answer"),
        ({"04-1": {}}, "must be a mapping named 03-1"),
        ({"03-1": "a"}, "must be a mapping"), ({3: {}}, "must be a mapping"),
    ],
)  # fmt: skip
def test_bad_exercise_files(content: Any, match: str) -> None:
    with pytest.raises(BadSpecification, match=match):
        read(content, "03.yaml")


def test_every_exercise_asks_and_helps() -> None:
    assert exercises()
    for exercise in exercises().values():
        assert isinstance(exercise, Exercise)
        assert exercise.question.endswith(("?", "."))
        assert exercise.hints


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_answers_that_rest_on_a_verdict_are_computed(path: Path) -> None:
    """A verdict depends on the network files that are at hand, which a fixed answer does not."""
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    for solution, checked in itertools.pairwise("".join(cell["source"]) for cell in cells):
        name = re.search(r'check\("(\d\d-\d)"', checked)
        if name and re.search(r"\bverdict\b", solution):
            assert exercises()[name[1]].answer is None


def test_first_look() -> None:
    regions = rb.load("ATLAS-SUSY-2018-30").region_set.regions.values()
    assert check("00-1", sum(r.kind == "signal" and r.uses_network for r in regions))
