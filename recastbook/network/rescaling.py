"""Thresholds for a network that is not the published one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from recastbook.exceptions import BadOption, NetworkError

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard

__all__ = ["factor", "rescale"]


def factor(card: ModelCard, point: Sequence[float]) -> float:
    """Return k of ``logit(here) = k logit(published)`` for a parameter point.

    It is fixed by the signal region of that point: a network that is twice as sure as the published one has k = 2.
    One factor per point keeps the order of all windows on a score, so that control, validation and signal regions
    stay apart.
    """
    if card.thresholds is None:
        return 1.0
    wanted = tuple(map(float, point))
    for row in card.thresholds.regions:
        if row.point == wanted:
            return _logit(row.here) / _logit(row.published)
    message = (
        f"{card.title!r} has no threshold for the parameter point {list(wanted)}; the region cannot be used with it"
    )
    raise NetworkError(message)


def rescale(
    card: ModelCard, output: str, point: Sequence[float], published: float, *, transform: str | None = None
) -> float:
    """Return what stands for a published threshold with the network of a card.

    Parameters
    ----------
    card
        The model card.
    output
        Name of the score.
    point
        Parameter point of the region.
    published
        Threshold for the published network, after `transform`.
    transform
        None or ``"log10"``: what the region does with the score before it cuts.

    Returns
    -------
    float
        The threshold itself for a card without thresholds of its own; else
        ``expit(k logit(published))``, with k from :func:`factor`, after the same transform.

    Raises
    ------
    NetworkError
        If the output is a constant of this network, or the point has no threshold: the region is absent then.
    BadOption
        If the transform is not known.
    """
    found = card.output(output)
    if transform not in (None, "log10"):
        message = f"unknown transform {transform!r}; there are None and 'log10'"
        raise BadOption(message)
    if found.constant is not None:
        message = f"{output!r} is a constant of {card.title!r}, not a score; the region cannot be used with it"
        raise NetworkError(message)
    if card.thresholds is None:
        return published
    wanted = (output, tuple(map(float, point)), published)
    for row in card.thresholds.regions:
        if transform is None and (row.output, row.point, row.published) == wanted:
            return row.here
    probability = 10.0**published if transform == "log10" else published
    k = factor(card, point)
    if probability <= 0.0 or probability >= 1.0:
        return published
    here = 1.0 / (1.0 + math.exp(-k * _logit(probability)))
    return math.log10(here) if transform == "log10" else here


def _logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))
