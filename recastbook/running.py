"""Run a search on a sample: chunks, executor, checkpoints, and what the result says of where it comes from."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recastbook.events.folderlock import FolderLock
from recastbook.events.sample import Sample
from recastbook.exceptions import BadFile, BadOption, RunInterrupted
from recastbook.processor import ChunkTask, RecastProcessor, run_tasks
from recastbook.result import Origin, Result, RunHeader
from recastbook.store import cache_dir, checksum
from recastbook.version import __version__

if TYPE_CHECKING:
    from recastbook.analysis import Analysis
    from recastbook.detector import DetectorCard
    from recastbook.events.eventfile import EventFile

__all__ = ["run"]

RECONSTRUCTED = 3
"""Level of event files that hold reconstructed objects."""
_KEPT_RUNS, _KEPT_SECONDS = 20, 86_400.0
"""Runs in the cache that are always kept, and for how long the others are."""
_PACKAGES = ("awkward", "coffea", "correctionlib", "fastjet", "numpy", "onnxruntime", "pyhf")


def run(
    search: Analysis,
    sample: Sample | str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    seed: int,
    detector: DetectorCard,
    executor: Any,
    workers: int | None,
    events: int | None,
    work_dir: str | os.PathLike[str] | None,
    progress: bool,
) -> Result:
    """Run a configured search; see :meth:`recastbook.Analysis.run`, which is what users call."""
    if not _is_whole(seed) or seed < 0:
        msg = f"seed must be a whole number of at least 0, not {seed!r}"
        raise BadOption(msg)
    if events is not None and events < 1:
        msg = f"events must be at least 1, not {events}"
        raise BadOption(msg)
    source = sample if isinstance(sample, Sample) else Sample(sample)  # type: ignore[arg-type]
    prepared = source.prepare(progress=progress)
    header = _header(search, source, prepared, int(seed), detector)
    items = _items(prepared, events)
    if not items:
        msg = f"the sample {source.label!r} has no events"
        raise BadFile(msg)
    place = cache_dir("runs") if work_dir is None else Path(work_dir)
    with _folder_of_run(place, header, prepared, items) as folder:
        # one chunk needs no checkpoint: there is nothing to go on from
        checkpoints = folder / "chunks" if len(items) > 1 else None
        task = ChunkTask(RecastProcessor(search, detector, header, folder / "slim"), checkpoints)
        try:
            outcome = run_tasks(task, items, executor, workers=workers, progress=progress and len(items) > 1)
        except KeyboardInterrupt:
            raise _interrupted(len(items), folder) from None
        result = outcome.result
        if outcome.errors:
            where, error = outcome.errors[0]
            more = f" ({len(outcome.errors)} chunks failed)" if len(outcome.errors) > 1 else ""
            raise _with_partial(type(error)(f"{where}: {error}{more}"), result) from error
        if result is None or result.total.sum_w <= 0:
            raise _with_partial(BadFile(_no_weight(source.label, result)), result)
        if checkpoints is not None:
            result.slim = result.slim.copy_to(folder / "slim")
            shutil.rmtree(checkpoints, ignore_errors=True)
        result.events_path = str(prepared.path.resolve())
        result.origin = Origin(search, source, detector, events)
        _ = len(result.slim)  # maps the parts now, so that clearing the cache later cannot take them away
    if work_dir is None:
        _forget_old_runs(place)
    return search.completed(result)


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _items(prepared: EventFile, events: int | None) -> list[tuple[str, int, int, int]]:
    """Return the chunks of a run: folder, part, first and last event; only the first `events` if given."""
    items, left = [], len(prepared) if events is None else events
    for index, n in enumerate(prepared.part_sizes):
        take = min(n, left)
        left -= take
        if take > 0:
            items.append((str(prepared.path), index, 0, take))
    return items


def _with_partial(error: Any, result: Result | None) -> Any:
    error.partial = result
    return error


def _no_weight(label: str, result: Result | None) -> str:
    if result is None:
        return f"the sample {label!r} gave no result"
    return (
        f"the {result.total.raw} weights of {label!r} sum to {result.total.sum_w:g}: no efficiency can be formed; "
        "check genWeight, or choose another weight of the file with Sample(..., weight=NAME)"
    )


def _interrupted(n_chunks: int, folder: Path) -> Any:
    done = [Result.load(p.parent) for p in sorted((folder / "chunks").glob("*/result.json"))]
    partial = None
    for piece in done:
        partial = piece if partial is None else partial + piece
    events = partial.n_events if partial is not None else 0
    msg = f"stopped after {len(done)} of {n_chunks} chunks ({events} events); the same call goes on from there"
    return _with_partial(RunInterrupted(msg), partial)


# -- the folder of a run ----------------------------------------------------------------------------


@contextmanager
def _folder_of_run(
    place: Path, header: RunHeader, prepared: EventFile, items: Sequence[tuple[str, int, int, int]]
) -> Iterator[Path]:
    """Give the run its folder: the same for the same question, so that an interrupted run goes on."""
    stamps = [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in prepared.parts]
    question = json.dumps([header.to_dict(), items, stamps, _code_stamp()], default=str)
    key = hashlib.sha256(question.encode()).hexdigest()[:24]
    folder = place / key
    folder.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(folder)
    try:
        lock.take()
    except BadOption:
        # the same run is going on in another process; this one works beside it
        folder = place / f"{key}-{os.getpid()}"
        folder.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(folder)
        lock.take()
    try:
        yield folder
    finally:
        lock.release()


def _code_stamp() -> str:
    """Return what changes when recastbook's own code does: chunks of older code must not be gone on with."""
    package = Path(__file__).parent
    files = sorted(package.rglob("*.py")) + sorted(package.rglob("*.yaml"))
    stamps = [(str(p.relative_to(package)), p.stat().st_size, p.stat().st_mtime_ns) for p in files]
    return hashlib.sha256(json.dumps(stamps).encode()).hexdigest()


