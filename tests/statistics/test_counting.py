"""CLs and limits of one region: known answers, limits of validity, hostile numbers."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from recastbook.exceptions import BadOption, StatisticsError
from recastbook.statistics import CountingModel
from recastbook.statistics.limits import crossing


def test_nothing_observed_limits_to_three_events() -> None:
    # with no event CLs is exp(-s) whatever the background: -ln(0.05) = 2.996 (PDG review of statistics)
    limit = CountingModel(0, 0.5, 0.0).upper_limit(n_toys=200_000)
    assert limit.method == "toys"
    assert "nothing was observed" in limit.note
    assert limit.observed == pytest.approx(2.996, rel=0.01)


def test_asymptotic_is_too_strong_where_nothing_is_observed() -> None:
    model = CountingModel(0, 0.56, 0.27)
    ratio = model.upper_limit(method="asymptotic").observed / model.upper_limit().observed
    assert 0.70 < ratio < 0.80


def test_large_counts_reach_the_gaussian_limit() -> None:
    # n = b = 10,000 without uncertainty: the median limit is 1.96 standard deviations
    limit = CountingModel(10_000, 10_000.0, 0.0).upper_limit()
    assert limit.method == "asymptotic"
    assert limit.observed == pytest.approx(196, rel=0.02)
    assert limit.expected_median == pytest.approx(196, rel=0.02)


def test_band_ascends_and_more_observed_means_a_weaker_limit() -> None:
    limits = [CountingModel(n, 3.0, 1.0).upper_limit() for n in range(12)]
    for limit in limits:
        assert list(limit.expected) == sorted(limit.expected)
    observed = [limit.observed for limit in limits]
    assert observed == sorted(observed)


def test_signal_error_weakens_the_limit() -> None:
    model = CountingModel(3, 2.0, 0.5)
    limits = [model.upper_limit(signal_relative_error=e).observed for e in (0.0, 0.1, 0.3)]
    assert limits == sorted(limits)
    assert limits[2] > 1.02 * limits[0]


@pytest.mark.parametrize("signal", [0.0, -1.5])
def test_no_signal_is_never_excluded(signal: float) -> None:
    result = CountingModel(3, 2.0, 0.5).cls(signal)
    assert result.observed == 1.0
    assert "CLs is 1" in result.note


@pytest.mark.parametrize("method", ["asymptotic", "toys"])
@pytest.mark.parametrize("signal", [1e-12, 1e-3, 1e4, 1e9])
@pytest.mark.parametrize(
    "counts", [(0, 0.0, 0.0), (0, 0.5, 0.0), (3, 0.0, 1.0), (2, 4.0, 2.0), (1000, 3.0, 9.0)], ids=str
)
def test_extreme_signals_have_a_p_value(counts: tuple[int, float, float], signal: float, method: str) -> None:
    result = CountingModel(*counts).cls(signal, method=method, n_toys=500)  # type: ignore[arg-type]
    for value in (result.observed, *result.expected):
        assert 0.0 <= value <= 1.0


@pytest.mark.parametrize("kind", ["poisson", "lognormal", "gaussian"])
@pytest.mark.parametrize(
    "counts",
    [
        (0, 0.0, 0.0),
        (5, 0.0, 0.0),
        (0, 1e-6, 1e-6),
        (100_000, 1.0, 0.5),
        (0, 1e5, 1e3),
        (4, 2.0, 50.0),
        (3, 2.0, 1e-12),
    ],
    ids=str,
)
def test_extreme_models_have_a_limit(counts: tuple[int, float, float], kind: str) -> None:
    limit = CountingModel(*counts, constraint=kind).upper_limit(n_toys=400)
    for value in (limit.observed, *limit.expected):
        assert math.isfinite(value)
        assert value > 0
    assert json.dumps(limit.to_dict(), allow_nan=False)


def test_far_too_few_observed_falls_back_and_says_so() -> None:
    result = CountingModel(0, 200.0, 5.0).cls(3.0, method="toys", n_toys=200)
    assert result.method == "asymptotic"
    assert "none of 200 toys" in result.note


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((-1, 1.0, 0.5), "observed is -1"),
        ((2.5, 1.0, 0.5), "whole number"),
        ((math.nan, 1.0, 0.5), "observed is nan"),
        ((1, math.inf, 0.5), "background is inf"),
        ((1, -0.1, 0.5), "background is -0.1"),
        ((1, 1.0, math.nan), "background_error is nan"),
    ],
)
def test_impossible_counts_are_named(counts: tuple[float, float, float], message: str) -> None:
    with pytest.raises(StatisticsError, match=f"SR-X.*{message}"):
        CountingModel(*counts, name="SR-X")  # type: ignore[arg-type]


@pytest.mark.parametrize(("signal", "error"), [(math.nan, 0.0), (math.inf, 0.0), (1.0, -1.0), (1.0, math.nan)])
def test_impossible_signals_are_named(signal: float, error: float) -> None:
    with pytest.raises(StatisticsError, match=r"'SR-X'.*cannot be tested"):
        CountingModel(1, 1.0, 0.5, name="SR-X").cls(signal, error)


def test_options_without_meaning() -> None:
    model = CountingModel(1, 1.0, 0.5)
    with pytest.raises(BadOption, match="Did you mean 'asymptotic'"):
        model.cls(1.0, method="asymptotics")  # type: ignore[arg-type]
    with pytest.raises(BadOption, match="fewer than 100 toys"):
        model.cls(1.0, method="toys", n_toys=5)
    with pytest.raises(BadOption, match="between 0 and 1"):
        model.upper_limit(confidence=95)
    with pytest.raises(BadOption, match="not negative"):
        model.upper_limit(signal_relative_error=-0.1)
    with pytest.raises(BadOption, match="constraint"):
        CountingModel(1, 1.0, 0.5, constraint="flat")


def test_a_zero_background_with_an_error_is_said() -> None:
    (note,) = CountingModel(1, 0.0, 0.5).notes
    assert "exactly zero" in note
    assert "exactly zero" in CountingModel(1, 0.0, 0.5).cls(2.0).note


def test_expected_before_does_not_look() -> None:
    a, b = (CountingModel(n, 2.0, 0.5) for n in (0, 30))
    assert a.expected_before(4.0) == b.expected_before(4.0)
    assert a.expected_before(0.0) == 1.0


def test_crossing_grows_its_bracket_both_ways_and_gives_reasons() -> None:
    for start in (1e-6, 1.0, 1e6, math.nan):
        assert crossing(lambda s: math.exp(-s), 0.05, start) == pytest.approx(-math.log(0.05), rel=1e-3)
    with pytest.raises(StatisticsError, match=r"does not cross 0\.05"):
        crossing(lambda s: 1.0, 0.05, 1.0, what="SR-X")
    with pytest.raises(StatisticsError, match="SR-X is not a number"):
        crossing(lambda s: math.nan, 0.05, 1.0, what="SR-X")


def test_views() -> None:
    model = CountingModel(3, 0.81, 0.32, name="SR<A>")
    for shown in (model, model.cls(3.0), model.upper_limit()):
        assert "<A>" not in shown._repr_html_()
        assert str(shown)
    assert json.dumps(model.cls(3.0).to_dict())


def test_published_numbers_are_accepted_as_numpy() -> None:
    model = CountingModel(np.int64(3), np.float64(0.81), np.float64(0.32))  # type: ignore[arg-type]
    assert model.observed == 3
    assert type(model.observed) is int
