"""From event files of any format to a recastbook event file: read, build truth objects, write, in one pass."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from recastbook.events.columns import FlatColumns
from recastbook.events.eventfile import EventFile
from recastbook.events.flat import cut_events
from recastbook.events.formats import Format, detect
from recastbook.events.joining import (
    DIFFERS,
    Normalisation,
    agreed_definitions,
    combine,
    disagreement,
    joined_process,
    refuse_joining,
)
from recastbook.events.metadata import FORMAT_VERSION, EventMetadata
from recastbook.events.particles import ParticleTable
from recastbook.events.sources import Source, open_source
from recastbook.events.writer import PART_SIZE, EventWriter
from recastbook.exceptions import BadEvent, BadFile, BadOption

if TYPE_CHECKING:
    from recastbook.events.truth import TruthDefinitions

__all__ = ["conversion_key", "convert", "input_paths"]

log = logging.getLogger(__name__)

TruthBuilder = Callable[[ParticleTable, Any], FlatColumns]


def input_paths(inputs: str | Path | Iterable[str | Path]) -> tuple[Path, ...]:
    """Return one or several inputs as paths.

    Raises
    ------
    BadOption
        If there are none, or one is given twice.
    """
    single = isinstance(inputs, str | Path)
    paths = tuple(_home(Path(p)) for p in ((inputs,) if isinstance(inputs, str | Path) else inputs))
    if not paths:
        message = "no event file was given"
        raise BadOption(message)
    seen: set[Path] = set()
    for path in () if single else paths:
        if path.resolve() in seen:
            message = f"{path} is given twice"
            raise BadOption(message)
        seen.add(path.resolve())
    return paths


def _home(path: Path) -> Path:
    """Return a path that begins with ``~``, as typed where no shell reads it, below the user's folder."""
    return path.expanduser() if path.parts[:1] == ("~",) else path


