"""What the reader tests share: a plain view of events in which two readers can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from recastbook.events.particles import ParticleTable


@dataclass
class PlainEvent:
    """An event without any order: sorted particles, each with its origin and end."""

    number: int
    weight: float
    particles: np.ndarray
    """One row per particle: pdg, status, p, m, x of origin, x of end, number of siblings and children."""
    families: list[tuple[tuple[int, ...], tuple[int, ...]]]
    """For each vertex the PDG numbers that enter and leave it."""


def plain_events(tables: Iterable[ParticleTable]) -> list[PlainEvent]:
    out = []
    for table in tables:
        for k in range(len(table)):
            one = table.slice(k, k + 1)
            position = np.stack([one.x, one.y, one.z, one.t], axis=1)
            position = np.concatenate([position, np.full((1, 4), 1e9)])  # row -1: no vertex
            n = len(one.x) + 1
            born = np.bincount(np.where(one.prod_vertex < 0, n - 1, one.prod_vertex), minlength=n)
            ends = np.bincount(np.where(one.end_vertex < 0, n - 1, one.end_vertex), minlength=n)
            born[-1] = ends[-1] = 0
            columns = [one.pdg_id, one.status, one.px, one.py, one.pz, one.energy, one.mass]
            columns += [*position[one.prod_vertex].T, *position[one.end_vertex].T]
            columns += [born[one.prod_vertex], ends[one.prod_vertex], born[one.end_vertex], ends[one.end_vertex]]
            rows = np.stack([np.asarray(c, dtype=np.float64) for c in columns], axis=1)
            # The HepMC3 library drops particles that hang on nothing: out of a vertex where nothing enters, with no
            # end. They are in the file, so our reader keeps them.
            loose = (one.end_vertex < 0) & (one.prod_vertex >= 0) & (ends[one.prod_vertex] == 0)
            rows = rows[~loose]
            rows = rows[np.lexsort(rows.T[::-1])]
            entering: dict[int, list[int]] = {}
            leaving: dict[int, list[int]] = {}
            for pdg, v, w in zip(one.pdg_id[~loose], one.prod_vertex[~loose], one.end_vertex[~loose], strict=True):
                leaving.setdefault(int(v), []).append(int(pdg))
                entering.setdefault(int(w), []).append(int(pdg))
            families = sorted(
                (tuple(sorted(entering.get(v, []))), tuple(sorted(leaving.get(v, []))))
                for v in {*entering, *leaving} - {-1}
            )
            out.append(PlainEvent(int(one.event[0]), float(one.weight[0]), rows, families))
    return out


@pytest.fixture
def assert_same_events() -> Callable[[Iterable[ParticleTable], Iterable[ParticleTable]], None]:
    def check(a: Iterable[ParticleTable], b: Iterable[ParticleTable]) -> None:
        left, right = plain_events(a), plain_events(b)
        assert len(left) == len(right)
        for x, y in zip(left, right, strict=True):
            assert x.number == y.number
            assert x.weight == y.weight
            assert x.particles.shape == y.particles.shape
            np.testing.assert_array_equal(x.particles, y.particles)
            assert x.families == y.families

    return check


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write text or bytes to a file of the test's folder."""

    def file(content: str | bytes, name: str = "events.dat") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return file
