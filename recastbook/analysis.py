"""A search: the contract of its physics, and a thin facade that runs it."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from recastbook.cutflow import PublishedCutflow, tie
from recastbook.display import (
    Html,
    TableView,
    Tabular,
    badge,
    card,
    copies,
    fold,
    html_table,
    joined,
    svg_tree,
    text_card,
)
from recastbook.documents import read_yaml
from recastbook.exceptions import (
    AnalysisError,
    BadOption,
    BadSpecification,
    MissingData,
    UnknownName,
    did_you_mean,
)
from recastbook.published import Table, load_tables
from recastbook.regions import Cut, Option, Region, RegionSet
from recastbook.units import invfb

if TYPE_CHECKING:
    import os

    import awkward as ak

    from recastbook.detector import DetectorCard
    from recastbook.diagnostics.domain import DomainReport
    from recastbook.diagnostics.explain import EventExplanation, RegionExplanation
    from recastbook.diagnostics.hunt import HuntReport, HuntReports
    from recastbook.events.sample import Sample
    from recastbook.network.card import ModelCard
    from recastbook.network.collected import CollectedInputs
    from recastbook.network.network import Network
    from recastbook.network.session import Session
    from recastbook.result import Result
    from recastbook.statistics import Verdict

__all__ = ["Analysis"]

STAND_IN = "stand-in"
ONLY_NETWORK = "network"
"""Name of the network of a search that has one."""
_REQUIRED_INFO = ("id", "experiment", "energy_tev", "luminosity_fb", "title", "status")


class Analysis(Tabular):
    """Base class of every search.

    A search derives from it and gives the physics that needs code, as pure functions of arrays; numbers stand in the
    YAML files beside it (``info.yaml``, ``regions.yaml``, ``network.yaml``, ``published/*.yaml``). A search written in
    a notebook may give the content of ``info.yaml`` and ``regions.yaml`` as class attributes ``info`` and ``regions``.

    Parameters
    ----------
    options
        Switches that differ from their defaults; see :attr:`options`.
    """

    identifier: ClassVar[str] = ""
    """The search's name, as the experiment writes it."""
    api_version: ClassVar[int] = 1
    """Version of this contract."""
    weighted_regions: ClassVar[tuple[str, ...]] = ()
    """Regions that :meth:`region_weights` gives a probability for."""

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        self._given_options = dict(options or {})
        self.session: Session | None = None
        self.network_label = ""
        self.network_reason = ""
        self._card: ModelCard | None = None
        self._cards: dict[str, ModelCard] | None = None
        self._sessions: dict[str, tuple[Session, ...]] = {}
        self._missing: dict[str, str] = {}
        self._check_features(self.region_set)  # mistakes in YAML are found here, before any event is read

    def _check_features(self, regions: RegionSet) -> None:
        from recastbook.features import FEATURES

        known = {*FEATURES, *(self.about.get("features") or {})}
        for name in regions.feature_names:
            if name not in known:
                msg = (
                    f"{self.identifier}: regions.yaml uses the unknown feature {name!r}.{did_you_mean(name, known)} "
                    "A feature of the search's own is declared in info.yaml: features: {NAME: {unit: ..., label: ...}}"
                )
                raise BadSpecification(msg)
        units = {name: entry.unit for name, entry in FEATURES.items()}
        units |= {name: str(entry.get("unit", "1")) for name, entry in (self.about.get("features") or {}).items()}
        for leaf in (leaf for cut in regions.distinct_cuts for leaf in cut.leaves() if leaf.feature is not None):
            if leaf.unit not in ("1", units[str(leaf.feature)]):
                own = units[str(leaf.feature)]
                msg = f"{self.identifier}: regions.yaml cuts on {leaf.feature!r} in {leaf.unit}: it is in {own}"
                raise BadSpecification(msg)

    # -- the physics a search gives ---------------------------------------------------------------

    def objects(self, events: ak.Array, detector: Any) -> dict[str, Any]:  # noqa: ARG002 - a contract
        """Return named collections.

        Parameters
        ----------
        events
            Record array of N events at the truth level (see :mod:`recastbook.events.columns`).
        detector
            What turns them into reconstructed objects (see :mod:`recastbook.detector`).
        """
        msg = f"{type(self).__name__} does not define objects(events, detector)"
        raise AnalysisError(msg)

    def features(self, objects: Mapping[str, Any]) -> dict[str, NDArray[Any]]:  # noqa: ARG002
        """Return one array of shape (N,) for every feature that regions.yaml uses; NaN where undefined."""
        msg = f"{type(self).__name__} does not define features(objects)"
        raise AnalysisError(msg)

    def network_inputs(
        self,
        objects: Mapping[str, Any],  # noqa: ARG002
        variant: str = "default",  # noqa: ARG002
        mask: NDArray[np.bool_] | None = None,  # noqa: ARG002
    ) -> NDArray[np.float64]:
        """Return the raw inputs in the card's order for the events of a mask, shape (number of them, inputs)."""
        msg = f"{type(self).__name__} has a network but does not define network_inputs(objects, variant, mask)"
        raise AnalysisError(msg)

    def inputs_for(
        self,
        network: str,  # noqa: ARG002
        objects: Mapping[str, Any],
        variant: str = "default",
        mask: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        """Return the raw inputs of one of several networks; a search with one gives :meth:`network_inputs`.

        Parameters
        ----------
        network
            Name of the network, a key of :attr:`cards`.
        objects, variant, mask
            As for :meth:`network_inputs`.
        """
        return self.network_inputs(objects, variant=variant, mask=mask)

    def region_weights(self, features: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float64]]:  # noqa: ARG002
        """Return probabilities in [0, 1] for the regions of :attr:`weighted_regions`, each of shape (N,)."""
        return {}

    # -- what stands in YAML ------------------------------------------------------------------------

    @classmethod
    def folder(cls) -> Path | None:
        """Return the folder of the search's YAML files, None for one written in a notebook."""
        module = importlib.import_module(cls.__module__)
        file = getattr(module, "__file__", None)
        folder = Path(file).parent if file else None
        return folder if folder is not None and (folder / "info.yaml").is_file() else None

    @cached_property
    def about(self) -> dict[str, Any]:
        """Content of info.yaml."""
        own = getattr(type(self), "info", None)
        if isinstance(own, Mapping):
            data: Any = dict(own)
        else:
            folder = self.folder()
            if folder is None:
                msg = f"{type(self).__name__}: no info.yaml beside its code and no class attribute info"
                raise AnalysisError(msg)
            data = read_yaml(folder / "info.yaml", what="search description")
        if not isinstance(data, Mapping):
            msg = f"{self.identifier}: info.yaml is no mapping"
            raise BadSpecification(msg)
        missing = [k for k in _REQUIRED_INFO if k not in data]
        if missing:
            msg = f"{self.identifier}: info.yaml lacks {', '.join(missing)}"
            raise BadSpecification(msg)
        for key in ("energy_tev", "luminosity_fb"):
            if isinstance(data[key], bool) or not isinstance(data[key], int | float) or not data[key] > 0:
                msg = f"{self.identifier}: info.yaml: {key} is {data[key]!r}; a positive number without unit is needed"
                raise BadSpecification(msg)
        if data["id"] != self.identifier:
            msg = f"info.yaml is of {data['id']!r}, the class says {self.identifier!r}"
            raise BadSpecification(msg)
        return dict(data)

    @property
    def luminosity_fb(self) -> float:
        """Integrated luminosity, fb^-1."""
        return float(self.about["luminosity_fb"])

    @cached_property
    def region_set(self) -> RegionSet:
        """Regions with the chosen options; thresholds are those of the chosen network."""
        rescale = self._rescale if self.network_label else None
        own = getattr(type(self), "regions", None)
        if isinstance(own, Mapping):
            return RegionSet.from_dict(own, source=self.identifier, options=self._given_options, rescale=rescale)
        folder = self.folder()
        if folder is None or not (folder / "regions.yaml").is_file():
            msg = f"{type(self).__name__}: no regions.yaml beside its code and no class attribute regions"
            raise AnalysisError(msg)
        return RegionSet.load(folder / "regions.yaml", options=self._given_options, rescale=rescale)

    def _rescale(self, cut: Cut, published: float) -> float:
        """Return what stands for a published threshold with a network that is not the published one."""
        if self.card is None:
            return published
        return self.card.threshold(str(cut.score), cut.point or (), published, transform=cut.transform)

    def region(self, name: str) -> Region:
        """Return one region by its name."""
        known = self.region_set.regions
        if name not in known:
            msg = f"{self.identifier} has no region {name!r}.{did_you_mean(name, known)}"
            raise UnknownName(msg)
        return known[name]

    def region_names(self, kind: str | None = None) -> tuple[str, ...]:
        """Return the names of all regions, or of one kind."""
        return tuple(r.name for r in self.region_set.regions.values() if kind in (None, r.kind))

    @property
    def switches(self) -> dict[str, Option]:
        """Switches for what the sources leave open: default, alternatives, reason."""
        return self.region_set.options

    @property
    def options(self) -> dict[str, Any]:
        """Switch -> value in use."""
        return self.region_set.chosen

    @property
    def card(self) -> ModelCard | None:
        """The model card of the network in use (the published one unless another was chosen), None without network."""
        if self._card is None:
            folder = self.folder()
            if folder is not None and (folder / "network.yaml").is_file():
                from recastbook.network.card import ModelCard

                self._card = ModelCard.load(folder / "network.yaml")
        return self._card

    @property
    def cards(self) -> Mapping[str, ModelCard]:
        """Model cards by the name of their network; a search with one network has ``"network"``.

        A search with several lists them in info.yaml: ``networks: {NAME: FILE.yaml}``. A card may have several files,
        each for its events (folds, numbers of jets); scores are found by the names of the cards' outputs.
        """
        if self._cards is None:
            named = self.about.get("networks") or {}
            folder = self.folder()
            if named and folder is not None:
                from recastbook.network.card import ModelCard

                cards = {str(name): ModelCard.load(folder / str(file)) for name, file in named.items()}
                outputs = [output for card in cards.values() for output in card.output_names]
                if len(set(outputs)) < len(outputs):
                    msg = f"{self.identifier}: two networks of info.yaml have an output of the same name: {outputs}"
                    raise BadSpecification(msg)
                self._cards = cards
            else:
                card = self.card
                if card is None:
                    return {}
                return {ONLY_NETWORK: card}
        return self._cards

    @property
    def has_stand_in(self) -> bool:
        """Whether networks or surrogates of our own come with the search, to try the machinery with."""
        folder = self.folder()
        return folder is not None and (folder / "stand_in").is_dir()

    def network_of(self, output: str) -> str:
        """Return the name of the network that has an output."""
        known = {name: network for network, card in self.cards.items() for name in card.output_names}
        if output not in known:
            msg = f"{self.identifier} has no score {output!r}.{did_you_mean(output, known)}"
            raise UnknownName(msg)
        return known[output]

    @cached_property
    def networks(self) -> dict[str, Network]:
        """Networks that can be run, with the options chosen; empty before :meth:`configured` looked them up."""
        sessions = dict(self._sessions)
        if self.session is not None and not sessions:
            sessions[ONLY_NETWORK] = (self.session,)
        if not sessions:
            return {}
        from recastbook.network.network import Network

        out = {}
        for name, opened in sessions.items():
            card = self.cards[name]
            chosen = {o.name: str(self.options[o.name]) for o in card.options if o.name in self.options}
            out[name] = Network(card.with_options(chosen), opened)
        return out

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Published tables by name."""
        folder = self.folder()
        if folder is None or not (folder / "published").is_dir():
            return {}
        return {t.name: t for t in load_tables(folder / "published")}

    @cached_property
    def published_cutflows(self) -> dict[str, PublishedCutflow]:
        """Region -> published cutflow, its rows tied to ours."""
        out = {}
        for table in self.tables.values():
            head = table.header
            if head.kind != "cutflow" or head.region not in self.region_set.regions:
                continue
            found = tie(table, self.region(head.region), str(self.about["experiment"]))
            if found.rows:
                out[head.region] = found
        return out

    # -- running ------------------------------------------------------------------------------------

    def configured(
        self, *, options: Mapping[str, Any] | None = None, network: str | os.PathLike[str] | None = None
    ) -> Analysis:
        """Return a copy with other options and with its network looked up.

        Parameters
        ----------
        options
            Switches to set; the others keep their values.
        network
            None for the published network where it can be found; ``"stand-in"`` for the one we trained; the path of
            the published network's file; or the path of another network's card (YAML).
        """
        twin = copy.copy(self)
        for cached in ("region_set", "published_cutflows", "networks"):
            twin.__dict__.pop(cached, None)
        twin._given_options = {**self._given_options, **(options or {})}
        twin.session, twin.network_label, twin.network_reason, twin._card = None, "", "", None
        twin._sessions, twin._missing = {}, {}
        has_network = bool(self.cards)
        if network is not None and not has_network:
            msg = f"{self.identifier} uses no network; leave out network={str(network)!r}"
            raise BadOption(msg)
        if has_network:
            twin._choose_network(network)
        _ = twin.region_set
        return twin

    def _choose_network(self, network: str | os.PathLike[str] | None) -> None:
        from recastbook.network.card import ModelCard

        folder = self.folder()
        if folder is None:
            return
        if any(len(card.files) > 1 for card in self.cards.values()) or len(self.cards) > 1:
            self._choose_files(network)
            return
        if network is None:
            found = self.card
            if found is None:
                return
            try:
                self.session = found.session()
            except MissingData as error:
                self.network_reason = str(error)
            return
        if str(network) == STAND_IN:
            path = folder / "stand_in" / "network.yaml"
            if not path.is_file():
                msg = f"{self.identifier} ships no stand-in network; give the path of the network file"
                raise MissingData(msg)
            self._card = ModelCard.load(path)
            self.session = self._card.session()
            self.network_label = (
                "stand-in network, not ATLAS" if self.about["experiment"] == "ATLAS" else "stand-in network"
            )
            return
        path = Path(network)
        if not path.exists():
            msg = f"there is no network file {path}; network takes 'stand-in', the published ONNX file or a card (YAML)"
            raise MissingData(msg)
        if path.is_dir() or path.suffix in (".yaml", ".yml"):
            self._card = ModelCard.load(path)
            self.session = self._card.session()
            if self._card != ModelCard.load(folder / "network.yaml"):
                self.network_label = f"{self._card.title}, not the published network"
            return
        if self.card is not None:
            self.session = self.card.session(path)
            self.session.open()

    def _choose_files(self, network: str | os.PathLike[str] | None) -> None:
        """Look up the files of a search with several: in the data store, or in a folder that was given."""
        given = None if network is None else Path(network)
        if given is not None and not given.is_dir():
            names = ", ".join(entry.name for card in self.cards.values() for entry in card.files)
            msg = (
                f"{self.identifier} has several network files and no stand-in; network takes a folder that holds "
                f"them, not {str(network)!r}. They are {names}"
            )
            raise MissingData(msg)
        for name, found in self.cards.items():
            try:
                self._sessions[name] = tuple(
                    found.session(None if given is None else given / entry.name, file=entry.name)
                    for entry in found.files
                )
                if given is not None:
                    for session in self._sessions[name]:
                        session.open()
            except MissingData as error:
                self._sessions.pop(name, None)
                self._missing[name] = str(error)
        if not self._sessions:
            self.network_reason = next(iter(self._missing.values()))

    def run(
        self,
        sample: Sample | str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        seed: int = 1,
        options: Mapping[str, Any] | None = None,
        detector: Any = None,
        network: str | os.PathLike[str] | None = None,
        executor: Any = "iterative",
        workers: int | None = None,
        events: int | None = None,
        work_dir: str | os.PathLike[str] | None = None,
        progress: bool = True,
    ) -> Result:
        """Run the search on a sample.

        Parameters
        ----------
        sample
            A :class:`recastbook.Sample`, or files.
        seed
            Seed of the detector's random numbers; the same seed gives the same result for any chunking or executor.
        options
            Switches to set for this run.
        detector
            Name or path of a detector card, or a card; ``info.yaml`` or ``atlas-run2`` by default.
        network
            See :meth:`configured`.
        executor
            ``"iterative"``, ``"futures"``, ``"dask"``, a ``distributed.Client`` or a coffea executor.
        workers
            Processes for ``futures`` and ``dask``.
        events
            Only the first events of the sample.
        work_dir
            Where the slim table and the chunks of an unfinished run go; the user cache by default.
        progress
            Show progress bars for what takes longer than a moment.

        Returns
        -------
        Result
            Cutflows, yields, histograms and the slim table.

        Raises
        ------
        RunInterrupted
            If the run was stopped: what is finished is kept, ``error.partial`` holds it, and the same call goes on.
        BadFile, BadOption, NetworkError
            For input that cannot be used. If some chunks failed, ``error.partial`` holds the result of the others.
        """
        from recastbook.running import run

        search = self.configured(options=options, network=network)
        return run(
            search, sample, seed=seed, detector=search.detector_card(detector),
            executor=executor, workers=workers, events=events, work_dir=work_dir, progress=progress,
        )  # fmt: skip

    def as_run(self, result: Result, *, network: str | os.PathLike[str] | None = None) -> Analysis:
        """Return the search with the options and network of a result; see :func:`recastbook.inputs.as_run`."""
        from recastbook.inputs import as_run

        return as_run(self, result, network=network)

    def collect_inputs(self, result: Result | None = None, **choices: Any) -> CollectedInputs:
        """Read a sample again and return what networks are fed; see :func:`recastbook.inputs.collect_inputs`."""
        from recastbook.inputs import collect_inputs

        return collect_inputs(self, result, **choices)

    def completed(self, result: Result) -> Result:
        """Return the result of a whole sample, with what only the whole sample can tell.

        A search overrides it to take regions away whose number must not be quoted, with the reason.
        """
        return result

    def detector_card(self, detector: Any = None) -> DetectorCard:
        """Return a detector card: the search's own with its options, one by name or path, or the given one."""
        from recastbook.detector import DetectorCard, load_card

        settings = self.about.get("detector") or {}
        if detector is None:
            overrides = dict(settings.get("overrides") or {})
            for option, choices in (settings.get("by_option") or {}).items():
                overrides |= choices.get(str(self.options[option]), {})
            return load_card(settings.get("card", "atlas-run2"), overrides=overrides)
        return detector if isinstance(detector, DetectorCard) else load_card(detector)

    def why_absent(self, region: Region) -> str:
        """Return why a region's network cannot be run; empty if it can or the region needs none."""
        if region.surrogate:
            return self._missing.get(region.surrogate, "")
        if not region.uses_network:
            return ""
        otherwise = self.network_reason or "the search's network is not available"
        if not self.networks and not self._missing:
            return otherwise
        wanted = {str(leaf.score) for cut in region.cuts for leaf in cut.leaves() if leaf.score is not None}
        missing = [name for name in map(self.network_of, sorted(wanted)) if name not in self.networks]
        return self._missing.get(missing[0], otherwise) if missing else ""

    def hunt(self, result: Result, inputs: Any = None, **choices: Any) -> HuntReport | HuntReports:
        """Ask which convention of a network's inputs a code got wrong.

        Parameters
        ----------
        result
            What :meth:`run` returned.
        inputs
            What that code feeds the network, as a matrix, columns by name or a file; None for the inputs of the result.
        **choices
            Passed on to :func:`recastbook.diagnostics.hunt.hunt`; ``network`` names one of several networks, each of
            which is looked at where it is left out and `inputs` do not tell it by their columns.
        """
        from recastbook.diagnostics.hunt import hunt_in

        return hunt_in(self, result, inputs, **choices)

    # -- judging ------------------------------------------------------------------------------------

    def counting_models(self) -> dict[str, Any]:
        """Return one counting model per signal region with published observation and background."""
        from recastbook.statistics import CountingModel

        table = next((t for t in self.tables.values() if t.header.kind == "yields"), None)
        if table is None:
            return {}
        models = {}
        for name in self.region_names("signal"):
            if name in table.rows:
                observed = int(table.value(name, "observed").value)
                background, error = table.value(name, "background"), table.value(name, "background").error
                models[name] = CountingModel(observed, background.value, error or 0.0, name=name)
        return models

    def verdict(self, result: Result, **choices: Any) -> Verdict:
        """Return whether the model is excluded, by which region, and how far it is from that.

        Parameters
        ----------
        result
            What :meth:`run` returned.
        **choices
            Passed on to :func:`recastbook.statistics.decide`.
        """
        from recastbook.statistics import SignalYield, decide

        if result.header.analysis != self.identifier:
            msg = f"this result is of {result.header.analysis}, not of {self.identifier}"
            raise AnalysisError(msg)
        models = self.counting_models()
        # without a cross section the question is put for 1 pb, so that the answer is a limit in pb
        scale = result.scale if result.scale is not None else self.luminosity_fb * invfb / result.total.sum_w
        signals, ineligible = {}, {}
        for row in result.yields("signal"):
            if row.status != "ok" or row.region not in models:
                continue
            signals[row.region] = SignalYield(
                (row.sum_w or 0.0) * scale, (row.error or 0.0) * scale, raw=row.raw, weight=scale
            )
            if row.note:
                ineligible[row.region] = row.note
        absent = {name: why for name, why in result.absent.items() if name in models}
        settings: dict[str, Any] = {
            "cross_section_pb": result.cross_section,
            "cross_section_error_pb": result.header.sample.get("cross_section_error"),
            "luminosity_fb": self.luminosity_fb,
            "absent": absent,
            "ineligible": ineligible,
            "label": result.label,
        }
        return decide(models, signals, **(settings | choices))

    def domain(self, result: Result, *, reference: Any = None, **choices: Any) -> DomainReport:
        """Ask whether a signal is where the networks of the search were trained.

        Mean and width of each input beside those of the card: a hint, since a training sample mixes signals and
        backgrounds. With a reference sample also the distance of each event to its neighbours there: a warning, whose
        absence is no clearance. Where neither card nor reference says where the training was, the answer is *unknown*.

        Parameters
        ----------
        result
            What :meth:`run` returned; its events are read again.
        reference
            A sample that stands for the training, best of the same signal family: a :class:`recastbook.Sample` or
            files, a result of the same search, or raw inputs as a matrix of shape (M, inputs) in the card's order
            (``{network: matrix}`` for several networks).
        **choices
            ``only`` (one of :attr:`cards`; all by default), ``variant`` of the inputs, ``k`` (5: distance to the fifth
            neighbour), ``false_alarm`` (0.05: share of the reference that is beyond the threshold), ``max_events``,
            ``max_reference`` (20,000); ``sample`` and ``network`` where the result's events or network file moved,
            ``detector``.

        Returns
        -------
        DomainReport
            Per network: features, flags of single events, shares of each region's yield that are flagged.

        Raises
        ------
        BadOption
            If the search has no network, the reference is too small, or an argument cannot work.
        MissingData
            If the events are no longer where they were.

        Examples
        --------
        >>> import recastbook as rb
        >>> from recastbook.events.builtin import builtin_samples
        >>> search = rb.load("ATLAS-SUSY-2018-30")
        >>> result = search.run(builtin_samples()["gtt_2100_1"], events=200, network="stand-in", progress=False)
        >>> search.domain(result).status
        'hint only'
        """
        from recastbook.radar import domain

        return domain(self, result, reference=reference, **choices)

    def explain(
        self,
        result: Result,
        region: str | None = None,
        *,
        event: int | tuple[int, int, int] | None = None,
        **choices: Any,
    ) -> RegionExplanation | EventExplanation:
        """Ask which inputs a region's yield depends on, or which move the score of one event most.

        Parameters
        ----------
        result
            What :meth:`run` returned, with a network; its events are read again.
        region
            A region that cuts on a score; the signal region with the most events by default.
        event
            An event number, or (run, luminosityBlock, event) where a number occurs twice: explain this event. None:
            permutation importance in the region.
        **choices
            For a region: ``by`` (``"groups"``: all jets' pT together, or ``"columns"``), ``repeats`` (5),
            ``progress`` (True: show a bar for what takes longer than two seconds). For an
            event: ``repeats`` (20), ``step`` (0.1 widths), ``smear`` (0.05 widths), ``scale`` (``"score"`` or
            ``"logit"``). For both: ``seed`` (1), ``max_events`` (20,000), ``sample`` and ``network`` where the
            result's events or network file moved, ``detector``.

        Returns
        -------
        RegionExplanation or EventExplanation
            A ranking with errors from repetition; shows itself, gives arrays and JSON.

        Raises
        ------
        MissingData
            If the region's network or the events are not on this machine.
        UnknownName
            If there is no such region or event.
        BadOption
            If the region cuts on no score, or the event does not reach it: the cut that it fails is named.

        Examples
        --------
        >>> import recastbook as rb
        >>> from recastbook.events.builtin import builtin_samples
        >>> search = rb.load("ATLAS-SUSY-2018-30")
        >>> result = search.run(builtin_samples()["gtt_2100_1"], events=200, network="stand-in", progress=False)
        >>> found = search.explain(result, "SR-Gtt-2100-1", repeats=3, progress=False)
        >>> found["met"].lost > found["met_phi"].lost
        True
        """
        from recastbook.explanation import explain

        return explain(self, result, region, event=event, **choices)

    # -- showing ------------------------------------------------------------------------------------

    def _summary(self) -> dict[str, object]:
        about = self.about
        regions = self.region_set.regions.values()
        count = {k: sum(r.kind == k for r in regions) for k in ("signal", "control", "validation")}
        facts: dict[str, object] = {
            "title": about["title"],
            "paper": f"arXiv:{about['arxiv']}" if about.get("arxiv") else "-",
            "HEPData": about.get("hepdata", "-"),
            "data": f"{about['luminosity_fb']} fb-1 at {about['energy_tev']} TeV",
            "regions": ", ".join(f"{n} {k}" for k, n in count.items() if n),
            "tables": ", ".join(self.tables) or "none",
            "status": about["status"],
        }
        network = sum(r.needs_network for r in regions)
        if network:
            titles = "; ".join(card.title for card in self.cards.values())
            facts["network"] = f"{titles or 'none'}; {network} regions need it"
        return facts

    def __str__(self) -> str:
        return text_card(self.identifier, self._summary(), notes=self.about.get("known_differences", ()))

    def _as_table(self) -> TableView:
        rows = [
            [r.name, r.kind, r.group, "; ".join(c.text for c in r.cuts[r.n_preselection :])]
            for r in self.region_set.regions.values()
        ]
        headers = ["region", "kind", "group", "cuts after preselection"]
        if not any(row[-1] for row in rows):  # probabilities of a map or a surrogate, without cuts of ours
            headers, rows = headers[:-1], [row[:-1] for row in rows]
        notes = tuple(map(str, self.about.get("known_differences", ())))
        title = f"{self.identifier}: {self.about['title']} ({self.about['status']})"
        return TableView(headers, rows, title, notes)

    def _tree(self) -> Html:
        branches: dict[str, dict[str, int]] = {}
        for region in self.region_set.regions.values():
            groups = branches.setdefault(region.kind, {})
            groups[region.group] = groups.get(region.group, 0) + 1
        return svg_tree("regions", branches)

    def _repr_html_(self) -> Html:
        content = self._as_table()
        regions = joined(html_table(content.headers, content.rows), copies(content))
        switches = html_table(
            ["option", "value", "alternatives", "why it is open"],
            [
                [o.name, str(self.options[o.name]), ", ".join(map(str, o.alternatives)), o.reason]
                for o in self.switches.values()
            ],
        )
        differences = html_table(
            ["known differences from the paper"], [[t] for t in self.about.get("known_differences", ())]
        )
        body: list[object] = [
            self._tree(),
            fold("regions", regions),
            fold("options", switches),
            fold("known differences", differences),
        ]
        body += [fold(name, Html(found._repr_html_())) for name, found in self.cards.items()]
        status = str(self.about["status"])
        return card(
            self.identifier,
            self._summary(),
            badges=[badge(status, "ok" if status == "validated" else "warning")],
            body=body,
        )
