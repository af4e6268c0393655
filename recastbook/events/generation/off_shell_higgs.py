"""S -> H b b: a Higgs boson and the quark pair of a second one off its mass shell.

The three-body decay of a scalar S through H* has, summed over spins and with s the squared mass of the pair,

    d Gamma / d s ~ sqrt(lambda(m_S^2, m_H^2, s)) sqrt(1 - 4 m_b^2 / s) (s - 4 m_b^2) / ((s - m^2)^2 + m^2 Gamma^2),

with m and Gamma of the Higgs boson in the propagator: phase space of S -> H H* (taken in steps, see the review of
kinematics of the Particle Data Group) times the propagator times the squared amplitude of a scalar going to two
fermions.
All directions are isotropic, both particles being scalars, so that s is all that has to be drawn.

Approximations: only H* -> b b (no W W*, gluons or taus off shell: only b-quarks are asked for); one of the two Higgs
bosons is on its mass shell; masses and widths do not run; the widths of X and S are negligible.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_pair_mass", "off_shell_hook", "pair_mass_density"]

_SCALAR, _HIGGS, _BOTTOM = 36, 25, 5


def pair_mass_density(
    m_bb: NDArray[np.float64], *, m_s: float, m_h: float, m_b: float, width: float
) -> NDArray[np.float64]:
    """Return the density of the mass of the quark pair, see the module's text.

    Parameters
    ----------
    m_bb
        Masses of the pair, GeV, any shape.
    m_s, m_h, m_b
        Masses of S, of both Higgs bosons and of the b-quark, GeV.
    width
        Of the Higgs boson, GeV.

    Returns
    -------
    ndarray
        d Gamma / d m_bb, shape of `m_bb`, not normalised; 0 where the decay is closed.

    Examples
    --------
    >>> low, high = pair_mass_density(np.array([50.0, 90.0]), m_s=225, m_h=125, m_b=4.8, width=0.0041)
    >>> bool(high > 4 * low)
    True
    """
    s = np.asarray(m_bb, dtype=np.float64) ** 2
    open_ = (s > 4 * m_b**2) & (s < (m_s - m_h) ** 2)
    s = np.where(open_, s, 5 * m_b**2)
    momentum = np.sqrt(np.maximum(((m_s - m_h) ** 2 - s) * ((m_s + m_h) ** 2 - s), 0.0))
    pair = np.sqrt(1 - 4 * m_b**2 / s) * (s - 4 * m_b**2)
    density = momentum * pair / ((s - m_h**2) ** 2 + (m_h * width) ** 2) * 2 * np.sqrt(s)
    return np.where(open_, density, 0.0)


def draw_pair_mass(
    flat: Callable[[], float], *, m_s: float, m_h: float, m_b: float, pole: float, width: float
) -> float:
    """Draw the mass of the quark pair: the propagator by inversion, the rest by acceptance.

    Parameters
    ----------
    flat
        Gives random numbers between 0 and 1.
    m_s, m_h, m_b
        Masses of this S, of this Higgs boson on its mass shell, and of the b-quark, GeV.
    pole, width
        Of the propagator, GeV.

    Returns
    -------
    float
        GeV, between twice `m_b` and `m_s` minus `m_h`.
    """
    low, high, above = 4 * m_b**2, (m_s - m_h) ** 2, (m_s + m_h) ** 2
    scale = pole * width
    first, last = math.atan((low - pole**2) / scale), math.atan((high - pole**2) / scale)
    # s sqrt((high - s) above) is never smaller than what is accepted, and largest at two thirds of `high`
    bound = 2 / 3 * high * math.sqrt(high / 3 * above)
    while True:
        s = pole**2 + scale * math.tan(first + (last - first) * flat())
        if not low < s < high:  # by rounding
            continue
        weight = math.sqrt((high - s) * (above - s) * (1 - low / s)) * (s - low)
        if weight > bound * flat():
            return math.sqrt(s)


def off_shell_hook(pythia8mc: Any, pythia: Any, parameters: Mapping[str, float]) -> Any:
    """Return a hook that gives the quark pair of S -> H b b the mass that a Higgs boson off shell has.

    Pythia makes the decay by phase space. Its directions are kept, all isotropic; the mass of the pair is drawn anew,
    and momenta follow from it. Every event stays, with its weight.

    Parameters
    ----------
    pythia8mc
        The module.
    pythia
        The instance whose random numbers are used, so that a seed fixes the events.
    parameters
        ``m_h`` and ``width`` of the propagator, GeV.
    """

    class OffShellHiggs(pythia8mc.UserHooks):
        """Draw the mass of the pair after Pythia's decay; veto nothing."""

        def canVetoResonanceDecays(self) -> bool:  # noqa: N802  (named by Pythia)
            return True

        def doVetoResonanceDecays(self, process: Any) -> bool:  # noqa: N802
            for i in range(process.size()):
                first, last = process[i].daughter1(), process[i].daughter2()
                if process[i].id() == _SCALAR and last - first == 2:
                    _redraw(process, process[i], {process[j].id(): j for j in range(first, last + 1)})
            return False

    def _redraw(process: Any, scalar: Any, at: Mapping[int, int]) -> None:
        higgs, quark, antiquark = (process[at[code]] for code in (_HIGGS, _BOTTOM, -_BOTTOM))
        whole, old_higgs, old_pair = scalar.p(), higgs.p(), quark.p() + antiquark.p()
        m_s, m_h, m_b = scalar.m(), higgs.m(), quark.m()
        m_bb = draw_pair_mass(
            pythia.rndm.flat, m_s=m_s, m_h=m_h, m_b=m_b, pole=parameters["m_h"], width=parameters["width"]
        )
        direction = higgs.p()
        direction.bstback(whole)
        momentum = math.sqrt(((m_s - m_h) ** 2 - m_bb**2) * ((m_s + m_h) ** 2 - m_bb**2)) / (2 * m_s)
        new_higgs = _along(direction, momentum, m_h)
        new_pair = _along(direction, -momentum, m_bb)
        axis = quark.p()
        axis.bstback(old_pair)
        half = math.sqrt(m_bb**2 / 4 - m_b**2)
        new_quark, new_antiquark = _along(axis, half, m_b), _along(axis, -half, m_b)
        for four in (new_quark, new_antiquark):
            four.bst(new_pair)
            four.bst(whole)
        new_higgs.bst(whole)
        for j in range(higgs.daughter1(), higgs.daughter2() + 1):
            child = process[j].p()
            child.bstback(old_higgs)
            child.bst(new_higgs)
            process[j].p(child)
        higgs.p(new_higgs)
        quark.p(new_quark)
        antiquark.p(new_antiquark)

    def _along(axis: Any, momentum: float, mass: float) -> Any:
        factor = momentum / axis.pAbs()
        energy = math.sqrt(momentum**2 + mass**2)
        return pythia8mc.Vec4(axis.px() * factor, axis.py() * factor, axis.pz() * factor, energy)

    return OffShellHiggs()
