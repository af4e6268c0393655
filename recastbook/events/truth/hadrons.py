"""Weakly decaying b- and c-hadrons and taus: what jets are labelled by, and the collection GenHadron."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recastbook.events.columns import FlatColumns
from recastbook.events.particles import ParticleTable
from recastbook.events.truth.ancestry import B_HADRON, C_HADRON, LAST_TAU
from recastbook.events.truth.ordering import counts_of, events_of, falling_pt, momentum_columns
from recastbook.events.truth.visible import polar_arrays

__all__ = ["LabelParticles", "hadron_columns", "select_label_particles"]

MIN_PT = 1.0
"""GeV; threshold of GenHadron."""


@dataclass(frozen=True, slots=True)
class LabelParticles:
    """Hadrons and taus that can label a jet, ordered by event; H particles."""

    event: NDArray[np.int64]
    """Event within the chunk, shape (H,)."""
    index: NDArray[np.int64]
    """Row in the particle table, shape (H,)."""
    flavour: NDArray[np.int8]
    """5, 4 or 15, shape (H,)."""
    pt: NDArray[np.float64]
    """GeV, shape (H,)."""
    eta: NDArray[np.float64]
    """Pseudorapidity, shape (H,)."""
    phi: NDArray[np.float64]
    """Azimuth, shape (H,)."""


def select_label_particles(particles: ParticleTable, flags: NDArray[np.uint16]) -> LabelParticles:
    """Gather the last b-hadrons, c-hadrons and taus of every event, all momenta."""
    index = np.flatnonzero(flags & (B_HADRON | C_HADRON | LAST_TAU))
    chosen = flags[index]
    flavour = np.where(chosen & B_HADRON, 5, np.where(chosen & C_HADRON, 4, 15)).astype(np.int8)
    pt, eta, phi = polar_arrays(particles.px[index], particles.py[index], particles.pz[index])
    return LabelParticles(events_of(index, particles.offsets), index, flavour, pt, eta, phi)


def hadron_columns(particles: ParticleTable, labels: LabelParticles) -> FlatColumns:
    """Return the columns of GenHadron."""
    keep = np.flatnonzero((labels.flavour != 15) & (labels.pt > MIN_PT))
    keep = keep[falling_pt(labels.event[keep], labels.pt[keep], labels.eta[keep])]
    rows = labels.index[keep]
    return {
        "nGenHadron": counts_of(labels.event[keep], len(particles)),
        **momentum_columns(
            "GenHadron", particles.px[rows], particles.py[rows], particles.pz[rows], particles.mass[rows]
        ),
        "GenHadron_pdgId": particles.pdg_id[rows].astype(np.int32),
        "GenHadron_flavour": labels.flavour[keep],
    }
