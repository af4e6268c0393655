"""How far the events of a sample are from every event that a surrogate was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from recastbook.surrogates.training_set import TrainingSet

__all__ = ["EXPECTED", "Novelty", "off_centre"]

EXPECTED = 0.01
"""Share of novel events in a sample like the training."""
_MOST = 4000
"""Training events that are kept to compare with."""
_MARGIN, _SIGMAS, _UNIFORM = 0.05, 3.0, 12**-0.5
"""How far the mean rank of a sample may lie beyond those of all training points: 5 % of the events, and three of its
statistical errors; the spread of a rank."""
_NAMED = 2


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


def off_centre(novelty: Novelty, data: TrainingSet, matrix: NDArray[np.float64], weight: NDArray[np.float64]) -> str:
    """Return which features of a sample are smaller or larger than at every training point, in a sentence.

    Single events of a far sample are often like some events of the training, from their tails. Their mean is not: each
    feature is turned into ranks, and the mean of the sample is held against the means of all training points.

    Parameters
    ----------
    novelty
        What was learnt from the training events.
    data
        Training events and points.
    matrix, weight
        The sample, shapes (N, number of features) and (N,).
    """
    trained = _ranks(data.matrix, novelty.quantiles)
    sets = [data.point == i for i in range(len(data.points))]
    centres = np.array([np.average(trained[m], axis=0, weights=data.weight[m]) for m in sets])
    w = np.abs(weight)
    if not w.sum() > 0:
        return ""
    own = np.average(_ranks(matrix, novelty.quantiles), axis=0, weights=w)
    margin = _MARGIN + _SIGMAS * _UNIFORM * float(np.sqrt((w * w).sum()) / w.sum())
    beyond = np.maximum(own - centres.max(axis=0), centres.min(axis=0) - own) - margin
    far = [int(j) for j in np.argsort(-beyond, kind="stable") if beyond[j] > 0]
    if not far:
        return ""
    words = []
    for j in far[:_NAMED]:
        means = [np.average(data.matrix[m, j], weights=data.weight[m]) for m in sets]
        unit = "" if data.units[j] == "1" else f" {data.units[j]}"
        mean = np.average(matrix[:, j], weights=w)
        words.append(
            f"{data.names[j]} (mean {mean:.3g}{unit}, those of the points {min(means):.3g} to {max(means):.3g})"
        )
    more = f" and {len(far) - _NAMED} more" if len(far) > _NAMED else ""
    return f"smaller or larger than at every training point: {', '.join(words)}{more}"


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
