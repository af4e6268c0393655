"""The sixteen variables that the networks of ATLAS-HIGP-2024-32 choose their ten inputs from.

They are those of CheckMATE 2 atlas_2411_02040, checked against the training means and widths in the network files. In
spite of their names no "rms" is a root mean square: all are standard deviations of the population.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recastbook.features import (
    angular_separation,
    aplanarity,
    boost_to_rest_frame,
    delta_phi,
    four_momenta,
    invariant_mass,
    momentum_tensor_eigenvalues,
    pair_by_mass,
    pair_delta_r,
    pair_indices,
    skewness,
    sphericity,
    transverse_sphericity,
)
from recastbook.features.pairing import Pairing

__all__ = ["TARGET_MASSES", "VARIABLES", "Jets", "pair", "variables"]

Array = NDArray[np.float64]

TARGET_MASSES = (120.0, 115.0, 110.0)
"""Masses (GeV) of the Higgs candidates in falling order of pT: below 125 since b-jets lose neutrinos."""

VARIABLES = (
    "mHradius", "mHcosTheta", "mH1", "dRH1", "dRH2", "dRH3", "rmsdRBB", "rmsmBB", "rmsEta", "skewnessdABB", "htbjet",
    "massfraceta", "aplan3dv2b", "sphere3dv2b", "sphere3dbtrans", "sphere3dv2",
)  # fmt: skip
"""Names as in the network files."""


class Jets(NamedTuple):
    """Jets as rectangular arrays, each of shape (N, n); absent ones have a pT of zero."""

    pt: Array
    """GeV."""
    eta: Array
    """Pseudorapidity."""
    phi: Array
    """rad."""
    mass: Array
    """GeV."""

    @property
    def momenta(self) -> Array:
        """Four-momenta (px, py, pz, E) in GeV, shape (N, n, 4)."""
        return four_momenta(*self)


def pair(six: Jets) -> Pairing:
    """Return the Higgs candidates H1, H2, H3 of falling pT: of 15 matchings the one nearest to the target masses."""
    return pair_by_mass(six.momenta, TARGET_MASSES)


def variables(six: Jets, every: Jets) -> dict[str, Array]:
    """Compute all sixteen.

    Parameters
    ----------
    six
        The six jets of each event, shape (N, 6), falling pT.
    every
        All jets with pT > 20 GeV and abs(eta) < 2.5, shape (N, any), for ``sphere3dv2``.

    Returns
    -------
    dict
        Name to values of shape (N,); masses and sums of pT in GeV.
    """
    momenta = six.momenta
    candidates = pair(six)
    off = candidates.masses - np.array(TARGET_MASSES)
    radius = np.sqrt((off * off).sum(axis=1))
    # The sum of the offsets is bounded by sqrt(3) times the radius; a radius of zero has no direction.
    cosine = off.sum(axis=1) / np.where(radius > 0.0, np.sqrt(3.0) * radius, 1.0)
    rows = np.arange(len(momenta))[:, None]
    first, second = candidates.jets[..., 0], candidates.jets[..., 1]
    delta_r = np.hypot(
        six.eta[rows, first] - six.eta[rows, second], delta_phi(six.phi[rows, first], six.phi[rows, second])
    )
    i, j = pair_indices(6)
    mass_squared = invariant_mass(momenta.sum(axis=1)) ** 2
    fraction = 2.0 * six.pt[:, i] * six.pt[:, j] * (np.cosh(six.eta[:, i] - six.eta[:, j]) - 1.0)
    at_rest = boost_to_rest_frame(momenta)
    linear = momentum_tensor_eigenvalues(at_rest, power=1.0)
    quadratic = momentum_tensor_eigenvalues(at_rest, power=2.0)
    return {
        "mHradius": radius,
        "mHcosTheta": cosine,
        "mH1": candidates.masses[:, 0],
        "dRH1": delta_r[:, 0],
        "dRH2": delta_r[:, 1],
        "dRH3": delta_r[:, 2],
        "rmsdRBB": pair_delta_r(six.eta, six.phi).std(axis=1),
        "rmsmBB": invariant_mass(momenta[:, i] + momenta[:, j]).std(axis=1),
        "rmsEta": six.eta.std(axis=1),
        "skewnessdABB": skewness(angular_separation(six.eta, six.phi)),
        "htbjet": six.pt.sum(axis=1),
        "massfraceta": fraction.sum(axis=1) / mass_squared,
        "aplan3dv2b": aplanarity(linear),
        "sphere3dv2b": sphericity(linear),
        "sphere3dbtrans": transverse_sphericity(quadratic),
        "sphere3dv2": sphericity(momentum_tensor_eigenvalues(every.momenta, power=1.0)),
    }
