"""One door to all readers: particles of HepMC files, counts and summaries of any event file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from recastbook.events.fileinfo import FileInfo, count_events, file_info
from recastbook.events.formats import Format, detect
from recastbook.events.particles import ParticleTable
from recastbook.exceptions import BadOption

__all__ = ["FileInfo", "Format", "count_events", "detect", "file_info", "read_particles"]


def read_particles(
    path: str | Path,
    *,
    chunk_size: int = 500,
    on_error: Literal["raise", "skip"] = "raise",
    luminosity_block: int = 1,
    reader: Literal["fast", "pyhepmc"] = "fast",
    weight: str | None = None,
) -> Iterator[ParticleTable]:
    """Read the events of a HepMC2 or HepMC3 ascii file as a stream of tables.

    Parameters
    ----------
    path
        The file; plain, gz or zst.
    chunk_size
        Events per table.
    on_error
        What to do at a broken event: ``"raise"`` hands out the events before it and then raises; ``"skip"`` goes on.
    luminosity_block
        ``luminosityBlock`` of all events; convert gives each input file its own.
    reader
        ``"fast"``: compiled here. ``"pyhepmc"``: the HepMC3 library, slower, the reference.
    weight
        Name of the event weight; None for the nominal one.

    Returns
    -------
    Iterator of ParticleTable
        A reader object that also tells ``events``, ``skipped``, ``header`` and ``cross_section`` so far.

    Raises
    ------
    BadFile
        If the file is no HepMC text, is damaged, or holds no events.
    BadEvent
        If an event is broken; file, event and line are named.
    BadOption
        If an argument cannot work.
    """
    if reader == "fast":
        from recastbook.events.hepmc import HepMCReader

        return HepMCReader(
            path, chunk_size=chunk_size, on_error=on_error, luminosity_block=luminosity_block, weight=weight
        )
    if str(reader) != "pyhepmc":
        message = f"reader must be 'fast' or 'pyhepmc', not {reader!r}"
        raise BadOption(message)
    if on_error != "raise":
        message = "pyhepmc cannot go on behind a broken event: use reader='fast' with on_error='skip'"
        raise BadOption(message)
    from recastbook.events.hepmc_reference import read_with_pyhepmc

    return read_with_pyhepmc(path, chunk_size=chunk_size, luminosity_block=luminosity_block, weight=weight)
