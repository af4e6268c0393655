"""Three-body gluino decays weighted by their matrix element instead of by phase space alone.

For squarks of one chirality far heavier than the gluino, the exchange is a contact interaction. A Fierz rearrangement
turns it into the product of the axial current of the two Majorana particles (the vector current if their masses have
opposite sign) and the chiral quark current, and the squared matrix element, summed over spins, is proportional to

    w = (chi.q)(g.qbar) + (chi.qbar)(g.q) + s m_chi m_g (q.qbar),   s = +1 (axial) or -1 (vector),

with four-momenta g of the gluino, chi of the LSP, q and qbar of the quarks. Compare the general expressions for
finite squark masses in Haber and Kane, Phys. Rept. 117 (1985) 75, and Barnett, Gunion and Haber, PRD 37 (1988) 1892.
Limits that the tests use: for a heavy LSP w goes as 3 - cos(q, qbar) for s = +1 and as 1 + cos(q, qbar) for s = -1,
Gamow-Teller and Fermi transitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["largest_weight", "matrix_element_hook", "three_body_weight"]

_GLUINO = 1000021
_FERMIONS = (1000022, 1000024)


def three_body_weight(
    s_q: float | NDArray[np.float64], s_qbar: float | NDArray[np.float64], m_gluino: float, m_lsp: float, *,
    m_q: float = 0.0, m_qbar: float = 0.0, sign: int = 1,
) -> Any:  # fmt: skip
    """Return w of the module's text from invariant masses.

    Parameters
    ----------
    s_q, s_qbar
        Squared invariant mass of the LSP with the quark and with the antiquark, GeV^2.
    m_gluino, m_lsp, m_q, m_qbar
        Masses, GeV.
    sign
        +1 if the masses of gluino and LSP have the same sign, -1 if not.

    Returns
    -------
    float or ndarray
        GeV^4, not normalised.

    Examples
    --------
    >>> three_body_weight(1.0, 1.0, 2.0, 0.0)
    1.5
    """
    total = m_gluino**2 + m_lsp**2 + m_q**2 + m_qbar**2
    chi_q = (s_q - m_lsp**2 - m_q**2) / 2
    chi_qbar = (s_qbar - m_lsp**2 - m_qbar**2) / 2
    gluino_qbar = (m_gluino**2 + m_qbar**2 - s_q) / 2
    gluino_q = (m_gluino**2 + m_q**2 - s_qbar) / 2
    q_qbar = (total - s_q - s_qbar - m_q**2 - m_qbar**2) / 2
    return chi_q * gluino_qbar + chi_qbar * gluino_q + sign * m_lsp * m_gluino * q_qbar


def largest_weight(m_gluino: float, m_lsp: float, *, sign: int = 1, steps: int = 200) -> float:
    """Return a bound of the weight over the Dalitz plot of massless quarks, which contains that of massive ones."""
    edges = np.linspace(m_lsp**2, m_gluino**2, steps)
    s_q, s_qbar = np.meshgrid(edges, edges)
    inside = (s_q + s_qbar <= m_gluino**2 + m_lsp**2) & (s_q * s_qbar >= (m_gluino * m_lsp) ** 2)
    weights = np.where(inside, three_body_weight(s_q, s_qbar, m_gluino, m_lsp, sign=sign), 0.0)
    # Between grid points, and for gluinos off their mass by a width, it may be a little larger.
    return float(weights.max()) * 1.02


def matrix_element_hook(pythia8mc: Any, pythia: Any, masses: Mapping[str, float]) -> Any:
    """Return a hook that makes Pythia draw the decay chains anew until they follow the matrix element.

    Parameters
    ----------
    pythia8mc
        The module.
    pythia
        The instance whose random numbers are used, so that a seed fixes the events.
    masses
        ``m_gluino`` and ``m_lsp`` in GeV, and ``sign``.
    """
    sign = int(masses.get("sign", 1))
    bound = largest_weight(masses["m_gluino"], masses["m_lsp"], sign=sign)

    class DecayWeights(pythia8mc.UserHooks):
        """Accept or reject all resonance decays of an event together."""

        def canVetoResonanceDecays(self) -> bool:  # noqa: N802  (named by Pythia)
            return True

        def doVetoResonanceDecays(self, process: Any) -> bool:  # noqa: N802
            accepted = 1.0
            for i in range(process.size()):
                if process[i].id() != _GLUINO or process[i].daughter2() - process[i].daughter1() != 2:
                    continue
                products = [process[j] for j in range(process[i].daughter1(), process[i].daughter2() + 1)]
                fermion = [p for p in products if p.idAbs() in _FERMIONS]
                quarks = sorted((p for p in products if p.idAbs() < 7), key=lambda p: -p.id())
                if len(fermion) != 1 or len(quarks) != 2:
                    continue
                chi, (q, qbar) = fermion[0], quarks
                weight = three_body_weight(
                    (chi.p() + q.p()).m2Calc(), (chi.p() + qbar.p()).m2Calc(), process[i].m(), chi.m(),
                    m_q=q.m(), m_qbar=qbar.m(), sign=sign,
                )  # fmt: skip
                accepted *= weight / bound
            return bool(accepted < pythia.rndm.flat())

    return DecayWeights()
