"""What the variables of ATLAS-HIGP-2024-32 cannot depend on, and what a fit of bins cannot do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recastbook.analyses.atlas_higp_2024_32.variables import Jets, variables
from recastbook.statistics import BinnedModel, CountingModel

SEEDS = st.integers(0, 2**32 - 1)


def event(seed: int) -> Jets:
    rng = np.random.default_rng(seed)
    pt = np.sort(rng.exponential(60.0, (1, 6)) + 20.0, axis=1)[:, ::-1]
    return Jets(pt, rng.uniform(-2.4, 2.4, (1, 6)), rng.uniform(-np.pi, np.pi, (1, 6)), 0.1 * pt)


def same(first: Jets, second: Jets) -> None:
    ours, theirs = variables(first, first), variables(second, second)
    for name, values in ours.items():
        assert values == pytest.approx(theirs[name], rel=1e-6, abs=1e-7), name


@given(seed=SEEDS, angle=st.floats(-7, 7))
def test_the_azimuth_of_the_event_does_not_matter(seed: int, angle: float) -> None:
    jets = event(seed)
    same(jets, jets._replace(phi=jets.phi + angle))
    same(jets, jets._replace(phi=-jets.phi))


@given(seed=SEEDS)
def test_forward_and_backward_are_the_same(seed: int) -> None:
    jets = event(seed)
    same(jets, jets._replace(eta=-jets.eta))


@given(seed=SEEDS, order=st.permutations(range(6)))
def test_the_order_of_the_jets_does_not_matter(seed: int, order: list[int]) -> None:
    jets = event(seed)
    same(jets, Jets(*(column[:, order] for column in jets)))


@given(seed=SEEDS)
def test_bounds(seed: int) -> None:
    jets = event(seed)
    found = {name: float(v[0]) for name, v in variables(jets, jets).items()}
    assert -1.0 <= found["mHcosTheta"] <= 1.0
    assert 0.0 <= found["aplan3dv2b"] <= 0.5 + 1e-12
    for name in ("sphere3dv2b", "sphere3dbtrans", "sphere3dv2"):
        assert 0.0 <= found[name] <= 1.0 + 1e-12
    assert 2 * found["aplan3dv2b"] <= found["sphere3dv2b"] + 1e-12
    assert all(math.isfinite(v) for v in found.values())


BINS = st.lists(
    st.tuples(st.integers(0, 60), st.floats(0.5, 60), st.floats(0.01, 0.5), st.floats(0.0, 8.0)), min_size=1, max_size=5
)


@given(bins=BINS, mu=st.floats(0.1, 4))
def test_more_signal_is_never_easier_to_allow(bins: list[tuple[int, float, float, float]], mu: float) -> None:
    model = BinnedModel(tuple(CountingModel(n, b, r * b) for n, b, r, _ in bins))
    signal = [s for *_, s in bins]
    weak, strong = model.cls(signal, mu), model.cls(signal, 1.3 * mu)
    assert strong.observed <= weak.observed + 1e-6
    assert 0.0 <= strong.observed <= 1.0
    assert list(weak.expected) == sorted(weak.expected)


@given(bins=BINS, seed=SEEDS)
def test_the_order_of_bins_does_not_matter(bins: list[tuple[int, float, float, float]], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(bins))
    results = []
    for chosen in (bins, [bins[i] for i in order]):
        model = BinnedModel(tuple(CountingModel(n, b, r * b) for n, b, r, _ in chosen))
        results.append(model.cls([s for *_, s in chosen]).observed)
    assert results[0] == pytest.approx(results[1], rel=1e-5, abs=1e-9)
