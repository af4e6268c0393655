"""What must hold of CLs, limits and verdicts for any counts and signals."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recastbook.statistics import CountingModel, decide
from recastbook.statistics.constraints import CONSTRAINTS

backgrounds = st.floats(0.01, 200.0)
relative_errors = st.floats(0.0, 2.0)
signals = st.floats(0.01, 100.0)


@st.composite
def models(draw: st.DrawFn) -> CountingModel:
    b = draw(backgrounds)
    kind = draw(st.sampled_from(CONSTRAINTS))
    return CountingModel(draw(st.integers(0, 300)), b, b * draw(relative_errors), name="SR", constraint=kind)


@given(models(), signals, st.floats(1.01, 5.0))
def test_cls_is_a_probability_and_falls_with_the_signal(model: CountingModel, signal: float, factor: float) -> None:
    small, large = (model.cls(s, method="asymptotic") for s in (signal, factor * signal))
    for result in (small, large):
        assert 0.0 <= result.observed <= 1.0
        assert list(result.expected) == sorted(result.expected)
    assert large.observed <= small.observed + 1e-9
    assert large.expected[2] <= small.expected[2] + 1e-9


@given(models())
def test_the_limit_is_where_cls_crosses(model: CountingModel) -> None:
    limit = model.upper_limit(method="asymptotic")
    assert model.cls(limit.observed, method="asymptotic").observed == pytest.approx(0.05, rel=1e-3)
    assert model.cls(limit.expected[2], method="asymptotic").expected[2] == pytest.approx(0.05, rel=1e-3)


@given(backgrounds, relative_errors, st.integers(0, 50), signals)
def test_more_observed_is_never_a_stronger_exclusion(b: float, error: float, n: int, signal: float) -> None:
    fewer, more = (CountingModel(k, b, b * error).cls(signal, method="asymptotic").observed for k in (n, n + 1))
    assert more >= fewer - 1e-9


@given(models(), signals, st.floats(0.1, 10.0))
def test_mu95_scales_inversely_and_sigma95_does_not_move(model: CountingModel, signal: float, factor: float) -> None:
    # the same efficiency at another cross section
    one, other = (
        decide({"SR": model}, {"SR": (signal * f, 0.0)}, cross_section_pb=1e-3 * f, method="asymptotic")
        for f in (1.0, factor)
    )
    assert one.mu95 is not None
    assert other.mu95 is not None
    assert other.mu95 * factor == pytest.approx(one.mu95, rel=1e-6)
    assert other.sigma95 == pytest.approx(one.sigma95, rel=1e-6)
    assert one.conclusion == ("excluded" if one.mu95 < 1 else "allowed") or one.mu95 == pytest.approx(1, rel=1e-4)


hostile = st.one_of(st.floats(), st.just(0.0), st.floats(0.0, 50.0))


@settings(max_examples=60)
@given(st.lists(st.tuples(hostile, hostile, st.integers(0, 1000)), min_size=1, max_size=4), st.randoms())
def test_a_verdict_has_an_answer_for_any_yields_in_any_order(
    yields: list[tuple[float, float, int]], random: object
) -> None:
    regions = {f"SR-{i}": CountingModel(i, 0.7 + i, 0.3, name=f"SR-{i}") for i in range(len(yields))}
    given_yields = dict(zip(regions, yields, strict=True))
    verdict = decide(regions, given_yields, cross_section_pb=1e-3, n_toys=200)
    assert verdict.conclusion in {"excluded", "allowed", "inconclusive"}
    assert json.dumps(verdict.to_dict(), allow_nan=False)
    assert verdict.sentence
    for row in verdict.per_region:
        assert row.status in {"ok", "deciding"} or row.reason
        assert row.limit is not None
        assert math.isfinite(row.limit.observed)
    names = list(regions)
    random.shuffle(names)  # type: ignore[attr-defined]
    again = decide(
        {n: regions[n] for n in names}, {n: given_yields[n] for n in names}, cross_section_pb=1e-3, n_toys=200
    )
    assert (again.conclusion, again.region) == (verdict.conclusion, verdict.region)
