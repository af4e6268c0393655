"""The collections GenElectron, GenMuon and GenPhoton, and GenCone: what surrounds them.

A dressed lepton is the lepton plus the photons that are from no hadron and nearer than the dressing radius; each
photon goes to the nearest lepton. Leptons of hadron decays stay bare.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from recastbook.events.columns import FlatColumns
from recastbook.events.particles import ParticleTable
from recastbook.events.truth.definitions import TruthDefinitions
from recastbook.events.truth.ordering import counts_of, falling_pt, momentum_columns
from recastbook.events.truth.visible import ELECTRON, MUON, PHOTON, VisibleParticles, polar_arrays

__all__ = ["lepton_columns"]

CONE_RADIUS = 0.4
CONE_MIN_PT = 0.4
_COLLECTIONS = (
    ("GenElectron", ELECTRON, 11, 4.0, 2.7),
    ("GenMuon", MUON, 13, 3.0, 2.8),
    ("GenPhoton", PHOTON, 22, 10.0, 2.7),
)


@njit(cache=True)
def _dress(offsets, kind, prompt, px, py, pz, energy, eta, phi, radius):  # type: ignore[no-untyped-def]
    """Return dressed momenta of all particles of one chunk (of leptons they differ), and whose each photon is."""
    momentum = np.empty((4, len(kind)))
    momentum[0], momentum[1], momentum[2], momentum[3] = px, py, pz, energy
    owner = np.arange(len(kind))
    for k in range(len(offsets) - 1):
        leptons = [
            i for i in range(offsets[k], offsets[k + 1]) if prompt[i] and (kind[i] == ELECTRON or kind[i] == MUON)
        ]
        if len(leptons) == 0:
            continue
        for i in range(offsets[k], offsets[k + 1]):
            if kind[i] != PHOTON or not prompt[i]:
                continue
            best_r2 = radius * radius
            for lepton in leptons:
                dphi = abs(phi[i] - phi[lepton])
                if dphi > np.pi:
                    dphi = 2.0 * np.pi - dphi
                r2 = (eta[i] - eta[lepton]) ** 2 + dphi * dphi
                if r2 < best_r2:
                    best_r2 = r2
                    owner[i] = lepton
            if owner[i] != i:
                momentum[0, owner[i]] += px[i]
                momentum[1, owner[i]] += py[i]
                momentum[2, owner[i]] += pz[i]
                momentum[3, owner[i]] += energy[i]
    return momentum, owner


@njit(cache=True)
def _cones(rows, event, eta_axis, phi_axis, offsets, owner, pt, eta, phi, min_pt, radius):  # type: ignore[no-untyped-def]
    """Return lepton number, particle, deta and dphi of all particles in cones, lepton by lepton, falling pT."""
    size = 64 * len(rows) + 16
    lepton, particle = np.empty(size, np.int64), np.empty(size, np.int64)
    deta, dphi = np.empty(size), np.empty(size)
    n = 0
    for m in range(len(rows)):
        k = event[m]
        first = n
        for i in range(offsets[k], offsets[k + 1]):
            if pt[i] <= min_pt:
                continue
            de = eta[i] - eta_axis[m]
            if abs(de) >= radius or owner[i] == rows[m]:
                continue
            dp = phi[i] - phi_axis[m]
            if dp > np.pi:
                dp -= 2.0 * np.pi
            elif dp <= -np.pi:
                dp += 2.0 * np.pi
            if de * de + dp * dp >= radius * radius:
                continue
            if n == size:
                lepton, particle = np.concatenate((lepton, lepton)), np.concatenate((particle, particle))
                deta, dphi = np.concatenate((deta, deta)), np.concatenate((dphi, dphi))
                size *= 2
            # a cone holds some ten particles: put each in its place; equal pT by eta, whatever the order was
            at = n
            while at > first and (pt[i], eta[i]) > (pt[particle[at - 1]], eta[particle[at - 1]]):
                particle[at], deta[at], dphi[at] = particle[at - 1], deta[at - 1], dphi[at - 1]
                at -= 1
            lepton[n], particle[at], deta[at], dphi[at] = m, i, de, dp
            n += 1
    return lepton[:n], particle[:n], deta[:n], dphi[:n]


def lepton_columns(particles: ParticleTable, visible: VisibleParticles, definitions: TruthDefinitions) -> FlatColumns:
    """Return the columns of GenElectron, GenMuon, GenPhoton and GenCone.

    Electrons and muons of hadron decays are listed and flagged; photons only if from no hadron and part of no lepton.
    """
    n_events = len(particles)
    v = visible
    prompt, from_tau = v.prompt, v.from_tau
    momentum, owner = _dress(
        v.offsets, v.kind, prompt, v.px, v.py, v.pz, v.energy, v.eta, v.phi, definitions.dressing_radius
    )
    event_of = np.repeat(np.arange(n_events), np.diff(v.offsets))
    dressed = np.zeros(len(v.kind), np.bool_)
    dressed[owner[owner != np.arange(len(owner))]] = True
    out: FlatColumns = {}
    cones = []
    for name, kind, pdg, min_pt, max_abs_eta in _COLLECTIONS:
        rows = np.flatnonzero(v.kind == kind)
        if kind == PHOTON:
            rows = rows[prompt[rows] & (owner[rows] == rows)]
        px, py, pz, energy = momentum[:, rows]
        pt, eta, phi = polar_arrays(px, py, pz)
        keep = np.flatnonzero((pt > min_pt) & (np.abs(eta) < max_abs_eta))
        keep = keep[falling_pt(event_of[rows[keep]], pt[keep], eta[keep])]
        rows, px, py, pz, energy = rows[keep], px[keep], py[keep], pz[keep], energy[keep]
        event = event_of[rows]
        # a bare lepton keeps its generated mass: E^2 - p^2 of a text file has lost it
        invariant = np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0.0))
        mass = np.where(dressed[rows], invariant, particles.mass[v.index[rows]])
        counts = counts_of(event, n_events)
        out[f"n{name}"] = counts
        out |= momentum_columns(name, px, py, pz, mass)
        if kind != PHOTON:
            out[f"{name}_pdgId"] = v.pdg_id[rows].astype(np.int32)
        out[f"{name}_prompt"] = prompt[rows]
        out[f"{name}_fromTau"] = from_tau[rows]
        first = np.concatenate([[0], np.cumsum(counts)])
        number = np.arange(len(rows)) - first[event]
        cones.append((rows, event, eta[keep], phi[keep], np.full(len(rows), pdg), number))
    out |= _cone_columns(v, owner, [np.concatenate(c) for c in zip(*cones, strict=True)], n_events)
    return out


def _cone_columns(visible: VisibleParticles, owner, cones, n_events: int) -> FlatColumns:  # type: ignore[no-untyped-def]
    """Return the columns of GenCone, by event, owner, index, then falling pT."""
    v = visible
    by_owner = np.lexsort((cones[5], cones[4], cones[1]))
    rows, event, eta, phi, pdg, number = (column[by_owner] for column in cones)
    lepton, particle, deta, dphi = _cones(
        rows, event, eta, phi, v.offsets, owner, v.pt, v.eta, v.phi, CONE_MIN_PT, CONE_RADIUS
    )
    return {
        "nGenCone": counts_of(event[lepton], n_events),
        "GenCone_pt": v.pt[particle].astype(np.float32),
        "GenCone_deta": deta.astype(np.float32),
        "GenCone_dphi": dphi.astype(np.float32),
        "GenCone_kind": v.kind[particle],
        "GenCone_owner": pdg[lepton].astype(np.int8),
        "GenCone_index": number[lepton].astype(np.int16),
    }
