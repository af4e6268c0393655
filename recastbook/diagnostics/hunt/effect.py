"""What a mistake does: inputs, scores and the yield of every region under a hypothesis."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recastbook.cutflow import Count
from recastbook.cutflow.count import count_events
from recastbook.diagnostics.hunt.grid import hypotheses
from recastbook.diagnostics.hunt.hypothesis import Hypothesis
from recastbook.diagnostics.hunt.layout import Layout
from recastbook.diagnostics.hunt.scoring import Scorer
from recastbook.display import Html, TableView, Tabular, plus_minus
from recastbook.exceptions import MissingData, UnknownName, did_you_mean
from recastbook.network.collected import CollectedInputs, NetworkMatrix
from recastbook.network.network import file_of_event
from recastbook.regions import CutMasks, Region

if TYPE_CHECKING:
    from recastbook.network import ModelCard

__all__ = ["Bench", "Effect", "RegionEffect", "effect"]

_KEPT: dict[Any, Bench] = {}
"""The last benches: one asks about a result again and again. A key holds everything that the inputs follow from."""
_MOST_KEPT = 4
_HEADERS = ("region", "clean", "under the hypothesis", "ratio", "events that move")


@dataclass(frozen=True, slots=True)
class RegionEffect:
    """One region with clean and with mistaken inputs, the same events."""

    region: str
    """Name."""
    clean: Count
    """What the contract selects."""
    trapped: Count
    """What the mistaken code selects."""
    moved: Count
    """Events that are in one of the two but not in both."""

    @property
    def ratio(self) -> float | None:
        """Mistaken over clean; None where the contract selects nothing."""
        return self.trapped.sum_w / self.clean.sum_w if self.clean.sum_w else None

    @property
    def ratio_error(self) -> float | None:
        """Statistical error of the ratio: only events that move count, the others are in both."""
        return float(np.sqrt(self.moved.sum_w2)) / abs(self.clean.sum_w) if self.clean.sum_w else None

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready description."""
        out: dict[str, Any] = {"region": self.region, "ratio": self.ratio, "ratio_error": self.ratio_error}
        for name in ("clean", "trapped", "moved"):
            count: Count = getattr(self, name)
            out[name] = {"raw": count.raw, "sum_w": count.sum_w, "error": count.error}
        return out


@dataclass(frozen=True, repr=False)
class Effect(Tabular):
    """Inputs, scores and yields of some events, clean and under one hypothesis."""

    hypothesis: Hypothesis
    """What the mistaken code does."""
    network: str
    """Name of the network."""
    label: str
    """Sample and network, with a warning where the network is a stand-in."""
    regions: tuple[RegionEffect, ...]
    """Every region that uses the network and was evaluated."""
    clean_inputs: NDArray[np.float64] = field(repr=False)
    """Raw inputs by the contract, shape (N, K)."""
    trapped_inputs: NDArray[np.float64] = field(repr=False)
    """Equivalent raw inputs of the mistaken code, shape (N, K)."""
    clean_scores: Mapping[str, NDArray[np.float32]] = field(repr=False)
    """Score column -> scores of the N events; nan where no region asks for it."""
    trapped_scores: Mapping[str, NDArray[np.float32]] = field(repr=False)
    """The same under the hypothesis."""

    def __getitem__(self, region: str) -> RegionEffect:
        for found in self.regions:
            if found.region == region:
                return found
        message = f"no region {region!r}.{did_you_mean(region, [r.region for r in self.regions])}"
        raise UnknownName(message)

    def cells(self) -> list[list[object]]:
        """Return the regions as rows of a table."""
        return [region_cells(r) for r in self.regions]

    def __str__(self) -> str:
        return str(self._as_table())

    def _as_table(self) -> TableView:
        return TableView(_HEADERS, self.cells(), f"{self.hypothesis.what} ({self.label})")

    def _repr_html_(self) -> Html:
        return self._as_table()._repr_html_()


