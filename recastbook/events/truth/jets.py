"""The collection GenJet: what is clustered, labels and track counts of the jets."""

from __future__ import annotations

import numpy as np

from recastbook.events.columns import FlatColumns
from recastbook.events.particles import ParticleTable
from recastbook.events.truth.ancestry import STABLE_NEW
from recastbook.events.truth.clustering import cluster
from recastbook.events.truth.definitions import TruthDefinitions
from recastbook.events.truth.hadrons import LabelParticles
from recastbook.events.truth.labels import GHOST_SCALE, cone_labels, ghost_labels, track_counts
from recastbook.events.truth.ordering import counts_of, falling_pt, momentum_columns
from recastbook.events.truth.visible import ELECTRON, MUON, PHOTON, VisibleParticles, polar_arrays

__all__ = ["jet_columns"]

RADIUS = 0.4
MIN_PT = 10.0
MAX_ABS_ETA = 4.9
TRACK_MAX_ABS_ETA = 2.5


def jet_columns(
    particles: ParticleTable, visible: VisibleParticles, labels: LabelParticles, definitions: TruthDefinitions
) -> FlatColumns:
    """Cluster the visible particles together with ghosts of the label particles and describe the jets.

    Prompt muons, and prompt electrons and photons, take part as the definitions say; stable charged new particles
    never do, since they leave as little energy in a calorimeter as a muon.
    """
    n_events = len(particles)
    prompt = visible.prompt
    take = (visible.flags & STABLE_NEW) == 0
    if not definitions.jet_muons:
        take &= ~(prompt & (visible.kind == MUON))
    if not definitions.jet_leptons_photons:
        take &= ~(prompt & ((visible.kind == ELECTRON) | (visible.kind == PHOTON)))
    real = np.flatnonzero(take)
    real_event = np.repeat(np.arange(n_events), np.diff(visible.offsets))[real]
    ghosts = np.flatnonzero(labels.pt > definitions.label_hadron_pt)

    # real particles and ghosts of one event must stand together
    event = np.concatenate([real_event, labels.event[ghosts]])
    order = np.argsort(event, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(np.bincount(event, minlength=n_events))])
    rows = labels.index[ghosts]
    px, py, pz, energy = (
        np.concatenate([getattr(visible, name)[real], getattr(particles, name)[rows] * GHOST_SCALE])[order]
        for name in ("px", "py", "pz", "energy")
    )
    jets = cluster(px, py, pz, energy, offsets, radius=RADIUS, min_pt=MIN_PT)

    pt, eta, phi = polar_arrays(jets.px, jets.py, jets.pz)
    ghost_of = np.concatenate([np.full(len(real), -1), ghosts])[order]
    track = visible.charged[real] & (np.abs(visible.eta[real]) < TRACK_MAX_ABS_ETA)
    no_ghost = np.zeros(len(ghosts))
    is_track = np.concatenate([track, no_ghost.astype(np.bool_)])[order]
    track_pt = np.concatenate([visible.pt[real], no_ghost])[order]
    hadrons = (labels.event, labels.flavour, labels.pt, labels.eta, labels.phi)
    d = definitions
    described = {
        "flavour": cone_labels(
            jets.event, eta, phi, *hadrons, d.label_hadron_pt, d.label_radius, d.label_nearest
        ),
        "flavourCone04": cone_labels(jets.event, eta, phi, *hadrons, 0.0, 0.4, d.label_nearest),
        "flavourGhost": ghost_labels(jets.offsets, jets.constituents, ghost_of, labels.flavour),
        "nTrack500": track_counts(jets.offsets, jets.constituents, is_track, track_pt, 0.5),
        "nTrack1000": track_counts(jets.offsets, jets.constituents, is_track, track_pt, 1.0),
    }  # fmt: skip
    keep = np.flatnonzero((pt > MIN_PT) & (np.abs(eta) < MAX_ABS_ETA))
    keep = keep[falling_pt(jets.event[keep], pt[keep], eta[keep])]
    mass = np.sqrt(np.maximum(jets.energy**2 - jets.px**2 - jets.py**2 - jets.pz**2, 0.0))
    return {
        "nGenJet": counts_of(jets.event[keep], n_events),
        **momentum_columns("GenJet", jets.px[keep], jets.py[keep], jets.pz[keep], mass[keep]),
        **{f"GenJet_{name}": values[keep] for name, values in described.items()},
    }
