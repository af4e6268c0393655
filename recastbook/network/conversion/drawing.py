"""Values on which two versions of a model are compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption
from recastbook.network.conversion.edges import Edges

__all__ = ["EDGES", "GIVEN", "SPREAD", "draw"]

GIVEN, SPREAD, EDGES = 0, 1, 2
"""Kinds of rows: the user's, drawn over the whole range, drawn on the edges of trees."""


def draw(
    edges: Edges,
    width: int,
    given: NDArray[np.float32] | None,
    *,
    count: int,
    seed: int,
    mean: NDArray[np.float64] | None = None,
    std: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Draw rows over the range of a model, and rows that reach a node within two float32 steps of its threshold.

    Parameters
    ----------
    edges
        Branching nodes of trees, in units of what the trees see.
    width
        Number of inputs.
    given
        Rows of the user's, shape (M, width); kept whole.
    count
        Rows of each kind that are drawn.
    seed
        Of the random numbers.
    mean, std
        Centre and scale of the inputs, shape (width,): what a standardisation before the trees subtracts and divides
        by.

    Returns
    -------
    rows : numpy.ndarray
        float32 of shape (K, width).
    kinds : numpy.ndarray
        GIVEN, SPREAD or EDGES, int8 of shape (K,).

    Raises
    ------
    BadOption
        If the user's rows have another width.
    """
    if given is not None and given.shape[1] != width:
        message = f"the values to compare on have {given.shape[1]} columns, the model takes {width} inputs"
        raise BadOption(message)
    rng = np.random.default_rng(seed)
    shift = np.zeros(width) if mean is None else mean
    stretch = np.ones(width) if std is None else std
    spread, lowest, highest = np.empty((count, width)), np.empty(width), np.empty(width)
    for column in range(width):
        walls = _walls(edges.of(column))
        lowest[column], highest[column] = walls[0], walls[-1]
        spread[:, column] = rng.normal(size=count) if len(walls) == 2 else _between(walls, count, rng)
    rows, kinds = [(spread * stretch + shift).astype(np.float32)], [np.full(count, SPREAD, dtype=np.int8)]
    if given is not None:
        rows.insert(0, np.asarray(given, dtype=np.float32))
        kinds.insert(0, np.full(len(given), GIVEN, dtype=np.int8))
    if len(edges):
        nodes = rng.permutation(len(edges))[:count] if len(edges) > count else np.arange(count) % len(edges)
        lower, upper = edges.reach(nodes, lowest, highest)
        inside = (spread > lower) & (spread < upper)
        near = np.where(inside, spread, lower + rng.random((count, width)) * (upper - lower))
        near = (near * stretch + shift).astype(np.float32)
        cut_on = edges.column[nodes]
        raw = (edges.value[nodes] * stretch[cut_on] + shift[cut_on]).astype(np.float32)
        steps = rng.integers(-2, 3, count).astype(np.float32)
        near[np.arange(count), cut_on] = raw + steps * np.spacing(np.abs(raw))
        rows.append(near)
        kinds.append(np.full(count, EDGES, dtype=np.int8))
    return np.concatenate(rows), np.concatenate(kinds)


def _walls(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the edges with a margin of a tenth on both sides; a unit interval where there are none."""
    if not len(edges):
        return np.array([-1.0, 1.0])
    margin = max(float(np.ptp(edges)) / 10, abs(float(edges[0])) / 10, 1e-3)
    return np.concatenate([[edges[0] - margin], edges, [edges[-1] + margin]])


def _between(walls: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw from between the edges, each interval alike."""
    place = rng.integers(0, len(walls) - 1, count)
    drawn: NDArray[np.float64] = walls[place] + rng.random(count) * (walls[place + 1] - walls[place])
    return drawn
