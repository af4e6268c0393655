"""A model that is read as data, and what every converter hands back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recastbook.network.conversion.drawing import GIVEN, draw
from recastbook.network.conversion.edges import Edges
from recastbook.network.conversion.sandbox import Confined

__all__ = ["Converted", "Readable"]

_ABSENT = 0.05
"""Share of the drawn values that are not a number, for inputs that have a default."""


@dataclass(frozen=True, slots=True)
class Converted:
    """An ONNX model with values to compare it on."""

    content: bytes
    """The ONNX file."""
    model: str
    """What the source holds."""
    rows: NDArray[np.float32]
    """Values, shape (N, inputs)."""
    kinds: NDArray[np.int8]
    """Which set a row belongs to, shape (N,)."""
    reference: NDArray[np.float64]
    """Scores of the source, shape (N, scores)."""
    reference_name: str
    """What computed them."""
    inputs: tuple[str, ...] = ()
    """Names of the columns, where known."""
    outputs: tuple[str, ...] = ()
    """Names of the scores, where known."""
    classes: tuple[str, ...] = ()
    """Labels of the classes in the order of the scores, where known."""
    notes: tuple[str, ...] = ()
    """What a user should know."""
    confined: Confined | None = None
    """What the confined process did, if there was one."""


@dataclass(frozen=True, slots=True)
class Readable:
    """A model that is read as data, whose scores are computed here."""

    content: bytes
    """The ONNX file."""
    model: str
    """What the source holds."""
    width: int
    """Number of inputs."""
    compute: Callable[[NDArray[np.float32]], NDArray[np.float64]]
    """Scores of the source, shape (N, scores), from values of shape (N, inputs)."""
    reference_name: str
    """What computes them."""
    edges: Edges | None = None
    """Where its trees branch."""
    mean: NDArray[np.float64] | None = None
    """Centre of the inputs, shape (inputs,); 0 by default."""
    std: NDArray[np.float64] | None = None
    """Scale of the inputs, shape (inputs,); 1 by default."""
    with_default: NDArray[np.bool_] | None = None
    """Which inputs have a value that stands for one that is not a number, shape (inputs,)."""
    inputs: tuple[str, ...] = ()
    """Names of the columns, where known."""
    outputs: tuple[str, ...] = ()
    """Names of the scores, where known."""
    notes: tuple[str, ...] = ()
    """What a user should know."""

    def compared_on(self, data: NDArray[np.float32] | None, *, rows: int, seed: int) -> Converted:
        """Compute scores for values to compare on.

        Parameters
        ----------
        data
            Values of the user's, shape (M, inputs); kept whole.
        rows, seed
            How many further values are drawn, and from which random numbers.
        """
        values, kinds = draw(
            self.edges or Edges.none(), self.width, data, count=rows, seed=seed, mean=self.mean, std=self.std
        )
        if self.with_default is not None:
            absent = (np.random.default_rng(seed + 1).random(values.shape) < _ABSENT) & self.with_default
            values[absent & (kinds != GIVEN)[:, None]] = np.nan
        return Converted(
            content=self.content,
            model=self.model,
            rows=values,
            kinds=kinds,
            reference=self.compute(values),
            reference_name=self.reference_name,
            inputs=self.inputs,
            outputs=self.outputs,
            notes=self.notes,
        )
