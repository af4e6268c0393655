"""Scalar sums of transverse momenta and masses."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.detector.jagged import FlatCollection
from recastbook.features.leading import leading

__all__ = ["ht", "meff", "mj_sum"]


def ht(*collections: ak.Array) -> NDArray[np.float64]:
    """Return the scalar sum of the pT of all objects of the collections, in GeV.

    Parameters
    ----------
    collections
        For example jets, or jets and leptons, each of shape (N, var).

    Returns
    -------
    ndarray
        Shape (N,); 0 for an event without objects.
    """
    flat = [FlatCollection.from_awkward(c, ("pt",)) for c in collections]
    total: NDArray[np.float64] = np.zeros(len(flat[0]))
    for c in flat:
        total += c.sum(c["pt"])
    return total


def meff(jets: ak.Array, leptons: ak.Array, met: ak.Array) -> NDArray[np.float64]:
    """Return the effective mass: sum of the pT of jets and leptons plus the missing transverse momentum, in GeV.

    Parameters
    ----------
    jets, leptons
        Signal jets and signal leptons, shape (N, var).
    met
        Missing transverse momentum with field pt, shape (N,).

    Returns
    -------
    ndarray
        Shape (N,).
    """
    total: NDArray[np.float64] = ht(jets, leptons) + np.asarray(met["pt"], dtype=np.float64)
    return total


def mj_sum(large_r_jets: ak.Array, n: int | None = 4) -> NDArray[np.float64]:
    """Return the sum of the masses of the leading large-R jets, in GeV.

    Parameters
    ----------
    large_r_jets
        Large-R jets in the order that counts, shape (N, var).
    n
        Number of jets summed: 4 in the ATLAS tools of 2016 and 2018; None for all, as in Rivet, CheckMATE and GAMBIT.

    Returns
    -------
    ndarray
        Shape (N,); 0 for an event without large-R jets.
    """
    if n is None:
        flat = FlatCollection.from_awkward(large_r_jets, ("mass",))
        return flat.sum(flat["mass"])
    (mass,) = leading(large_r_jets, ("mass",), n, padding=0.0)
    total: NDArray[np.float64] = mass.sum(axis=1)
    return total