def _forget_old_runs(place: Path) -> None:
    """Keep the newest runs and those of the last day; older slim tables are dropped."""
    folders = sorted((p for p in place.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime)
    for old in folders[:-_KEPT_RUNS]:
        if time.time() - old.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)


# -- what the result says of itself ---------------------------------------------------------------------


def _header(search: Analysis, source: Sample, prepared: EventFile, seed: int, detector: DetectorCard) -> RunHeader:
    regions = search.region_set
    absent = dict(regions.unavailable)
    for region in regions.regions.values():
        reason = search.why_absent(region)
        if reason:
            absent[region.name] = reason
    meta = prepared.metadata
    sample = {
        "label": source.label,
        "process": meta.process,
        "cross_section": source.cross_section,
        "cross_section_error": source.metadata.cross_section_error,
        "cross_section_source": source.cross_section_source,
        "generator": meta.generator,
        "seed": meta.seed,
        "level": prepared.level,
        "events": len(prepared),
    }
    provenance = {
        "options": {k: str(v) for k, v in search.options.items()},
        "detector": {
            "name": "reconstructed in the input file" if prepared.level == RECONSTRUCTED else detector.name,
            "digest": detector.digest,
            "choices": detector.chosen,
            **({"shifts": detector.shifts.changed()} if detector.shifts else {}),
        },
        "network": _network_facts(search),
        "definitions": meta.definitions,
        "versions": {"recastbook": __version__} | {p: version(p) for p in _PACKAGES},
        "status": str(search.about["status"]),
        "known_differences": list(search.about.get("known_differences", ())),
        "search_sha256": _search_digest(search),
        "slim": [cut.text for cut in regions.slim],
        "slim_cuts": [cut.to_dict() for cut in regions.slim],
    }
    return RunHeader(
        analysis=search.identifier,
        title=str(search.about["title"]),
        experiment=str(search.about["experiment"]),
        luminosity_fb=search.luminosity_fb,
        regions=tuple(regions.regions.values()),
        absent=tuple(sorted(absent.items())),
        sample=sample,
        features=_feature_labels(search),
        seed=seed,
        provenance=json.loads(json.dumps(provenance, default=str)),
        network_label=search.network_label,
        preselections=tuple(regions.preselections),
    )


def _search_digest(search: Analysis) -> str:
    """Return a checksum of the search's code and YAML files."""
    digest = hashlib.sha256()
    folder = search.folder()
    if folder is not None:
        for path in sorted((*folder.glob("*.py"), *folder.glob("*.yaml"))):
            digest.update(path.name.encode() + path.read_bytes())
    else:
        try:
            digest.update(inspect.getsource(type(search)).encode())
        except (OSError, TypeError):
            # typed where no source is kept: nothing says that it is the same search as before
            digest.update(os.urandom(16))
        digest.update(json.dumps([search.about, getattr(type(search), "regions", None)], default=str).encode())
    return digest.hexdigest()


def _network_facts(search: Analysis) -> dict[str, Any]:
    if not search.networks:
        return {"used": False, "reason": search.network_reason}
    files = [
        {"network": name, "title": network.card.title, "file": session.path.name, "sha256": checksum(session.path)}
        for name, network in search.networks.items()
        for session in network.sessions
    ]
    return {"used": True, "files": files}


def _feature_labels(search: Analysis) -> dict[str, tuple[str, str]]:
    from recastbook.features import FEATURES

    own = search.about.get("features") or {}
    out = {}
    for name in search.region_set.feature_names:
        if name in own:
            out[name] = (str(own[name].get("unit", "1")), str(own[name].get("label", name)))
        elif name in FEATURES:
            out[name] = (FEATURES[name].unit, FEATURES[name].label)
    return out
