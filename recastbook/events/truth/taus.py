"""The collection GenTau: hadronically decaying taus by what is visible of them."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recastbook.events.columns import FlatColumns
from recastbook.events.particles import ParticleTable
from recastbook.events.truth.ancestry import FROM_HADRON, LAST_TAU, VISIBLE
from recastbook.events.truth.graph import Graph
from recastbook.events.truth.ordering import counts_of, events_of, falling_pt, momentum_columns
from recastbook.events.truth.species import three_charge

__all__ = ["tau_columns"]

MIN_PT = 10.0


@njit(cache=True)
def _visible_decays(taus, pdg_id, flags, px, py, pz, energy, end, out_start, out_list):  # type: ignore[no-untyped-def]
    """Walk down from each tau; visible momentum, prongs, and whether an electron or muon comes straight from it."""
    n = len(taus)
    momentum = np.zeros((n, 4))
    prongs = np.zeros(n, np.int16)
    leptonic = np.zeros(n, np.bool_)
    seen = np.full(len(out_start) - 1, -1, np.int32)
    stack = np.empty(len(out_start), np.int32)
    # what a vertex inherits: 1 below a hadron or photon (an e or mu is no sign of a leptonic decay),
    # 2 below something that counts as a prong, or as a neutral, by itself
    below = np.empty(len(out_start), np.uint8)
    for t in range(n):
        if end[taus[t]] < 0:
            leptonic[t] = True  # not decayed: nothing to see of the decay
            continue
        stack[0] = end[taus[t]]
        seen[stack[0]] = t
        below[0] = 0
        top = 1
        while top > 0:
            top -= 1
            v = stack[top]
            inherited = below[top]
            for j in range(out_start[v], out_start[v + 1]):
                p = out_list[j]
                a = abs(pdg_id[p])
                if flags[p] & VISIBLE:
                    momentum[t, 0] += px[p]
                    momentum[t, 1] += py[p]
                    momentum[t, 2] += pz[p]
                    momentum[t, 3] += energy[p]
                light = a in (11, 13)
                if light and inherited == 0:
                    leptonic[t] = True
                # charged pions and kaons and K0 live long enough to be what a detector sees, decayed or not
                lasting = a in (211, 321, 310, 130)
                final = end[p] < 0 or out_start[end[p] + 1] == out_start[end[p]]
                if inherited < 2 and not light and (final or lasting) and three_charge(pdg_id[p]) != 0:
                    prongs[t] += 1
                w = end[p]
                if w >= 0 and seen[w] != t:
                    seen[w] = t
                    stack[top] = w
                    below[top] = max(inherited, 2 if lasting else (1 if a > 100 or a == 22 else 0))
                    top += 1
    return momentum, prongs, leptonic


def tau_columns(particles: ParticleTable, flags: NDArray[np.uint16], graph: Graph) -> FlatColumns:
    """Return the columns of GenTau.

    Prongs are charged hadrons; charged pions and kaons, K0S and K0L count as stable, electrons (from photons) not.
    """
    p = particles
    taus = np.flatnonzero(flags & LAST_TAU)
    momentum, prongs, leptonic = _visible_decays(
        taus, p.pdg_id, flags, p.px, p.py, p.pz, p.energy, graph.end, graph.out_start, graph.out_list
    )
    px, py, pz, energy = momentum.T
    pt = np.hypot(px, py)
    keep = np.flatnonzero(~leptonic & (pt > MIN_PT))
    event = events_of(taus, p.offsets)
    keep = keep[falling_pt(event[keep], pt[keep], pz[keep])]
    mass = np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0.0))
    rows = taus[keep]
    return {
        "nGenTau": counts_of(event[keep], len(p)),
        **momentum_columns("GenTau", px[keep], py[keep], pz[keep], mass[keep]),
        "GenTau_pdgId": p.pdg_id[rows].astype(np.int32),
        "GenTau_nProng": prongs[keep].astype(np.int8),
        "GenTau_prompt": (flags[rows] & FROM_HADRON) == 0,
    }
