"""What an event file knows about itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from recastbook.exceptions import BadFile, BadOption
from recastbook.version import __version__

__all__ = ["FORMAT_VERSION", "EventMetadata", "SourceFile"]

FORMAT_VERSION = 1
"""Version of the folder layout and of the columns; a reader refuses a newer one."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that events were converted from."""

    name: str
    """File name without folder."""
    sha256: str
    """Checksum of its bytes."""
    events: int
    """Events taken from it."""


@dataclass(frozen=True, slots=True)
class EventMetadata:
    """Origin, normalisation and definitions of a set of events."""

    label: str = ""
    """Name for tables and legends."""
    process: str = ""
    """Process, ``gluino-pair`` for example, if known."""
    generator: str = ""
    """Program that made the events."""
    cross_section: float | None = None
    """Cross section in pb, None if unknown."""
    cross_section_error: float | None = None
    """Its error in pb."""
    cross_section_source: str = ""
    """Where the cross section is from: user, file, table."""
    n_events: int = 0
    """Number of events."""
    sum_of_weights: float = 0.0
    """Sum of the nominal weights."""
    sum_of_weights2: float = 0.0
    """Sum of their squares."""
    seed: int | None = None
    """Seed of the generator, if known."""
    level: int = 2
    """2 truth objects, 3 reconstructed objects."""
    definitions: Mapping[str, Any] = field(default_factory=dict)
    """How truth objects are defined."""
    source_files: tuple[SourceFile, ...] = ()
    """Files the events come from."""
    version: str = __version__
    """Version of recastbook that wrote the events."""
    skipped_events: int = 0
    """Broken events that were left out."""
    notes: tuple[str, ...] = ()
    """Anything else a user should know, in sentences."""

    def to_json(self, **more: Any) -> str:
        """Return the metadata as JSON text; `more` adds entries."""
        return json.dumps({"format_version": FORMAT_VERSION, **asdict(self), **more}, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes, where: str = "the event file") -> Self:
        """Read what :meth:`to_json` wrote; entries of other names are left aside.

        Raises
        ------
        BadFile
            If the text is no such JSON, or of a newer format version.
        """
        try:
            content = json.loads(text)
            version = int(content.pop("format_version"))
            known = {f.name for f in fields(cls)}
            values = {k: v for k, v in content.items() if k in known}
            values["source_files"] = tuple(SourceFile(**s) for s in values.get("source_files", ()))
            values["notes"] = tuple(values.get("notes", ()))
            out = cls(**values)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            msg = f"the metadata of {where} cannot be read: {error!r}"
            raise BadFile(msg) from error
        if version > FORMAT_VERSION:
            msg = (
                f"{where} has format version {version}, this recastbook reads up to {FORMAT_VERSION}; update recastbook"
            )
            raise BadFile(msg)
        return out

    def event_weight_scale(self, luminosity: float, cross_section: float | None = None) -> float:
        """Return the factor that turns a sum of weights into an expected number of events.

        It is luminosity times cross section over the sum of weights of the whole sample.

        Parameters
        ----------
        luminosity
            Integrated luminosity in 1/pb.
        cross_section
            In pb; None for that of the metadata.

        Raises
        ------
        BadOption
            If no cross section is known, or the weights sum to zero or less, so that nothing can be normalised.
        """
        value = self.cross_section if cross_section is None else cross_section
        name = self.label or "the sample"
        if value is None:
            msg = f"{name} has no cross section: pass one, for example Sample(..., cross_section=0.356 * rb.units.fb)"
            raise BadOption(msg)
        if not self.sum_of_weights > 0.0:
            msg = (
                f"{name} cannot be normalised: its {self.n_events} weights sum to {self.sum_of_weights:g}; "
                "a sample needs a positive sum of weights"
            )
            raise BadOption(msg)
        return luminosity * value / self.sum_of_weights
