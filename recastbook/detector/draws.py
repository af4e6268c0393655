"""Random numbers that are a pure function of what they are for.

No generator runs along with the events. A number is computed from the integers (seed, stage, run, luminosityBlock,
event, truth index, draw) by a hash node of correctionlib, so that it is the same for any chunking, order of events
and number of workers.
"""

from __future__ import annotations

import operator
import zlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption

__all__ = ["EVENT_INDEX", "STAGES", "EventKeys", "stage_code"]

STAGES = {
    "jet_resolution": 1, "jvt": 2, "btag": 3,
    "electron_reconstruction": 11, "electron_identification": 12, "electron_resolution": 13,
    "muon_reconstruction": 21, "muon_identification": 22, "muon_resolution": 23,
    "photon_identification": 31, "photon_resolution": 33,
}  # fmt: skip
"""Code of each stage of the shipped cards. Codes never change, since they decide the numbers."""

EVENT_INDEX = -1
"""Object index of a number that belongs to the event itself."""

_FIRST_FREE_CODE = 1 << 32


def stage_code(stage: str) -> int:
    """Return the integer that stands for a stage: from :data:`STAGES`, else a checksum of its name above 2^32."""
    return STAGES.get(stage, _FIRST_FREE_CODE + zlib.crc32(stage.encode()))


@dataclass(frozen=True, slots=True)
class EventKeys:
    """What random numbers of N events hang on."""

    seed: int
    """Seed of the run."""
    run: NDArray[np.int64]
    """Run number, shape (N,)."""
    luminosity_block: NDArray[np.int64]
    """One number per input file, shape (N,)."""
    event: NDArray[np.int64]
    """Event number, shape (N,)."""

    @classmethod
    def from_events(cls, events: ak.Array, seed: int) -> EventKeys:
        """Read the three ids of each event.

        Raises
        ------
        BadOption
            If the seed is no integer that fits 63 bits.
        """
        try:
            number = -1 if isinstance(seed, bool) else operator.index(seed)
        except TypeError:
            number = -1
        if not 0 <= number < 1 << 63:
            message = f"the seed must be an integer from 0 to 2^63 - 1, not {seed!r}"
            raise BadOption(message)
        names = ("run", "luminosityBlock", "event")
        return cls(number, *(np.ascontiguousarray(ak.to_numpy(events[n]), dtype=np.int64) for n in names))

    def __len__(self) -> int:
        return len(self.event)

    def take(self, chosen: NDArray[Any]) -> EventKeys:
        """Return the keys of some events, given a mask or their positions."""
        return EventKeys(self.seed, self.run[chosen], self.luminosity_block[chosen], self.event[chosen])

    def draw(
        self, distribution: str, stage: str, rows: NDArray[np.int64], index: NDArray[Any], draw: int = 0
    ) -> NDArray[np.float64]:
        """Draw one number for each object.

        Parameters
        ----------
        distribution
            ``"uniform"`` in [0, 1) or ``"normal"`` with mean 0 and width 1.
        stage
            What the number is for.
        rows
            Event of each object, shape (M,).
        index
            Truth index of each object in its collection, shape (M,).
        draw
            Number of the draw, for stages that need several independent numbers per object.

        Returns
        -------
        ndarray
            Shape (M,).
        """
        if not len(rows):
            return np.empty(0)
        node = _hash_nodes()[distribution]
        out = node.evaluate(
            self.seed, stage_code(stage), self._of(self.run, rows), self._of(self.luminosity_block, rows),
            self.event[rows], np.asarray(index, dtype=np.int64), draw,
        )  # fmt: skip
        return np.asarray(out, dtype=np.float64)

    @staticmethod
    def _of(ids: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64] | int:
        # Most chunks have one run and one luminosity block; a scalar spares an array of them.
        first = ids[0]
        return int(first) if (ids == first).all() else ids[rows]


@cache
def _hash_nodes() -> Any:
    import correctionlib

    text = resources.files("recastbook.detector").joinpath("data/random.json").read_text(encoding="utf-8")
    return correctionlib.CorrectionSet.from_string(text)
