"""Several bins fitted together: one signal strength, backgrounds that are independent of each other.

For searches whose result is a fit of a distribution. Published errors of bins are as a rule correlated, and where the
correlations are not at hand they are left out: such a fit is approximate and says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from scipy.optimize import brentq
from scipy.special import ndtr

from recastbook import display
from recastbook.exceptions import BadOption, StatisticsError
from recastbook.statistics.asymptotics import asymptotic_cls
from recastbook.statistics.constraints import FLOOR
from recastbook.statistics.counting import CountingModel
from recastbook.statistics.likelihood import Likelihood, Outcome
from recastbook.statistics.limits import check_limit_options, upper_limit
from recastbook.statistics.records import ClsResult, UpperLimit, as_band
from recastbook.statistics.verdict import Conclusion, RegionVerdict, Verdict, check_positive, decided

__all__ = ["BinSignal", "BinnedModel", "decide_fits"]

_VANISHING = 1e-9
"""Smaller values of CLs are rounding."""

APPROXIMATE = "approximate fit: backgrounds of the bins are taken as independent"


@dataclass(frozen=True, slots=True)
class BinSignal:
    """Signal expected in one bin at the cross section and luminosity in question."""

    events: float
    """Expected events."""
    error: float = 0.0
    """Monte-Carlo error, events."""
    raw: int = 0
    """Simulated events."""


class _Together:
    """The likelihood of all bins as a function of the signal strength; the interface of a single region's."""

    def __init__(self, parts: Sequence[Likelihood], signal: Sequence[float]) -> None:
        self.parts = tuple(parts)
        self.signal = tuple(signal)

    def _slope(self, mu: float, data: Sequence[Outcome]) -> float:
        # By the envelope theorem only the explicit dependence on the signal enters the slope of the profile.
        total = 0.0
        for part, s, found in zip(self.parts, self.signal, data, strict=True):
            if s > 0.0:
                gamma, _ = part.conditional(mu * s, found)
                total += s * (1.0 - float(found.n) / max(mu * s + part.b * float(gamma), FLOOR))
        return total

    def _nll(self, mu: float, data: Sequence[Outcome]) -> float:
        total = 0.0
        for part, s, found in zip(self.parts, self.signal, data, strict=True):
            gamma, eta = part.conditional(mu * s, found)
            total += float(part.nll(mu * s, gamma, eta, found))
        return total

    def q_tilde(self, mu: float, data: Any) -> float:
        """Return q-tilde (arXiv:1007.1727, equation 16); the profile is convex, so its slope has one zero."""
        if self._slope(mu, data) <= 0.0:
            return 0.0
        best = 0.0
        if self._slope(0.0, data) < 0.0:
            best = float(brentq(self._slope, 0.0, mu, args=(data,), xtol=1e-12 * mu, rtol=1e-10))
        return max(2.0 * (self._nll(mu, data) - self._nll(best, data)), 0.0)


