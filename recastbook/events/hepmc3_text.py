"""HepMC3 ascii, one block of text to columns.

The format: A. Buckley et al., "The HepMC3 event record library", arXiv:1912.08005, section 4.

``E`` event, numbers of vertices and particles, optional position; ``U`` units; ``W`` weights; ``A`` attributes;
``V`` vertex with the particles that end there and optional position; ``P`` particle with the vertex it comes from
(negative), or, where that vertex needs no line of its own, the particle it comes from (positive), or 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from recastbook.events import hepmc_codes as hc
from recastbook.events.decimals import address_of, byte_at, float_at, int_at
from recastbook.events.hepmc_columns import finish_event, keep_event, next_line, read_nth_float, read_units

__all__ = ["read_hepmc3"]


@njit(cache=True)
def _link(
    c: Any, p0: Any, n: Any, v0: Any, nv: Any, at: Any, links: Any, n_links: Any, used: Any, first_in: Any
) -> Any:
    """Turn ids into indices and give particles that name a parent particle their vertex.

    Returns
    -------
    tuple
        Number of vertices (more than `nv` only if the file counts too few), code, offending id.
    """
    for k in range(n_links):
        v, particle = links[k, 0], links[k, 1]
        if particle > n or at[particle] < 0:
            return nv, hc.UNKNOWN_PARTICLE, particle
        i = at[particle]
        c.end_vertex[p0 + i] = v
        if first_in[v] < 0 or particle < first_in[v]:
            first_in[v] = particle
    gap = 0
    total = nv
    for i in range(p0, p0 + n):
        parent = c.prod_vertex[i]
        if parent < 0:
            used[-parent - 1] = 1
    for i in range(p0, p0 + n):
        parent = c.prod_vertex[i]
        if parent == 0:
            c.prod_vertex[i] = -1
        elif parent < 0:
            c.prod_vertex[i] = -parent - 1
        else:
            if parent > n or at[parent] < 0:
                return nv, hc.UNKNOWN_PARTICLE, parent
            mother = p0 + at[parent]
            v = c.end_vertex[mother]
            if v < 0:
                # such vertices have the numbers that lines V leave free
                while gap < nv and used[gap] == 1:
                    gap += 1
                if gap < nv:
                    v = gap
                    gap += 1
                else:
                    v = total
                    total += 1
                    k = v0 + v
                    c.x[k], c.y[k], c.z[k], c.t[k] = 0.0, 0.0, 0.0, 0.0
                c.end_vertex[mother] = v
                first_in[v] = parent
            c.prod_vertex[i] = v
    for v in range(total):
        if first_in[v] > 0:
            first_in[v] = at[first_in[v]]
    return total, 0, 0


@njit(cache=True)
def read_hepmc3(text: Any, start: Any, stop: Any, c: Any, state: Any, weight_index: Any, powers: Any) -> Any:
    """Read complete events from ``text[start:stop]`` behind those that the columns already hold.

    Parameters
    ----------
    text
        uint8, followed by ``PADDING`` bytes; ``text[start]`` is the ``E`` of an event line,
        ``text[stop - 1]`` a line end.
    start, stop
        Positions.
    c
        ``HepMCColumns``.
    state
        int64, places as in ``hepmc_codes``; counts are updated, the code says why reading stopped.
    weight_index
        Which weight is the nominal one.
    powers
        ``powers_of_five()``.

    Returns
    -------
    int
        Position up to which the text is read; at a fault, that of the event's first byte.
    """
    base, table = address_of(text), address_of(powers)
    i = np.int64(start)
    ne = state[hc.EVENTS]
    p0 = state[hc.PARTICLES]
    v0 = state[hc.VERTICES]
    room_p, room_v = len(c.px), len(c.x)
    at = np.empty(4096, dtype=np.int32)
    links = np.empty((4096, 2), dtype=np.int32)
    used = np.empty(4096, dtype=np.uint8)
    first_in = np.empty(4096, dtype=np.int32)
    while i < stop:
        event_at = i
        state[hc.EVENT_AT] = event_at
        if byte_at(base, i) != hc.E:
            state[hc.CODE] = hc.RUN_HEADER
            return i
        if ne >= len(c.event):
            state[hc.CODE] = hc.CHUNK_FULL
            return i
        number, i = int_at(base, i + 1)
        nv, i = int_at(base, i)
        n, i = int_at(base, i)
        state[hc.FAULT_AT] = event_at
        state[hc.CODE] = hc.BAD_EVENT_LINE
        if i < 0 or nv < 0 or n < 0:
            return event_at
        # each particle takes at least 18 bytes, each vertex a particle or 10 bytes
        if n > (stop - i) // 18 + 1 or nv > (stop - i) // 10 + 1:
            state[hc.CODE] = hc.TOO_LARGE
            state[hc.FOUND], state[hc.EXPECTED] = n, nv
            return event_at
        ex, ey, ez, et = 0.0, 0.0, 0.0, 0.0
        while byte_at(base, i) == hc.BLANK:
            i += 1
        if byte_at(base, i) == hc.AT_SIGN:
            ex, i = float_at(base, i + 1, table)
            ey, i = float_at(base, i, table)
            ez, i = float_at(base, i, table)
            et, i = float_at(base, i, table)
            if i < 0:
                return event_at
        i = next_line(base, i)
        if p0 + n > room_p or v0 + nv + n > room_v:
            state[hc.CODE] = hc.NEED_SPACE
            return event_at
        if n >= len(at):
            at = np.empty(2 * n, dtype=np.int32)
        if nv + n >= len(used):
            used = np.empty(2 * (nv + n), dtype=np.uint8)
            first_in = np.empty(2 * (nv + n), dtype=np.int32)
        at[: n + 1] = -1
        used[:nv] = 0
        first_in[: nv + n] = -1
        for k in range(v0, v0 + nv):
            c.x[k], c.y[k], c.z[k], c.t[k] = 0.0, 0.0, 0.0, 0.0
        weight = 1.0
        has_weights = False
        count = 0
        n_links = 0
        while i < stop:
            kind = byte_at(base, i)
            if kind == hc.P:
                line = i
                state[hc.FAULT_AT] = line
                if count == n:
                    state[hc.CODE] = hc.PARTICLE_COUNT
                    state[hc.FOUND], state[hc.EXPECTED] = count + 1, n
                    return event_at
                p = p0 + count
                label, i = int_at(base, i + 1)
                parent, i = int_at(base, i)
                pdg, i = int_at(base, i)
                c.px[p], i = float_at(base, i, table)
                c.py[p], i = float_at(base, i, table)
                c.pz[p], i = float_at(base, i, table)
                c.energy[p], i = float_at(base, i, table)
                c.mass[p], i = float_at(base, i, table)
                status, i = int_at(base, i)
                if i < 0 or byte_at(base, i) > hc.BLANK:
                    state[hc.CODE] = hc.BAD_PARTICLE_LINE
                    return event_at
                if label < 1 or label > n or at[label] >= 0:
                    state[hc.CODE] = hc.BAD_ID
                    state[hc.FOUND], state[hc.EXPECTED] = label, n
                    return event_at
                if parent < -nv or parent > n:
                    state[hc.CODE] = hc.UNKNOWN_VERTEX if parent < 0 else hc.UNKNOWN_PARTICLE
                    state[hc.FOUND] = parent
                    return event_at
                at[label] = count
                c.pdg_id[p] = pdg
                c.status[p] = status
                c.prod_vertex[p] = parent
                c.end_vertex[p] = -1
                count += 1
                i = next_line(base, i)
            elif kind == hc.V:
                state[hc.FAULT_AT] = i
                state[hc.CODE] = hc.BAD_VERTEX_LINE
                label, i = int_at(base, i + 1)
                _, i = int_at(base, i)
                if i < 0:
                    return event_at
                if label >= 0 or label < -nv:
                    state[hc.CODE] = hc.UNKNOWN_VERTEX
                    state[hc.FOUND] = label
                    return event_at
                v = -label - 1
                used[v] = 1
                while byte_at(base, i) == hc.BLANK:
                    i += 1
                if byte_at(base, i) != hc.OPEN:
                    return event_at
                i += 1
                while byte_at(base, i) == hc.BLANK:
                    i += 1
                while byte_at(base, i) != hc.CLOSE:
                    particle, i = int_at(base, i)
                    if i < 0:
                        return event_at
                    if particle > 0:
                        if n_links == len(links):
                            longer = np.empty((2 * n_links, 2), dtype=np.int32)
                            longer[:n_links] = links
                            links = longer
                        if particle > n:
                            state[hc.CODE] = hc.UNKNOWN_PARTICLE
                            state[hc.FOUND] = particle
                            return event_at
                        links[n_links, 0] = v
                        links[n_links, 1] = particle
                        n_links += 1
                    while byte_at(base, i) == hc.BLANK or byte_at(base, i) == hc.COMMA:
                        i += 1
                i += 1
                while byte_at(base, i) == hc.BLANK:
                    i += 1
                if byte_at(base, i) == hc.AT_SIGN:
                    k = v0 + v
                    c.x[k], i = float_at(base, i + 1, table)
                    c.y[k], i = float_at(base, i, table)
                    c.z[k], i = float_at(base, i, table)
                    c.t[k], i = float_at(base, i, table)
                    if i < 0:
                        return event_at
                i = next_line(base, i)
            elif kind == hc.E or (kind == hc.H and byte_at(base, i + 1) == hc.SMALL_E):  # E, or He(pMC::)
                break
            elif kind == hc.T or (kind == hc.W and has_weights) or (kind == hc.A and count > 0):
                break  # T, a second W, A behind the particles: a new run header
            elif kind == hc.W:
                has_weights = True
                weight, end = read_nth_float(base, i + 1, weight_index, table)
                if end < 0:
                    state[hc.CODE] = hc.BAD_WEIGHT
                    state[hc.FAULT_AT] = i
                    return event_at
                i = next_line(base, i)
            elif kind == hc.U:
                if not read_units(base, i, state):
                    state[hc.CODE] = hc.BAD_UNITS
                    state[hc.FAULT_AT] = i
                    return event_at
                i = next_line(base, i)
            elif kind == hc.A:  # A id name value
                _, j = int_at(base, i + 1)
                if (
                    j > 0
                    and byte_at(base, j + 1) == hc.G
                    and byte_at(base, j + 4) == hc.C
                    and byte_at(base, j + 9) == hc.S
                    and byte_at(base, j + 15) == hc.SMALL_N
                ):
                    state[hc.CROSS_SECTION_AT] = i  # GenCrossSection
                i = next_line(base, i)
            else:
                i = next_line(base, i)
        if count != n:
            state[hc.CODE] = hc.PARTICLE_COUNT
            state[hc.FAULT_AT] = event_at
            state[hc.FOUND], state[hc.EXPECTED] = count, n
            return event_at
        if not abs(weight) < np.inf:
            state[hc.CODE] = hc.WEIGHT_NOT_FINITE
            return event_at
        total, code, offender = _link(c, p0, n, v0, nv, at, links, n_links, used, first_in)
        if code == 0:
            code, offender = finish_event(c, state, p0, p0 + n, v0, v0 + total, first_in, ex, ey, ez, et)
        if code != 0:
            state[hc.CODE] = code
            state[hc.FAULT_AT] = event_at
            state[hc.FOUND] = offender
            return event_at
        p0 += n
        v0 += total
        ne = keep_event(c, state, number, weight, p0, v0)
    return i
