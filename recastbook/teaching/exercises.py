"""The exercises as data: question, expected answer, tolerance, hints, and what common wrong answers mean."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from recastbook.documents import read_yaml
from recastbook.exceptions import BadSpecification

__all__ = ["Exercise", "exercises"]


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise of a notebook."""

    name: str
    """Notebook and number, ``03-2``."""
    question: str = ""
    """What is asked, one sentence."""
    answer: Any = field(default=None, repr=False)
    """Number, text, truth value or list; None where the notebook computes it."""
    unit: str = "1"
    """Unit of a number, as in axis labels."""
    rel: float | None = None
    """Relative tolerance of a number."""
    abs: float | None = None
    """Absolute tolerance of a number."""
    hints: tuple[str, ...] = ()
    """From vague to near; none gives the answer away."""
    wrong: tuple[tuple[Any, str], ...] = field(default=(), repr=False)
    """Common wrong answers, each with a sentence that leads on."""


def exercises(notebook: str = "") -> MappingProxyType[str, Exercise]:
    """Return the exercises by name, of all notebooks or of one (``"03"``).

    Examples
    --------
    >>> "00-1" in exercises("00")
    True
    """
    found = _all()
    return MappingProxyType(
        {name: e for name, e in found.items() if name.startswith(f"{notebook}-" if notebook else "")}
    )


@cache
def _all() -> dict[str, Exercise]:
    found: dict[str, Exercise] = {}
    for path in sorted(files("recastbook.teaching").joinpath("exercises").iterdir(), key=lambda p: p.name):
        if path.name.endswith(".yaml"):
            found |= read(read_yaml(path, what="set of exercises"), path.name)
    return found


def read(content: Any, source: str) -> dict[str, Exercise]:
    """Return the exercises of one parsed file.

    Raises
    ------
    BadSpecification
        If an entry is no mapping of known keys, or its name does not begin with the file's number.
    """
    known = {f.name for f in fields(Exercise)} - {"name"}
    found = {}
    for name, given in dict(content or {}).items():
        number = source.removesuffix(".yaml")
        if not (isinstance(name, str) and name.startswith(f"{number}-") and isinstance(given, dict)):
            msg = f"{source}: {name!r} must be a mapping named {number}-1, {number}-2, ..."
            raise BadSpecification(msg)
        if unknown := sorted(set(map(str, given)) - known):
            msg = f"{source}: exercise {name} has unknown keys {', '.join(unknown)}; known: {', '.join(sorted(known))}"
            raise BadSpecification(msg)
        wrong = tuple((entry["answer"], str(entry["say"])) for entry in given.get("wrong", ()))
        hints = tuple(str(h) for h in given.get("hints", ()))
        found[name] = Exercise(name, **{**given, "hints": hints, "wrong": wrong})
    return found
