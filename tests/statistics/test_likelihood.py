"""The closed-form likelihood is pyhf's likelihood: same CLs, same toys; and right by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import poisson

from recastbook.exceptions import BadOption
from recastbook.statistics import CountingModel, pyhf_cls, pyhf_model, workspace
from recastbook.statistics.constraints import CONSTRAINTS, constraint, poisson_quantile
from recastbook.statistics.likelihood import Likelihood, Outcome
from recastbook.statistics.toys import Toys

COUNTS = [(3, 0.81, 0.32), (0, 0.56, 0.27), (32, 33.0, 9.0), (1, 1.0, 0.4), (5, 5.0, 0.0)]


@pytest.mark.parametrize("signal_error", [0.0, 0.3], ids=["signal known", "signal +- 30 %"])
@pytest.mark.parametrize("kind", CONSTRAINTS)
@pytest.mark.parametrize("counts", COUNTS, ids=str)
def test_asymptotic_cls_is_that_of_pyhf(counts: tuple[int, float, float], kind: str, signal_error: float) -> None:
    model = CountingModel(*counts, name="SR", constraint=kind)
    for signal in (0.7, 4.0):
        ours = model.cls(signal, signal_error * signal, method="asymptotic")
        theirs = pyhf_cls(model, signal, signal_error * signal)
        assert ours.observed == pytest.approx(theirs.observed, abs=1e-4)
        assert ours.expected == pytest.approx(theirs.expected, abs=1e-4)


@pytest.mark.parametrize("counts", [(0, 0.56, 0.27), (2, 1.0, 0.4)], ids=str)
def test_test_statistic_is_that_of_pyhf(counts: tuple[int, float, float]) -> None:
    import pyhf

    model = CountingModel(*counts, name="SR")
    likelihood = model._likelihood(0.0)
    built, _ = pyhf_model(model, 1.0)
    config = built.config
    for n in (0, 1, 4):
        for a in (1.0, 4.0, 9.0):
            for s in (0.5, 3.0):
                theirs = pyhf.infer.test_statistics.qmu_tilde(
                    s,
                    [float(n), a],
                    built,
                    config.suggested_init(),
                    config.suggested_bounds(),
                    config.suggested_fixed(),
                )
                assert float(likelihood.q_tilde(s, Outcome(n, a))) == pytest.approx(float(theirs), abs=1e-5)


@pytest.mark.slow
def test_toys_agree_with_those_of_pyhf() -> None:
    np.random.seed(7)  # noqa: NPY002 - pyhf draws from the global generator
    model = CountingModel(0, 0.56, 0.27, name="SR")
    theirs = pyhf_cls(model, 2.0, method="toys", n_toys=300)
    ours = model.cls(2.0, method="toys")
    # CLs near 0.14 from 300 toys: CLsb and CLb carry 15 and 5 per cent
    assert ours.observed == pytest.approx(theirs.observed, rel=0.4)
    assert ours.expected[2] == pytest.approx(theirs.expected[2], rel=0.4)


def _exact(model: CountingModel, s: float) -> tuple[float, list[float]]:
    """CLs by adding up the probability of every outcome: what toys of the Poisson constraint converge to."""
    likelihood = model._likelihood(0.0)
    data = model._data
    tau = data.a
    found = []
    grid_n, grid_a = np.meshgrid(np.arange(80), np.arange(int(tau + 12 * np.sqrt(tau) + 20)))
    q = likelihood.q_tilde(s, Outcome(grid_n, grid_a)).ravel()
    for truth in (s, 0.0):
        gamma = float(likelihood.conditional(truth, data)[0])
        rate = truth + model.background * gamma
        found.append((poisson.pmf(grid_n, rate) * poisson.pmf(grid_a, tau * gamma)).ravel())
    order = np.argsort(-q)
    q, with_signal, without = q[order], found[0][order], found[1][order]
    sums = [np.cumsum(p) for p in (with_signal, without)]

    def tail(at: np.ndarray, which: int) -> np.ndarray:
        index = np.searchsorted(-q, -(at - 1e-9), side="right") - 1
        return np.where(index >= 0, sums[which][np.maximum(index, 0)], 0.0)

    at = np.atleast_1d(likelihood.q_tilde(s, data))
    band = tail(q, 0) / tail(q, 1)
    by_size = np.argsort(band)
    reached = np.cumsum(without[by_size])
    quantiles = band[by_size][np.searchsorted(reached, ndtr([-2, -1, 0, 1, 2]))]
    return float(tail(at, 0)[0] / tail(at, 1)[0]), list(quantiles)


@pytest.mark.parametrize("counts", [(0, 0.56, 0.27), (0, 1.8, 1.3), (1, 0.9, 0.5), (3, 0.81, 0.32)], ids=str)
@pytest.mark.parametrize("signal", [1.0, 3.0, 6.0])
def test_toys_converge_to_the_sum_over_all_outcomes(counts: tuple[int, float, float], signal: float) -> None:
    model = CountingModel(*counts)
    observed, band = _exact(model, signal)
    toys = model.cls(signal, method="toys", n_toys=200_000)
    assert abs(toys.observed - observed) < 5 * toys.error
    assert toys.expected[2] == pytest.approx(band[2], rel=0.05)


@pytest.mark.parametrize("kind", CONSTRAINTS)
def test_profile_is_the_minimum(kind: str) -> None:
    term = constraint(kind, 2.0, 0.9)
    likelihood = Likelihood(2.0, term)
    grid = np.linspace(1e-6, 8.0, 400_001)
    for s in (0.0, 0.5, 7.0):
        for n in (0.0, 1.0, 9.0):
            for fluctuation in (0.3, 1.0, 2.0):
                a = term.expected(fluctuation)
                values = likelihood.nll(s, grid, 0.0, Outcome(n, a))
                best = grid[np.argmin(values)]
                assert float(term.profile(s, n, a)) == pytest.approx(best, abs=5e-5), (s, n, a)


def test_signal_nuisance_is_profiled_to_the_minimum() -> None:
    likelihood = Likelihood(2.0, constraint("poisson", 2.0, 0.9), 0.3)
    data = Outcome(9.0, likelihood.constraint.nominal, 0.5)
    gamma, eta = likelihood.conditional(4.0, data)
    best = likelihood.nll(4.0, gamma, eta, data)
    for x, y in np.random.default_rng(1).normal(0, 0.05, (50, 2)):
        assert likelihood.nll(4.0, gamma * (1 + x), eta + y, data) >= best - 1e-9


def test_an_unknown_constraint_names_the_known() -> None:
    with pytest.raises(BadOption, match="Did you mean 'poisson'"):
        constraint("poison", 1.0, 0.5)


@pytest.mark.parametrize("mean", [0.0, 0.3, 7.0, 300.0, 2e4])
def test_poisson_quantile_inverts_the_distribution(mean: float) -> None:
    u = np.linspace(0.0005, 0.9995, 999)
    assert np.array_equal(poisson_quantile(u, mean), poisson.ppf(u, mean) if mean else np.zeros(999))


def test_poisson_quantile_of_huge_means() -> None:
    counts = poisson_quantile(np.linspace(0.001, 0.999, 999), 1e8)
    assert np.mean(counts) == pytest.approx(1e8, rel=1e-5)
    assert np.std(counts) == pytest.approx(1e4, rel=0.02)


def test_toys_are_reproducible_and_move_together() -> None:
    model = CountingModel(0, 0.56, 0.27)
    assert model.cls(3.0, seed=5) == model.cls(3.0, seed=5)
    assert model.cls(3.0, seed=5) != model.cls(3.0, seed=6)
    values = [model.cls(s).observed for s in np.linspace(0.2, 8.0, 40)]
    assert values == sorted(values, reverse=True)


def test_toys_with_repeats_profiled_once_are_the_same_toys() -> None:
    likelihood = CountingModel(2, 1.0, 0.4)._likelihood(0.0)
    outcome, times = Toys(5000, 3).throw(likelihood, 2.0, Outcome(2.0, likelihood.constraint.nominal))
    assert times.sum() == 5000
    assert len(times) < 400
    assert np.average(outcome.n, weights=times) == pytest.approx(3.0, rel=0.2)


def test_workspace_is_plain_and_valid() -> None:
    import json
    import warnings

    import pyhf

    for kind in CONSTRAINTS:
        spec = workspace(CountingModel(3, 0.81, 0.32, name="SR", constraint=kind), 2.0, 0.4)
        assert json.loads(json.dumps(spec)) == spec
        with warnings.catch_warnings():
            # pyhf's validation uses a resolver that jsonschema has deprecated
            warnings.simplefilter("ignore", DeprecationWarning)
            pyhf.schema.validate(spec, "workspace.json")
