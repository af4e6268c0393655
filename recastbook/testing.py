"""The contract of a search as a test: :func:`check_analysis`.

A package with a search of its own needs one test:

>>> def test_contract():
...     from recastbook.testing import check_analysis
...     check_analysis(MySearch)  # doctest: +SKIP
"""

from __future__ import annotations

import itertools
import math
import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import AnalysisError, MissingData, RecastbookError
from recastbook.registry import check_class

if TYPE_CHECKING:
    from recastbook.analysis import Analysis
    from recastbook.events.eventfile import EventFile
    from recastbook.events.sample import Sample
    from recastbook.regions import Cut, Region
    from recastbook.result import Result

__all__ = ["CheckReport", "check_analysis", "contradictions"]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What :func:`check_analysis` looked at."""

    identifier: str
    """Of the search."""
    passed: tuple[str, ...]
    """Checks that passed."""
    skipped: tuple[tuple[str, str], ...]
    """Checks that could not be made here, with the reason."""

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lines = [f"{self.identifier} fulfils the contract:", *(f"  ok       {name}" for name in self.passed)]
        return "\n".join([*lines, *(f"  skipped  {name}: {reason}" for name, reason in self.skipped)])


class _Skip(Exception):  # noqa: N818 - not an error: it ends one check
    """A check that cannot be made here."""


def check_analysis(
    cls: type[Analysis], *, sample: Sample | None = None, events: int = 300, seed: int = 1
) -> CheckReport:
    """Check that a search class fulfils the contract of :class:`recastbook.Analysis`.

    Parameters
    ----------
    cls
        The class.
    sample
        Events to run on; built-in ones by default.
    events
        How many of them.
    seed
        Seed of the detector's response.

    Returns
    -------
    CheckReport
        Which checks passed, and which could not be made.

    Raises
    ------
    AnalysisError
        If any check fails; the message lists all that failed.
    """
    checked = check_class(cls, origin=getattr(cls, "__module__", "this session"))
    try:
        search = checked()
    except RecastbookError as error:
        message = f"{checked.identifier} does not fulfil the contract:\n  - it cannot be loaded: {error}"
        raise AnalysisError(message) from error
    passed, skipped, failed = [], [], []
    with tempfile.TemporaryDirectory(prefix="recastbook-check-") as scratch:
        trial = _Trial(search, Path(scratch), sample, events, seed)
        for name, check in _CHECKS.items():
            try:
                check(trial)
            except _Skip as reason:
                skipped.append((name, str(reason)))
            except (RecastbookError, _Failed) as error:
                failed.append(f"{name}: {error}")
            else:
                passed.append(name)
    if failed:
        message = f"{search.identifier} does not fulfil the contract:\n" + "\n".join(f"  - {line}" for line in failed)
        raise AnalysisError(message)
    return CheckReport(search.identifier, tuple(passed), tuple(skipped))


class _Failed(Exception):  # noqa: N818 - what one check says; check_analysis collects them
    """A check that failed."""


class _Trial:
    """The search, some events, and the results of runs that several checks look at."""

    def __init__(self, search: Analysis, scratch: Path, sample: Sample | None, events: int, seed: int) -> None:
        self.search = search
        self._scratch = scratch
        self._sample = sample
        self._events = events
        self._seed = seed
        self._results: dict[str, Result] = {}

    def _source(self) -> EventFile:
        if self._sample is None:
            from recastbook.events.builtin import builtin_samples

            self._sample = next(iter(builtin_samples().values()))
        return self._sample.prepare(progress=False)

    def records(self) -> Any:
        """Return the first events as records, shape (N,)."""
        from recastbook.events.columns import to_records

        source = self._source()
        chunk = next(source.iter_chunks(self._events))
        return to_records(chunk, source.columns)

    def result(self, name: str, part_size: int, *, backwards: bool = False) -> Result:
        """Run on the events, written anew in parts of that size, in order or backwards."""
        if name in self._results:
            return self._results[name]
        import recastbook as rb
        from recastbook.events.columns import to_flat
        from recastbook.events.writer import EventWriter

        source, records = self._source(), self.records()
        folder = self._scratch / f"events-{name}"
        with EventWriter(folder, source.metadata, level=source.level, part_size=part_size) as writer:
            writer.write(to_flat(records[::-1] if backwards else records, source.columns))
        sample = rb.Sample(folder)
        work = self._scratch / f"run-{name}"
        self._results[name] = self.search.run(sample, seed=self._seed, work_dir=work, progress=False)
        return self._results[name]

    @property
    def whole(self) -> Result:
        """The result of all events in one chunk."""
        return self.result("whole", 1_000_000)


# ---- the checks -----------------------------------------------------------------------------------------------------


def _check_files(trial: _Trial) -> None:
    search = trial.search
    if not search.region_names("signal"):
        message = "regions.yaml has no signal region"
        raise _Failed(message)
    status = search.about["status"]
    if status not in ("validated", "preliminary", "unvalidated"):
        message = f"info.yaml: status is validated, preliminary or unvalidated, not {status!r}"
        raise _Failed(message)
    if not search.luminosity_fb > 0:
        message = f"info.yaml: luminosity_fb is {search.luminosity_fb}"
        raise _Failed(message)
    # reading them is the check: each names file, place and what is wrong
    _ = search.cards, search.tables, search.published_cutflows


def _check_options(trial: _Trial) -> None:
    for switch in trial.search.switches.values():
        for value in switch.alternatives:
            trial.search.configured(options={switch.name: value})


def _check_features(trial: _Trial) -> None:
    from recastbook.features import FEATURES

    search = trial.search
    own = search.about.get("features") or {}
    declared = {name: entry.unit for name, entry in FEATURES.items()}
    declared |= {name: str(entry.get("unit", "1")) for name, entry in own.items()}
    # that every feature is declared is checked when the search is made
    leaves = (leaf for cut in search.region_set.distinct_cuts for leaf in cut.leaves() if leaf.feature is not None)
    wrong = [
        f"{leaf.text!r} is in {leaf.unit}, the feature in {declared[str(leaf.feature)]}"
        for leaf in leaves
        if _kind_of(leaf.unit) != _kind_of(declared[str(leaf.feature)])
    ]
    if wrong:
        raise _Failed("; ".join(dict.fromkeys(wrong)))


def _check_arrays(trial: _Trial) -> None:
    """Check that functions of arrays return arrays of the right length, and change none they were given."""
    search, events = trial.search, trial.records()
    objects = search.objects(events, search.detector_card().bind(events, seed=1))
    features = search.features(objects)
    wrong = [
        f"features() gives no {name!r}, which regions.yaml uses"
        for name in search.region_set.feature_names
        if name not in features
    ]
    for name, values in features.items():
        array = np.asarray(values)
        if array.shape != (len(events),) or array.dtype.kind not in "biuf":
            wrong.append(
                f"feature {name!r} has shape {array.shape} and type {array.dtype}, not ({len(events)},) numbers"
            )
    weights = search.region_weights(features)
    wrong += [
        f"weighted_regions names {name!r}, which region_weights() does not give"
        for name in search.weighted_regions
        if name not in weights
    ]
    for name, values in weights.items():
        array = np.asarray(values)
        if array.shape != (len(events),) or not np.all((array >= 0) & (array <= 1)):
            wrong.append(f"region_weights()[{name!r}] must be {len(events)} numbers in [0, 1]")
    for network, model in search.cards.items():
        mask = _reach_the_network(search, features, len(events))
        matrix = np.asarray(search.inputs_for(network, objects, mask=mask))
        n, inputs = int(np.count_nonzero(mask)), len(model.columns)
        if matrix.shape not in ((n, inputs), (n, inputs - len(model.parameters.names))):
            wrong.append(f"network_inputs() has shape {matrix.shape} for {n} events, the card has {inputs} inputs")
    if wrong:
        raise _Failed("; ".join(wrong))


def _reach_the_network(search: Analysis, features: Mapping[str, Any], n: int) -> NDArray[np.bool_]:
    """Return which events pass all cuts before the first one on a score in some region, shape (N,)."""
    from recastbook.regions import CutMasks

    masks = CutMasks({name: np.asarray(values) for name, values in features.items()}, n)
    reach = np.zeros(n, dtype=bool)
    for region in search.region_set.regions.values():
        if region.uses_network:
            first = next(i for i, cut in enumerate(region.cuts) if cut.uses_network)
            reach |= masks.after(region.cuts[:first])
    return reach


def _check_picklable(trial: _Trial) -> None:
    # written, never read: what another process would receive
    try:
        ForkingPickler.dumps(trial.search)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        message = f"{error}; the class must stand at the top of an importable module and hold no open files or sessions"
        raise _Failed(message) from error


def _check_reachable(trial: _Trial) -> None:
    wrong = [line for region in trial.search.region_set.regions.values() for line in contradictions(region)]
    if wrong:
        raise _Failed("; ".join(wrong))


def _check_cutflows(trial: _Trial) -> None:
    result = trial.whole
    if result.n_events == 0:
        message = "no event was processed"
        raise _Failed(message)
    for region in result.counts:
        raw = [step.raw for step in result.cutflow(region).steps]
        if any(later > earlier for earlier, later in itertools.pairwise(raw)):
            message = f"the cutflow of {region} rises: {raw}"
            raise _Failed(message)


def _check_chunks(trial: _Trial) -> None:
    reference = trial.whole
    n = max(1, reference.n_events // 3 - 1)
    for name, backwards in (("parts", False), ("backwards", True)):
        other = trial.result(name, n, backwards=backwards)
        for region, counts in reference.counts.items():
            ours, theirs = [c.raw for c in counts], [c.raw for c in other.counts[region]]
            if ours != theirs:
                message = f"{region} depends on how events are cut into chunks: {ours} in one, {theirs} in {name}"
                raise _Failed(message)
            sums = np.array([[c.sum_w, c.sum_w2] for c in counts])
            if not np.allclose(sums, [[c.sum_w, c.sum_w2] for c in other.counts[region]], rtol=1e-12, atol=0):
                message = f"the sums of weights of {region} depend on how events are cut into chunks"
                raise _Failed(message)
        different = _different_columns(reference, other)
        if different:
            message = f"{', '.join(different)} of single events depend on how events are cut into chunks"
            raise _Failed(message)


def _check_network(trial: _Trial) -> None:
    from recastbook.network.network import Network

    if not trial.search.cards:
        message = "the search has no network"
        raise _Skip(message)
    missing = False
    for card in trial.search.cards.values():
        if not card.golden_rows:
            message = f"{card.title!r} has no golden_rows: inputs with the normalised values or scores they must give"
            raise _Failed(message)
        try:
            network = Network.of(card)
        except MissingData:
            card.check_golden()
            missing = True
        else:
            network.check_golden()
    if missing:
        message = "the network file is not on this machine; normalisation was checked, scores were not"
        raise _Skip(message)


_CHECKS: dict[str, Callable[[_Trial], None]] = {
    "files say what they must": _check_files,
    "every option works": _check_options,
    "every cut's feature exists with its unit": _check_features,
    "functions return arrays": _check_arrays,
    "picklable": _check_picklable,
    "every region can be reached": _check_reachable,
    "cutflows never rise": _check_cutflows,
    "chunks and order do not matter": _check_chunks,
    "golden rows": _check_network,
}


# ---- what they need -------------------------------------------------------------------------------------------------


def contradictions(region: Region) -> list[str]:
    """Return why no event can pass a region; empty if its cuts do not contradict each other.

    Parameters
    ----------
    region
        The region. Cuts on one column are compared with each other; what different columns have to do with each other
        is not known here.
    """
    fixed = [cut for cut in region.cuts if not cut.any]
    choices = [cut.any for cut in region.cuts if cut.any]
    reasons: list[str] = []
    for chosen in itertools.product(*choices):
        found = [*_flattened(fixed), *(leaf for alternative in chosen for leaf in _flattened(alternative))]
        reason = _empty_column(found)
        if reason is None:
            return []
        reasons.append(reason)
    return [f"{region.name} can select no event: {reason}" for reason in dict.fromkeys(reasons)]


def _flattened(cuts: Sequence[Cut]) -> Iterator[Cut]:
    """Yield single comparisons; an alternative inside an alternative is left out, which only makes the check milder."""
    for cut in cuts:
        if not cut.any:
            yield cut


def _empty_column(cuts: Sequence[Cut]) -> str | None:
    """Return the first column whose bounds exclude each other, as a sentence."""
    columns: dict[tuple[str, str | None], list[Cut]] = {}
    for cut in cuts:
        columns.setdefault((cut.column, cut.transform), []).append(cut)
    for same in columns.values():
        bounds = [bound for cut in same for bound in cut.bounds]
        low = max((b.value for b in bounds if b.comparator in ("min", "above", "equals")), default=-math.inf)
        high = min((b.value for b in bounds if b.comparator in ("max", "below", "equals")), default=math.inf)
        open_end = any(b.comparator in ("above", "below") and b.value == low for b in bounds)
        if low > high or (low == high and open_end):
            return " and ".join(cut.text for cut in same)
    return None


def _kind_of(unit: str) -> str:
    """Return what a unit measures."""
    kinds = {"eV": "energy", "rad": "angle", "m": "length"}
    return next((kind for end, kind in kinds.items() if unit.endswith(end)), "number")


def _different_columns(first: Result, second: Result) -> list[str]:
    """Return the columns of the slim tables that differ, rows sorted by event."""
    if len(first.slim) != len(second.slim):
        return [f"the number of rows ({len(first.slim)} and {len(second.slim)})"]
    if len(first.slim) == 0:
        return []
    orders = [np.lexsort([r.slim.column(key) for key in ("event", "luminosityBlock", "run")]) for r in (first, second)]
    different = []
    scores = set(first.scores())
    for name in (*first.slim.names, "weight"):
        one, other = (r.slim.column(name)[order] for r, order in zip((first, second), orders, strict=True))
        # a score is a sum of many float32: the batch it was computed in may move its last digit
        close = (
            np.allclose(one, other, rtol=0, atol=1e-6, equal_nan=True)
            if name in scores
            else np.array_equal(one, other, equal_nan=True)
        )
        if not close:
            different.append(name)
    return different
