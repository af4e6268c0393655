"""The likelihood of one counting region, and the test statistic of an upper limit.

``L(mu) = Poisson(n | mu s exp(k eta) + b gamma) * constraint(a | gamma) * Normal(c | eta, 1)``

with `n` observed events, `s` the signal, `b` the background, `gamma` its constrained scale and `eta` the optional
nuisance of the signal's own error. The test statistic is q-tilde of Cowan, Cranmer, Gross and Vitells,
arXiv:1007.1727, equation (16). It is the likelihood that pyhf builds from :func:`recastbook.statistics.workspace`;
a test holds the two together.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recastbook.statistics.constraints import FLOOR, Constraint, poisson_penalty

__all__ = ["Likelihood", "Outcome"]

Array = NDArray[np.float64]


class Outcome(NamedTuple):
    """What one experiment, or an array of toys, found."""

    n: Any
    """Observed events."""
    a: Any
    """Auxiliary measurement of the background."""
    c: Any = 0.0
    """Auxiliary measurement of the signal's scale, in standard deviations."""


class Likelihood:
    """One-bin likelihood for a background, its constraint and a relative error of the signal."""

    def __init__(self, background: float, constraint: Constraint, signal_relative_error: float = 0.0) -> None:
        self.b = background
        self.constraint = constraint
        self.k = float(np.log1p(signal_relative_error))

    def conditional(self, s: Any, data: Outcome) -> tuple[Array, Array]:
        """Return the best (gamma, eta) for a fixed nominal signal of `s` events."""
        if self.k == 0.0:
            return self.constraint.profile(s, data.n, data.a), np.zeros(())
        s, n, a, c = np.broadcast_arrays(*(np.asarray(v, float) for v in (s, *data)))
        # By the envelope theorem only the explicit dependence on eta enters the slope; halve a bracket round its zero.
        low = c - self.k * s * np.exp(np.minimum(self.k * c, 300.0)) - 1e-9
        high = np.maximum(c, np.log(np.maximum(n, FLOOR) / np.maximum(s, FLOOR)) / self.k) + 1e-9
        for _ in range(60):
            eta = 0.5 * (low + high)
            signal = s * np.exp(np.minimum(self.k * eta, 300.0))
            rate = signal + self.b * self.constraint.profile(signal, n, a)
            slope = self.k * signal * (1.0 - n / np.maximum(rate, FLOOR)) + (eta - c)
            low, high = np.where(slope < 0, eta, low), np.where(slope < 0, high, eta)
        eta = 0.5 * (low + high)
        return self.constraint.profile(s * np.exp(self.k * eta), n, a), eta

    def nll(self, s: Any, gamma: Any, eta: Any, data: Outcome) -> Array:
        """Return minus the log likelihood, up to a constant of the data."""
        signal = np.asarray(s, float) * np.exp(self.k * np.asarray(eta, float))
        out = poisson_penalty(signal + self.b * np.asarray(gamma, float), data.n) + self.constraint.penalty(
            gamma, data.a
        )
        return np.asarray(out + 0.5 * (np.asarray(eta, float) - data.c) ** 2 if self.k else out)

    def q_tilde(self, s: Any, data: Outcome) -> Array:
        """Return q-tilde for a signal of `s` events; zero where more than `s` events fit best."""
        gamma, eta = self.conditional(s, data)
        fixed = self.nll(s, gamma, eta, data)
        free = self.constraint.free(data.a)
        # With a free signal the count is met exactly and the nuisances sit on their auxiliary measurements ...
        found = np.asarray(data.n, float) - self.b * free
        best_free = self.constraint.penalty(free, data.a)
        # ... unless that needs a negative signal: then the best is none at all.
        gamma_0 = self.constraint.profile(0.0, data.n, data.a)
        best_zero = poisson_penalty(self.b * gamma_0, data.n) + self.constraint.penalty(gamma_0, data.a)
        best = np.where(found > 0, best_free, best_zero)
        above = found > np.asarray(s, float) * np.exp(self.k * np.asarray(data.c, float))
        return np.asarray(np.where(above, 0.0, np.maximum(2.0 * (fixed - best), 0.0)))

    def asimov(self, s: float, data: Outcome) -> Outcome:
        """Return the outcome without fluctuation for a signal of `s` events, nuisances as `data` prefer them."""
        gamma, eta = self.conditional(s, data)
        rate = s * float(np.exp(self.k * float(eta))) + self.b * float(gamma)
        return Outcome(rate, self.constraint.expected(float(gamma)), float(eta))
