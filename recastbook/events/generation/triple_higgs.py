"""A recipe for three Higgs bosons through two new scalars: X -> S H, S -> H H, every H -> b b."""

from __future__ import annotations

from recastbook.events.generation.recipe import Recipe, positive
from recastbook.exceptions import BadOption

__all__ = ["M_BOTTOM", "RESONANT_HHH", "resonant_hhh"]

RESONANT_HHH = "resonant-hhh"
"""Name of the preset and of its process."""
M_HIGGS = 125.0
"""GeV."""
WIDTH = 0.01
"""Width of both new scalars, GeV: far below any resolution."""
HIGGS_WIDTH = 0.0041
"""Width of the Higgs boson in the propagator, GeV; it matters within a few widths of the threshold only."""
M_BOTTOM = 4.8
"""Mass that Pythia gives the b quark, GeV."""
_LIGHTEST_ABOVE = 1.0
_ON_SHELL_FROM = 2 * M_HIGGS + _LIGHTEST_ABOVE
_OFF_SHELL_FROM = M_HIGGS + 2 * M_BOTTOM + _LIGHTEST_ABOVE


def resonant_hhh(*, m_x: float, m_s: float) -> Recipe:
    """Make the recipe.

    X is made in gluon fusion and decays isotropically, as does S: both are scalars. There is no cross section: it
    belongs to the model. What is generated is the final state with six b-quarks, so that a cross section of three
    Higgs bosons has to be multiplied with the branching fraction of H to b b three times.

    For an S below 251 GeV one of its two Higgs bosons is off its mass shell: S -> H b b, with the mass of the quark
    pair drawn from propagator and phase space (:mod:`recastbook.events.generation.off_shell_higgs`, where the
    approximations are listed). How often S decays like this, rather than in other ways, belongs to the model too, and
    the branching fraction of the one off shell is part of it.

    Parameters
    ----------
    m_x
        Mass of X, GeV, at least that of S and a Higgs boson plus 1.
    m_s
        Mass of S, GeV, at least 135.6: that of a Higgs boson and two b-quarks plus 1.

    Raises
    ------
    BadOption
        If a decay is closed.

    Examples
    --------
    >>> resonant_hhh(m_x=500, m_s=300).label
    'X 500 -> S 300 H'
    >>> resonant_hhh(m_x=425, m_s=225).off_shell
    {'m_h': 125.0, 'width': 0.0041}
    """
    heavy, light = positive("m_x", m_x), positive("m_s", m_s)
    if light < _OFF_SHELL_FROM:
        message = (
            f"{RESONANT_HHH}: m_s must be at least {_OFF_SHELL_FROM:g} GeV (a Higgs boson and two b-quarks), not"
            f" {light:g}; from {_ON_SHELL_FROM:g} GeV both Higgs bosons of S are on their mass shell"
        )
        raise BadOption(message)
    if heavy < light + M_HIGGS + _LIGHTEST_ABOVE:
        highest = heavy - M_HIGGS - _LIGHTEST_ABOVE
        works = f"m_s up to {highest:g} GeV works" if highest >= _OFF_SHELL_FROM else "raise m_x"
        message = (
            f"{RESONANT_HHH}: m_x must be at least {light + M_HIGGS + _LIGHTEST_ABOVE:g} GeV (S and a Higgs boson), "
            f"not {heavy:g}: an X below decays into particles off their mass shell, which is not generated here;"
            f" {works}"
        )
        raise BadOption(message)
    off_shell = light < _ON_SHELL_FROM
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
        f"36:oneChannel = 1 1.0 100 {'25 5 -5' if off_shell else '25 25'}",
    )
    return Recipe(
        name=RESONANT_HHH,
        label=f"X {heavy:g} -> S {light:g} H",
        process=RESONANT_HHH,
        settings=settings,
        parameters={"m_x": heavy, "m_s": light},
        strict=True,
        off_shell={"m_h": M_HIGGS, "width": HIGGS_WIDTH} if off_shell else {},
    )


def _scalar(code: int, mass: float) -> tuple[str, ...]:
    return (
        f"{code}:m0 = {mass!r}",
        f"{code}:mWidth = {WIDTH}",
        f"{code}:doForceWidth = on",
        f"{code}:mMin = {mass - 1.0!r}",
        f"{code}:mMax = {mass + 1.0!r}",
    )
