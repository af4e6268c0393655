"""The coffea processor round a search, and the choice of executor.

The physics stands in the search, the counting in the rooms below; what is here reads one chunk, hands it over and
collects. The same processor works in a ``coffea.processor.Runner`` on recastbook event files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from coffea.nanoevents import NanoAODSchema
from coffea.processor import ProcessorABC
from numpy.typing import NDArray

from recastbook.cutflow import SlimTable, count_region, find_undefined, write_slim
from recastbook.exceptions import BadFile, BadOption, MissingDependency, RecastbookError
from recastbook.inputs import reaching_scores
from recastbook.regions import Cut, CutMasks, Region, RegionSet
from recastbook.result import ALL_EVENTS, Result, RunHeader, make_histogram

if TYPE_CHECKING:
    import awkward as ak

    from recastbook.analysis import Analysis
    from recastbook.events.eventfile import EventFile

__all__ = ["ChunkTask", "EventFileSchema", "RecastProcessor", "choose_executor", "run_tasks"]

EVENTS_AT_ONCE = 10_000
"""Events in memory at once while a chunk is processed; results do not depend on it."""
EXECUTORS = ("iterative", "futures", "dask")


class EventFileSchema(NanoAODSchema):
    """Schema of recastbook event files for coffea's own runner: NanoAOD's, without its references between collections.

    Use it as ``coffea.processor.Runner(executor, schema=EventFileSchema, format="parquet")``.
    """

    warn_missing_crossrefs = False
    all_cross_references: ClassVar[dict[str, str]] = {}


class RecastProcessor(ProcessorABC):
    """Process chunks of truth (or reconstructed) events into a :class:`~recastbook.result.Result`.

    Parameters
    ----------
    analysis
        The search, with its options and network chosen.
    detector
        What binds events to a detector: a card, or the pass-through of reconstructed events.
    header
        What all chunks of this run share.
    slim_folder
        Where parts of the slim table go.
    """

    def __init__(self, analysis: Analysis, detector: Any, header: RunHeader, slim_folder: Path) -> None:
        self.analysis = analysis
        self.detector = detector
        self.header = header
        self.slim_folder = slim_folder

    @property
    def _regions(self) -> RegionSet:
        return self.analysis.region_set

    @property
    def _counted(self) -> tuple[Region, ...]:
        """Regions to count; one that is absent for want of its network is counted up to its first score."""
        absent = dict(self.header.absent)
        return tuple(r.before_network() if r.name in absent else r for r in self.header.regions)

    @property
    def _score_columns(self) -> tuple[str, ...]:
        """Scores that a region of this run compares; what only absent regions ask for is not computed."""
        absent = dict(self.header.absent)
        cuts = (cut for r in self.header.regions if r.name not in absent for cut in r.cuts)
        return tuple(dict.fromkeys(leaf.column for cut in cuts for leaf in cut.leaves() if leaf.score is not None))

    def empty(self) -> Result:
        """Return a result without events."""
        from recastbook.cutflow import Count

        probable = self.analysis.weighted_regions
        counts = {r.name: tuple(Count() for _ in range(len(r.cuts) + 1 + (r.name in probable))) for r in self._counted}
        stages = [ALL_EVENTS, *self.header.preselections]
        histograms = {}
        for axis in self._regions.histograms.values():
            unit, label = self.header.features.get(axis.name, ("1", axis.name))
            text = label if unit in ("1", "") else f"{label} [{unit}]"
            histograms[axis.name] = make_histogram(stages, axis.bins, axis.start, axis.stop, text)
        if self.analysis.networks:
            note = f" ({self.header.network_label})" if self.header.network_label else ""
            for column in self._score_columns:
                histograms[column] = make_histogram(stages, 50, 0.0, 1.0, column + note)
        return Result(self.header, counts, histograms, SlimTable(), self.analysis.published_cutflows)

    def process(self, events: ak.Array) -> Result:
        """Return the result of one chunk; events as :func:`recastbook.events.columns.to_records` gives them."""
        pieces = range(0, len(events), EVENTS_AT_ONCE)
        return self.process_pieces(events[start : start + EVENTS_AT_ONCE] for start in pieces)

    def process_pieces(self, pieces: Iterable[ak.Array]) -> Result:
        """Return the result of one chunk that comes in pieces, of which only one is in memory at a time."""
        result = self.empty()
        slim: list[tuple[dict[str, NDArray[Any]], NDArray[np.uint64], NDArray[np.float64], dict[str, Any]]] = []
        cuts = self._regions.distinct_cuts
        for events in pieces:
            part = self._step(events, result, cuts)
            if part is not None:
                slim.append(part)
        if slim:
            columns = {k: np.concatenate([s[0][k] for s in slim]) for k in slim[0][0]}
            ids = {k: np.concatenate([s[3][k] for s in slim]) for k in slim[0][3]}
            bits = np.concatenate([s[1] for s in slim])
            weight = np.concatenate([s[2] for s in slim])
            result.slim = SlimTable((write_slim(self.slim_folder, columns, bits, weight, ids, cuts),))
        return result

    def postprocess(self, accumulator: Result) -> Result:
        """Return the accumulated result as it is."""
        return accumulator

    def _step(self, events: ak.Array, result: Result, cuts: Sequence[Cut]) -> Any:
        n = len(events)
        weight = np.asarray(events["genWeight"], dtype=np.float64)
        ids = {k: np.asarray(events[k], dtype=np.int64) for k in ("run", "luminosityBlock", "event")}
        bound = self.detector.bind(events, seed=self.header.seed)
        objects = self.analysis.objects(events, bound)
        features: Any = self.analysis.features(objects)  # of a search that somebody else wrote
        if not isinstance(features, Mapping):
            msg = f"{self.analysis.identifier}: features() gives a {type(features).__name__}, not arrays by name"
            raise BadOption(msg)
        # float32 once, here: a slider that reads the slim table later compares the very same numbers
        columns: dict[str, NDArray[Any]] = {}
        for name in self._regions.feature_names:
            if name not in features:
                msg = f"{self.analysis.identifier}: features() gives no {name!r}, which regions.yaml cuts on"
                raise BadOption(msg)
            columns[name] = _column(features[name], name, n, self.analysis.identifier)
        masks = CutMasks(columns, n)
        missing = {name: np.isnan(v) for name, v in columns.items() if np.isnan(v).any()}
        scores = self._scores(objects, masks, n, ids, features)
        columns |= scores
        weighted = self.analysis.region_weights(features)
        cache: dict[tuple[object, ...], Any] = {}
        for region in self._counted:
            counts = count_region(region, masks, weight, weighted.get(region.name), cache)
            before = result.counts[region.name]
            result.counts[region.name] = tuple(a + b for a, b in zip(before, counts, strict=True))
            if missing:
                for lost in find_undefined(region, masks, missing, weight, ids):
                    known = result.undefined.get(lost.key)
                    result.undefined[lost.key] = lost if known is None else known + lost
        self._fill(result, columns, scores, masks, weight)
        keep = masks.after(self._regions.slim)
        if not keep.any():
            return None
        bits = masks.packed(cuts)
        return (
            {k: v[keep] for k, v in columns.items()},
            bits[keep],
            weight[keep],
            {k: v[keep] for k, v in ids.items()},
        )

    def _scores(
        self,
        objects: Mapping[str, Any],
        masks: CutMasks,
        n: int,
        ids: Mapping[str, NDArray[np.int64]],
        features: Mapping[str, Any],
    ) -> dict[str, NDArray[np.float32]]:
        """Score the events that reach a score cut: one matrix a network and variant, one evaluation a point."""
        networks = self.analysis.networks
        if not networks:
            return {}
        absent = dict(self.header.absent)
        present = (region for region in self.header.regions if region.name not in absent)
        wanted = reaching_scores(self.analysis, present, masks, n)
        out = {column: np.full(n, np.nan, dtype=np.float32) for column in self._score_columns}
        for (name, variant), points in wanted.items():
            union = np.zeros(n, dtype=bool)
            for mask, _ in points.values():
                union |= mask
            if not union.any():
                continue
            matrix = self.analysis.inputs_for(name, objects, variant=variant, mask=union)
            network = networks[name]
            chosen_by = {f: np.asarray(ids[f] if f in ids else features[f]) for f in network.chosen_by}
            groups: dict[bytes, list[tuple[float, ...]]] = {}
            for point, (mask, _) in points.items():
                groups.setdefault(mask[union].tobytes(), []).append(point)
            for same in groups.values():
                rows = points[same[0]][0]
                if not rows.any():
                    continue
                evaluator = network.evaluator(
                    matrix[rows[union]], {f: v[rows] for f, v in chosen_by.items()}, event_ids=ids["event"][rows]
                )
                for point in same:
                    leaves = points[point][1]
                    scores = evaluator.scores(point, outputs=sorted({str(leaf.score) for leaf in leaves.values()}))
                    for column, leaf in leaves.items():
                        out[column][rows] = scores[str(leaf.score)]
        masks.extend(out)
        return out

    def _fill(
        self,
        result: Result,
        columns: Mapping[str, NDArray[Any]],
        scores: Mapping[str, NDArray[Any]],
        masks: CutMasks,
        weight: NDArray[np.float64],
    ) -> None:
        stages = {ALL_EVENTS: None} | {name: self._regions.preselections[name] for name in self.header.preselections}
        for stage, cuts in stages.items():
            passed = slice(None) if cuts is None else masks.after(cuts)
            w = weight[passed]
            for name in self._regions.histograms:
                values = columns[name][passed]
                good = np.isfinite(values)
                result.histograms[name].fill(stage=stage, value=values[good], weight=w[good])
            for name, column in scores.items():
                values = column[passed]
                good = np.isfinite(values)
                # 1.0 belongs to the last bin, not to the overflow
                inside = np.minimum(values[good], np.float32(1.0 - 1e-7))
                result.histograms[name].fill(stage=stage, value=inside, weight=w[good])


@dataclass
class _Outcome:
    """Results and errors of some chunks; coffea adds these."""

    result: Result | None = None
    errors: tuple[tuple[str, RecastbookError], ...] = ()

    def __add__(self, other: _Outcome) -> _Outcome:
        if self.result is None or other.result is None:
            both = self.result if other.result is None else other.result
        else:
            both = self.result
            both += other.result
        return _Outcome(both, self.errors + other.errors)


@dataclass(frozen=True)
class ChunkTask:
    """Read one chunk, process it, keep the result on disk so that an interrupted run can go on.

    Called with ``(folder, part index, start, stop)``; picklable.
    """

    processor: RecastProcessor
    checkpoints: Path | None = None

    def __call__(self, item: tuple[str, int, int, int]) -> _Outcome:
        """Return the outcome of one item; an error that recastbook understands is kept, not raised."""
        folder, part, start, stop = item
        try:
            return _Outcome(self._result(folder, part, start, stop))
        except RecastbookError as error:
            return _Outcome(None, ((f"{Path(folder).name}, part {part}", error),))

    def _result(self, folder: str, part: int, start: int, stop: int) -> Result:
        from recastbook.events.eventfile import EventFile

        saved = None
        if self.checkpoints is not None:
            key = hashlib.sha256(json.dumps([folder, part, start, stop]).encode()).hexdigest()[:20]
            saved = self.checkpoints / key
            if (saved / "result.json").exists():
                try:
                    return Result.load(saved)
                except BadFile:
                    pass  # a chunk that was cut off while it was written is simply done again
        source = EventFile.open(Path(folder))
        result = self.processor.process_pieces(_pieces(source, part, start, stop))
        if saved is not None:
            result.save(saved)
        return result


def _pieces(source: EventFile, part: int, start: int, stop: int) -> Iterator[ak.Array]:
    """Read events start to stop of a part, some at a time."""
    from recastbook.events.columns import to_records

    before = 0
    for flat in source.iter_part(part, EVENTS_AT_ONCE):
        n = len(flat["event"])
        low, high = max(start - before, 0), min(stop - before, n)
        if low < high:
            yield to_records(flat, source.columns)[low:high]
        before += n
        if before >= stop:
            return


def choose_executor(executor: Any, *, workers: int | None, progress: bool) -> tuple[Any, Any]:
    """Return a coffea executor and what must be closed after the run.

    Parameters
    ----------
    executor
        ``"iterative"``, ``"futures"``, ``"dask"``, a ``distributed.Client``, or a coffea executor.
    workers
        Processes; all cores if not given. Not used by the iterative executor.
    progress
        Show a progress bar.

    Raises
    ------
    BadOption
        If it is none of these.
    MissingDependency
        If dask is asked for and not installed.
    """
    from coffea import processor as coffea_processor

    from recastbook.exceptions import did_you_mean

    bar = {"desc": "recastbook", "unit": "chunk", "status": progress}
    if isinstance(executor, str):
        if executor == "iterative":
            return coffea_processor.IterativeExecutor(**bar), None
        if executor == "futures":
            import psutil

            n = workers or psutil.cpu_count() or 1
            return coffea_processor.FuturesExecutor(workers=n, compression=None, retries=0, **bar), None
        if executor == "dask":
            try:
                from distributed import Client, LocalCluster, get_client
            except ImportError as error:
                msg = "executor='dask' needs dask and distributed: python -m pip install dask distributed"
                raise MissingDependency(msg) from error
            try:
                client, owned = get_client(), None
            except ValueError:  # distributed's way of saying that there is no client yet
                cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
                client = owned = Client(cluster)
            return coffea_processor.DaskExecutor(client=client, compression=None, retries=0, **bar), owned
        msg = f"unknown executor {executor!r}.{did_you_mean(executor, EXECUTORS)}"
        raise BadOption(msg)
    if type(executor).__module__.startswith("distributed"):
        return coffea_processor.DaskExecutor(client=executor, compression=None, retries=0, **bar), None
    if callable(executor):
        return executor, None
    msg = f"executor is one of {', '.join(EXECUTORS)}, a distributed.Client or a coffea executor, not {executor!r}"
    raise BadOption(msg)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep coffea's progress bar off the screen; its ``status=False`` does not."""
    from coffea.util import coffea_console as console

    before, console.quiet = console.quiet, True
    try:
        yield
    finally:
        console.quiet = before


def run_tasks(
    task: ChunkTask, items: Sequence[tuple[str, int, int, int]], executor: Any, *, workers: int | None, progress: bool
) -> _Outcome:
    """Run a task over its items with an executor and return the sum of the outcomes."""
    chosen, owned = choose_executor(executor, workers=workers, progress=progress)
    try:
        with nullcontext() if progress else _silent():
            outcome, _ = chosen(list(items), task, _Outcome())
    finally:
        if owned is not None:
            cluster = owned.cluster
            owned.close()
            cluster.close()
    return outcome  # type: ignore[no-any-return]


def _column(given: Any, name: str, n: int, identifier: str) -> NDArray[Any]:
    """Return a feature as one float32 for each event."""
    try:
        values = np.asarray(given)
    except ValueError:
        values = np.empty(0, dtype=object)  # several numbers an event
    if values.shape != (n,) or values.dtype.kind not in "biuf":
        found = f"shape {values.shape}" if values.dtype.kind in "biuf" else "no single number for each event"
        msg = f"{identifier}: features() gives {name!r} with {found}; needed is one number for each of {n} events"
        raise BadOption(msg)
    column: NDArray[Any] = values.astype(np.float32)
    return column
