"""Lifetimes for particles of an input that has none: settings of Pythia that draw decays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from recastbook.exceptions import BadOption

__all__ = ["lifetime_settings"]


def lifetime_settings(lifetimes: Mapping[int, float] | None, *, lhe: bool) -> tuple[str, ...]:
    """Return lines for Pythia that give particles a mean proper decay length.

    A lifetime that an LHE file states for a particle (VTIMUP) stays; where it is zero one is drawn.

    Parameters
    ----------
    lifetimes
        PDG number -> mean proper decay length, mm; None for none.
    lhe
        Whether events come from an LHE file.

    Raises
    ------
    BadOption
        If a number is no PDG number or a length is not positive.

    Examples
    --------
    >>> lifetime_settings({35: 1000.0}, lhe=False)
    ('35:tauCalc = off', '35:tau0 = 1000.0')
    """
    if not lifetimes:
        return ()
    lines = []
    given: Mapping[Any, Any] = lifetimes
    for code, length in given.items():
        if not isinstance(code, int) or isinstance(code, bool) or code == 0:
            message = (
                f"lifetimes map PDG numbers to lengths in mm, for example {{35: 1000.0}}; {code!r} is no PDG number"
            )
            raise BadOption(message)
        if not (isinstance(length, (int, float)) and math.isfinite(length) and length > 0):
            message = f"lifetimes: the mean proper decay length of {code} must be positive, in mm, not {length!r}"
            raise BadOption(message)
        # without the first line Pythia computes the lifetime of a resonance from its width
        lines += [f"{abs(code)}:tauCalc = off", f"{abs(code)}:tau0 = {float(length)!r}"]
    return (*lines, *(("LesHouches:setLifetime = 2",) if lhe else ()))
