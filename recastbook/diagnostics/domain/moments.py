"""Mean and width of each input beside those of the training, as far as the card gives them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.network import ModelCard, columns

__all__ = ["FeatureShift", "compare_with_card"]

FAR = 1.0
"""Shift in training widths from which a feature is pointed out."""
NARROW, BROAD = 0.5, 2.0
"""Ratios of widths beyond which a feature is pointed out."""


@dataclass(frozen=True, slots=True)
class FeatureShift:
    """One input of a network in a sample and in training, padding of absent objects included in both."""

    name: str
    """Input."""
    unit: str
    """Unit and scale of its numbers."""
    mean: float
    """Weighted mean in the sample."""
    width: float
    """Weighted standard deviation in the sample."""
    training_mean: float | None
    """Mean of the card; with several files that of the events' own files, averaged. None: not given."""
    training_width: float | None
    """Width of the card."""
    shift: float | None
    """(mean - training mean) / training width: a hint, not a verdict."""
    shift_error: float | None
    """Its statistical error."""
    ratio: float | None
    """Width over training width."""
    outside: float | None
    """Share of the weight outside the card's valid range; None where it states none."""

    @property
    def stands_out(self) -> bool:
        """Whether mean, width or range differ so much that the feature is pointed out."""
        shifted = self.shift is not None and abs(self.shift) > FAR
        other_width = self.ratio is not None and not NARROW <= self.ratio <= BROAD
        return shifted or other_width or bool(self.outside)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; what is not finite is None, since JSON knows no nan."""
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in asdict(self).items()}


def compare_with_card(
    card: ModelCard, raw: NDArray[np.float64], weight: NDArray[np.float64], file: NDArray[np.int64] | None = None
) -> tuple[FeatureShift, ...]:
    """Compare every input but the parameters with the training.

    Parameters
    ----------
    card
        The card.
    raw
        Raw inputs, shape (N, number of inputs).
    weight
        Event weights, shape (N,).
    file
        Position of each event's file among ``card.files``, shape (N,); each is compared with its own constants.

    Returns
    -------
    tuple of FeatureShift
        In the order of the card. Shifts and ratios are None where the card gives no mean and width.
    """
    own = np.zeros(len(raw), dtype=np.int64) if file is None else file
    cards = [card.for_file(entry.name) for entry in card.files]
    return tuple(_shifts(card, cards, raw, weight, own))


def _shifts(
    card: ModelCard,
    cards: list[ModelCard],
    raw: NDArray[np.float64],
    weight: NDArray[np.float64],
    file: NDArray[np.int64],
) -> Iterator[FeatureShift]:
    for position, column in enumerate(card.inputs):
        if columns.level(card, column) == "parameter":
            continue
        values = raw[:, position]
        mean, width, _ = _moments(values, weight)
        given = [(c.inputs[position].mean, c.inputs[position].width) for c in cards]
        means = np.array([np.nan if m is None else m for m, _ in given])[file]
        widths = np.array([np.nan if w is None else w for _, w in given])[file]
        known = bool(len(raw)) and bool(np.isfinite(means).all() and np.isfinite(widths).all())
        shift, ratio, error = _moments((values - means) / widths, weight) if known else (None, None, None)
        outside = None
        if column.valid_range is not None and weight.sum() > 0.0:
            low, high = column.valid_range
            outside = float(weight[(values < low) | (values > high)].sum() / weight.sum())
        yield FeatureShift(
            name=column.name,
            unit=column.unit if column.scale == 1.0 else f"{column.unit} x {column.scale:g}",
            mean=mean,
            width=width,
            training_mean=float(means.mean()) if known else None,
            training_width=float(widths.mean()) if known else None,
            shift=shift,
            shift_error=error,
            ratio=ratio,
            outside=outside,
        )


def _moments(values: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return weighted mean, standard deviation and the error of the mean; nan without events."""
    total = float(weight.sum())
    if not len(values) or total <= 0.0:
        return math.nan, math.nan, math.nan
    mean = float(np.sum(weight * values) / total)
    variance = max(float(np.sum(weight * (values - mean) ** 2) / total), 0.0)
    error = math.sqrt(float(np.sum((weight * (values - mean)) ** 2))) / total
    return mean, math.sqrt(variance), error
