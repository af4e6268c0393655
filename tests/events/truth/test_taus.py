"""Hadronic taus: visible momentum, prongs, origin."""

from __future__ import annotations

import numpy as np
import pytest

from recastbook.events.columns import to_records
from recastbook.events.truth import build_truth


def taus_of(table, k=0):
    return to_records(build_truth(table)).GenTau[k]


def test_one_prong_through_a_rho(record, table):
    e = record()
    tau, rho, pi0 = e.vertex(), e.vertex(), e.vertex()
    e.add(-15, 60.0, mass=1.777, ends=tau)
    e.add(-16, 20.0, born=tau)
    e.add(213, 40.0, born=tau, mass=0.77, ends=rho)
    e.add(211, 25.0, born=rho), e.add(111, 15.0, born=rho, ends=pi0)
    e.add(22, 8.0, born=pi0), e.add(22, 5.0, born=pi0), e.add(11, 1.0, born=pi0), e.add(-11, 1.0, born=pi0)
    tau = taus_of(table(e))[0]
    assert tau.pt == pytest.approx(40.0)
    assert (tau.nProng, tau.pdgId, tau.prompt) == (1, -15, True)


def test_three_prongs_and_a_kaon_that_counts_as_stable(record, table):
    e = record()
    tau, kaon, short, decay = e.vertex(), e.vertex(), e.vertex(100.0), e.vertex(500.0)
    e.add(15, 60.0, ends=tau, mass=1.777)
    e.add(16, 10.0, born=tau)
    for pdg in (211, -211):
        e.add(pdg, 12.0, born=tau)
    e.add(-321, 9.0, born=tau, ends=decay), e.add(13, 5.0, born=decay), e.add(-14, 4.0, born=decay)
    e.add(311, 10.0, born=tau, ends=kaon), e.add(310, 10.0, born=kaon, ends=short)
    e.add(211, 5.0, born=short), e.add(-211, 5.0, born=short)
    tau = taus_of(table(e))[0]
    assert tau.nProng == 3
    assert tau.pt == pytest.approx(12 + 12 + 5 + 10)


@pytest.mark.parametrize("lepton", [11, 13])
def test_leptonic_decays_are_left_out(record, table, lepton):
    e = record()
    tau, w = e.vertex(), e.vertex()
    e.add(15, 60.0, ends=tau)
    e.add(16, 10.0, born=tau), e.add(-24, 50.0, born=tau, ends=w, status=23)
    e.add(lepton, 30.0, born=w), e.add(-lepton - 1, 20.0, born=w)
    assert len(taus_of(table(e))) == 0


def test_only_the_last_copy_counts_and_the_threshold_is_on_the_visible_part(record, table):
    e = record()
    copy, tau, soft = e.vertex(), e.vertex(), e.vertex()
    e.add(15, 60.0, ends=copy, status=23)
    e.add(15, 59.0, born=copy, ends=tau), e.add(22, 1.0, born=copy)
    e.add(16, 30.0, born=tau), e.add(-211, 29.0, born=tau)
    e.add(-15, 60.0, phi=2.0, ends=soft), e.add(-16, 51.0, phi=2.0, born=soft), e.add(211, 9.0, phi=2.0, born=soft)
    assert taus_of(table(e)).pt.tolist() == pytest.approx([29.0])


def test_tau_of_a_hadron_is_not_prompt(record, table):
    e = record()
    d, tau = e.vertex(), e.vertex()
    e.add(431, 60.0, ends=d), e.add(-15, 50.0, born=d, ends=tau), e.add(16, 10.0, born=d)
    e.add(-16, 20.0, born=tau), e.add(211, 30.0, born=tau)
    assert taus_of(table(e)).prompt.tolist() == [False]


def test_fractions_of_prongs_are_those_of_nature(ditau):
    # of all decays 49.5 % have one charged hadron, 15.2 % three (PDG 2022, summary of the tau)
    flat = build_truth(ditau)
    prongs = flat["GenTau_nProng"]
    assert set(prongs.tolist()) <= {1, 3, 5}
    assert flat["GenTau_prompt"].all()
    fraction = np.mean(prongs == 3)
    assert abs(fraction - 0.152 / 0.647) < 4 * np.sqrt(0.235 * 0.765 / len(prongs))
