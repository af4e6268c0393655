"""A ranking that is drawn as bars: names, sizes, errors and what they are, without any drawing library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bars"]


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """What :func:`recastbook.plots.importance` draws of a report.

    Examples
    --------
    >>> Bars(("met", "n_jets"), np.array([0.4, 0.1]), np.array([0.05, 0.02]), "yield that leaves").label
    'yield that leaves'
    """

    names: Sequence[str]
    """One name a bar."""
    values: NDArray[np.float64]
    """Size of each, of either sign, shape (number of names,)."""
    errors: NDArray[np.float64] | None
    """Their errors; None where there are none."""
    label: str
    """What the numbers are, with a unit."""
    right: str = ""
    """What they are of: sample or event."""
    note: str = ""
    """What a reader must know, for example that the network is a stand-in."""
