"""Systems of several jets: the hardest triplet, and the split into two groups that are both light."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption
from recastbook.features.pairing import invariant_mass

__all__ = ["hardest_triplet", "min_max_mass"]

_FloatArray = NDArray[np.float64]

_MOST_JETS = 14
"""Beyond it the 2^(n-1) splits of an event do not fit into memory."""
_VALUES_AT_ONCE = 1 << 21


def hardest_triplet(momenta: _FloatArray, extra: _FloatArray | None = None) -> _FloatArray:
    """Return the momentum of the three jets whose vector sum has the largest transverse momentum.

    Parameters
    ----------
    momenta
        Four-momenta (px, py, pz, E) of the jets in GeV, shape (N, n, 4), n of at least 3.
    extra
        A momentum that is added to every triplet before they are compared, shape (N, 4), such as lepton plus MET.

    Returns
    -------
    ndarray
        Four-momentum of the triplet, `extra` included, shape (N, 4).

    Raises
    ------
    BadOption
        If there are fewer than three jets.

    Examples
    --------
    >>> jets = np.array([[[9.0, 0, 0, 9], [5, 0, 0, 5], [-4, 0, 0, 4], [1, 0, 0, 1]]])
    >>> hardest_triplet(jets).tolist()
    [[15.0, 0.0, 0.0, 15.0]]
    """
    n = momenta.shape[1]
    if n < 3:
        message = f"a triplet needs three jets, these events have {n}"
        raise BadOption(message)
    triplets = np.array(list(itertools.combinations(range(n), 3)))
    out = np.empty((len(momenta), 4))
    for part in _parts(len(momenta), 4 * len(triplets)):
        sums = momenta[part][:, triplets].sum(axis=2)
        if extra is not None:
            sums += extra[part][:, None]
        best = np.argmax(sums[..., 0] ** 2 + sums[..., 1] ** 2, axis=1)
        out[part] = sums[np.arange(len(best)), best]
    return out


def min_max_mass(momenta: _FloatArray) -> _FloatArray:
    """Split the jets into two groups, either of which may be empty, so that the heavier group is as light as possible.

    Parameters
    ----------
    momenta
        Four-momenta (px, py, pz, E) of the jets in GeV, shape (N, n, 4), n from 1 to 14.

    Returns
    -------
    ndarray
        Mass of the heavier group of the best split, GeV, shape (N,).

    Raises
    ------
    BadOption
        If there are no jets, or more than 14.

    Examples
    --------
    >>> min_max_mass(np.array([[[3.0, 0, 0, 5], [-3, 0, 0, 5]]])).tolist()
    [4.0]
    """
    n = momenta.shape[1]
    if not 1 <= n <= _MOST_JETS:
        message = f"all splits of {n} jets into two groups were asked for; 1 to {_MOST_JETS} jets can be split"
        raise BadOption(message)
    # Which group is called the first makes no difference, so that the first jet may always be in it.
    splits = np.arange(1 << (n - 1))
    first = np.concatenate([np.ones((len(splits), 1)), (splits[:, None] >> np.arange(n - 1)) & 1], axis=1)
    out = np.empty(len(momenta))
    for part in _parts(len(momenta), 8 * len(splits)):
        jets = momenta[part]
        heavier = np.maximum(invariant_mass(first @ jets), invariant_mass((1.0 - first) @ jets))
        out[part] = heavier.min(axis=1)
    return out


def _parts(n: int, values_per_event: int) -> list[slice]:
    """Cut N events into pieces whose intermediate values fit into some 16 MB."""
    step = max(1, _VALUES_AT_ONCE // values_per_event)
    return [slice(start, start + step) for start in range(0, n, step)]
