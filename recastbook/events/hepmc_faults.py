"""What is wrong with an event of HepMC text, in a sentence that names file, event and line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recastbook.events import hepmc_codes as hc
from recastbook.events.streams import TextStream

__all__ = ["describe_fault"]


def _line(text: bytes | bytearray, at: int) -> str:
    end = text.find(b"\n", at)
    line = bytes(text[at : end if end >= 0 else at + 100]).decode("latin-1").rstrip("\r")
    return line if len(line) <= 100 else line[:97] + "..."


def _line_number(path: Path, position: int) -> int:
    """Count the lines up to a position of the decompressed text."""
    count, seen = 1, 0
    with TextStream(path) as stream:
        while seen < position:
            piece = stream.read(min(1 << 20, position - seen))
            if not piece:
                break
            count += piece.count(b"\n")
            seen += len(piece)
    return count


def describe_fault(
    path: Path,
    text: bytearray,
    limit: int,
    offset: int,
    state: NDArray[np.int64],
    ordinal: int,
    *,
    count_lines: bool = True,
) -> str:
    """Describe the fault that a compiled reader left in `state`.

    Parameters
    ----------
    path
        The file.
    text
        Block of text the reader worked on.
    limit
        End of the text in the block.
    offset
        Position of the block in the decompressed file.
    state
        See :mod:`recastbook.events.hepmc_codes`.
    ordinal
        How many events stand before this one in the file.
    count_lines
        Find the number of the line, for which the file is read again.
    """
    found, expected = int(state[hc.FOUND]), int(state[hc.EXPECTED])
    event_at, fault_at = int(state[hc.EVENT_AT]), int(state[hc.FAULT_AT])
    reasons = {
        hc.BAD_EVENT_LINE: "its event line cannot be read",
        hc.BAD_PARTICLE_LINE: "a particle line cannot be read",
        hc.BAD_VERTEX_LINE: "a vertex line cannot be read",
        hc.BAD_UNITS: "its units are none of GEV, MEV and MM, CM",
        hc.BAD_WEIGHT: "the nominal weight is missing",
        hc.VERTEX_COUNT: f"it has {found} vertices where its event line says {expected}",
        hc.BAD_ID: f"the particle id {found} is used twice or not in 1 to {expected}",
        hc.UNKNOWN_PARTICLE: f"it refers to a particle {found} that it does not have",
        hc.UNKNOWN_VERTEX: f"it refers to a vertex {found} that it does not have",
        hc.MOMENTUM_NOT_FINITE: f"momentum, energy or mass of its particle {found + 1} is nan or infinite",
        hc.POSITION_NOT_FINITE: f"the position of its vertex {found + 1} is nan or infinite",
        hc.NEGATIVE_ENERGY: f"the final particle {found + 1} has negative energy",
        hc.WEIGHT_NOT_FINITE: "its weight is nan or infinite",
        hc.TOO_LARGE: "it announces more particles and vertices than its text can hold",
    }
    code = int(state[hc.CODE])
    if code == hc.PARTICLE_COUNT:
        if expected < 0 and found > 0:
            reason = f"{found} particle(s) of vertex {expected} are missing"
        elif expected < 0:
            reason = "it has more particles than its vertices announce"
        elif found > expected:
            reason = f"it has more particles than the {expected} that its event line announces"
        else:
            reason = f"it has {found} particles where its event line says {expected}: it is cut off or damaged"
    else:
        reason = reasons.get(code, "it cannot be read")
    words = _line(text, event_at).split()
    number = words[1] if len(words) > 1 else "?"
    where = f"line {_line_number(path, offset + fault_at)}" if count_lines else "the line"
    excerpt = _line(text, fault_at) if fault_at < limit else ""
    return f"{path}: event {number} (number {ordinal + 1} in the file) is broken: {reason}; {where} reads {excerpt!r}."
