"""Jagged collections in flat form: events of rows, falling pT, float32 momenta."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recastbook.events.columns import FlatColumns
from recastbook.events.truth.visible import polar_arrays

__all__ = ["counts_of", "events_of", "falling_pt", "momentum_columns"]


def events_of(rows: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the event of each row, shape of `rows`; rows of event k are ``offsets[k]`` to ``offsets[k+1] - 1``."""
    return np.asarray(np.searchsorted(offsets, rows, side="right") - 1)


def counts_of(event: NDArray[np.int64], n_events: int) -> NDArray[np.int32]:
    """Return how many rows each event has, shape (n_events,)."""
    return np.bincount(event, minlength=n_events).astype(np.int32)


def falling_pt(event: NDArray[np.int64], pt: NDArray[np.float64], eta: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the order that sorts rows by event, then falling pT; equal pT by eta, whatever the order was before."""
    return np.asarray(np.lexsort((eta, -pt, event)))


def momentum_columns(
    name: str,
    px: NDArray[np.float64],
    py: NDArray[np.float64],
    pz: NDArray[np.float64],
    mass: NDArray[np.float64],
) -> FlatColumns:
    """Return ``name_pt``, ``name_eta``, ``name_phi`` and ``name_mass`` as float32 columns."""
    pt, eta, phi = polar_arrays(px, py, pz)
    values = {"pt": pt, "eta": eta, "phi": phi, "mass": mass}
    return {f"{name}_{k}": v.astype(np.float32) for k, v in values.items()}
