"""ATLAS-EXOT-2019-23 (arXiv:2203.01009): two selections, each an efficiency map of two long-lived particles."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook import store
from recastbook.analyses.atlas_exot_2019_23.lifetimes import limits_of, lookup_of, scan_of
from recastbook.analyses.atlas_exot_2019_23.sample_checks import told_of_the_sample
from recastbook.analysis import Analysis
from recastbook.exceptions import BadOption, MissingData
from recastbook.surrogates.efficiency_map import EfficiencyMap

if TYPE_CHECKING:
    from recastbook.detector import Detector, ReconstructedDetector
    from recastbook.events.sample import Sample
    from recastbook.regions import Region
    from recastbook.result import Result
    from recastbook.statistics import Verdict
    from recastbook.statistics.lifetime_limit import LifetimeLimit
    from recastbook.surrogates.efficiency_map_report import LookupReport, MapLookup
    from recastbook.surrogates.lifetime_events import LLPEvents
    from recastbook.surrogates.lifetime_result import LifetimeScan

__all__ = ["ATLAS_EXOT_2019_23"]

_N_LLP = 2
_LIGHT, _CHARM = (1, 2, 3), 4


class ATLAS_EXOT_2019_23(Analysis):
    """Two CalRatio jets: pairs of long-lived particles that decay in or before the hadronic calorimeter."""

    identifier = "ATLAS-EXOT-2019-23"
    api_version = 1
    _planes: Mapping[str, Any] = MappingProxyType({})

    # -- physics ------------------------------------------------------------------------------------

    def objects(self, events: ak.Array, detector: Detector | ReconstructedDetector) -> dict[str, Any]:  # noqa: ARG002
        """Return the long-lived particles, falling pT; there is no detector in it, the maps hold it."""
        if "GenLLP" not in events.fields:
            message = f"{self.identifier} needs truth events; reconstructed ones hold no long-lived particles"
            raise BadOption(message)
        return {"llps": events["GenLLP"]}

    def features(self, objects: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Return number, kinematics, decay position (mm) and decay of the two leading particles; nan where absent."""
        llps = objects["llps"]
        out: dict[str, NDArray[Any]] = {"n_llp": np.asarray(ak.num(llps, axis=1)).astype(np.int64)}
        for k in range(_N_LLP):
            one = ak.pad_none(llps, _N_LLP, clip=True)[:, k]

            def column(name: str, one: Any = one) -> NDArray[np.float64]:
                return np.asarray(ak.fill_none(one[name], np.nan)).astype(np.float64)

            out |= {
                f"llp{k + 1}_pt": column("pt"),
                f"llp{k + 1}_eta": column("eta"),
                f"llp{k + 1}_lxy": np.hypot(column("decayX"), column("decayY")),
                f"llp{k + 1}_lz": np.abs(column("decayZ")),
                f"llp{k + 1}_decay": column("decayClass"),
            }
        return out

    def region_weights(self, features: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float64]]:
        """Return the probability of each region whose map is there, with the decays of the events as they are."""
        overflow = str(self.options["pt_overflow"])
        quantities = self._quantities(features)
        return {name: emap.lookup(overflow=overflow, **quantities).probability for name, emap in self.maps.items()}

    def _quantities(self, features: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return what a map is asked with, shape (N, 2) each."""

        def pair(name: str) -> NDArray[np.float64]:
            columns = [np.asarray(features[f"llp{k + 1}_{name}"], dtype=np.float64) for k in range(_N_LLP)]
            return np.stack(columns, axis=1)

        decay = self._decays(np.nan_to_num(pair("decay")).astype(np.int64))
        return {name: pair(name) for name in ("pt", "eta", "lxy", "lz")} | {"pdg_id": decay}

    def lookup_features(self, features: Mapping[str, NDArray[Any]]) -> LookupReport | None:
        """Return the report of a look-up of features, shape (N,) each; None without any map. Both have one binning."""
        emap = next(iter(self.maps.values()), None)
        if emap is None:
            return None
        return emap.lookup(overflow=str(self.options["pt_overflow"]), **self._quantities(features)).report

    def _decays(self, decay: NDArray[np.int64]) -> NDArray[np.int64]:
        if self.options["light_quarks"] == "charm":
            return np.where(np.isin(np.abs(decay), _LIGHT), _CHARM, decay)
        return decay

    # -- maps -----------------------------------------------------------------------------------------

    @property
    def weighted_regions(self) -> tuple[str, ...]:  # type: ignore[override] # here it depends on the maps found
        """Regions whose map is there."""
        return tuple(self.maps)

    @cached_property
    def maps(self) -> dict[str, EfficiencyMap]:
        """Maps by region that are in the data store, under their name and checksum."""
        out = {}
        listed = {file.name: file for file in store.read_listing(Path(__file__).parent / "data.yaml")}
        for region, entry in self.about["maps"].items():
            path = store.locate(str(entry["file"]), listed[str(entry["file"])].sha256)
            if path is not None:
                out[str(region)] = _read(path)
        return out

    def why_absent(self, region: Region) -> str:
        """Return why a region's map cannot be used; empty if it can."""
        if region.name in self.maps:
            return ""
        entry = self.about["maps"][region.name]
        return (
            f"its map {entry['file']!r} is not on this machine: get {entry['table']} of HEPData "
            f"{self.about['hepdata']} as YAML (DOI {self.about['maps_doi']}) and name its folder in RECASTBOOK_DATA"
        )

    def configured(
        self, *, options: Mapping[str, Any] | None = None, network: str | os.PathLike[str] | None = None
    ) -> ATLAS_EXOT_2019_23:
        """Return a copy with other options; see :meth:`recastbook.Analysis.configured`."""
        twin: Any = super().configured(options=options, network=network)
        twin.__dict__.pop("maps", None)
        return twin  # type: ignore[no-any-return] # a copy of this very class

    def emap(self, region: str) -> EfficiencyMap:
        """Return the map of a region.

        Raises
        ------
        UnknownName
            If there is no such region.
        MissingData
            If its map is not on this machine.
        """
        found = self.region(region)
        if region not in self.maps:
            message = f"{region}: {self.why_absent(found)}"
            raise MissingData(message)
        return self.maps[region]

    def lookup(self, sample: Sample | LLPEvents, *, region: str) -> MapLookup:
        """Return the look-up of a sample in one map, with its decays as they are and a report of what lies outside.

        Parameters
        ----------
        sample
            Truth events.
        region
            ``"high-ET"`` or ``"low-ET"``.
        """
        return lookup_of(self, sample, region)

    # -- lifetimes ------------------------------------------------------------------------------------

    def lifetime_scan(
        self, sample: Sample | LLPEvents, ctau: Any = None, *, region: str | None = None, **choices: Any
    ) -> LifetimeScan:
        """Return efficiency against lifetime from one sample; see :func:`recastbook.surrogates.lifetime_scan`.

        Parameters
        ----------
        sample
            Truth events, generated at any lifetime.
        ctau
            Mean proper decay lengths, mm; 99 from 1 cm to 90 m by default.
        region
            ``"high-ET"`` or ``"low-ET"``; None for the one with the better expected limit at its best lifetime.
        **choices
            ``method``, ``fractions`` (a mapping, ``"atlas"`` or ``"tree-level"``) and ``ctau_generated``.
        """
        return scan_of(self, sample, ctau, region, choices)

    def lifetime_limits(self, scan: LifetimeScan, *, point: str | None = None) -> LifetimeLimit:
        """Return limits on cross section times branching fraction against lifetime from a scan of one region.

        Parameters
        ----------
        scan
            What :meth:`lifetime_scan` returned.
        point
            Benchmark whose N95 is used, such as ``"600/150"``; the median of the region's benchmarks by default.
        """
        return limits_of(self, scan, point)

    # -- the whole sample ---------------------------------------------------------------------------

    def completed(self, result: Result) -> Result:
        """Say what the events lack: pairs of particles, decays inside the detector, lengths in the right unit."""
        return told_of_the_sample(self, result)

    # -- judging ------------------------------------------------------------------------------------

    def counting_models(self) -> dict[str, Any]:
        """Return the published limits on signal events, or ABCD planes where the user gave their counts."""
        from recastbook.statistics.published_limit import PublishedLimit

        table = self.tables["n95"]
        models: dict[str, Any] = {
            name: PublishedLimit(table.value(name, "observed").value, table.value(name, "expected").value, name=name)
            for name in self.region_names("signal")
        }
        return {**models, **self._planes}

    def verdict(
        self, result: Result, *, counts: Mapping[str, tuple[int, ...]] | None = None, **choices: Any
    ) -> Verdict:
        """Return whether the model is excluded; high-ET may not decide below the accuracy line of its map.

        Parameters
        ----------
        result
            What :meth:`run` returned.
        counts
            Events in A, B, C and D by region, from table 4 of the paper, which is not known here: these regions are
            then fitted as ABCD planes with signal in A, as the maps have it.
        **choices
            As in :meth:`recastbook.Analysis.verdict`.
        """
        if counts is not None:
            from recastbook.statistics.abcd import ABCDModel, check_named_counts

            check_named_counts(counts, "high-ET")
            twin = copy.copy(self)
            twin._planes = {self.region(r).name: ABCDModel(tuple(n), name=r) for r, n in counts.items()}
            return twin.verdict(result, **choices)
        accuracy = self.about["accuracy"]
        ineligible: dict[str, str] = {}
        notes = []
        for row in result.yields("signal"):
            if row.status != "ok" or row.efficiency is None:
                continue
            line = accuracy[row.region]
            text = f"{row.region}: the map is accurate to {100 * line['relative']:.0f} %"
            if 0 < row.efficiency < line["valid_above"]:
                text = (
                    f"{row.region}: efficiency {100 * row.efficiency:.3g} % is below {100 * line['valid_above']:g} %, "
                    f"where {line['below']}"
                )
                if row.region == "high-ET":
                    ineligible[row.region] = f"efficiency below {100 * line['valid_above']:g} %: {line['below']}"
            notes.append(text)
        settings: dict[str, Any] = {"ineligible": ineligible, "notes": notes}
        return super().verdict(result, **(settings | choices))


@lru_cache(maxsize=4)
def _read(path: Path) -> EfficiencyMap:
    return EfficiencyMap.from_hepdata(path)