@dataclass(frozen=True)
class BinnedModel(display.Tabular):
    """Bins that are fitted together with one signal strength; CLs by the asymptotic formulae.

    The backgrounds are independent, each constrained as its :class:`CountingModel` says. The signal is known up to its
    strength. For bins with few events the formulae are too strong, as for a single region.

    Parameters
    ----------
    bins
        One counting model per bin.
    name
        Name of the fit, for messages.
    notes
        What a reader must know.

    Raises
    ------
    BadOption
        If there are no bins.

    Examples
    --------
    >>> model = BinnedModel((CountingModel(40, 38.0, 3.0), CountingModel(4, 4.2, 1.0)), name="toy")
    >>> model.cls([5.0, 8.0]).observed < model.cls([10.0, 3.0]).observed
    True
    """

    bins: tuple[CountingModel, ...]
    name: str = ""
    notes: tuple[str, ...] = field(default=(APPROXIMATE,))

    def __post_init__(self) -> None:
        if not self.bins:
            msg = f"the fit {self.name!r} has no bins"
            raise BadOption(msg)

    def __len__(self) -> int:
        return len(self.bins)

    @property
    def observed(self) -> int:
        """Events counted in all bins."""
        return sum(b.observed for b in self.bins)

    @property
    def background(self) -> float:
        """Expected background in all bins."""
        return math.fsum(b.background for b in self.bins)

    @property
    def background_error(self) -> float:
        """Its error, events, were the bins independent."""
        return math.sqrt(math.fsum(b.background_error**2 for b in self.bins))

    @cached_property
    def _parts(self) -> tuple[Likelihood, ...]:
        return tuple(b._likelihood(0.0) for b in self.bins)

    @cached_property
    def _data(self) -> tuple[Outcome, ...]:
        return tuple(b._data for b in self.bins)

    @cached_property
    def _asimov(self) -> tuple[Outcome, ...]:
        # without signal every bin is on its own
        return tuple(part.asimov(0.0, found) for part, found in zip(self._parts, self._data, strict=True))

    def _checked(self, signal: Sequence[float]) -> tuple[float, ...]:
        if len(signal) != len(self.bins):
            msg = f"the fit {self.name!r} has {len(self.bins)} bins, the signal {len(signal)}"
            raise StatisticsError(msg)
        for bin_, s in zip(self.bins, signal, strict=True):
            if not math.isfinite(s):
                msg = f"the fit {self.name!r}: the signal in bin {bin_.name!r} is {s!r}; it must be finite"
                raise StatisticsError(msg)
        return tuple(max(float(s), 0.0) for s in signal)

    def cls(self, signal: Sequence[float], mu: float = 1.0) -> ClsResult:
        """Test a signal.

        Parameters
        ----------
        signal
            Expected signal of each bin at signal strength 1, events. A negative one counts as none.
        mu
            Signal strength tested.

        Returns
        -------
        ClsResult
            CLs observed and expected with band; ``signal`` is the sum over the bins.

        Raises
        ------
        StatisticsError
            If there is not one finite number for each bin, or the signal strength is negative or not finite.
        """
        shape = self._checked(signal)
        if not (math.isfinite(mu) and mu >= 0):
            msg = f"the fit {self.name!r}: a signal strength of {mu!r} cannot be tested"
            raise StatisticsError(msg)
        total = mu * math.fsum(shape)
        notes = [*self.notes]
        if total <= 0:
            return ClsResult(total, 1.0, (1.0,) * 5, "asymptotic", "; ".join([*notes, "no signal: CLs is 1"]))
        observed, expected = asymptotic_cls(_Together(self._parts, shape), mu, self._data, self._asimov)  # type: ignore[arg-type]
        return ClsResult(total, observed, expected, "asymptotic", "; ".join(notes))

    def expected_significance(self, signal: Sequence[float]) -> float:
        """Return the expected distance of signal and no signal in standard deviations, from nominal backgrounds."""
        shape = self._checked(signal)
        if math.fsum(shape) <= 0:
            return 0.0
        nominal = [
            Outcome(b.background, part.constraint.nominal, 0.0) for b, part in zip(self.bins, self._parts, strict=True)
        ]
        return math.sqrt(_Together(self._parts, shape).q_tilde(1.0, nominal))

    def expected_before(self, signal: Sequence[float]) -> float:
        """Return the median expected CLs from the nominal backgrounds alone."""
        return min(1.0, 2.0 * float(ndtr(-self.expected_significance(signal))))

    def upper_limit(self, signal: Sequence[float], *, confidence: float = 0.95) -> UpperLimit:
        """Return the upper limit on the signal events in all bins together, for the shape of a signal.

        Divided by the sum of the signal it is the limit on the signal strength.

        Parameters
        ----------
        signal
            Expected signal of each bin, events; only the shape matters.
        confidence
            Confidence level in (0, 1).

        Raises
        ------
        StatisticsError
            If the signal has no events in any bin, or no limit exists.
        """
        check_limit_options(confidence)
        shape = self._checked(signal)
        total = math.fsum(shape)
        if total <= 0:
            msg = f"the fit {self.name!r}: a signal without events in any bin has no shape to put a limit on"
            raise StatisticsError(msg)
        unit = [s / total for s in shape]
        start = 3.0 + 2.0 * math.sqrt(
            math.fsum(u * (b.observed + b.background_error**2) for u, b in zip(unit, self.bins, strict=True))
        )
        return upper_limit(
            lambda events: self.cls(unit, events), confidence, start, tolerance=1e-6, what=f"the fit {self.name!r}"
        )

    def __str__(self) -> str:
        b = display.plus_minus(self.background, self.background_error)
        return f"{self.name or 'fit'}: {len(self)} bins, observed {self.observed}, background {b}"

    def _as_table(self) -> display.TableView:
        rows = [[b.name, b.observed, display.plus_minus(b.background, b.background_error)] for b in self.bins]
        return display.TableView(("bin", "observed", "background"), rows, self.name, self.notes)

    def _repr_html_(self) -> str:
        shown = self._as_table()
        table = display.joined(display.html_table(shown.headers, shown.rows), display.copies(shown))
        facts: dict[str, object] = {"bins": len(self), "observed": self.observed}
        return display.card(self.name or "fit", facts, body=[display.fold("bins", table)], notes=self.notes)


