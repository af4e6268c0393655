"""Read a sample again and return what its networks are fed: events, features, objects and raw matrices.

A result keeps the features that cuts use, not the inputs of networks. Who needs those (trap hunter, domain radar,
explanations, the input explorer) gets them here: the same chain with the same seed, so the very same numbers.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recastbook.events.sample import Sample
from recastbook.exceptions import AnalysisError, BadOption, MissingData, did_you_mean
from recastbook.network.collected import CollectedInputs, NetworkMatrix
from recastbook.regions import Cut, CutMasks

if TYPE_CHECKING:
    import awkward as ak

    from recastbook.analysis import Analysis
    from recastbook.detector import DetectorCard
    from recastbook.events.eventfile import EventFile
    from recastbook.regions import Region
    from recastbook.result import Result

__all__ = ["as_run", "collect_inputs", "detector_of", "events_of", "reaching_scores"]

EVENTS_AT_ONCE = 5_000
"""Events in memory at once; what is returned does not depend on it."""
STAGES = ("score", "preselection")
_IDS = ("run", "luminosityBlock", "event")

Points = dict[tuple[float, ...], tuple[NDArray[np.bool_], dict[str, Cut]]]


def reaching_scores(search: Analysis, regions: Iterable[Region], masks: CutMasks, n: int) -> dict[Any, Points]:
    """Return which events reach a cut on a score, for each network, input variant and parameter point.

    Parameters
    ----------
    search
        The search, which knows what network an output belongs to.
    regions
        Regions that count; those without a score are passed over.
    masks
        Masks of the n events.
    n
        Number of events.

    Returns
    -------
    dict
        (network, variant) -> point -> mask of shape (n,) and the cuts on the score, by their column.
    """
    wanted: dict[Any, Points] = {}
    for region in regions:
        if not region.uses_network:
            continue
        first = next(i for i, cut in enumerate(region.cuts) if cut.uses_network)
        reach = masks.after(region.cuts[:first])
        for leaf in (leaf for cut in region.cuts for leaf in cut.leaves() if leaf.score is not None):
            points = wanted.setdefault((search.network_of(str(leaf.score)), leaf.inputs), {})
            before, leaves = points.get(leaf.point or (), (np.zeros(n, dtype=bool), {}))
            points[leaf.point or ()] = (before | reach, {**leaves, leaf.column: leaf})
    return wanted


def is_stand_in(label: str) -> bool:
    """Return whether a network's label is that of something that ships in place of the published files."""
    return label.startswith(("stand-in", "synthetic"))


def as_run(search: Analysis, result: Result, *, network: str | os.PathLike[str] | None = None) -> Analysis:
    """Return the search with the options and the network with which a result was made.

    Parameters
    ----------
    search
        The search, with any options.
    result
        A result of it.
    network
        Where the network is, if the result does not say: of a run with a file or card of your own it keeps the name
        and checksum only.

    Raises
    ------
    AnalysisError
        If the result is of another search.
    """
    if result.header.analysis != search.identifier:
        message = f"this result is of {result.header.analysis}, not of {search.identifier}"
        raise AnalysisError(message)
    said = result.header.provenance.get("options", {})
    options = {
        name: next((a for a in switch.alternatives if str(a) == str(said[name])), said[name])
        for name, switch in search.switches.items()
        if name in said
    }
    if network is None and is_stand_in(result.header.network_label):
        network = "stand-in"
    return search.configured(options=options, network=network)


