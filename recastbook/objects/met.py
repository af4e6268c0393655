"""Missing transverse momentum with leptons counted as invisible."""

from __future__ import annotations

import awkward as ak
import numpy as np

from recastbook.detector.jagged import FlatCollection
from recastbook.detector.met import met_record, vector_sum

__all__ = ["met_record", "met_with_leptons", "vector_sum"]


def met_with_leptons(met: ak.Array, leptons: ak.Array, n: int = 2) -> ak.Array:
    """Add the momenta of the `n` leading leptons to the missing transverse momentum, as if they were neutrinos.

    Events with fewer than `n` leptons get nan, so that every cut on it fails.

    Parameters
    ----------
    met
        Records with px, py in GeV, shape (N,).
    leptons
        Leptons of falling pT, shape (N, var).
    n
        Number of leptons added.

    Returns
    -------
    awkward.Array
        Records pt, phi, px, py (GeV, rad), shape (N,).
    """
    flat = FlatCollection.from_awkward(leptons, ("pt", "phi"))
    rank = np.arange(int(flat.offsets[-1])) - np.repeat(flat.offsets[:-1], flat.counts)
    px, py = vector_sum(flat.where(rank < n).to_awkward())
    enough = flat.counts >= n
    px = np.where(enough, np.asarray(met["px"]) + px, np.nan)
    py = np.where(enough, np.asarray(met["py"]) + py, np.nan)
    return met_record(px, py)
