"""Command-line values with a unit or a name in front."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from recastbook.exceptions import BadOption, UnknownName
from recastbook.units import factor

if TYPE_CHECKING:
    _FloatType = click.ParamType[float]
else:  # older versions of click have no type arguments
    _FloatType = click.ParamType

__all__ = ["CROSS_SECTION", "CrossSection", "settings"]

_QUANTITY = re.compile(r"\s*([-+0-9.eE]+?)\s*([a-zA-Z]+)\s*")


class CrossSection(_FloatType):
    """A cross section with its unit, converted to pb."""

    name = "VALUE UNIT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the cross section in pb."""
        if isinstance(value, float):
            return value
        found = _QUANTITY.fullmatch(str(value))
        if found is None or found[2] not in ("pb", "fb", "nb"):
            self.fail(f"{value!r} is not a cross section with its unit, such as '0.59 fb'", param, ctx)
        try:
            number = float(found[1]) * factor(found[2])
        except (ValueError, UnknownName):
            self.fail(f"{value!r} is not a cross section with its unit, such as '0.59 fb'", param, ctx)
        if not math.isfinite(number) or number <= 0:
            self.fail(f"{value!r}: a cross section is a positive number", param, ctx)
        return number


CROSS_SECTION = CrossSection()


def settings(pairs: Sequence[str], option: str) -> dict[str, str]:
    """Return ``KEY=VALUE`` texts as a mapping.

    Parameters
    ----------
    pairs
        What was typed, each with one ``=`` at least.
    option
        Name of the option, for the error.

    Raises
    ------
    BadOption
        If a text has no ``=`` or a key stands twice.

    Examples
    --------
    >>> settings(["mj_jets=all"], "--option")
    {'mj_jets': 'all'}
    """
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            message = f"{option} takes KEY=VALUE, found {pair!r}"
            raise BadOption(message)
        if key.strip() in found:
            message = f"{option} {key.strip()} was given twice"
            raise BadOption(message)
        found[key.strip()] = value.strip()
    return found
