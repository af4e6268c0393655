"""How much of a region's yield comes from events that were flagged."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NO_EVENT", "RegionShare", "flagged_share"]

NO_EVENT = "no event"
"""Reason of a region that was evaluated and selects nothing."""


@dataclass(frozen=True, slots=True)
class RegionShare:
    """One region and the share of its yield that comes from flagged events."""

    region: str
    """Region."""
    raw: int
    """Simulated events in it that were examined."""
    flagged: int
    """Of these, those flagged by their distance to neighbours."""
    share: float | None
    """Share of the sum of weights; None without events."""
    error: float | None
    """Its statistical error."""
    mahalanobis: float | None
    """The same share by the Mahalanobis distance, for comparison."""
    unjudged: int = 0
    """Events for whose network file there were too few reference events; they are in no share."""
    reason: str = ""
    """Why there is no share."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def flagged_share(weight: NDArray[np.float64], flags: NDArray[np.bool_]) -> tuple[float | None, float | None]:
    """Return the share of the sum of weights that is flagged, and its error from the number of events.

    The error is that of a ratio f = F / (F + G) of independent sums: sqrt((1 - f)^2 var F + f^2 var G) / (F + G), with
    the variances the sums of squared weights. Where all or no events are flagged it is the distance to the share that
    one event more or less would make.

    Examples
    --------
    >>> import numpy as np
    >>> share, error = flagged_share(np.ones(100), np.arange(100) < 20)
    >>> round(share, 3), round(error, 3)
    (0.2, 0.04)
    """
    total = float(weight.sum())
    if not len(weight) or total <= 0.0:
        return None, None
    share = float(weight[flags].sum()) / total
    inside, outside = float(np.sum(weight[flags] ** 2)), float(np.sum(weight[~flags] ** 2))
    if flags.all() or not flags.any():
        return share, math.sqrt(float(np.max(weight**2))) / total
    return share, math.sqrt((1.0 - share) ** 2 * inside + share**2 * outside) / total
