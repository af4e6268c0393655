"""Dressing, flags, thresholds and cones of leptons and photons."""

from __future__ import annotations

import numpy as np
import pytest

from recastbook.events.columns import to_records
from recastbook.events.truth import TruthDefinitions, build_truth


def truth_of(table, k=0, **definitions):
    return to_records(build_truth(table, TruthDefinitions(**definitions)))[k]


def test_photons_near_a_prompt_lepton_are_added_to_it(record, table):
    e = record()
    e.add(11, 40.0, 1.0, 0.0, 0.000511)
    e.add(22, 5.0, 1.05, 0.05), e.add(22, 3.0, 1.0, -0.2)
    truth = truth_of(table(e))
    electron = truth.GenElectron[0]
    px, py = 40 + 5 * np.cos(0.05), 5 * np.sin(0.05)
    assert electron.pt == pytest.approx(np.hypot(px, py), rel=1e-6)
    assert electron.phi == pytest.approx(np.arctan2(py, px), rel=1e-4)
    assert electron.mass > 0.1
    assert electron.pdgId == 11
    # the photon further away stays in the cone of the electron, the one that dresses it does not
    assert truth.GenCone.pt.tolist() == pytest.approx([3.0])
    assert truth_of(table(e), dressing_radius=0.0).GenElectron.pt.tolist() == pytest.approx([40.0])
    assert truth_of(table(e), dressing_radius=0.3).GenElectron.pt[0] == pytest.approx(48.0, rel=0.01)


def test_bare_lepton_keeps_its_generated_mass(record, table):
    e = record()
    e.add(-13, 400.0, 2.0, 0.0, 0.10566)
    assert truth_of(table(e)).GenMuon.mass[0] == pytest.approx(0.10566, rel=1e-6)


def test_photon_goes_to_the_nearest_lepton(record, table):
    e = record()
    e.add(11, 40.0, 0.0, 0.0), e.add(-13, 40.0, 0.12, 0.0), e.add(22, 10.0, 0.07, 0.0)
    truth = truth_of(table(e))
    assert truth.GenElectron.pt.tolist() == pytest.approx([40.0])
    assert truth.GenMuon.pt.tolist() == pytest.approx([50.0])
    assert len(truth.GenPhoton) == 0


def test_photons_of_hadrons_dress_nothing_and_leptons_of_hadrons_stay_bare(record, table):
    e = record()
    pion, b = e.vertex(), e.vertex()
    e.add(111, 20.0, 0.02, ends=pion), e.add(22, 20.0, 0.02, born=pion)
    e.add(11, 40.0)
    e.add(511, 30.0, 0.0, 2.0, ends=b), e.add(13, 20.0, 0.0, 2.0, born=b), e.add(22, 4.0, 0.0, 2.05)
    truth = truth_of(table(e))
    assert truth.GenElectron.pt.tolist() == pytest.approx([40.0])
    assert truth.GenMuon.pt.tolist() == pytest.approx([20.0])
    assert truth.GenMuon.prompt.tolist() == [False]
    assert len(truth.GenPhoton) == 0


@pytest.mark.parametrize(
    ("pdg", "pt", "eta", "kept"),
    [
        (11, 4.1, 0.0, True), (11, 3.9, 0.0, False), (11, 9.0, -2.65, True), (11, 9.0, 2.75, False),
        (-13, 3.1, 0.0, True), (-13, 2.9, 0.0, False), (13, 9.0, 2.75, True), (13, 9.0, -2.85, False),
        (22, 10.1, 2.65, True), (22, 9.9, 0.0, False), (22, 20.0, 2.75, False),
    ],
)  # fmt: skip
def test_thresholds(record, table, pdg, pt, eta, kept):
    e = record()
    e.add(pdg, pt, eta)
    truth = truth_of(table(e))
    assert len(truth.GenElectron) + len(truth.GenMuon) + len(truth.GenPhoton) == int(kept)


