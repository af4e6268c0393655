"""What a long-lived particle decays into, as one number: the class that efficiency maps ask for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["decay_class"]

_HIGGS = 25
_ORDER = (6, 5, 4, 15, 24, 23, 13, 11, 3, 2, 1, 22, 21)
"""The heaviest of two different products decides; a Higgs boson counts as a pair of b quarks."""


def decay_class(daughter1: NDArray[np.integer], daughter2: NDArray[np.integer]) -> NDArray[np.int32]:
    """Return the class of a decay from its two hardest products, an absolute PDG number.

    6, 5, 4, 3, 2, 1 for quarks and for hadrons that contain one (b before c), 15, 13, 11 for charged leptons, 21 for
    gluons, 22 for photons, 23 and 24 for Z and W; 0 for anything else, such as neutrinos and new particles. Light
    hadrons count as 0: from them nothing says what the quark was.

    Parameters
    ----------
    daughter1, daughter2
        PDG numbers of the products, any shape, 0 for none.

    Examples
    --------
    >>> decay_class(np.array([5, -15, 25, 521, 12]), np.array([-5, 15, 1000022, -211, -12]))
    array([ 5, 15,  5,  5,  0], dtype=int32)
    """
    rank = np.full(np.shape(daughter1), len(_ORDER), dtype=np.int64)
    for daughter in (daughter1, daughter2):
        code = _class_of(np.abs(np.asarray(daughter, dtype=np.int64)))
        place = np.full(code.shape, len(_ORDER), dtype=np.int64)
        for k, known in enumerate(_ORDER):
            place[code == known] = k
        rank = np.minimum(rank, place)
    return np.asarray([*_ORDER, 0], dtype=np.int32)[rank]


def _class_of(code: NDArray[np.int64]) -> NDArray[np.int64]:
    out = np.where(code == _HIGGS, 5, code)
    hadron = (code > 100) & (code < 1_000_000)
    digits = np.stack([code // 10 % 10, code // 100 % 10, code // 1000 % 10])
    for quark in (4, 5):  # the heavier one last, so that it stays
        out = np.where(hadron & (digits == quark).any(axis=0), quark, out)
    return np.where(hadron & ~np.isin(out, (4, 5)), 0, out)
