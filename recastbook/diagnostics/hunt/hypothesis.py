"""A hypothesis: one convention that a code may have got wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.hunt.changes import Change, Files, Outputs
from recastbook.diagnostics.hunt.layout import Layout
from recastbook.exceptions import NetworkError

__all__ = ["FAMILIES", "Hypothesis"]

FAMILIES = (
    "unit", "azimuth", "padding", "normalisation", "order", "code", "mass", "parameters", "output", "files",
)  # fmt: skip
"""Kinds of hypotheses, in the order of the grid."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One change of convention, which can be applied to clean inputs and taken back from mistaken ones."""

    key: str
    """Short name, unique in the grid of a card, for example ``unit: leptons in GeV``."""
    family: str
    """One of :data:`FAMILIES`."""
    what: str
    """What the mistaken code does, beside what the card says."""
    fix: str
    """What would put it right."""
    layout: Layout = field(repr=False)
    """The card, as positions."""
    change: Change = field(repr=False)
    """What happens to the inputs."""

    def apply(
        self, matrix: NDArray[np.float64], files: Sequence[int] | NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """Return what the mistaken code makes of clean raw inputs, as equivalent raw values.

        Equivalent: after the normalisation of the card they are what the mistaken code feeds, so that they go where
        raw inputs go (``Network.scores``, ``card.normalise``). Scores of a hypothesis about outputs or files differ
        although its matrix is the same; :func:`recastbook.diagnostics.hunt.effect` knows.

        Parameters
        ----------
        matrix
            Raw inputs in the card's order, shape (N, K).
        files
            Which of the card's files each event is for, shape (N,); needed only where files have their own constants.

        Raises
        ------
        NetworkError
            If the number of columns is not that of the card.
        """
        raw = self._checked(matrix)
        return self.change.apply(self.layout, raw, self.layout.files_of(files, len(raw)))

    def undo(
        self, matrix: NDArray[np.float64], files: Sequence[int] | NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """Return the clean raw inputs if `matrix` came from the mistaken code; nan where nothing tells them.

        Parameters and errors as for :meth:`apply`.
        """
        raw = self._checked(matrix)
        return self.change.undo(self.layout, raw, self.layout.files_of(files, len(raw)))

    def file_used(self, files: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the file that the mistaken code scores each event with, shape (N,)."""
        return np.array(self.change.instead)[files] if isinstance(self.change, Files) else files

    def read_outputs(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scores as the mistaken code reads them, in the order of the card's outputs; shape (N, outputs)."""
        if not isinstance(self.change, Outputs):
            return scores
        read = scores[:, list(self.change.instead)]
        return np.float32(1.0) - read if self.change.complement else read

    @property
    def changes_inputs(self) -> bool:
        """Whether it changes what is fed, not only where or how the score is read."""
        return not isinstance(self.change, Outputs)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready description."""
        return {"key": self.key, "family": self.family, "what": self.what, "fix": self.fix}

    def _checked(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        raw = np.asarray(matrix, dtype=np.float64)
        if raw.ndim != 2 or raw.shape[1] != len(self.layout):
            title = self.layout.card.title
            message = f"{self.key!r} acts on inputs of {title!r}, shape (N, {len(self.layout)}), not {raw.shape}"
            raise NetworkError(message)
        return raw