def conversion_key(
    sources: Sequence[Source], definitions: TruthDefinitions, *, weight: str | None = None, seed: int = 1
) -> str:
    """Return a checksum of all that decides the content of a conversion: input content, definitions, versions."""
    from recastbook.version import __version__

    showered = any(s.format is Format.LHE for s in sources)
    content = {
        "format": FORMAT_VERSION,
        "inputs": [s.sha256 for s in sources],
        "definitions": definitions.digest(),
        "weight": weight,
        "joining": 1 if len(sources) > 1 else None,
        # Pythia is only asked for LHE files; its settings may change with the version of recastbook
        "shower": [seed, __version__] if showered else None,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def convert(
    inputs: str | Path | Iterable[str | Path],
    output: str | Path,
    *,
    definitions: TruthDefinitions | None = None,
    on_error: Literal["raise", "skip"] = "raise",
    label: str | None = None,
    cross_section: float | None = None,
    process: str | None = None,
    weight: str | None = None,
    chunk_size: int = 250,
    part_size: int = PART_SIZE,
    progress: bool = True,
    workers: int = 1,
    resume: bool = True,
    seed: int = 1,
    truth_builder: TruthBuilder | None = None,
    refuse_different: bool = True,
) -> EventFile:
    """Convert event files to a recastbook event file.

    HepMC files become truth objects (level 2), Delphes files reconstructed objects (level 3); LHE files are showered
    with Pythia if it is installed; recastbook event files are joined. Each input file gets its own luminosityBlock
    (1, 2, ...), except recastbook event files, which keep theirs.

    Parameters
    ----------
    inputs
        Files, in order.
    output
        Folder to write.
    definitions
        Of the truth objects; None for the default, or for those of the recastbook event files that are joined.
    on_error
        At a broken event: ``"raise"`` keeps the events before it as an unfinished event file and raises; ``"skip"``
        leaves it out and counts it in the metadata.
    label
        Name of the sample; None for the name of the first file.
    cross_section
        In pb; None for what the files say.
    process
        Name of the process.
    weight
        Name of the event weight; None for the nominal one.
    chunk_size
        Events worked on at a time; the result does not depend on it.
    part_size
        Events per parquet part.
    progress
        Show a progress bar.
    workers
        Processes that build truth objects; the result does not depend on it. In a script, values above 1 need the
        usual ``if __name__ == "__main__":``.
    resume
        Go on with an unfinished conversion of the same input at `output`.
    seed
        Of the shower of LHE files.
    truth_builder
        Function of (particles, definitions) that returns the truth columns; None for
        :func:`recastbook.events.truth.build_truth`.
    refuse_different
        Refuse files of different processes or cross sections, unless `cross_section` is given. If not, such files
        get no cross section, and ``cross_section_source`` says why.

    Returns
    -------
    EventFile
        What was written.

    Raises
    ------
    BadFile
        If an input is not readable, of mixed levels, or holds no events; or if the inputs are of different processes
        or cross sections, which for some formats shows only after reading: the same call with a cross section then
        goes on with what was read.
    BadEvent
        If an event is broken and `on_error` is ``"raise"``; the message says how many are kept and where.
    DuplicateEvent
        If (run, luminosityBlock, event) occurs twice.
    BadOption
        If `output` is taken, an argument cannot work, or an event file has other definitions than those asked for or
        than the other inputs.
    OSError
        If the disk is full; finished parts are kept for going on.
    """
    from recastbook.events.truth import TruthDefinitions

    if workers < 1:
        message = f"workers must be at least 1, not {workers}"
        raise BadOption(message)
    paths = input_paths(inputs)
    sources = [
        open_source(path, detect(path), block, on_error=on_error, weight=weight, chunk_size=chunk_size, seed=seed)
        for block, path in enumerate(paths, start=1)
    ]
    _refuse_mixtures(sources)
    level = sources[0].level
    agreed, remarks = agreed_definitions(
        {s.path: s.definitions for s in sources if s.definitions is not None},
        definitions,
        builds=level == 2 and any(s.definitions is None for s in sources),
    )
    refuse_different = refuse_different and cross_section is None
    if refuse_different:
        _refuse_different([s.normalisation for s in sources])
    definitions = TruthDefinitions() if definitions is None else definitions
    metadata = EventMetadata(
        label=label if label is not None else _label_of(paths[0]),
        process=process or joined_process(s.process for s in sources),
        cross_section=cross_section,
        cross_section_source="user" if cross_section is not None else "",
        definitions=agreed,
        notes=remarks,
    )
    writer = EventWriter(
        output,
        metadata,
        level=level,
        part_size=part_size,
        resume=resume,
        request=conversion_key(sources, definitions, weight=weight, seed=seed),
    )
    kept = writer.events
    try:
        with writer:
            chunks = _truth_chunks(sources, writer.events, definitions, truth_builder, workers)
            for flat in _with_progress(chunks, sources, writer, progress=progress):
                writer.write(flat)
            if writer.events == 0:
                message = f"{', '.join(str(p) for p in paths)}: no readable events"
                raise BadFile(message)
            if refuse_different:
                _refuse_different([s.normalisation for s in sources])
            writer.metadata = _complete(writer.metadata, sources)
    except BadFile as error:
        _forget_if_empty(writer)
        if writer.events:
            again = "; calling it again with on_error='skip' goes on" if isinstance(error, BadEvent) else ""
            message = f"{error} {writer.events} event(s) are kept, unfinished, in {writer.folder}{again}."
            raise type(error)(message) from error
        raise
    except BrokenProcessPool as error:
        message = (
            "a worker process died. In a script, put the call under `if __name__ == '__main__':`, or use workers=1; "
            f"{writer.events} event(s) are kept in {writer.folder} and the same call goes on from there."
        )
        raise BadOption(message) from error
    log.info("%s: %d events written, %d of them before", output, writer.events, kept)
    return EventFile.open(output)


def _refuse_mixtures(sources: Sequence[Source]) -> None:
    levels = {s.level for s in sources}
    if len(levels) > 1:
        kinds = ", ".join(f"{s.path.name} ({s.format.value})" for s in sources)
        message = f"reconstructed objects and truth objects cannot be in one event file: {kinds}"
        raise BadFile(message)
    seen: dict[str, Path] = {}
    for source in sources:
        if source.sha256 in seen:
            message = f"{source.path} has the same content as {seen[source.sha256]}: its events would count twice"
            raise BadFile(message)
        seen[source.sha256] = source.path


def _refuse_different(files: Sequence[Normalisation]) -> None:
    reason = disagreement(files)
    if reason:
        raise refuse_joining(DIFFERS + reason)


def _label_of(path: Path) -> str:
    name = path.name
    for suffix in (".gz", ".zst", ".hepmc3", ".hepmc2", ".hepmc", ".lhe", ".root", ".dat", ".parquet"):
        name = name.removesuffix(suffix)
    return name


def _truth_chunks(
    sources: Sequence[Source],
    done: int,
    definitions: TruthDefinitions,
    truth_builder: TruthBuilder | None,
    workers: int,
) -> Iterator[FlatColumns]:
    """Hand out the flat columns of all events behind the first `done` in the order of the input."""
    if truth_builder is None:
        from recastbook.events.truth import build_truth

        truth_builder = build_truth
    content = _behind(sources, done)
    if workers == 1:
        for piece in content:
            yield truth_builder(piece, definitions) if isinstance(piece, ParticleTable) else piece
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[FlatColumns] | FlatColumns] = deque()
        try:
            for piece in content:
                task = pool.submit(truth_builder, piece, definitions) if isinstance(piece, ParticleTable) else piece
                waiting.append(task)
                # not more than this is held in memory
                if len(waiting) > 2 * workers:
                    yield _result(waiting.popleft())
            while waiting:
                yield _result(waiting.popleft())
        except BadFile:
            # what stands before the broken place is kept
            while waiting:
                yield _result(waiting.popleft())
            raise
        finally:
            for task in waiting:
                if isinstance(task, Future):
                    task.cancel()


