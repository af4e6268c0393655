"""Objects, features and network inputs of ATLAS-SUSY-2019-04 (arXiv:2106.09609), as far as public codes tell.

Numbers of the regions stand in ``regions.yaml``, sequences of overlap removal in ``info.yaml``, conventions of the
networks in ``network.yaml``. What the sources leave open is an option (``search.options``).
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
    four_momenta,
    hardest_triplet,
    ht,
    invariant_mass,
    leading,
    m_lj,
    m_ll,
    min_delta_r,
    min_max_mass,
    nth_pt,
)
from recastbook.objects import (
    ConeCut,
    OverlapStep,
    isolated,
    merge_leptons,
    remove_overlap,
    select,
    steps_from_specification,
)

__all__ = ["ATLAS_SUSY_2019_04"]

JET_THRESHOLDS = (20, 40, 60, 80, 100)
"""GeV; jets and b-jets of a region are counted above the same one."""
NETWORK_JETS = (4, 8)
"""Smallest and largest number of jets for which there is a network."""
TAGGED = 5.0
"""Highest bin of the b-tag discriminant: the one 70 % working point we have stands for it."""

_P4 = ("pt", "eta", "phi", "mass")
_CRACK = (1.37, 1.52)
_ELECTRON_MASS, _MUON_MASS = 0.000511, 0.10566  # GeV
_M_Z = 91.2  # GeV
_Z_WINDOW = 10.0  # GeV


def _calorimeter(fraction: float) -> ConeCut:
    return ConeCut(fraction, radius=0.2, kinds=("calorimeter",))


def _muon_cuts(track: float, calorimeter: float) -> tuple[ConeCut, ...]:
    narrow = ConeCut(0.2, radius=0.05, kinds=("track",), min_pt=0.5)
    shrinking = ConeCut(track, radius=0.3, pt_scale=10.0, kinds=("track",))
    return (narrow, _calorimeter(0.1), shrinking, _calorimeter(calorimeter))


_ELECTRON_ISOLATION = {"tight": (_calorimeter(0.2), _calorimeter(0.06)), "none": ()}
_MUON_ISOLATION = {
    "0.04_0.15": _muon_cuts(0.04, 0.15),
    "0.06_0.20": _muon_cuts(0.06, 0.20),
    "0.15_0.30": _muon_cuts(0.15, 0.30),
    "none": (),
}


class ATLAS_SUSY_2019_04(Analysis):
    """R-parity violating supersymmetry with leptons and many jets: 22 signal regions, five networks."""

    identifier = "ATLAS-SUSY-2019-04"
    api_version = 1

    def objects(self, events: ak.Array, detector: Detector | ReconstructedDetector) -> dict[str, Any]:
        """Select objects.

        Parameters
        ----------
        events
            N events at the truth level, or reconstructed ones.
        detector
            The detector bound to them; b-tags are those of its card, which info.yaml sets to 70 %.

        Returns
        -------
        dict
            ``jets`` (pT > 20 GeV, after overlap removal, with ``btag``), ``electrons`` and ``muons`` (signal),
            ``leptons`` (both, falling pT) and ``met``.
        """
        options = self.options
        found = detector.jets(events, min_pt=20.0)
        # A tagger without a limit of its own must not tag outside the tracking detector.
        found["btag"] = detector.btag(found) & (abs(found.eta) < 2.5)
        counted = abs(found.eta) < float(options["jet_max_abs_eta"])
        electrons, muons = detector.electrons(events), detector.muons(events)
        gambit = options["electron_candidates"] == "gambit"
        candidates = {
            "jets": found[counted],
            "electrons": select(
                electrons, min_pt=15.0 if gambit else 10.0, max_abs_eta=2.47, mask=electrons.is_medium,
                outside_abs_eta=_CRACK if gambit else None,
            ),
            "muons": select(muons, min_pt=10.0, max_abs_eta=2.5, mask=muons.is_medium),
        }  # fmt: skip
        left = remove_overlap(candidates, self.overlap_steps)
        cones = detector.cones(events)
        electron_cuts = _ELECTRON_ISOLATION[options["electron_isolation"]]
        muon_cuts = _MUON_ISOLATION[options["muon_isolation"]]
        signal_electrons = select(
            left["electrons"],
            min_pt=15.0,
            mask=left["electrons"].is_tight & isolated(left["electrons"], cones, owner=11, cuts=electron_cuts),
        )
        signal_muons = select(left["muons"], min_pt=15.0, mask=isolated(left["muons"], cones, owner=13, cuts=muon_cuts))
        leptons = merge_leptons(signal_electrons, signal_muons)
        # Dressing with photons gives a lepton a mass of up to some GeV; masses of reconstructed leptons are these.
        leptons["mass"] = ak.where(leptons.flavour == 11, _ELECTRON_MASS, _MUON_MASS)
        met = detector.met(
            events,
            jets=ak.concatenate([left["jets"], found[~counted]], axis=1),
            electrons=left["electrons"],
            muons=left["muons"],
        )
        return {
            "jets": left["jets"],
            "electrons": signal_electrons,
            "muons": signal_muons,
            "leptons": leptons,
            "met": met,
        }

    def features(self, objects: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Compute every quantity that a region cuts on; ``m_lj`` is nan outside the 2lsc category."""
        jets, leptons = objects["jets"], objects["leptons"]
        counts = {}
        for threshold in JET_THRESHOLDS:
            hard = select(jets, min_pt=float(threshold))
            suffix = "" if threshold == JET_THRESHOLDS[0] else str(threshold)
            counts[f"n_jets{suffix}"] = count(hard)
            counts[f"n_bjets{suffix}"] = count(hard[hard.btag])
        same_charge = self._same_charge_pair(leptons)
        pair_mass = np.full(len(same_charge), np.nan)
        tried = 4 if self.options["m_lj_jets"] == "four_leading" else None
        pair_mass[same_charge] = m_lj(leptons[same_charge], jets[same_charge], n_jets=tried)
        return {
            **counts,
            "n_lep_signal": count(leptons),
            "lepton1_pt": nth_pt(leptons, 1),
            "is_2lsc": same_charge.astype(np.int8),
            "m_lj": pair_mass,
            "met": np.asarray(objects["met"]["pt"]),
            "ht": ht(jets),
        }

    def network_inputs(
        self,
        objects: Mapping[str, Any],
        variant: str = "default",  # noqa: ARG002 - there is one way to fill the inputs
        mask: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        """Fill the 65 inputs of the networks for some events.

        Parameters
        ----------
        objects
            ``jets``, ``leptons`` and ``met`` as :meth:`objects` gives them, for N events.
        variant
            Only ``"default"``.
        mask
            Events wanted, shape (N,); all of them must have a lepton and 4 to 8 jets.

        Raises
        ------
        BadOption
            If an event is asked for that none of the networks is for.
        """
        card = self.card
        if card is None:
            message = f"{self.identifier}: there is no model card to fill inputs for"
            raise NetworkError(message)
        chosen = np.ones(len(objects["jets"]), dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
        jets, leptons, met = (objects[name][chosen] for name in ("jets", "leptons", "met"))
        n_jets = count(jets)
        low, high = NETWORK_JETS
        outside = np.flatnonzero((n_jets < low) | (n_jets > high) | (count(leptons) < 1))
        if len(outside):
            first = int(outside[0])
            row = int(np.flatnonzero(chosen)[first])
            message = (
                f"{len(outside)} of {len(n_jets)} events asked for have no lepton or not {low} to {high} jets; the "
                f"networks are for those. The first is in row {row}: {n_jets[first]} jets, "
                f"{count(leptons)[first]} leptons"
            )
            raise BadOption(message)
        if self.options["eta_padding"] == "1e-7":
            card = replace(
                card,
                inputs=tuple(
                    replace(i, padding=1e-7) if i.object == "jets" and i.quantity == "eta" else i for i in card.inputs
                ),
            )
        jets["energy"], leptons["energy"] = _energy(jets), _energy(leptons)
        jets["btag_bin"] = ak.where(jets.btag, TAGGED, float(self.options["untagged_code"]))
        return card.raw_matrix({"jets": jets, "leptons": leptons}, self._event_inputs(jets, leptons, met))

    def _event_inputs(self, jets: ak.Array, leptons: ak.Array, met: ak.Array) -> dict[str, NDArray[Any]]:
        """Return the eleven inputs that belong to no object, in GeV and rad, each of shape (N,)."""
        tagged = jets[jets.btag]
        n_bjets = count(tagged)
        masses = self._jet_systems(jets, leptons, met)
        near = leptons if self.options["min_delta_r_leptons"] == "all" else leptons[:, :1]
        return {
            "n_jet": count(jets),
            "n_bcat": np.where(n_bjets <= 3, n_bjets - 1, 3),
            "n_bjet": n_bjets,
            "three_jet_maxpt_mass": masses[0],
            "ht_jet": ht(jets),
            "ht_bjet": ht(tagged),
            "three_jet_lep_met_mass_max_pt": masses[1],
            "minDeltaRlj": min_delta_r(near, jets),
            "minmax_mass": masses[2],
            "met": np.asarray(met["pt"]),
            "met_phi": np.asarray(met["phi"]),
        }

    @staticmethod
    def _jet_systems(jets: ak.Array, leptons: ak.Array, met: ak.Array) -> NDArray[np.float64]:
        """Return triplet, triplet + lepton + MET and two-group masses, GeV, shape (3, N)."""
        n_jets = count(jets)
        lepton = four_momenta(*leading(leptons, _P4, 1))[:, 0]
        met_pt, met_phi = np.asarray(met["pt"], dtype=np.float64), np.asarray(met["phi"], dtype=np.float64)
        none = np.zeros(len(met_pt))
        # A massless vector without longitudinal momentum
        extra = lepton + four_momenta(met_pt, none, met_phi, none)
        out = np.full((3, len(n_jets)), np.nan)
        for n in np.unique(n_jets):
            rows = np.flatnonzero(n_jets == n)
            momenta = four_momenta(*leading(jets[rows], _P4, int(n)))
            out[0, rows] = invariant_mass(hardest_triplet(momenta))
            out[1, rows] = invariant_mass(hardest_triplet(momenta, extra[rows]))
            out[2, rows] = min_max_mass(momenta)
        return out

    def _same_charge_pair(self, leptons: ak.Array) -> NDArray[np.bool_]:
        """Tell which events have exactly two signal leptons of the same charge, but not an electron pair near the Z."""
        charge, flavour = leading(leptons, ("charge", "flavour"), 2)
        same = (count(leptons) == 2) & (charge[:, 0] * charge[:, 1] > 0.0)
        if self.options["z_veto"] == "electron_pairs":
            electrons = (flavour == 11.0).all(axis=1)
            near_z = np.abs(m_ll(leptons) - _M_Z) <= _Z_WINDOW
            same &= ~(electrons & near_z)
        return np.asarray(same)

    @property
    def overlap_steps(self) -> tuple[OverlapStep, ...]:
        """Overlap removal as chosen, in order."""
        return steps_from_specification(self.about["overlap_removal"][self.options["overlap_removal"]])


def _energy(collection: ak.Array) -> ak.Array:
    """Return the energies of jagged objects, GeV, shape (N, var)."""
    return np.sqrt((collection.pt * np.cosh(collection.eta)) ** 2 + collection.mass**2)
