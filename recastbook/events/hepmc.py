"""HepMC2 and HepMC3 ascii as chunks of :class:`~recastbook.events.particles.ParticleTable`, read as a stream.

Text comes in blocks that are cut between events, compiled code turns it into columns; memory does not grow with
the length of the file.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from recastbook.events import hepmc_codes as hc
from recastbook.events.decimals import PADDING, powers_of_five
from recastbook.events.formats import Format, detect
from recastbook.events.hepmc2_text import read_hepmc2
from recastbook.events.hepmc3_text import read_hepmc3
from recastbook.events.hepmc_columns import HepMCColumns
from recastbook.events.hepmc_faults import describe_fault
from recastbook.events.hepmc_header import RunHeader, cross_section_of_line, numbered_in_file_order
from recastbook.events.particles import ParticleTable
from recastbook.events.streams import TextStream
from recastbook.exceptions import BadEvent, BadFile, BadOption

__all__ = ["HepMCReader"]

log = logging.getLogger(__name__)

_BLOCK = 1 << 22
_LARGEST_EVENT = 1 << 30
_FIRST_ROOM = 1 << 16
_TOLD_EXACTLY = 10
_EVENT_LINE = re.compile(rb"^E ", re.MULTILINE)
_RECORD_LINE = re.compile(rb"^[PV] ", re.MULTILINE)


class HepMCReader(Iterator[ParticleTable]):
    """Iterate over the events of a HepMC2 or HepMC3 ascii file, plain or compressed.

    Parameters
    ----------
    path
        The file.
    chunk_size
        Events per table.
    on_error
        ``"raise"``: at a broken event, hand out the events before it, then raise. ``"skip"``: go on behind it,
        counting in :attr:`skipped`.
    luminosity_block
        What all events get as ``luminosityBlock``; ``run`` counts the run headers inside the file from 1.
    weight
        Name of the event weight to use; None for the nominal one.
    block_size
        Bytes of text worked on at a time; a block grows to hold at least one event.

    Raises
    ------
    BadFile
        If the file is no HepMC text, or is damaged.
    BadEvent
        If an event is broken; file, event and line are named.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        chunk_size: int = 500,
        on_error: Literal["raise", "skip"] = "raise",
        luminosity_block: int = 1,
        weight: str | None = None,
        block_size: int = _BLOCK,
    ) -> None:
        if chunk_size < 1:
            msg = f"chunk_size must be at least 1, not {chunk_size}"
            raise BadOption(msg)
        if on_error not in ("raise", "skip"):
            msg = f"on_error must be 'raise' or 'skip', not {on_error!r}"
            raise BadOption(msg)
        self.path = Path(path)
        self.format = detect(path)
        if self.format not in (Format.HEPMC2, Format.HEPMC3):
            msg = f"{self.path} is {self.format.value}, not HepMC; only HepMC files hold particles to read"
            raise BadFile(msg)
        self.events = 0
        """Events handed out so far."""
        self.skipped = 0
        """Broken events left out so far."""
        self.position = 0
        """Bytes of the file read so far, as it lies on disk."""
        self.header = RunHeader(wanted_weight=weight)
        """The latest run header: weights, generator."""
        self.cross_section: tuple[float, float] | None = None
        """Latest cross section and its error in pb; generators refine it from event to event."""
        self.file_order_numbers = numbered_in_file_order(self.path)
        """True if the file does not number its events, so that they are numbered in file order."""
        self._chunk_size = chunk_size
        self._block_size = block_size
        self._on_error = on_error
        self._luminosity_block = luminosity_block
        self._run = 1
        self._powers = powers_of_five()
        self._state: NDArray[np.int64] = np.zeros(hc.STATE_SIZE, dtype=np.int64)
        self._state[hc.CROSS_SECTION_AT] = -1
        self._columns = HepMCColumns.with_room_for(chunk_size, _FIRST_ROOM, _FIRST_ROOM)
        self._runs: list[int] = []
        self._ordinals: list[int] = []
        self._tables = self._generate()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ParticleTable:
        return next(self._tables)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know about the events read so far."""
        names, used = self.header.weight_names, self.header.weight_name
        out = []
        if len(names) > 1:
            out.append(f"{self.path.name}: weight {used!r} of {len(names)} is used")
        if self.header.mismatch:
            out.append(f"{self.path.name}: weight names and weights differ in number, the first weight is used")
        if self.file_order_numbers:
            out.append(f"{self.path.name}: events are not numbered, they are numbered in file order from 0")
        if self._run > 1:
            out.append(f"{self.path.name}: holds {self._run} listings, numbered as runs 1 to {self._run}")
        if self.skipped:
            out.append(f"{self.path.name}: {self.skipped} broken event(s) left out")
        return tuple(out)

    def close(self) -> None:
        """Stop reading and close the file."""
        self._tables.close()  # type: ignore[attr-defined]

    # ------------------------------------------------------------------ text in blocks, cut between events

    def _generate(self) -> Iterator[ParticleTable]:
        with TextStream(self.path) as stream:
            buffer = bytearray(self._block_size + PADDING)
            filled = 0
            offset = 0  # of the buffer's first byte in the text
            damage: BadFile | None = None
            at_end = False
            while not at_end:
                room = len(buffer) - PADDING
                if filled == room:
                    if room > _LARGEST_EVENT:
                        msg = f"{self.path}: no event ends within {room >> 20} MB of text; is this an event file?"
                        raise BadFile(msg)
                    buffer = buffer[:filled] + bytearray(room + PADDING)
                    room *= 2
                with memoryview(buffer) as view:
                    while filled < room:
                        try:
                            n = stream.readinto(view[filled:room])
                        except BadFile as error:
                            damage, n = error, 0
                        if n == 0:
                            at_end = True
                            break
                        filled += n
                self.position = stream.position
                if at_end and damage is None:
                    buffer[filled : filled + 1] = b"\n"
                    limit = filled + 1
                else:
                    limit = buffer.rfind(b"\nE ", 0, filled) + 1
                    if damage is not None:
                        end_marker = buffer.rfind(b"END_EVENT_LISTING\n", limit, filled)
                        limit = limit if end_marker < 0 else end_marker + 18
                if limit <= 1 and not at_end:
                    continue
                yield from self._parse(buffer, limit, offset)
                if not at_end:
                    rest = bytes(memoryview(buffer)[limit:filled])
                    buffer[: len(rest)] = rest
                    filled = len(rest)
                    offset += limit
            incomplete = damage is not None and b"E " in buffer[limit:filled]
            yield from self._finish(damage, incomplete=incomplete)

    def _finish(self, damage: BadFile | None, *, incomplete: bool) -> Iterator[ParticleTable]:
        if self._state[hc.EVENTS]:
            yield self._take()
        if damage is not None:
            if self._on_error == "raise":
                msg = f"{damage} The {self.events} complete event(s) before that place were read."
                raise type(damage)(msg)
            self.skipped += int(incomplete)
            log.warning("%s", damage)
        if self.events + self.skipped == 0 and self._on_error == "raise":
            msg = f"{self.path} is {self.format.value} but holds no events."
            raise BadFile(msg)

    # ------------------------------------------------------------------ complete events to columns

    def _parse(self, buffer: bytearray, limit: int, offset: int) -> Iterator[ParticleTable]:
        text: NDArray[np.uint8] = np.frombuffer(buffer, dtype=np.uint8)
        state = self._state
        at = 0
        while at < limit:
            if buffer[at : at + 2] != b"E ":
                at = self._read_header(buffer, at, limit)
                continue
            if self.header.weight_index is None:
                records = _RECORD_LINE.search(buffer, at, limit)
                self.header.choose_weight(bytes(buffer[at : records.start() if records else limit]))
            read = read_hepmc3 if self.format is Format.HEPMC3 else read_hepmc2
            before = int(state[hc.EVENTS])
            at = int(read(text, at, limit, self._columns, state, self.header.weight_index or 0, self._powers))
            code = int(state[hc.CODE])
            self._note(int(state[hc.EVENTS]) - before)
            if state[hc.CROSS_SECTION_AT] >= 0:
                line_at = int(state[hc.CROSS_SECTION_AT])
                found = cross_section_of_line(bytes(buffer[line_at : buffer.find(b"\n", line_at)]))
                self.cross_section = found or self.cross_section
                state[hc.CROSS_SECTION_AT] = -1
            if code == hc.CHUNK_FULL:
                yield self._take()
            elif code == hc.NEED_SPACE:
                self._columns = self._columns.enlarged(*(int(n) for n in state[:3]))
            elif code > 0:
                # finding the line means reading the file again, too much for a file full of broken events
                exactly = self._on_error == "raise" or self.skipped < _TOLD_EXACTLY
                fault = describe_fault(self.path, buffer, limit, offset, state, self._ordinal, count_lines=exactly)
                following = _EVENT_LINE.search(buffer, at + 2, limit)
                if self._on_error == "raise":
                    if state[hc.EVENTS]:
                        yield self._take()
                    msg = f"{fault} The {self.events} event(s) before it were read."
                    raise BadEvent(msg)
                log.log(logging.WARNING if exactly else logging.INFO, "%s Skipped.", fault)
                self.skipped += 1
                self._ordinal += 1
                at = following.start() if following else limit

    _ordinal = 0  # place in the file of the next event

    def _note(self, events: int) -> None:
        self._runs.extend([self._run] * events)
        self._ordinals.extend(range(self._ordinal, self._ordinal + events))
        self._ordinal += events

    def _read_header(self, buffer: bytearray, at: int, limit: int) -> int:
        following = _EVENT_LINE.search(buffer, at, limit)
        end = following.start() if following else limit
        lines = bytes(buffer[at:end])
        if b"START_EVENT_LISTING" in lines:
            self.format = Format.HEPMC3 if b"Asciiv3-START" in lines else Format.HEPMC2
            if self._ordinal > 0:
                self._run += 1
        self.header.read(lines)
        return end

    def _take(self) -> ParticleTable:
        """Hand out what the columns hold and start new ones of the same room."""
        n, particles, vertices = (int(self._state[k]) for k in range(3))
        c = self._columns
        numbers = np.array(self._ordinals, dtype=np.int64) if self.file_order_numbers else c.event[:n]
        table = ParticleTable(
            run=np.array(self._runs, dtype=np.int64),
            luminosityBlock=np.full(n, self._luminosity_block, dtype=np.int64),
            event=numbers,
            weight=c.weight[:n],
            offsets=c.offsets[: n + 1],
            pdg_id=c.pdg_id[:particles],
            status=c.status[:particles],
            px=c.px[:particles],
            py=c.py[:particles],
            pz=c.pz[:particles],
            energy=c.energy[:particles],
            mass=c.mass[:particles],
            prod_vertex=c.prod_vertex[:particles],
            end_vertex=c.end_vertex[:particles],
            vertex_offsets=c.vertex_offsets[: n + 1],
            x=c.x[:vertices],
            y=c.y[:vertices],
            z=c.z[:vertices],
            t=c.t[:vertices],
        )
        self.events += n
        self._state[:3] = 0
        self._runs, self._ordinals = [], []
        self._columns = HepMCColumns.with_room_for(self._chunk_size, len(c.px), len(c.x))
        return table
