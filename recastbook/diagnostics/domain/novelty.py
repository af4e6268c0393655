"""How far an event is from a reference sample: distance to its neighbours there, and from its mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from recastbook.diagnostics.domain.embedding import coordinates, training_widths
from recastbook.exceptions import BadOption, NetworkError
from recastbook.network import ModelCard

__all__ = ["FEWEST", "Distances", "Novelty", "mahalanobis", "measure_novelty", "neighbour_distances"]

FEWEST = 50
"""Events of a reference below which it says nothing about where its edge is."""
_TREE_DIMENSIONS = 12
"""Above that a tree visits nearly every point, and products of matrices are ten times as fast."""
_BLOCK = 1 << 22
"""Distances held at once."""


@dataclass(frozen=True, slots=True)
class Distances:
    """One kind of distance of each event, and where it begins to be too far."""

    values: NDArray[np.float64]
    """Distance of each event, in widths, shape (N,); nan where there was no reference for it."""
    threshold: NDArray[np.float64]
    """Distance that the stated share of the reference exceeds, shape (N,): each network file has its own."""

    @property
    def flags(self) -> NDArray[np.bool_]:
        """Which events are farther than the threshold, shape (N,)."""
        return np.greater(self.values, self.threshold)


@dataclass(frozen=True, slots=True)
class Novelty:
    """Distances of the events of a sample from a reference sample."""

    neighbours: Distances
    """Distance to the k-th nearest reference event."""
    mahalanobis: Distances
    """Distance from the mean of the reference in units of its covariance, for comparison."""
    k: int
    """Which neighbour."""
    false_alarm: float
    """Share of the reference that is beyond the threshold, each event held against the others."""
    n_reference: int
    """Events of the reference."""
    reference: str
    """What the reference is."""
    widths_from: str
    """``card`` or ``reference``: whose widths are the units."""

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Events for whose network file there were enough reference events, shape (N,)."""
        return np.isfinite(self.neighbours.values)


