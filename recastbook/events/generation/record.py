"""From Pythia's event record to the particle table that every reader fills.

Pythia keeps the history as mother and daughter ranges of particles; a
:class:`~recastbook.events.particles.ParticleTable` keeps it by vertices, as HepMC does. The translation follows the
rules of ``Particle::motherList()`` and ``Particle::statusHepMC()`` in the Pythia 8.3 manual ("Particle Properties"),
and is tested against both.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from recastbook.events.particles import ParticleTable
from recastbook.exceptions import GenerationFailed

__all__ = ["particles_from_pythia"]


@numba.njit(cache=True)
def _is_hadron(pdg: int) -> bool:
    """Whether Pythia calls the code a hadron (``ParticleDataEntry::isHadron``); R-hadrons are none."""
    code = abs(pdg)
    if code <= 100 or 1000000 <= code <= 9000000 or code >= 9900000:
        return False
    if code in (130, 310):
        return True
    return code % 10 != 0 and (code // 10) % 10 != 0 and (code // 100) % 10 != 0


@numba.njit(cache=True)
def _hepmc_status(pdg: NDArray[np.int32], code: NDArray[np.int32], daughter1: NDArray[np.int32], i: int) -> int:
    """HepMC status of particle `i` of one event (``Particle::statusHepMC``)."""
    status = int(code[i])
    if status > 0:
        return 1
    if status == -12:
        return 4
    if _is_hadron(pdg[i]) or abs(pdg[i]) == 13 or abs(pdg[i]) == 15:
        d = daughter1[i]
        # A particle that is only shifted (Bose-Einstein, recoil) has itself as daughter and has not decayed.
        if 0 < d < len(pdg) and pdg[d] != pdg[i] and 90 < abs(code[d]) < 95:
            return 2
    if -200 <= status <= -11:
        return -status
    return 0


@numba.njit(cache=True)
def _mother_range(code: int, mother1: int, mother2: int) -> tuple[int, int, int]:
    """First mother, last mother and step between them, ``(0, -1, 1)`` for none (``Particle::motherList``)."""
    kind = abs(code)
    if kind in (11, 12) or (mother1 == 0 and mother2 == 0):
        return 0, -1, 1
    if mother2 == 0 or mother2 == mother1:  # noqa: PLR1714  (numba cannot look into a tuple of mixed widths)
        return mother1, mother1, 1
    low, high = min(mother1, mother2), max(mother1, mother2)
    # Hadrons and R-hadrons of a string come from all its partons; everything else has two separate mothers.
    if 80 < kind < 90 or 100 < kind < 107:
        return mother1, mother2, 1
    return low, high, high - low


@numba.njit(cache=True)
def _graph(
    starts: NDArray[np.int64],
    pdg: NDArray[np.int32],
    code: NDArray[np.int32],
    mother1: NDArray[np.int32],
    mother2: NDArray[np.int32],
    daughter1: NDArray[np.int32],
    position: NDArray[np.float64],
    status: NDArray[np.int32],
    prod: NDArray[np.int32],
    end: NDArray[np.int32],
    vertex_counts: NDArray[np.int64],
    vertices: NDArray[np.float64],
) -> int:
    """Fill statuses, vertex links and vertex positions; return how many vertices there are."""
    total = 0
    for k in range(len(starts) - 1):
        a, b = starts[k], starts[k + 1]
        n_vertices = 0
        for i in range(1, b - a):  # entry 0 is the system as a whole, not a particle
            status[a + i] = _hepmc_status(pdg[a:b], code[a:b], daughter1[a:b], i)
            first, last, step = _mother_range(code[a + i], mother1[a + i], mother2[a + i])
            if last < first or first <= 0:
                continue
            vertex = end[a + first]
            if vertex < 0:
                vertex = n_vertices
                n_vertices += 1
                for c in range(4):
                    vertices[total + vertex, c] = 0.0
            for m in range(first, last + 1, step):
                if end[a + m] < 0:
                    end[a + m] = vertex
            prod[a + i] = vertex
            if position[a + i, 0] != 0.0 or position[a + i, 1] != 0.0 or position[a + i, 2] != 0.0:
                # All products of a vertex carry its position; partons made at the origin carry none.
                for c in range(4):
                    vertices[total + vertex, c] = position[a + i, c]
        vertex_counts[k] = n_vertices
        total += n_vertices
    return total


def _float(array: Any) -> NDArray[np.float64]:
    return np.ascontiguousarray(array, dtype=np.float64)


def _int(array: Any) -> NDArray[np.int32]:
    return np.ascontiguousarray(array, dtype=np.int32)


def particles_from_pythia(
    batch: Any, *, first_event: int = 0, run: int = 1, luminosity_block: int = 1, weight_index: int = 0
) -> ParticleTable:
    """Turn what ``pythia8mc.Pythia.nextBatch`` returns into a particle table.

    Parameters
    ----------
    batch : awkward.Array
        N events with the fields ``prt`` (id, status, mother1, mother2, daughter1, p, m, vProd) and ``info.weights``.
    first_event
        Event number of the first event; the others count on from it.
    run, luminosity_block
        Written to every event.
    weight_index
        Which of Pythia's weights is the nominal one; 0 is Pythia's own.

    Returns
    -------
    ParticleTable
        All particles of the record but entry 0 (the system), momenta in GeV, positions in mm, HepMC statuses.

    Raises
    ------
    GenerationFailed
        If the batch holds no events: Pythia returns an empty array instead of an error.

    Examples
    --------
    >>> import pythia8mc  # doctest: +SKIP
    >>> particles_from_pythia(pythia.nextBatch(10), first_event=0)  # doctest: +SKIP
    """
    import awkward as ak

    n = len(batch)
    if n == 0 or "id" not in ak.fields(batch["prt"]):
        message = "Pythia returned an empty batch: it was not initialised, or its input file is at its end"
        raise GenerationFailed(message)
    counts = np.asarray(ak.num(batch["prt"], axis=1), dtype=np.int64)
    if not counts.all():
        message = "Pythia returned events without particles; PartonLevel:all must be on"
        raise GenerationFailed(message)
    starts = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    prt = ak.flatten(batch["prt"], axis=1)
    pdg, code = _int(prt["id"]), _int(prt["status"])
    position = np.zeros((len(pdg), 4))
    has_vertex = ~np.asarray(ak.is_none(prt["vProd"]))
    produced = prt["vProd"][has_vertex]
    for column, axis in enumerate(("px", "py", "pz", "e")):  # Pythia's four-vectors name x, y, z, t like momenta
        position[has_vertex, column] = np.asarray(ak.drop_none(produced[axis]))

    status = np.zeros(len(pdg), dtype=np.int32)
    prod = np.full(len(pdg), -1, dtype=np.int32)
    end = np.full(len(pdg), -1, dtype=np.int32)
    vertex_counts = np.zeros(n, dtype=np.int64)
    vertices = np.empty((len(pdg), 4))
    mother1, mother2, daughter1 = _int(prt["mother1"]), _int(prt["mother2"]), _int(prt["daughter1"])
    total = _graph(starts, pdg, code, mother1, mother2, daughter1, position, status, prod, end, vertex_counts, vertices)
    keep = np.ones(len(pdg), dtype=bool)
    keep[starts[:-1]] = False
    offsets, vertex_offsets = np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    np.cumsum(counts - 1, out=offsets[1:])
    np.cumsum(vertex_counts, out=vertex_offsets[1:])
    weights = np.asarray(batch["info"]["weights"][:, weight_index], dtype=np.float64)
    return ParticleTable(
        run=np.full(n, run, dtype=np.int64),
        luminosityBlock=np.full(n, luminosity_block, dtype=np.int64),
        event=np.arange(first_event, first_event + n, dtype=np.int64),
        weight=weights,
        offsets=offsets,
        pdg_id=pdg[keep],
        status=status[keep],
        px=_float(prt["p"]["px"])[keep],
        py=_float(prt["p"]["py"])[keep],
        pz=_float(prt["p"]["pz"])[keep],
        energy=_float(prt["p"]["e"])[keep],
        mass=_float(prt["m"])[keep],
        prod_vertex=prod[keep],
        end_vertex=end[keep],
        vertex_offsets=vertex_offsets,
        x=vertices[:total, 0].copy(),
        y=vertices[:total, 1].copy(),
        z=vertices[:total, 2].copy(),
        t=vertices[:total, 3].copy(),
    )