def decide_fits(
    models: Mapping[str, BinnedModel],
    signals: Mapping[str, Sequence[BinSignal]],
    *,
    cross_section_pb: float | None = None,
    cross_section_error_pb: float | None = None,
    luminosity_fb: float | None = None,
    absent: Mapping[str, str] | None = None,
    label: str = "",
    confidence: float = 0.95,
    min_raw: int = 10,
    notes: Sequence[str] = (),
) -> Verdict:
    """Decide whether a signal is excluded by a fit of bins.

    Of several fits the one with the best CLs expected from the nominal backgrounds decides; where that cannot tell, as
    no cross section is known or all CLs vanish, the one with the best expected limit. Fits are never combined.

    Parameters
    ----------
    models
        Fits by name.
    signals
        Expected signal by fit, one entry a bin. Without `cross_section_pb` these are the events of 1 pb.
    cross_section_pb
        Cross section the signal was computed with, pb. Without it limits are given and no conclusion is drawn.
    cross_section_error_pb
        Its theory error; a note says whether the conclusion survives it.
    luminosity_fb
        Integrated luminosity, fb^-1, for the limit on the visible cross section.
    absent
        Fits that could not be made, with the reason.
    label
        Name of the signal, for the sentence.
    confidence
        Confidence level.
    min_raw
        Simulated events in all bins together that the deciding fit needs for a conclusion.
    notes
        Further remarks, kept with the verdict.

    Raises
    ------
    BadOption
        If the cross section or the luminosity is not positive.
    StatisticsError
        If a signal does not have one finite number for each bin.
    """
    check_positive(cross_section_pb=cross_section_pb, luminosity_fb=luminosity_fb)
    missing = dict(absent or {})
    rows = [_row(n, m, signals.get(n), missing.get(n, ""), confidence) for n, m in models.items()]
    able = [row for row in rows if row.status == "ok"]
    best = min(able, key=lambda r: _expected(r, known=cross_section_pb is not None), default=None)
    remarks = [*notes, *dict.fromkeys(note for model in models.values() for note in model.notes)]
    remarks += [f"absent: the fit {name} ({why})" for name, why in missing.items()]
    if best is None:
        why = "no fit could be made" if missing else "the signal has no events in any bin"
        sentence = f"{label or 'The signal'} is inconclusive: {why}."
        return Verdict(
            "inconclusive", sentence, cross_section_pb=cross_section_pb, confidence=confidence, label=label,
            per_region=tuple(rows), notes=tuple(remarks), decided_by="fit",
        )  # fmt: skip
    model, shape = models[best.region], [s.events for s in signals[best.region]]
    conclusion, reason = _conclude(model, shape, best, confidence, min_raw)
    if cross_section_pb is None:
        conclusion, reason = "inconclusive", "the cross section is not known, so there is only a limit on it"
    elif cross_section_error_pb and conclusion != "inconclusive":
        factor = 1.0 + (-1.0 if conclusion == "excluded" else 1.0) * cross_section_error_pb / cross_section_pb
        holds = (model.cls(shape, max(factor, 0.0)).observed < 1 - confidence) == (conclusion == "excluded")
        side = "lower" if conclusion == "excluded" else "higher"
        remarks.append(f"with a cross section one theory error {side} the conclusion {'holds' if holds else 'changes'}")
    if luminosity_fb is not None and best.limit is not None:
        visible = display.number(best.limit.observed / luminosity_fb)
        remarks.append(f"visible cross section in the bins of the fit {best.region}: below {visible} fb")
    verdict = decided(
        best, rows, conclusion, cross_section_pb=cross_section_pb, confidence=confidence, label=label, notes=remarks,
        decided_by="fit",
    )  # fmt: skip
    return replace(verdict, sentence=_sentence(verdict, model, len(able), reason))


