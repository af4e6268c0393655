"""A small search and random truth events for tests of the machinery; no physics is claimed for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook import Analysis
from recastbook.events.columns import TRUTH_COLUMNS, FlatColumns, collections_of
from recastbook.events.eventfile import EventFile, EventMetadata, EventWriter

JET_REGION = {
    "name": "SR-jets",
    "kind": "signal",
    "group": "jets",
    "preselection": "common",
    "cuts": [{"feature": "ht", "min": 300, "unit": "GeV"}, {"feature": "n_bjets", "min": 1}],
}


class ToySearch(Analysis):
    """Two regions on jets and MET."""

    identifier = "TOY-TEST-01"
    info: Mapping[str, Any] = {
        "id": "TOY-TEST-01",
        "experiment": "TOY",
        "energy_tev": 13,
        "luminosity_fb": 10.0,
        "title": "A toy search",
        "status": "unvalidated",
        "features": {
            "met": {"unit": "GeV", "label": "MET"},
            "ht": {"unit": "GeV", "label": "HT"},
            "n_bjets": {},
            "n_jets": {},
        },
    }
    regions: Mapping[str, Any] = {
        "version": 1,
        "options": {"veto": {"default": "no", "alternatives": ["no", "yes"], "reason": "to have one"}},
        "slim": [{"feature": "n_jets", "min": 1}],
        "preselections": {"common": [{"feature": "n_jets", "min": 2}, {"feature": "met", "min": 30, "unit": "GeV"}]},
        "regions": [
            JET_REGION,
            {
                "name": "SR-met",
                "kind": "signal",
                "group": "met",
                "preselection": "common",
                "cuts": [{"feature": "met", "min": 80, "unit": "GeV"}],
            },
            {
                "name": "CR-jets",
                "kind": "control",
                "preselection": "common",
                "cuts": [{"feature": "ht", "below": {"of": "SR-jets"}}, {"feature": "n_bjets", "max": 0}],
            },
        ],
        "histograms": {"met": {"bins": 20, "start": 0, "stop": 400}},
    }

    def objects(self, events: ak.Array, detector: Any) -> dict[str, Any]:
        jets = detector.jets(events)
        jets = jets[(jets.pt > 30) & (abs(jets.eta) < 2.8)]
        return {"jets": jets, "btag": detector.btag(jets), "met": detector.met(events, jets=jets)}

    def features(self, objects: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        return {
            "n_jets": np.asarray(ak.num(objects["jets"])),
            "n_bjets": np.asarray(ak.sum(objects["btag"], axis=1)),
            "ht": np.asarray(ak.sum(objects["jets"].pt, axis=1)),
            "met": np.asarray(objects["met"].pt),
        }


def toy_events(n: int, *, seed: int = 1, first: int = 0, weighted: bool = True) -> FlatColumns:
    """Return random truth columns of n events, numbered from `first`; only jets and sums are filled."""
    rng = np.random.default_rng(seed)
    n_jets = rng.integers(0, 8, n)
    total = int(n_jets.sum())
    flat: FlatColumns = {}
    for column in TRUTH_COLUMNS:
        flat[column.name] = np.zeros(n, dtype=column.dtype)
    for name, columns in collections_of(TRUTH_COLUMNS).items():
        flat[f"n{name}"] = np.zeros(n, dtype="int32")
        for column in columns:
            flat[column.name] = np.zeros(0, dtype=column.dtype)
    flat["nGenJet"] = n_jets.astype("int32")
    pt = rng.exponential(80.0, total) + 15.0
    event = np.repeat(np.arange(n), n_jets)
    order = np.lexsort((-pt, event))
    jets = {
        "pt": pt[order],
        "eta": rng.normal(0.0, 1.3, total).clip(-4.8, 4.8),
        "phi": rng.uniform(-np.pi, np.pi, total),
        "mass": pt[order] * 0.1,
        "flavour": rng.choice([0, 4, 5], total, p=[0.6, 0.1, 0.3]),
    }
    for column in collections_of(TRUTH_COLUMNS)["GenJet"]:
        field = column.name.removeprefix("GenJet_")
        flat[column.name] = np.asarray(jets.get(field, np.full(total, 5))).astype(column.dtype)
    flat["run"] = np.ones(n, dtype="int64")
    flat["luminosityBlock"] = np.ones(n, dtype="int64")
    flat["event"] = np.arange(first, first + n, dtype="int64")
    flat["genWeight"] = rng.normal(1.0, 0.3, n) if weighted else np.ones(n)
    flat["GenInvisible_px"] = rng.normal(0, 60, n)
    flat["GenInvisible_py"] = rng.normal(0, 60, n)
    flat["GenVisible_px"], flat["GenVisible_py"] = -flat["GenInvisible_px"], -flat["GenInvisible_py"]  # type: ignore[operator]
    return flat


def write_events(folder: Path, flat: FlatColumns, *, part_size: int = 50_000, **metadata: Any) -> EventFile:
    """Write flat columns as an event file."""
    facts = {"label": "toy", "process": "toy", "cross_section": 1.0, **metadata}
    with EventWriter(folder, EventMetadata(**facts), part_size=part_size) as writer:
        writer.write(flat)
    return EventFile.open(folder)


def reordered(flat: FlatColumns, order: NDArray[np.int64]) -> FlatColumns:
    """Return the same events in another order."""
    from recastbook.events.columns import to_flat, to_records

    return to_flat(to_records(flat)[order])
