"""Run headers of HepMC text: weight names, generator; cross section lines; how events are numbered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from recastbook.events.streams import TextStream
from recastbook.events.weights import nominal_index
from recastbook.exceptions import BadFile

__all__ = ["RunHeader", "cross_section_of_line", "numbered_in_file_order"]

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\([\\|])")
_EVENT_NUMBER = re.compile(rb"^E (-?\d+)[ \r\n]", re.MULTILINE)
_LOOK_AHEAD = 1 << 27


def _unescape(text: str) -> str:
    r"""Undo HepMC3's way to put several lines in one: ``\|`` is a line end, ``\\`` a backslash."""
    return _ESCAPED.sub(lambda m: "\n" if m[1] == "|" else "\\", text)


@dataclass(slots=True)
class RunHeader:
    """What a file says about its events in common."""

    wanted_weight: str | None = None
    """Weight name the user asked for."""
    weight_names: tuple[str, ...] = ()
    """Names of the event weights, in order; empty if the file names none."""
    weight_index: int | None = None
    """Index of the weight in use, None before the first event."""
    mismatch: bool = False
    """Does the header name another number of weights than the events have?"""
    generators: tuple[str, ...] = ()
    """Programs that made the events, ``name version``."""
    attributes: dict[str, str] = field(default_factory=dict)
    """Run attributes."""

    @property
    def weight_name(self) -> str | None:
        """Name of the weight in use; None if the file names none."""
        if self.weight_index is None or not self.weight_names:
            return None
        return self.weight_names[self.weight_index]

    def read(self, text: bytes) -> None:
        """Take over what the lines before an event say; a listing that starts anew forgets the former weights."""
        for raw in text.split(b"\n"):
            line = raw.decode("utf-8", "replace").rstrip("\r")
            kind, _, content = line.partition(" ")
            if "START_EVENT_LISTING" in line and line.startswith("HepMC::"):
                self.weight_names, self.weight_index = (), None
            elif kind == "W":
                self.weight_names, self.weight_index = tuple(_unescape(content).split("\n")), None
            elif kind == "T":
                name, version = [*_unescape(content).split("\n"), ""][:2]
                tool = f"{name} {version}".strip()
                if tool and tool not in self.generators:
                    self.generators = (*self.generators, tool)
            elif kind == "A":
                name, _, value = content.partition(" ")
                self.attributes[name] = _unescape(value)

    def choose_weight(self, event_text: bytes) -> None:
        """Find the nominal weight from the first event of a run.

        HepMC2 names its weights inside the events, on line ``N``; HepMC3 in the run header. Names that are not as
        many as the weights on line ``W`` cannot be matched to them: without a wish the first weight is taken.

        Raises
        ------
        BadOption
            If the weight that the user asked for is not there.
        """
        self.mismatch = False
        for raw in event_text.split(b"\n"):
            if raw.startswith(b"N "):
                self.weight_names = tuple(_QUOTED.findall(raw.decode("utf-8", "replace")))
                break
            if raw.startswith(b"W "):
                self.mismatch = bool(self.weight_names) and len(raw.split()) - 1 != len(self.weight_names)
        if self.mismatch:
            self.weight_names = ()
        self.weight_index = nominal_index(self.weight_names, self.wanted_weight)


def cross_section_of_line(line: bytes) -> tuple[float, float] | None:
    """Return cross section and error in pb of a line ``C`` (HepMC2) or ``A 0 GenCrossSection`` (HepMC3).

    None if the line holds none, or a placeholder that is not positive.
    """
    words = line.split()
    numbers = words[1:3] if words[:1] == [b"C"] else words[3:5]
    try:
        value, error = float(numbers[0]), float(numbers[1])
    except (IndexError, ValueError):
        return None
    if not 0.0 < value < float("inf"):
        return None
    return value, error if 0.0 <= error < float("inf") else 0.0


def numbered_in_file_order(path: Path) -> bool:
    """Tell whether the first two events bear the same number that is zero or negative: a file without numbers."""
    numbers: list[int] = []
    with TextStream(path) as stream:
        rest = b""
        seen = 0
        while len(numbers) < 2 and seen < _LOOK_AHEAD:
            try:
                piece = stream.read(1 << 18)
            except BadFile:
                break  # the reader meets the same place and reports it
            if not piece:
                break
            seen += len(piece)
            text = rest + piece
            # an unfinished last line waits for the next piece
            cut = text.rfind(b"\n") + 1
            numbers.extend(int(m[1]) for m in _EVENT_NUMBER.finditer(text[:cut]))
            rest = text[cut:]
    return len(numbers) >= 2 and numbers[0] == numbers[1] and numbers[0] <= 0
