"""HepMC text through pyhepmc, the Python face of the HepMC3 library: slower, and the reference for our own reader.

pyhepmc ends quietly at an event it cannot read, and at one without particles; the events are therefore counted
against the event lines of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from recastbook.events.formats import Format, detect
from recastbook.events.hepmc_header import RunHeader
from recastbook.events.particles import ParticleTable
from recastbook.events.streams import TextStream
from recastbook.exceptions import BadEvent, BadFile

__all__ = ["read_with_pyhepmc"]

_EVENT_LINE = re.compile(rb"^E (-?\d+)", re.MULTILINE)


def _event_numbers(path: Path) -> list[int]:
    """Return the numbers on the event lines of the text."""
    numbers: list[int] = []
    with TextStream(path) as stream:
        rest = b""
        while piece := stream.read(1 << 20):
            text = rest + piece
            cut = text.rfind(b"\n") + 1
            numbers += [int(m[1]) for m in _EVENT_LINE.finditer(text[:cut])]
            rest = text[cut:]
    numbers += [int(m[1]) for m in _EVENT_LINE.finditer(rest)]
    return numbers


def read_with_pyhepmc(
    path: str | Path, *, chunk_size: int = 500, luminosity_block: int = 1, weight: str | None = None
) -> Iterator[ParticleTable]:
    """Read a HepMC2 or HepMC3 ascii file with pyhepmc, event by event.

    Parameters
    ----------
    path
        The file; plain, gz or zst.
    chunk_size
        Events per table.
    luminosity_block
        ``luminosityBlock`` of all events.
    weight
        Name of the event weight; None for the nominal one.

    Raises
    ------
    BadFile
        If the file is no HepMC text or holds no events.
    BadEvent
        If pyhepmc stops before the last event line of the text; the event is named.
    """
    import pyhepmc

    path = Path(path)
    found = detect(path)
    if found not in (Format.HEPMC2, Format.HEPMC3):
        message = f"{path} is {found.value}, not HepMC; only HepMC files hold particles to read"
        raise BadFile(message)
    numbers = _event_numbers(path)
    if not numbers:
        message = f"{path} is {found.value} but holds no events."
        raise BadFile(message)
    kind = pyhepmc.io.ReaderAscii if found is Format.HEPMC3 else pyhepmc.io.ReaderAsciiHepMC2
    count = 0
    events: list[dict[str, Any]] = []
    with TextStream(path) as stream, kind(pyhepmc.io.pyiostream(stream, 1 << 16)) as reader:
        while True:
            event = pyhepmc.GenEvent()
            reason = ""
            try:
                # read_event() reports success at the end of the file, too: an event without particles is none
                if reader.failed() or not reader.read_event(event) or not event.particles:
                    break
            except RuntimeError as error:
                reason = f" ({error})"
                break
            count += 1
            events.append(_columns(event, weight))
            if len(events) == chunk_size:
                yield _table(events, luminosity_block)
                events = []
    if events:
        yield _table(events, luminosity_block)
    if count < len(numbers):
        message = (
            f"{path}: pyhepmc stops at event {numbers[count]} (number {count + 1} in the file), "
            f"but the text holds {len(numbers)} events; {count} were read.{reason}"
        )
        raise BadEvent(message)


def _columns(event: Any, weight: str | None) -> dict[str, Any]:
    import pyhepmc

    event.set_units(pyhepmc.Units.GEV, pyhepmc.Units.MM)
    header = RunHeader(wanted_weight=weight)
    names = tuple(event.run_info.weight_names) if event.run_info is not None else ()
    header.weight_names = names
    header.choose_weight(b"")
    particles, vertices = event.numpy.particles, event.numpy.vertices
    place = {v.id: i for i, v in enumerate(event.vertices)}
    origin = [-1 if (v := p.production_vertex) is None else place.get(v.id, -1) for p in event.particles]
    end = [-1 if (v := p.end_vertex) is None else place.get(v.id, -1) for p in event.particles]
    positions = [v.position for v in event.vertices]
    return {
        "event": event.event_number,
        "weight": event.weights[header.weight_index or 0] if event.weights else 1.0,
        "pdg_id": np.array(particles.pid, dtype=np.int32),
        "status": np.array(particles.status, dtype=np.int32),
        "px": np.array(particles.px),
        "py": np.array(particles.py),
        "pz": np.array(particles.pz),
        "energy": np.array(particles.e),
        "mass": np.array(particles.generated_mass),
        "prod_vertex": np.array(origin, dtype=np.int32),
        "end_vertex": np.array(end, dtype=np.int32),
        "x": np.array([p.x for p in positions]),
        "y": np.array([p.y for p in positions]),
        "z": np.array([p.z for p in positions]),
        "t": np.array([p.t for p in positions]),
        "n_vertices": len(vertices.id),
    }


def _table(events: list[dict[str, Any]], luminosity_block: int) -> ParticleTable:
    def joined(name: str, dtype: Any = np.float64) -> Any:
        return np.concatenate([np.asarray(e[name], dtype=dtype) for e in events])

    n = len(events)
    return ParticleTable(
        run=np.ones(n, dtype=np.int64),
        luminosityBlock=np.full(n, luminosity_block, dtype=np.int64),
        event=np.array([e["event"] for e in events], dtype=np.int64),
        weight=np.array([e["weight"] for e in events], dtype=np.float64),
        offsets=np.cumsum([0, *(len(e["px"]) for e in events)], dtype=np.int64),
        pdg_id=joined("pdg_id", np.int32),
        status=joined("status", np.int32),
        px=joined("px"),
        py=joined("py"),
        pz=joined("pz"),
        energy=joined("energy"),
        mass=joined("mass"),
        prod_vertex=joined("prod_vertex", np.int32),
        end_vertex=joined("end_vertex", np.int32),
        vertex_offsets=np.cumsum([0, *(e["n_vertices"] for e in events)], dtype=np.int64),
        x=joined("x"),
        y=joined("y"),
        z=joined("z"),
        t=joined("t"),
    )
