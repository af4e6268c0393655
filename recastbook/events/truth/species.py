"""What a PDG number says of a particle: charge, quark content, new or known.

Numbering: Particle Data Group, "Monte Carlo particle numbering scheme", Prog. Theor. Exp. Phys. 2022, 083C01, ch. 45;
R-hadrons as there (1000000 + quark digits). The functions are scalar and compiled.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["BOTTOM", "CHARGED", "CHARM", "HADRON", "NEW", "TABLE_SIZE", "species_bits", "species_table", "three_charge"]

HADRON: Final = 1
BOTTOM: Final = 2  # contains a b quark; hidden bottom counts as none, since it does not decay weakly
CHARM: Final = 4  # the same for c
NEW: Final = 8
CHARGED: Final = 16

TABLE_SIZE: Final = 10_000  # nearly all particles of an event have smaller numbers: looked up, not computed

# Three times the charge of the particles below 100. 56, 57 and 59 are Pythia's charged dark-sector partners.
_CHARGES = np.zeros(100, dtype=np.int8)
_CHARGES[[1, 3, 5, 7, 42]] = -1
_CHARGES[[2, 4, 6, 8]] = 2
_CHARGES[[11, 13, 15, 17]] = -3
_CHARGES[[24, 34, 37, 56, 57]] = 3
_CHARGES[59] = 6


@njit(cache=True)
def _quark_charge(q):  # type: ignore[no-untyped-def]
    # 9 stands for a gluino (or gluon) inside an R-hadron, 0 for no quark
    if q in (0, 9):
        return 0
    return 2 if q % 2 == 0 else -1


@njit(cache=True)
def _is_new(a: int) -> bool:
    if a < 1_000_000:
        return a in (7, 8, 17, 18) or 32 <= a <= 80
    if a < 9_000_000:
        return True
    if a < 10_000_000:
        # 9900012, 9900024, ...; other numbers beginning with 9 are hadrons that fit nowhere else, such as 9010221
        return a % 100_000 < 100
    return a < 100_000_000  # Q-balls; longer numbers are excited mesons and nuclei


@njit(cache=True)
def _is_hadron(a: int) -> bool:
    if a <= 100 or 1_000_000 <= a < 9_000_000 or 9_900_000 <= a < 100_000_000 or a >= 1_000_000_000:
        return False
    if a in (130, 310):
        return True
    q3, q2, q1 = (a // 10) % 10, (a // 100) % 10, (a // 1000) % 10
    # a diquark has no third quark; 110 and 990 are reggeon and pomeron
    return q3 != 0 and q2 != 0 and a not in (110, 990) and q1 != 9 and q2 != 9


@njit(cache=True)
def three_charge(pdg_id):  # type: ignore[no-untyped-def]
    """Return three times the electric charge of a PDG number; 0 for what the numbering does not fix."""
    a = abs(pdg_id)
    sign = 1 if pdg_id > 0 else -1
    if a < 100:
        return sign * _CHARGES[a]
    if a in (130, 310, 110, 990):
        return 0
    if a >= 1_000_000_000:
        return sign * 3 * ((a // 10_000) % 1000)  # nucleus 10LZZZAAAI
    if 10_000_000 <= a < 100_000_000:
        return 0
    if a >= 1_000_000 and a % 100_000 < 100:
        base = a % 100
        if a in (9_900_041, 9_900_042):
            return sign * 6
        if 4_900_001 <= a <= 4_900_016:
            return sign * _CHARGES[base]  # hidden-valley quarks and leptons that carry standard-model charges
        if 4_900_000 <= a < 5_000_000:
            return 0
        return sign * _CHARGES[base]
    if 4_900_000 <= a < 5_000_000:
        return 0  # hadrons of a hidden valley
    q3, q2, q1 = (a // 10) % 10, (a // 100) % 10, (a // 1000) % 10
    if q1 == 9:
        q1 = 0  # a gluino and a quark-antiquark pair
    if q1 == 0:
        # meson: the heavier quark, an antiquark if it is down-type; in a squark-antiquark hadron the squark comes first
        charge = _quark_charge(q2) - _quark_charge(q3)
        squark = 1_000_000 <= a < 2_000_000 and q2 != 9 and a % 100_000 < 1000
        return sign * (charge if q2 % 2 == 0 or squark else -charge)
    return sign * (_quark_charge(q1) + _quark_charge(q2) + _quark_charge(q3))


@njit(cache=True)
def species_bits(pdg_id: int) -> int:
    """Return HADRON, BOTTOM, CHARM, NEW and CHARGED of a PDG number, as bits."""
    a = abs(pdg_id)
    bits = CHARGED if three_charge(pdg_id) != 0 else 0
    if _is_new(a):
        return bits | NEW
    if not _is_hadron(a):
        return bits
    bits |= HADRON
    q3, q2, q1 = (a // 10) % 10, (a // 100) % 10, (a // 1000) % 10
    hidden = q1 == 0 and q2 == q3
    if not hidden:
        if 5 in (q1, q2, q3):
            bits |= BOTTOM
        if 4 in (q1, q2, q3):
            bits |= CHARM
    return bits


@lru_cache(maxsize=1)
def species_table() -> NDArray[np.uint8]:
    """Return :func:`species_bits` of 0 to ``TABLE_SIZE - 1``, computed once per process."""
    return np.array([species_bits(i) for i in range(TABLE_SIZE)], dtype=np.uint8)
