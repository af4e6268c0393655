"""Which range an azimuth had in training, told from its mean and width.

An azimuth is flat where nothing points anywhere. In [-pi, pi) it then has mean 0, in [0, 2 pi) mean pi, in both the
width pi / sqrt(3) = 1.814. Objects that an event may lack add a peak at the padding: with occupancy p and padding a,

    mean  = p m + (1 - p) a
    width = sqrt(p (pi^2 / 3 + m^2) + (1 - p) a^2 - mean^2),

with m = 0 or pi. The range is the one for which some p gives both numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

__all__ = ["FLAT_WIDTH", "Azimuth", "read_range"]

FLAT_WIDTH = math.pi / math.sqrt(3.0)
"""Width of a flat azimuth, rad."""

_CLOSE = 0.12
"""Largest distance (rad, mean and width in quadrature) at which the constants are said to fit."""
_MIN_OCCUPANCY = 0.02
"""With fewer objects the constants are those of the padding, whatever the range."""


@dataclass(frozen=True, slots=True)
class Azimuth:
    """What mean and width say about an azimuth."""

    phi_range: str | None
    """The range that fits; None if none or both do."""
    occupancy: float
    """Share of training events with the object, for the better of the two ranges."""
    distance: float
    """How far mean and width are from it, rad."""


def read_range(mean: float, width: float, padding: float | None = None) -> Azimuth:
    """Tell the range of an azimuth from its mean and width.

    Parameters
    ----------
    mean, width
        Constants of the normalisation, rad.
    padding
        What is fed for an absent object, rad; None if it always exists.

    Examples
    --------
    >>> read_range(3.158, 1.809).phi_range
    '0_2pi'
    >>> read_range(-0.005, 1.305, padding=0.0).phi_range
    'minus_pi_pi'
    """
    occupancy = np.ones(1) if padding is None else np.linspace(0.0, 1.0, 2001)
    absent = 0.0 if padding is None else padding
    best: dict[str, tuple[float, float]] = {}
    for name, centre in (("minus_pi_pi", 0.0), ("0_2pi", math.pi)):
        expected = occupancy * centre + (1.0 - occupancy) * absent
        square = occupancy * (FLAT_WIDTH**2 + centre**2) + (1.0 - occupancy) * absent**2
        spread = np.sqrt(np.maximum(square - expected**2, 0.0))
        distance = np.hypot(expected - mean, spread - width)
        at = int(np.argmin(distance))
        best[name] = (float(distance[at]), float(occupancy[at]))
    name, other = sorted(best, key=lambda key: best[key][0])
    distance_here, share = best[name]
    clear = distance_here <= _CLOSE * max(share, 0.25) and best[other][0] > 3.0 * distance_here + 0.01
    return Azimuth(name if clear and share >= _MIN_OCCUPANCY else None, share, distance_here)