def region_cells(found: RegionEffect) -> list[object]:
    """Return a region as cells: name, clean, mistaken, ratio, number of events that move."""
    counts = [plus_minus(c.sum_w, c.error) for c in (found.clean, found.trapped)]
    ratio = "-" if found.ratio is None else plus_minus(found.ratio, found.ratio_error)
    return [found.region, *counts, ratio, found.moved.raw]


class Bench:
    """The clean events of one network, ready to be scored under any hypothesis.

    Parameters
    ----------
    card
        The model card by whose contract the inputs were made.
    scorer
        What evaluates the network; None where its file is missing.
    collected
        Events as :func:`recastbook.inputs.collect_inputs` gives them.
    network
        Name of the network.
    regions
        Regions of the search that were evaluated.
    label
        Sample and network.
    """

    def __init__(
        self,
        card: ModelCard,
        scorer: Scorer | None,
        collected: CollectedInputs,
        network: str,
        regions: Iterable[Region],
        label: str,
    ) -> None:
        self.card, self.scorer, self.collected, self.network, self.label = card, scorer, collected, network, label
        self.layout = scorer.layout if scorer is not None else Layout(card)
        outputs = set(card.output_names)
        self.regions = tuple(
            r for r in regions
            if any(leaf.score in outputs for cut in r.cuts for leaf in cut.leaves() if leaf.score is not None)
        )  # fmt: skip
        self.matrices = {v: m for (name, v), m in collected.matrices.items() if name == network}
        self._files = {v: files_for(card, m) for v, m in self.matrices.items()}
        self._clean: dict[str, NDArray[np.float32]] | None = None
        columns = {k: np.asarray(v).astype(np.float32) for k, v in collected.features.items()}
        self._masks = CutMasks(columns, len(collected))
        self._reach = self._reaching()

    @property
    def main(self) -> NetworkMatrix:
        """Inputs of the default variant."""
        return self.matrices["default"]

    @property
    def files(self) -> NDArray[np.int64]:
        """Which file each row of :attr:`main` is for."""
        return self._files["default"]

    @property
    def training(self) -> dict[str, tuple[float | None, float | None]]:
        """Mean and width of each input in the training, None where the card gives none."""
        card = self.card.for_file(self.card.files[0].name)
        return {column.name: (column.mean, column.width) for column in card.inputs}

    def drawn(self, name: str, trap: Hypothesis | str | None = None, *, normalised: bool = False) -> dict[str, Any]:
        """Return one input as :func:`recastbook.plots.network_input` takes it, by the contract and under a trap.

        Parameters
        ----------
        name
            Name of the input.
        trap
            A hypothesis or its key.
        normalised
            In widths from the training mean, where the card gives both.

        Raises
        ------
        UnknownName
            If there is no such input or hypothesis.
        """
        names = list(self.training)
        if name not in names:
            message = f"{self.network} has no input {name!r}.{did_you_mean(name, names)}"
            raise UnknownName(message)
        i = names.index(name)
        mean, width = self.training[name]
        column = self.card.inputs[i]
        unit = f"{column.scale:g} {column.unit}" if column.scale != 1 else column.unit
        label = f"{name} [{unit}]" if unit != "1" else name
        clean, mistaken = self.main.raw[:, i], None
        if trap is not None:
            mistaken = _chosen(self.card, trap).apply(self.main.raw, self.files)[:, i]
        if normalised and mean is not None and width:
            clean = (clean - mean) / width
            mistaken = None if mistaken is None else (mistaken - mean) / width
            label, mean, width = f"{name}, normalised", 0.0, 1.0
        weight = self.collected.weight[self.main.rows]
        return {"values": clean, "mistaken": mistaken, "weight": weight, "mean": mean, "width": width, "label": label}

    def _reaching(self) -> dict[Any, tuple[NDArray[np.bool_], dict[str, str]]]:
        """(variant, point) -> which events reach a cut on it, and score column -> output."""
        wanted: dict[Any, tuple[NDArray[np.bool_], dict[str, str]]] = {}
        for region in self.regions:
            first = next(i for i, cut in enumerate(region.cuts) if cut.uses_network)
            mask = self._masks.after(region.cuts[:first])
            for leaf in (leaf for cut in region.cuts for leaf in cut.leaves() if leaf.score is not None):
                before, columns = wanted.get((leaf.inputs, leaf.point), (np.zeros(len(mask), dtype=bool), {}))
                wanted[leaf.inputs, leaf.point] = (before | mask, {**columns, leaf.column: str(leaf.score)})
        return wanted

    def scores(self, hypothesis: Hypothesis | None = None) -> dict[str, NDArray[np.float32]]:
        """Return every score column for all collected events, nan where no region asks for it."""
        if self.scorer is None:
            message = f"the network {self.network!r} is not on this machine: scores and yields cannot be shown"
            raise MissingData(message)
        if hypothesis is None and self._clean is not None:
            return self._clean
        out = {}
        for (variant, point), (mask, columns) in self._reach.items():
            matrix = self.matrices[variant]
            mine = mask[matrix.rows]
            found = self.scorer.scores(matrix.raw[mine], self._files[variant][mine], point, hypothesis)
            for column, output in columns.items():
                out[column] = np.full(len(self.collected), np.nan, dtype=np.float32)
                out[column][matrix.rows[mine]] = found[:, self.card.output_names.index(output)]
        if hypothesis is None:
            self._clean = out
        return out

    def with_inputs(self, raw: NDArray[np.float64], rows: NDArray[np.int64] | None) -> Bench:
        """Return the bench with other inputs in place of the clean ones of the default variant.

        Parameters
        ----------
        raw
            Raw inputs, shape (N, K).
        rows
            Which row of the main matrix each of them replaces, shape (N,); None for all, in order.
        """
        twin = copy.copy(self)
        main = self.main
        inputs = np.array(main.raw)
        inputs[slice(None) if rows is None else rows] = raw
        twin.matrices = {**self.matrices, "default": replace(main, raw=inputs)}
        twin._clean = None
        return twin

    def selected(self, hypothesis: Hypothesis | None = None) -> dict[str, NDArray[np.bool_]]:
        """Return which events each region selects."""
        columns = {k: np.asarray(v).astype(np.float32) for k, v in self.collected.features.items()}
        scores = self.scores(hypothesis)
        masks = CutMasks({**columns, **scores}, len(self.collected))
        return {region.name: masks.after(region.cuts) for region in self.regions}

    def passing(self, hypothesis: Hypothesis | None = None) -> dict[str, tuple[Count, Count]]:
        """Return, for every region, the events that reach its first cut on a score and those that pass it."""
        selected = self.selected(hypothesis)
        out = {}
        for region in self.regions:
            first = next(i for i, cut in enumerate(region.cuts) if cut.uses_network)
            reach = self._masks.after(region.cuts[:first])
            weight = self.collected.weight
            out[region.name] = (count_events(reach, weight), count_events(selected[region.name], weight))
        return out

    def region_effects(self, hypothesis: Hypothesis) -> tuple[RegionEffect, ...]:
        """Return every region under a hypothesis beside the contract."""
        clean, trapped = self.selected(), self.selected(hypothesis)
        weight = self.collected.weight
        return tuple(
            RegionEffect(
                name, count_events(mask, weight), count_events(trapped[name], weight),
                count_events(mask ^ trapped[name], weight),
            )
            for name, mask in clean.items()
        )  # fmt: skip

    def effect(self, hypothesis: Hypothesis) -> Effect:
        """Return everything that a hypothesis changes."""
        return Effect(
            hypothesis, self.network, self.label, self.region_effects(hypothesis), self.main.raw,
            hypothesis.apply(self.main.raw, self.files), self.scores(), self.scores(hypothesis),
        )  # fmt: skip


