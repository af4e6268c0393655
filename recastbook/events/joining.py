"""Which files may be joined: the same process, one cross section, truth objects defined alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recastbook.events.truth import TruthDefinitions
from recastbook.exceptions import BadFile, BadOption

__all__ = [
    "DIFFERS",
    "Normalisation",
    "agreed_definitions",
    "combine",
    "disagreement",
    "joined_process",
    "refuse_joining",
    "refuse_other_definitions",
]

DIFFERS = "the files differ: "
"""Begins the ``cross_section_source`` of files that have no common cross section."""

_AGREE_WITHIN = 0.01
"""Values this close to each other are taken as the same, whatever their errors."""

_STANDARD_ERRORS = 3.0
"""Values with statistical errors may be this many errors apart."""

_STATISTICAL = ("file", "Pythia, leading order", "LHE file, as Pythia read it")
"""Sources of cross sections whose error is that of a simulation; that of a table is the theory's, which two masses
share, so that it excuses no difference."""


class Normalisation(NamedTuple):
    """What one of several files says of its normalisation."""

    name: str
    """File name."""
    process: str
    """Process, empty if unknown."""
    cross_section: float | None
    """In pb; None if unknown."""
    error: float
    """In pb, 0 if unknown."""
    source: str
    """Where the cross section is from."""
    events: int
    """The weight of this file's estimate."""

    def __str__(self) -> str:
        if self.cross_section is None:
            return f"{self.name} unknown"
        error = f" ± {self.error:.2g}" if self.error else ""
        return f"{self.name} {self.cross_section:.4g}{error} pb"


def disagreement(files: Sequence[Normalisation]) -> str:
    """Return why the files cannot share one cross section, empty if they can.

    Estimates from independent runs of one process may differ by three times their joint statistical error, or by
    1 %. Slices in pTHat and other masses differ by more.
    """
    processes = {f.process: f.name for f in files if f.process}
    if len(processes) > 1:
        return "processes " + ", ".join(f"{name} {process}" for process, name in processes.items())
    known = [f for f in files if f.cross_section is not None]
    for i, a in enumerate(known):
        for b in known[:i]:
            if not _agree(a, b):
                return "cross sections " + ", ".join(map(str, known))
    return ""


def _agree(a: Normalisation, b: Normalisation) -> bool:
    x, y = a.cross_section or 0.0, b.cross_section or 0.0
    joint = math.hypot(*(f.error for f in (a, b) if f.source in _STATISTICAL))
    return abs(x - y) <= max(_AGREE_WITHIN * max(abs(x), abs(y)), _STANDARD_ERRORS * joint)


def combine(files: Sequence[Normalisation]) -> tuple[float | None, float | None, str, str]:
    """Return the common cross section of files: value and error in pb, source, and a note (empty if none is due).

    It is the mean of the estimates, each by its number of events. Where there is none because the files differ, the
    source begins with :data:`DIFFERS` and says how.
    """
    reason = disagreement(files)
    if reason:
        return None, None, DIFFERS + reason, ""
    found = [(f.cross_section, f) for f in files if f.cross_section is not None]
    total = sum(f.events for _, f in found)
    if not found or total == 0:
        return None, None, "", ""
    if len(found) < len(files):
        return None, None, "", f"only {len(found)} of {len(files)} files tell a cross section; none is taken over"
    value = sum(x * f.events for x, f in found) / total
    errors = [f.error * f.events / total for _, f in found]
    # the error of a table is common to all files, those of simulations are independent
    independent = all(f.source in _STATISTICAL for _, f in found)
    error = math.hypot(*errors) if independent else sum(errors)
    sources = list(dict.fromkeys(f.source for _, f in found))
    note = f"the cross section is the mean of {len(found)} files, weighted with their events" if len(found) > 1 else ""
    return value, error, ", ".join(sources), note


def joined_process(processes: Iterable[str]) -> str:
    """Return the process of files with these processes, each once; files that name none do not count."""
    return ", ".join(dict.fromkeys(p for p in processes if p))


def refuse_joining(reason: str) -> BadFile:
    """Return the error for files that have no common cross section; `reason` is a source as of :func:`combine`."""
    return BadFile(
        f"{reason}. Events of different processes, masses or pTHat slices cannot share one normalisation: use one "
        "sample each, or give cross_section (pb) if they are one sample all the same."
    )


def agreed_definitions(
    stored: Mapping[Path, Mapping[str, Any]], asked: TruthDefinitions | None, *, builds: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the truth definitions of a joined event file, and notes.

    Parameters
    ----------
    stored
        What each event file among the input says of its own.
    asked
        Those the caller wants; None for no wish.
    builds
        Are there also files whose truth objects are built now, with `asked` or the default?

    Raises
    ------
    BadOption
        If an event file was made with other definitions than `asked`, than those of its neighbours, or than those
        that the rest is built with.
    """
    names = tuple(TruthDefinitions().to_dict())
    wanted = TruthDefinitions() if asked is None and builds else asked
    agreed: dict[str, Any] = {} if wanted is None or not builds else wanted.to_dict()
    origin: dict[str, Path] = {}
    for path, said in stored.items():
        refuse_other_definitions(path, said, wanted)
        for name in names:
            if name not in said:
                continue
            if name in origin and _as_list(said[name]) != _as_list(agreed[name]):
                message = (
                    f"{path} was made with {name} = {said[name]!r}, {origin[name]} with {agreed[name]!r}; "
                    "such events cannot be joined, convert the source of one of them again"
                )
                raise BadOption(message)
            agreed.setdefault(name, said[name])
            origin.setdefault(name, path)
    silent = [path.name for path, said in stored.items() if not any(name in said for name in names)]
    return agreed, tuple(f"{name} does not say how its truth objects are defined" for name in silent)


def refuse_other_definitions(path: Path, stored: Mapping[str, Any], asked: TruthDefinitions | None) -> None:
    """Raise BadOption if an event file was made with other truth definitions than those asked for."""
    for name, value in ({} if asked is None else asked.to_dict()).items():
        if name in stored and _as_list(stored[name]) != _as_list(value):
            message = (
                f"{path} was made with {name} = {stored[name]!r}, asked for is {value!r}; "
                "an event file cannot be redefined, convert its source again"
            )
            raise BadOption(message)


def _as_list(value: object) -> object:
    """Return tuples as the lists that JSON makes of them."""
    return list(value) if isinstance(value, tuple) else value
