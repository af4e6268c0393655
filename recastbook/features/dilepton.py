"""Quantities of lepton pairs, for control regions with a Z boson."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.features.leading import leading
from recastbook.objects.met import met_with_leptons

__all__ = ["is_sfos", "m_ll", "met_dilepton", "pt_ll"]

_FloatArray = NDArray[np.float64]


def m_ll(leptons: ak.Array) -> _FloatArray:
    """Return the invariant mass of the two leading leptons, in GeV; nan in events with fewer, shape (N,)."""
    pt, eta, phi, mass = leading(leptons, ("pt", "eta", "phi", "mass"), 2)
    pz = pt * np.sinh(eta)
    energy = np.sqrt(pt**2 + pz**2 + mass**2).sum(axis=1)
    px, py, pz = (c.sum(axis=1) for c in (pt * np.cos(phi), pt * np.sin(phi), pz))
    squared = energy**2 - px**2 - py**2 - pz**2
    # Rounding may leave a pair of parallel leptons with a mass squared of about -1e-12.
    invariant: _FloatArray = np.sqrt(np.where(squared < 0.0, 0.0, squared))
    return invariant


def pt_ll(leptons: ak.Array) -> _FloatArray:
    """Return the transverse momentum of the two leading leptons together, in GeV; nan in events with fewer."""
    pt, phi = leading(leptons, ("pt", "phi"), 2)
    together: _FloatArray = np.hypot((pt * np.cos(phi)).sum(axis=1), (pt * np.sin(phi)).sum(axis=1))
    return together


def is_sfos(leptons: ak.Array) -> NDArray[np.int8]:
    """Tell whether the two leading leptons have the same flavour and opposite charges: 1 or 0, shape (N,).

    Parameters
    ----------
    leptons
        Leptons of falling pT with flavour (11, 13) and charge, shape (N, var).
    """
    flavour, charge = leading(leptons, ("flavour", "charge"), 2)
    same: NDArray[np.bool_] = (flavour[:, 0] == flavour[:, 1]) & (charge[:, 0] * charge[:, 1] < 0.0)
    return same.astype(np.int8)


def met_dilepton(leptons: ak.Array, met: ak.Array) -> _FloatArray:
    """Return abs(MET + l1 + l2), in GeV: the missing transverse momentum if the two leading leptons were neutrinos.

    Parameters
    ----------
    leptons
        Leptons of falling pT, shape (N, var).
    met
        Missing transverse momentum with fields px, py, shape (N,).

    Returns
    -------
    ndarray
        Shape (N,); nan in events with fewer than two leptons. The azimuth is in
        :func:`recastbook.objects.met_with_leptons`.
    """
    return np.asarray(met_with_leptons(met, leptons)["pt"], dtype=np.float64)
