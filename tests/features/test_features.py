from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from recastbook import features as f


def met(*values: tuple[float, float]) -> ak.Array:
    pt, phi = np.array(values, dtype=float).T
    return ak.zip({"pt": pt, "phi": phi, "px": pt * np.cos(phi), "py": pt * np.sin(phi)})


def objects(*events: list[tuple[float, float]]) -> ak.Array:
    """Jagged (pt, phi) with eta and mass zero."""
    some = [[{"pt": 1.0, "phi": 0.0, "eta": 0.0, "mass": 0.0}]]
    rows = [[{"pt": pt, "phi": phi, "eta": 0.0, "mass": 0.0} for pt, phi in e] for e in events]
    return ak.Array(some + rows)[1:]


JETS = objects([(100.0, 0.0), (60.0, 3.0), (40.0, -3.0), (35.0, 1.0), (31.0, 2.0)], [], [(50.0, 0.5)])
LEPTONS = objects([(30.0, 1.0)], [], [(20.0, 0.0), (10.0, 1.0)])
MET = met((200.0, 2.0), (50.0, 0.0), (300.0, -3.0))


def test_scalar_sums() -> None:
    assert f.ht(JETS).tolist() == [266.0, 0.0, 50.0]
    assert f.meff(JETS, LEPTONS, MET).tolist() == [496.0, 50.0, 380.0]
    assert f.count(JETS).tolist() == [5, 0, 1]


def test_nth_pt_is_zero_where_there_is_none() -> None:
    assert f.nth_pt(JETS).tolist() == [100.0, 0.0, 50.0]
    assert f.nth_pt(JETS, 4).tolist() == [35.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("pt", "dphi", "size", "expected"),
    [
        (40.0, np.pi, 40.0, 80.0),
        (50.0, 0.0, 90.0, 0.0),
        (30.0, np.pi / 2, 60.0, 60.0),
        (80.419, np.pi / 3, 80.419, 80.419),
    ],
    ids=["back to back", "parallel", "right angle", "equilateral"],
)
def test_transverse_mass_of_textbooks(pt: float, dphi: float, size: float, expected: float) -> None:
    found = f.transverse_mass(objects([(pt, 1.0), (pt / 2, 2.0)]), met((size, 1.0 - dphi)))
    assert found[0] == pytest.approx(expected, abs=1e-6)


def test_transverse_mass_of_a_w_never_exceeds_its_mass() -> None:
    # A W of 80.4 GeV decays at rest in its own frame at all angles; the transverse mass ends at its mass.
    angle = np.linspace(0.01, np.pi - 0.01, 50)
    pt = 40.2 * np.sin(angle)
    masses = f.transverse_mass(objects(*([(p, 0.3)] for p in pt)), met(*((p, 0.3 + np.pi) for p in pt)))
    assert masses.max() == pytest.approx(80.4, rel=1e-3)
    assert masses == pytest.approx(2 * pt)


def test_missing_leptons_fail_every_cut() -> None:
    mt = f.transverse_mass(LEPTONS, MET)
    assert np.isnan(mt).tolist() == [False, True, False]
    assert not (mt[1] >= 0)
    assert not (mt[1] <= 1e9)


def test_mt_min_takes_the_three_leading_bjets() -> None:
    bjets = objects([(100.0, 0.0), (80.0, np.pi), (60.0, np.pi), (50.0, 0.01)], [], [(70.0, np.pi)])
    missing = met((100.0, 0.5), (100.0, 0.0), (70.0, 0.0))
    expected = np.sqrt(2 * 100 * 100 * (1 - np.cos(0.5)))
    found = f.mt_min_bjets(bjets, missing)
    assert found[0] == pytest.approx(expected)
    assert np.isnan(found[1])
    assert found[2] == pytest.approx(140.0)
    assert f.mt_min_bjets(bjets, missing, n=4)[0] == pytest.approx(np.sqrt(2 * 50 * 100 * (1 - np.cos(0.49))))


def test_dphi_min_of_four_leading_jets() -> None:
    found = f.dphi_min(JETS, MET)
    # The fifth jet would be exactly along the missing momentum.
    assert found[0] == pytest.approx(1.0)
    assert np.isnan(found[1])
    assert found[2] == pytest.approx(2 * np.pi - 3.5)
    assert f.dphi_min(JETS, MET, n=5)[0] == pytest.approx(0.0)


def test_delta_phi_is_folded() -> None:
    first, second = np.array([3.1, -3.1, 6.2, 0.1]), np.array([-3.1, 3.1, 0.0, 0.2])
    assert f.delta_phi(first, second) == pytest.approx([6.2 - 2 * np.pi, 2 * np.pi - 6.2, 6.2 - 2 * np.pi, -0.1])


def test_mj_sum_of_four_or_all() -> None:
    large = ak.Array([[{"mass": m} for m in (100.0, 80.0, 60.0, 40.0, 20.0)], [], [{"mass": 50.0}]])
    assert f.mj_sum(large).tolist() == [280.0, 0.0, 50.0]
    assert f.mj_sum(large, n=None).tolist() == [300.0, 0.0, 50.0]


def lepton(pt: float, eta: float, phi: float, flavour: int, charge: int) -> dict:
    return {"pt": pt, "eta": eta, "phi": phi, "mass": 0.0, "flavour": flavour, "charge": charge}


PAIRS = ak.Array(
    [
        [lepton(45.6, 0, 0, 13, 1), lepton(45.6, 0, np.pi, 13, -1)],
        [lepton(60, 1, 0, 11, 1), lepton(50, 1, 0, 13, -1)],
        [lepton(60, 0, 0, 11, 1), lepton(50, 0, np.pi / 2, 11, 1), lepton(5, 0, 0, 11, -1)],
        [lepton(60, 0, 0, 11, 1)],
    ]
)


def test_lepton_pairs() -> None:
    assert f.m_ll(PAIRS)[:3] == pytest.approx([91.2, 0.0, np.sqrt(2 * 60 * 50)], abs=1e-5)
    assert f.pt_ll(PAIRS)[:3] == pytest.approx([0.0, 110.0, np.hypot(60, 50)], abs=1e-5)
    assert f.is_sfos(PAIRS).tolist() == [1, 0, 0, 0]
    missing = met(*[(10.0, 0.0)] * 4)
    assert f.met_dilepton(PAIRS, missing)[:3] == pytest.approx([10.0, 120.0, np.hypot(70, 50)])
    for values in (f.m_ll(PAIRS), f.pt_ll(PAIRS), f.met_dilepton(PAIRS, missing)):
        assert np.isnan(values[3])


def test_no_events() -> None:
    none, nothing = JETS[:0], MET[:0]
    for values in (f.ht(none), f.mj_sum(none), f.dphi_min(none, nothing), f.mt_min_bjets(none, nothing), f.m_ll(none)):
        assert values.shape == (0,)


def test_columns_for_a_network() -> None:
    columns = f.leading_columns(JETS, "jets", {"pt": "pt", "m": "mass"}, 2)
    assert list(columns) == ["jets_pt_0", "jets_m_0", "jets_pt_1", "jets_m_1"]
    assert columns["jets_pt_1"].tolist() == [60.0, 0.0, 0.0]
    assert f.leading_columns(JETS, "jets", {"pt": "pt"}, 2, padding=-1.0)["jets_pt_0"].tolist() == [100.0, -1.0, 50.0]
