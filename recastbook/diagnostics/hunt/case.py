"""What is looked at: the inputs under suspicion, and clean ones of the search to compare them with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.hunt.hypothesis import Hypothesis
from recastbook.diagnostics.hunt.layout import Layout

__all__ = ["Case"]


@dataclass(frozen=True)
class Case:
    """Inputs under suspicion as equivalent raw values, and what is known beside them."""

    layout: Layout
    """The card, as positions."""
    raw: NDArray[np.float64]
    """Equivalent raw values, shape (N, K); nan for columns that are not there, such as parameters."""
    files: NDArray[np.int64]
    """Which file of the card each row is for, shape (N,)."""
    clean: NDArray[np.float64] | None = None
    """Clean raw inputs of the search, shape (M, K)."""
    clean_files: NDArray[np.int64] | None = None
    """Which file each of them is for, shape (M,)."""
    pairs: NDArray[np.int64] | None = None
    """Position among the clean rows of the same event, shape (N,); None where rows cannot be matched."""
    scores: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """Scores that came with the inputs: output -> shape (N,)."""
    point: tuple[float, ...] | None = None
    """Parameters that the inputs are meant for, if they say."""

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def expected(self) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
        """Clean rows to compare with, paired where they can be, and their files."""
        if self.clean is None or self.clean_files is None:
            return None
        if self.pairs is None:
            return self.clean, self.clean_files
        return self.clean[self.pairs], self.clean_files[self.pairs]

    def undone(self, hypothesis: Hypothesis | None) -> NDArray[np.float64]:
        """Return the clean raw values that the inputs stand for under a hypothesis; nan where it leaves none."""
        if hypothesis is None:
            return self.raw
        with np.errstate(all="ignore"):
            return hypothesis.undo(self.raw, self.files)

    def with_point(self, raw: NDArray[np.float64], point: tuple[float, ...] | None) -> NDArray[np.float64]:
        """Return rows with parameters filled in where a point is given."""
        columns = self.layout.card.parameter_columns
        if point is None or not len(columns):
            return raw
        out = raw.copy()
        out[:, columns] = point
        return out
