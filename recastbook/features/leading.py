"""The leading objects of each event as rectangular arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.detector.jagged import FlatCollection

__all__ = ["count", "leading", "leading_columns", "nth_pt"]


def leading(
    collection: ak.Array, fields: tuple[str, ...], n: int, *, padding: float = np.nan
) -> tuple[NDArray[np.float64], ...]:
    """Return fields of the `n` leading objects, padded where an event has fewer.

    Parameters
    ----------
    collection
        Objects of falling pT, shape (N, var).
    fields
        Fields wanted.
    n
        Number of objects.
    padding
        Value of what is missing.

    Returns
    -------
    tuple of ndarray
        One float64 array of shape (N, n) for each field.
    """
    flat = FlatCollection.from_awkward(collection, fields)
    position = flat.offsets[:-1, None] + np.arange(n)
    there = position < flat.offsets[1:, None]
    out = []
    for name in fields:
        values = np.full(position.shape, padding)
        values[there] = flat[name][position[there]]
        out.append(values)
    return tuple(out)


def leading_columns(
    collection: ak.Array, prefix: str, fields: Mapping[str, str], n: int, *, padding: float = 0.0
) -> dict[str, NDArray[np.float64]]:
    """Spread the `n` leading objects over named columns, as networks want them.

    Parameters
    ----------
    collection
        Objects of falling pT, shape (N, var).
    prefix
        Begin of the column names.
    fields
        Name used in the column to field of the collection, for example ``{"pt": "pt", "m": "mass"}``.
    n
        Number of objects.
    padding
        Value of what is missing.

    Returns
    -------
    dict
        ``prefix_pt_0, prefix_m_0, prefix_pt_1, ...``, each of shape (N,).
    """
    arrays = leading(collection, tuple(fields.values()), n, padding=padding)
    return {f"{prefix}_{name}_{i}": a[:, i] for i in range(n) for name, a in zip(fields, arrays, strict=True)}


def nth_pt(collection: ak.Array, n: int = 1) -> NDArray[np.float64]:
    """Return the pT of the n-th object of each event, counted from one, in GeV.

    Parameters
    ----------
    collection
        Objects of falling pT, shape (N, var).
    n
        1 for the leading object.

    Returns
    -------
    ndarray
        Shape (N,); 0 in events with fewer objects, so that lower bounds fail and upper bounds (a veto) pass.
    """
    (pt,) = leading(collection, ("pt",), n, padding=0.0)
    return pt[:, n - 1]


def count(collection: ak.Array) -> NDArray[np.int64]:
    """Return the number of objects of each event, shape (N,)."""
    numbers: NDArray[Any] = np.asarray(ak.num(collection, axis=1))
    return numbers.astype(np.int64, copy=False)
