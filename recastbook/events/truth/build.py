"""From particles to truth objects: the one pass that makes the content of an event file."""

from __future__ import annotations

import numpy as np

from recastbook.events.columns import TRUTH_COLUMNS, FlatColumns
from recastbook.events.particles import ParticleTable
from recastbook.events.truth.ancestry import flag_particles
from recastbook.events.truth.definitions import TruthDefinitions
from recastbook.events.truth.graph import build_graph
from recastbook.events.truth.hadrons import hadron_columns, select_label_particles
from recastbook.events.truth.jets import jet_columns
from recastbook.events.truth.leptons import lepton_columns
from recastbook.events.truth.longlived import llp_columns, stable_columns
from recastbook.events.truth.sums import sum_columns
from recastbook.events.truth.taus import tau_columns
from recastbook.events.truth.visible import select_visible

__all__ = ["build_truth"]

CHUNK = 200
"""Events per fastjet call: a call keeps the cluster sequences of all its events in memory; one event a call is slow."""


def build_truth(particles: ParticleTable, definitions: TruthDefinitions | None = None) -> FlatColumns:
    """Compute the truth objects of all events of a particle table.

    Parameters
    ----------
    particles
        Full event records, any number of events.
    definitions
        What the objects mean; the defaults of :class:`TruthDefinitions` if not given.

    Returns
    -------
    dict of arrays
        Exactly the columns :data:`recastbook.events.columns.TRUTH_COLUMNS`. They do not depend on how events are
        cut into tables. Another order of the particles or vertices of an event changes sums in their last bits only.

    Raises
    ------
    BadEvent
        If a final particle has a momentum that is not finite or a negative energy, or a particle names a vertex that
        is not there.
    """
    chosen = TruthDefinitions() if definitions is None else definitions
    n = len(particles)
    pieces = [_build(particles.slice(k, k + CHUNK), chosen) for k in range(0, max(n, 1), CHUNK)]
    return {
        c.name: np.ascontiguousarray(np.concatenate([p[c.name] for p in pieces]), dtype=c.dtype) for c in TRUTH_COLUMNS
    }


def _build(particles: ParticleTable, definitions: TruthDefinitions) -> FlatColumns:
    graph = build_graph(particles)
    flags = flag_particles(particles, graph, definitions)
    visible = select_visible(particles, flags)
    labels = select_label_particles(particles, flags)
    return {
        "run": particles.run,
        "luminosityBlock": particles.luminosityBlock,
        "event": particles.event,
        "genWeight": particles.weight,
        **jet_columns(particles, visible, labels, definitions),
        **lepton_columns(particles, visible, definitions),
        **tau_columns(particles, flags, graph),
        **hadron_columns(particles, labels),
        **llp_columns(particles, flags, graph, min_length=definitions.llp_min_length),
        **stable_columns(particles, flags),
        **sum_columns(particles, flags, visible),
    }