def test_flags_of_a_tau_decay(record, table):
    e = record()
    tau = e.vertex()
    e.add(15, 60.0, ends=tau, mass=1.777)
    e.add(11, 30.0, born=tau), e.add(-12, 10.0, born=tau), e.add(16, 20.0, born=tau)
    electron = truth_of(table(e)).GenElectron[0]
    assert (electron.prompt, electron.fromTau) == (True, True)


def test_cone_holds_kind_and_distance_of_what_surrounds_a_lepton(record, table):
    e = record()
    e.add(13, 50.0, 0.5, np.pi - 0.1)
    kinds = {211: 1, 22: 2, 130: 3, 11: 4, -13: 5, 1000024: 6, -2212: 1, 2112: 3}
    for i, pdg in enumerate(kinds):
        e.add(pdg, 2.0 - 0.1 * i, 0.6, -np.pi + 0.05)
    e.add(211, 0.39, 0.5, np.pi - 0.1), e.add(211, 5.0, 0.91, np.pi - 0.1), e.add(12, 5.0, 0.5, np.pi - 0.1)
    cone = truth_of(table(e), dressing_radius=0.01).GenCone
    assert cone.kind.tolist() == list(kinds.values())
    assert cone.pt.tolist() == pytest.approx([2.0 - 0.1 * i for i in range(len(kinds))])
    assert cone.deta.tolist() == pytest.approx([0.1] * len(kinds), abs=1e-6)
    assert cone.dphi.tolist() == pytest.approx([0.15] * len(kinds), abs=1e-6)
    assert set(cone.owner.tolist()) == {13}
    assert set(cone["index"].tolist()) == {0}


def test_cones_are_numbered_as_the_collections_they_belong_to(record, table):
    e = record()
    e.add(13, 20.0, 0.0, 0.0), e.add(13, 50.0, 0.0, 2.0), e.add(11, 30.0, 0.0, -2.0), e.add(22, 30.0, 1.5, 0.0)
    e.add(211, 1.0, 0.1, 0.0), e.add(211, 2.0, 0.1, 2.0), e.add(211, 3.0, 0.1, -2.0), e.add(211, 4.0, 1.4, 0.0)
    cone = truth_of(table(e)).GenCone
    found = set(zip(cone.owner.tolist(), cone["index"].tolist(), cone.pt.tolist(), strict=True))
    assert found == {(13, 1, 1.0), (13, 0, 2.0), (11, 0, 3.0), (22, 0, 4.0)}


def test_two_leptons_are_in_each_other_s_cone(record, table):
    e = record()
    e.add(13, 20.0, 0.0, 0.0), e.add(-13, 10.0, 0.2, 0.0)
    cone = truth_of(table(e)).GenCone
    assert list(zip(cone["index"].tolist(), cone.pt.tolist(), strict=True)) == [(0, 10.0), (1, 20.0)]


def test_cone_sums_agree_with_brute_force(ttbar):
    truth = to_records(build_truth(ttbar, TruthDefinitions(dressing_radius=0.0)))
    flat_pt, eta, phi = (
        np.hypot(ttbar.px, ttbar.py),
        np.arcsinh(ttbar.pz / np.hypot(ttbar.px, ttbar.py + 1e-12)),
        np.arctan2(ttbar.py, ttbar.px),
    )
    compared = 0
    for k in range(len(ttbar)):
        here = slice(ttbar.offsets[k], ttbar.offsets[k + 1])
        final = (ttbar.status[here] == 1) & ~np.isin(np.abs(ttbar.pdg_id[here]), [12, 14, 16]) & (flat_pt[here] > 0.4)
        for owner, leptons in ((11, truth.GenElectron[k]), (13, truth.GenMuon[k])):
            for i, lepton in enumerate(leptons):
                dphi = np.remainder(phi[here] - lepton.phi + np.pi, 2 * np.pi) - np.pi
                near = final & (np.hypot(eta[here] - lepton.eta, dphi) < 0.4)
                cone = truth.GenCone[k]
                mine = cone.pt[(cone.owner == owner) & (cone["index"] == i)]
                assert np.sum(mine) == pytest.approx(flat_pt[here][near].sum() - lepton.pt, rel=1e-4, abs=1e-3)
                compared += 1
    assert compared > 50
