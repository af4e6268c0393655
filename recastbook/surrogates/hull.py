"""Whether a model point lies among those a surrogate was trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["inside_hull", "outline"]


def inside_hull(points: NDArray[np.float64], query: NDArray[np.float64]) -> bool:
    """Return whether a point is a mean of others with weights that are not negative: inside their convex hull.

    Parameters
    ----------
    points
        Shape (P, D); masses and lifetimes are best given as logarithms.
    query
        Shape (D,).

    Examples
    --------
    >>> square = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    >>> inside_hull(square, np.array([0.2, 0.7])), inside_hull(square, np.array([1.2, 0.5]))
    (True, False)
    """
    from scipy.optimize import linprog

    low, span = points.min(axis=0), np.ptp(points, axis=0)
    fixed = span == 0
    if np.any(np.abs(query[fixed] - low[fixed]) > 1e-9 * np.maximum(np.abs(low[fixed]), 1.0)):
        return False
    if fixed.all():
        return True
    scaled = (points[:, ~fixed] - low[~fixed]) / span[~fixed]
    wanted = (query[~fixed] - low[~fixed]) / span[~fixed]
    if (wanted < -1e-9).any() or (wanted > 1 + 1e-9).any():
        return False
    equations = np.vstack([scaled.T, np.ones(len(scaled))])
    found = linprog(np.zeros(len(scaled)), A_eq=equations, b_eq=np.append(wanted, 1.0), bounds=(0, None))
    return bool(found.status == 0)


def outline(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the corners of the convex hull of points in a plane, in turn; shape (C, 2), empty for a line or a point.

    Parameters
    ----------
    points
        Shape (P, 2).

    Examples
    --------
    >>> len(outline(np.array([[0.0, 0], [1, 0], [0, 1], [1, 1], [0.4, 0.4]])))
    4
    """
    from scipy.spatial import ConvexHull, QhullError

    try:
        return np.asarray(points[ConvexHull(points).vertices], dtype=np.float64)
    except (QhullError, ValueError):
        return np.empty((0, 2))
