"""Where particles come from: one byte of flags per particle, by walking down the vertex graph.

Flags spread from their sources (decaying hadrons, decaying taus) to all descendants. Each vertex is entered once per
flag, so that a record with cycles ends, and the result does not depend on the order of particles or vertices.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recastbook.events.particles import ParticleTable
from recastbook.events.truth.definitions import TruthDefinitions
from recastbook.events.truth.graph import Graph
from recastbook.events.truth.species import (
    BOTTOM,
    CHARGED,
    CHARM,
    HADRON,
    NEW,
    TABLE_SIZE,
    species_bits,
)
from recastbook.exceptions import BadEvent

__all__ = [
    "B_HADRON", "C_HADRON", "FROM_ABSORBED", "FROM_HADRON", "FROM_TAU", "INVISIBLE", "LAST_TAU", "LONG_LIVED",
    "STABLE_NEW", "VISIBLE", "flag_particles",
]  # fmt: skip

VISIBLE: Final = 1  # final, seen by a detector
INVISIBLE: Final = 2  # final, not seen
FROM_HADRON: Final = 4  # has a decayed hadron among its ancestors
FROM_TAU: Final = 8  # has a decayed tau among its ancestors
STABLE_NEW: Final = 16  # final charged new particle; VISIBLE as well, but in no jet
B_HADRON: Final = 32  # weakly decaying: no b-hadron among its daughters
C_HADRON: Final = 64  # weakly decaying: no c-hadron among its daughters
LAST_TAU: Final = 128  # no tau of the same charge among its daughters
LONG_LIVED: Final = 256  # new (or asked for) and decaying: a candidate, its length is looked at later
FROM_ABSORBED: Final = 512  # from a hadron that flew through the calorimeter before the record lets it decay

HIDDEN: Final = 32  # among the bits of a species: invisible under the definitions


@njit(cache=True)
def _has_daughter(v, out_start, out_list, pdg_id, wanted):  # type: ignore[no-untyped-def]
    for j in range(out_start[v], out_start[v + 1]):  # noqa: SIM110 - a generator is slower in compiled code
        if pdg_id[out_list[j]] == wanted:
            return True
    return False


@njit(cache=True)
def _has_species(v, out_start, out_list, bits, wanted):  # type: ignore[no-untyped-def]
    for j in range(out_start[v], out_start[v + 1]):  # noqa: SIM110 - as above
        if bits[out_list[j]] & wanted:
            return True
    return False


@njit(cache=True)
def _spread(sources, end, out_start, out_list, flag, flags):  # type: ignore[no-untyped-def]
    """Set a flag on all descendants of the sources."""
    seen = np.zeros(len(out_start) - 1, np.uint8)
    stack = np.empty(len(out_start), np.int32)
    for i in sources:
        if end[i] < 0 or seen[end[i]]:
            continue
        seen[end[i]] = 1
        stack[0] = end[i]
        top = 1
        while top > 0:
            top -= 1
            v = stack[top]
            for j in range(out_start[v], out_start[v + 1]):
                p = out_list[j]
                flags[p] |= flag
                w = end[p]
                if w >= 0 and not seen[w]:
                    seen[w] = 1
                    stack[top] = w
                    top += 1


@njit(cache=True)
def _contains(sorted_ids, a):  # type: ignore[no-untyped-def]
    for x in sorted_ids:  # noqa: SIM110 - as above
        if x == a:
            return True
    return False


@njit(cache=True)
def _outside(v, x, y, z, max_radius2, max_z):  # type: ignore[no-untyped-def]
    return v >= 0 and (x[v] * x[v] + y[v] * y[v] > max_radius2 or abs(z[v]) > max_z)


@njit(cache=True)
def _flag_decays(  # type: ignore[no-untyped-def]
    pdg_id, status, px, py, prod, end, in_start, out_start, out_list, x, y, z, bits, llp_ids, max_radius2, max_z
):
    """Flag hadrons, taus and long-lived particles at the end of their chains, and what comes from their decays."""
    n = len(pdg_id)
    flags = np.zeros(n, np.uint16)
    hadrons, taus, absorbed = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    n_hadrons = n_taus = n_absorbed = 0
    for i in range(n):
        if status[i] in (3, 4):
            continue  # documentation lines and beams are copies, or not part of the final state
        a = abs(pdg_id[i])
        b = bits[i]
        v = end[i]
        w = prod[i]
        decays = v >= 0 and out_start[v + 1] > out_start[v]
        if b & HADRON:
            parentless = w < 0 or in_start[w + 1] == in_start[w]
            if decays and not (parentless and px[i] == 0.0 and py[i] == 0.0):
                hadrons[n_hadrons] = i
                n_hadrons += 1
                if _outside(v, x, y, z, max_radius2, max_z) and not _outside(w, x, y, z, max_radius2, max_z):
                    absorbed[n_absorbed] = i
                    n_absorbed += 1
            heavy = BOTTOM if b & BOTTOM else b & CHARM
            if heavy and (not _has_species(v, out_start, out_list, bits, heavy) if decays else status[i] == 1):
                flags[i] |= B_HADRON if heavy == BOTTOM else C_HADRON
        long_lived = decays and (b & NEW or _contains(llp_ids, a))
        if not (a == 15 or long_lived) or (decays and _has_daughter(v, out_start, out_list, pdg_id, pdg_id[i])):
            continue
        if long_lived:
            flags[i] |= LONG_LIVED
        if a == 15 and (decays or status[i] == 1):
            flags[i] |= LAST_TAU
            if decays:
                taus[n_taus] = i
                n_taus += 1
    _spread(hadrons[:n_hadrons], end, out_start, out_list, FROM_HADRON, flags)
    _spread(taus[:n_taus], end, out_start, out_list, FROM_TAU, flags)
    if n_absorbed > 0:
        _spread(absorbed[:n_absorbed], end, out_start, out_list, FROM_ABSORBED, flags)
    return flags


@njit(cache=True)
def _flag_final(  # type: ignore[no-untyped-def]
    status, px, py, pz, energy, prod, end, out_start, x, y, z, bits, flags, max_radius2, max_z
):
    """Tell visible from invisible final particles; return the first with a bad momentum, -1 for none."""
    for i in range(len(status)):
        v = end[i]
        if status[i] != 1 or (v >= 0 and out_start[v + 1] > out_start[v]):
            continue
        # one test for all four: infinite and undefined numbers survive in the sum
        if not np.isfinite(abs(px[i]) + abs(py[i]) + abs(pz[i]) + abs(energy[i])) or energy[i] < 0.0:
            return i
        hidden = bits[i] & HIDDEN
        if not flags[i] & FROM_ABSORBED and _outside(prod[i], x, y, z, max_radius2, max_z):
            hidden = HIDDEN
        if hidden:
            flags[i] |= INVISIBLE
        elif bits[i] & NEW and bits[i] & CHARGED:
            flags[i] |= VISIBLE | STABLE_NEW
        else:
            flags[i] |= VISIBLE
    return -1


@njit(cache=True)
def _with_hidden(a, invisible_ids, visible_ids):  # type: ignore[no-untyped-def]
    bits = species_bits(a)
    hidden = (bits & NEW and not bits & CHARGED) or _contains(invisible_ids, a)
    return bits | HIDDEN if hidden and not _contains(visible_ids, a) else bits


@njit(cache=True)
def _bits_of(pdg_id, table, invisible_ids, visible_ids):  # type: ignore[no-untyped-def]
    bits = np.empty(len(pdg_id), np.uint8)
    for i in range(len(pdg_id)):
        a = abs(pdg_id[i])
        bits[i] = table[a] if a < TABLE_SIZE else _with_hidden(a, invisible_ids, visible_ids)
    return bits


@lru_cache(maxsize=4)
def _lookup(invisible: tuple[int, ...], visible: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return the bits of the numbers below `TABLE_SIZE`; HIDDEN depends on the definitions."""
    hidden, seen = np.array(invisible, np.int64), np.array(visible, np.int64)
    return np.array([_with_hidden(a, hidden, seen) for a in range(TABLE_SIZE)], np.uint8)


