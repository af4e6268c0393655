"""Jets on hand-made events, against a plain clustering, and labels against brute force."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest

from recastbook.events.columns import to_records
from recastbook.events.truth import TruthDefinitions, build_truth
from recastbook.events.truth.ancestry import B_HADRON, C_HADRON, FROM_HADRON, LAST_TAU, VISIBLE, flag_particles
from recastbook.events.truth.clustering import cluster
from recastbook.events.truth.graph import build_graph
from recastbook.events.truth.labels import cone_labels


def jets_of(table, k=0, **definitions):
    return to_records(build_truth(table, TruthDefinitions(**definitions))).GenJet[k]


def test_two_particles_within_the_radius_are_one_jet(record, table):
    e = record()
    e.add(211, 30.0, 0.1, 0.0, 0.13957), e.add(111, 20.0, 0.3, 0.1, 0.13498), e.add(22, 15.0, 0.1, 2.0)
    e.add(22, 9.9, -2.0, 0.0), e.add(22, 12.0, 4.95, 0.0), e.add(22, 11.0, -4.85, 0.0)
    jets = jets_of(table(e))
    px, py = 30 + 20 * np.cos(0.1), 20 * np.sin(0.1)
    assert jets.pt.tolist() == pytest.approx([np.hypot(px, py), 15.0, 11.0], rel=1e-6)
    pz = 30 * np.sinh(0.1) + 20 * np.sinh(0.3)
    assert jets.eta[0] == pytest.approx(np.arcsinh(pz / np.hypot(px, py)), rel=1e-6)
    energy = sum(np.hypot(p * np.cosh(h), m) for p, h, m in [(30, 0.1, 0.13957), (20, 0.3, 0.13498)])
    assert jets.mass[0] == pytest.approx(np.sqrt(energy**2 - px**2 - py**2 - pz**2), rel=1e-5)
    assert jets.nTrack500.tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("pdg", "definitions", "clustered"),
    [
        (13, {}, False), (13, {"jet_muons": True}, True), (11, {}, True), (22, {}, True),
        (11, {"jet_leptons_photons": False}, False), (22, {"jet_leptons_photons": False}, False),
        (211, {"jet_leptons_photons": False}, True), (13, {"jet_leptons_photons": False}, False),
        (1000024, {"jet_muons": True}, False), (12, {}, False), (1000022, {}, False), (2112, {}, True),
    ],
)  # fmt: skip
def test_what_is_clustered_is_a_switch(record, table, pdg, definitions, clustered):
    e = record()
    e.add(pdg, 50.0, 0.5, 0.5)
    assert len(jets_of(table(e), **definitions)) == int(clustered)


@pytest.mark.parametrize("switches", [{}, {"jet_leptons_photons": False}])
@pytest.mark.parametrize("pdg", [11, 13, 22])
def test_leptons_and_photons_of_hadrons_are_always_clustered(record, table, pdg, switches):
    e = record()
    v = e.vertex()
    e.add(-511, 60.0, 0.5, 0.5, 5.28, ends=v)
    e.add(pdg, 50.0, 0.5, 0.5, born=v)
    jets = jets_of(table(e), **switches)
    assert jets.pt.tolist() == pytest.approx([50.0])
    assert jets.flavour.tolist() == [5]


def test_track_counts(record, table):
    e = record()
    for i, pt in enumerate([20.0, 1.1, 0.9, 0.6, 0.4]):
        e.add(211 if i % 2 else -321, pt, 0.01 * i, 0.0)
    e.add(13, 15.0, 0.05, 0.0)
    e.add(2112, 5.0, 0.0, 0.05)
    e.add(211, 30.0, 2.6, 1.0), e.add(211, 20.0, 2.45, 1.0)
    assert jets_of(table(e)).nTrack500.tolist() == [1, 4]
    assert jets_of(table(e)).nTrack1000.tolist() == [1, 2]
    assert jets_of(table(e), jet_muons=True).nTrack1000.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("hadrons", "labels"),
    [
        ([(511, 6.0, 0.0)], (5, 5, 5)),
        ([(511, 4.0, 0.0)], (0, 5, 0)),
        ([(511, 6.0, 0.35)], (0, 5, 5)),
        ([(511, 6.0, 0.45)], (0, 0, 0)),
        ([(421, 50.0, 0.0), (511, 6.0, 0.2)], (5, 5, 5)),
        ([(15, 50.0, 0.0), (4122, 6.0, 0.2)], (4, 4, 4)),
        ([(-15, 50.0, 0.1)], (15, 15, 15)),
        ([(443, 50.0, 0.0)], (0, 0, 0)),
        ([(513, 50.0, 0.0)], (5, 5, 5)),
    ],
    ids=["b", "soft b", "b at 0.35", "b outside", "c and b", "tau and c", "tau", "charmonium", "undecayed B*"],
)
def test_labels(record, table, hadrons, labels):
    e = record()
    v = e.vertex()
    for pdg, pt, eta in hadrons:
        e.add(pdg, pt, eta, 0.0, 1.0, ends=v)
    e.add(211, 50.0, 0.0, 0.0, born=v)
    jet = jets_of(table(e))[0]
    assert (jet.flavour, jet.flavourCone04, jet.flavourGhost) == labels


def test_hadron_between_two_jets_labels_both_or_the_nearest(record, table):
    e = record()
    v = e.vertex()
    e.add(511, 20.0, 0.25, 0.0, 5.28, ends=v)
    e.add(211, 50.0, 0.0, 0.0), e.add(211, 40.0, 0.45, 0.0, born=v)
    assert jets_of(table(e)).flavour.tolist() == [5, 5]
    assert jets_of(table(e), label_nearest=True).flavour.tolist() == [0, 5]


def test_cone_across_the_edge_of_phi():
    labels = cone_labels(
        np.array([0]), np.array([0.0]), np.array([np.pi - 0.05]),
        np.array([0]), np.array([5], np.int8), np.array([10.0]), np.array([0.0]), np.array([-np.pi + 0.05]),
        5.0, 0.3, False,
    )  # fmt: skip
    assert labels.tolist() == [5]


def plain_inputs(table, k):
    """Final particles of event k that take part by default, as rows of px, py, pz, E; by their own selection."""
    one = table.slice(k, k + 1)
    flags = flag_particles(one, build_graph(one), TruthDefinitions())
    prompt_muon = (np.abs(one.pdg_id) == 13) & ((flags & FROM_HADRON) == 0)
    take = ((flags & VISIBLE) != 0) & ~prompt_muon
    return np.stack([one.px, one.py, one.pz, one.energy], axis=1)[take], one, flags


def slow_antikt(momenta, radius=0.4, min_pt=10.0):
    """Anti-kt as its definition says (arXiv:0802.1189, equation 1), in numpy."""
    live = [np.array(p) for p in momenta]
    jets = []

    def describe(p):
        pt2 = p[0] ** 2 + p[1] ** 2
        return pt2, 0.5 * np.log((p[3] + p[2]) / (p[3] - p[2])), np.arctan2(p[1], p[0])

    known = [describe(p) for p in live]
    while live:
        pt2, y, phi = (np.array(c) for c in zip(*known, strict=True))
        dphi = np.abs(phi[:, None] - phi[None, :])
        dphi = np.minimum(dphi, 2 * np.pi - dphi)
        dij = np.minimum(1 / pt2[:, None], 1 / pt2[None, :]) * ((y[:, None] - y[None, :]) ** 2 + dphi**2) / radius**2
        np.fill_diagonal(dij, 1 / pt2)
        i, j = np.unravel_index(np.argmin(dij), dij.shape)
        if i == j:
            jets.append(live.pop(i))
            known.pop(i)
        else:
            live[i] = live[i] + live[j]
            known[i] = describe(live[i])
            live.pop(j), known.pop(j)
    jets = np.array([p for p in jets if np.hypot(p[0], p[1]) > min_pt])
    return jets[np.argsort(-np.hypot(jets[:, 0], jets[:, 1]))]


def test_jets_agree_with_the_definition_of_antikt(ttbar):
    truth = to_records(build_truth(ttbar)).GenJet
    for k in np.argsort(np.diff(ttbar.offsets))[20:24]:
        inputs, _, _ = plain_inputs(ttbar, k)
        # what is far forward changes no jet that is listed, and the slow way is cubic
        rapidity = np.arctanh(inputs[:, 2] / inputs[:, 3])
        jets = slow_antikt(inputs[np.abs(rapidity) < 6.5])
        assert len(jets) > 0
        pt = np.hypot(jets[:, 0], jets[:, 1])
        eta = np.arcsinh(jets[:, 2] / pt)
        jets, pt, eta = jets[np.abs(eta) < 4.9], pt[np.abs(eta) < 4.9], eta[np.abs(eta) < 4.9]
        np.testing.assert_allclose(truth.pt[k], pt, rtol=1e-5)
        np.testing.assert_allclose(truth.eta[k], eta, atol=1e-5)
        np.testing.assert_allclose(truth.phi[k], np.arctan2(jets[:, 1], jets[:, 0]), atol=1e-5)


def test_jets_and_their_contents_agree_with_plain_fastjet(gtt):
    import fastjet
    from fastjet import _swig

    truth = to_records(build_truth(gtt)).GenJet
    for k in range(0, len(gtt), 4):
        inputs, one, flags = plain_inputs(gtt, k)
        rows = np.flatnonzero(((flags & VISIBLE) != 0) & ~((np.abs(one.pdg_id) == 13) & ((flags & FROM_HADRON) == 0)))
        particles = []
        for i, p in enumerate(inputs):
            particles.append(fastjet.PseudoJet(*p.tolist()))
            particles[-1].set_user_index(i)
        sequence = _swig.ClusterSequence(particles, fastjet.JetDefinition(fastjet.antikt_algorithm, 0.4))
        jets = [j for j in fastjet.sorted_by_pt(sequence.inclusive_jets(10.0)) if abs(j.eta()) < 4.9]
        np.testing.assert_allclose(truth.pt[k], [j.pt() for j in jets], rtol=1e-6)
        np.testing.assert_allclose(truth.mass[k], [j.m() for j in jets], rtol=1e-5, atol=2e-3)
        charged = {11, 13, 211, 321, 2212, 3112, 3222, 3312, 3334}
        tracks = []
        for jet in jets:
            inside = rows[[c.user_index() for c in jet.constituents()]]
            pt = np.hypot(one.px[inside], one.py[inside])
            central = np.abs(np.arcsinh(one.pz[inside] / pt)) < 2.5
            is_charged = np.isin(np.abs(one.pdg_id[inside]), list(charged))
            tracks.append([int((is_charged & central & (pt > threshold)).sum()) for threshold in (0.5, 1.0)])
        assert truth.nTrack500[k].tolist() == [t[0] for t in tracks]
        assert truth.nTrack1000[k].tolist() == [t[1] for t in tracks]


@pytest.mark.parametrize(("name", "min_pt", "radius"), [("flavour", 5.0, 0.3), ("flavourCone04", 0.0, 0.4)])
def test_labels_agree_with_brute_force(gtt, name, min_pt, radius):
    truth = to_records(build_truth(gtt)).GenJet
    flags = flag_particles(gtt, build_graph(gtt), TruthDefinitions())
    pt = np.hypot(gtt.px, gtt.py)
    eta, phi = np.arcsinh(gtt.pz / np.maximum(pt, 1e-9)), np.arctan2(gtt.py, gtt.px)
    counts = dict.fromkeys((5, 4, 15, 0), 0)
    for k in range(len(gtt)):
        here = slice(gtt.offsets[k], gtt.offsets[k + 1])
        for j in range(len(truth[k])):
            dphi = np.remainder(phi[here] - truth.phi[k][j] + np.pi, 2 * np.pi) - np.pi
            near = (np.hypot(eta[here] - truth.eta[k][j], dphi) < radius) & (pt[here] > min_pt)
            expected = 0
            for flag, label in ((LAST_TAU, 15), (C_HADRON, 4), (B_HADRON, 5)):
                if (near & ((flags[here] & flag) != 0)).any():
                    expected = label
            assert truth[name][k][j] == expected
            counts[expected] += 1
    assert min(counts.values()) > 0


def test_ghosts_label_the_jet_they_are_in(gtt):
    truth = to_records(build_truth(gtt)).GenJet
    same = np.mean(
        [a == b for k in range(len(gtt)) for a, b in zip(truth.flavour[k], truth.flavourGhost[k], strict=True)]
    )
    assert same > 0.95


def test_ghosts_move_no_jet(gtt):
    few = build_truth(gtt, TruthDefinitions(label_hadron_pt=1e9))
    many = build_truth(gtt, TruthDefinitions(label_hadron_pt=0.0))
    for name in ("nGenJet", "GenJet_pt", "GenJet_eta", "GenJet_phi", "GenJet_nTrack500"):
        np.testing.assert_array_equal(few[name], many[name])
    assert not few["GenJet_flavourGhost"].any()


def test_jets_fall_in_pt_within_the_acceptance(gtt):
    truth = to_records(build_truth(gtt)).GenJet
    for jets in truth:
        assert all(a >= b for a, b in itertools.pairwise(jets.pt))
    flat = build_truth(gtt)
    assert flat["GenJet_pt"].min() >= 10.0
    assert np.abs(flat["GenJet_eta"]).max() < 4.9


def test_fastjet_prints_no_banner():
    code = (
        "import numpy as np; from recastbook.events.truth.clustering import cluster; one = np.ones(1); "
        "assert len(cluster(20 * one, one, one, 25 * one, np.array([0, 1]), radius=0.4, min_pt=10.0).event) == 1"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert (run.stdout, run.stderr) == (b"", b"")


def test_an_event_without_particles_has_no_jets():
    empty = np.empty(0)
    assert len(cluster(empty, empty, empty, empty, np.zeros(4, np.int64), radius=0.4, min_pt=10.0).event) == 0
    px = np.array([20.0, 30.0])
    jets = cluster(px, 0 * px, 0 * px, px, np.array([0, 0, 1, 1, 2, 2]), radius=0.4, min_pt=10.0)
    assert jets.event.tolist() == [1, 3]
    assert jets.constituents.tolist() == [0, 1]
