"""What is in an event file, without converting it: exact counts, cross section, weights, generator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recastbook.events.formats import Format, detect

__all__ = ["FileInfo", "count_events", "file_info"]


@dataclass(frozen=True, slots=True)
class FileInfo:
    """Summary of one event file."""

    path: Path
    """The file."""
    format: Format
    """Its format."""
    events: int
    """Number of readable events."""
    skipped: int = 0
    """Broken events that were left out (only with ``on_error="skip"``)."""
    particles: int = 0
    """Final particles (status 1) of HepMC, all particles of LHE."""
    sum_of_weights: float = 0.0
    """Sum of the nominal weights."""
    sum_of_weights2: float = 0.0
    """Sum of their squares."""
    cross_section_pb: float | None = None
    """Cross section in pb; None if the file tells none."""
    cross_section_error: float | None = None
    """Its error in pb."""
    cross_section_source: str = "file"
    """Where it is from."""
    process: str = ""
    """Process, empty if the file names none."""
    weight_names: tuple[str, ...] = ()
    """Names of the event weights; empty if the file names none."""
    weight_name: str | None = None
    """The weight in use, None if it has no name."""
    generator: str = ""
    """Programs that made the file, as far as it says."""
    beam_energy: float | None = None
    """Energy of the first beam in GeV."""
    slha: str | None = None
    """SUSY spectrum in the header of an LHE file."""
    notes: tuple[str, ...] = ()
    """What a user should know about the file, in sentences."""


def file_info(path: str | Path, *, on_error: Literal["raise", "skip"] = "raise", weight: str | None = None) -> FileInfo:
    """Read through an event file and summarise it; counts are exact.

    Parameters
    ----------
    path
        Event folder or file of any readable format.
    on_error
        At a broken event: raise, or leave it out and count it in ``skipped``.
    weight
        Name of the event weight to sum; None for the nominal one.

    Raises
    ------
    BadFile
        If the file is of no readable format or damaged.
    BadEvent
        If an event is broken and `on_error` is ``"raise"``.
    """
    path = Path(path)
    found = detect(path)
    if found is Format.RECASTBOOK:
        return _of_event_file(path)
    if found is Format.LHE:
        from recastbook.events.lhe import lhe_info

        return lhe_info(path, on_error=on_error)
    if found is Format.DELPHES:
        from recastbook.events.delphes import delphes_info

        return delphes_info(path)
    return _of_hepmc(path, on_error, weight)


def count_events(path: str | Path, *, on_error: Literal["raise", "skip"] = "raise") -> int:
    """Count the events of any readable file, exactly and without showering or converting it.

    Raises
    ------
    BadFile
        If the file is of no readable format or damaged.
    BadEvent
        If an event is broken and `on_error` is ``"raise"``.
    """
    return file_info(path, on_error=on_error).events


def _of_event_file(path: Path) -> FileInfo:
    from recastbook.events.eventfile import EventFile

    m = EventFile.open(path).metadata
    return FileInfo(
        path=path,
        format=Format.RECASTBOOK,
        events=m.n_events,
        skipped=m.skipped_events,
        sum_of_weights=m.sum_of_weights,
        sum_of_weights2=m.sum_of_weights2,
        cross_section_pb=m.cross_section,
        cross_section_error=m.cross_section_error,
        cross_section_source=m.cross_section_source or "file",
        process=m.process,
        generator=m.generator,
        notes=m.notes,
    )


def _of_hepmc(path: Path, on_error: Literal["raise", "skip"], weight: str | None) -> FileInfo:
    from recastbook.events.hepmc import HepMCReader

    reader = HepMCReader(path, on_error=on_error, weight=weight)
    sums = [0.0, 0.0]
    energy: float | None = None
    final = 0
    for table in reader:
        final += int((table.status == 1).sum())
        sums[0] += float(table.weight.sum())
        sums[1] += float((table.weight**2).sum())
        if energy is None:
            beams = table.energy[table.status == 4]
            energy = float(beams[0]) if len(beams) else None
    return FileInfo(
        path=path,
        format=reader.format,
        events=reader.events,
        skipped=reader.skipped,
        particles=final,
        sum_of_weights=sums[0],
        sum_of_weights2=sums[1],
        cross_section_pb=None if reader.cross_section is None else reader.cross_section[0],
        cross_section_error=None if reader.cross_section is None else reader.cross_section[1],
        weight_names=reader.header.weight_names,
        weight_name=reader.header.weight_name,
        generator=", ".join(reader.header.generators),
        beam_energy=energy,
        notes=reader.notes,
    )
