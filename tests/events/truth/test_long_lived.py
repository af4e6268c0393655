"""Long-lived and stable new particles."""

from __future__ import annotations

import numpy as np
import pytest

from recastbook.events.columns import to_records
from recastbook.events.truth import TruthDefinitions, build_truth


def truth_of(table, k=0, **definitions):
    return to_records(build_truth(table, TruthDefinitions(**definitions)))[k]


def neutralino(record, flight=(30.0, 0.0, 40.0, 60.0), copies=1):
    e = record()
    hard = e.vertex(0.01, 0.0, 5.0, 0.0)
    born = hard
    e.add(21, 10.0, ends=hard, status=21)
    for _ in range(copies - 1):
        again = e.vertex(0.01, 0.0, 5.0, 0.0)
        e.add(1000022, 100.0, 1.0, born=born, ends=again, mass=200.0, status=22)
        born = again
    decay = e.vertex(0.01 + flight[0], flight[1], 5.0 + flight[2], flight[3])
    e.add(1000022, 90.0, 1.0, born=born, ends=decay, mass=200.0)
    e.add(22, 60.0, 1.0, 0.3, born=decay), e.add(1000039, 40.0, 1.0, -0.3, born=decay)
    return e


@pytest.mark.parametrize("copies", [1, 3])
def test_displaced_decay_of_a_neutralino(record, table, copies):
    truth = truth_of(table(neutralino(record, copies=copies)))
    assert len(truth.GenLLP) == 1
    llp = truth.GenLLP[0]
    assert (llp.pdgId, llp.daughter1, llp.daughter2, llp.nDaughter) == (1000022, 22, 1000039, 2)
    assert (llp.prodX, llp.prodY, llp.prodZ) == pytest.approx((0.01, 0.0, 5.0))
    assert (llp.decayX, llp.decayY, llp.decayZ, llp.decayT) == pytest.approx((30.01, 0.0, 45.0, 60.0))
    assert llp.properLength == pytest.approx(50.0 * 200.0 / (90.0 * np.cosh(1.0)), rel=1e-6)
    assert truth.GenInvisible.px == pytest.approx(40.0 * np.cos(0.3))
    assert len(truth.GenPhoton) == 1


def test_stated_length_and_calorimeter_are_definitions(record, table):
    t = table(neutralino(record))
    assert len(truth_of(t, llp_min_length=49.9).GenLLP) == 1
    assert len(truth_of(t, llp_min_length=50.1).GenLLP) == 0
    outside = truth_of(t, max_production_radius=20.0)
    assert (len(outside.GenPhoton), len(outside.GenJet), len(outside.GenLLP)) == (0, 0, 1)
    assert outside.GenInvisible.px == pytest.approx(100.0 * np.cos(0.3))
    assert len(truth_of(t).GenJet) == 1


def test_prompt_decay_is_not_long_lived(record, table):
    assert len(truth_of(table(neutralino(record, flight=(0.05, 0.0, 0.0, 0.0)))).GenLLP) == 0


def test_particle_that_decays_where_it_stands(record, table):
    e = record()
    born, decay = e.vertex(), e.vertex(0.0, 0.0, 0.2, 7.0)
    e.add(1009213, 0.0, 0.0, born=born, ends=decay, mass=500.0)
    e.add(1000022, 20.0, born=decay), e.add(1, 20.0, phi=np.pi, born=decay)
    llp = truth_of(table(e)).GenLLP[0]
    assert llp.properLength == pytest.approx(7.0)
    assert (llp.daughter1, llp.daughter2) == (1000022, 1)


@pytest.mark.parametrize(("ids", "count"), [((), 0), ((310,), 1), ((-310, 511), 2)])
def test_known_long_lived_particles_only_on_request(record, table, ids, count):
    e = record()
    b, short = e.vertex(1.0, 1.0, 1.0), e.vertex(0.0, 200.0, 0.0)
    e.add(511, 50.0, born=e.vertex(), ends=b, mass=5.28)
    e.add(310, 20.0, born=b, ends=short, mass=0.5), e.add(211, 10.0, born=short), e.add(-211, 10.0, born=short)
    llps = truth_of(table(e), llp_pdg_ids=ids).GenLLP
    assert llps.pdgId.tolist() == [511, 310][2 - count if count == 1 else 0 :][:count]


def test_stable_charged_particles_are_listed_and_in_no_jet(record, table):
    e = record()
    (
        e.add(-1000015, 300.0, 0.5, 0.0, 200.0),
        e.add(1009213, 200.0, 0.0, 1.0, 1000.0),
        e.add(1000993, 100.0, 0.0, 2.0, 1000.0),
    )
    truth = truth_of(table(e))
    assert truth.GenStable.pdgId.tolist() == [-1000015, 1009213]
    assert truth.GenStable.mass.tolist() == pytest.approx([200.0, 1000.0])
    assert len(truth.GenJet) == 0
    assert truth.GenTrack.sumPt == pytest.approx(500.0)
    assert truth.GenInvisible.px == pytest.approx(100.0 * np.cos(2.0))
