"""Explain a result: read its events again and ask their network what a region or an event depends on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption, MissingData, UnknownName, did_you_mean
from recastbook.inputs import as_run, collect_inputs
from recastbook.network import columns

if TYPE_CHECKING:
    from recastbook.analysis import Analysis
    from recastbook.diagnostics.explain import EventExplanation, RegionExplanation, RegionScorer
    from recastbook.network.collected import CollectedInputs
    from recastbook.regions import Region
    from recastbook.result import Result

__all__ = ["explain"]

GROUPINGS = ("groups", "columns")
_IDS = ("run", "luminosityBlock", "event")


def explain(
    search: Analysis,
    result: Result,
    region: str | None = None,
    *,
    event: int | tuple[int, int, int] | None = None,
    by: str | None = None,
    repeats: int | None = None,
    step: float | None = None,
    smear: float | None = None,
    scale: str | None = None,
    seed: int = 1,
    max_events: int = 20_000,
    sample: Any = None,
    network: str | os.PathLike[str] | None = None,
    detector: Any = None,
    progress: bool = True,
) -> RegionExplanation | EventExplanation:
    """Explain a region or an event; see :meth:`recastbook.Analysis.explain`."""
    from recastbook.diagnostics.explain import RegionScorer, explain_event, explain_region

    chosen = as_run(search, result, network=network)
    found = _region(result, region)
    only_event = {"step": step, "smear": smear, "scale": scale}
    if event is None and (given := [name for name, value in only_event.items() if value is not None]):
        message = f"{given[0]} is for a single event; give event=..."
        raise BadOption(message)
    if event is not None and by is not None:
        message = "by is for a region; for a single event every input is moved alone"
        raise BadOption(message)
    if by not in (None, *GROUPINGS):
        message = f"by is {by!r}; it must be {' or '.join(GROUPINGS)}"
        raise BadOption(message)
    if found.name in result.absent:
        message = f"{found.name} is absent: {result.absent[found.name]}"
        raise MissingData(message)
    outputs = [str(leaf.score) for cut in found.cuts for leaf in cut.leaves() if leaf.score is not None]
    missing = [name for name in map(chosen.network_of, outputs) if name not in chosen.networks]
    if missing:
        message = f"{found.name}: {chosen.why_absent(found)}"
        raise MissingData(message)
    common: dict[str, Any] = {"sample": result.label, "network_label": result.header.network_label, "seed": seed}
    read: dict[str, Any] = {"sample": sample, "detector": detector, "network": network}
    if event is None:
        inputs = collect_inputs(search, result, max_events=max_events, **read)
        scorer = RegionScorer(found, chosen.networks, chosen.network_of, inputs)
        groups = columns.groups(scorer.card)
        if by == "columns":
            groups = {name: (name,) for names in groups.values() for name in names}
        return explain_region(scorer, groups, repeats=5 if repeats is None else repeats, progress=progress, **common)
    inputs = collect_inputs(
        search, result, event_ids=[event if isinstance(event, (int, np.integer)) else event[2]], **read
    )
    at = _find(inputs, event, result)
    scorer = RegionScorer(found, chosen.networks, chosen.network_of, inputs)
    row = _row(scorer, inputs, at)
    card = scorer.card
    constants = _constants(scorer, row)
    widths_from = "card"
    others = scorer
    counts = any(c.object is None and c.unit == "1" and not c.legend for c in card.inputs)
    if np.isnan(constants[1]).any() or counts:
        # the whole sample says how wide an input is, and which are whole numbers
        sample_inputs = collect_inputs(search, result, max_events=max_events, **read)
        others = RegionScorer(found, chosen.networks, chosen.network_of, sample_inputs)
        widths_from = "card" if not np.isnan(constants[1]).any() else "sample"
    means, widths = _filled(others, *constants)
    extra: dict[str, Any] = {name: value for name, value in only_event.items() if value is not None}
    return explain_event(
        scorer, row, means=means, widths=widths, widths_from=widths_from, discrete=_discrete(others),
        repeats=20 if repeats is None else repeats, **extra, **common,
    )  # fmt: skip


def _region(result: Result, name: str | None) -> Region:
    """Return the region asked about; by default the signal region of a network with the most events."""
    regions = result.regions
    if name is None:
        rows = [row for row in result.yields("signal") if row.status == "ok" and regions[row.region].uses_network]
        if not rows:
            reasons = [why for region, why in result.absent.items() if regions[region].uses_network]
            message = (
                f"{result.header.analysis}: no region with a network was evaluated. {reasons[0] if reasons else ''}"
            )
            raise MissingData(message.strip())
        return regions[max(rows, key=lambda row: row.raw or 0).region]
    if name not in regions:
        message = f"{result.header.analysis} has no region {name!r}.{did_you_mean(name, regions)}"
        raise UnknownName(message)
    if not regions[name].uses_network:
        using = [region.name for region in regions.values() if region.uses_network]
        message = f"{name} cuts on no score; there is nothing to explain. Regions that do: {', '.join(using[:5])}, ..."
        raise BadOption(message)
    return regions[name]


def _find(inputs: CollectedInputs, event: int | tuple[int, int, int], result: Result) -> int:
    """Return the position of an event among those collected."""
    mine = np.ones(len(inputs), dtype=bool)
    for name, value in zip(_IDS, (None, None, event) if isinstance(event, (int, np.integer)) else event, strict=True):
        mine &= True if value is None else inputs.ids[name] == value
    rows = np.flatnonzero(mine)
    if not len(rows):
        message = f"there is no event {event} among the {result.n_events} of {result.label!r}"
        raise UnknownName(message)
    if len(rows) > 1:
        names = ", ".join(str(tuple(int(inputs.ids[name][row]) for name in _IDS)) for row in rows[:3])
        message = f"{len(rows)} events have the number {event}; give (run, luminosityBlock, event): {names}"
        raise BadOption(message)
    return int(rows[0])


def _row(scorer: RegionScorer, inputs: CollectedInputs, at: int) -> int:
    """Return the row of an event in the scorer, or say which cut keeps it from the network."""
    same = np.logical_and.reduce([scorer.ids[name] == inputs.ids[name][at] for name in _IDS])
    if same.any():
        return int(np.flatnonzero(same)[0])
    features = {name: np.asarray(values).astype(np.float32) for name, values in inputs.features.items()}
    for cut in scorer.region.before_network().cuts:
        if not cut.mask(features)[at]:
            values = ", ".join(f"{leaf.column} = {features[leaf.column][at]:g}" for leaf in cut.leaves())
            number, name = inputs.ids["event"][at], scorer.region.name
            message = f"event {number} does not reach the network of {name}: it fails {cut.text} ({values})"
            raise BadOption(message)
    message = f"event {inputs.ids['event'][at]} has no inputs for the network of {scorer.region.name}"
    raise BadOption(message)


def _constants(scorer: RegionScorer, row: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return means and widths that the card gives for the event's own file, nan where it gives none."""
    from recastbook.network.network import file_of_event

    card = scorer.card
    if len(card.files) > 1:
        file = file_of_event(card, {name: values[row : row + 1] for name, values in scorer.chosen_by.items()}, 1)
        card = card.for_file(card.files[int(file[0])].name)
    else:
        card = card.for_file(card.files[0].name)
    pairs = [(i.mean, i.width) for i in card.inputs]
    both = np.array([[np.nan, np.nan] if m is None or w is None else [m, w] for m, w in pairs])
    return both[:, 0], both[:, 1]


def _filled(
    scorer: RegionScorer, means: NDArray[np.float64], widths: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fill what the card does not give from the events of the sample: mean and width where the object is there."""
    from recastbook.diagnostics.domain.embedding import absent_objects

    gone = absent_objects(scorer.card, scorer.raw)
    for i in np.flatnonzero(np.isnan(widths)):
        values = scorer.raw[~gone[:, i], i]
        values = values[np.isfinite(values)]
        spread = float(values.std()) if len(values) > 1 else 0.0
        means[i] = float(values.mean()) if len(values) else 0.0
        widths[i] = spread if spread > 0.0 else 1.0
    return means, widths


def _discrete(scorer: RegionScorer) -> NDArray[np.bool_]:
    """Return which inputs are categories or counts: they have a legend, or only whole numbers without a unit."""
    card = scorer.card
    out = np.array([bool(columns.legend(card, column)) for column in card.inputs])
    for i, column in enumerate(card.inputs):
        values = scorer.raw[:, i]
        whole = bool(np.all(values == np.round(values)))
        out[i] |= column.object is None and column.unit == "1" and whole
    return out
