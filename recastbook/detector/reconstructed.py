"""Events that were reconstructed elsewhere (level 3): the methods of a detector, passing through what the file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.detector.card import DetectorCard
from recastbook.detector.draws import EventKeys
from recastbook.detector.jagged import FlatCollection
from recastbook.detector.met import met_record
from recastbook.exceptions import BadOption

__all__ = ["ReconstructedDetector"]

_P4 = ("pt", "eta", "phi", "mass")


@dataclass(frozen=True, slots=True)
class ReconstructedDetector:
    """A detector for events of level 3: nothing is smeared, tagged or lost a second time."""

    card: DetectorCard
    """The card that was asked for; unused here, kept for the record."""
    keys: EventKeys
    """What random numbers would hang on."""
    level: int = 3
    """Level of the events that go in."""

    @classmethod
    def from_events(cls, card: DetectorCard, events: ak.Array, *, seed: int) -> ReconstructedDetector:
        """Bind a card; see :meth:`DetectorCard.bind`."""
        return cls(card, EventKeys.from_events(events, seed))

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, chosen: NDArray[Any]) -> ReconstructedDetector:
        """Return the detector for some of its events, given a mask or their positions, shape (N,)."""
        return ReconstructedDetector(self.card, self.keys.take(np.asarray(chosen)))

    def jets(self, events: ak.Array, *, min_pt: float = 0.0) -> ak.Array:
        """Return the jets of the file with pT >= `min_pt` (GeV), falling pT, with ``btag``; ``truth_pt`` is ``pt``."""
        flat = self._read(events, "Jet", (*_P4, "btag", "flavour", "nTrack"))
        flat = flat.with_columns({"nTrack1000": flat["nTrack"]})
        return flat.where((flat["pt"] > 0.0) & (flat["pt"] >= min_pt)).sorted_by("pt").to_awkward()

    def electrons(self, events: ak.Array) -> ak.Array:
        """Return the electrons of the file, all of them tight; ``isolated`` is as in the file."""
        return self._leptons(events, "Electron")

    def muons(self, events: ak.Array) -> ak.Array:
        """Return the muons of the file, all of them tight; ``isolated`` is as in the file."""
        return self._leptons(events, "Muon")

    def photons(self, events: ak.Array) -> ak.Array:
        """Return the photons of the file, all of them tight; ``isolated`` is as in the file."""
        return self._leptons(events, "Photon")

    def cones(self, events: ak.Array) -> None:
        """Return None: such files hold no particles; isolation functions then use ``isolated``."""
        self._check(len(events))

    def btag(self, jets: ak.Array, working_point: str = "77") -> ak.Array:  # noqa: ARG002 - same signature as Detector
        """Return the tags of the file, whatever the working point."""
        self._check(len(jets))
        return jets["btag"]

    def met(
        self,
        events: ak.Array,
        *,
        jets: ak.Array | None = None,  # noqa: ARG002 - same signature as Detector
        electrons: ak.Array | None = None,  # noqa: ARG002
        muons: ak.Array | None = None,  # noqa: ARG002
        photons: ak.Array | None = None,  # noqa: ARG002
    ) -> ak.Array:
        """Return the missing transverse momentum of the file: pt, phi, px, py (GeV, rad), shape (N,)."""
        self._check(len(events))
        pt = np.asarray(ak.to_numpy(events["MET"]["pt"]), dtype=np.float64)
        phi = np.asarray(ak.to_numpy(events["MET"]["phi"]), dtype=np.float64)
        return met_record(pt * np.cos(phi), pt * np.sin(phi))

    def _leptons(self, events: ak.Array, name: str) -> ak.Array:
        charged = name != "Photon"
        flat = self._read(events, name, (*_P4, "isolated", *(("pdgId",) if charged else ())))
        yes = np.ones(len(flat["pt"]), dtype=bool)
        charge = -np.sign(flat.columns.pop("pdgId")) if charged else np.zeros(len(yes))
        flags = dict.fromkeys(("prompt", "is_loose", "is_medium", "is_tight"), yes)
        flat = flat.with_columns({"charge": charge.astype(np.int8), "fromTau": ~yes, **flags})
        return flat.where(flat["pt"] > 0.0).sorted_by("pt").to_awkward()

    def _read(self, events: ak.Array, name: str, fields: tuple[str, ...]) -> FlatCollection:
        self._check(len(events))
        flat = FlatCollection.from_awkward(events[name], fields)
        index = np.arange(len(flat["pt"]), dtype=np.int32) - np.repeat(flat.offsets[:-1], flat.counts).astype(np.int32)
        return flat.with_columns({"index": index, "truth_pt": flat["pt"]})

    def _check(self, n: int) -> None:
        if n != len(self):
            message = f"the detector is bound to {len(self)} events and was given {n}; some of them: detector.take"
            raise BadOption(message)
