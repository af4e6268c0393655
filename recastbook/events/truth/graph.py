"""The vertex graph of a chunk of events as index lists, so that kernels can walk up and down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recastbook.events.particles import ParticleTable
from recastbook.exceptions import BadEvent

__all__ = ["Graph", "build_graph"]


@dataclass(frozen=True, slots=True)
class Graph:
    """Vertices numbered through the chunk; what goes in at and comes out of each of them."""

    prod: NDArray[np.int32]
    """Vertex a particle comes from, -1 for none, shape (P,)."""
    end: NDArray[np.int32]
    """Vertex a particle ends in, -1 for none, shape (P,)."""
    in_start: NDArray[np.int32]
    """First entry of each vertex in `in_list`, shape (V+1,)."""
    in_list: NDArray[np.int32]
    """Particles that end in a vertex, vertex by vertex."""
    out_start: NDArray[np.int32]
    """First entry of each vertex in `out_list`, shape (V+1,)."""
    out_list: NDArray[np.int32]
    """Particles that come from a vertex, vertex by vertex."""


@njit(cache=True)
def _chunk_vertices(offsets, vertex_offsets, local, out):  # type: ignore[no-untyped-def]
    for k in range(len(offsets) - 1):
        first = vertex_offsets[k]
        n = vertex_offsets[k + 1] - first
        for i in range(offsets[k], offsets[k + 1]):
            v = local[i]
            if v >= n or v < -1:
                return i
            out[i] = v + first if v >= 0 else -1
    return -1


@njit(cache=True)
def _lists(vertex, n_vertices):  # type: ignore[no-untyped-def]
    start = np.zeros(n_vertices + 2, np.int32)
    for v in vertex:
        if v >= 0:
            start[v + 2] += 1
    for v in range(2, n_vertices + 2):
        start[v] += start[v - 1]
    entries = np.empty(start[n_vertices + 1], np.int32)
    for i in range(len(vertex)):
        v = vertex[i]
        if v >= 0:
            entries[start[v + 1]] = i
            start[v + 1] += 1
    return start[: n_vertices + 1], entries


def build_graph(particles: ParticleTable) -> Graph:
    """List for every vertex of a chunk the particles that end in it and that come from it.

    Raises
    ------
    BadEvent
        If a particle names a vertex that its event does not have; the event is named.
    """
    vertices = []
    for name in ("prod_vertex", "end_vertex"):
        local = getattr(particles, name)
        out = np.empty(len(local), np.int32)
        bad = _chunk_vertices(particles.offsets, particles.vertex_offsets, local, out)
        if bad >= 0:
            k = int(np.searchsorted(particles.offsets, bad, side="right")) - 1
            n = int(particles.vertex_offsets[k + 1] - particles.vertex_offsets[k])
            msg = (
                f"event {particles.event[k]}: particle {bad - particles.offsets[k]} has {name} {local[bad]}, "
                f"but the event has vertices 0 to {n - 1}"
            )
            raise BadEvent(msg)
        vertices.append(out)
    n_vertices = int(particles.vertex_offsets[-1])
    in_start, in_list = _lists(vertices[1], n_vertices)
    out_start, out_list = _lists(vertices[0], n_vertices)
    return Graph(vertices[0], vertices[1], in_start, in_list, out_start, out_list)
