"""What a run leaves behind: cutflows, yields, histograms and the slim table, with where they come from."""

from __future__ import annotations

import json
import math
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from recastbook.cutflow import (
    TOWARDS_ONE,
    Count,
    Cutflow,
    CutflowStep,
    MovingCuts,
    PublishedCutflow,
    RegionYield,
    SlimTable,
    Undefined,
    Yields,
    moved_cutflow,
    transformed,
)
from recastbook.display import (
    Html,
    TableView,
    Tabular,
    badge,
    card,
    number,
    text_card,
)
from recastbook.exceptions import AnalysisError, BadFile, BadOption, UnknownName, did_you_mean
from recastbook.regions import Cut, Region, parse_cut
from recastbook.units import invfb
from recastbook.writing import whole

if TYPE_CHECKING:
    import hist
    from matplotlib.axes import Axes

    from recastbook.analysis import Analysis
    from recastbook.cutflow import Moves
    from recastbook.detector import DetectorCard
    from recastbook.events.sample import Sample
    from recastbook.plots import Published

__all__ = ["Origin", "Result", "RunHeader"]

_FORMAT = 1
ALL_EVENTS = "all events"


@dataclass(frozen=True)
class RunHeader:
    """Everything about a run that does not grow with the events: two results add only if it is equal."""

    analysis: str
    title: str
    experiment: str
    luminosity_fb: float
    """Integrated luminosity in fb^-1."""
    regions: tuple[Region, ...]
    absent: tuple[tuple[str, str], ...]
    """Regions that could not be evaluated, with the reason."""
    sample: Mapping[str, Any]
    """Label, process, cross section (pb) and its source, masses, files."""
    features: Mapping[str, tuple[str, str]]
    """Feature or score -> (unit, label)."""
    seed: int
    provenance: Mapping[str, Any]
    """Options, detector card, network, versions."""
    network_label: str = ""
    """Empty for the published network, else what it is."""
    preselections: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready description."""
        out = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "regions"}
        return {**out, "regions": [r.to_dict() for r in self.regions]}

    # found by name in every loop over regions: with ten thousand of them, made each time, an hour goes by

    @cached_property
    def by_name(self) -> dict[str, Region]:
        """The regions by name."""
        return {r.name: r for r in self.regions}

    @cached_property
    def reasons(self) -> dict[str, str]:
        """Regions that could not be evaluated, with the reason."""
        return dict(self.absent)

    @cached_property
    def slim_cuts(self) -> tuple[Cut, ...]:
        """What an event had to pass to be in the slim table."""
        return tuple(parse_cut(c) for c in self.provenance.get("slim_cuts", ()))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunHeader:
        """Build a header from what :meth:`to_dict` returned, also after a trip through JSON."""
        out = dict(data)
        out["regions"] = tuple(Region.from_dict(r) for r in data["regions"])
        out["absent"] = tuple((str(a), str(b)) for a, b in data["absent"])
        out["features"] = {k: (str(u), str(t)) for k, (u, t) in data["features"].items()}
        out["preselections"] = tuple(data["preselections"])
        return cls(**out)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a result was made from, to make another like it; a result that was loaded from disk has none."""

    search: Analysis
    """With its options and network."""
    sample: Sample
    detector: DetectorCard
    events: int | None = None
    """Only the first events of the sample; None for all."""


