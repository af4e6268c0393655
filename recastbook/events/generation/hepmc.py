"""Write particle tables as HepMC3 text, for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recastbook.events.particles import ParticleTable
from recastbook.writing import whole

__all__ = ["append_hepmc", "join_hepmc"]

_FOOTER = "HepMC::Asciiv3-END_EVENT_LISTING"
_CROSS_SECTION = "A 0 GenCrossSection "


def _gen_event(table: ParticleTable, k: int) -> Any:
    import pyhepmc

    event = pyhepmc.GenEvent(pyhepmc.Units.GEV, pyhepmc.Units.MM)
    p0, p1 = int(table.offsets[k]), int(table.offsets[k + 1])
    v0, v1 = int(table.vertex_offsets[k]), int(table.vertex_offsets[k + 1])
    momenta = np.stack([table.px[p0:p1], table.py[p0:p1], table.pz[p0:p1], table.energy[p0:p1]], axis=1).tolist()
    pdg, status, mass = table.pdg_id[p0:p1].tolist(), table.status[p0:p1].tolist(), table.mass[p0:p1].tolist()
    places = np.stack([table.x[v0:v1], table.y[v0:v1], table.z[v0:v1], table.t[v0:v1]], axis=1).tolist()
    vertices = [pyhepmc.GenVertex(tuple(place)) for place in places]
    roots = []
    ends, starts = table.end_vertex[p0:p1].tolist(), table.prod_vertex[p0:p1].tolist()
    for four, code, state, m, start, end in zip(momenta, pdg, status, mass, starts, ends, strict=True):
        particle = pyhepmc.GenParticle(tuple(four), code, state)
        particle.generated_mass = m
        if start >= 0:
            vertices[start].add_particle_out(particle)
        else:
            roots.append(particle)
        if end >= 0:
            vertices[end].add_particle_in(particle)
    # add_tree sorts the graph; an unsorted file is read by some programs as no events at all.
    event.add_tree(roots)
    event.event_number = int(table.event[k])
    event.weights = [float(table.weight[k])]
    return event


def append_hepmc(
    path: Path, tables: Iterable[ParticleTable], *, cross_section: float | None = None, error: float = 0.0
) -> int:
    """Write particle tables to a HepMC3 text file (overwritten) and return the number of events.

    Parameters
    ----------
    path
        File to write.
    tables
        What to write, in order.
    cross_section, error
        pb; written with every event when given.
    """
    import pyhepmc

    n = 0
    with pyhepmc.io.WriterAscii(str(path)) as writer:
        for table in tables:
            for k in range(len(table)):
                event = _gen_event(table, k)
                if cross_section is not None:
                    value = pyhepmc.GenCrossSection()
                    value.set_cross_section(cross_section, error)
                    event.cross_section = value
                writer.write(event)
                n += 1
    return n


def join_hepmc(parts: Sequence[Path], output: Path, *, cross_section: tuple[float, float] | None = None) -> None:
    """Join HepMC3 text files into one, with one header, one footer and one cross section.

    Parameters
    ----------
    parts
        Files written by :func:`append_hepmc`, at least one.
    output
        Written under a temporary name first, so that a full disk leaves nothing half.
    cross_section
        Value and error in pb that replace those of the parts, since each part knows only its own estimate; None
        leaves them out.
    """
    with whole(output) as temporary, temporary.open("w", encoding="utf-8") as sink:
        for k, part in enumerate(parts):
            with part.open(encoding="utf-8") as source:
                in_header = True
                for line in source:
                    if line.startswith("E "):
                        in_header = False
                    # A blank line between two events makes readers lose the second.
                    if line.startswith(_FOOTER) or not line.strip() or (in_header and k > 0):
                        continue
                    if line.startswith(_CROSS_SECTION):
                        if cross_section is None:
                            continue
                        rest = line[len(_CROSS_SECTION) :].split()[2:]
                        line = _CROSS_SECTION + " ".join([*(f"{x:.8e}" for x in cross_section), *rest]) + "\n"  # noqa: PLW2901
                    sink.write(line)
        sink.write(_FOOTER + "\n\n")
