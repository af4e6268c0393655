"""Truth events made by hand or by the dozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np
import pytest

from recastbook.events.columns import TRUTH_COLUMNS, collections_of, to_records

Objects = Mapping[str, Sequence[Mapping[str, float]]]


def build(events: Sequence[Objects], **columns: Any) -> ak.Array:
    """Make truth records from lists of objects; what is not given is zero, the event number counts from 0."""
    jagged = collections_of(TRUTH_COLUMNS)
    flat: dict[str, np.ndarray] = {}
    for name, cols in jagged.items():
        objects = [o for e in events for o in e.get(name, ())]
        flat[f"n{name}"] = np.array([len(e.get(name, ())) for e in events], dtype=np.int32)
        for c in cols:
            field = c.name.removeprefix(f"{name}_")
            flat[c.name] = np.array([o.get(field, 1 if field == "prompt" else 0) for o in objects], dtype=c.dtype)
    for c in TRUTH_COLUMNS:
        if c.name not in flat:
            default = np.arange(len(events)) if c.name == "event" else np.ones(len(events))
            value = columns.get(c.name, default if "_" not in c.name else np.zeros(len(events)))
            flat[c.name] = np.asarray(value, dtype=c.dtype)
    return to_records(flat)


def many(collection: str, n_events: int, n_objects: int, **fields: Any) -> ak.Array:
    """Make events with the same number of objects each; fields are numbers or arrays of n_events * n_objects."""
    jagged = collections_of(TRUTH_COLUMNS)
    flat: dict[str, np.ndarray] = {}
    n = n_events * n_objects
    for name, cols in jagged.items():
        here = name == collection
        flat[f"n{name}"] = np.full(n_events, n_objects if here else 0, dtype=np.int32)
        for c in cols:
            field = c.name.removeprefix(f"{name}_")
            value = fields.get(field, 1 if field == "prompt" else 0)
            flat[c.name] = np.broadcast_to(np.asarray(value, dtype=c.dtype), n if here else 0).copy()
    for c in TRUTH_COLUMNS:
        if c.name not in flat:
            value = np.arange(n_events) if c.name == "event" else np.ones(n_events) if "_" not in c.name else 0
            flat[c.name] = np.broadcast_to(np.asarray(value, dtype=c.dtype), n_events).copy()
    return to_records(flat)


@pytest.fixture
def truth() -> Callable[..., ak.Array]:
    return build


@pytest.fixture
def truth_in_bulk() -> Callable[..., ak.Array]:
    return many


@pytest.fixture(scope="session")
def mixed_events() -> ak.Array:
    """200 events with jets, electrons, muons and photons of random kinematics."""
    rng = np.random.default_rng(3)
    jagged = collections_of(TRUTH_COLUMNS)
    n = 200
    mean = {"GenJet": 12, "GenElectron": 1, "GenMuon": 1, "GenPhoton": 0.5}
    flat: dict[str, np.ndarray] = {}
    for name, cols in jagged.items():
        counts = rng.poisson(mean.get(name, 0), n)
        m = int(counts.sum())
        flat[f"n{name}"] = counts.astype(np.int32)
        rows = np.repeat(np.arange(n), counts)
        for c in cols:
            values: Any = {
                "pt": 10.0 + rng.exponential(70.0, m), "eta": rng.uniform(-2.6, 2.6, m),
                "phi": rng.uniform(-np.pi, np.pi, m), "mass": rng.exponential(5.0, m),
                "flavour": rng.choice([0, 4, 5], m), "prompt": rng.random(m) < 0.8,
                "pdgId": rng.choice([-11, 11], m), "nTrack500": rng.poisson(5, m),
            }.get(c.name.removeprefix(f"{name}_"), np.zeros(m))  # fmt: skip
            if c.name.endswith("_pt"):
                values = values[np.lexsort((-values, rows))]
            flat[c.name] = np.asarray(values, dtype=c.dtype)
    for c in TRUTH_COLUMNS:
        if c.name not in flat:
            flat[c.name] = rng.normal(0.0, 100.0, n).astype(c.dtype)
    flat["run"], flat["luminosityBlock"] = np.ones(n, dtype=np.int64), np.repeat(np.arange(1, 5), n // 4)
    flat["event"] = np.tile(np.arange(n // 4), 4)
    flat["GenVisible_sumEt"] = np.full(n, 2000.0)
    flat["GenTrack_sumPt"] = np.full(n, 1200.0)
    return to_records(flat)
