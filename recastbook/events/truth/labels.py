"""Jet flavour from hadrons and taus, and track counts.

The default follows ATLAS (ATL-PHYS-PUB-2015-022, section 3): a jet is a b-jet if a weakly decaying
b-hadron with pT > 5 GeV lies within dR 0.3 of its axis, else a c-jet by the same with c-hadrons, else a tau-jet.
"""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["GHOST_SCALE", "cone_labels", "ghost_labels", "track_counts"]

GHOST_SCALE = 1e-18
"""Ghosts are hadrons of this fraction of their momentum (Cacciari, Salam, arXiv:0707.1378): they change no jet."""


@njit(cache=True)
def _rank(flavour):  # type: ignore[no-untyped-def]
    # b before c before tau before nothing
    if flavour == 5:
        return 3
    if flavour == 4:
        return 2
    return 1 if flavour == 15 else 0


@njit(cache=True)
def _delta_r2(eta1, phi1, eta2, phi2):  # type: ignore[no-untyped-def]
    dphi = abs(phi1 - phi2)
    if dphi > np.pi:
        dphi = 2.0 * np.pi - dphi
    return (eta1 - eta2) ** 2 + dphi * dphi


@njit(cache=True)
def cone_labels(  # type: ignore[no-untyped-def]
    jet_event, jet_eta, jet_phi, event, flavour, pt, eta, phi, min_pt, radius, nearest
):
    """Return the label of each jet by hadrons above `min_pt` within `radius` in (eta, phi), int8, shape (J,).

    Jets and hadrons are ordered by event. With `nearest`, a hadron labels only the jet it is nearest to.
    """
    labels = np.zeros(len(jet_event), np.int8)
    first = 0
    for h in range(len(event)):
        if not pt[h] > min_pt:
            continue
        while first < len(jet_event) and jet_event[first] < event[h]:
            first += 1
        best = -1
        best_r2 = radius * radius
        for j in range(first, len(jet_event)):
            if jet_event[j] != event[h]:
                break
            r2 = _delta_r2(jet_eta[j], jet_phi[j], eta[h], phi[h])
            if r2 >= (best_r2 if nearest else radius * radius):
                continue
            if nearest:
                best, best_r2 = j, r2
            elif _rank(flavour[h]) > _rank(labels[j]):
                labels[j] = flavour[h]
        if best >= 0 and _rank(flavour[h]) > _rank(labels[best]):
            labels[best] = flavour[h]
    return labels


@njit(cache=True)
def ghost_labels(jet_offsets, constituents, ghost_of, flavour):  # type: ignore[no-untyped-def]
    """Return the label of each jet by the ghosts among its constituents, int8, shape (J,).

    ``ghost_of`` holds for every clustered row the hadron it is a ghost of, -1 for real particles.
    """
    labels = np.zeros(len(jet_offsets) - 1, np.int8)
    for j in range(len(labels)):
        for c in range(jet_offsets[j], jet_offsets[j + 1]):
            h = ghost_of[constituents[c]]
            if h >= 0 and _rank(flavour[h]) > _rank(labels[j]):
                labels[j] = flavour[h]
    return labels


@njit(cache=True)
def track_counts(jet_offsets, constituents, is_track, pt, min_pt):  # type: ignore[no-untyped-def]
    """Return the number of tracks above `min_pt` in each jet, int16, shape (J,)."""
    out = np.zeros(len(jet_offsets) - 1, np.int16)
    for j in range(len(out)):
        for c in range(jet_offsets[j], jet_offsets[j + 1]):
            i = constituents[c]
            if is_track[i] and pt[i] > min_pt:
                out[j] += 1
    return out
