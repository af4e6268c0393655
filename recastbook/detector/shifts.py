"""A detector turned away from what its card says: factors on efficiencies and resolutions, the random numbers kept."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields

from recastbook.exceptions import BadOption

__all__ = ["UNSHIFTED", "Shifts"]


@dataclass(frozen=True, slots=True)
class Shifts:
    """How far a detector is from its card; as made, not at all.

    Random numbers do not change with a shift: the jet that was just tagged is the first to lose its tag.

    Raises
    ------
    BadOption
        If a factor is negative or not a finite number.
    """

    jet_scale: float = 1.0
    """Factor on the pT of every jet, after smearing; MET follows."""
    jet_resolution: float = 1.0
    """Factor on the relative jet resolution; 0 is no smearing."""
    btag: float = 1.0
    """Factor on the tagging efficiency of b-jets, at most 1 in the end."""
    mistag: float = 1.0
    """Factor on the tagging rate of all other jets."""
    lepton: float = 1.0
    """Factor on the identification efficiency of electrons and muons, at any working point."""
    met_resolution: float = 0.0
    """Width of an additional Gaussian on each component of MET, GeV."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not (math.isfinite(value) and value >= 0)
            ):
                msg = f"the detector shift {field.name} must be a finite number of at least 0, not {value!r}"
                raise BadOption(msg)

    def __bool__(self) -> bool:
        """Whether anything is shifted."""
        return bool(self.changed())

    def changed(self) -> dict[str, float]:
        """Return the shifts that do something, by name."""
        default = Shifts.__dataclass_fields__
        return {name: float(v) for name, v in asdict(self).items() if v != default[name].default}


UNSHIFTED = Shifts()
"""The detector as its card says."""
