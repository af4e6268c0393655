"""Quantities of leptons together with jets."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.detector.jagged import FlatCollection, pairs_of
from recastbook.features.leading import count, leading
from recastbook.features.pairing import four_momenta, invariant_mass
from recastbook.features.transverse import delta_phi

__all__ = ["m_lj", "min_delta_r"]

_P4 = ("pt", "eta", "phi", "mass")


def min_delta_r(first: ak.Array, second: ak.Array) -> NDArray[np.float64]:
    """Return the smallest distance dR = sqrt(deta^2 + dphi^2) between objects of two collections.

    Parameters
    ----------
    first, second
        Jagged records with eta and phi, shape (N, var), for example leptons and jets.

    Returns
    -------
    ndarray
        Shape (N,); nan in events where one of them is empty.

    Examples
    --------
    >>> lepton = ak.Array([[{"eta": 0.0, "phi": 3.1}], []])
    >>> jets = ak.Array([[{"eta": 0.0, "phi": 1.1}, {"eta": 3.0, "phi": -3.1}], [{"eta": 0.0, "phi": 0.0}]])
    >>> min_delta_r(lepton, jets).round(3).tolist()
    [2.0, nan]
    """
    a, b = (FlatCollection.from_awkward(c, ("eta", "phi")) for c in (first, second))
    i, j = pairs_of(a.offsets, b.offsets)
    distance = np.hypot(
        a["eta"][i].astype(np.float64) - b["eta"][j],
        delta_phi(a["phi"][i].astype(np.float64), b["phi"][j].astype(np.float64)),
    )
    smallest = np.full(len(a), np.inf)
    np.minimum.at(smallest, a.rows[i], distance)
    smallest[np.isinf(smallest)] = np.nan
    return smallest


def m_lj(leptons: ak.Array, jets: ak.Array, *, n_jets: int | None = 4) -> NDArray[np.float64]:
    """Return the mass bound of two leptons that each come with a jet of its own (ATLAS-SUSY-2019-04).

    The minimum over ordered pairs of different jets (a, b) of max(m(l1 + a), m(l2 + b)): if both leptons and jets come
    from top quarks, it lies below the edge of m(lj) in top decays, sqrt(m_t^2 - m_W^2), about 153 GeV.

    Parameters
    ----------
    leptons
        Leptons of falling pT, shape (N, var); the two leading ones are used.
    jets
        Jets of falling pT, shape (N, var).
    n_jets
        How many leading jets are tried; None for all.

    Returns
    -------
    ndarray
        GeV, shape (N,); nan in events with fewer than two leptons or two jets.
    """
    most = int(count(jets).max(initial=0))
    n = most if n_jets is None else min(n_jets, most)
    if n < 2 or not len(leptons):
        return np.full(len(leptons), np.nan)
    two = four_momenta(*leading(leptons, _P4, 2))
    many = four_momenta(*leading(jets, _P4, n))
    # invariant_mass keeps nan, which stands for what is not there; as infinity it is never the minimum
    masses = np.nan_to_num(invariant_mass(two[:, :, None] + many[:, None]), nan=np.inf)
    heavier = np.maximum(masses[:, 0, :, None], masses[:, 1, None, :])
    heavier[:, np.arange(n), np.arange(n)] = np.inf
    best: NDArray[np.float64] = heavier.min(axis=(1, 2))
    best[np.isinf(best)] = np.nan
    return best
