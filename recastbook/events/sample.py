"""A sample: event files, their cross section and weights."""

from __future__ import annotations

import dataclasses
import logging
import math
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from recastbook import display
from recastbook.events.convert import conversion_key, convert, input_paths
from recastbook.events.eventfile import EventFile
from recastbook.events.fileinfo import FileInfo, file_info
from recastbook.events.formats import Format, detect
from recastbook.events.joining import (
    DIFFERS,
    Normalisation,
    combine,
    joined_process,
    refuse_joining,
    refuse_other_definitions,
)
from recastbook.events.metadata import EventMetadata, SourceFile
from recastbook.events.sources import open_source
from recastbook.exceptions import BadFile, BadOption
from recastbook.units import cross_section_text

if TYPE_CHECKING:
    from recastbook.events.truth import TruthDefinitions

__all__ = ["Sample"]

log = logging.getLogger(__name__)


class Sample(display.Tabular):
    """Event files of one process, of any readable format.

    Nothing is read when a sample is made; the format of each file is found by content.

    Parameters
    ----------
    files
        Event folder, file, or several of them.
    label
        Name in tables and legends; None for the one in the file, or the file's name.
    cross_section
        In pb; ``0.356 * rb.units.fb`` for example. None for what the file says, else for the shipped table.
    process
        A process with a shipped cross-section table, with the mass in GeV: ``("gluino-pair", 2100)``. A name alone
        is only kept as information.
    on_error
        At a broken event: ``"raise"``, or ``"skip"`` and count.
    weight
        Name of the event weight; None for the nominal one.

    Raises
    ------
    BadFile
        If a file does not exist or is of no readable format.
    BadOption
        If an argument cannot work.

    Examples
    --------
    >>> import recastbook as rb
    >>> sample = rb.Sample("gtt.hepmc.gz", cross_section=0.356 * rb.units.fb)  # doctest: +SKIP
    >>> len(sample)  # doctest: +SKIP
    10000
    """

    def __init__(
        self,
        files: str | Path | Iterable[str | Path],
        *,
        label: str | None = None,
        cross_section: float | None = None,
        process: str | tuple[str, float] | None = None,
        on_error: Literal["raise", "skip"] = "raise",
        weight: str | None = None,
    ) -> None:
        if on_error not in ("raise", "skip"):
            message = f"on_error must be 'raise' or 'skip', not {on_error!r}"
            raise BadOption(message)
        if cross_section is not None and not (math.isfinite(cross_section) and cross_section > 0):
            message = f"a cross section must be a positive number of pb, not {cross_section!r}"
            raise BadOption(message)
        self.files = input_paths(files)
        """The files, in order."""
        self.formats = tuple(detect(path) for path in self.files)
        """Their formats."""
        self._label = label
        self._user_cross_section = cross_section
        self._process = process
        self._on_error = on_error
        self._weight = weight
        self._infos: tuple[FileInfo, ...] | None = None
        self._prepared: EventFile | None = None

    # ------------------------------------------------------------------ what is known

    @property
    def label(self) -> str:
        """Name of the sample."""
        if self._label is not None:
            return self._label
        if self.formats[0] is Format.RECASTBOOK:
            stored = self._event_metadata().label
            if stored:
                return stored
        name = self.files[0].name
        for suffix in (".gz", ".zst", ".hepmc3", ".hepmc2", ".hepmc", ".lhe", ".root", ".dat", ".parquet"):
            name = name.removesuffix(suffix)
        return name

    def __len__(self) -> int:
        """Return the number of events, without showering or converting anything."""
        if self._prepared is not None:
            return len(self._prepared)
        return sum(info.events for info in self.infos())

    def infos(self) -> tuple[FileInfo, ...]:
        """Return a summary of each file; reads through the files once.

        Raises
        ------
        BadEvent
            If an event is broken and ``on_error`` is ``"raise"``.
        """
        if self._infos is None:
            self._infos = tuple(file_info(p, on_error=self._on_error, weight=self._weight) for p in self.files)
        return self._infos

    @property
    def metadata(self) -> EventMetadata:
        """Origin and normalisation, with the label and the cross section of this sample."""
        base = self._event_metadata()
        value, error, source = self._choose_cross_section(base)
        named = self._process[0] if isinstance(self._process, tuple) else self._process
        return dataclasses.replace(
            base,
            label=self.label,
            process=named or base.process,
            cross_section=value,
            cross_section_error=error,
            cross_section_source=source,
        )

    @property
    def cross_section(self) -> float | None:
        """Cross section in pb: from the user, else from the file, else from the shipped table; None if unknown.

        Raises
        ------
        BadFile
            If the files are of different processes or cross sections, and the user gave none.
        """
        if self._user_cross_section is not None:
            return self._user_cross_section
        value, _, source = self._choose_cross_section(self._event_metadata())
        if source.startswith(DIFFERS):
            raise refuse_joining(source)
        return value

    @property
    def cross_section_source(self) -> str:
        """Where the cross section is from."""
        if self._user_cross_section is not None:
            return "user"
        return self._choose_cross_section(self._event_metadata())[2]

    @property
    def sum_of_weights(self) -> float:
        """Sum of the nominal weights of all events."""
        return self._event_metadata().sum_of_weights

    def _choose_cross_section(self, base: EventMetadata) -> tuple[float | None, float | None, str]:
        if self._user_cross_section is not None:
            return self._user_cross_section, None, "user"
        if base.cross_section is not None:
            return base.cross_section, base.cross_section_error, base.cross_section_source or "file"
        if base.cross_section_source.startswith(DIFFERS):
            return None, None, base.cross_section_source
        if isinstance(self._process, tuple):
            from recastbook.published import cross_section

            name, mass = self._process
            found = cross_section(name, mass)
            return found.value_pb, found.error_pb, f"table: {found.source}"
        return None, None, "unknown"

    def _event_metadata(self) -> EventMetadata:
        if self._prepared is not None:
            return self._prepared.metadata
        if len(self.files) == 1 and self.formats[0] is Format.RECASTBOOK:
            return EventFile.open(self.files[0]).metadata
        infos = self.infos()
        value, error, source, _ = combine([_normalisation(i) for i in infos])
        return EventMetadata(
            label=self._label or "",
            generator=", ".join(dict.fromkeys(i.generator for i in infos if i.generator)),
            process=joined_process(i.process for i in infos),
            cross_section=value,
            cross_section_error=error,
            cross_section_source=source,
            n_events=sum(i.events for i in infos),
            sum_of_weights=sum(i.sum_of_weights for i in infos),
            sum_of_weights2=sum(i.sum_of_weights2 for i in infos),
            level=3 if Format.DELPHES in self.formats else 2,
            source_files=tuple(SourceFile(i.path.name, "", i.events) for i in infos),
            skipped_events=sum(i.skipped for i in infos),
            notes=tuple(n for i in infos for n in i.notes),
        )

    # ------------------------------------------------------------------ events

    def prepare(
        self,
        *,
        definitions: TruthDefinitions | None = None,
        cache: str | Path | None = None,
        progress: bool = True,
        workers: int = 1,
    ) -> EventFile:
        """Return the sample as one recastbook event file.

        A single recastbook event file is opened as it is. Everything else is converted once and kept in the cache
        under a checksum of content, definitions and version, so that no later analysis, seed or detector card
        clusters again; an interrupted conversion goes on with the next call.

        Parameters
        ----------
        definitions
            Of the truth objects; None for the default, or for those of the event file.
        cache
            Folder of the cache; None for the user's.
        progress
            Show a progress bar while converting.
        workers
            Processes while converting.

        Raises
        ------
        BadFile
            If a file cannot be read, or the files are of different processes or cross sections and the user gave no
            cross section.
        BadOption
            If an event file was made with other definitions than those asked for, or than the others.
        """
        from recastbook.events.truth import TruthDefinitions
        from recastbook.store import cache_dir

        if len(self.files) == 1 and self.formats[0] is Format.RECASTBOOK:
            found = EventFile.open(self.files[0])
        else:
            wanted = TruthDefinitions() if definitions is None else definitions
            sources = [
                open_source(p, f, i, on_error=self._on_error, weight=self._weight, chunk_size=1, seed=1)
                for i, (p, f) in enumerate(zip(self.files, self.formats, strict=True), start=1)
            ]
            key = conversion_key(sources, wanted, weight=self._weight)
            root = cache_dir("events") if cache is None else Path(cache)
            folder = root / (key[:32] if self._on_error == "raise" else f"{key[:32]}-skip")
            cached = _open_cached(folder)
            if cached is not None:
                found = cached
            else:
                # files that differ are refused below: with a cross section of the user, the cached events will do
                found = convert(
                    self.files,
                    folder,
                    definitions=definitions,
                    on_error=self._on_error,
                    weight=self._weight,
                    progress=progress,
                    workers=workers,
                    refuse_different=False,
                )
        if found.level == 2:
            refuse_other_definitions(found.path, found.metadata.definitions, definitions)
        # what the user said is not in the cache, which other samples share
        self._prepared = found
        self._prepared = dataclasses.replace(found, metadata=self.metadata)
        if self._prepared.metadata.cross_section_source.startswith(DIFFERS):
            raise refuse_joining(self._prepared.metadata.cross_section_source)
        return self._prepared

    # ------------------------------------------------------------------ views

    def _facts(self) -> dict[str, object]:
        known = self._prepared is not None or self._infos is not None or self.formats == (Format.RECASTBOOK,)
        facts: dict[str, object] = {
            "files": ", ".join(f"{p.name} ({f})" for p, f in zip(self.files, self.formats, strict=True))
        }
        if not known:
            facts["events"] = "not counted yet"
            if self._user_cross_section is not None:
                facts["cross section"] = f"{cross_section_text(self._user_cross_section)} (user)"
            return facts
        m = self.metadata
        facts["events"] = f"{m.n_events:,}" + (f", {m.skipped_events} broken left out" if m.skipped_events else "")
        why = f", {m.cross_section_source}" if m.cross_section_source.startswith(DIFFERS) else ""
        unknown = f"unknown{why}: give Sample(..., cross_section=...)"
        facts["cross section"] = (
            unknown if m.cross_section is None else f"{cross_section_text(m.cross_section)} ({m.cross_section_source})"
        )
        facts["sum of weights"] = f"{m.sum_of_weights:.6g}"
        more = {"process": m.process, "generator": m.generator}
        return facts | {name: value for name, value in more.items() if value}

    def _notes(self) -> tuple[str, ...]:
        return self.metadata.notes if self._prepared is not None or self._infos is not None else ()

    def __str__(self) -> str:
        return display.text_card(f"Sample {self.label}", self._facts(), notes=self._notes())

    def _as_table(self) -> display.TableView:
        return display.TableView(("", self.label), [*self._facts().items()], f"Sample {self.label}", self._notes())

    def _repr_html_(self) -> str:
        copied = display.copies(self._as_table())
        return display.card(f"Sample {self.label}", self._facts(), body=[copied], notes=self._notes())


def _open_cached(folder: Path) -> EventFile | None:
    """Open a finished entry of the cache; a damaged one is removed, since it can be made again."""
    if not (folder / "metadata.json").is_file():
        return None
    try:
        return EventFile.open(folder)
    except BadFile as error:
        log.warning("%s; it is made again", error)
        shutil.rmtree(folder)
        return None


def _normalisation(info: FileInfo) -> Normalisation:
    return Normalisation(
        info.path.name,
        info.process,
        info.cross_section_pb or None,
        info.cross_section_error or 0.0,
        info.cross_section_source,
        info.events,
    )
