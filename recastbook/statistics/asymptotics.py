"""CLs from the asymptotic distributions of q-tilde (arXiv:1007.1727, section 3.5; CLs: A. L. Read, 2002)."""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr

from recastbook.statistics.likelihood import Likelihood, Outcome
from recastbook.statistics.records import Band, as_band

__all__ = ["SIGMAS", "asymptotic_cls"]

SIGMAS = (2.0, 1.0, 0.0, -1.0, -2.0)
"""Fluctuations of the background for the band, in the order that makes CLs and limits ascend."""


def _ratio(x: float, y: float) -> float:
    # upper tails in logarithms: both may be far too small for a float
    return float(min(1.0, np.exp(log_ndtr(-x) - log_ndtr(-y))))


def asymptotic_cls(likelihood: Likelihood, s: float, data: Outcome, asimov: Outcome) -> tuple[float, Band]:
    """Return observed CLs and the expected band (-2, -1, 0, +1, +2 sigma, ascending) of a signal of `s` events."""
    q = float(likelihood.q_tilde(s, data))
    q_asimov = float(likelihood.q_tilde(s, asimov))
    if q_asimov <= 0.0:
        return 1.0, (1.0, 1.0, 1.0, 1.0, 1.0)
    width = float(np.sqrt(q_asimov))
    shift = float(np.sqrt(q)) - width if q <= q_asimov else (q - q_asimov) / (2.0 * width)
    return _ratio(shift + width, shift), as_band(_ratio(z + width, z) for z in SIGMAS)