@dataclass
class Result(Tabular):
    """What a search makes of a sample.

    Results of disjoint parts of a sample add up; :meth:`save` and :meth:`load` are exact.
    """

    header: RunHeader
    counts: dict[str, tuple[Count, ...]]
    """Region -> counts: all events, then one entry a cut."""
    histograms: dict[str, hist.Hist]
    """Feature or score -> histogram with the axes stage and value, in the feature's unit."""
    slim: SlimTable = field(default_factory=SlimTable)
    published: dict[str, PublishedCutflow] = field(default_factory=dict, repr=False)
    """Region -> published cutflow, as the search ships it."""
    undefined: dict[tuple[str, str, str], Undefined] = field(default_factory=dict)
    """What regions lose to features that are NaN, by region, feature and cut; empty if nothing is lost."""
    events_path: str = ""
    """Where the events were read from, so that inputs of networks can be read again; empty if unknown."""
    origin: Origin | None = field(default=None, repr=False, compare=False)
    """What it was made from; None for a part of a run, and for a result that was loaded."""

    # -- adding ---------------------------------------------------------------------------------

    def __iadd__(self, other: Result) -> Self:
        if self.header.to_dict() != other.header.to_dict():
            msg = "two results add only if search, sample, options, seed, detector card and network are the same"
            raise AnalysisError(msg)
        for region, counts in other.counts.items():
            self.counts[region] = tuple(a + b for a, b in zip(self.counts[region], counts, strict=True))
        for name, histogram in other.histograms.items():
            self.histograms[name] += histogram
        self.slim = self.slim + other.slim
        for key, lost in other.undefined.items():
            self.undefined[key] = self.undefined[key] + lost if key in self.undefined else lost
        return self

    def __add__(self, other: Result) -> Result:
        copied = Result(
            self.header,
            dict(self.counts),
            {k: h.copy() for k, h in self.histograms.items()},
            self.slim,
            self.published,
            dict(self.undefined),
            self.events_path,
        )
        copied += other
        return copied

    # -- reading --------------------------------------------------------------------------------

    @property
    def total(self) -> Count:
        """All events that were processed."""
        return next(iter(self.counts.values()))[0] if self.counts else Count()

    @property
    def n_events(self) -> int:
        """Number of simulated events that were processed."""
        return self.total.raw

    @property
    def label(self) -> str:
        """Label of the sample."""
        return str(self.header.sample.get("label", "sample"))

    @property
    def cross_section(self) -> float | None:
        """Cross section in pb, None if unknown."""
        value = self.header.sample.get("cross_section")
        return None if value is None else float(value)

    @property
    def scale(self) -> float | None:
        """What turns a sum of weights into expected events: cross section x luminosity / sum of weights."""
        if self.cross_section is None or self.total.sum_w == 0:
            return None
        return self.cross_section * self.header.luminosity_fb * invfb / self.total.sum_w

    @property
    def regions(self) -> dict[str, Region]:
        """The regions, present or absent, by name."""
        return self.header.by_name

    @property
    def absent(self) -> dict[str, str]:
        """Regions that were not evaluated, with the reason."""
        return self.header.reasons

    @property
    def provenance(self) -> dict[str, Any]:
        """Where the numbers come from: sample, search, options, seed, detector card, network, versions."""
        keys = ("analysis", "sample", "seed", "network_label")
        return {k: getattr(self.header, k) for k in keys} | dict(self.header.provenance) | {"events": self.n_events}

    @cached_property
    def search(self) -> Analysis:
        """The search as it was run; for a result that was loaded, the known one with the same options and network.

        Raises
        ------
        UnknownAnalysis
            If the result was loaded and its search is not known here.
        """
        if self.origin is not None:
            return self.origin.search
        from recastbook.inputs import is_stand_in
        from recastbook.registry import load

        network = "stand-in" if is_stand_in(self.header.network_label) else None
        return load(self.header.analysis).configured(options=self.header.provenance.get("options"), network=network)

    @property
    def about(self) -> str:
        """What the events are, in the words that figures carry: simulation, and by what."""
        generator = self.header.sample.get("generator")
        return f"simulation, {generator}" if generator else "simulation"

    def _region(self, name: str) -> Region:
        regions = self.regions
        if name not in regions:
            msg = f"{self.header.analysis} has no region {name!r}.{did_you_mean(name, regions)}"
            raise UnknownName(msg)
        return regions[name]

    def _note(self, region: Region) -> str:
        stand_in = self.header.network_label if region.needs_network else ""
        return "; ".join(n for n in (region.status, stand_in) if n)

    def moving(self, region: str) -> MovingCuts:
        """Return the cuts of one region ready to be moved on the slim table, without running anything again.

        Raises
        ------
        UnknownName
            If there is no such region, or none of it was counted.
        """
        found = self._region(region)
        return MovingCuts(found, self.slim, self._counts(region), slim_cuts=self.header.slim_cuts)

    def _counts(self, region: str) -> tuple[Count, ...]:
        counts = self.counts.get(self._region(region).name, ())
        if not counts:
            msg = f"{region} is absent: {self.absent.get(region, 'it was not counted')}"
            raise UnknownName(msg)
        return counts

    def cutflow(self, region: str, *, moved: Moves | None = None) -> Cutflow:
        """Return the cutflow of one region.

        One that is absent for want of its network has the rows before its first score, and a note that says why.

        Parameters
        ----------
        region
            Name of the region.
        moved
            Cuts to move: number in the cutflow -> comparator -> value, for example ``{7: {"min": 250.0}}``. It works
            on the slim table; rows that this cannot follow exactly say so.

        Raises
        ------
        UnknownName
            If there is no such region, or none of it was counted (the reason is in the message).
        BadOption
            If a cut cannot be moved like that.
        """
        if moved:
            return moved_cutflow(self.cutflow(region), self.moving(region), moved)
        found = self._region(region)
        counts = self._counts(region)
        labels = [ALL_EVENTS, *(c.text for c in found.cuts), "region probability"]
        notes = [found.note] if found.note else []
        if region in self.absent:
            notes.append(f"from {labels[len(counts)]!r} on this region is absent: {self.absent[region]}")
        labels = labels[: len(counts)]
        probability = len(found.cuts) + 1 if found.surrogate else len(counts)
        first = next((i + 1 for i, cut in enumerate(found.cuts) if cut.uses_network), probability)
        networks = [self.header.network_label if i >= first else "" for i in range(len(counts))]
        probable = [i > len(found.cuts) for i in range(len(counts))]
        steps = tuple(CutflowStep(*row) for row in zip(labels, counts, networks, probable, strict=True))
        label = "; ".join(t for t in (self.label, self._note(found)) if t)
        process = str(self.header.sample.get("process") or "")
        return Cutflow(region, steps, self.scale, self.published.get(region), label, tuple(notes), process)

    def yields(self, kind: str | None = None) -> Yields:
        """Return raw count, sum of weights, error, efficiency and expected events of every region."""
        rows = []
        absent = self.absent
        for region in self.header.regions:
            if kind is not None and region.kind != kind:
                continue
            common: dict[str, Any] = {
                "region": region.name, "kind": region.kind, "group": region.group, "note": self._note(region),
            }  # fmt: skip
            if region.name in absent:
                nothing: dict[str, Any] = dict.fromkeys(
                    ("raw", "sum_w", "sum_w2", "error", "efficiency", "efficiency_error", "events", "events_error")
                )
                rows.append(RegionYield(**common, **nothing, status="absent", reason=absent[region.name]))
                continue
            flow = self.cutflow(region.name)
            count = flow.steps[-1].count
            eff, eff_error = flow.efficiency()
            scale = self.scale
            rows.append(
                RegionYield(
                    **common, raw=count.raw, sum_w=count.sum_w, sum_w2=count.sum_w2, error=count.error,
                    efficiency=None if math.isnan(eff) else eff,
                    efficiency_error=None if math.isnan(eff_error) else eff_error,
                    events=None if scale is None else count.sum_w * scale,
                    events_error=None if scale is None else count.error * abs(scale), status="ok",
                )
            )  # fmt: skip
        reasons = dict.fromkeys(r.reason for r in rows if r.reason)
        notes = [f"absent: {_names([r.region for r in rows if r.reason == why])}: {why}" for why in reasons]
        if self.header.network_label:
            surrogates = any(r.surrogate for r in self.header.regions)
            which = "region probabilities" if surrogates else "regions with a score"
            notes.append(f"{which} were evaluated with a {self.header.network_label}")
        notes += map(str, self.header.provenance.get("remarks", ()))
        if self.scale is None:
            notes.append(
                "no cross section is known for this sample: give Sample(..., cross_section=...) for expected events"
            )
        title = f"{self.header.analysis}: {self.label}, {self.n_events} events"
        return Yields(tuple(rows), title, tuple(notes))

    def histogram(self, name: str, stage: str = ALL_EVENTS) -> hist.Hist:
        """Return the histogram of a feature or score at a stage (``all events`` or a preselection).

        Raises
        ------
        UnknownName
            If there is no such histogram or stage.
        """
        if name not in self.histograms:
            msg = f"no histogram of {name!r}.{did_you_mean(name, self.histograms)}"
            raise UnknownName(msg)
        stages = list(self.histograms[name].axes[0])
        if stage not in stages:
            msg = f"no stage {stage!r}.{did_you_mean(stage, stages)}"
            raise UnknownName(msg)
        return self.histograms[name][stage, :]

    def n_minus_one(
        self,
        region: str,
        column: str,
        *,
        moved: Moves | None = None,
        transform: str | None = None,
        axis: tuple[int, float, float] | None = None,
    ) -> hist.Hist:
        """Return the distribution of a feature or score after all cuts of a region but those on it.

        It is made from the slim table, so events that fail the slim preselection are missing; see
        ``provenance["slim"]``.

        Parameters
        ----------
        region
            Name of a region that was evaluated.
        column
            A feature or score column of the slim table.
        moved
            Where the other cuts are, as for :meth:`cutflow`.
        transform
            ``"log10"``, ``"abs"`` or, for a score p, ``"-log10(1-p)"``, which spreads what is near 1.
        axis
            Number of bins, start and stop; by default those of the column's histogram.

        Returns
        -------
        hist.Hist
            One axis in the feature's unit, weighted.

        Raises
        ------
        UnknownName
            If the region is absent or the column is not in the slim table.
        BadOption
            If the transform is unknown.
        """
        if region in self.absent:
            msg = f"{region} is absent: {self.absent[region]}"
            raise UnknownName(msg)
        moving = self.moving(region)
        values = transformed(self.slim.column(column), transform)
        keep = moving.passing(without=column, moves=moved)
        label = self.header.features.get(column, ("1", column))[1]
        if transform == TOWARDS_ONE:
            n, start, stop, label = 60, 0.0, 7.5, f"{TOWARDS_ONE}, p = {column}"
            values = np.minimum(values, np.float32(stop - 1e-6))  # p = 1 in float32 belongs to the last bin
        elif column in self.histograms and transform is None:
            own: Any = self.histograms[column].axes[1]
            n, start, stop, label = len(own), own.edges[0], own.edges[-1], own.label
        else:
            n, start, stop = _binning(values)
        if axis is not None:
            n, start, stop = axis
        out = make_histogram([region], n, start, stop, label)
        good = keep & np.isfinite(values)
        out.fill(stage=region, value=values[good], weight=self.slim.column("weight")[good])
        return out[region, :]

    def scores(self, output: str | None = None) -> tuple[str, ...]:
        """Return the names of the score columns, or those of one output (``p_gtt``)."""
        names = tuple(n for n in self.histograms if any(n == leaf for leaf in self._score_columns()))
        return names if output is None else tuple(n for n in names if n == output or n.startswith(f"{output}["))

    def _score_columns(self) -> set[str]:
        leaves = (leaf for r in self.header.regions for c in r.cuts for leaf in c.leaves())
        return {leaf.column for leaf in leaves if leaf.score is not None}

    # -- pictures -------------------------------------------------------------------------------

    def plot_feature(
        self,
        name: str,
        *others: Result,
        stage: str | None = None,
        density: bool = False,
        published: Published | None = None,
        ax: Axes | None = None,
    ) -> Any:
        """Draw the distribution of a feature before and after preselection, or of several samples at one stage.

        Parameters
        ----------
        name
            A feature that has a histogram.
        *others
            Results of the same search on other samples, drawn over this one, each in expected events of its own.
        stage
            ``all events`` or a preselection; with other results ``all events`` by default.
        density
            Divide each by its sum, to compare shapes.
        published
            Points of a paper to draw beside it (:class:`recastbook.plots.Published`), in what the axes show.
        ax
            Axes to draw into.

        Raises
        ------
        UnknownName
            If there is no such histogram or stage.
        """
        from recastbook import plots

        unit, label = self.header.features.get(name, ("1", name))
        one = [stage] if stage is not None else [ALL_EVENTS]
        stages = one if stage is not None or others else [ALL_EVENTS, *self.header.preselections[:1]]
        drawn, scale = self._overlaid(name, stages, others, density=density)
        return plots.feature(
            drawn, label=label, unit=unit, scale=scale, density=density, published=published, right=self._right(),
            about=self.about, ax=ax,
        )  # fmt: skip

    def _overlaid(
        self, name: str, stages: list[str], others: tuple[Result, ...], *, density: bool = False
    ) -> tuple[dict[str, hist.Hist], float | None]:
        """Return histograms by sample and stage, in events where every sample has a cross section, and their scale."""
        results = (self, *others)
        scales = [r.scale for r in results]
        known = not density and all(s is not None for s in scales)
        drawn: dict[str, hist.Hist] = {}
        for result, scale in zip(results, scales, strict=True):
            for stage in stages:
                key = f"{result.label}, {stage}"
                while key in drawn:  # two samples of one label are two lines
                    key += "'"
                histogram = result.histogram(name, stage)
                drawn[key] = histogram * scale if known and scale is not None else histogram
        return drawn, 1.0 if known else None

    def plot_score(
        self,
        output: str,
        *others: Result,
        region: str | None = None,
        tail: bool | None = None,
        published: Published | None = None,
        ax: Axes | None = None,
    ) -> Any:
        """Draw the distribution of a score, with the cut of a region, or with the edges of the bins that are counted.

        In the bins of a search, beside published counts: :func:`recastbook.plots.score_bins`.

        Parameters
        ----------
        output
            Name of an output (``p_gtt``) or of a score column (``p_gtt[1,2100,1]``).
        *others
            Results of the same search on other samples, drawn over this one.
        region
            Draw the score as this region asks for it, with its cut; the first region that uses it by default.
        tail
            On a scale of log10(1 - p), where scores near 1 stand apart; made from the slim table. By default where
            the region cuts so near to 1 that the cut would lie in the last bin.
        published
            Points of a paper to draw beside it (:class:`recastbook.plots.Published`): scores, and what the vertical
            axis shows.
        ax
            Axes to draw into.

        Raises
        ------
        UnknownName
            If the run had no network, or the output does not exist.
        """
        from recastbook import plots
        from recastbook.plots.score_bins import bin_edges

        leaves = [
            (r, leaf)
            for r in self.header.regions
            for c in r.cuts
            for leaf in c.leaves()
            if leaf.score is not None and output in (leaf.score, leaf.column) and (region in (None, r.name))
        ]
        if not leaves:
            known = {leaf.score for r in self.header.regions for c in r.cuts for leaf in c.leaves() if leaf.score}
            where = f" in region {region!r}" if region else ""
            msg = f"no cut on a score {output!r}{where}.{did_you_mean(output, known)}"
            raise UnknownName(msg)
        found, leaf = next((pair for pair in leaves if pair[1].column in self.histograms), leaves[0])
        if leaf.column not in self.histograms:
            reason = self.absent.get(found.name, "the network was not run")
            msg = f"the score {output!r} was not computed: {reason}"
            raise UnknownName(msg)
        cuts = leaf.bounds if leaf.transform is None else ()
        # a region that is one of many bins cuts nothing away: its edges are those of the bins
        edges = bin_edges(self.header.regions, leaf.column).get(found.parent, ())
        cuts = () if len(edges) else cuts
        stage = found.preselection or ALL_EVENTS
        shared: dict[str, Any] = {
            "cuts": cuts, "bin_edges": edges, "note": self.header.network_label or None, "right": self._right(),
            "about": self.about, "published": published, "ax": ax,
        }  # fmt: skip
        if tail is None:
            last = 1.0 - self.histograms[leaf.column].axes["value"].widths[-1]
            tail = leaf.column in self.slim.names and any(last < b.value < 1.0 for b in cuts)
        if tail:
            results = [r for r in (self, *others) if leaf.column in r.slim.names]
            scaled = all(r.scale is not None for r in results)
            slim: dict[str, Any] = {}
            for r in results:
                weight = r.slim.column("weight")
                key = r.label
                while key in slim:  # two samples of one label are two lines
                    key += "'"
                slim[key] = (r.slim.column(leaf.column), weight * r.scale if scaled and r.scale is not None else weight)
            return plots.score_tail(slim, label=leaf.column, scale=1.0 if scaled else None, **shared)
        drawn, scale = self._overlaid(leaf.column, [stage], others)
        return plots.score(drawn, label=leaf.column, scale=scale, **shared)

    def plot_yields(self, *, ax: Axes | None = None) -> Any:
        """Draw the signal over published background and observation, for all signal regions that have them.

        Raises
        ------
        BadOption
            If nothing is published for any region.
        UnknownAnalysis
            If the result was loaded and its search is not known here.
        """
        from recastbook import plots

        search = self.search
        source = next((t.header.source for t in search.tables.values() if t.header.kind == "yields"), "")
        return plots.yields(
            self.yields("signal"), search.counting_models(), label=self.label, source=source.split(";")[0],
            note=self.header.network_label or None, right=self._right(), about=self.about, ax=ax,
        )  # fmt: skip

    def plot_n_minus_one(self, region: str, column: str, *, log: bool = False, ax: Axes | None = None) -> Any:
        """Draw a feature or score after all cuts of a region but those on it; what those take away is shaded.

        Raises
        ------
        UnknownName
            If the region is absent or the column is not in the slim table.
        """
        from recastbook import plots

        found = self._region(region)
        unit, label = self.header.features.get(column, ("1", column))
        bounds = [b for c in found.cuts if c.column == column and c.transform is None for b in c.bounds]
        return plots.n_minus_one(
            {f"{self.label}, other cuts": self.n_minus_one(region, column)}, bounds=bounds[-1:], label=label, unit=unit,
            scale=self.scale, log=log, note=self._note(found) or None, right=f"N-1, {region}", about=self.about, ax=ax,
        )  # fmt: skip

    def plot_cutflow(self, region: str, **options: Any) -> Any:
        """Draw a region's cutflow beside the published one."""
        from recastbook import plots

        options = {"about": self.about, **options}
        return plots.cutflow(self.cutflow(region).compare(), note=self._note(self._region(region)) or None, **options)

    def _right(self) -> str:
        return f"recast of {self.header.analysis}, {self.header.luminosity_fb:g} fb$^{{-1}}$"

    def what_if(self, *, progress: bool = True, **shifts: float) -> Result:
        """Run again with a detector that is turned away from its card, from the truth objects of the same events.

        Random numbers stay what they are, so the difference of the two results has a smaller error than either.

        Parameters
        ----------
        progress
            Show progress bars for what takes longer than a moment.
        **shifts
            Factors on efficiencies and resolutions, see :class:`recastbook.detector.Shifts`: ``btag=0.9``,
            ``jet_scale=1.02``, ``met_resolution=10`` (GeV)...

        Raises
        ------
        BadOption
            If the events were reconstructed by somebody else: there is no detector to turn.
        MissingData
            If the events are no longer where they were.
        UnknownName
            If there is no such shift.

        Examples
        --------
        >>> import recastbook as rb
        >>> from recastbook.events.builtin import builtin_samples
        >>> result = rb.load("ATLAS-SUSY-2018-30").run(builtin_samples()["gtt_2100_1"], events=300, progress=False)
        >>> fewer = result.what_if(btag=0.8, progress=False)
        >>> fewer.yields()["SR-Gtt-0L-B"].raw < result.yields()["SR-Gtt-0L-B"].raw
        True
        """
        from recastbook.inputs import detector_of, events_of
        from recastbook.running import RECONSTRUCTED, run

        if self.header.sample.get("level") == RECONSTRUCTED:
            msg = f"the events of {self.label!r} hold reconstructed objects, on which no detector of ours acts"
            raise BadOption(msg)
        origin, search = self.origin, self.search
        card = detector_of(search, self, None if origin is None else origin.detector).shifted(**shifts)
        sample = events_of(self) if origin is None else origin.sample
        return run(
            search, sample, seed=self.header.seed, detector=card, executor="iterative", workers=None,
            events=self.n_events, work_dir=None, progress=progress,
        )  # fmt: skip

    def explore(self, *others: Result, **choices: Any) -> Any:
        """Open the explorer: regions, scores, cutflows, verdict and more, a tab each.

        Parameters
        ----------
        *others
            Results of the same search on other samples, to be shown beside this one.
        **choices
            For example ``tab="Cutflow"``; see :class:`recastbook.widgets.Explorer`.
        """
        from recastbook.widgets import explore

        return explore(self, *others, **choices)

    # -- keeping --------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write everything into a folder; :meth:`load` gives an equal result.

        Parameters
        ----------
        path
            A folder; it is made if needed, and what a finished save left there is replaced.
        """
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, Any] = {}
        for i, counts in enumerate(self.counts.values()):
            arrays[f"raw_{i}"] = np.array([c.raw for c in counts], dtype=np.int64)
            arrays[f"sums_{i}"] = np.array([[c.sum_w, c.sum_w2] for c in counts], dtype=np.float64)
        axes = {}
        for i, (name, histogram) in enumerate(self.histograms.items()):
            view: Any = histogram.view(flow=True)
            arrays[f"value_{i}"], arrays[f"variance_{i}"] = view.value, view.variance
            axis: Any = histogram.axes[1]
            axes[name] = {"stages": list(histogram.axes[0]), "edges": [len(axis), axis.edges[0], axis.edges[-1]],
                          "label": axis.label}  # fmt: skip
        slim = self.slim.copy_to(folder / "slim")
        document = {
            "format": _FORMAT,
            "header": self.header.to_dict(),
            "counts": list(self.counts),
            "histograms": axes,
            "published": {k: asdict(v) for k, v in self.published.items()},
            "slim": [p.name for p in slim.parts],
            "undefined": [asdict(lost) for lost in self.undefined.values()],
            "events_path": self.events_path,
        }
        with whole(folder / "arrays.npz") as partial, partial.open("wb") as stream:
            np.savez_compressed(stream, **arrays)
        text = json.dumps(document, indent=1)
        with whole(folder / "result.json") as partial:
            partial.write_bytes(text.encode())
        for old in set((folder / "slim").glob("part-*.arrow")) - set(slim.parts):
            old.unlink()  # parts of what an earlier save left here
        return folder

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Result:
        """Read what :meth:`save` wrote.

        Raises
        ------
        BadFile
            If the folder holds no saved result, or one of another format.
        """
        from recastbook.cutflow import PublishedRow

        folder = Path(path)
        try:
            document = json.loads((folder / "result.json").read_text(encoding="utf-8"))
            if document["format"] != _FORMAT:
                msg = f"{folder}: saved in format {document['format']}, this version reads {_FORMAT}"
                raise BadFile(msg)
            header = RunHeader.from_dict(document["header"])
            with (folder / "arrays.npz").open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
                counts = {}
                for i, region in enumerate(document["counts"]):
                    pairs = zip(arrays[f"raw_{i}"], arrays[f"sums_{i}"], strict=True)
                    counts[region] = tuple(Count(int(raw), float(w), float(w2)) for raw, (w, w2) in pairs)
                histograms = {}
                for i, (name, axes) in enumerate(document["histograms"].items()):
                    n, start, stop = axes["edges"]
                    histogram = make_histogram(axes["stages"], int(n), start, stop, axes["label"])
                    view: Any = histogram.view(flow=True)
                    view.value, view.variance = arrays[f"value_{i}"], arrays[f"variance_{i}"]
                    histograms[name] = histogram
            published = {
                k: PublishedCutflow(**{**v, "rows": tuple(PublishedRow(**r) for r in v["rows"])})
                for k, v in document["published"].items()
            }
            lost = (
                Undefined(**{**u, "events": Count(**u["events"]), "first": tuple(u["first"])})
                for u in document.get("undefined", ())
            )
            undefined = {one.key: one for one in lost}
            slim = SlimTable(tuple(folder / "slim" / Path(n).name for n in document["slim"]))
        except BadFile:
            raise
        except (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error) as error:
            msg = f"{folder}: not a saved result ({type(error).__name__}: {error})"
            raise BadFile(msg) from error
        return cls(header, counts, histograms, slim, published, undefined, str(document.get("events_path", "")))

    # -- showing --------------------------------------------------------------------------------

    def _summary(self) -> dict[str, object]:
        sample = self.header.sample
        sigma = "unknown" if self.cross_section is None else f"{number(self.cross_section * 1e3)} fb"
        if sample.get("cross_section_source"):
            sigma += f" ({sample['cross_section_source']})"
        present = [r for r in self.header.regions if r.name not in self.absent]
        nan = [str(lost) for lost in self.undefined.values()]
        more = [f"and {len(nan) - 3} more (result.undefined)"] if nan[3:] else []
        lost = {"NaN in features": "; ".join([*nan[:3], *more])} if nan else {}
        return {
            "search": f"{self.header.analysis} ({self.header.luminosity_fb:g} fb-1)",
            "events": self.n_events,
            "cross section": sigma,
            "regions": f"{len(present)} evaluated, {len(self.absent)} absent",
            "detector": self.header.provenance.get("detector", {}).get("name", "-"),
            "seed": self.header.seed,
            **lost,
        }

    def __str__(self) -> str:
        notes = [self.header.network_label] if self.header.network_label else []
        return text_card(f"Result: {self.label}", self._summary(), notes=notes)

    def _as_table(self) -> TableView:
        return self.yields()._as_table()

    def _repr_html_(self) -> Html:
        labels = [badge(self.header.network_label, "warning")] if self.header.network_label else []
        best = self.yields("signal")
        return card(f"Result: {self.label}", self._summary(), badges=labels, body=[best])


def make_histogram(stages: list[str], bins: int, start: float, stop: float, label: str) -> hist.Hist:
    """Return an empty histogram with the axes stage and value, that keeps sums of squared weights."""
    import hist

    return hist.Hist(
        hist.axis.StrCategory(stages, name="stage", label="stage"),
        hist.axis.Regular(bins, start, stop, name="value", label=label),
        storage=hist.storage.Weight(),
    )


def _binning(values: NDArray[Any]) -> tuple[int, float, float]:
    """Return bins that hold all values: one a number where they are few whole numbers."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 40, 0.0, 1.0
    start, stop = float(finite.min()), float(finite.max())
    if stop - start < 40 and bool((finite == np.round(finite)).all()):
        return int(stop - start) + 1, start - 0.5, stop + 0.5
    # the largest value belongs into the last bin
    return 40, start, float(np.nextafter(np.float32(stop), np.float32(np.inf))) if stop > start else start + 1.0


def _names(regions: list[str]) -> str:
    shown = 3
    return ", ".join(regions[:shown]) + (f" and {len(regions) - shown} more" if len(regions) > shown else "")
