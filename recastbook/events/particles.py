"""Particles (level 1): a chunk of full event records as flat columns.

Every reader and the generator fill the same table, so that truth objects are computed by one piece of code.
The graph is kept as in HepMC, by vertices: a particle knows the vertex it comes from and the vertex it ends in.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

__all__ = ["ParticleTable"]


@dataclass(frozen=True, slots=True)
class ParticleTable:
    """Some events with all their particles and vertices; N events, P particles, V vertices.

    Energies and momenta are GeV, positions mm (and mm/c). Particle i of event k sits at ``offsets[k] + i``;
    vertex numbers are local to the event, so that its position sits at ``vertex_offsets[k] + vertex``.
    No order among the particles of one event is promised.
    """

    run: NDArray[np.int64]
    """Run number, shape (N,)."""
    luminosityBlock: NDArray[np.int64]  # noqa: N815  (the name that coffea and NanoAOD know)
    """One number per input file, shape (N,)."""
    event: NDArray[np.int64]
    """Event number as in the file, shape (N,)."""
    weight: NDArray[np.float64]
    """Nominal weight, shape (N,)."""
    offsets: NDArray[np.int64]
    """First particle of each event, shape (N+1,)."""
    pdg_id: NDArray[np.int32]
    """PDG number, shape (P,)."""
    status: NDArray[np.int32]
    """HepMC status: 1 final, 2 decayed, 4 beam, others generator-specific, shape (P,)."""
    px: NDArray[np.float64]
    """GeV, shape (P,)."""
    py: NDArray[np.float64]
    """GeV, shape (P,)."""
    pz: NDArray[np.float64]
    """GeV, shape (P,)."""
    energy: NDArray[np.float64]
    """GeV, shape (P,)."""
    mass: NDArray[np.float64]
    """Generated mass, GeV, shape (P,)."""
    prod_vertex: NDArray[np.int32]
    """Vertex the particle comes from, local to the event, -1 for none, shape (P,)."""
    end_vertex: NDArray[np.int32]
    """Vertex the particle ends in, local to the event, -1 for none, shape (P,)."""
    vertex_offsets: NDArray[np.int64]
    """First vertex of each event, shape (N+1,)."""
    x: NDArray[np.float64]
    """mm, shape (V,)."""
    y: NDArray[np.float64]
    """mm, shape (V,)."""
    z: NDArray[np.float64]
    """mm, shape (V,)."""
    t: NDArray[np.float64]
    """mm/c, shape (V,)."""

    def __len__(self) -> int:
        return len(self.event)

    def slice(self, start: int, stop: int) -> ParticleTable:
        """Return events ``start:stop`` (clipped to the table), offsets starting at zero again."""
        start = max(0, min(start, len(self)))
        stop = max(start, min(stop, len(self)))
        p0, p1 = int(self.offsets[start]), int(self.offsets[stop])
        v0, v1 = int(self.vertex_offsets[start]), int(self.vertex_offsets[stop])
        out = {}
        for f in fields(self):
            column = getattr(self, f.name)
            if f.name == "offsets":
                out[f.name] = column[start : stop + 1] - p0
            elif f.name == "vertex_offsets":
                out[f.name] = column[start : stop + 1] - v0
            elif f.name in ("run", "luminosityBlock", "event", "weight"):
                out[f.name] = column[start:stop]
            elif f.name in ("x", "y", "z", "t"):
                out[f.name] = column[v0:v1]
            else:
                out[f.name] = column[p0:p1]
        return ParticleTable(**out)
