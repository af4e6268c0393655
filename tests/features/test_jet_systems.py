"""Systems of jets and of leptons with jets, against plain loops over all combinations."""

from __future__ import annotations

import itertools

import awkward as ak
import numpy as np
import pytest

from recastbook.exceptions import BadOption
from recastbook.features import four_momenta, hardest_triplet, invariant_mass, m_lj, min_delta_r, min_max_mass

RNG = np.random.default_rng(5)


def jets(n_events: int, n: int) -> np.ndarray:
    pt = RNG.uniform(20, 300, (n_events, n))
    return four_momenta(pt, RNG.normal(0, 1.2, pt.shape), RNG.uniform(-np.pi, np.pi, pt.shape), 0.1 * pt)


def mass(*momenta: np.ndarray) -> float:
    return float(invariant_mass(np.sum(momenta, axis=0)))


@pytest.mark.parametrize("n", [3, 4, 6, 8])
def test_the_hardest_triplet_of_a_loop_over_all(n: int) -> None:
    events, extra = jets(20, n), jets(20, 1)[:, 0]
    for given in (None, extra):
        found = hardest_triplet(events, given)
        for k, event in enumerate(events):
            shift = 0.0 if given is None else given[k]
            sums = [sum(event[list(c)]) + shift for c in itertools.combinations(range(n), 3)]
            best = max(sums, key=lambda p: np.hypot(p[0], p[1]))
            assert found[k] == pytest.approx(best)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_the_split_of_a_loop_over_all(n: int) -> None:
    events = jets(10, n)
    found = min_max_mass(events)
    for k, event in enumerate(events):
        groups = [
            [event[[bool(s >> i & 1) == side for i in range(n)]] for side in (True, False)] for s in range(1 << n)
        ]
        heavier = [max(float(invariant_mass(g.sum(axis=0))) for g in pair) for pair in groups]
        assert found[k] == pytest.approx(min(heavier))


def test_results_do_not_depend_on_how_events_are_cut_into_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    events = jets(11, 7)
    whole = min_max_mass(events), hardest_triplet(events)
    monkeypatch.setattr("recastbook.features.jet_systems._VALUES_AT_ONCE", 3 * 8 * 64)
    assert np.array_equal(min_max_mass(events), whole[0])
    assert np.array_equal(hardest_triplet(events), whole[1])


def test_numbers_of_jets_that_cannot_work() -> None:
    with pytest.raises(BadOption, match="a triplet needs three jets, these events have 2"):
        hardest_triplet(jets(1, 2))
    for n in (0, 15):
        with pytest.raises(BadOption, match=f"all splits of {n} jets"):
            min_max_mass(np.zeros((1, n, 4)))
    assert hardest_triplet(np.zeros((0, 4, 4))).shape == (0, 4)
    assert min_max_mass(np.zeros((0, 4, 4))).shape == (0,)


def particles(*rows: tuple[float, float, float]) -> list[dict[str, float]]:
    return [{"pt": pt, "eta": eta, "phi": phi, "mass": 0.0} for pt, eta, phi in rows]


def test_m_lj_takes_ordered_pairs_of_different_jets() -> None:
    leptons = particles((60.0, 0.3, 0.2), (30.0, -0.7, 2.5))
    hadrons = particles(*[(200.0 - 30 * i, RNG.normal(), RNG.uniform(-3, 3)) for i in range(6)])
    p4 = [
        [four_momenta(*(np.array(p[k]) for k in ("pt", "eta", "phi", "mass"))) for p in c] for c in (leptons, hadrons)
    ]
    (l1, l2), j = p4
    for n, given in ((4, 4), (6, None)):
        expected = min(max(mass(l1, j[a]), mass(l2, j[b])) for a, b in itertools.permutations(range(n), 2))
        assert m_lj(ak.Array([leptons]), ak.Array([hadrons]), n_jets=given) == pytest.approx([expected])


def test_m_lj_needs_two_of_each() -> None:
    lepton, jet = particles((30.0, 0.0, 0.0)), particles((50.0, 0.0, 1.0))
    found = m_lj(ak.Array([lepton, lepton * 2, lepton * 2]), ak.Array([jet * 3, jet, jet * 2]))
    assert np.isnan(found).tolist() == [True, True, False]
    assert m_lj(ak.Array([lepton * 2])[:0], ak.Array([jet])[:0]).shape == (0,)


def test_min_delta_r_folds_the_azimuth() -> None:
    first = ak.Array([particles((30.0, 0.0, 3.1)), particles((30.0, 0.0, 0.0), (20.0, 2.0, 0.0))])
    second = ak.Array([particles((50.0, 0.0, -3.1)), particles((50.0, 2.3, 0.4), (40.0, -2.0, 0.0))])
    assert min_delta_r(first, second) == pytest.approx([2 * np.pi - 6.2, 0.5])