def _result(task: Future[FlatColumns] | FlatColumns) -> FlatColumns:
    return task.result() if isinstance(task, Future) else task


def _behind(sources: Sequence[Source], done: int) -> Iterator[ParticleTable | FlatColumns]:
    """Read all sources and leave out the first `done` events: an interrupted conversion has them already."""
    for source in sources:
        for piece in source:
            n = len(piece) if isinstance(piece, ParticleTable) else len(piece["event"])
            leave_out = min(n, done)
            done -= leave_out
            if leave_out == n:
                continue
            if leave_out == 0:
                yield piece
            else:
                yield piece.slice(leave_out, n) if isinstance(piece, ParticleTable) else cut_events(piece, leave_out, n)


def _with_progress(
    chunks: Iterable[FlatColumns], sources: Sequence[Source], writer: EventWriter, *, progress: bool
) -> Iterator[FlatColumns]:
    if not progress:
        yield from chunks
        return
    from tqdm.auto import tqdm

    total = sum(s.size for s in sources)
    with tqdm(total=total, unit="B", unit_scale=True, desc=f"convert {writer.metadata.label}") as bar:
        for flat in chunks:
            yield flat
            bar.n = min(total, sum(s.position for s in sources))
            bar.set_postfix(events=writer.events)
        bar.n = total
        bar.refresh()


def _complete(metadata: EventMetadata, sources: Sequence[Source]) -> EventMetadata:
    """Add what is known only after reading: cross section, generator, counts."""
    generators = list(dict.fromkeys(g for s in sources for g in s.generators))
    notes = [n for s in sources for n in s.notes]
    seeds = {s.seed for s in sources}
    change: dict[str, Any] = {}
    if metadata.cross_section is None:
        value, error, source, note = combine([s.normalisation for s in sources])
        change = {"cross_section": value, "cross_section_error": error, "cross_section_source": source}
        notes += [note] if note else []
    return dataclasses.replace(
        metadata,
        generator=", ".join(generators),
        seed=seeds.pop() if len(seeds) == 1 else None,
        source_files=tuple(f for s in sources for f in s.source_files()),
        skipped_events=sum(s.skipped for s in sources),
        notes=(*metadata.notes, *notes),
        **change,
    )


def _forget_if_empty(writer: EventWriter) -> None:
    """Remove the folder of a conversion that kept nothing."""
    if writer.events == 0:
        for stray in writer.folder.glob("progress.json"):
            stray.unlink()
        if not any(writer.folder.iterdir()):
            writer.folder.rmdir()
