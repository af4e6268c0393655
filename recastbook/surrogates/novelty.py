"""How far the events of a sample are from every event that a surrogate was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["EXPECTED", "Novelty"]

EXPECTED = 0.01
"""Share of novel events in a sample like the training."""
_MOST = 4000
"""Training events that are kept to compare with."""


@dataclass(frozen=True)
class Novelty:
    """Distances to the nearest training event, in features that are turned into ranks first.

    A feature becomes its place among the training values, so that long tails and units do not matter; what lies beyond
    the training range is continued by its distance in units of the range between the 5 % and 95 % quantiles.
    """

    quantiles: NDArray[np.float64]
    """Quantiles of each feature in the training, shape (number of quantiles, number of features)."""
    reference: NDArray[np.float64]
    """Kept training events in ranks, shape (M, number of features)."""
    threshold: float
    """Distance that 1 % of the training events have to their nearest neighbour."""

    @classmethod
    def of(cls, matrix: NDArray[np.float64], *, seed: int = 1) -> Novelty:
        """Learn from training events, shape (N, number of features)."""
        rng = np.random.default_rng(seed)
        grid = np.linspace(0, 1, 101)
        quantiles = np.quantile(matrix, grid, axis=0)
        order = rng.permutation(len(matrix))
        kept, others = order[:_MOST], order[_MOST : 2 * _MOST]
        ranked = _ranks(matrix[kept], quantiles)
        if len(others) >= _MOST // 4:
            distances = _tree(ranked).query(_ranks(matrix[others], quantiles))[0]
        else:
            distances = _tree(ranked).query(ranked, k=2)[0][:, 1]
        return cls(quantiles, ranked, float(np.quantile(distances, 1 - EXPECTED)))

    def distances(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the distance of each event to its nearest kept training event over the threshold, shape (N,)."""
        found = _tree(self.reference).query(_ranks(matrix, self.quantiles))[0]
        return np.asarray(found, dtype=np.float64) / max(self.threshold, 1e-12)

    def share(self, matrix: NDArray[np.float64], weight: NDArray[np.float64] | None = None) -> float:
        """Return the share of events beyond the threshold; 0.01 for a sample like the training."""
        w = np.ones(len(matrix)) if weight is None else np.abs(weight)
        return float(np.sum(w[self.distances(matrix) > 1.0]) / max(float(np.sum(w)), 1e-300))


def _tree(points: NDArray[np.float64]) -> Any:
    from scipy.spatial import cKDTree

    return cKDTree(points)


def _ranks(matrix: NDArray[np.float64], quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    grid = np.linspace(0, 1, len(quantiles))
    out = np.empty_like(matrix, dtype=np.float64)
    for j in range(matrix.shape[1]):
        q, x = quantiles[:, j], matrix[:, j]
        span = max(q[-6] - q[5], 1e-12)
        inside = np.interp(x, q, grid)
        out[:, j] = inside + np.minimum(x - q[0], 0.0) / span + np.maximum(x - q[-1], 0.0) / span
    return out
