"""Pairs of jets and shapes of events, on configurations one can check by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recastbook.exceptions import BadOption
from recastbook.features import (
    angular_separation,
    aplanarity,
    boost_to_rest_frame,
    four_momenta,
    invariant_mass,
    momentum_tensor_eigenvalues,
    pair_by_mass,
    pair_delta_r,
    perfect_matchings,
    skewness,
    sphericity,
    transverse_sphericity,
)


def random_jets(n: int, n_jets: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shape = (n, n_jets)
    pt = np.sort(rng.exponential(50.0, shape) + 20.0, axis=1)[:, ::-1]
    return four_momenta(pt, rng.normal(0, 1.2, shape), rng.uniform(-np.pi, np.pi, shape), 0.1 * pt)


@pytest.mark.parametrize(("n", "ways"), [(0, 1), (2, 1), (4, 3), (6, 15), (8, 105)])
def test_all_matchings_are_there_once(n: int, ways: int) -> None:
    found = perfect_matchings(n)
    assert len(found) == len(set(found)) == ways
    assert all(sorted(i for pair in m for i in pair) == list(range(n)) for m in found)


def test_an_odd_number_has_no_partner() -> None:
    with pytest.raises(BadOption, match="5 objects cannot be split into pairs"):
        perfect_matchings(5)
    with pytest.raises(BadOption, match="3 target masses need 6 jets in every event, found 4"):
        pair_by_mass(random_jets(2, 4), (120.0, 115.0, 110.0))


def test_decays_of_known_mass_are_found_whatever_the_order_of_jets() -> None:
    # three pairs back to back in the frame of a parent of 120, 115 and 110 GeV with pT 300, 200 and 100 GeV
    jets = []
    for mass, pt, phi in ((120.0, 300.0, 0.0), (115.0, 200.0, 2.1), (110.0, 100.0, -2.1)):
        half, gamma, beta = mass / 2, math.hypot(pt, mass) / mass, pt / math.hypot(pt, mass)
        for side in (1, -1):
            along, across = gamma * beta * half, side * half
            jets.append([along * math.cos(phi) - across * math.sin(phi) * 0.6,
                         along * math.sin(phi) + across * math.cos(phi) * 0.6, across * 0.8, gamma * half])  # fmt: skip
    event = np.array(jets)
    for order in ([0, 1, 2, 3, 4, 5], [5, 2, 0, 4, 1, 3], [3, 0, 5, 1, 2, 4]):
        found = pair_by_mass(event[None, order], (120.0, 115.0, 110.0))
        assert found.masses[0] == pytest.approx([120.0, 115.0, 110.0], rel=1e-9)
        assert found.distance[0] == pytest.approx(0.0, abs=1e-6)
        assert np.hypot(found.momenta[0, :, 0], found.momenta[0, :, 1]) == pytest.approx([300.0, 200.0, 100.0])
        assert [{order[i] for i in pair} for pair in found.jets[0]] == [{0, 1}, {2, 3}, {4, 5}]


def test_candidates_are_ordered_before_targets_are_applied() -> None:
    momenta = random_jets(200, 6)
    found = pair_by_mass(momenta, (120.0, 115.0, 110.0))
    pt = np.hypot(found.momenta[..., 0], found.momenta[..., 1])
    assert (np.diff(pt, axis=1) <= 0).all()
    for event, distance in zip(momenta, found.distance, strict=True):
        trials = []
        for matching in perfect_matchings(6):
            candidates = sorted((event[i] + event[j] for i, j in matching), key=lambda p: -math.hypot(p[0], p[1]))
            masses = [float(invariant_mass(p)) for p in candidates]
            trials.append(sum(abs(m - t) for m, t in zip(masses, (120.0, 115.0, 110.0), strict=True)))
        assert distance == pytest.approx(min(trials), rel=1e-12)


def test_no_events() -> None:
    nothing = np.empty((0, 6, 4))
    assert pair_by_mass(nothing, (1.0, 1.0, 1.0)).jets.shape == (0, 3, 2)
    assert momentum_tensor_eigenvalues(nothing).shape == (0, 3)
    assert boost_to_rest_frame(nothing).shape == (0, 6, 4)


def test_shapes_of_a_line_a_plane_and_a_sphere() -> None:
    x, y, z = np.eye(3)
    line, plane, sphere = [x, -x, 0 * x, 0 * x, 0 * x, 0 * x], [x, -x, y, -y, 0 * x, 0 * x], [x, -x, y, -y, z, -z]
    for power in (1.0, 2.0):
        values = momentum_tensor_eigenvalues(np.array([line, plane, sphere]), power=power)
        assert values.sum(axis=1) == pytest.approx([1.0] * 3)
        assert sphericity(values) == pytest.approx([0.0, 0.75, 1.0], abs=1e-12)
        assert aplanarity(values) == pytest.approx([0.0, 0.0, 0.5], abs=1e-12)
        assert transverse_sphericity(values) == pytest.approx([0.0, 1.0, 1.0], abs=1e-12)


def test_the_linear_tensor_is_safe_against_splitting_and_the_quadratic_is_not() -> None:
    momenta = random_jets(20, 6)[..., :3]
    split = np.concatenate([momenta[:, 1:], 0.3 * momenta[:, :1], 0.7 * momenta[:, :1]], axis=1)
    linear = [momentum_tensor_eigenvalues(m, power=1.0) for m in (momenta, split)]
    assert linear[0] == pytest.approx(linear[1], abs=1e-12)
    quadratic = [momentum_tensor_eigenvalues(m, power=2.0) for m in (momenta, split)]
    assert np.abs(quadratic[0] - quadratic[1]).max() > 0.01


def test_absent_objects_do_not_count_and_an_empty_event_has_no_shape() -> None:
    momenta = random_jets(5, 6)
    padded = np.concatenate([momenta, np.zeros((5, 3, 4))], axis=1)
    assert momentum_tensor_eigenvalues(padded, power=1.0) == pytest.approx(
        momentum_tensor_eigenvalues(momenta, power=1.0), abs=1e-12
    )
    assert np.isnan(momentum_tensor_eigenvalues(np.zeros((1, 6, 4)))).all()


def test_a_boost_to_the_rest_frame_keeps_masses() -> None:
    momenta = random_jets(100, 6)
    boosted = boost_to_rest_frame(momenta)
    assert np.abs(boosted[..., :3].sum(axis=1)).max() < 1e-9 * momenta[..., 3].max()
    assert invariant_mass(boosted) == pytest.approx(invariant_mass(momenta), rel=1e-6, abs=1e-6)
    assert boosted[..., 3].sum(axis=1) == pytest.approx(invariant_mass(momenta.sum(axis=1)), rel=1e-9)


def test_pairs() -> None:
    eta, phi = np.array([[0.0, 1.0, -1.0]]), np.array([[3.0, -3.0, 0.0]])
    near = 2 * np.pi - 6.0
    assert pair_delta_r(eta, phi)[0] == pytest.approx([math.hypot(1, near), math.hypot(1, 3), math.hypot(2, 3)])
    expected = [math.cosh(1) - math.cos(6), math.cosh(1) - math.cos(3), math.cosh(2) - math.cos(3)]
    assert angular_separation(eta, phi)[0] == pytest.approx(expected)


def test_skewness_is_that_of_scipy() -> None:
    from scipy.stats import skew

    values = np.random.default_rng(3).exponential(size=(40, 15))
    assert skewness(values) == pytest.approx(skew(values, axis=1), rel=1e-12)
