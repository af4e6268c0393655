"""HepMC2 ascii (``IO_GenEvent``), one block of text to columns.

The format: M. Dobbs et al., HepMC 2 user manual, section 7. ``E`` event with random states and weights; ``N`` weight
names; ``U`` units; ``C`` cross section; ``V`` vertex with its position and the numbers of lines ``P`` that follow:
first the particles that end there and come from nowhere, then those that come from it; each ``P`` names the barcode
of the vertex it ends in.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from recastbook.events import hepmc_codes as hc
from recastbook.events.decimals import address_of, byte_at, float_at, int_at
from recastbook.events.hepmc_columns import finish_event, keep_event, next_line, read_nth_float, read_units, skip_word

__all__ = ["read_hepmc2"]


@njit(cache=True)
def _link(c: Any, p0: Any, p1: Any, nv: Any, barcodes: Any, first_in: Any) -> Any:
    """Turn the barcodes in ``end_vertex`` into indices; (code, offending barcode)."""
    largest = np.int64(0)
    for v in range(nv):
        largest = max(largest, -barcodes[v])
    direct = largest <= 8 * nv + 4096
    table = np.empty(0, dtype=np.int32)
    order = np.empty(0, dtype=np.int64)
    if direct:
        table = np.full(largest + 1, -1, dtype=np.int32)
        for v in range(nv):
            table[-barcodes[v]] = v
    else:
        order = np.argsort(barcodes[:nv])
    for v in range(nv):
        first_in[v] = -1
    for p in range(p0, p1):
        barcode = np.int64(c.end_vertex[p])
        if barcode == 0:
            c.end_vertex[p] = -1
            continue
        v = -1
        if direct:
            if barcode < 0 and -barcode <= largest:
                v = table[-barcode]
        else:
            low, high = 0, nv
            while low < high:
                middle = (low + high) // 2
                if barcodes[order[middle]] < barcode:
                    low = middle + 1
                else:
                    high = middle
            if low < nv and barcodes[order[low]] == barcode:
                v = order[low]
        if v < 0:
            return hc.UNKNOWN_VERTEX, barcode
        c.end_vertex[p] = v
        if first_in[v] < 0:
            first_in[v] = p - p0
    return 0, 0


@njit(cache=True)
def read_hepmc2(text: Any, start: Any, stop: Any, c: Any, state: Any, weight_index: Any, powers: Any) -> Any:
    """Read complete events from ``text[start:stop]``; arguments and result as those of ``read_hepmc3``."""
    base, table = address_of(text), address_of(powers)
    i = np.int64(start)
    ne = state[hc.EVENTS]
    p0 = state[hc.PARTICLES]
    v0 = state[hc.VERTICES]
    room_p, room_v = len(c.px), len(c.x)
    barcodes = np.empty(4096, dtype=np.int64)
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
        state[hc.CODE] = hc.BAD_EVENT_LINE
        state[hc.FAULT_AT] = event_at
        number, i = int_at(base, i + 1)
        _, i = int_at(base, i)  # multi-parton interactions
        for _ in range(3):  # scale, alpha_s, alpha
            _, i = float_at(base, i, table)
        _, i = int_at(base, i)  # process
        _, i = int_at(base, i)  # its vertex
        nv, i = int_at(base, i)
        _, i = int_at(base, i)  # beams
        _, i = int_at(base, i)
        n_random, i = int_at(base, i)
        if i < 0 or nv < 0 or n_random < 0:
            return event_at
        for _ in range(n_random):
            if byte_at(base, i) < hc.BLANK:
                break  # the line is shorter than it says
            i = skip_word(base, i)
        n_weights, i = int_at(base, i)
        if i < 0 or n_weights < 0:
            return event_at
        if nv > (stop - i) // 16 + 1:
            state[hc.CODE] = hc.TOO_LARGE
            state[hc.FOUND], state[hc.EXPECTED] = 0, nv
            return event_at
        weight = 1.0
        if n_weights > 0:
            weight, i = read_nth_float(base, i, weight_index, table)
            if i < 0 or weight_index >= n_weights:
                state[hc.CODE] = hc.BAD_WEIGHT
                return event_at
        i = next_line(base, i)
        if v0 + nv > room_v:
            state[hc.CODE] = hc.NEED_SPACE
            return event_at
        if nv >= len(barcodes):
            barcodes = np.empty(2 * nv, dtype=np.int64)
            first_in = np.empty(2 * nv, dtype=np.int32)
        v = np.int64(-1)
        p = p0
        orphans = np.int64(0)
        outgoing = np.int64(0)
        while i < stop:
            kind = byte_at(base, i)
            if kind == hc.P:
                state[hc.FAULT_AT] = i
                if p >= room_p:
                    state[hc.CODE] = hc.NEED_SPACE
                    return event_at
                if orphans + outgoing == 0:
                    state[hc.CODE] = hc.PARTICLE_COUNT
                    state[hc.FOUND], state[hc.EXPECTED] = -1, -1
                    return event_at
                _, i = int_at(base, i + 1)  # barcode
                pdg, i = int_at(base, i)
                c.px[p], i = float_at(base, i, table)
                c.py[p], i = float_at(base, i, table)
                c.pz[p], i = float_at(base, i, table)
                c.energy[p], i = float_at(base, i, table)
                c.mass[p], i = float_at(base, i, table)
                status, i = int_at(base, i)
                _, i = float_at(base, i, table)  # polarisation
                _, i = float_at(base, i, table)
                end, i = int_at(base, i)
                if i < 0 or byte_at(base, i) > hc.BLANK:
                    state[hc.CODE] = hc.BAD_PARTICLE_LINE
                    return event_at
                c.pdg_id[p] = pdg
                c.status[p] = status
                c.end_vertex[p] = end
                if orphans > 0:
                    c.prod_vertex[p] = -1
                    orphans -= 1
                else:
                    c.prod_vertex[p] = v
                    outgoing -= 1
                p += 1
                i = next_line(base, i)
            elif kind == hc.V:
                if orphans + outgoing > 0:
                    state[hc.CODE] = hc.PARTICLE_COUNT
                    state[hc.FAULT_AT] = i
                    state[hc.FOUND], state[hc.EXPECTED] = orphans + outgoing, barcodes[v]
                    return event_at
                v += 1
                state[hc.FAULT_AT] = i
                if v >= nv:
                    state[hc.CODE] = hc.VERTEX_COUNT
                    state[hc.FOUND], state[hc.EXPECTED] = v + 1, nv
                    return event_at
                state[hc.CODE] = hc.BAD_VERTEX_LINE
                k = v0 + v
                barcodes[v], i = int_at(base, i + 1)
                _, i = int_at(base, i)
                c.x[k], i = float_at(base, i, table)
                c.y[k], i = float_at(base, i, table)
                c.z[k], i = float_at(base, i, table)
                c.t[k], i = float_at(base, i, table)
                orphans, i = int_at(base, i)
                outgoing, i = int_at(base, i)
                if i < 0 or orphans < 0 or outgoing < 0 or barcodes[v] >= 0:
                    return event_at
                i = next_line(base, i)
            elif kind == hc.E or (kind == hc.H and byte_at(base, i + 1) == hc.SMALL_E):  # E, or He(pMC::)
                break
            elif kind == hc.U:
                if not read_units(base, i, state):
                    state[hc.CODE] = hc.BAD_UNITS
                    state[hc.FAULT_AT] = i
                    return event_at
                i = next_line(base, i)
            elif kind == hc.C:
                state[hc.CROSS_SECTION_AT] = i
                i = next_line(base, i)
            else:
                i = next_line(base, i)
        if orphans + outgoing > 0:
            state[hc.CODE] = hc.PARTICLE_COUNT
            state[hc.FAULT_AT] = event_at
            state[hc.FOUND], state[hc.EXPECTED] = orphans + outgoing, barcodes[v]
            return event_at
        if v + 1 != nv:
            state[hc.CODE] = hc.VERTEX_COUNT
            state[hc.FAULT_AT] = event_at
            state[hc.FOUND], state[hc.EXPECTED] = v + 1, nv
            return event_at
        if not abs(weight) < np.inf:
            state[hc.CODE] = hc.WEIGHT_NOT_FINITE
            return event_at
        code, offender = _link(c, p0, p, nv, barcodes, first_in)
        if code == 0:
            code, offender = finish_event(c, state, p0, p, v0, v0 + nv, first_in, 0.0, 0.0, 0.0, 0.0)
        if code != 0:
            state[hc.CODE] = code
            state[hc.FAULT_AT] = event_at
            state[hc.FOUND] = offender
            return event_at
        p0 = p
        v0 += nv
        ne = keep_event(c, state, number, weight, p0, v0)
    return i
