"""CLs from pseudo-experiments: the counts and both auxiliary measurements are thrown, every toy is profiled.

Nuisance parameters are set to what fits the data best under each hypothesis, as pyhf's toy calculator does.
One bin needs no minimiser, so all toys of a hypothesis are profiled in one go, equal ones only once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from recastbook.statistics.constraints import poisson_quantile
from recastbook.statistics.likelihood import Likelihood, Outcome
from recastbook.statistics.records import Band, as_band

__all__ = ["ToyCls", "Toys"]

Array = NDArray[np.float64]
TIE = 1e-9
"""Two outcomes whose test statistics differ by less count as equal: the same counts, apart from rounding."""


class ToyCls(NamedTuple):
    """Observed CLs with its statistical error, the expected band, and CLb."""

    observed: float
    error: float
    expected: Band
    clb: float


class _Sample(NamedTuple):
    """Test statistics in ascending order and the share of toys at or above each."""

    q: Array
    tail: Array

    def at(self, q: Array) -> Array:
        """Return the share of toys with a test statistic of at least `q`."""
        return self.tail[np.searchsorted(self.q, q - TIE, side="left")]


@lru_cache(maxsize=4)
def _draws(n: int, seed: int, hypothesis: int) -> Array:
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, hypothesis))))
    # open interval: a quantile at 0 or 1 would be infinite
    return np.asarray(generator.random((3, n)) * (1.0 - 2e-16) + 1e-16)


@dataclass(frozen=True)
class Toys:
    """Seeded uniform numbers that make the same toys at every signal, so that limits can be searched for."""

    n: int
    """Toys for each of the two hypotheses."""
    seed: int
    """Seed; the same seed gives the same numbers on every machine."""

    def throw(self, likelihood: Likelihood, s: float, data: Outcome) -> tuple[Outcome, Array]:
        """Return distinct outcomes thrown with a signal of `s`, and how many toys found each."""
        gamma, eta = (float(v) for v in likelihood.conditional(s, data))
        rate = s * float(np.exp(likelihood.k * eta)) + likelihood.b * gamma
        u = _draws(self.n, self.seed, int(s > 0))
        n, a = poisson_quantile(u[0], rate), likelihood.constraint.sample(gamma, u[1])
        if likelihood.k:
            return Outcome(n, a, eta + ndtri(u[2])), np.ones(self.n)
        width = float(n.max()) + 1.0
        if likelihood.constraint.counts and float(a.max()) * width < 2.0**52:
            # both are whole numbers: a few hundred different outcomes, each profiled once
            codes, times = np.unique(a * width + n, return_counts=True)
            return Outcome(codes % width, codes // width), times.astype(np.float64)
        return Outcome(n, a), np.ones(self.n)

    def sample(self, likelihood: Likelihood, s: float, data: Outcome, *, with_signal: bool) -> _Sample:
        """Return q-tilde at a signal of `s` for toys thrown with that signal or with none."""
        thrown, times = self.throw(likelihood, s if with_signal else 0.0, data)
        q = likelihood.q_tilde(s, thrown)
        order = np.argsort(q)
        tail = np.cumsum(times[order][::-1])[::-1] / self.n
        return _Sample(q[order], np.append(tail, 0.0))

    def cls(self, likelihood: Likelihood, s: float, data: Outcome) -> ToyCls:
        """Return CLs of a signal of `s` events."""
        q = np.atleast_1d(likelihood.q_tilde(s, data))
        with_signal = self.sample(likelihood, s, data, with_signal=True)
        without = self.sample(likelihood, s, data, with_signal=False)
        clsb, clb = float(with_signal.at(q)[0]), float(without.at(q)[0])
        band = np.minimum(with_signal.at(without.q) / without.at(without.q), 1.0)
        shares = -np.diff(without.tail)
        quantiles = as_band(_weighted_quantiles(band, shares))
        if clb == 0.0:
            return ToyCls(float("nan"), float("nan"), quantiles, 0.0)
        observed = clsb / clb
        # binomial errors of both tails; never zero, one toy is the resolution
        relative = np.sqrt((1 - clsb) / max(clsb * self.n, 1.0) + (1 - clb) / (clb * self.n))
        return ToyCls(min(observed, 1.0), float(max(observed * relative, 1.0 / (clb * self.n))), quantiles, clb)


def _weighted_quantiles(values: Array, shares: Array) -> Array:
    order = np.argsort(values)
    reached = np.cumsum(shares[order])
    places = np.searchsorted(reached, ndtr(np.array([-2.0, -1.0, 0.0, 1.0, 2.0])) * reached[-1])
    return np.asarray(values[order][np.minimum(places, len(values) - 1)])
