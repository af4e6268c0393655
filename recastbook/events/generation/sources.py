"""From what the user gave, a preset or a file, to a recipe."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recastbook.events.generation.commands import read_commands, setting_name
from recastbook.events.generation.lhe_input import MATCHING_NOTE, LheFile, inspect_lhe
from recastbook.events.generation.presets import PRESETS, preset
from recastbook.events.generation.pythia_setup import complaint, import_pythia
from recastbook.events.generation.recipe import Recipe
from recastbook.events.generation.slha import read_slha
from recastbook.events.streams import read_head
from recastbook.exceptions import BadFile, BadOption, UnknownName, did_you_mean
from recastbook.store import checksum

__all__ = ["find_recipe"]

log = logging.getLogger(__name__)

DEFAULT_ENERGY = 13.0
"""Centre-of-mass energy unless something else is asked for, TeV."""

# Also without its root element a file is recognised, so that the error can say what is missing.
_LHE_TAG = re.compile(rb"<\s*(LesHouchesEvents|init|event|header)\b")
_SLHA_LINE = re.compile(rb"^\s*(BLOCK|DECAY)\s", flags=re.IGNORECASE | re.MULTILINE)
# These say where files lie; the recipe carries what is in them.
_FILE_SETTINGS = ("slha:file", "slha:readfrom", "beams:lhef", "beams:frametype")


def find_recipe(
    source: str | Path,
    *,
    energy_tev: float | None = None,
    settings: Sequence[str] | str = (),
    slha: str | Path | None = None,
    processes: Sequence[str] | str | None = None,
    **parameters: Any,
) -> tuple[Recipe, LheFile | None]:
    """Make the recipe for a preset, an SLHA file, a Pythia command file or an LHE file.

    Parameters
    ----------
    source
        Name of a preset, or path of a file; files are told apart by content.
    energy_tev
        Centre-of-mass energy; default 13 TeV. An LHE file has its own.
    settings
        Further lines for Pythia, after those of preset or file.
    slha
        SLHA file with masses and decays, for LHE and command files.
    processes
        Hard processes for an SLHA file, as Pythia settings; default ``"SUSY:all = on"``.
    parameters
        Those of the preset.

    Returns
    -------
    recipe : Recipe
        What to generate.
    lhe : LheFile or None
        The LHE file to shower, if there is one.

    Raises
    ------
    UnknownName
        If there is no preset or parameter of that name.
    BadOption
        If an argument does not go with the source.
    BadFile
        If the file does not exist or says what Pythia does not understand; the line is named.
    """
    name = str(source)
    extra = _lines("settings", settings)
    if name in PRESETS:
        _refuse(name, slha=slha, processes=processes)
        made = preset(name, **parameters)
        return _replace(made, settings=(_beams(energy_tev), *made.settings, *extra)), None
    path = Path(source).expanduser()
    if not path.exists():
        if isinstance(source, Path) or path.suffix or len(path.parts) > 1:
            message = f"there is no file {path}"
            raise BadFile(message)
        message = f"{name!r} is neither a preset nor a file.{did_you_mean(name, PRESETS)}"
        raise UnknownName(message)
    if parameters:
        message = f"{path.name} is a file and takes no parameter {next(iter(parameters))!r}; presets do"
        raise BadOption(message)
    head = read_head(path, 1 << 16)
    if _LHE_TAG.search(head):
        if energy_tev is not None:
            message = f"{path.name}: an LHE file has its own beam energy, energy_tev cannot change it"
            raise BadOption(message)
        _refuse(path.name, processes=processes)
        return _from_lhe(path, slha, extra)
    if _SLHA_LINE.search(head):
        _refuse(path.name, slha=slha)
        return _from_slha(path, energy_tev, processes, extra), None
    _refuse(path.name, processes=processes)
    return _from_commands(path, energy_tev, slha, extra)


def _refuse(name: str, **arguments: Any) -> None:
    for key, value in arguments.items():
        if value is not None:
            message = f"{name!r} does not take {key}="
            raise BadOption(message)


def _lines(name: str, lines: Any) -> tuple[str, ...]:
    if isinstance(lines, str):
        return (lines,)
    if not isinstance(lines, Sequence) or not all(isinstance(line, str) for line in lines):
        message = f"{name} must be lines such as ['PartonLevel:ISR = off'], not {lines!r}"
        raise BadOption(message)
    return tuple(lines)


def _beams(energy_tev: float | None) -> str:
    energy = DEFAULT_ENERGY if energy_tev is None else float(energy_tev)
    if not math.isfinite(energy) or not 0.1 <= energy <= 1000:
        message = f"energy_tev must be a centre-of-mass energy between 0.1 and 1000 TeV, not {energy_tev!r}"
        raise BadOption(message)
    return f"Beams:eCM = {energy * 1000:g}"


def _replace(recipe: Recipe, **changes: Any) -> Recipe:
    from dataclasses import replace

    return replace(recipe, **changes)


def _slha_text(path: str | Path) -> str:
    path = Path(path).expanduser()
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        message = f"cannot read the SLHA file {path}: {error.strerror or error}"
        raise BadFile(message) from None
    read_slha(text, name=str(path))
    return text


def _from_slha(path: Path, energy_tev: float | None, processes: Any, extra: tuple[str, ...]) -> Recipe:
    chosen = "SUSY:all = on" if processes is None else processes
    settings = (_beams(energy_tev), *_lines("processes", chosen), *extra)
    return Recipe(path.name, path.stem, "user", settings, slha=_slha_text(path))


def _from_lhe(path: Path, slha: str | Path | None, extra: tuple[str, ...]) -> tuple[Recipe, LheFile]:
    lhe = inspect_lhe(path)
    if lhe.matching:
        log.warning("%s: %s", path.name, MATCHING_NOTE)
    text = _slha_text(slha) if slha is not None else lhe.slha
    stem = path.name.removesuffix(".gz").removesuffix(".zst").removesuffix(".lhe")
    recipe = Recipe(path.name, stem, "user", extra, slha=text, lhe=str(path), lhe_sha256=checksum(path))
    return recipe, lhe


def _from_commands(
    path: Path, energy_tev: float | None, slha: str | Path | None, extra: tuple[str, ...]
) -> tuple[Recipe, LheFile | None]:
    lines, _ = read_commands(path)
    pythia = import_pythia().Pythia("", False)
    for number, line in lines:
        wrong = complaint(pythia, line)
        if wrong is not None:
            message = f"{path}, line {number}: {wrong}"
            raise BadFile(message)
    kept = tuple(line for _, line in lines if setting_name(line) not in _FILE_SETTINGS)
    named_slha, named_lhe = pythia.word("SLHA:file"), pythia.word("Beams:LHEF")
    if slha is None and named_slha not in ("void", "none", ""):
        slha = _beside(path, named_slha)
    if pythia.mode("Beams:frameType") == 4:
        recipe, lhe = _from_lhe(_beside(path, named_lhe), slha, (*kept, *extra))
        return _replace(recipe, name=path.name, label=path.stem), lhe
    text = _slha_text(slha) if slha is not None else None
    # What the file says of the beams comes after our default and therefore wins, unless an energy was asked for.
    settings = (_beams(energy_tev), *kept) if energy_tev is None else (*kept, _beams(energy_tev))
    return Recipe(path.name, path.stem, "user", (*settings, *extra), slha=text), None


def _beside(path: Path, named: str) -> Path:
    """Find a file that a command file names: from here, or from where the command file lies."""
    for candidate in (Path(named).expanduser(), path.parent / named):
        if candidate.is_file():
            return candidate
    message = f"{path} names the file {named}, which is neither here nor beside it"
    raise BadFile(message)
