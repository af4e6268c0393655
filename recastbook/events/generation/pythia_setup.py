"""Import Pythia, and tell it settings one by one with an answer that helps."""

from __future__ import annotations

from typing import Any

from recastbook.events.generation.commands import setting_name
from recastbook.events.generation.console import caught
from recastbook.exceptions import MissingDependency, did_you_mean

__all__ = ["complaint", "generator_name", "import_pythia"]

_FLAG_WORDS = {"true", "on", "yes", "ok", "1", "false", "off", "no", "0"}


def import_pythia() -> Any:
    """Import Pythia.

    Raises
    ------
    MissingDependency
        If it is not installed; the message names the extra.
    """
    try:
        import pythia8mc
    except ImportError as error:
        message = (
            "generating events needs Pythia 8, which is not installed:"
            f" python -m pip install pythia8mc==8.317.2 ({error})"
        )
        raise MissingDependency(message) from None
    return pythia8mc


def generator_name(pythia: Any) -> str:
    """Return name and version, for example ``"Pythia 8.317"``."""
    return f"Pythia {pythia.parm('Pythia:versionNumber'):.3f}"


def complaint(pythia: Any, line: str) -> str | None:
    """Tell Pythia one line and return what is wrong with it, None if nothing.

    Pythia takes any misspelt value of a flag as "off" without a word; here it is refused.
    """
    with caught():
        accepted = pythia.readString(line)
    name = setting_name(line)
    value = line.split("=", 1)[1].strip().lower() if "=" in line else ""
    if accepted and pythia.settings.isFlag(name) and value and value.split()[0] not in _FLAG_WORDS:
        return f"Pythia setting {line!r}: {value!r} is neither on nor off"
    if accepted:
        return None
    head = name.split(":", 1)[0]
    get = pythia.settings
    maps = (get.getFlagMap, get.getModeMap, get.getParmMap, get.getWordMap, get.getFVecMap, get.getPVecMap)
    known = {entry.name for one in maps for entry in dict(one(head)).values()}
    if name in {k.lower() for k in known}:
        return f"Pythia refused the setting {line!r}: its value is not of the right kind, or out of range"
    shown = line.replace("=", " ").split(maxsplit=1)[0]
    return f"Pythia refused the setting {line!r}: it knows no {shown!r}.{did_you_mean(shown, known)}"
