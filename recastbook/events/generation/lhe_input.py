"""What must be known of an LHE file before Pythia may shower it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from recastbook.events.streams import TextStream
from recastbook.exceptions import BadFile
from recastbook.writing import whole

__all__ = ["MATCHING_NOTE", "LheFile", "inspect_lhe", "plain_lhe"]

MATCHING_NOTE = (
    "the LHE events were made to be matched to the shower (ickkw), which is not done: jets from both are counted twice"
)

_CHUNK = 1 << 20
_HEADER_LIMIT = 64 * _CHUNK
_BEGIN, _END = re.compile(rb"<event[\s>]"), re.compile(rb"</event>")
_MATCHING = re.compile(rb"^\s*[1-9]\d*\s*=\s*ickkw", flags=re.MULTILINE)
_LONGEST_TAG = 16
_BEAM_WORDS = 10  # beams, energies, PDF groups and sets, weighting strategy, number of processes


@dataclass(frozen=True, slots=True)
class LheFile:
    """Header of an LHE file and the number of its events."""

    path: Path
    """Where it lies."""
    events: int
    """Number of complete events."""
    slha: str | None
    """Spectrum in the header, if there is one."""
    energy_tev: float
    """Centre-of-mass energy from the init block, TeV."""
    compressed: bool
    """Whether Pythia needs an unpacked copy."""
    matching: bool
    """Whether the events were made to be matched to the shower (MadGraph's ickkw), which is not done here."""


def inspect_lhe(path: Path) -> LheFile:
    """Read header and init block of an LHE file and count its events.

    Parameters
    ----------
    path
        Plain, gzip or zstandard.

    Raises
    ------
    BadFile
        If the root element or the init block is missing, an event is cut off, there are no events, or the
        compressed stream is damaged.
    """
    header, begun, ended, tail = b"", 0, 0, b""
    with TextStream(path) as stream:
        more = True
        while more:
            chunk = stream.read(_CHUNK) or b""
            more = bool(chunk)
            if b"</init>" not in header and len(header) < _HEADER_LIMIT:
                header += chunk
            text = tail + chunk
            # A tag may straddle two chunks: one that starts in the last bytes is counted with the next chunk.
            cut = max(0, len(text) - _LONGEST_TAG) if more else len(text)
            begun += sum(m.start() < cut for m in _BEGIN.finditer(text))
            ended += sum(m.start() < cut for m in _END.finditer(text))
            tail = text[cut:]
        compressed = bool(stream.compression)
    if b"<LesHouchesEvents" not in header:
        message = f"{path} has no <LesHouchesEvents> element, so it is no LHE file"
        raise BadFile(message)
    found = re.search(rb"<init(?:\s[^>]*)?>(.*?)</init>", header, flags=re.DOTALL)
    if found is None:
        message = f"{path} has no complete <init> block: beams and cross section are unknown"
        raise BadFile(message)
    first = next((line for line in found.group(1).splitlines() if line.strip()), b"").split()
    try:
        energies = (float(first[2]), float(first[3]))
        if len(first) < _BEAM_WORDS or min(energies) <= 0:
            raise ValueError
    except (IndexError, ValueError):
        shown = b" ".join(first).decode("latin-1")
        message = f"{path}: the <init> block does not begin with two beams and their energies but with {shown!r}"
        raise BadFile(message) from None
    if begun != ended:
        message = f"{path}: {begun} events begin, {ended} end: the file is cut off or damaged"
        raise BadFile(message)
    if begun == 0:
        message = f"{path} holds no events"
        raise BadFile(message)
    slha = re.search(rb"<slha[^>]*>(.*?)</slha>", header, flags=re.DOTALL | re.IGNORECASE)
    spectrum = slha.group(1).decode("utf-8", errors="replace") if slha else None
    return LheFile(path, begun, spectrum, sum(energies) / 1000, compressed, bool(_MATCHING.search(header)))


def plain_lhe(lhe: LheFile, folder: Path) -> Path:
    """Return a path that Pythia can read: the file itself, or an unpacked copy in `folder`."""
    if not lhe.compressed:
        return lhe.path.resolve()
    target = folder / "events.lhe"
    if not target.exists():
        with whole(target) as temporary, TextStream(lhe.path) as stream, temporary.open("wb") as sink:
            while chunk := stream.read(_CHUNK):
                sink.write(chunk)
    return target.resolve()
