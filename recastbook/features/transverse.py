"""Transverse masses and angles to the missing transverse momentum."""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.features.leading import leading

__all__ = ["delta_phi", "dphi_min", "mt_min_bjets", "transverse_mass"]

_FloatArray = NDArray[np.float64]


def delta_phi(first: NDArray[np.floating], second: NDArray[np.floating]) -> _FloatArray:
    """Return the azimuthal distance of two directions, folded into [-pi, pi].

    Examples
    --------
    >>> bool(np.isclose(delta_phi(np.array(3.0), np.array(-3.0)), 6.0 - 2 * np.pi))
    True
    """
    difference = np.subtract(first, second, dtype=np.float64)
    folded: _FloatArray = difference - 2.0 * np.pi * np.round(difference / (2.0 * np.pi))
    return folded


def transverse_mass(leptons: ak.Array, met: ak.Array) -> _FloatArray:
    """Return the transverse mass of the leading lepton and the missing transverse momentum, in GeV.

    mT = sqrt(2 pT MET (1 - cos dphi)), both taken as massless.

    Parameters
    ----------
    leptons
        Signal leptons of falling pT, shape (N, var).
    met
        Missing transverse momentum with fields pt, phi, shape (N,).

    Returns
    -------
    ndarray
        Shape (N,); nan in events without a lepton, so that every cut on it fails.
    """
    return _transverse_masses(leptons, met, 1)[:, 0]


def mt_min_bjets(bjets: ak.Array, met: ak.Array, n: int = 3) -> _FloatArray:
    """Return the smallest transverse mass of the leading b-jets and the missing transverse momentum, in GeV.

    The b-jets are taken as massless. In events with t tbar it is bounded by the top mass, where the missing momentum
    comes from one leptonic decay.

    Parameters
    ----------
    bjets
        b-jets of falling pT, shape (N, var).
    met
        Missing transverse momentum with fields pt, phi, shape (N,).
    n
        Number of leading b-jets; 3 in ATLAS-SUSY-2018-30.

    Returns
    -------
    ndarray
        Shape (N,); nan in events without b-jets. Events with fewer than `n` use those they have.
    """
    return _smallest(_transverse_masses(bjets, met, n))


def dphi_min(jets: ak.Array, met: ak.Array, n: int = 4) -> _FloatArray:
    """Return the smallest azimuthal distance of the leading jets to the missing transverse momentum, in rad.

    Parameters
    ----------
    jets
        Jets of falling pT, shape (N, var).
    met
        Missing transverse momentum with field phi, shape (N,).
    n
        Number of leading jets.

    Returns
    -------
    ndarray
        In [0, pi], shape (N,); nan in events without jets.
    """
    (phi,) = leading(jets, ("phi",), n)
    return _smallest(np.abs(delta_phi(phi, np.asarray(met["phi"])[:, None])))


def _transverse_masses(objects: ak.Array, met: ak.Array, n: int) -> _FloatArray:
    pt, phi = leading(objects, ("pt", "phi"), n)
    dphi = phi - np.asarray(met["phi"], dtype=np.float64)[:, None]
    size = np.asarray(met["pt"], dtype=np.float64)[:, None]
    masses: _FloatArray = np.sqrt(2.0 * pt * size * (1.0 - np.cos(dphi)))
    return masses


def _smallest(values: _FloatArray) -> _FloatArray:
    # fmin passes over nan, which stands for objects that are not there.
    smallest: _FloatArray = np.fmin.reduce(values, axis=1)
    return smallest