def collect_inputs(
    search: Analysis,
    result: Result | None = None,
    *,
    sample: Sample | str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    seed: int | None = None,
    detector: Any = None,
    options: Mapping[str, Any] | None = None,
    network: str | os.PathLike[str] | None = None,
    max_events: int | None = None,
    event_ids: Sequence[int] | NDArray[np.int64] | None = None,
    stage: str = "score",
    objects: bool = False,
) -> CollectedInputs:
    """Read the events of a sample again and return what networks are fed.

    Events that reach a cut on a score in any region are collected, in the order of the sample (all those that pass the
    slim preselection for a search without networks). No network file is needed: cards say what the inputs are. With
    the result's own seed, options and detector card the numbers are those of the run, bit by bit.

    Parameters
    ----------
    search
        The search.
    result
        A result of it: gives sample, seed, options, detector and the number of events, where not given here.
    sample
        The sample, if there is no result or its events have moved.
    seed
        Seed of the detector; that of the result, else 1.
    detector
        Detector card; that of the result, else the search's own.
    options
        Switches that differ from those of the result (or from the defaults).
    network
        ``"stand-in"`` or a path, as for :meth:`recastbook.Analysis.run`; by default that of the result.
    max_events
        At most this many collected events, the first ones; reading stops then.
    event_ids
        Only events of these event numbers. Those of them that reach no score are collected too, without a row in a
        matrix; ``max_events`` counts them.
    stage
        ``"score"``: events that reach a cut on a score. ``"preselection"``: all events after the preselection of a
        region with a score and its cuts on what chooses the network file, which are more where a region cuts further
        before its score.
    objects
        Whether the collections of objects are returned too; they take memory.

    Returns
    -------
    CollectedInputs
        Events, features and matrices. It does not depend on the size of chunks.

    Raises
    ------
    MissingData
        If there is no sample, or the result's events are no longer where they were.
    BadOption
        If the detector of the result cannot be found again, or an argument cannot work.
    AnalysisError
        If the result is of another search.

    Examples
    --------
    >>> import recastbook as rb
    >>> from recastbook.events.builtin import builtin_samples
    >>> from recastbook.inputs import collect_inputs
    >>> search = rb.load("ATLAS-SUSY-2018-30")
    >>> found = collect_inputs(search, sample=builtin_samples()["gtt_2100_1"], max_events=10)
    >>> found.matrix().raw.shape
    (10, 87)
    """
    if max_events is not None and max_events < 1:
        message = f"max_events must be at least 1, not {max_events}"
        raise BadOption(message)
    if stage not in STAGES:
        message = f"stage is one of {', '.join(STAGES)}, not {stage!r}.{did_you_mean(stage, STAGES)}"
        raise BadOption(message)
    if result is not None:
        search = as_run(search, result, network=network)
        search = search.configured(options=options, network=network or _label(search)) if options else search
    else:
        search = search.configured(options=options, network=network)
    source, limit = _events(result, sample)
    card = detector_of(search, result, detector)
    chosen_seed = seed if seed is not None else result.header.seed if result is not None else 1
    wanted = None if event_ids is None else np.unique(np.asarray(event_ids, dtype=np.int64))
    regions = tuple(search.region_set.regions.values())
    if stage == "preselection":
        regions = tuple(_preselected(search, region) for region in regions if region.uses_network)
    pieces, kept, read, sum_w = [], 0, 0, 0.0
    none: ak.Array | None = None
    for events in _chunks(source, limit):
        read += len(events)
        sum_w += float(np.sum(np.asarray(events["genWeight"], dtype=np.float64)))
        # random numbers belong to events: those that are not wanted need not be made
        some = events if wanted is None else events[np.isin(np.asarray(events["event"], dtype=np.int64), wanted)]
        if not len(some):
            none = events[:0]
            continue
        left = None if max_events is None else max_events - kept
        piece = _piece(search, some, card, chosen_seed, wanted, left, regions)
        kept += len(piece[1])
        pieces.append(piece)
        if max_events is not None and kept >= max_events:
            break
    if not pieces and none is not None:
        pieces.append(_piece(search, none, card, chosen_seed, wanted, None, regions))
    label = result.label if result is not None else source.metadata.label
    return _joined(search, label, pieces, read, sum_w, with_objects=objects)


def _preselected(search: Analysis, region: Region) -> Region:
    """Return a region without its cuts between preselection and score, but for those on what chooses the file."""
    named = {search.network_of(str(leaf.score)) for c in region.cuts for leaf in c.leaves() if leaf.score is not None}
    by = {feature for name in named for feature in _choosing(search, name)}
    cuts = (
        cut for i, cut in enumerate(region.cuts)
        if i < region.n_preselection or cut.uses_network or any(leaf.feature in by for leaf in cut.leaves())
    )  # fmt: skip
    return replace(region, cuts=tuple(cuts))


def _label(search: Analysis) -> str | None:
    return "stand-in" if is_stand_in(search.network_label) else None


def _events(result: Result | None, sample: Any) -> tuple[EventFile, int | None]:
    """Return the event file and how many of its events count."""
    from recastbook.events.eventfile import EventFile

    if sample is not None:
        source = sample if isinstance(sample, Sample) else Sample(sample)
        return source.prepare(), None if result is None else result.n_events
    if result is None:
        message = "no events: give a result or sample=..."
        raise MissingData(message)
    return EventFile.open(events_of(result).files[0]), result.n_events


def events_of(result: Result) -> Sample:
    """Return the sample whose events a result was made from, with its label and cross section.

    Raises
    ------
    MissingData
        If they are no longer where they were.
    """
    if not result.events_path or not Path(result.events_path).exists():
        where = f"its events were in {result.events_path}, which is gone" if result.events_path else "it does not say"
        message = f"the events of {result.label!r} are needed again; {where}. Give sample=..."
        raise MissingData(message)
    return Sample(result.events_path, label=result.label, cross_section=result.cross_section)


