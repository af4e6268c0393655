"""What every converter hands back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recastbook.network.conversion.sandbox import Confined

__all__ = ["Converted"]


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
