"""Cut bits: each distinct cut is one bit of an event, packed into 64-bit words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.regions.cut import Cut

__all__ = ["CutMasks", "pack_bits", "unpack_bit"]


def pack_bits(masks: Sequence[NDArray[np.bool_]], n: int) -> NDArray[np.uint64]:
    """Pack boolean arrays of shape (n,) into words of shape (n, n_words): mask i is bit i % 64 of word i // 64."""
    words = np.zeros((n, (len(masks) + 63) // 64), dtype=np.uint64)
    for i, mask in enumerate(masks):
        words[:, i // 64] |= mask.astype(np.uint64) << np.uint64(i % 64)
    return words


def unpack_bit(words: NDArray[np.uint64], index: int) -> NDArray[np.bool_]:
    """Return bit `index` of packed words, shape (n,)."""
    return ((words[:, index // 64] >> np.uint64(index % 64)) & np.uint64(1)).astype(bool)


class CutMasks:
    """Masks of the distinct cuts of one chunk, computed once each; running products shared between regions.

    Parameters
    ----------
    columns
        Arrays of shape (n,) by column name.
    n
        Number of events.
    """

    def __init__(self, columns: Mapping[str, NDArray[Any]], n: int) -> None:
        self._columns = columns
        self._n = n
        self._single: dict[Cut, NDArray[np.bool_]] = {}
        self._product: dict[tuple[Cut, ...], NDArray[np.bool_]] = {(): np.ones(n, dtype=bool)}

    def extend(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Add columns that were computed later, such as scores."""
        self._columns = {**self._columns, **columns}

    def single(self, cut: Cut) -> NDArray[np.bool_]:
        """Return which events pass one cut."""
        if cut not in self._single:
            self._single[cut] = cut.mask(self._columns)
        return self._single[cut]

    def after(self, cuts: tuple[Cut, ...]) -> NDArray[np.bool_]:
        """Return which events pass all of these cuts; regions with the same first cuts share the work."""
        if cuts not in self._product:
            self._product[cuts] = self.after(cuts[:-1]) & self.single(cuts[-1])
        return self._product[cuts]

    def packed(self, cuts: Sequence[Cut]) -> NDArray[np.uint64]:
        """Return the bits of these cuts, shape (n, words).

        Cuts on a score that was not computed are left unset: there is nothing to compare, and their regions are absent.
        """
        nothing = np.zeros(self._n, dtype=bool)
        return pack_bits([self.single(c) if self._computed(c) else nothing for c in cuts], self._n)

    def _computed(self, cut: Cut) -> bool:
        return all(leaf.score is None or leaf.column in self._columns for leaf in cut.leaves())
