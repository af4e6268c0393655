"""The collections GenLLP and GenStable: new particles that fly."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recastbook.events.columns import FlatColumns
from recastbook.events.particles import ParticleTable
from recastbook.events.truth.ancestry import LONG_LIVED, STABLE_NEW
from recastbook.events.truth.graph import Graph
from recastbook.events.truth.ordering import counts_of, events_of, falling_pt, momentum_columns
from recastbook.events.truth.visible import polar_arrays

__all__ = ["llp_columns", "stable_columns"]


@njit(cache=True)
def _origins(rows, pdg_id, prod, in_start, in_list):  # type: ignore[no-untyped-def]
    """Return the vertex where the first copy of each particle was produced, -1 for none."""
    out = np.empty(len(rows), np.int32)
    for k in range(len(rows)):
        i = rows[k]
        v = prod[i]
        # a chain of copies is shorter than the record; a cycle of copies ends here too
        for _ in range(len(prod)):
            if v < 0:
                break
            copy = -1
            for j in range(in_start[v], in_start[v + 1]):
                if pdg_id[in_list[j]] == pdg_id[i] and in_list[j] != i:
                    copy = in_list[j]
            if copy < 0 or prod[copy] < 0 or prod[copy] == v:
                break
            v = prod[copy]
        out[k] = v
    return out


@njit(cache=True)
def _daughters(vertices, pdg_id, px, py, out_start, out_list):  # type: ignore[no-untyped-def]
    """Return the numbers of the two hardest (by pT) decay products of each vertex, and how many there are."""
    first = np.zeros(len(vertices), np.int32)
    second = np.zeros(len(vertices), np.int32)
    count = np.zeros(len(vertices), np.int16)
    for k in range(len(vertices)):
        v = vertices[k]
        pt1 = pt2 = -1.0
        for j in range(out_start[v], out_start[v + 1]):
            p = out_list[j]
            pt = px[p] * px[p] + py[p] * py[p]
            count[k] += 1
            # equal pT (two-body decay at rest): the larger number first, whatever the order in the record
            if pt > pt1 or (pt == pt1 and pdg_id[p] > first[k]):
                second[k], pt2 = first[k], pt1
                first[k], pt1 = pdg_id[p], pt
            elif pt > pt2 or (pt == pt2 and pdg_id[p] > second[k]):
                second[k], pt2 = pdg_id[p], pt
    return first, second, count


def llp_columns(particles: ParticleTable, flags: NDArray[np.uint16], graph: Graph, *, min_length: float) -> FlatColumns:
    """Return the columns of GenLLP: particles that decay more than `min_length` mm from where they were produced.

    The proper length is L m / abs(p), or the time of flight where the particle stands still.
    """
    p = particles
    rows = np.flatnonzero(flags & LONG_LIVED)
    decay = graph.end[rows]
    origin = _origins(rows, p.pdg_id, graph.prod, graph.in_start, graph.in_list)
    position = {}
    for name in ("x", "y", "z", "t"):
        column = getattr(p, name)
        position[f"decay {name}"] = column[decay]
        # without a production vertex a particle starts at the origin
        position[f"prod {name}"] = np.where(origin >= 0, column[np.maximum(origin, 0)], 0.0)
    flight = [position[f"decay {a}"] - position[f"prod {a}"] for a in "xyz"]
    length = np.sqrt(flight[0] ** 2 + flight[1] ** 2 + flight[2] ** 2)
    keep = np.flatnonzero(length > min_length)
    event = events_of(rows, p.offsets)
    pt, eta, _ = polar_arrays(p.px[rows], p.py[rows], p.pz[rows])
    keep = keep[falling_pt(event[keep], pt[keep], eta[keep])]
    chosen = rows[keep]
    momentum = np.sqrt(p.px[chosen] ** 2 + p.py[chosen] ** 2 + p.pz[chosen] ** 2)
    time = np.maximum(position["decay t"] - position["prod t"], 0.0)[keep]
    with np.errstate(divide="ignore", invalid="ignore"):
        proper = np.where(momentum > 0, length[keep] * p.mass[chosen] / momentum, time)
    first, second, count = _daughters(decay[keep], p.pdg_id, p.px, p.py, graph.out_start, graph.out_list)
    return {
        "nGenLLP": counts_of(event[keep], len(p)),
        **momentum_columns("GenLLP", p.px[chosen], p.py[chosen], p.pz[chosen], p.mass[chosen]),
        "GenLLP_pdgId": p.pdg_id[chosen].astype(np.int32),
        **{f"GenLLP_prod{a.upper()}": position[f"prod {a}"][keep].astype(np.float32) for a in "xyz"},
        **{f"GenLLP_decay{a.upper()}": position[f"decay {a}"][keep].astype(np.float32) for a in "xyzt"},
        "GenLLP_properLength": proper.astype(np.float32),
        "GenLLP_daughter1": first,
        "GenLLP_daughter2": second,
        "GenLLP_nDaughter": count,
    }


def stable_columns(particles: ParticleTable, flags: NDArray[np.uint16]) -> FlatColumns:
    """Return the columns of GenStable: final charged new particles, charged R-hadrons among them."""
    p = particles
    rows = np.flatnonzero(flags & STABLE_NEW)
    event = events_of(rows, p.offsets)
    pt, eta, _ = polar_arrays(p.px[rows], p.py[rows], p.pz[rows])
    order = falling_pt(event, pt, eta)
    rows = rows[order]
    return {
        "nGenStable": counts_of(event, len(p)),
        **momentum_columns("GenStable", p.px[rows], p.py[rows], p.pz[rows], p.mass[rows]),
        "GenStable_pdgId": p.pdg_id[rows].astype(np.int32),
    }
