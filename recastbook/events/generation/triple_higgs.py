"""A recipe for three Higgs bosons through two new scalars: X -> S H, S -> H H, every H -> b b."""

from __future__ import annotations

import math
from typing import Any

from recastbook.events.generation.recipe import Recipe
from recastbook.exceptions import BadOption

__all__ = ["RESONANT_HHH", "resonant_hhh"]

RESONANT_HHH = "resonant-hhh"
"""Name of the preset and of its process."""
M_HIGGS = 125.0
"""GeV."""
WIDTH = 0.01
"""Width of both new scalars, GeV: far below any resolution."""
_LIGHTEST_ABOVE = 1.0


def _mass(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or number <= 0:
        message = f"{name} must be positive, in GeV, not {value!r}"
        raise BadOption(message)
    return number


def resonant_hhh(*, m_x: float, m_s: float) -> Recipe:
    """Make the recipe.

    X is made in gluon fusion and decays isotropically, as does S: both are scalars. There is no cross section: it
    belongs to the model. What is generated is the final state with six b-quarks, so that a cross section of three
    Higgs bosons has to be multiplied with the branching fraction of H to b b three times.

    Parameters
    ----------
    m_x
        Mass of X, GeV.
    m_s
        Mass of S, GeV.

    Raises
    ------
    BadOption
        If a decay is closed.

    Examples
    --------
    >>> resonant_hhh(m_x=500, m_s=300).label
    'X 500 -> S 300 H'
    """
    heavy, light = _mass("m_x", m_x), _mass("m_s", m_s)
    if light < 2 * M_HIGGS + _LIGHTEST_ABOVE:
        message = (
            f"{RESONANT_HHH}: m_s must be at least {2 * M_HIGGS + _LIGHTEST_ABOVE:g} GeV, not {light:g}: below, S "
            "decays into a Higgs boson off its mass shell, which is not generated here; shower an LHE file instead"
        )
        raise BadOption(message)
    if heavy < light + M_HIGGS + _LIGHTEST_ABOVE:
        message = (
            f"{RESONANT_HHH}: m_x must be at least {light + M_HIGGS + _LIGHTEST_ABOVE:g} GeV (S and a Higgs boson), "
            f"not {heavy:g}"
        )
        raise BadOption(message)
    settings = (
        "Higgs:useBSM = on",
        "HiggsBSM:gg2H2 = on",
        f"25:m0 = {M_HIGGS}",
        "25:onMode = off",
        "25:onIfMatch = 5 -5",
        *_scalar(35, heavy),
        # The other channels stay, closed: production goes through the partial width to gluons.
        "35:onMode = off",
        "35:addChannel = 1 1.0 100 36 25",
        *_scalar(36, light),
        "36:oneChannel = 1 1.0 100 25 25",
    )
    return Recipe(
        name=RESONANT_HHH,
        label=f"X {heavy:g} -> S {light:g} H",
        process=RESONANT_HHH,
        settings=settings,
        parameters={"m_x": heavy, "m_s": light},
        strict=True,
    )


def _scalar(code: int, mass: float) -> tuple[str, ...]:
    return (
        f"{code}:m0 = {mass!r}",
        f"{code}:mWidth = {WIDTH}",
        f"{code}:doForceWidth = on",
        f"{code}:mMin = {mass - 1.0!r}",
        f"{code}:mMax = {mass + 1.0!r}",
    )
