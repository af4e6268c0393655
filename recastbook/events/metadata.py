"""What an event file knows about itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from recastbook.exceptions import BadFile
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
