"""Branching fractions of a scalar that decays as the Higgs boson couples, in the two conventions of the literature."""

from __future__ import annotations

import math
from collections.abc import Mapping

from recastbook.exceptions import BadOption, UnknownName, did_you_mean

__all__ = ["ATLAS_FRACTIONS", "CONVENTIONS", "decay_fractions"]

ATLAS_FRACTIONS = {5: 0.85, 4: 0.05, 15: 0.08}
"""b, c, tau as ATLAS quotes them for its benchmarks (arXiv:2203.01009); the remaining 2 % are not said."""
CONVENTIONS = ("tree-level", "atlas")
"""``"tree-level"``: computed from masses, 88 : 8 : 4 well above threshold; ``"atlas"``: 85 : 5 : 8."""

_MASSES = {5: 4.7, 4: 1.42, 15: 1.777}
"""GeV; those of the hidden Abelian Higgs model as MadGraph reads it."""
_COLOURS = {5: 3, 4: 3, 15: 1}
_TWICE_TOP = 345.0


def decay_fractions(asked: str | Mapping[int, float], m_s: float) -> dict[int, float]:
    """Return the fraction of each decay by absolute PDG number of its product.

    At tree level the width is proportional to N_c m_f^2 (1 - 4 m_f^2 / m_s^2)^(3/2) (Djouadi, hep-ph/0503172, eq. 2.6).

    Parameters
    ----------
    asked
        ``"tree-level"``, ``"atlas"``, or a mapping of PDG numbers to fractions that sum to at most 1.
    m_s
        Mass of the scalar, GeV.

    Raises
    ------
    UnknownName
        If there is no such convention.
    BadOption
        If fractions are negative, sum to more than 1, or a decay is closed.

    Examples
    --------
    >>> {k: round(v, 2) for k, v in decay_fractions("tree-level", 150.0).items()}
    {5: 0.88, 4: 0.08, 15: 0.04}
    >>> {k: round(v, 2) for k, v in decay_fractions("tree-level", 5.0).items()}
    {4: 0.75, 15: 0.25}
    """
    if isinstance(asked, str):
        if asked not in CONVENTIONS:
            message = f"unknown convention of decay fractions {asked!r}.{did_you_mean(asked, CONVENTIONS)}"
            raise UnknownName(message)
        if m_s > _TWICE_TOP:
            message = (
                f"a scalar of {m_s:g} GeV decays to top pairs first, and {asked!r} has none; give fractions yourself, "
                "or shower an LHE file"
            )
            raise BadOption(message)
        if asked == "atlas":
            return _open(dict(ATLAS_FRACTIONS), m_s)
        widths = {
            code: _COLOURS[code] * mass**2 * max(0.0, 1 - 4 * mass**2 / m_s**2) ** 1.5 for code, mass in _MASSES.items()
        }
        total = sum(widths.values())
        if total <= 0:
            message = f"a scalar of {m_s:g} GeV can decay to none of b, c and tau"
            raise BadOption(message)
        return {code: width / total for code, width in widths.items() if width > 0}
    return _open(_checked(asked), m_s)


def _checked(asked: Mapping[int, float]) -> dict[int, float]:
    out: dict[int, float] = {}
    for code, fraction in asked.items():
        try:
            number, value = abs(int(code)), float(fraction)
        except (TypeError, ValueError):
            message = f"decay fractions map PDG numbers to fractions, for example {{5: 0.9, 15: 0.1}}, not {asked!r}"
            raise BadOption(message) from None
        if not (math.isfinite(value) and 0 <= value <= 1):
            message = f"the decay fraction of {code} is {fraction!r}; it must lie in [0, 1]"
            raise BadOption(message)
        if value > 0:
            out[number] = out.get(number, 0.0) + value
    total = sum(out.values())
    if not out or total > 1 + 1e-9:
        message = f"decay fractions must sum to more than 0 and at most 1, not {total:g}"
        raise BadOption(message)
    return out


def _open(fractions: dict[int, float], m_s: float) -> dict[int, float]:
    for code in fractions:
        if 2 * _MASSES.get(code, 0.0) >= m_s:
            message = (
                f"a scalar of {m_s:g} GeV cannot decay to a pair of {code}; the convention 'tree-level' leaves closed "
                "decays out"
            )
            raise BadOption(message)
    return fractions
