"""Events made by hand, with objects where one can see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import awkward as ak
import numpy as np
import pytest

from recastbook.events.columns import RECO_COLUMNS, TRUTH_COLUMNS, collections_of, to_records

Particle = dict[str, float]
_DEFAULTS = {"mass": 0.0, "nTrack500": 10, "nTrack1000": 8, "prompt": True, "pdgId": 11, "nTrack": 10, "isolated": True}


def _records(events: Sequence[dict[str, Any]], columns: Any) -> ak.Array:
    flat: dict[str, Any] = {}
    for name, fields in collections_of(columns).items():
        listed = [e.get(name, []) for e in events]
        flat[f"n{name}"] = np.array([len(x) for x in listed], dtype="int32")
        for column in fields:
            key = column.name[len(name) + 1 :]
            values = [p.get(key, _DEFAULTS.get(key, 0)) for particles in listed for p in particles]
            flat[column.name] = np.array(values, dtype=column.dtype)
    for column in columns:
        if column.name not in flat:
            default = 1.0 if column.name == "genWeight" else 0
            flat[column.name] = np.array([e.get(column.name, default) for e in events], dtype=column.dtype)
    flat["event"] = np.arange(1, len(events) + 1, dtype="int64")
    return to_records(flat, columns)


@pytest.fixture(scope="session")
def truth_events() -> Callable[..., ak.Array]:
    """Return a function of event dictionaries ``{"GenJet": [{"pt": 100, ...}], "met": (pt, phi)}``.

    The visible momentum balances the missing one that is asked for.
    """

    def build(*events: dict[str, Any]) -> ak.Array:
        full = []
        for event in events:
            size, phi = event.get("met", (0.0, 0.0))
            px, py = size * np.cos(phi), size * np.sin(phi)
            balance = {"GenInvisible_px": px, "GenInvisible_py": py, "GenVisible_px": -px, "GenVisible_py": -py}
            full.append({**balance, **event})
        return _records(full, TRUTH_COLUMNS)

    return build


@pytest.fixture(scope="session")
def reco_events() -> Callable[..., ak.Array]:
    """Return a function like :func:`truth_events` for reconstructed events (collections Jet, Electron, ...)."""

    def build(*events: dict[str, Any]) -> ak.Array:
        full = []
        for event in events:
            size, phi = event.get("met", (0.0, 0.0))
            full.append({"MET_pt": size, "MET_phi": phi, **event})
        return _records(full, RECO_COLUMNS)

    return build
