"""A recipe: everything that fixes what is generated, but for the number of events and the seed."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

from recastbook.exceptions import BadOption

__all__ = ["Recipe", "positive"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What Pythia is told, and what the result is called."""

    name: str
    """Preset, or name of the file that was given."""
    label: str
    """Shown in tables and legends."""
    process: str
    """``"gluino-pair"``, ``"ttbar"`` or ``"user"``; cross sections are looked up by it."""
    settings: tuple[str, ...]
    """Lines for Pythia's ``readString``, in order."""
    slha: str | None = None
    """SLHA text."""
    lhe: str | None = None
    """Path of the LHE file to shower."""
    lhe_sha256: str | None = None
    """Checksum of its content."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """Masses, slices, branching ratios as asked for."""
    stable: dict[int, int] = field(default_factory=dict)
    """How many final particles of these PDG numbers (either sign) every event must have."""
    strict: bool = False
    """Whether a decay channel that Pythia switches off is an error; it is for the presets."""
    matrix_element: dict[str, float] = field(default_factory=dict)
    """Which three-body decays are weighted by their matrix element, and with what parameters; empty for none."""
    lepton_filter: dict[str, float] = field(default_factory=dict)
    """Thresholds for a charged lepton of the hard process, without which an event is dropped; empty for no filter."""
    off_shell: dict[str, float] = field(default_factory=dict)
    """Mass and width of the Higgs boson off shell in S -> H b b; empty where there is none."""

    def to_json(self) -> str:
        """Return the recipe as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Read what :meth:`to_json` wrote."""
        data = json.loads(text)
        data["settings"] = tuple(data["settings"])
        data["stable"] = {int(code): count for code, count in data["stable"].items()}
        return cls(**data)

    def digest(self) -> str:
        """Return a checksum of what influences the events; the label does not, nor where a file lies."""
        data = asdict(self)
        for irrelevant in ("label", "lhe", "name"):
            del data[irrelevant]
        for later in ("lepton_filter", "off_shell"):  # events made before there was any are the same ones
            if not data[later]:
                del data[later]
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def positive(name: str, value: Any, unit: str = "GeV", *, zero: bool = False) -> float:
    """Return what was asked for as a number that is finite and above zero, or with `zero` not below it.

    Raises
    ------
    BadOption
        If it is none; `name` and `unit` say what was asked.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        message = f"{name} must be a number in {unit}, not {value!r}"
        raise BadOption(message) from None
    if not math.isfinite(number) or number < 0 or (number == 0 and not zero):
        message = f"{name} must be {'zero or more' if zero else 'positive'}, in {unit}, not {value!r}"
        raise BadOption(message)
    return number