def flag_particles(particles: ParticleTable, graph: Graph, definitions: TruthDefinitions) -> NDArray[np.uint16]:
    """Return the flags of every particle, shape (P,).

    A hadron is a source of `FROM_HADRON` if it decays and is neither a beam (status 4, or without parents and
    transverse momentum) nor a documentation line (status 3). What is produced outside the calorimeter is not visible,
    unless its parent is a hadron from inside: K0S of some 100 GeV fly that far in a record, yet a calorimeter stops
    them, and their decay products stand for what they leave.

    Raises
    ------
    BadEvent
        If a final particle has a momentum that is infinite or no number, or a negative energy; the event is named.
    """
    p, d, g = particles, definitions, graph
    radius2, max_z = d.max_production_radius**2, d.max_production_z
    llp_ids, invisible_ids, visible_ids = (
        np.array(ids, np.int64) for ids in (d.llp_pdg_ids, d.invisible_pdg_ids, d.visible_pdg_ids)
    )
    bits = _bits_of(p.pdg_id, _lookup(d.invisible_pdg_ids, d.visible_pdg_ids), invisible_ids, visible_ids)
    flags: NDArray[np.uint16] = _flag_decays(
        p.pdg_id, p.status, p.px, p.py, g.prod, g.end, g.in_start, g.out_start, g.out_list, p.x, p.y, p.z, bits,
        llp_ids, radius2, max_z,
    )  # fmt: skip
    bad = _flag_final(
        p.status, p.px, p.py, p.pz, p.energy, g.prod, g.end, g.out_start, p.x, p.y, p.z, bits, flags, radius2, max_z
    )  # fmt: skip
    if bad >= 0:
        k = int(np.searchsorted(p.offsets, bad, side="right")) - 1
        momentum = [float(c[bad]) for c in (p.px, p.py, p.pz, p.energy)]
        msg = (
            f"event {p.event[k]}: particle {bad - p.offsets[k]} (PDG {p.pdg_id[bad]}) has momentum "
            f"(px, py, pz, E) = {momentum} GeV; all must be finite and E not negative"
        )
        raise BadEvent(msg)
    return flags