def files_for(card: ModelCard, matrix: NetworkMatrix) -> NDArray[np.int64]:
    """Return which file each row of a matrix is for, shape (M,)."""
    if len(card.files) == 1 and not card.files[0].when:
        return np.zeros(len(matrix), dtype=np.int64)
    return file_of_event(card, matrix.chosen_by, len(matrix))


def bench(
    search: Any,
    result: Any,
    *,
    network: str | None = None,
    sample: Any = None,
    network_file: Any = None,
    max_events: int | None = None,
    options: Mapping[str, Any] | None = None,
    stage: str = "score",
) -> Bench:
    """Return the bench of one network of a search, on the events of a result; arguments as for :func:`effect`."""
    name = _network_name(search, network)
    key = None
    if sample is None and network_file is None:
        header = json.dumps(result.header.to_dict(), default=str, sort_keys=True)
        key = (type(search), header, result.events_path, result.n_events, name, max_events, stage, str(options))
        if key in _KEPT:
            return _KEPT[key]
    card = search.cards[name]
    same = {o.name: o.default for o in card.options if o.name in search.switches} | dict(options or {})
    typed = {k: next((a for a in search.switches[k].alternatives if str(a) == str(v)), v) for k, v in same.items()}
    run = search.as_run(result, network=network_file)
    card = run.cards[name]
    collected = search.collect_inputs(
        result, sample=sample, network=network_file, max_events=max_events, options=typed, stage=stage
    )
    found = run.networks.get(name)
    scorer = Scorer(Layout(card), found) if found is not None else None
    regions = [r for r in run.region_set.regions.values() if r.name not in result.absent]
    warning = f", {run.network_label}" if run.network_label else ""
    made = Bench(card, scorer, collected, name, regions, f"{result.label}, {card.title}{warning}")
    if key is not None:
        _KEPT[key] = made
        while len(_KEPT) > _MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)))
    return made


