"""Scores as a mistaken code gets them: the same files, other inputs, files or outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.hunt.hypothesis import Hypothesis
from recastbook.diagnostics.hunt.layout import Layout
from recastbook.network import Network

__all__ = ["Scorer"]


@dataclass(frozen=True)
class Scorer:
    """Evaluates a network in batches, with nothing refused: a code out there checks no legend either."""

    layout: Layout
    """The card, as positions."""
    network: Network
    """Its sessions."""

    def scores(
        self,
        raw: NDArray[np.float64],
        files: NDArray[np.int64],
        point: Sequence[float] | None = None,
        hypothesis: Hypothesis | None = None,
    ) -> NDArray[np.float32]:
        """Return the scores, shape (N, outputs); nan for rows with a number that is not finite.

        Parameters
        ----------
        raw
            Clean raw inputs, shape (N, K).
        files
            Which file each row is for, shape (N,).
        point
            Parameters to fill in, in the card's order; None leaves the columns as they are.
        hypothesis
            What the mistaken code does; None for the contract.
        """
        x = np.array(raw, dtype=np.float64)
        if point is not None and len(self.layout.card.parameters.names):
            x[:, self.layout.card.parameter_columns] = point
        used = files
        if hypothesis is not None:
            x = hypothesis.apply(x, files)
            used = hypothesis.file_used(files)
        means, widths = self.layout.constants(files)
        with np.errstate(over="ignore"):
            fed = ((x - means) / widths).astype(np.float32)
        out = np.full((len(x), len(self.layout.card.outputs)), np.nan, dtype=np.float32)
        good = np.isfinite(fed.sum(axis=1))
        for position, session in enumerate(self.network.sessions):
            rows = np.flatnonzero(good & (used == position))
            if len(rows):
                found = session.run(fed[rows])
                out[rows] = np.stack([found[name] for name in self.layout.card.output_names], axis=1)
        return out if hypothesis is None else hypothesis.read_outputs(out)
