"""Where things stand in the matrix of a card: objects, their anchors, paddings, constants of every file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recastbook.network import ModelCard
from recastbook.network.contract import Input

__all__ = ["EVENT", "Layout"]

EVENT = "event quantities"
"""Name of the block of inputs that belong to no object."""
_ANCHORS = ("pt", "energy", "e", "mass")
_SAME = 1e-5


@dataclass(frozen=True)
class Layout:
    """A card, seen as positions of columns."""

    card: ModelCard
    """The card."""

    def __len__(self) -> int:
        return len(self.card.inputs)

    @cached_property
    def blocks(self) -> tuple[str, ...]:
        """Names of the objects, then :data:`EVENT` if there are event quantities."""
        names = [block.name for block in self.card.objects]
        has_event = any(c.object is None and c.level != "parameter" for c in self.card.inputs)
        return (*names, EVENT) if has_event else tuple(names)

    def block_of(self, column: Input) -> str:
        """Return the block of a column; empty for a parameter."""
        if column.level == "parameter":
            return ""
        return column.object or EVENT

    def columns(
        self, block: str | None = None, *, quantity: str | None = None, unit: str | None = None
    ) -> NDArray[np.int64]:
        """Return the positions of columns of a block, quantity and unit; parameters never belong to them."""
        found = [
            position
            for position, column in enumerate(self.card.inputs)
            if column.level != "parameter"
            and block in (None, self.block_of(column))
            and quantity in (None, column.quantity)
            and unit in (None, column.unit)
        ]
        return np.array(found, dtype=np.int64)

    def quantities(self, block: str) -> tuple[str, ...]:
        """Return the quantities of a block, in the card's order."""
        return tuple(dict.fromkeys(c.quantity for c in self.card.inputs if c.object == block))

    def at(self, block: str, quantity: str) -> NDArray[np.int64]:
        """Return the positions of one quantity of the objects of a block, by their index."""
        found = [(c.index, i) for i, c in enumerate(self.card.inputs) if c.object == block and c.quantity == quantity]
        return np.array([i for _, i in sorted(found, key=lambda pair: pair[0] or 0)], dtype=np.int64)

    @cached_property
    def anchors(self) -> NDArray[np.int64]:
        """For each column the one that tells whether its object exists, -1 where it always does."""
        out = np.full(len(self), -1, dtype=np.int64)
        for position, column in enumerate(self.card.inputs):
            if column.object is None:
                continue
            names = self.quantities(column.object)
            quantity = next((q for q in _ANCHORS if q in names), names[0])
            out[position] = self.at(column.object, quantity)[column.index or 0]
        return out

    @cached_property
    def padding(self) -> NDArray[np.float64]:
        """Raw value of an absent object, shape (K,); nan where the column must exist."""
        return np.array(self.card.padding)

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """What each file's normalisation subtracts, shape (files, K); zeros without a normalisation outside."""
        return self._constants("means")

    @cached_property
    def widths(self) -> NDArray[np.float64]:
        """What each file's normalisation divides by, shape (files, K); ones without a normalisation outside."""
        return self._constants("widths")

    def _constants(self, name: str) -> NDArray[np.float64]:
        if not self.normalises:
            return np.full((len(self.card.files), len(self)), 0.0 if name == "means" else 1.0)
        return np.stack([getattr(self.card.for_file(file.name), name) for file in self.card.files])

    @property
    def normalises(self) -> bool:
        """Whether means and widths are applied outside the file."""
        return self.card.normalisation.where == "outside"

    def constants(self, files: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return means and widths of every row, given which file it is for; shapes broadcast to (N, K)."""
        if len(self.means) == 1:
            return self.means, self.widths
        return self.means[files], self.widths[files]

    @cached_property
    def tolerance(self) -> NDArray[np.float64]:
        """How far two raw values of a column may be apart and still be the same number in float32, shape (K,)."""
        largest = np.maximum(np.abs(self.means), np.abs(self.widths)).max(axis=0)
        return np.asarray(_SAME * np.maximum(1.0, largest))

    def same(self, raw: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which cells are, within float32, a value per column."""
        return np.asarray(np.abs(raw - values) <= self.tolerance)

    def present(self, raw: NDArray[np.float64], padding: NDArray[np.float64] | None = None) -> NDArray[np.bool_]:
        """Tell which cells belong to an object that exists, shape (N, K).

        Parameters
        ----------
        raw
            Raw values, shape (N, K).
        padding
            What stands for an absent object, shape (K,); that of the card by default.
        """
        pads = self.padding if padding is None else padding
        out = np.ones(raw.shape, dtype=bool)
        with_object, anchor, position = self._objects
        if len(anchor):
            absent = np.abs(raw[:, anchor] - pads[anchor]) <= self.tolerance[anchor]
            out[:, with_object] = ~absent[:, position]
        return out

    @cached_property
    def _objects(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Columns of objects, the distinct anchors, and which of those each column has."""
        with_object = np.flatnonzero(self.anchors >= 0)
        anchor, position = np.unique(self.anchors[with_object], return_inverse=True)
        return with_object, anchor, position

    def files_of(self, files: Sequence[int] | NDArray[np.int64] | None, n: int) -> NDArray[np.int64]:
        """Return which file each of n rows is for; the first one where nothing is known."""
        return np.zeros(n, dtype=np.int64) if files is None else np.asarray(files, dtype=np.int64)
