"""The particle table against Pythia's own bookkeeping."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recastbook.events.generation.engine import Engine
from recastbook.events.generation.record import particles_from_pythia
from recastbook.events.generation.sources import find_recipe
from recastbook.events.particles import ParticleTable
from recastbook.exceptions import GenerationFailed

pytest.importorskip("pythia8mc")


@pytest.fixture(scope="module")
def pythia() -> Any:
    with Engine(find_recipe("gluino-gtt", m_gluino=2100, m_lsp=1)[0], seed=11) as engine:
        yield engine._pythia


@pytest.fixture(scope="module")
def table(pythia: Any) -> ParticleTable:
    return particles_from_pythia(pythia.nextBatch(12), first_event=100, run=3, luminosity_block=7)


def particles_into(table: ParticleTable, event: int) -> list[list[int]]:
    """Incoming particles of each vertex of an event, by place in the event."""
    a, b = table.offsets[event], table.offsets[event + 1]
    vertices: list[list[int]] = [[] for _ in range(table.vertex_offsets[event + 1] - table.vertex_offsets[event])]
    for i, v in enumerate(table.end_vertex[a:b]):
        if v >= 0:
            vertices[v].append(i)
    return vertices


def test_events_are_numbered_as_asked(table: ParticleTable) -> None:
    assert table.event.tolist() == list(range(100, 112))
    assert set(table.run.tolist()) == {3}
    assert set(table.luminosityBlock.tolist()) == {7}
    assert (table.weight == 1).all()


def test_status_and_mothers_agree_with_pythia(pythia: Any) -> None:
    for _ in range(3):
        table = particles_from_pythia(pythia.nextBatch(1))
        event = pythia.event
        assert event.size() == len(table.pdg_id) + 1
        incoming = particles_into(table, 0)
        for i in range(1, event.size()):
            particle = event[i]
            assert table.status[i - 1] == particle.statusHepMC()
            assert table.pdg_id[i - 1] == particle.id()
            mothers = [m for m in particle.motherList() if m > 0]
            vertex = table.prod_vertex[i - 1]
            assert (vertex >= 0) == bool(mothers)
            if mothers:
                # The first mother fixes the vertex, as in Pythia's own HepMC interface.
                assert mothers[0] - 1 in incoming[vertex]


def test_momentum_is_conserved_where_particles_decay(table: ParticleTable) -> None:
    four = np.stack([table.px, table.py, table.pz, table.energy], axis=1)
    checked = {"top": 0, "b hadron": 0}
    for k in range(len(table)):
        a, b = table.offsets[k], table.offsets[k + 1]
        ids, ends, prods = np.abs(table.pdg_id[a:b]), table.end_vertex[a:b], table.prod_vertex[a:b]
        for i in range(b - a):
            b_hadron = ids[i] > 100 and str(ids[i])[-3 if ids[i] < 1000 else -4] == "5" and table.status[a + i] == 2
            products = np.flatnonzero(prods == ends[i]) if ends[i] >= 0 else np.array([], dtype=int)
            top = ids[i] == 6 and sorted(ids[products]) == [5, 24]
            if not (b_hadron or top):
                continue
            assert np.allclose(four[a + products].sum(axis=0), four[a + i], atol=1e-4 * four[a + i, 3])
            checked["top" if top else "b hadron"] += 1
    assert checked["top"] == 4 * len(table)
    assert checked["b hadron"] >= 4 * len(table)


def test_energy_of_the_event_is_that_of_the_beams(table: ParticleTable) -> None:
    for k in range(len(table)):
        part = slice(table.offsets[k], table.offsets[k + 1])
        final = table.status[part] == 1
        assert table.energy[part][final].sum() == pytest.approx(13000, rel=1e-6)
        assert table.pz[part][final].sum() == pytest.approx(0, abs=0.05)
        assert (table.status[part] == 4).sum() == 2


def test_b_hadrons_fly(table: ParticleTable) -> None:
    """Mean proper decay length of B0, B+ and Bs is 0.45 mm."""
    lengths = []
    for k in range(len(table)):
        a, b, v = table.offsets[k], table.offsets[k + 1], table.vertex_offsets[k]
        for i in range(a, b):
            if abs(table.pdg_id[i]) in (511, 521, 531) and table.status[i] == 2:
                start, end = v + table.prod_vertex[i], v + table.end_vertex[i]
                moved = [float(c[end] - c[start]) for c in (table.x, table.y, table.z, table.t)]
                lengths.append(np.sqrt(max(moved[3] ** 2 - sum(m**2 for m in moved[:3]), 0.0)))
                boost = table.energy[i] / table.mass[i]
                assert moved[3] == pytest.approx(boost * lengths[-1], rel=1e-2, abs=1e-4)
    assert len(lengths) > 30
    assert np.mean(lengths) == pytest.approx(0.45, abs=0.25)


def test_graph_has_no_loose_ends(table: ParticleTable) -> None:
    for k in range(len(table)):
        part = slice(table.offsets[k], table.offsets[k + 1])
        n = table.vertex_offsets[k + 1] - table.vertex_offsets[k]
        assert set(table.prod_vertex[part]) - {-1} == set(range(n))
        assert set(table.end_vertex[part]) - {-1} == set(range(n))
        final = table.status[part] == 1
        assert (table.end_vertex[part][final] == -1).all()


def test_an_empty_batch_is_an_error(pythia: Any) -> None:
    with pytest.raises(GenerationFailed, match="empty batch"):
        particles_from_pythia(pythia.nextBatch(0))


def test_events_without_particles_are_an_error() -> None:
    recipe, _ = find_recipe("ttbar", settings=["PartonLevel:all = off"])
    with Engine(recipe, seed=1) as engine, pytest.raises(GenerationFailed, match="without particles"):
        next(engine.tables(2))
