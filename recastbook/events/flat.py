"""Cutting and joining flat columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recastbook.events.columns import RECO_COLUMNS, TRUTH_COLUMNS, FlatColumns

__all__ = ["concatenate", "cut_events", "empty_columns"]


def _counts(flat: Mapping[str, NDArray[np.generic]]) -> list[str]:
    return [name for name in flat if name.startswith("n") and name[1:2].isupper()]


def cut_events(flat: FlatColumns, start: int, stop: int) -> FlatColumns:
    """Return events ``start:stop``, views where possible.

    Examples
    --------
    >>> flat = {"event": np.arange(3), "nJet": np.array([1, 0, 2]), "Jet_pt": np.array([50.0, 40.0, 30.0])}
    >>> {k: v.tolist() for k, v in cut_events(flat, 1, 3).items()}
    {'event': [1, 2], 'nJet': [0, 2], 'Jet_pt': [40.0, 30.0]}
    """
    jagged: dict[str, slice] = {}
    for name in _counts(flat):
        before = int(np.sum(flat[name][:start], dtype=np.int64))
        jagged[name[1:]] = slice(before, before + int(np.sum(flat[name][start:stop], dtype=np.int64)))
    return {k: v[jagged.get(k.partition("_")[0], slice(start, stop))] for k, v in flat.items()}


def concatenate(pieces: Sequence[FlatColumns]) -> FlatColumns:
    """Put the events of several flat columns behind each other; at least one is needed."""
    if len(pieces) == 1:
        return pieces[0]
    return {name: np.concatenate([p[name] for p in pieces]) for name in pieces[0]}


def empty_columns(level: int = 2) -> FlatColumns:
    """Return flat columns of no events, level 2 (truth objects) or 3 (reconstructed objects)."""
    columns = TRUTH_COLUMNS if level == 2 else RECO_COLUMNS
    return {c.name: np.empty(0, dtype=c.dtype) for c in columns}
