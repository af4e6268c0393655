"""Pairing jets into candidates of known mass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption

__all__ = ["Pairing", "four_momenta", "invariant_mass", "pair_by_mass", "perfect_matchings"]

_FloatArray = NDArray[np.float64]


@cache
def perfect_matchings(n: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return all ways to split `n` objects into pairs: 3 for four objects, 15 for six, 105 for eight.

    >>> perfect_matchings(4)
    (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))

    Raises
    ------
    BadOption
        If the number is odd or negative.
    """
    if n < 0 or n % 2:
        message = f"{n} objects cannot be split into pairs; an even number can"
        raise BadOption(message)

    def split(left: tuple[int, ...]) -> list[tuple[tuple[int, int], ...]]:
        if not left:
            return [()]
        first, *others = left
        return [
            ((first, partner), *rest)
            for i, partner in enumerate(others)
            for rest in split((*others[:i], *others[i + 1 :]))
        ]

    return tuple(split(tuple(range(n))))


def four_momenta(pt: _FloatArray, eta: _FloatArray, phi: _FloatArray, mass: _FloatArray) -> _FloatArray:
    """Return (px, py, pz, E) in GeV along a new last axis.

    >>> four_momenta(np.array(3.0), np.array(0.0), np.array(0.0), np.array(4.0)).tolist()
    [3.0, 0.0, 0.0, 5.0]
    """
    pz = pt * np.sinh(eta)
    energy = np.sqrt(pt * pt + pz * pz + mass * mass)
    return np.stack([pt * np.cos(phi), pt * np.sin(phi), pz, energy], axis=-1)


def invariant_mass(momenta: _FloatArray) -> _FloatArray:
    """Return the masses (GeV) of four-momenta (px, py, pz, E) in the last axis; 0 where rounding makes it imaginary."""
    squared = momenta[..., 3] ** 2 - (momenta[..., :3] ** 2).sum(axis=-1)
    masses: _FloatArray = np.sqrt(np.maximum(squared, 0.0))
    return masses


@dataclass(frozen=True, slots=True)
class Pairing:
    """The chosen pairs of N events, candidates of each event in falling order of pT."""

    jets: NDArray[np.int64]
    """Positions of the two jets of each candidate, shape (N, number of candidates, 2)."""
    momenta: _FloatArray
    """Four-momenta (px, py, pz, E) of the candidates, GeV, shape (N, number of candidates, 4)."""
    distance: _FloatArray
    """Sum of the distances from the target masses, GeV, shape (N,)."""

    @property
    def masses(self) -> _FloatArray:
        """Masses of the candidates, GeV, shape (N, number of candidates)."""
        return invariant_mass(self.momenta)


def pair_by_mass(momenta: _FloatArray, targets: Sequence[float]) -> Pairing:
    """Split jets into pairs whose masses are nearest to targets.

    In every matching the candidates are put in falling order of pT first; the first target belongs to the hardest. The
    matching with the smallest sum of abs(mass - target) is kept, the first of equal ones.

    Parameters
    ----------
    momenta
        Four-momenta (px, py, pz, E) of the jets in GeV, shape (N, 2 K, 4).
    targets
        Masses in GeV, one for each of the K candidates.

    Raises
    ------
    BadOption
        If there are not two jets for each target.

    Examples
    --------
    >>> jets = four_momenta(np.array([[100.0, 90.0, 50.0, 40.0]]), np.zeros((1, 4)),
    ...                     np.array([[0.0, 1.4, 3.0, -1.7]]), np.zeros((1, 4)))
    >>> pair_by_mass(jets, (120.0, 60.0)).jets.tolist()
    [[[0, 1], [2, 3]]]
    """
    n, n_jets = momenta.shape[:2]
    if n_jets != 2 * len(targets):
        message = f"{len(targets)} target masses need {2 * len(targets)} jets in every event, found {n_jets}"
        raise BadOption(message)
    matchings = np.array(perfect_matchings(n_jets), dtype=np.int64)  # (matchings, K, 2)
    pairs = momenta[:, matchings[..., 0]] + momenta[:, matchings[..., 1]]  # (N, matchings, K, 4)
    order = np.argsort(-np.hypot(pairs[..., 0], pairs[..., 1]), axis=2, kind="stable")
    masses = np.take_along_axis(invariant_mass(pairs), order, axis=2)
    distance = np.abs(masses - np.asarray(targets, dtype=np.float64)).sum(axis=2)
    best = np.argmin(distance, axis=1)
    rows = np.arange(n)
    chosen = order[rows, best]
    return Pairing(
        np.take_along_axis(matchings[best], chosen[..., None], axis=1),
        np.take_along_axis(pairs[rows, best], chosen[..., None], axis=1),
        distance[rows, best],
    )
