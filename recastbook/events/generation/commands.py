"""Pythia command files (.cmnd): lines for ``readString``, kept with their line numbers."""

from __future__ import annotations

from pathlib import Path

from recastbook.exceptions import BadFile

__all__ = ["CommandLine", "read_commands", "setting_name"]

CommandLine = tuple[int, str]
"""Line number, counted from 1, and the line."""

# Settings that belong to generate(): seed and number of events are arguments, and the record is ours to read.
_OURS = ("main:numberofevents", "random:setseed", "random:seed", "main:timesallowerrors")


def setting_name(line: str) -> str:
    """Return the name of the setting on a line, lower case: ``"SUSY:all = on"`` gives ``"susy:all"``."""
    return line.replace("=", " ").split(maxsplit=1)[0].lower()


def read_commands(path: Path) -> tuple[list[CommandLine], list[str]]:
    """Read a Pythia command file.

    As in Pythia, a line that does not begin with a letter or digit is a comment, ``!`` or ``#`` begins one, and what
    stands between lines starting with ``/*`` and ``*/`` is left out.

    Parameters
    ----------
    path
        The file. ``Main:subrun`` is not supported: one file, one run.

    Returns
    -------
    lines : list of CommandLine
        What Pythia must be told.
    ignored : list of str
        Lines left out because seed and number of events are arguments of ``generate``.

    Raises
    ------
    BadFile
        If the file is no text, tells Pythia nothing, or has several subruns.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        message = f"{path} is not a text file, so it is no Pythia command file"
        raise BadFile(message) from None
    lines: list[CommandLine] = []
    ignored: list[str] = []
    commented = False
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if commented or line.startswith("/*"):
            commented = not line.startswith("*/")
            continue
        if not line or not line[0].isalnum():
            continue
        line = line.split("!", 1)[0].split("#", 1)[0].strip()
        name = setting_name(line)
        if name == "main:subrun":
            message = f"{path}, line {number}: {line!r}: files with several subruns are not supported, split it"
            raise BadFile(message)
        if name in _OURS:
            ignored.append(line)
        else:
            lines.append((number, line))
    if not lines:
        message = f"{path} holds no setting: an empty command file switches no process on"
        raise BadFile(message)
    return lines, ignored
