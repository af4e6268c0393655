"""Hand-made event records, Pythia events and file events for the tests of truth objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pytest

from recastbook.events.particles import ParticleTable


@dataclass
class Record:
    """One event, written down particle by particle; vertices are numbers, -1 for none."""

    rows: list[tuple[float, ...]] = field(default_factory=list)
    vertices: list[tuple[float, float, float, float]] = field(default_factory=list)

    def vertex(self, x: float = 0.0, y: float = 0.0, z: float = 0.0, t: float = 0.0) -> int:
        self.vertices.append((x, y, z, t))
        return len(self.vertices) - 1

    def add(
        self,
        pdg: int,
        pt: float = 0.0,
        eta: float = 0.0,
        phi: float = 0.0,
        mass: float = 0.0,
        *,
        born: int = -1,
        ends: int = -1,
        status: int | None = None,
    ) -> int:
        px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
        energy = np.sqrt(px**2 + py**2 + pz**2 + mass**2)
        status = (1 if ends < 0 else 2) if status is None else status
        self.rows.append((pdg, status, px, py, pz, energy, mass, born, ends))
        return len(self.rows) - 1


def to_table(records: Sequence[Record]) -> ParticleTable:
    n = len(records)
    rows = np.array([r for record in records for r in record.rows], dtype=np.float64).reshape(-1, 9).T
    vertices = np.array([v for record in records for v in record.vertices], dtype=np.float64).reshape(-1, 4).T
    ints, floats = [0, 1, 7, 8], [2, 3, 4, 5, 6]
    pdg, status, prod, end = (rows[i].astype(np.int32) for i in ints)
    px, py, pz, energy, mass = (rows[i].copy() for i in floats)
    x, y, z, t = (v.copy() for v in vertices)
    return ParticleTable(
        run=np.ones(n, np.int64), luminosityBlock=np.ones(n, np.int64), event=np.arange(n, dtype=np.int64),
        weight=np.ones(n), offsets=np.cumsum([0] + [len(r.rows) for r in records]),
        pdg_id=pdg, status=status, px=px, py=py, pz=pz, energy=energy, mass=mass, prod_vertex=prod, end_vertex=end,
        vertex_offsets=np.cumsum([0] + [len(r.vertices) for r in records]), x=x, y=y, z=z, t=t,
    )  # fmt: skip


def shuffled(table: ParticleTable, seed: int) -> ParticleTable:
    """The same events with particles and vertices in another order."""
    rng = np.random.default_rng(seed)
    n = len(table)
    order = np.concatenate(
        [rng.permutation(np.arange(table.offsets[k], table.offsets[k + 1])) for k in range(n)]
    )  # fmt: skip
    vertex_order = np.concatenate(
        [rng.permutation(np.arange(table.vertex_offsets[k], table.vertex_offsets[k + 1])) for k in range(n)]
    )
    new_number = np.empty(len(vertex_order) + 1, np.int64)
    new_number[vertex_order] = np.arange(len(vertex_order))
    event = np.repeat(np.arange(n), np.diff(table.offsets))
    first = table.vertex_offsets[event]
    changed: dict[str, np.ndarray] = {}
    for name in ("prod_vertex", "end_vertex"):
        old = getattr(table, name)
        new = np.where(old >= 0, new_number[np.maximum(old, 0) + first] - first, -1)
        changed[name] = new[order].astype(np.int32)
    for f in fields(ParticleTable):
        if f.name in ("pdg_id", "status", "px", "py", "pz", "energy", "mass"):
            changed[f.name] = getattr(table, f.name)[order]
        elif f.name in ("x", "y", "z", "t"):
            changed[f.name] = getattr(table, f.name)[vertex_order]
    return replace(table, **changed)


@pytest.fixture
def record() -> type[Record]:
    return Record


@pytest.fixture
def table() -> Callable[..., ParticleTable]:
    return lambda *records: to_table(records)


@pytest.fixture
def shuffle() -> Callable[[ParticleTable, int], ParticleTable]:
    return shuffled


def _pythia(lines: Sequence[str], n: int, slha: str | None, folder: object) -> ParticleTable:
    pythia8mc = pytest.importorskip("pythia8mc")
    from recastbook.events.generation.record import particles_from_pythia

    pythia = pythia8mc.Pythia("", False)
    for line in ("Print:quiet = on", "Random:setSeed = on", "Random:seed = 7", "Beams:eCM = 13000.", *lines):
        assert pythia.readString(line)
    if slha is not None:
        path = folder / "spectrum.slha"  # type: ignore[operator]
        path.write_text(slha)
        pythia.readString(f"SLHA:file = {path}")
        pythia.readString("SLHA:readFrom = 2")
    assert pythia.init()
    return particles_from_pythia(pythia.nextBatch(n))


@pytest.fixture(scope="session")
def ttbar() -> ParticleTable:
    """60 top pairs from Pythia, with multiparton interactions."""
    return _pythia(("Top:all = on",), 60, None, None)


@pytest.fixture(scope="session")
def ditau() -> ParticleTable:
    """200 Z bosons of large transverse momentum to two taus, without multiparton interactions."""
    lines = ("WeakBosonAndParton:qg2gmZq = on", "PhaseSpace:pTHatMin = 100.", "23:onMode = off", "23:onIfAny = 15")
    return _pythia((*lines, "WeakZ0:gmZmode = 2", "PartonLevel:MPI = off"), 200, None, None)


GTT = """BLOCK MODSEL
 1 0
BLOCK MASS
 1000021 2000.0
 1000022 400.0
DECAY 1000021 1.0
 1.0 3 1000022 6 -6
DECAY 1000022 0.0
"""


@pytest.fixture(scope="session")
def gtt(tmp_path_factory: pytest.TempPathFactory) -> ParticleTable:
    """40 gluino pairs, each gluino to two tops and a neutralino."""
    lines = ("SUSY:gg2gluinogluino = on", "SUSY:qqbar2gluinogluino = on", "SLHA:verbose = 0")
    return _pythia(lines, 40, GTT, tmp_path_factory.mktemp("gtt"))