def _expected(row: RegionVerdict, *, known: bool) -> tuple[float, float, str]:
    """Return what fits are ordered by, the best first: CLs says nothing of a signal of unknown size."""
    cls = row.expected_before or 0.0
    limit = math.inf if row.mu95_expected is None else row.mu95_expected[2]
    return (cls if known and cls > _VANISHING else 0.0, limit, row.region)


def _row(
    name: str, model: BinnedModel, signal: Sequence[BinSignal] | None, absent: str, confidence: float
) -> RegionVerdict:
    row = RegionVerdict(name, "ok", "", model.observed, model.background, model.background_error)
    if absent or signal is None:
        return replace(row, status="absent", reason=absent or "no signal was computed for it")
    events = [s.events for s in signal]
    total = math.fsum(model._checked(events))
    error = math.sqrt(math.fsum(s.error**2 for s in signal))
    row = replace(row, signal=total, signal_error=error, raw=sum(s.raw for s in signal))
    if total <= 0:
        return replace(row, status="no signal", reason="no events in any bin")
    result = model.cls(events)
    limit = model.upper_limit(events, confidence=confidence)
    return replace(
        row,
        expected_before=model.expected_before(events),
        cls_observed=result.observed,
        cls_expected=result.expected,
        limit=limit,
        mu95=limit.observed / total,
        mu95_expected=as_band(v / total for v in limit.expected),
        method="asymptotic",
    )


def _conclude(
    model: BinnedModel, shape: Sequence[float], row: RegionVerdict, confidence: float, min_raw: int
) -> tuple[Conclusion, str]:
    level = 1.0 - confidence
    excluded = (row.cls_observed or 0.0) < level
    if row.signal and row.signal_error:
        # all bins up or down together, which is more than independent errors can do to the limit
        sides = (1.0 - row.signal_error / row.signal, 1.0 + row.signal_error / row.signal)
        if any((model.cls(shape, max(mu, 0.0)).observed < level) != excluded for mu in sides):
            size = display.plus_minus(row.signal, row.signal_error)
            return "inconclusive", f"the conclusion changes within the Monte-Carlo error of the signal, {size} events"
    if row.raw is not None and row.raw < min_raw:
        return "inconclusive", f"only {row.raw} simulated events are in the bins of the fit, {min_raw} are needed"
    return ("excluded" if excluded else "allowed"), ""


def _sentence(verdict: Verdict, model: BinnedModel, n_fits: int, reason: str) -> str:
    name = verdict.label or "The signal"
    level = f"{100 * verdict.confidence:g} % CL"
    chosen = f", the best expected of {n_fits} fits" if n_fits > 1 else ""
    which = f"the fit of {len(model)} bins of {verdict.region}{chosen}"
    if verdict.conclusion == "inconclusive":
        return f"{name} is inconclusive at {level}: {reason}. {which[0].upper()}{which[1:]}: {verdict.facts}."
    return f"{name} is {verdict.conclusion} at {level} by {which}: {verdict.facts}."
