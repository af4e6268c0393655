"""Les Houches event files: header, events, counts. Partons only; generation showers them.

Lines are understood by pylhe. Events are cut out of the text by their tags rather than by an XML parser, because
banners with a stray ``&`` or ``<`` are common and because one broken event must not end the reading of the others.
The format: J. Alwall et al., hep-ph/0609017.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from recastbook.events.fileinfo import FileInfo
from recastbook.events.formats import Format
from recastbook.events.streams import TextStream
from recastbook.exceptions import BadEvent, BadFile

if TYPE_CHECKING:
    import pylhe

__all__ = ["LheReader", "lhe_info"]

log = logging.getLogger(__name__)

_BLOCK = 1 << 20
_LONGEST_HEADER = 1 << 28
_INIT = re.compile(rb"<init(?:\s[^>]*)?>(.*?)</init\s*>", re.DOTALL)
_SLHA = re.compile(rb"<slha[^>]*>(.*?)</slha\s*>", re.DOTALL | re.IGNORECASE)
_GENERATOR = re.compile(rb"<generator\s+name\s*=\s*['\"]([^'\"]*)['\"](?:\s+version\s*=\s*['\"]([^'\"]*)['\"])?")
_KNOWN_GENERATORS = re.compile(rb"MadGraph5_aMC@NLO|POWHEG-BOX[-\w]*|PYTHIA +[\d.]+|CalcHEP|WHIZARD|Sherpa|Herwig")
_WEIGHT_NAME = re.compile(rb"<weight\s[^>]*?id\s*=\s*['\"]([^'\"]*)['\"]")
_BEGIN = re.compile(rb"<event(?:\s[^>]*)?>")
_END = b"</event"
_UNENDED = b"<"


@dataclass(frozen=True, slots=True)
class _Header:
    energy: float
    cross_section: tuple[float, float] | None
    generator: str
    slha: str | None
    weight_names: tuple[str, ...]


class LheReader:
    """Iterate over the events of an LHE file; yields ``pylhe.LHEEvent`` without reweighting information.

    Parameters
    ----------
    path
        The file; plain, gz or zst.
    on_error
        At a broken event: ``"raise"``, or ``"skip"`` and count.

    Raises
    ------
    BadFile
        If the root element or the init block is missing, the file is damaged, or ends inside an event.
    BadEvent
        If an event cannot be read; file and number are named.
    """

    def __init__(self, path: str | Path, *, on_error: Literal["raise", "skip"] = "raise") -> None:
        self.path = Path(path)
        self.events = 0
        """Events handed out so far."""
        self.skipped = 0
        """Broken events left out so far."""
        self.notes: list[str] = []
        """What a user should know about the file."""
        self._on_error = on_error
        self._stream = TextStream(self.path)
        try:
            text = self._read_to_events()
            self.header = _read_header(self.path, text)
        except BadFile:
            self._stream.close()
            raise
        init = _INIT.search(text)
        self._rest = text[init.end() :] if init else text

    def _read_to_events(self) -> bytes:
        text = b""
        while _INIT.search(text) is None:
            piece = self._stream.read(_BLOCK) or b""
            text += piece
            if b"<LesHouchesEvents" not in text and (not piece or _BEGIN.search(text) or len(text) > _LONGEST_HEADER):
                message = f"{self.path} has no <LesHouchesEvents> root element: its beginning is missing or cut off"
                raise BadFile(message)
            if not piece or len(text) > _LONGEST_HEADER:
                message = f"{self.path} has no complete <init> block: beams and cross section are unknown"
                raise BadFile(message)
        return text

    def __iter__(self) -> Iterator[pylhe.LHEEvent]:
        with self._stream:
            for text in self._event_texts():
                number = self.events + self.skipped
                try:
                    event = _parse_event(text)
                except (ValueError, IndexError, OverflowError) as error:
                    fault = f"{self.path}: event {number} (number {number + 1} in the file) is broken: {error}."
                    if self._on_error == "raise":
                        message = f"{fault} The {self.events} event(s) before it were read."
                        raise BadEvent(message) from error
                    log.warning("%s Skipped.", fault)
                    self.skipped += 1
                    continue
                self.events += 1
                yield event
            if self.events + self.skipped == 0:
                message = f"{self.path} is an LHE file but holds no events."
                raise BadFile(message)

    def _event_texts(self) -> Iterator[bytes]:
        text, more = self._rest, True
        while True:
            begin = _BEGIN.search(text)
            end = text.find(_END, begin.end()) if begin else -1
            if begin and end >= 0:
                inside = text[begin.end() : end]
                again = _BEGIN.search(inside)
                if again:  # the end of this event is lost; the next one begins already
                    yield _UNENDED
                    text = text[begin.end() + again.start() :]
                    continue
                yield inside
                text = text[end:]
                continue
            if not more:
                if begin:
                    self._stop(BadFile(f"{self.path} is truncated: it ends inside an event."))
                elif b"</LesHouchesEvents" not in text:
                    self.notes.append(f"{self.path.name}: the closing tag is missing, so events may be missing, too")
                return
            if not begin:
                text = text[-64:]  # a tag may be cut between two blocks
            try:
                piece = self._stream.read(_BLOCK) or b""
            except BadFile as error:
                self._stop(error, incomplete=begin is not None)
                return
            more = bool(piece)
            text += piece

    def _stop(self, damage: BadFile, *, incomplete: bool = True) -> None:
        if self._on_error == "raise":
            message = f"{damage} The {self.events} complete event(s) before that place were read."
            raise type(damage)(message)
        log.warning("%s", damage)
        self.skipped += int(incomplete)


def _read_header(path: Path, text: bytes) -> _Header:
    import pylhe

    found = _INIT.search(text)
    lines = [line for line in found[1].decode("latin-1").split("\n") if line.strip()] if found else []
    lines = [line for line in lines if not line.lstrip().startswith(("#", "<"))]
    try:
        init = pylhe.LHEInitInfo.fromstring(lines[0])
        processes = [pylhe.LHEProcInfo.fromstring(line) for line in lines[1 : 1 + init.numProcesses]]
    except (IndexError, ValueError) as error:
        message = f"{path}: the <init> block cannot be read: {error}"
        raise BadFile(message) from error
    total = math.fsum(p.xSection for p in processes)
    error_squared = math.fsum(p.error**2 for p in processes)
    usable = math.isfinite(total) and total > 0
    named = [b" ".join(part for part in match.groups() if part) for match in _GENERATOR.finditer(text)]
    other = _KNOWN_GENERATORS.search(text)
    generator = b", ".join(named) or (other[0] if other else b"")
    slha = _SLHA.search(text)
    return _Header(
        energy=float(init.energyA),
        cross_section=(total, math.sqrt(error_squared) if math.isfinite(error_squared) else 0.0) if usable else None,
        generator=" ".join(generator.decode("latin-1").split()),
        slha=slha[1].decode("utf-8", "replace") if slha else None,
        weight_names=tuple(m[1].decode("utf-8", "replace") for m in _WEIGHT_NAME.finditer(text)),
    )


def _parse_event(text: bytes) -> pylhe.LHEEvent:
    import pylhe

    if text == _UNENDED:
        message = "the next event begins before it has ended"
        raise ValueError(message)
    lines = [line for line in text.decode("latin-1").split("\n") if line.strip() and not line.lstrip().startswith("#")]
    if not lines or lines[0].lstrip().startswith("<"):
        message = "it is empty or its tags are broken"
        raise ValueError(message)
    info = pylhe.LHEEventInfo.fromstring(lines[0])
    rows = []
    for line in lines[1:]:
        if line.lstrip().startswith("<"):
            break
        rows.append(line)
    if len(rows) != info.nparticles:
        message = f"it has {len(rows)} particle lines where its first line says {info.nparticles}"
        raise ValueError(message)
    particles = [pylhe.LHEParticle.fromstring(row) for row in rows]
    for i, p in enumerate(particles, start=1):
        if not all(map(math.isfinite, (p.px, p.py, p.pz, p.e, p.m))):
            message = f"momentum, energy or mass of its particle {i} is nan or infinite"
            raise ValueError(message)
        if p.status == 1 and p.e < 0:
            message = f"its final particle {i} has negative energy {p.e:g}"
            raise ValueError(message)
    if not math.isfinite(info.weight):
        message = "its weight is nan or infinite"
        raise ValueError(message)
    return pylhe.LHEEvent(info, particles)


def lhe_info(path: str | Path, *, on_error: Literal["raise", "skip"] = "raise") -> FileInfo:
    """Read through an LHE file and summarise it.

    Raises
    ------
    BadFile
        If the root element or the init block is missing, or the file is damaged.
    BadEvent
        If an event is broken and `on_error` is ``"raise"``.
    """
    reader = LheReader(path, on_error=on_error)
    weights: list[float] = []
    particles = 0
    for event in reader:
        weights.append(event.eventinfo.weight)
        particles += len(event.particles)
    header = reader.header
    notes = tuple(reader.notes)
    if header.cross_section is None:
        notes = (*notes, f"{reader.path.name}: tells no cross section; give one with Sample(..., cross_section=...)")
    if reader.skipped:
        notes = (*notes, f"{reader.path.name}: {reader.skipped} broken event(s) left out")
    return FileInfo(
        path=reader.path,
        format=Format.LHE,
        events=reader.events,
        skipped=reader.skipped,
        particles=particles,
        sum_of_weights=math.fsum(weights),
        sum_of_weights2=math.fsum(w * w for w in weights),
        cross_section_pb=None if header.cross_section is None else header.cross_section[0],
        cross_section_error=None if header.cross_section is None else header.cross_section[1],
        weight_names=header.weight_names,
        generator=header.generator,
        beam_energy=header.energy,
        slha=header.slha,
        notes=notes,
    )
