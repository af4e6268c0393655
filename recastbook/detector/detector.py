"""A detector card tied to events and a seed: from truth objects to reconstructed ones.

Truth objects go in as the record array of a chunk, reconstructed collections come out as jagged record arrays of
falling pT. Every object keeps ``index``, its place in the truth collection, from which its random numbers and its
isolation particles are found, and ``truth_pt``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.detector.card import DetectorCard
from recastbook.detector.corrections import evaluate
from recastbook.detector.draws import EVENT_INDEX, EventKeys
from recastbook.detector.jagged import FlatCollection
from recastbook.detector.met import met_record, missing_momentum
from recastbook.detector.smearing import below, identify, passes, smear_momentum
from recastbook.exceptions import BadOption, BadSpecification

__all__ = ["Detector"]

_P4 = ("pt", "eta", "phi", "mass")


@dataclass(frozen=True, slots=True)
class Detector:
    """A card bound to N events of level 2 and a seed; made by :meth:`DetectorCard.bind`."""

    card: DetectorCard
    """What the detector does."""
    keys: EventKeys
    """What the random numbers hang on."""
    level: int = 2
    """Level of the events that go in."""

    @classmethod
    def from_events(cls, card: DetectorCard, events: ak.Array, *, seed: int) -> Detector:
        """Bind a card; see :meth:`DetectorCard.bind`."""
        return cls(card, EventKeys.from_events(events, seed))

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, chosen: NDArray[Any]) -> Detector:
        """Return the detector for some of its events, given a mask or their positions, shape (N,)."""
        return Detector(self.card, self.keys.take(np.asarray(chosen)))

    def jets(self, events: ak.Array, *, min_pt: float = 0.0) -> ak.Array:
        """Return smeared jets that pass the jet-vertex tagger.

        Parameters
        ----------
        events
            The bound events, shape (N,).
        min_pt
            Jets of smaller smeared pT (GeV) are left out early, which saves time; 0 keeps all of positive pT.

        Returns
        -------
        awkward.Array
            Shape (N, var), falling pT: pt, eta, phi, mass (GeV), flavour (5, 4, 15, 0 by the card's label), nTrack
            (above 0.5 GeV), nTrack1000 (above 1 GeV), index, truth_pt.
        """
        label = self.card["jet_flavour"].choice.field or "flavour"
        truth = self._truth(events, "GenJet", (*_P4, label, "nTrack500", "nTrack1000"))
        pt = smear_momentum(self.card, self.keys, truth, "jet_resolution") * np.float32(self.card.shifts.jet_scale)
        columns = {
            "pt": pt, "eta": truth["eta"], "phi": truth["phi"], "mass": truth["mass"], "flavour": truth[label],
            "nTrack": truth["nTrack500"], "nTrack1000": truth["nTrack1000"], "index": truth["index"],
            "truth_pt": truth["truth_pt"],
        }  # fmt: skip
        jets = FlatCollection(truth.offsets, columns).where((pt > 0.0) & (pt >= min_pt))
        if self.card.correction("jvt") is not None:
            jets = jets.where(passes(self.card, self.keys, jets, "jvt"))
        return jets.sorted_by("pt").to_awkward()

    def electrons(self, events: ak.Array) -> ak.Array:
        """Return reconstructed electrons that are at least loose.

        Returns
        -------
        awkward.Array
            Shape (N, var), falling pT: pt, eta, phi, mass (GeV), charge, prompt, fromTau, is_loose, is_medium,
            is_tight, index, truth_pt.
        """
        return self._leptons(events, "GenElectron", "electron")

    def muons(self, events: ak.Array) -> ak.Array:
        """Return reconstructed muons that are at least loose; fields as for :meth:`electrons`."""
        return self._leptons(events, "GenMuon", "muon")

    def photons(self, events: ak.Array) -> ak.Array:
        """Return photons; fields as for :meth:`electrons`, charge 0."""
        return self._leptons(events, "GenPhoton", "photon")

    def cones(self, events: ak.Array) -> ak.Array:
        """Return the particles round leptons and photons, from which isolation is summed, shape (N, var)."""
        return events["GenCone"]

    def btag(self, jets: ak.Array, working_point: str = "77") -> ak.Array:
        """Tell which jets are b-tagged.

        Parameters
        ----------
        jets
            Jets of this detector, shape (N, var); selections of them are fine, the tag of a jet does not change.
        working_point
            ``"77"`` for the card's choice, or the name of one of the card's alternatives for ``btag``.

        Returns
        -------
        awkward.Array
            Jagged booleans, shape (N, var).

        Raises
        ------
        UnknownName
            If the card has no such working point.
        """
        alternative = None if working_point == "77" else working_point
        flat = FlatCollection.from_awkward(jets, ("pt", "eta", "flavour", "index"))
        self._check(len(flat), "jets")
        correction = self.card.correction("btag", alternative)
        flat.columns["flavour"] = flat["flavour"].astype(np.int32)
        is_b = flat["flavour"] == 5
        efficiency = is_b.astype(np.float64) if correction is None else evaluate(correction, flat)
        shifts = self.card.shifts
        efficiency = efficiency * np.where(is_b, shifts.btag, shifts.mistag)
        return flat.jagged(below(self.keys, flat, "btag", efficiency))

    def met(
        self,
        events: ak.Array,
        *,
        jets: ak.Array | None = None,
        electrons: ak.Array | None = None,
        muons: ak.Array | None = None,
        photons: ak.Array | None = None,
    ) -> ak.Array:
        """Return the missing transverse momentum.

        Which formula is used is the card's entry ``met``; see :func:`recastbook.detector.met.missing_momentum`. Give
        the collections after overlap removal, or energy that two of them share is smeared twice.

        Parameters
        ----------
        events
            The bound events, shape (N,).
        jets
            Jets of this detector; by default all of them.
        electrons, muons, photons
            Leptons and photons of this detector; none by default.

        Returns
        -------
        awkward.Array
            Records pt, phi, px, py (GeV, rad in (-pi, pi]), shape (N,).
        """
        method = self.card["met"].chosen
        if jets is None and method != "truth":
            jets = self.jets(events)
        given = {"jets": jets, "electrons": electrons, "muons": muons, "photons": photons}
        for name, collection in given.items():
            if collection is not None:
                self._check(len(collection), name)
        self._check(len(events), "events")
        met = missing_momentum(method, events, given)
        width = self.card.shifts.met_resolution
        if not width:
            return met
        x, y = (np.asarray(self._draw("normal", None, "met_resolution", draw)) for draw in (0, 1))
        return met_record(np.asarray(met["px"]) + width * x, np.asarray(met["py"]) + width * y)

    def uniform(self, collection: ak.Array | None, stage: str, draw: int = 0) -> ak.Array:
        """Return hashed uniform numbers in [0, 1).

        Parameters
        ----------
        collection
            Objects of this detector with ``index``, shape (N, var), or None for one number per event.
        stage
            What the numbers are for; different stages are independent.
        draw
            Number of the draw, for more than one number per object and stage.

        Returns
        -------
        awkward.Array
            Of the shape of the collection, or (N,).
        """
        return self._draw("uniform", collection, stage, draw)

    def normal(self, collection: ak.Array | None, stage: str, draw: int = 0) -> ak.Array:
        """Return hashed normal numbers of mean 0 and width 1; arguments as for :meth:`uniform`."""
        return self._draw("normal", collection, stage, draw)

    def _draw(self, distribution: str, collection: ak.Array | None, stage: str, draw: int) -> ak.Array:
        if collection is None:
            rows = np.arange(len(self), dtype=np.int64)
            index = np.full(len(self), EVENT_INDEX, dtype=np.int64)
            return ak.Array(self.keys.draw(distribution, stage, rows, index, draw))
        flat = FlatCollection.from_awkward(collection, ("index",))
        self._check(len(flat), "the collection")
        return flat.jagged(self.keys.draw(distribution, stage, flat.rows, flat["index"], draw))

    def _leptons(self, events: ak.Array, collection: str, name: str) -> ak.Array:
        charged = name != "photon"
        fields = (*_P4, "prompt", "fromTau", *(("pdgId",) if charged else ()))
        truth = self._truth(events, collection, fields)
        if self.card["lepton_origin"].chosen == "prompt":
            truth = truth.where(truth["prompt"].astype(bool))
        if charged and self.card.correction(f"{name}_reconstruction") is not None:
            truth = truth.where(passes(self.card, self.keys, truth, f"{name}_reconstruction"))
        flags = identify(self.card, self.keys, truth, f"{name}_identification")
        charge = -np.sign(truth["pdgId"]) if charged else np.zeros(len(truth["pt"]))
        pt = smear_momentum(self.card, self.keys, truth, f"{name}_resolution")
        columns = {
            "pt": pt, "eta": truth["eta"], "phi": truth["phi"], "mass": truth["mass"],
            "charge": charge.astype(np.int8), "prompt": truth["prompt"], "fromTau": truth["fromTau"],
            **flags, "index": truth["index"], "truth_pt": truth["truth_pt"],
        }  # fmt: skip
        return FlatCollection(truth.offsets, columns).where(flags["is_loose"] & (pt > 0.0)).sorted_by("pt").to_awkward()

    def _truth(self, events: ak.Array, name: str, fields: tuple[str, ...]) -> FlatCollection:
        self._check(len(events), "events")
        if name not in events.fields:
            message = f"the events have no collection {name!r}; a card needs truth objects (level 2)"
            raise BadSpecification(message)
        flat = FlatCollection.from_awkward(events[name], fields)
        index = np.arange(len(flat["pt"]), dtype=np.int32) - np.repeat(flat.offsets[:-1], flat.counts).astype(np.int32)
        return flat.with_columns({"index": index, "truth_pt": flat["pt"]})

    def _check(self, n: int, what: str) -> None:
        if n != len(self):
            message = f"the detector is bound to {len(self)} events, {what} have {n}; some of them: detector.take"
            raise BadOption(message)