def neighbour_distances(
    points: NDArray[np.float64], reference: NDArray[np.float64], k: int, *, among_themselves: bool = False
) -> NDArray[np.float64]:
    """Return the Euclidean distance of each point to its k-th nearest reference point, shape (N,).

    Parameters
    ----------
    points
        Shape (N, D).
    reference
        Shape (M, D).
    k
        Which neighbour, counted from 1.
    among_themselves
        Whether `points` are the reference, so that each leaves itself out.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.arange(5.0)[:, None]
    >>> neighbour_distances(np.array([[10.0]]), line, 2).tolist()
    [7.0]
    >>> neighbour_distances(line, line, 1, among_themselves=True).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    rank = k + 1 if among_themselves else k
    if reference.shape[1] <= _TREE_DIMENSIONS:
        found = cKDTree(reference).query(points, k=[rank])[0]
        return np.asarray(found, dtype=np.float64)[:, 0]
    centre = reference.mean(axis=0)  # near the origin the difference of squares below loses no digits
    moved, others = points - centre, reference - centre
    squares = np.sum(others**2, axis=1)
    out = np.empty(len(points))
    step = max(_BLOCK // max(len(reference), 1), 1)
    for start in range(0, len(points), step):
        block = moved[start : start + step]
        square = squares - 2.0 * (block @ others.T) + np.sum(block**2, axis=1)[:, None]
        nearest = np.partition(square, rank - 1, axis=1)[:, rank - 1]
        out[start : start + step] = np.sqrt(np.maximum(nearest, 0.0))
    return out


def mahalanobis(
    points: NDArray[np.float64], reference: NDArray[np.float64], *, among_themselves: bool = False
) -> NDArray[np.float64]:
    """Return the distance of each point from the mean of the reference in units of its covariance, shape (N,).

    Directions in which the reference does not extend are left out. With `among_themselves` each point is left out of
    mean and covariance by the formula of Sherman and Morrison for a change of rank one.
    """
    n = len(reference)
    values, vectors = np.linalg.eigh(np.cov(reference, rowvar=False).reshape(reference.shape[1], -1))
    kept = values > values.max() * 1e-9
    turned = (points - reference.mean(axis=0)) @ vectors[:, kept]
    square = np.sum(turned**2 / values[kept], axis=1)
    if among_themselves:
        part = square / (n - 1)
        square = (n / (n - 1)) ** 2 * (n - 2) * part / np.maximum(1.0 - n / (n - 1) * part, 1e-12)
    return np.asarray(np.sqrt(square))


def measure_novelty(
    card: ModelCard,
    raw: NDArray[np.float64],
    reference: NDArray[np.float64],
    *,
    files: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
    k: int = 5,
    false_alarm: float = 0.05,
    label: str = "reference",
) -> Novelty:
    """Measure how far each event is from a reference sample.

    Parameters
    ----------
    card
        The card; its widths are the units, those of the reference where it gives none.
    raw, reference
        Raw inputs of sample and reference, shapes (N, number of inputs) and (M, number of inputs).
    files
        For sample and reference the position of each event's file among ``card.files``, where files are for different
        kinds of events (numbers of jets): each file is compared with the reference events of the same file. None:
        all events are of one kind.
    k
        Distance to the k-th nearest neighbour.
    false_alarm
        Share of the reference that the threshold cuts off: the same share of a sample like it will be flagged.
    label
        What the reference is.

    Raises
    ------
    BadOption
        If an argument cannot work, or the reference has fewer than 50 events.
    NetworkError
        If a matrix has another number of columns or values that are not finite; row and column are named.
    """
    if not 0.0 < false_alarm < 1.0:
        message = f"false_alarm is a share between 0 and 1, not {false_alarm}"
        raise BadOption(message)
    if not 1 <= k < FEWEST:
        message = f"k must be 1 to {FEWEST - 1}, not {k}"
        raise BadOption(message)
    _check(card, raw, "sample")
    _check(card, reference, label)
    if len(reference) < FEWEST:
        message = f"{label}: {len(reference)} events reach the network; a reference needs at least {FEWEST}"
        raise BadOption(message)
    widths = training_widths(card)
    own = np.isnan(widths)
    parameters = np.zeros(len(widths), dtype=bool)
    parameters[card.parameter_columns] = True
    spread = np.where(parameters, 1.0, np.nan_to_num(reference).std(axis=0))
    # a column that is one number in the reference is compared in its own unit
    widths = np.where(own, np.where(spread > 0.0, spread, 1.0), widths)
    here, there = coordinates(card, raw, widths), coordinates(card, reference, widths)
    mine, theirs = files or (np.zeros(len(raw), dtype=np.int64), np.zeros(len(reference), dtype=np.int64))
    near, far, near_edge, far_edge = (np.full(len(raw), np.nan) for _ in range(4))
    for file in np.unique(mine):
        rows, others = mine == file, there[theirs == file]
        if len(others) < FEWEST:
            continue
        near[rows] = neighbour_distances(here[rows], others, k)
        far[rows] = mahalanobis(here[rows], others)
        near_edge[rows] = _edge(neighbour_distances(others, others, k, among_themselves=True), false_alarm)
        far_edge[rows] = _edge(mahalanobis(others, others, among_themselves=True), false_alarm)
    return Novelty(
        neighbours=Distances(near, near_edge),
        mahalanobis=Distances(far, far_edge),
        k=k,
        false_alarm=false_alarm,
        n_reference=len(reference),
        reference=label,
        widths_from="reference" if own[~parameters].any() else "card",
    )


def _edge(distances: NDArray[np.float64], false_alarm: float) -> float:
    return float(np.quantile(distances, 1.0 - false_alarm))


def _check(card: ModelCard, raw: NDArray[np.float64], label: str) -> None:
    if raw.ndim != 2 or raw.shape[1] != len(card.inputs):
        message = f"{label}: {card.title!r} has {len(card.inputs)} inputs; this matrix has the shape {raw.shape}"
        raise NetworkError(message)
    bad = ~np.isfinite(raw)
    bad[:, card.parameter_columns] = False
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        message = (
            f"{label}: row {row}: input {card.inputs[column].name!r} is {raw[row, column]}; "
            f"{int(bad.any(axis=1).sum())} of {len(raw)} rows have values that are not finite"
        )
        raise NetworkError(message)
