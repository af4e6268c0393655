"""How well the background is known: three constraint terms with closed or quickly converging profiles.

The background is ``b * gamma``; `gamma` is constrained by an auxiliary measurement `a`. All functions take
arrays that broadcast, since toys profile tens of thousands of outcomes at once. Penalties are minus log
likelihoods with their smallest value at zero. Names as in pyhf's modifiers:

========== ========= ==========================================================
poisson    shapesys  ``a ~ Poisson(tau gamma)`` with ``tau = (b / sigma)^2``
lognormal  normsys   ``gamma = (1 + sigma / b)^t`` with ``a ~ Normal(t, 1)``
gaussian   staterror ``a ~ Normal(gamma, sigma / b)``, ``gamma >= 0``
========== ========= ==========================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, pdtr

from recastbook.exceptions import BadOption, did_you_mean

__all__ = ["CONSTRAINTS", "FLOOR", "Constraint", "constraint", "poisson_penalty", "poisson_quantile"]

Array = NDArray[np.float64]
FLOOR = 1e-100
"""Smallest mean inside a logarithm."""
CONSTRAINTS = ("poisson", "lognormal", "gaussian")
"""Names of the constraint terms."""
NEGLIGIBLE = 1e-6
"""Relative background errors below this are no constraint but a constant: nothing measurable depends on them."""


class Constraint(Protocol):
    """What the likelihood asks of a constraint term; `s`, `n`, `a`, `gamma` broadcast."""

    nominal: float
    """Auxiliary measurement of the real data."""
    counts: bool
    """True if auxiliary measurements are whole numbers, so that toys repeat each other."""

    def profile(self, s: Any, n: Any, a: Any) -> Array:
        """Return the gamma that fits best for a fixed signal of `s` events and `n` observed."""

    def free(self, a: Any) -> Array:
        """Return the gamma that the auxiliary measurement alone prefers."""

    def penalty(self, gamma: Any, a: Any) -> Array:
        """Return minus the log likelihood of the auxiliary measurement, zero at its best."""

    def expected(self, gamma: float) -> float:
        """Return the auxiliary measurement expected for a gamma (the Asimov value)."""

    def sample(self, gamma: float, uniform: Array) -> Array:
        """Return auxiliary measurements drawn for a gamma from uniform numbers."""


def poisson_quantile(uniform: Array, mean: float) -> Array:
    """Return Poisson counts for uniform numbers in (0, 1), by the inverse of the distribution.

    The same uniform numbers at two means give counts that move together, so that a p-value from toys is a
    smooth function of the signal. Above a mean of a million the normal approximation is used.
    """
    if mean <= 0:
        return np.zeros_like(uniform)
    if mean > 1e6:
        return np.asarray(np.maximum(np.rint(mean + np.sqrt(mean) * ndtri(uniform)), 0.0))
    width = 9.0 * np.sqrt(mean) + 30.0
    low = max(0, int(mean - width))
    cumulative = pdtr(np.arange(low, int(mean + width)), mean)
    return (low + np.searchsorted(cumulative, uniform, side="left")).astype(np.float64)


def poisson_penalty(mean: Any, count: Any) -> Array:
    """Return minus the log of the Poisson probability of a count, relative to its largest: zero at ``mean = count``.

    Written so that large counts near their mean do not cancel. A mean of zero fits only a count of zero; the floor
    keeps the logarithm finite and the penalty large.
    """
    mean, count = np.broadcast_arrays(np.asarray(mean, float), np.asarray(count, float))
    some = np.where(count > 0, count, 1.0)
    x = (mean - some) / some
    near = np.where(x > -0.5, x, 0.0)
    far = np.log(np.maximum(mean, FLOOR)) - np.log(some)
    return np.asarray(np.where(count > 0, count * np.where(x > -0.5, near - np.log1p(near), x - far), mean))


class Fixed:
    """A background without uncertainty."""

    nominal = 0.0
    counts = True

    def profile(self, s: Any, n: Any, a: Any) -> Array:
        return np.ones(np.broadcast_shapes(np.shape(s), np.shape(n), np.shape(a)))

    def free(self, a: Any) -> Array:
        return np.ones(np.shape(a))

    def penalty(self, gamma: Any, a: Any) -> Array:
        return np.zeros(np.broadcast_shapes(np.shape(gamma), np.shape(a)))

    def expected(self, gamma: float) -> float:  # noqa: ARG002 - nothing is measured
        return 0.0

    def sample(self, gamma: float, uniform: Array) -> Array:  # noqa: ARG002 - nothing is measured
        return np.zeros_like(uniform)


class Poisson:
    """A background measured by an auxiliary count, as in a control region."""

    counts = True

    def __init__(self, background: float, relative_error: float) -> None:
        self.b = background
        self.tau = 1.0 / relative_error**2
        self.nominal = self.tau

    def profile(self, s: Any, n: Any, a: Any) -> Array:
        # stationary point of  s + b g - n log(s + b g) + tau g - a log(g), a quadratic equation in g
        b, tau = self.b, self.tau
        s, n, a = np.asarray(s, float), np.asarray(n, float), np.asarray(a, float)
        two_a = 2.0 * (b + tau) * b
        p = (b + tau) * s - (n + a) * b
        root = np.sqrt(p * p + 2.0 * two_a * a * s)
        # of the two forms of the positive root the one that does not subtract equal numbers
        positive = np.where(p > 0, p, 0.0) + root
        safe = np.where(positive > 0, positive, 1.0)
        return np.asarray(np.where(p <= 0, (root - p) / two_a, 2.0 * a * s / safe))

    def free(self, a: Any) -> Array:
        return np.asarray(a, float) / self.tau

    def penalty(self, gamma: Any, a: Any) -> Array:
        return poisson_penalty(self.tau * np.asarray(gamma, float), a)

    def expected(self, gamma: float) -> float:
        return self.tau * gamma

    def sample(self, gamma: float, uniform: Array) -> Array:
        return poisson_quantile(uniform, self.tau * gamma)


class Lognormal:
    """A background with a multiplicative uncertainty."""

    counts = False

    def __init__(self, background: float, relative_error: float) -> None:
        self.b = background
        self.k = float(np.log1p(relative_error))
        self.nominal = 0.0

    def profile(self, s: Any, n: Any, a: Any) -> Array:
        s, n, a = np.broadcast_arrays(np.asarray(s, float), np.asarray(n, float), np.asarray(a, float))
        # The slope in t of the profile crosses zero inside a bracket that always holds: below the auxiliary
        # measurement by no more than the background there pulls, above it only until the background makes up the count.
        low = a - self.k * self.b * np.exp(np.minimum(self.k * a, 300.0)) - 1e-9
        high = np.maximum(a, np.log(np.maximum(n, FLOOR) / self.b) / self.k) + 1e-9
        t = np.clip(a, low, high)
        for _ in range(100):
            e = self.b * np.exp(np.minimum(self.k * t, 300.0))
            rate = np.maximum(s + e, FLOOR)
            slope = self.k * e * (1.0 - n / rate) + (t - a)
            curve = self.k**2 * e * (1.0 - n * s / rate**2) + 1.0
            low, high = np.where(slope < 0, t, low), np.where(slope < 0, high, t)
            step = t - slope / np.where(curve > 0.1, curve, 0.1)
            new = np.where((step > low) & (step < high), step, 0.5 * (low + high))
            moved = np.abs(new - t).max(initial=0.0)
            t = new
            if moved < 1e-12:
                break
        return np.asarray(np.exp(np.minimum(self.k * t, 300.0)))

    def free(self, a: Any) -> Array:
        return np.asarray(np.exp(self.k * np.asarray(a, float)))

    def penalty(self, gamma: Any, a: Any) -> Array:
        t = np.log(np.maximum(np.asarray(gamma, float), 1e-300)) / self.k
        return np.asarray(0.5 * (t - a) ** 2)

    def expected(self, gamma: float) -> float:
        return float(np.log(max(gamma, 1e-300)) / self.k)

    def sample(self, gamma: float, uniform: Array) -> Array:
        return np.asarray(self.expected(gamma) + ndtri(uniform))


class Gaussian:
    """A background with an additive uncertainty, cut off where it would be negative."""

    counts = False

    def __init__(self, background: float, relative_error: float) -> None:
        self.b = background
        self.d = relative_error
        self.nominal = 1.0

    def profile(self, s: Any, n: Any, a: Any) -> Array:
        s, n, a = np.asarray(s, float), np.asarray(n, float), np.asarray(a, float)
        b, d2 = self.b, self.d**2
        p = s - a * b + b * b * d2
        q = -a * s + b * d2 * (s - n)
        root = np.sqrt(np.maximum(p * p - 4.0 * b * q, 0.0))
        # no real or only a negative root: the likelihood falls from gamma = 0 on
        return np.asarray(np.maximum((root - p) / (2.0 * b), 0.0))

    def free(self, a: Any) -> Array:
        return np.asarray(np.maximum(np.asarray(a, float), 0.0))

    def penalty(self, gamma: Any, a: Any) -> Array:
        return np.asarray(0.5 * ((np.asarray(gamma, float) - a) / self.d) ** 2)

    def expected(self, gamma: float) -> float:
        return gamma

    def sample(self, gamma: float, uniform: Array) -> Array:
        return np.asarray(gamma + self.d * ndtri(uniform))


def constraint(name: str, background: float, error: float) -> Constraint:
    """Return the constraint term of that name for a background and its error, both in events.

    Raises
    ------
    BadOption
        If there is no such constraint.
    """
    kinds: dict[str, Callable[[float, float], Constraint]] = {
        "poisson": Poisson,
        "lognormal": Lognormal,
        "gaussian": Gaussian,
    }
    if name not in kinds:
        msg = f"unknown background constraint {name!r}.{did_you_mean(name, kinds)}"
        raise BadOption(msg)
    if background <= 0 or error <= NEGLIGIBLE * background:
        return Fixed()
    return kinds[name](background, error / background)
