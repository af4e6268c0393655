"""What the truth objects mean: every number and switch that changes the content of an event file."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass

from recastbook.exceptions import BadOption

__all__ = ["TruthDefinitions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthDefinitions:
    """Definitions of the truth objects; a part of the metadata and of the cache key of every event file.

    Thresholds that the column contract names (jets above 10 GeV, electrons above 4 GeV, and so on) are not
    repeated here: they are the contract. What is here may differ from file to file.

    Raises
    ------
    BadOption
        If a number is not positive and finite, or a switch or list is none.

    Examples
    --------
    >>> TruthDefinitions().jet_muons
    False
    >>> TruthDefinitions().digest() == TruthDefinitions(jet_muons=True).digest()
    False
    """

    jet_muons: bool = False
    """Are prompt muons clustered? A calorimeter jet does not contain them; muons of hadron decays always are."""
    jet_leptons_photons: bool = True
    """Are prompt electrons and prompt photons clustered? If so, overlap removal has to resolve them."""
    dressing_radius: float = 0.1
    """Photons that are from no hadron, within this dR of a prompt electron or muon, are added to the nearest."""
    label_hadron_pt: float = 5.0
    """GeV; hadrons and taus above it give the labels ``flavour`` and ``flavourGhost``."""
    label_radius: float = 0.3
    """dR between jet axis and hadron or tau for the label ``flavour``, in (eta, phi)."""
    label_nearest: bool = False
    """Does a hadron label only its nearest jet within the radius, rather than every jet within it?"""
    max_production_radius: float = 4250.0
    """mm from the beam line; what is produced beyond is clustered into no jet and counts as invisible, unless it
    stems from a hadron that entered the calorimeter. Outer radius of ATLAS' tile calorimeter, JINST 3 (2008) S08003."""
    max_production_z: float = 6100.0
    """mm along the beam line; the same for the end of the ATLAS end-cap calorimeters, JINST 3 (2008) S08003."""
    llp_min_length: float = 0.1
    """mm in the laboratory; new particles that fly farther before they decay are listed as long-lived."""
    llp_pdg_ids: tuple[int, ...] = ()
    """Absolute PDG numbers of further particles to list as long-lived, for example 310 or 25; the same length."""
    invisible_pdg_ids: tuple[int, ...] = (12, 14, 16, 18)
    """Absolute PDG numbers that are always invisible. Besides these, every stable neutral new particle is:
    neutralinos (1000022, 1000023, 1000025, 1000035), sneutrinos (1000012, 1000014, 1000016, 2000012, ...),
    the gravitino (1000039), dark matter (51 to 60), heavy neutrinos (9900012, ...), hidden-valley particles
    (4900101 and above) and neutral R-hadrons, which leave next to nothing in a calorimeter."""
    visible_pdg_ids: tuple[int, ...] = ()
    """Absolute PDG numbers of neutral new particles that are to be clustered nevertheless; wins over the list above."""
    version: int = 1
    """Rises when code changes the content of the columns under the same definitions."""

    def __post_init__(self) -> None:
        for name in ("jet_muons", "jet_leptons_photons", "label_nearest"):
            if not isinstance(getattr(self, name), bool):
                msg = f"truth definition {name} is a switch, True or False, not {getattr(self, name)!r}"
                raise BadOption(msg)
        for name in ("dressing_radius", "label_hadron_pt", "label_radius", "max_production_radius", "max_production_z",
                     "llp_min_length"):  # fmt: skip
            value = getattr(self, name)
            good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
            if not good or value < 0:
                msg = f"truth definition {name} must be a finite number >= 0, not {value!r}"
                raise BadOption(msg)
            object.__setattr__(self, name, float(value))
        for name in ("llp_pdg_ids", "invisible_pdg_ids", "visible_pdg_ids"):
            value = getattr(self, name)
            try:
                ids = tuple(sorted({abs(int(i)) for i in value}))
            except (TypeError, ValueError):
                msg = f"truth definition {name} must be a list of PDG numbers, for example (310,), not {value!r}"
                raise BadOption(msg) from None
            object.__setattr__(self, name, ids)

    def to_dict(self) -> dict[str, object]:
        """Return all definitions as plain values, for the metadata of an event file."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    def digest(self) -> str:
        """Return a SHA-256 hex digest: equal if and only if all definitions are."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
