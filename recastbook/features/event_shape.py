"""Shape of an event: eigenvalues of its momentum tensor, boosts, and what pairs of objects look like."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recastbook.features.transverse import delta_phi

__all__ = [
    "angular_separation",
    "aplanarity",
    "boost_to_rest_frame",
    "momentum_tensor_eigenvalues",
    "pair_delta_r",
    "pair_indices",
    "skewness",
    "sphericity",
    "transverse_sphericity",
]

_FloatArray = NDArray[np.float64]


def momentum_tensor_eigenvalues(momenta: _FloatArray, *, power: float = 2.0) -> _FloatArray:
    """Return the eigenvalues of the momentum tensor, which rise and add up to 1.

    S_ab = sum_i abs(p_i)^(r-2) p_ia p_ib / sum_i abs(p_i)^r with three-dimensional momenta. With r = 2 it is the
    sphericity tensor (Bjorken and Brodsky, Phys. Rev. D 1 (1970) 1416); with r = 1 it is linear in the momenta, hence
    safe against collinear splitting (Parisi, Phys. Lett. B 74 (1978) 65).

    Parameters
    ----------
    momenta
        Momenta (px, py, pz, anything more), shape (N, n, 3 or more); rows of zeros stand for absent objects.
    power
        r: 2 for the quadratic, 1 for the linear tensor.

    Returns
    -------
    ndarray
        Shape (N, 3); nan in events without momentum.

    Examples
    --------
    >>> momentum_tensor_eigenvalues(np.array([[[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]])).round(3).tolist()
    [[0.0, 0.5, 0.5]]
    """
    p = np.asarray(momenta, dtype=np.float64)[..., :3]
    size = np.sqrt((p * p).sum(axis=-1))
    there = size > 0.0
    safe = np.where(there, size, 1.0)
    weight = np.where(there, safe ** (power - 2.0), 0.0)
    total = np.where(there, safe**power, 0.0).sum(axis=-1)
    tensor = np.einsum("ni,nia,nib->nab", weight, p, p)
    empty = total <= 0.0
    tensor /= np.where(empty, 1.0, total)[:, None, None]
    eigenvalues = np.linalg.eigvalsh(tensor) if len(tensor) else np.empty((0, 3))
    eigenvalues[empty] = np.nan
    return np.asarray(eigenvalues, dtype=np.float64)


def sphericity(eigenvalues: _FloatArray) -> _FloatArray:
    """Return 1.5 (L1 + L2): 0 for a line, 1 for a sphere. Eigenvalues rise, shape (N, 3)."""
    return np.asarray(1.5 * (eigenvalues[:, 0] + eigenvalues[:, 1]))


def aplanarity(eigenvalues: _FloatArray) -> _FloatArray:
    """Return 1.5 L1: 0 for a plane, 0.5 for a sphere. Eigenvalues rise, shape (N, 3)."""
    return np.asarray(1.5 * eigenvalues[:, 0])


def transverse_sphericity(eigenvalues: _FloatArray) -> _FloatArray:
    """Return 2 L2 / (L2 + L3) of the three-dimensional tensor. Eigenvalues rise, shape (N, 3)."""
    return np.asarray(2.0 * eigenvalues[:, 1] / (eigenvalues[:, 1] + eigenvalues[:, 2]))


def boost_to_rest_frame(momenta: _FloatArray) -> _FloatArray:
    """Return four-momenta in the frame in which they add up to zero momentum.

    Parameters
    ----------
    momenta
        (px, py, pz, E) in GeV, shape (N, n, 4).

    Examples
    --------
    >>> two = np.array([[[3.0, 0.0, 0.0, 5.0], [0.0, 0.0, 0.0, 4.0]]])
    >>> bool(np.allclose(boost_to_rest_frame(two)[..., :3].sum(axis=1), 0.0))
    True
    """
    total = momenta.sum(axis=1)
    beta = total[:, :3] / total[:, 3:]
    beta2 = (beta * beta).sum(axis=1)
    gamma = 1.0 / np.sqrt(1.0 - beta2)
    along = np.einsum("nia,na->ni", momenta[..., :3], beta)
    # (gamma - 1) / beta^2 = gamma^2 / (gamma + 1) has no trouble with events at rest
    shift = (gamma**2 / (gamma + 1.0))[:, None] * along - gamma[:, None] * momenta[..., 3]
    out = np.empty_like(momenta)
    out[..., :3] = momenta[..., :3] + shift[..., None] * beta[:, None, :]
    out[..., 3] = gamma[:, None] * (momenta[..., 3] - along)
    return out


def pair_indices(n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions of both members of each of the n (n - 1) / 2 pairs.

    >>> [i.tolist() for i in pair_indices(3)]
    [[0, 0, 1], [1, 2, 2]]
    """
    first, second = np.triu_indices(n, 1)
    return first.astype(np.int64), second.astype(np.int64)


def pair_delta_r(eta: _FloatArray, phi: _FloatArray) -> _FloatArray:
    """Return dR = sqrt(deta^2 + dphi^2) of every pair; (N, n) in, (N, n (n - 1) / 2) out."""
    i, j = pair_indices(eta.shape[1])
    return np.asarray(np.hypot(eta[:, i] - eta[:, j], delta_phi(phi[:, i], phi[:, j])))


def angular_separation(eta: _FloatArray, phi: _FloatArray) -> _FloatArray:
    """Return cosh(deta) - cos(dphi) of every pair: m^2 / (2 pT1 pT2) of massless ones; shapes as for dR."""
    i, j = pair_indices(eta.shape[1])
    return np.asarray(np.cosh(eta[:, i] - eta[:, j]) - np.cos(phi[:, i] - phi[:, j]))


def skewness(values: _FloatArray) -> _FloatArray:
    """Return mean(((x - mean) / std)^3) along the last axis, with the standard deviation of the population.

    >>> float(skewness(np.array([0.0, 0.0, 3.0])).round(4))
    0.7071
    """
    centred = values - values.mean(axis=-1, keepdims=True)
    return np.asarray((centred**3).mean(axis=-1) / ((centred**2).mean(axis=-1)) ** 1.5)
