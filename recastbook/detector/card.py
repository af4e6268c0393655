"""Detector cards: what a detector does to truth objects, as numbers with sources, and which choices were made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from recastbook.detector.shifts import UNSHIFTED, Shifts
from recastbook.display import TableView, Tabular
from recastbook.exceptions import UnknownName, did_you_mean

if TYPE_CHECKING:
    import awkward as ak

    from recastbook.detector.detector import Detector
    from recastbook.detector.reconstructed import ReconstructedDetector

__all__ = ["Alternative", "DetectorCard", "Entry", "correction_set"]


_HEADERS = ("entry", "acts on", "in use", "alternatives", "source")


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way of doing one thing."""

    name: str
    """Name, as used in overrides."""
    correction: str | None
    """Correction of the card's correctionlib file; None leaves the object as it is."""
    field: str | None
    """Truth field that is read, where the choice is one between fields."""
    source: str
    """Where the numbers come from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that the detector does, with the ways of doing it."""

    name: str
    """Name, as used in overrides."""
    object: str
    """What it acts on."""
    action: str
    """What it does, in a sentence."""
    chosen: str
    """Name of the alternative in use."""
    alternatives: tuple[Alternative, ...]
    """Everything it could be."""

    def __getitem__(self, name: str) -> Alternative:
        for alternative in self.alternatives:
            if alternative.name == name:
                return alternative
        known = [a.name for a in self.alternatives]
        message = f"detector entry {self.name!r} has no alternative {name!r}.{did_you_mean(name, known)}"
        raise UnknownName(message)

    @property
    def choice(self) -> Alternative:
        """The alternative in use."""
        return self[self.chosen]


@dataclass(frozen=True, repr=False)
class DetectorCard(Tabular):
    """A detector: a correctionlib file and what of it acts on which object."""

    name: str
    """Name of the card."""
    description: str
    """One sentence."""
    entries: Mapping[str, Entry]
    """What the detector does, by name."""
    corrections_text: str
    """Content of the correctionlib file."""
    shifts: Shifts = UNSHIFTED
    """How far the detector is from these numbers."""

    def __getitem__(self, entry: str) -> Entry:
        try:
            return self.entries[entry]
        except KeyError:
            hint = did_you_mean(entry, self.entries)
            message = f"detector card {self.name!r} has no entry {entry!r}.{hint}"
            raise UnknownName(message) from None

    @property
    def chosen(self) -> dict[str, str]:
        """Alternative in use of each entry."""
        return {n: e.chosen for n, e in self.entries.items()}

    @property
    def alternatives(self) -> dict[str, tuple[str, ...]]:
        """Names of the alternatives of each entry, the one in use first."""
        return {n: (e.chosen, *(a.name for a in e.alternatives if a.name != e.chosen)) for n, e in self.entries.items()}

    @property
    def sources(self) -> dict[str, str]:
        """Source of what is in use, by entry."""
        return {n: e.choice.source for n, e in self.entries.items()}

    @property
    def digest(self) -> str:
        """Checksum of all numbers and choices; equal digests mean equal detectors."""
        shifted = [self.shifts.changed()] if self.shifts else []
        content = json.dumps([self.name, self.chosen, self.corrections_text, *shifted], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def override(self, overrides: Mapping[str, str]) -> DetectorCard:
        """Return the card with other alternatives chosen.

        Parameters
        ----------
        overrides
            Entry name to name of the alternative.

        Raises
        ------
        UnknownName
            If there is no such entry or alternative.

        Examples
        --------
        >>> from recastbook.detector import load_card
        >>> load_card("atlas-run2").override({"btag": "flat-77"}).chosen["btag"]
        'flat-77'
        """
        entries = dict(self.entries)
        for name, chosen in overrides.items():
            entry = self[name]
            entries[name] = Entry(entry.name, entry.object, entry.action, entry[chosen].name, entry.alternatives)
        return replace(self, entries=MappingProxyType(entries))

    def shifted(self, **shifts: float) -> DetectorCard:
        """Return the card with factors on its efficiencies and resolutions; random numbers stay what they are.

        Parameters
        ----------
        **shifts
            See :class:`Shifts`; those that are not named stay as they are.

        Raises
        ------
        UnknownName
            If there is no such shift.
        BadOption
            If a value cannot be one.

        Examples
        --------
        >>> from recastbook.detector import load_card
        >>> load_card("atlas-run2").shifted(btag=0.9).shifts.changed()
        {'btag': 0.9}
        """
        known = [field.name for field in fields(Shifts)]
        for name in shifts:
            if name not in known:
                message = f"a detector has no shift {name!r}.{did_you_mean(name, known)}"
                raise UnknownName(message)
        return replace(self, shifts=replace(self.shifts, **shifts))

    def correction(self, entry: str, alternative: str | None = None) -> Any:
        """Return the correctionlib correction of an entry, None where the object stays as it is."""
        found = self[entry]
        name = (found.choice if alternative is None else found[alternative]).correction
        return None if name is None else correction_set(self.corrections_text)[name]

    def bind(self, events: ak.Array, *, seed: int) -> Detector | ReconstructedDetector:
        """Tie the card to one chunk of events and a seed.

        Parameters
        ----------
        events
            Truth objects, shape (N,), as :func:`recastbook.events.columns.to_records` gives them. Events that hold
            reconstructed objects instead (level 3) are passed through: the card then changes nothing.
        seed
            Seed of all random numbers; the same seed gives the same numbers for the same events.

        Raises
        ------
        BadOption
            If the seed is not an integer from 0 to 2^63 - 1.
        """
        from recastbook.detector.detector import Detector
        from recastbook.detector.reconstructed import ReconstructedDetector

        if "GenJet" not in events.fields and "Jet" in events.fields:
            return ReconstructedDetector.from_events(self, events, seed=seed)
        return Detector.from_events(self, events, seed=seed)

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy cannot be pickled, and cards travel to the workers.
        return _rebuild, (self.name, self.description, dict(self.entries), self.corrections_text, self.shifts)

    def __repr__(self) -> str:
        said = {**self.chosen, **self.shifts.changed()}
        return f"<DetectorCard {self.name}: {', '.join(f'{n}={c}' for n, c in said.items())}>"

    def __str__(self) -> str:
        from recastbook.display import text_table

        return f"{self._title()}\n{text_table(_HEADERS, self._rows())}"

    def _as_table(self) -> TableView:
        return TableView(_HEADERS, self._rows(), self._title())

    def _repr_html_(self) -> str:
        return self._as_table()._repr_html_()

    def _title(self) -> str:
        shifted = ", ".join(f"{name} {value:g}" for name, value in self.shifts.changed().items())
        return f"Detector card {self.name}: {self.description}" + (f"; SHIFTED: {shifted}" if shifted else "")

    def _rows(self) -> list[list[str]]:
        others = {n: ", ".join(names[1:]) for n, names in self.alternatives.items()}
        return [[n, e.object, e.chosen, others[n], e.choice.source] for n, e in self.entries.items()]


@cache
def correction_set(text: str) -> Any:
    """Read the content of a correctionlib file; once for each content."""
    import correctionlib

    return correctionlib.CorrectionSet.from_string(text)


def _rebuild(name: str, description: str, entries: dict[str, Entry], text: str, shifts: Shifts) -> DetectorCard:
    return DetectorCard(name, description, MappingProxyType(entries), text, shifts)
