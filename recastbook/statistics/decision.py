"""From counts and signal yields to a verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from recastbook import display
from recastbook.exceptions import BadOption, StatisticsError
from recastbook.statistics.counting import HUGE, CountingModel, Method
from recastbook.statistics.records import ClsResult, as_band
from recastbook.statistics.verdict import Conclusion, RegionVerdict, Verdict, check_positive, decided

__all__ = ["SignalYield", "decide"]

NONE_SELECTED = 1.841
"""Events that a selection of none is compatible with at one standard deviation (Garwood's interval)."""


@dataclass(frozen=True, slots=True)
class SignalYield:
    """Signal expected in one region.

    Examples
    --------
    >>> SignalYield(12.3, 0.4, raw=950).events
    12.3
    """

    events: float
    """Expected events at the cross section and luminosity in question."""
    error: float = 0.0
    """Monte-Carlo error, events."""
    raw: int | None = None
    """Simulated events selected; None if unknown."""
    weight: float | None = None
    """Expected events that one simulated event stands for; bounds the signal where none is selected."""


@dataclass(frozen=True, slots=True)
class _Test:
    """Options that go along to every region."""

    method: Method
    n_toys: int
    seed: int
    confidence: float
    nuisance: bool

    def cls(self, model: CountingModel, events: float, error: float) -> ClsResult:
        sized = error if self.nuisance else 0.0
        result = model.cls(events, sized, method=self.method, n_toys=self.n_toys, seed=self.seed)
        if result.error and abs(result.observed - (1 - self.confidence)) < 3 * result.error:
            # too near the border for this many toys
            more = model.cls(events, sized, method=self.method, n_toys=10 * self.n_toys, seed=self.seed)
            return replace(more, note=f"{more.note}; {10 * self.n_toys} toys, since CLs is near the border")
        return result


SignalLike = SignalYield | Sequence[float] | float


def _as_yield(value: SignalLike) -> SignalYield:
    if isinstance(value, SignalYield):
        return value
    if isinstance(value, (int, float)):
        return SignalYield(float(value))
    parts = list(value)
    if not 1 <= len(parts) <= 3:
        msg = f"a signal is (events, error) or (events, error, raw); found {len(parts)} numbers"
        raise BadOption(msg)
    raw = int(parts[2]) if len(parts) == 3 else None
    return SignalYield(float(parts[0]), float(parts[1]) if len(parts) > 1 else 0.0, raw)


def _unusable(signal: SignalYield) -> tuple[Literal["no signal", "failed"], str] | None:
    if not math.isfinite(signal.events):
        return "failed", f"the signal is {signal.events}: a weight that is not a number"
    if not math.isfinite(signal.error) or signal.error < 0:
        return "failed", f"the signal's error is {signal.error}"
    if signal.raw == 0 or (signal.events == 0 and signal.error == 0):
        return "no signal", "no events selected: limit on signal events only"
    if signal.events <= 0:
        size = display.plus_minus(signal.events, signal.error)
        return "no signal", f"the weights add up to {size} events: limit on signal events only"
    return None


def _row(name: str, model: CountingModel | None, signal: SignalYield | None, test: _Test) -> RegionVerdict:
    if model is None:
        reason = "no observed count and background are published for it"
        return RegionVerdict(name, "absent", reason, signal=signal.events if signal else None)
    row = RegionVerdict(
        name, "ok", "", model.observed, model.background, model.background_error,
        signal.events if signal else None, signal.error if signal else None, signal.raw if signal else None,
    )  # fmt: skip
    try:
        limit = model.upper_limit(
            confidence=test.confidence,
            method=test.method,
            n_toys=test.n_toys,
            seed=test.seed,
            signal_relative_error=_relative(signal) if test.nuisance else 0.0,
        )
    except StatisticsError as error:
        return replace(row, status="failed", reason=str(error))
    row = replace(row, limit=limit, method=limit.method)
    if signal is None:
        return replace(row, status="absent", reason="no yield was computed for it")
    bad = _unusable(signal)
    if bad is not None:
        return replace(row, status=bad[0], reason=bad[1])
    result = test.cls(model, signal.events, signal.error)
    return replace(
        row,
        expected_before=model.expected_before(signal.events),
        cls_observed=result.observed,
        cls_expected=result.expected,
        mu95=limit.observed / signal.events,
        mu95_expected=as_band(v / signal.events for v in limit.expected),
        method=result.method,
        cls_error=result.error,
    )


def _relative(signal: SignalYield | None) -> float:
    if signal is None or _unusable(signal) is not None:
        return 0.0
    return signal.error / signal.events


def decide(
    models: Mapping[str, CountingModel],
    signals: Mapping[str, SignalLike],
    *,
    cross_section_pb: float | None = None,
    cross_section_error_pb: float | None = None,
    luminosity_fb: float | None = None,
    absent: Mapping[str, str] | None = None,
    ineligible: Mapping[str, str] | None = None,
    label: str = "",
    confidence: float = 0.95,
    signal_error: Literal["verdict", "nuisance"] = "verdict",
    min_raw: int = 10,
    method: Method = "auto",
    n_toys: int = 50_000,
    seed: int = 1,
    notes: Sequence[str] = (),
) -> Verdict:
    """Decide whether a signal is excluded.

    The region that decides is the one with the best CLs expected from the nominal backgrounds, among those that may
    decide; observed counts are looked at afterwards.

    Parameters
    ----------
    models
        Counting models by region.
    signals
        Expected signal by region: a :class:`SignalYield`, ``(events, error)``, ``(events, error, raw)`` or a number.
        Without `cross_section_pb` these are the events of a cross section of 1 pb.
    cross_section_pb
        Cross section the signal was computed with, pb. Without it limits are given and no conclusion is drawn.
    cross_section_error_pb
        Its theory error; a note says whether the conclusion survives it.
    luminosity_fb
        Integrated luminosity, fb^-1, for the limit on the visible cross section.
    absent
        Regions that could not be evaluated, with the reason.
    ineligible
        Regions that are shown but may not decide (not validated, stand-in network), with the reason.
    label
        Name of the signal, for the sentence.
    confidence
        Confidence level.
    signal_error
        ``"verdict"``: the Monte-Carlo error makes the verdict inconclusive where the conclusion flips within it;
        ``"nuisance"``: it is a nuisance parameter of the likelihood instead.
    min_raw
        Simulated events that the deciding region needs for a conclusion.
    method, n_toys, seed
        As in :meth:`CountingModel.cls`.
    notes
        Further remarks, kept with the verdict.

    Notes
    -----
    CLs from toys carries its binomial error. Within three errors of the border ten times the toys are thrown; what
    then still changes within one error is inconclusive.

    Raises
    ------
    BadOption
        If an option has no meaning, or cross section or luminosity are not positive.

    Examples
    --------
    >>> models = {"SR": CountingModel(3, 0.81, 0.32, name="SR")}
    >>> decide(models, {"SR": (20.0, 0.4, 900)}, cross_section_pb=1e-3).conclusion
    'excluded'
    """
    check_positive(cross_section_pb=cross_section_pb, luminosity_fb=luminosity_fb)
    if signal_error not in {"verdict", "nuisance"}:
        msg = f"signal_error is {signal_error!r}; known: 'verdict', 'nuisance'"
        raise BadOption(msg)
    test = _Test(method, n_toys, seed, confidence, nuisance=signal_error == "nuisance")
    absent, ineligible = dict(absent or {}), dict(ineligible or {})
    given = {name: _as_yield(value) for name, value in signals.items()}
    rows: list[RegionVerdict] = []
    for name in dict.fromkeys([*models, *given, *absent]):
        row = _row(name, models.get(name), None if name in absent else given.get(name), test)
        if name in absent:
            row = replace(row, status="absent", reason=absent[name])
        elif name in ineligible and row.status in {"ok", "no signal"}:
            row = replace(row, status="not eligible", reason=ineligible[name])
        rows.append(row)

    candidates = [r for r in rows if r.status == "ok" and r.signal is not None]
    best = max(
        candidates, key=lambda r: (models[r.region].expected_significance(r.signal or 0.0), r.region), default=None
    )
    remarks = [*notes, *_remarks(rows, models)]
    if best is None:
        return _without_decision(rows, given, models, test, label, confidence, cross_section_pb, remarks)
    model, signal = models[best.region], given[best.region]
    result = test.cls(model, signal.events, signal.error)
    if result.note and f"{best.region}: {result.note}" not in remarks:
        remarks.append(f"{best.region}: {result.note}")
    conclusion, reason = _conclude(model, signal, result, test, min_raw)
    if cross_section_pb is None:
        conclusion, reason = "inconclusive", "the cross section is not known, so there is only a limit on it"
    elif cross_section_error_pb and conclusion != "inconclusive":
        remarks.append(_theory(model, signal, conclusion, test, cross_section_error_pb / cross_section_pb))
    if conclusion == "allowed":
        alone = [r.region for r in candidates if r.cls_observed is not None and r.cls_observed < 1 - confidence]
        if alone:
            remarks.append(f"taken alone would exclude, but are not the best expected: {', '.join(alone)}")
    limit = best.limit
    if limit is not None and luminosity_fb is not None:
        visible = limit.observed / luminosity_fb
        remarks.append(f"visible cross section in {best.region}: below {display.number(visible)} fb")
    verdict = decided(
        best, rows, conclusion, cross_section_pb=cross_section_pb, confidence=confidence, label=label, notes=remarks
    )
    return replace(verdict, sentence=_sentence(verdict, len(candidates), reason))


def _conclude(
    model: CountingModel, signal: SignalYield, result: ClsResult, test: _Test, min_raw: int
) -> tuple[Conclusion, str]:
    level = 1.0 - test.confidence
    conclusion: Conclusion = "excluded" if result.observed < level else "allowed"
    if result.error and abs(result.observed - level) <= result.error:
        seen = display.plus_minus(result.observed, result.error)
        return "inconclusive", f"the conclusion changes within the statistical error of the toys, CLs {seen}"
    if not test.nuisance and signal.error > 0:
        sides = (max(signal.events - signal.error, 0.0), min(signal.events + signal.error, HUGE))
        if any((test.cls(model, s, 0.0).observed < level) != (conclusion == "excluded") for s in sides):
            size = display.plus_minus(signal.events, signal.error)
            return "inconclusive", f"the conclusion changes within the Monte-Carlo error of the signal, {size} events"
    if signal.raw is not None and signal.raw < min_raw:
        return "inconclusive", f"only {signal.raw} simulated events are in the deciding region, {min_raw} are needed"
    return conclusion, ""


def _theory(model: CountingModel, signal: SignalYield, conclusion: str, test: _Test, relative: float) -> str:
    factor = max(0.0, 1 - relative) if conclusion == "excluded" else 1 + relative
    other = test.cls(model, signal.events * factor, signal.error * factor).observed < 1 - test.confidence
    holds = other == (conclusion == "excluded")
    where = "lower" if conclusion == "excluded" else "higher"
    return f"with a cross section one theory error {where} the conclusion {'holds' if holds else 'changes'}"


def _remarks(rows: Sequence[RegionVerdict], models: Mapping[str, CountingModel]) -> list[str]:
    out: list[str] = []
    for status, words in (("absent", "absent"), ("not eligible", "shown, but may not decide"), ("failed", "failed")):
        by_reason: dict[str, list[str]] = {}
        for r in rows:
            if r.status == status:
                by_reason.setdefault(r.reason, []).append(r.region)
        out.extend(f"{words}: {', '.join(names)} ({reason})" for reason, names in by_reason.items())
    for model in models.values():
        out.extend(f"{model.name}: {n}" for n in model.notes)
    return out


def _without_decision(
    rows: Sequence[RegionVerdict],
    given: Mapping[str, SignalYield],
    models: Mapping[str, CountingModel],
    test: _Test,
    label: str,
    confidence: float,
    cross_section_pb: float | None,
    remarks: list[str],
) -> Verdict:
    name = label or "The signal"
    empty = [r for r in rows if r.status == "no signal"]
    conclusion: Conclusion = "inconclusive"
    if not empty:
        why = (
            "no region may decide" if models else "no observed and expected numbers of events are known for any region"
        )
        sentence = f"{name} is inconclusive: {why}."
    else:
        # nothing selected still bounds the signal, if it is known what one simulated event stands for
        bounds = {
            r.region: max(NONE_SELECTED * (given[r.region].weight or math.inf), given[r.region].error) for r in empty
        }
        level = 1 - confidence
        safe = cross_section_pb is not None and all(
            math.isfinite(b) and test.cls(models[name], b, 0.0).observed >= level for name, b in bounds.items()
        )
        why = "no simulated event is selected in any region that may decide"
        if safe:
            conclusion = "allowed"
            sentence = f"{name} is allowed: {why}, and what the sample size leaves open is too small to be excluded."
        else:
            sentence = f"{name} is inconclusive: {why}; there are limits on signal events only."
    return Verdict(
        conclusion, sentence, cross_section_pb=cross_section_pb, confidence=confidence, label=label,
        per_region=tuple(rows), notes=tuple(remarks),
    )  # fmt: skip


def _sentence(verdict: Verdict, n_candidates: int, reason: str) -> str:
    name = verdict.label or "The signal"
    level = f"{100 * verdict.confidence:g} % CL"
    among = f"best expected of {n_candidates} regions" if n_candidates > 1 else "only region"
    which = f"{verdict.region}, the {among} that may decide, has {verdict.facts}"
    why = f" {reason[:1].upper()}{reason[1:]}." if reason else ""
    return f"{name} is {verdict.conclusion} at {level}: {which}.{why}"
