"""One signal region as a counting experiment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from scipy.special import ndtr

from recastbook import display
from recastbook.exceptions import BadOption, StatisticsError, did_you_mean
from recastbook.statistics.asymptotics import asymptotic_cls
from recastbook.statistics.constraints import CONSTRAINTS, constraint
from recastbook.statistics.likelihood import Likelihood, Outcome
from recastbook.statistics.limits import check_limit_options, upper_limit
from recastbook.statistics.records import Band, ClsResult, UpperLimit
from recastbook.statistics.toys import Toys

__all__ = ["CountingModel", "Method"]

Method = Literal["auto", "asymptotic", "toys"]
_METHODS = ("auto", "asymptotic", "toys")
HUGE = 1e12
"""Signals above this many events are tested as this many: CLs is zero either way, and squares stay finite."""
NOTHING_OBSERVED = "nothing was observed: toys, since the asymptotic formula is 20 to 30 % too strong there"


@dataclass(frozen=True)
class CountingModel(display.Tabular):
    """Observed events, expected background and its uncertainty in one region.

    The default constraint is ``"poisson"`` (pyhf's shapesys: the background as if measured by an auxiliary count).
    Of the three it comes nearest to the limits that ATLAS-SUSY-2018-30 prints: the observed S95 of its 17 regions
    with observed events are met within 0.92 to 1.06, against 0.91 to 1.02 with "lognormal" and 0.92 to 1.14 with
    "gaussian" (``tests/validation/s95.py``).

    Parameters
    ----------
    observed
        Events counted.
    background
        Expected background, events.
    background_error
        Its total uncertainty, events.
    name
        Name of the region, for messages.
    constraint
        ``"poisson"``, ``"lognormal"`` or ``"gaussian"``.

    Raises
    ------
    StatisticsError
        If a number is negative, not finite, or the observed count is not whole.

    Examples
    --------
    >>> model = CountingModel(3, 0.81, 0.32, name="SR-Gtt-0L-B")
    >>> round(model.upper_limit().observed, 1)
    6.2
    >>> CountingModel(0, 0.56, 0.27).upper_limit().method
    'toys'
    """

    observed: int
    background: float
    background_error: float
    name: str = ""
    constraint: str = "poisson"

    def __post_init__(self) -> None:
        where = f"region {self.name!r}" if self.name else "counting model"
        for label, value in (
            ("observed", self.observed),
            ("background", self.background),
            ("background_error", self.background_error),
        ):
            if not math.isfinite(value) or value < 0:
                msg = f"{where}: {label} is {value!r}; a number of events must be finite and not negative"
                raise StatisticsError(msg)
        if self.observed != int(self.observed):
            msg = f"{where}: observed is {self.observed!r}; a count is a whole number"
            raise StatisticsError(msg)
        if self.constraint not in CONSTRAINTS:
            msg = f"{where}: unknown background constraint.{did_you_mean(self.constraint, CONSTRAINTS)}"
            raise BadOption(msg)
        object.__setattr__(self, "observed", int(self.observed))

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done about numbers that the model cannot take as they are."""
        if self.background == 0 and self.background_error > 0:
            return ("a background of zero with an uncertainty is taken as exactly zero, which weakens the limit",)
        return ()

    @cached_property
    def _data(self) -> Outcome:
        return Outcome(float(self.observed), self._likelihood(0.0).constraint.nominal, 0.0)

    def _likelihood(self, signal_relative_error: float) -> Likelihood:
        term = constraint(self.constraint, self.background, self.background_error)
        return Likelihood(self.background, term, signal_relative_error)

    def _method(self, method: str) -> tuple[str, str]:
        if method not in _METHODS:
            msg = f"unknown method {method!r}.{did_you_mean(method, _METHODS)}"
            raise BadOption(msg)
        if method == "auto":
            return ("toys", NOTHING_OBSERVED) if self.observed == 0 else ("asymptotic", "")
        return method, ""

    def cls(
        self,
        signal: float,
        signal_error: float = 0.0,
        *,
        method: Method = "auto",
        n_toys: int = 50_000,
        seed: int = 1,
    ) -> ClsResult:
        """Test a signal.

        Parameters
        ----------
        signal
            Expected signal, events.
        signal_error
            Error of the signal, events; above zero it becomes a log-normal nuisance parameter. With toys its auxiliary
            measurement fluctuates too, which breaks up the discrete counts: CLs may come out slightly lower.
        method
            ``"asymptotic"``, ``"toys"``, or ``"auto"``: toys where nothing was observed.
        n_toys
            Toys for each hypothesis.
        seed
            Seed of the toys.

        Returns
        -------
        ClsResult
            CLs observed and expected with band. A signal of zero or less has CLs 1, and the note says so.

        Raises
        ------
        StatisticsError
            If the signal or its error is not finite, or the error is negative.
        BadOption
            If the method is unknown or there are fewer than 100 toys.
        """
        if not math.isfinite(signal) or not math.isfinite(signal_error) or signal_error < 0:
            msg = (
                f"region {self.name!r}: signal {signal!r} ± {signal_error!r} events cannot be tested; "
                "both must be finite, the error not negative"
            )
            raise StatisticsError(msg)
        chosen, why = self._method(method)
        notes = [*self.notes]
        if signal <= 0:
            what = "no signal" if signal == 0 else f"a negative signal ({signal:g} events) counts as none"
            return ClsResult(float(signal), 1.0, (1.0,) * 5, chosen, "; ".join([*notes, f"{what}: CLs is 1"]))
        likelihood = self._likelihood(signal_error / signal)
        tested = min(signal, HUGE)
        if chosen == "toys":
            toys = Toys(_checked_toys(n_toys), seed).cls(likelihood, tested, self._data)
            if not math.isnan(toys.observed):
                text = "; ".join(n for n in (*notes, why) if n)
                return ClsResult(float(signal), toys.observed, toys.expected, "toys", text, toys.error)
            why = f"none of {n_toys} toys without signal has as few events: asymptotic formula instead"
        observed, expected = self._asymptotic(likelihood, tested)
        text = "; ".join(n for n in (*notes, why) if n)
        return ClsResult(float(signal), observed, expected, "asymptotic", text)

    def _asymptotic(self, likelihood: Likelihood, signal: float) -> tuple[float, Band]:
        return asymptotic_cls(likelihood, signal, self._data, likelihood.asimov(0.0, self._data))

    def expected_significance(self, signal: float) -> float:
        """Return the expected distance of signal and no signal in standard deviations, ``sqrt(q_A)``.

        From the nominal background alone, without a look at the observed count: this is what regions are chosen by.
        """
        if signal <= 0 or not math.isfinite(signal):
            return 0.0
        likelihood = self._likelihood(0.0)
        nominal = Outcome(self.background, likelihood.constraint.nominal, 0.0)
        return math.sqrt(float(likelihood.q_tilde(min(signal, HUGE), nominal)))

    def expected_before(self, signal: float) -> float:
        """Return the median expected CLs from the nominal background alone, asymptotically.

        The band of :meth:`cls` lets the observed count pull the background, as experiments do when they publish an
        expected limit; this one does not.
        """
        return min(1.0, 2.0 * float(ndtr(-self.expected_significance(signal))))

    def upper_limit(
        self,
        *,
        signal_relative_error: float = 0.0,
        confidence: float = 0.95,
        method: Method = "auto",
        n_toys: int = 50_000,
        seed: int = 1,
    ) -> UpperLimit:
        """Return the upper limit on signal events, observed and expected with band.

        Parameters
        ----------
        signal_relative_error
            Relative error of the signal, as a log-normal nuisance parameter.
        confidence
            Confidence level in (0, 1).
        method
            ``"asymptotic"``, ``"toys"``, or ``"auto"``: toys where nothing was observed.
        n_toys
            Toys for each hypothesis and each tested signal.
        seed
            Seed of the toys.

        Raises
        ------
        StatisticsError
            If no limit exists between 2^-60 and 2^60 times the natural scale.
        BadOption
            If an option has no meaning.
        """
        check_limit_options(confidence, signal_relative_error)
        chosen, _ = self._method(method)
        return _limit(self, signal_relative_error, confidence, method, _checked_toys(n_toys), seed, chosen)

    def __str__(self) -> str:
        b = display.plus_minus(self.background, self.background_error)
        return f"{self.name or 'region'}: observed {self.observed}, background {b} ({self.constraint} constraint)"

    def _as_table(self) -> display.TableView:
        b = display.plus_minus(self.background, self.background_error)
        items: dict[str, object] = {"observed": self.observed, "background": b, "constraint": self.constraint}
        return display.facts_table(self.name or "counting model", items, self.notes)

    def _repr_html_(self) -> str:
        return display.facts_card(self._as_table())


def _checked_toys(n_toys: int) -> int:
    if n_toys < 100:
        msg = f"n_toys={n_toys}: fewer than 100 toys cannot resolve a p-value of 0.05"
        raise BadOption(msg)
    return int(n_toys)


@lru_cache(maxsize=512)
def _limit(
    model: CountingModel, relative: float, confidence: float, method: Method, n_toys: int, seed: int, chosen: str
) -> UpperLimit:
    # A limit depends on the model only, not on the signal tested: searched once, kept.
    def test(s: float) -> ClsResult:
        return model.cls(s, relative * s, method=method, n_toys=n_toys, seed=seed)

    scale = 3.0 + 2.0 * math.sqrt(model.observed + model.background_error**2)
    scale += max(0.0, model.observed - model.background)
    what = f"region {model.name!r}" if model.name else "this region"
    tolerance = 1e-3 if chosen == "toys" else 1e-6
    return upper_limit(test, confidence, scale, tolerance=tolerance, what=what)
