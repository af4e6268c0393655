"""A number as a paper prints it: the string, its value, its errors and its rounding."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from recastbook.exceptions import BadSpecification

__all__ = ["PublishedError", "PublishedNumber"]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def _half_unit(printed: str, *, ambiguous_zero: bool) -> float:
    mantissa, _, exponent = printed.lower().partition("e")
    whole, _, decimals = mantissa.partition(".")
    if ambiguous_zero and whole.strip("+-") and decimals == "0":
        decimals = ""
    places = int(exponent or 0) - len(decimals)
    return float(0.5 * 10.0**places)


@dataclass(frozen=True, slots=True)
class PublishedError:
    """One error of a published number, as HEPData writes it."""

    label: str
    """What the error is: "total", "statistical", ...; empty where the source says nothing."""
    plus: float
    """Upward error, positive for an increase."""
    minus: float
    """Downward error, negative for a decrease."""


@dataclass(frozen=True, slots=True)
class PublishedNumber:
    """A number with the digits that were printed.

    Examples
    --------
    >>> PublishedNumber("6.59").rounding_error
    0.005
    >>> PublishedNumber("1.01e-3").rounding_error
    5e-06
    """

    printed: str
    """The characters of the source."""
    errors: tuple[PublishedError, ...] = ()
    """Errors given with it, in the unit of the number."""
    ambiguous_zero: bool = False
    """True if the source writes every number as a float, so that a final ``.0`` may not have been printed."""

    def __post_init__(self) -> None:
        if not _NUMBER.fullmatch(str(self.printed).strip()):
            msg = f"a published number must be the string that was printed, like '6.59'; found {self.printed!r}"
            raise BadSpecification(msg)

    @property
    def value(self) -> float:
        """The number."""
        return float(self.printed)

    @property
    def rounding_error(self) -> float:
        """Half a unit of the last printed digit: the largest shift that rounding can hide."""
        return _half_unit(self.printed.strip(), ambiguous_zero=self.ambiguous_zero)

    @property
    def error(self) -> float | None:
        """All errors in quadrature, each made symmetric by the larger side; None where none was printed."""
        if not self.errors:
            return None
        return math.sqrt(sum(max(abs(e.plus), abs(e.minus)) ** 2 for e in self.errors))

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        parts = [self.printed]
        for e in self.errors:
            same = e.plus == -e.minus
            parts.append(f"± {e.plus:g}" if same else f"+{e.plus:g} {e.minus:g}")
        return " ".join(parts)