def detector_of(search: Analysis, result: Result | None, given: Any) -> DetectorCard:
    """Return the detector card that was given, else that of the result, else the search's own."""
    from recastbook.detector import load_card, shipped_cards

    if given is not None or result is None:
        return search.detector_card(given)
    said = result.header.provenance.get("detector", {})
    card = search.detector_card()
    if said.get("name") in shipped_cards():
        card = load_card(said["name"], overrides=said.get("choices"))
    card = card.shifted(**said.get("shifts", {}))
    if said.get("digest") not in (None, card.digest):
        message = (
            f"the result was made with the detector card {said.get('name')!r} of another content; give detector=..."
        )
        raise BadOption(message)
    return card


def _chunks(source: EventFile, limit: int | None) -> Iterator[ak.Array]:
    from recastbook.events.columns import to_records

    left = len(source) if limit is None else limit
    for flat in source.iter_chunks(EVENTS_AT_ONCE):
        if left <= 0:
            return
        records = to_records(flat, source.columns)[:left]
        left -= len(records)
        yield records


def _piece(
    search: Analysis,
    events: ak.Array,
    card: DetectorCard,
    seed: int,
    wanted: NDArray[np.int64] | None,
    most: int | None,
    regions: Sequence[Region],
) -> tuple[dict[str, NDArray[np.int64]], NDArray[np.float64], dict[str, NDArray[Any]], dict[Any, Any], Any]:
    n = len(events)
    ids = {k: np.asarray(events[k], dtype=np.int64) for k in _IDS}
    found = search.objects(events, card.bind(events, seed=seed))
    features = {name: np.asarray(values) for name, values in search.features(found).items()}
    masks = CutMasks({name: values.astype(np.float32) for name, values in features.items()}, n)
    reach: dict[Any, NDArray[np.bool_]] = {}
    for key, points in reaching_scores(search, regions, masks, n).items():
        reach[key] = np.logical_or.reduce([mask for mask, _ in points.values()])
    if wanted is not None:
        keep = np.isin(ids["event"], wanted)
    elif reach:
        keep = np.logical_or.reduce(list(reach.values()))
    else:
        keep = np.array(masks.after(search.region_set.slim))
    if most is not None:
        keep &= np.cumsum(keep) <= most
    position = np.cumsum(keep) - 1
    matrices = {}
    for (network, variant), mask in reach.items():
        mine = mask & keep
        by = {f: (ids[f] if f in ids else features[f])[mine] for f in _choosing(search, network)}
        raw = search.inputs_for(network, found, variant=variant, mask=mine) if mine.any() else None
        matrices[network, variant] = (position[mine], raw, by)
    weight = np.asarray(events["genWeight"], dtype=np.float64)[keep]
    kept_objects = {k: v[keep] for k, v in found.items() if hasattr(v, "__getitem__") and not isinstance(v, Mapping)}
    kept_ids = {k: v[keep] for k, v in ids.items()}
    return kept_ids, weight, {k: v[keep] for k, v in features.items()}, matrices, kept_objects


def _choosing(search: Analysis, network: str) -> tuple[str, ...]:
    from recastbook.network.network import choosing_features

    return choosing_features(search.cards[network])


def _joined(
    search: Analysis, label: str, pieces: Sequence[Any], read: int, sum_w: float, *, with_objects: bool
) -> CollectedInputs:
    import awkward as ak

    starts = np.cumsum([0, *(len(piece[1]) for piece in pieces)])
    matrices = {}
    for key in dict.fromkeys(k for piece in pieces for k in piece[3]):
        width = len(search.cards[key[0]].inputs)
        parts = [(start, *piece[3][key]) for start, piece in zip(starts, pieces, strict=False) if key in piece[3]]
        filled = [raw for *_, raw, _ in parts if raw is not None]
        matrices[key] = NetworkMatrix(
            network=key[0],
            variant=key[1],
            rows=np.concatenate([start + rows for start, rows, _, _ in parts]),
            raw=np.concatenate(filled) if filled else np.empty((0, width)),
            chosen_by={f: np.concatenate([by[f] for *_, by in parts]) for f in parts[0][3]},
        )
    names = pieces[0][2] if pieces else {}
    return CollectedInputs(
        analysis=search.identifier,
        label=label,
        ids={k: np.concatenate([piece[0][k] for piece in pieces]) for k in _IDS},
        weight=np.concatenate([piece[1] for piece in pieces]),
        features={name: np.concatenate([piece[2][name] for piece in pieces]) for name in names},
        matrices=matrices,
        n_read=read,
        sum_w_read=sum_w,
        objects={k: ak.concatenate([piece[4][k] for piece in pieces]) for k in pieces[0][4]} if with_objects else None,
    )
