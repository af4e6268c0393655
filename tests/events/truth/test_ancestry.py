"""Flags of particles on records one can check by hand, and against a slow walk through the record."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recastbook.events.truth import TruthDefinitions
from recastbook.events.truth.ancestry import (
    B_HADRON,
    C_HADRON,
    FROM_ABSORBED,
    FROM_HADRON,
    FROM_TAU,
    INVISIBLE,
    LAST_TAU,
    LONG_LIVED,
    STABLE_NEW,
    VISIBLE,
    flag_particles,
)
from recastbook.events.truth.graph import build_graph
from recastbook.events.truth.species import BOTTOM, CHARM, HADRON, NEW, species_bits, three_charge
from recastbook.exceptions import BadEvent


def flags_of(table, **definitions):
    return flag_particles(table, build_graph(table), TruthDefinitions(**definitions))


def has(flags, flag):
    return (flags & flag) != 0


def test_top_decay_to_a_lepton_is_prompt(record, table):
    e = record()
    hard, top, w = e.vertex(), e.vertex(), e.vertex()
    e.add(2212, 0.0, 0.0, born=-1, ends=hard, status=4)
    e.add(6, 100.0, born=hard, ends=top, status=22)
    b = e.add(5, 60.0, born=top)
    e.add(24, 80.0, born=top, ends=w, status=22)
    mu = e.add(-13, 50.0, born=w)
    nu = e.add(14, 30.0, born=w)
    flags = flags_of(table(e))
    assert not has(flags, FROM_HADRON).any()  # the beam proton is no hadron decay
    assert has(flags, VISIBLE)[[b, mu]].all()
    assert has(flags, INVISIBLE).nonzero()[0].tolist() == [nu]


def test_chain_of_a_prompt_tau_is_prompt_and_from_tau(record, table):
    e = record()
    w, copy, tau = e.vertex(), e.vertex(), e.vertex()
    e.add(24, 80.0, ends=w, status=22)
    first = e.add(-15, 50.0, born=w, ends=copy, status=23)
    fsr = e.add(22, 1.0, born=copy)
    last = e.add(-15, 49.0, born=copy, ends=tau)
    muon = e.add(-13, 20.0, born=tau)
    neutrinos = [e.add(14, 9.0, born=tau), e.add(-16, 20.0, born=tau)]
    flags = flags_of(table(e))
    assert has(flags, FROM_TAU).nonzero()[0].tolist() == [muon, *neutrinos]  # not the photon the tau radiated
    assert not has(flags, FROM_TAU)[fsr]
    assert not has(flags, FROM_HADRON).any()
    assert has(flags, LAST_TAU).nonzero()[0].tolist() == [last]
    assert not has(flags, LAST_TAU)[first]


def test_tau_of_a_b_hadron_is_not_prompt(record, table):
    e = record()
    b, tau = e.vertex(), e.vertex()
    e.add(-521, 50.0, ends=b)
    e.add(15, 20.0, born=b, ends=tau)
    muon = e.add(13, 8.0, born=tau)
    flags = flags_of(table(e))
    assert has(flags, FROM_HADRON | FROM_TAU)[muon]
    assert flags[muon] & FROM_HADRON
    assert flags[muon] & FROM_TAU


def test_last_hadrons_of_a_b_chain(record, table):
    e = record()
    string, star, mixing, weak, charm = (e.vertex() for _ in range(5))
    e.add(5, 60.0, ends=string, status=71)
    star_b = e.add(513, 55.0, born=string, ends=star)
    e.add(22, 0.1, born=star)
    mixed = e.add(511, 54.0, born=star, ends=mixing)
    last_b = e.add(-511, 54.0, born=mixing, ends=weak)
    star_d = e.add(413, 30.0, born=weak, ends=e.vertex())
    last_d = e.add(421, 28.0, born=len(e.vertices) - 1, ends=charm)
    muon = e.add(-13, 10.0, born=charm)
    jpsi = e.add(443, 12.0, born=string, ends=e.vertex())
    upsilon = e.add(553, 12.0, born=string, ends=len(e.vertices) - 1)
    flags = flags_of(table(e))
    assert has(flags, B_HADRON).nonzero()[0].tolist() == [last_b]
    assert has(flags, C_HADRON).nonzero()[0].tolist() == [last_d]
    assert not has(flags, B_HADRON | C_HADRON)[[star_b, mixed, star_d, jpsi, upsilon]].any()
    assert flags[muon] & FROM_HADRON


def test_hadron_without_decay_is_a_label_too(record, table):
    e = record()
    b, c, bc = e.add(-511, 50.0), e.add(411, 20.0), e.add(541, 20.0)
    flags = flags_of(table(e))
    assert has(flags, B_HADRON).nonzero()[0].tolist() == [b, bc]
    assert has(flags, C_HADRON).nonzero()[0].tolist() == [c]


def test_copies_with_documentation_status_do_not_count(record, table):
    e = record()
    hard, weak = e.vertex(), e.vertex()
    e.add(511, 50.0, born=hard, ends=weak, status=3)
    e.add(-13, 50.0, born=hard, status=3)
    e.add(-13, 50.0, born=hard, status=2)
    e.add(-13, 50.0, born=hard, ends=weak, status=1)  # has gone on to something else: not final
    muon = e.add(-13, 48.0, born=weak)
    flags = flags_of(table(e))
    assert has(flags, VISIBLE).nonzero()[0].tolist() == [muon]
    assert not has(flags, B_HADRON | FROM_HADRON).any()


def test_beam_without_status_four_is_no_hadron_decay(record, table):
    e = record()
    hard = e.vertex()
    beam = e.add(2212, 0.0, ends=hard, status=2)
    e.rows[beam] = (2212, 2, 0.0, 0.0, 6500.0, 6500.0, 0.938, -1, hard)
    e.add(13, 50.0, born=hard)
    assert not has(flags_of(table(e)), FROM_HADRON).any()


@pytest.mark.parametrize(
    "pdg", [12, -14, 16, 1000022, 1000039, 1000012, -2000014, 1000025, 52, 9900012, 1000993, 4900211]
)
def test_neutral_and_stable_is_invisible(record, table, pdg):
    e = record()
    e.add(pdg, 50.0)
    assert flags_of(table(e)).tolist() == [INVISIBLE]


@pytest.mark.parametrize("pdg", [1000024, -1000015, 1009213, 1000612, 1092214, 17])
def test_charged_new_and_stable_is_a_track_of_its_own(record, table, pdg):
    e = record()
    e.add(pdg, 50.0)
    assert flags_of(table(e)).tolist() == [VISIBLE | STABLE_NEW]


def test_lists_of_invisible_and_visible_particles_are_definitions(record, table):
    e = record()
    e.add(1000022, 50.0), e.add(2112, 50.0)
    assert flags_of(table(e), visible_pdg_ids=(1000022,), invisible_pdg_ids=(2112,)).tolist() == [VISIBLE, INVISIBLE]


def test_neutralino_that_decays_is_not_invisible(record, table):
    e = record()
    v = e.vertex()
    e.add(1000022, 50.0, ends=v)
    e.add(22, 20.0, born=v), e.add(1000039, 30.0, born=v)
    assert flags_of(table(e)).tolist() == [LONG_LIVED, VISIBLE, INVISIBLE]


@pytest.mark.parametrize(
    ("x", "z", "seen"), [(100.0, 0, True), (4000, 0, True), (4300, 0, False), (0, 6000, True), (0, -6200, False)]
)
def test_what_is_produced_outside_the_calorimeter_is_not_seen(record, table, x, z, seen):
    e = record()
    v = e.vertex(x, 0.0, z, 0.0)
    e.add(1000022, 50.0, ends=v)
    p = e.add(211, 20.0, born=v)
    assert bool(flags_of(table(e))[p] & VISIBLE) == seen
    assert not flags_of(table(e), max_production_radius=50.0, max_production_z=50.0)[p] & VISIBLE


def test_hadron_that_enters_the_calorimeter_is_seen_by_its_decay_products(record, table):
    e = record()
    inside, outside, further = e.vertex(), e.vertex(0.0, 0.0, 7000.0), e.vertex(0.0, 0.0, 9000.0)
    e.add(310, 5.0, 4.0, born=inside, ends=outside)
    p = [e.add(111, 3.0, 4.0, born=outside, ends=further), e.add(22, 2.0, 4.0, born=further)]
    assert flags_of(table(e))[p[1]] & VISIBLE
    e.add(1000022, 5.0, 4.0, born=inside, ends=e.vertex(0.0, 0.0, 6500.0))
    k = e.add(310, 5.0, 4.0, born=len(e.vertices) - 1, ends=e.vertex(0.0, 0.0, 7000.0))
    e.add(22, 2.0, 4.0, born=len(e.vertices) - 1)
    assert flags_of(table(e))[k + 1] & INVISIBLE


@pytest.mark.parametrize("source", [511, 15, 1000022])
def test_cycles_end(record, table, source):
    e = record()
    a, b = e.vertex(), e.vertex()
    e.add(source, 50.0, born=b, ends=a)
    e.add(source, 50.0, born=a, ends=b)
    e.add(22, 20.0, born=a)
    e.add(source, 50.0, born=a, ends=a)
    flags = flags_of(table(e))
    assert bool(flags[2] & FROM_HADRON) == (source == 511)


def test_vertex_that_is_not_there_is_named(record, table):
    good, bad = record(), record()
    v = good.vertex()
    good.add(22, 10.0, born=v)
    bad.add(22, 10.0, born=0)
    with pytest.raises(BadEvent, match=r"event 1: particle 0 has prod_vertex 0"):
        build_graph(table(good, bad))


@pytest.mark.parametrize("momentum", [(np.nan, 0.0, 0.0, 10.0), (1.0, 0.0, -np.inf, 10.0), (1.0, 1.0, 1.0, -2.0)])
def test_momentum_that_cannot_be_is_named(record, table, momentum):
    good, bad = record(), record()
    good.add(22, 10.0), bad.add(22, 10.0)
    bad.rows.append((-13, 1, *momentum, 0.1, -1, -1))
    with pytest.raises(BadEvent, match=r"event 1: particle 1 \(PDG -13\).*must be finite"):
        flags_of(table(good, bad))


def inside(one, v):
    d = TruthDefinitions()
    return v < 0 or (np.hypot(one.x[v], one.y[v]) <= d.max_production_radius and abs(one.z[v]) <= d.max_production_z)


def slow_flags(table, k):
    """The flags of event k by walking up from every particle, with sets: quadratic and plain."""
    d = TruthDefinitions()
    one = table.slice(k, k + 1)
    n = len(one.pdg_id)
    ends, born = one.end_vertex, one.prod_vertex
    daughters = [np.flatnonzero((born == ends[i]) & (ends[i] >= 0)) for i in range(n)]
    parents = [np.flatnonzero((ends == born[i]) & (born[i] >= 0)) for i in range(n)]
    bits = [species_bits(int(i)) for i in one.pdg_id]
    real = [s not in (3, 4) for s in one.status]

    def is_source(i, kind):
        if not real[i] or len(daughters[i]) == 0:
            return False
        if kind == FROM_HADRON:
            return bool(bits[i] & HADRON)
        return abs(one.pdg_id[i]) == 15 and one.pdg_id[i] not in one.pdg_id[daughters[i]]

    out = np.zeros(n, np.uint16)
    for i in range(n):
        ancestors, todo = set(), list(parents[i])
        while todo:
            a = todo.pop()
            if a not in ancestors:
                ancestors.add(a)
                todo += list(parents[a])
        for kind in (FROM_HADRON, FROM_TAU):
            if any(is_source(a, kind) for a in ancestors):
                out[i] |= kind
        if any(bits[a] & HADRON and real[a] and inside(one, born[a]) and not inside(one, ends[a]) for a in ancestors):
            out[i] |= FROM_ABSORBED
        if not real[i]:
            continue
        final = one.status[i] == 1 and len(daughters[i]) == 0
        new_charged = bits[i] & NEW and three_charge(int(one.pdg_id[i])) != 0
        if final:
            hidden = abs(one.pdg_id[i]) in d.invisible_pdg_ids or (bits[i] & NEW and not new_charged)
            hidden |= not inside(one, born[i]) and not out[i] & FROM_ABSORBED
            out[i] |= INVISIBLE if hidden else VISIBLE | (STABLE_NEW if new_charged else 0)
        flavours = [(BOTTOM, B_HADRON), (CHARM, C_HADRON)]
        for flavour, flag in flavours:
            if bits[i] & flavour and (final or len(daughters[i])):
                if not any(bits[j] & flavour for j in daughters[i]):
                    out[i] |= flag
                break
        if abs(one.pdg_id[i]) == 15 and (final or is_source(i, FROM_TAU)):
            out[i] |= LAST_TAU
        if bits[i] & NEW and len(daughters[i]) and one.pdg_id[i] not in one.pdg_id[daughters[i]]:
            out[i] |= LONG_LIVED
    return out


@pytest.mark.parametrize("process", ["ttbar", "gtt"])
def test_flags_agree_with_a_slow_walk_up_the_record(process, request):
    table = request.getfixturevalue(process).slice(0, 4)
    flags = flags_of(table)
    for k in range(len(table)):
        np.testing.assert_array_equal(flags[table.offsets[k] : table.offsets[k + 1]], slow_flags(table, k))


PARTICLES = [511, -521, 513, 421, 4122, 541, 443, 111, 310, 15, -15, 13, 22, 12, 5, 2212, 1000022, 1000021, 1000024, 32]


@st.composite
def tangled_records(draw):
    """Records no generator would write: any particle between any two vertices, cycles and loose ends included."""
    n_vertices = draw(st.integers(0, 5))
    places = st.sampled_from([0.0, 0.0, 10.0, 5000.0])
    vertices = [(draw(places), 0.0, draw(places) * 2, 0.0) for _ in range(n_vertices)]
    vertex = st.integers(-1, n_vertices - 1)
    rows = []
    for i in range(draw(st.integers(1, 12))):
        pdg, status = draw(st.sampled_from(PARTICLES)), draw(st.sampled_from([1, 1, 2, 3, 4, 23]))
        rows.append((pdg, status, 10.0 + i, 5.0, 3.0, 50.0, 0.0, draw(vertex), draw(vertex)))
    return rows, vertices


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(tangle=tangled_records())
def test_flags_agree_with_a_slow_walk_on_tangled_records(record, table, tangle):
    rows, vertices = tangle
    t = table(record(rows, vertices))
    np.testing.assert_array_equal(flags_of(t), slow_flags(t, 0))


def test_momentum_is_conserved_between_visible_and_invisible(ttbar):
    seen = has(flags_of(ttbar), VISIBLE | INVISIBLE)
    event = np.repeat(np.arange(len(ttbar)), np.diff(ttbar.offsets))
    for p, total in ((ttbar.px, 0.0), (ttbar.py, 0.0), (ttbar.energy, 13000.0)):
        np.testing.assert_allclose(np.bincount(event[seen], p[seen]), total, rtol=1e-6, atol=1e-3)
