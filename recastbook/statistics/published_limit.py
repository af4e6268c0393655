"""A region of which only the limit is published: N95, the number of signal events that is just excluded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from recastbook import display
from recastbook.exceptions import BadOption, StatisticsError
from recastbook.statistics.limits import check_limit_options, upper_limit
from recastbook.statistics.records import ClsResult, UpperLimit, as_band
from recastbook.units import invfb

__all__ = ["PublishedLimit", "cross_section_limit"]

_HOW = "Gaussian with the published observed and expected limits; counts of the region are not known"


@dataclass(frozen=True)
class PublishedLimit(display.Tabular):
    """Counting without counts: a Gaussian of the signal events whose CLs limits are the published ones.

    With a width sigma and a best fit x the asymptotic CLs of s events is (1 - Phi((s - x) / sigma)) / Phi(x / sigma)
    (arXiv:1007.1727). The median expected limit, 1.96 sigma, gives sigma; the observed one gives x.

    Parameters
    ----------
    n95_observed, n95_expected
        Signal events excluded at 95 % CL, observed and expected without signal.
    name
        Name of the region.

    Raises
    ------
    StatisticsError
        If a number is not positive.

    Examples
    --------
    >>> model = PublishedLimit(26.3, 17.8, name="high-ET")
    >>> round(model.cls(26.3).observed, 3), round(model.cls(17.8).expected_median, 3)
    (0.05, 0.05)
    """

    n95_observed: float
    n95_expected: float
    name: str = ""
    notes: tuple[str, ...] = (_HOW,)

    def __post_init__(self) -> None:
        for label, value in (("observed", self.n95_observed), ("expected", self.n95_expected)):
            if not (math.isfinite(value) and value > 0):
                msg = f"region {self.name!r}: the {label} N95 is {value!r}; it must be positive"
                raise StatisticsError(msg)

    @property
    def observed(self) -> None:
        """Events counted: not known."""
        return

    @property
    def background(self) -> None:
        """Expected background: not known."""
        return

    @property
    def background_error(self) -> None:
        """Its error: not known."""
        return

    @cached_property
    def _sigma(self) -> float:
        return self.n95_expected / -float(ndtri(0.025))

    @cached_property
    def _best(self) -> float:
        from scipy.optimize import brentq

        def off(x: float) -> float:
            return math.log(self._cls(self.n95_observed, x)) - math.log(0.05)

        return float(brentq(off, -30 * self._sigma, self.n95_observed))

    def _cls(self, signal: float, best: float) -> float:
        from scipy.special import log_ndtr

        return float(np.exp(log_ndtr((best - signal) / self._sigma) - log_ndtr(best / self._sigma)))

    def cls(
        self, signal: float, signal_error: float = 0.0, *, method: str = "auto", n_toys: int = 0, seed: int = 1
    ) -> ClsResult:
        """Test a signal; an error of the signal is added to the width in quadrature.

        Parameters
        ----------
        signal, signal_error
            Events and their error.
        method, n_toys, seed
            There for the common form of models; there is one method.
        """
        del n_toys, seed
        _check(method)
        if not math.isfinite(signal) or not math.isfinite(signal_error) or signal_error < 0:
            msg = f"region {self.name!r}: signal {signal!r} ± {signal_error!r} events cannot be tested"
            raise StatisticsError(msg)
        if signal <= 0:
            return ClsResult(float(signal), 1.0, (1.0,) * 5, "asymptotic", "no signal: CLs is 1")
        sigma = math.hypot(self._sigma, signal_error)
        best = self._best
        observed = float(ndtr((best - signal) / sigma) / ndtr(best / sigma))
        band = as_band(ndtr(z - signal / sigma) / ndtr(z) for z in (-2.0, -1.0, 0.0, 1.0, 2.0))
        return ClsResult(float(signal), observed, band, "asymptotic", _HOW)

    def upper_limit(
        self,
        *,
        signal_relative_error: float = 0.0,
        confidence: float = 0.95,
        method: str = "auto",
        n_toys: int = 0,
        seed: int = 1,
    ) -> UpperLimit:
        """Return the upper limit on signal events; without error and at 95 % CL the published one."""
        del n_toys, seed
        _check(method)
        check_limit_options(confidence, signal_relative_error)
        return upper_limit(
            lambda s: self.cls(s, signal_relative_error * s),
            confidence,
            self.n95_expected,
            tolerance=1e-9,
            what=self.name,
        )

    def expected_significance(self, signal: float) -> float:
        """Return the expected distance of signal and no signal in standard deviations."""
        return max(0.0, signal / self._sigma) if math.isfinite(signal) else 0.0

    def expected_before(self, signal: float) -> float:
        """Return the median expected CLs."""
        return min(1.0, 2.0 * float(ndtr(-self.expected_significance(signal))))

    def __str__(self) -> str:
        n = display.number
        return f"{self.name or 'region'}: N95 {n(self.n95_observed)} observed, {n(self.n95_expected)} expected"

    def _as_table(self) -> display.TableView:
        items = {"N95 observed": self.n95_observed, "N95 expected": self.n95_expected}
        return display.facts_table(self.name or "published limit", items, self.notes)

    def _repr_html_(self) -> display.Html:
        return display.facts_card(self._as_table())


def _check(method: str) -> None:
    if method not in ("auto", "asymptotic"):
        msg = f"a published limit has no method {method!r}; there are no counts to draw toys of"
        raise BadOption(msg)


def cross_section_limit(n95: float, luminosity_fb: float, efficiency: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the limit on cross section times branching fraction, N95 / (luminosity x efficiency), pb.

    Parameters
    ----------
    n95
        Excluded signal events.
    luminosity_fb
        Integrated luminosity, fb^-1.
    efficiency
        Efficiencies, any shape; where it is 0 or nan the limit is nan.

    Examples
    --------
    >>> float(cross_section_limit(13.9, 139.0, np.array([0.1]))[0])
    0.001
    """
    eff = np.asarray(efficiency, dtype=np.float64)
    if not (math.isfinite(n95) and n95 > 0 and math.isfinite(luminosity_fb) and luminosity_fb > 0):
        msg = f"N95 {n95!r} and luminosity {luminosity_fb!r} must be positive"
        raise BadOption(msg)
    safe = np.where(eff > 0, eff, np.nan)
    return np.asarray(n95 / (luminosity_fb * invfb * safe))
