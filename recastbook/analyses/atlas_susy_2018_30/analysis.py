"""Objects and features of ATLAS-SUSY-2018-30 (arXiv:2211.08028), as far as public codes tell.

Numbers of the regions stand in ``regions.yaml``, sequences of overlap removal in ``info.yaml``. What the sources leave
open is an option (``search.options``); its reason stands in ``regions.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.analysis import Analysis
from recastbook.detector import Detector, ReconstructedDetector
from recastbook.exceptions import BadOption, NetworkError
from recastbook.features import (
    count,
    dphi_min,
    is_sfos,
    m_ll,
    meff,
    mj_sum,
    mt_min_bjets,
    nth_pt,
    pt_ll,
    transverse_mass,
)
from recastbook.objects import (
    ConeCut,
    OverlapStep,
    isolated,
    merge_leptons,
    met_with_leptons,
    recluster,
    remove_overlap,
    select,
    steps_from_specification,
)

__all__ = ["ATLAS_SUSY_2018_30"]

_ELECTRON_TRACKS = ConeCut(0.15, radius=0.2, pt_scale=10.0, kinds=("track",), min_pt=1.0)
_ELECTRON_CALORIMETER = ConeCut(0.20, radius=0.2, kinds=("calorimeter",))
_MUON_TRACKS = ConeCut(0.06, radius=0.3, pt_scale=10.0, kinds=("track",), min_pt=1.0)
_ISOLATION = {
    "track_and_calorimeter": (_ELECTRON_TRACKS, _ELECTRON_CALORIMETER),
    "track": (_ELECTRON_TRACKS,),
    "none": (),
}
_CRACK = (1.37, 1.52)
_ELECTRON_MASS, _MUON_MASS = 0.000511, 0.10566  # GeV
_RADIUS_OPTIONS = {
    ("jets", "electrons"): "jet_electron_radius",
    ("electrons", "jets"): "electron_jet_radius",
    ("jets", "muons"): "jet_muon_radius",
    ("muons", "jets"): "muon_jet_radius",
}


class ATLAS_SUSY_2018_30(Analysis):
    """Gluino pairs with at least three b-jets and missing transverse momentum; 14 + 8 signal regions."""

    identifier = "ATLAS-SUSY-2018-30"
    api_version = 1

    def objects(self, events: ak.Array, detector: Detector | ReconstructedDetector) -> dict[str, Any]:
        """Select objects.

        Parameters
        ----------
        events
            N events at the truth level, or reconstructed ones.
        detector
            The detector bound to them.

        Returns
        -------
        dict
            ``jets`` (pT > 30 GeV, abs(eta) < 2.8, after overlap removal), ``bjets``, ``baseline_electrons``,
            ``baseline_muons``, ``electrons``, ``muons`` (signal), ``leptons`` (both, falling pT), ``large_r_jets``,
            ``met`` and ``met_dilepton`` (MET plus the two leading leptons). Large-R jets exist only for events that
            are ``preselected`` (shape (N,)): four jets, two of them b-jets, and 200 GeV of either MET.
        """
        options = self.options
        found = detector.jets(events, min_pt=20.0)
        found["btag"] = detector.btag(found)
        central = abs(found.eta) < 2.8
        electrons, muons = detector.electrons(events), detector.muons(events)
        baseline = {
            "jets": found[central],
            "electrons": select(
                electrons, min_pt=20.0, max_abs_eta=2.47, mask=electrons.is_loose,
                outside_abs_eta=_CRACK if options["electron_crack_veto"] == "with" else None,
            ),
            "muons": select(muons, min_pt=20.0, max_abs_eta=2.5, mask=muons.is_medium),
        }  # fmt: skip
        left = remove_overlap(baseline, self.overlap_steps)
        jets = select(left["jets"], min_pt=30.0)
        bjets = select(jets, max_abs_eta=2.5, mask=jets.btag)
        cones = detector.cones(events)
        electron_cuts = _ISOLATION[options["electron_isolation"]]
        muon_cuts = (_MUON_TRACKS,) if options["muon_isolation"] == "track" else ()
        muon_id = left["muons"].is_tight if options["signal_muon_id"] == "tight" else left["muons"].is_medium
        signal_electrons = select(
            left["electrons"],
            mask=left["electrons"].is_tight & isolated(left["electrons"], cones, owner=11, cuts=electron_cuts),
        )
        signal_muons = select(left["muons"], mask=muon_id & isolated(left["muons"], cones, owner=13, cuts=muon_cuts))
        leptons = merge_leptons(signal_electrons, signal_muons)
        met = detector.met(
            events,
            jets=ak.concatenate([left["jets"], found[~central]], axis=1),
            electrons=left["electrons"],
            muons=left["muons"],
        )
        met_dilepton = met_with_leptons(met, leptons)
        enough_met = (np.asarray(met["pt"]) >= 200.0) | (np.asarray(met_dilepton["pt"]) >= 200.0)
        preselected = (count(jets) >= 4) & (count(bjets) >= 2) & enough_met
        return {
            "jets": jets,
            "bjets": bjets,
            "baseline_electrons": left["electrons"],
            "baseline_muons": left["muons"],
            "electrons": signal_electrons,
            "muons": signal_muons,
            "leptons": leptons,
            "large_r_jets": self._large_r_jets(jets, baseline["jets"], preselected),
            "met": met,
            "met_dilepton": met_dilepton,
            "preselected": preselected,
        }

    def features(self, objects: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Compute every quantity that a region cuts on; ``mj_sum`` is nan in events that are not preselected."""
        jets, leptons, met = objects["jets"], objects["leptons"], objects["met"]
        meff_leptons = leptons
        if self.options["meff_leptons"] == "rivet":
            meff_leptons = merge_leptons(objects["electrons"], objects["baseline_muons"])
        mj = mj_sum(objects["large_r_jets"], n=4 if self.options["mj_jets"] == "four_leading" else None)
        return {
            "n_jets": count(jets),
            "n_bjets": count(objects["bjets"]),
            "n_lep_baseline": count(objects["baseline_electrons"]) + count(objects["baseline_muons"]),
            "n_lep_signal": count(leptons),
            "met": np.asarray(met["pt"]),
            "meff": meff(jets, meff_leptons, met),
            "mt": transverse_mass(leptons, met),
            "mt_min_bjets": mt_min_bjets(objects["bjets"], met, n=3),
            "mj_sum": np.where(objects["preselected"], mj, np.nan),
            "dphi_min_4j": dphi_min(jets, met, n=4),
            "jet1_pt": nth_pt(jets, 1),
            "jet4_pt": nth_pt(jets, 4),
            "lepton2_pt": nth_pt(leptons, 2),
            "m_ll": m_ll(leptons),
            "pt_ll": pt_ll(leptons),
            "is_sfos": is_sfos(leptons),
            "met_dilepton": np.asarray(objects["met_dilepton"]["pt"]),
        }

    def network_inputs(
        self, objects: Mapping[str, Any], variant: str = "default", mask: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """Fill the 87 inputs of the network for some events; the three parameters are filled at evaluation.

        Parameters
        ----------
        objects
            As :meth:`objects` gives them, for N events.
        variant
            ``"default"``, or ``"dilepton_as_met"`` for the Z control regions.
        mask
            Events wanted, shape (N,); all of them must be preselected.

        Raises
        ------
        BadOption
            If an event is asked for that has no large-R jets because it is not preselected.
        """
        if self.card is None:
            message = f"{self.identifier}: there is no model card to fill inputs for"
            raise NetworkError(message)
        chosen = np.ones(len(objects["preselected"]), dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
        outside = int(np.count_nonzero(chosen & ~objects["preselected"]))
        if outside:
            message = (
                f"{outside} of {int(chosen.sum())} events asked for are not preselected and have no large-R jets; "
                "ask for events with four jets, two b-jets and 200 GeV of MET"
            )
            raise BadOption(message)
        jets = objects["jets"][chosen]
        # The flag is a tag within abs(eta) < 2.5; a tagger without that limit must not leak into the network.
        jets["isb"] = jets.btag & (abs(jets.eta) < 2.5)
        leptons = objects["leptons"][chosen]
        # Dressing with photons gives a lepton a mass of up to some GeV; the network knows the two particle masses.
        leptons["mass"] = ak.where(leptons.flavour == 11, _ELECTRON_MASS, _MUON_MASS)
        met, met_dilepton = objects["met"][chosen], objects["met_dilepton"][chosen]
        collections = {
            "small_R_jets": jets,
            "large_R_jets": objects["large_r_jets"][chosen],
            "leptons": leptons,
        }
        quantities = {
            "met": np.asarray(met["pt"]),
            "met_phi": np.asarray(met["phi"]),
            "met_dilepton": np.asarray(met_dilepton["pt"]),
            "met_dilepton_phi": np.asarray(met_dilepton["phi"]),
        }
        card = self.card.with_options({"met_phi_range": self.options["met_phi_range"]})
        return card.raw_matrix(collections, quantities, variant=None if variant == "default" else variant)

    @property
    def overlap_steps(self) -> tuple[OverlapStep, ...]:
        """Overlap removal as chosen: the named sequence, with the radii that options replace."""
        presets = self.about["overlap_removal"]
        steps = list(steps_from_specification(presets[self.options["overlap_removal"]]))
        for (remove, against), option in _RADIUS_OPTIONS.items():
            wanted = self.options[option]
            if wanted == "preset":
                continue
            at = next((i for i, s in enumerate(steps) if (s.remove, s.against) == (remove, against)), None)
            if at is None:
                # A step that the sequence does not have goes where the recommended one has it: before the last.
                at = len(steps) - 1
                shape = next(
                    s for s in steps_from_specification(presets["recommended"])
                    if (s.remove, s.against) == (remove, against)
                )  # fmt: skip
                steps.insert(at, shape)
            if wanted == "none":
                del steps[at]
            elif wanted == "sliding":
                side = "remove" if remove != "jets" else "against"
                steps[at] = replace(steps[at], radius=0.4, pt_scale=10.0, pt_offset=0.04, pt_of=side)
            else:
                steps[at] = replace(steps[at], radius=float(wanted), pt_scale=None)
        return tuple(steps)

    def _large_r_jets(self, jets: ak.Array, before: ak.Array, preselected: NDArray[np.bool_]) -> ak.Array:
        recipe = self.options["large_r_jets"]
        return recluster(
            before if recipe == "simpleanalysis2016" else jets,
            radius=0.8,
            trim_fraction=0.1,
            min_pt=100.0,
            max_abs_eta=2.0,
            cut_before_trimming=recipe == "gambit",
            order="untrimmed" if recipe == "checkmate" else "trimmed",
            mask=preselected,
        )
