"""What the compiled HepMC readers share: the columns they fill, lines, units, and vertex positions.

Only what runs once an event or less is shared. The five numbers of a particle and the four of a vertex are read in
place in both readers: in a function of their own, which takes all columns, they double the time of an event.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recastbook.events import hepmc_codes as hc
from recastbook.events.decimals import byte_at, float_at

__all__ = [
    "HepMCColumns",
    "finish_event",
    "keep_event",
    "next_line",
    "read_nth_float",
    "read_units",
    "skip_word",
    "unit_scales",
]


class HepMCColumns(NamedTuple):
    """Arrays with room for a chunk of events; meaning and units as in ``ParticleTable``."""

    event: NDArray[np.int64]
    weight: NDArray[np.float64]
    offsets: NDArray[np.int64]
    vertex_offsets: NDArray[np.int64]
    pdg_id: NDArray[np.int32]
    status: NDArray[np.int32]
    px: NDArray[np.float64]
    py: NDArray[np.float64]
    pz: NDArray[np.float64]
    energy: NDArray[np.float64]
    mass: NDArray[np.float64]
    prod_vertex: NDArray[np.int32]
    end_vertex: NDArray[np.int32]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    z: NDArray[np.float64]
    t: NDArray[np.float64]

    @classmethod
    def with_room_for(cls, events: int, particles: int, vertices: int) -> HepMCColumns:
        """Allocate arrays; nothing is touched, so that unused room costs no memory."""
        return cls(
            event=np.empty(events, dtype=np.int64),
            weight=np.empty(events),
            offsets=np.empty(events + 1, dtype=np.int64),
            vertex_offsets=np.empty(events + 1, dtype=np.int64),
            pdg_id=np.empty(particles, dtype=np.int32),
            status=np.empty(particles, dtype=np.int32),
            px=np.empty(particles),
            py=np.empty(particles),
            pz=np.empty(particles),
            energy=np.empty(particles),
            mass=np.empty(particles),
            prod_vertex=np.empty(particles, dtype=np.int32),
            end_vertex=np.empty(particles, dtype=np.int32),
            x=np.empty(vertices),
            y=np.empty(vertices),
            z=np.empty(vertices),
            t=np.empty(vertices),
        )._with_zero_offsets()

    def _with_zero_offsets(self) -> HepMCColumns:
        self.offsets[0] = self.vertex_offsets[0] = 0
        return self

    def enlarged(self, events: int, particles: int, vertices: int) -> HepMCColumns:
        """Copy into larger arrays; the arguments say what is used.

        There will be room for the rest of the chunk if its events are as large as those so far, and at least twice
        the room there was.
        """
        growth = 1.1 * len(self.event) / max(events, 1)
        larger = HepMCColumns.with_room_for(
            len(self.event),
            max(2 * len(self.px), int(growth * particles)),
            max(2 * len(self.x), int(growth * vertices)),
        )
        used = {"event": events, "weight": events, "offsets": events + 1, "vertex_offsets": events + 1}
        used |= dict.fromkeys("xyzt", vertices)
        for name in self._fields:
            n = used.get(name, particles)
            getattr(larger, name)[:n] = getattr(self, name)[:n]
        return larger


@njit(cache=True)
def next_line(base: Any, at: Any) -> Any:
    """Return the position behind the next line end; there must be one."""
    i = at
    while byte_at(base, i) != hc.LINE_END:
        i += 1
    return i + 1


@njit(cache=True)
def skip_word(base: Any, at: Any) -> Any:
    """Return the position behind the next word; that of the line end if there is none."""
    i = at
    while byte_at(base, i) == hc.BLANK:
        i += 1
    while byte_at(base, i) > hc.BLANK:
        i += 1
    return i


@njit(cache=True)
def keep_event(c: Any, state: Any, number: Any, weight: Any, particles: Any, vertices: Any) -> Any:
    """Count an event that was read to the end; `particles` and `vertices` are those of all events now."""
    ne = state[hc.EVENTS]
    c.event[ne] = number
    c.weight[ne] = weight
    ne += 1
    c.offsets[ne] = particles
    c.vertex_offsets[ne] = vertices
    state[hc.EVENTS], state[hc.PARTICLES], state[hc.VERTICES] = ne, particles, vertices
    state[hc.CODE] = hc.TEXT_DONE
    return ne


@njit(cache=True)
def read_units(base: Any, at: Any, state: Any) -> Any:
    """Note the units of a line ``U MEV CM``; False if they are none that HepMC has."""
    i = at + 1
    while byte_at(base, i) == hc.BLANK:
        i += 1
    if byte_at(base, i) == hc.M and byte_at(base, i + 1) == hc.E and byte_at(base, i + 2) == hc.V:
        state[hc.ENERGY_IN_MEV] = 1
    elif byte_at(base, i) == hc.G and byte_at(base, i + 1) == hc.E and byte_at(base, i + 2) == hc.V:
        state[hc.ENERGY_IN_MEV] = 0
    else:
        return False
    i += 3
    while byte_at(base, i) == hc.BLANK:
        i += 1
    if byte_at(base, i) == hc.C and byte_at(base, i + 1) == hc.M:
        state[hc.LENGTH_IN_CM] = 1
    elif byte_at(base, i) == hc.M and byte_at(base, i + 1) == hc.M:
        state[hc.LENGTH_IN_CM] = 0
    else:
        return False
    return True


@njit(cache=True)
def read_nth_float(base: Any, at: Any, index: Any, table: Any) -> Any:
    """Read the number with this index on a line; (value, position), position -1 if it is not there."""
    i = np.int64(at)
    for _ in range(index):
        i = skip_word(base, i)
    return float_at(base, i, table)


@njit(cache=True)
def unit_scales(state: Any) -> Any:
    """Return factors to GeV and mm."""
    return (1e-3 if state[hc.ENERGY_IN_MEV] == 1 else 1.0), (10.0 if state[hc.LENGTH_IN_CM] == 1 else 1.0)


@njit(cache=True)
def finish_event(
    c: Any, state: Any, p0: Any, p1: Any, v0: Any, v1: Any, first_in: Any, ex: Any, ey: Any, ez: Any, et: Any
) -> Any:
    """Fill in vertex positions that the file leaves out, convert units, check that all numbers are finite.

    HepMC3 takes a vertex at exactly zero as one without position: it has that of the vertex its first incoming
    particle comes from, and in the end that of the event (``ex, ey, ez, et``). `first_in` holds per vertex that
    particle, local to the event, or -1.

    Returns
    -------
    tuple
        Code (0 if all is well) and number of the offending particle or vertex.
    """
    n = v1 - v0
    if n > 0:
        settled = np.zeros(n, dtype=np.uint8)
        path = np.empty(n, dtype=np.int32)
        for v in range(n):
            u = v
            length = 0
            px, py, pz, pt = ex, ey, ez, et
            while True:
                k = v0 + u
                if settled[u] == 1 or c.x[k] != 0.0 or c.y[k] != 0.0 or c.z[k] != 0.0 or c.t[k] != 0.0:
                    px, py, pz, pt = c.x[k], c.y[k], c.z[k], c.t[k]
                    break
                # marked before going on, so that a loop in the record ends here
                settled[u] = 1
                path[length] = u
                length += 1
                if first_in[u] < 0:
                    break
                u = c.prod_vertex[p0 + first_in[u]]
                if u < 0:
                    break
            for j in range(length):
                k = v0 + path[j]
                c.x[k], c.y[k], c.z[k], c.t[k] = px, py, pz, pt
    energy, length_scale = unit_scales(state)
    if energy != 1.0:
        for i in range(p0, p1):
            c.px[i] *= energy
            c.py[i] *= energy
            c.pz[i] *= energy
            c.energy[i] *= energy
            c.mass[i] *= energy
    if length_scale != 1.0:
        for k in range(v0, v1):
            c.x[k] *= length_scale
            c.y[k] *= length_scale
            c.z[k] *= length_scale
            c.t[k] *= length_scale
    for i in range(p0, p1):
        if not (abs(c.px[i]) + abs(c.py[i]) + abs(c.pz[i]) + abs(c.energy[i]) + abs(c.mass[i]) < np.inf):
            return hc.MOMENTUM_NOT_FINITE, i - p0
        # of the particles that are summed or clustered only: generators write odd intermediate states
        if c.energy[i] < 0.0 and c.status[i] == 1:
            return hc.NEGATIVE_ENERGY, i - p0
    for k in range(v0, v1):
        if not (abs(c.x[k]) + abs(c.y[k]) + abs(c.z[k]) + abs(c.t[k]) < np.inf):
            return hc.POSITION_NOT_FINITE, k - v0
    return 0, 0
