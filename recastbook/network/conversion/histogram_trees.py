"""Thresholds of scikit-learn's histogram gradient boosting, exact in float32; this runs in the confined process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["float32_thresholds"]


@contextmanager
def float32_thresholds(model: Any) -> Iterator[int]:
    """Round the thresholds of all histogram gradient boostings in a model down to float32, until the block ends.

    They are compared with ``x <= threshold`` in float64. The nearest float32, which skl2onnx writes, may lie above and
    takes one value more to its left; the largest float32 that is not above takes none, so that every float32 value
    goes where it went. For other trees of scikit-learn skl2onnx rounds so itself.

    Parameters
    ----------
    model
        A boosting, or a pipeline, vote or other composition with boostings in it.

    Yields
    ------
    int
        How many thresholds the nearest float32 would have lain above.
    """
    tables = [nodes for boosting in _boostings(model, set()) for nodes in _nodes(boosting)]
    before = [nodes["num_threshold"].copy() for nodes in tables]
    moved = 0
    try:
        for nodes, exact in zip(tables, before, strict=True):
            nearest = exact.astype(np.float32)
            above = nearest > exact
            nodes["num_threshold"] = np.where(above, np.nextafter(nearest, np.float32(-np.inf)), nearest)
            moved += int(np.count_nonzero(above))
        yield moved
    finally:
        for nodes, exact in zip(tables, before, strict=True):
            nodes["num_threshold"] = exact


def _nodes(boosting: Any) -> Iterator[NDArray[Any]]:
    for trees in boosting._predictors:
        for tree in trees:
            yield tree.nodes


def _boostings(part: Any, seen: set[int]) -> Iterator[Any]:
    """Find the boostings in a fitted model, each once, however it is composed."""
    if id(part) in seen:
        return
    seen.add(id(part))
    if isinstance(part, list | tuple) or (isinstance(part, np.ndarray) and part.dtype == object):
        for item in np.ravel(part) if isinstance(part, np.ndarray) else part:
            yield from _boostings(item, seen)
    elif isinstance(part, dict):
        yield from _boostings(list(part.values()), seen)
    elif type(part).__module__.split(".")[0] == "sklearn":
        if type(part).__name__.startswith("HistGradientBoosting") and hasattr(part, "_predictors"):
            yield part
        yield from _boostings(list(getattr(part, "__dict__", {}).values()), seen)
