"""Catch what Pythia prints: it writes to the file descriptor of the process, past Python's ``sys.stdout``."""

from __future__ import annotations

import ctypes
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Transcript", "caught", "messages"]


class Transcript:
    """Text that was printed, available after the ``with`` block."""

    def __init__(self) -> None:
        self.text = ""


def _flush() -> None:
    sys.stdout.flush()
    # Pythia prints through the C library, whose buffer Python does not know.
    ctypes.CDLL(None).fflush(None)


@contextmanager
def caught() -> Iterator[Transcript]:
    """Collect what is written to file descriptor 1 inside the ``with`` block, by whatever language.

    Yields
    ------
    Transcript
        Its ``text`` is filled when the block ends, also by an exception.
    """
    transcript = Transcript()
    with tempfile.TemporaryFile() as sink:
        _flush()
        before = os.dup(1)
        os.dup2(sink.fileno(), 1)
        try:
            yield transcript
        finally:
            _flush()
            os.dup2(before, 1)
            os.close(before)
            sink.seek(0)
            transcript.text = sink.read().decode("utf-8", errors="replace")


def messages(text: str, *kinds: str) -> tuple[str, ...]:
    """Return Pythia's own messages of the kinds ``"Abort"``, ``"Error"``, ``"Warning"`` or ``"Info"``, each once.

    Examples
    --------
    >>> messages(" PYTHIA Error in ProcessLevel::init: no process switched on", "Error")
    ('ProcessLevel::init: no process switched on',)
    """
    found: list[str] = []
    lines = text.splitlines()
    for k, line in enumerate(lines):
        match = re.match(r"^\s*PYTHIA\s+(Abort|Error|Warning|Info)(?:\s+(?:from|in))?:?\s+(.*)$", line)
        if match is None or match.group(1) not in kinds:
            continue
        said = match.group(2).strip()
        # The line after a message is its continuation when it is indented and no message itself.
        if k + 1 < len(lines) and lines[k + 1].startswith("   ") and said.endswith(("::", ":")):
            said = f"{said} {lines[k + 1].strip()}"
        if said not in found:
            found.append(said)
    return tuple(found)