def _network_name(search: Any, network: str | None) -> str:
    names: Sequence[str] = list(search.cards)
    if not names:
        message = f"{search.identifier} has no network: there is no convention of inputs to get wrong"
        raise MissingData(message)
    if network is None and len(names) == 1:
        return names[0]
    if network not in names:
        asked = "say which network=" if network is None else f"no network {network!r}"
        message = f"{search.identifier}: {asked}.{did_you_mean(str(network), names)}"
        raise UnknownName(message)
    return str(network)


def effect(
    search: Any,
    result: Any,
    hypothesis: Hypothesis | str,
    *,
    network: str | None = None,
    sample: Any = None,
    network_file: Any = None,
    max_events: int | None = None,
) -> Effect:
    """Show what a mistake would do to the events of a result: inputs, scores and the yield of every region.

    Parameters
    ----------
    search
        The search.
    result
        A result of it; its events are read again (see :func:`recastbook.inputs.collect_inputs`).
    hypothesis
        One of :func:`hypotheses`, or its key.
    network
        Name of the network, for a search with several.
    sample
        The sample, if its events have moved.
    network_file
        The network, if the run was made with a file or card of your own.
    max_events
        At most so many events that reach a score; yields are then of those.

    Returns
    -------
    Effect
        With ``regions``, ``clean_inputs`` and ``trapped_inputs``, ``clean_scores`` and ``trapped_scores``.

    Raises
    ------
    MissingData
        If the search has no network, its file is missing, or the events are gone.
    UnknownName
        If there is no such hypothesis or network.

    Examples
    --------
    >>> import recastbook as rb
    >>> from recastbook.diagnostics.hunt import effect
    >>> from recastbook.events.builtin import builtin_samples
    >>> search = rb.load("ATLAS-SUSY-2018-30")
    >>> result = search.run(builtin_samples()["gtt_2100_1"], network="stand-in", events=300, progress=False)
    >>> found = effect(search, result, "unit: leptons in MeV")
    >>> found["SR-Gtt-2100-1"].trapped.raw <= len(found.clean_inputs)
    True
    """
    found = bench(search, result, network=network, sample=sample, network_file=network_file, max_events=max_events)
    return found.effect(_chosen(found.card, hypothesis))


def _chosen(card: ModelCard, wanted: Hypothesis | str) -> Hypothesis:
    if isinstance(wanted, Hypothesis):
        return wanted
    known = {h.key: h for h in hypotheses(card)}
    if wanted not in known:
        message = f"no hypothesis {wanted!r} about {card.title!r}.{did_you_mean(wanted, known)}"
        raise UnknownName(message)
    return known[wanted]
