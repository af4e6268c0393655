"""Event files of long-lived particles made from truth features, for tests of searches that read GenLLP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from toys import toy_events, write_events

from recastbook.events.columns import TRUTH_COLUMNS, FlatColumns, collections_of
from recastbook.events.eventfile import EventFile
from recastbook.surrogates import TruthTable


def events_of(table: TruthTable, *, seed: int = 1) -> FlatColumns:
    """Flat truth columns with the particles of a table; nothing else is in the events, but a Z where it has one."""
    n = len(table)
    rng = np.random.default_rng(seed)
    flat: dict[str, Any] = {}
    for name, columns in collections_of(TRUTH_COLUMNS).items():
        flat[f"n{name}"] = np.zeros(n, dtype=np.int32)
        flat |= {c.name: np.zeros(0, dtype=c.dtype) for c in columns}
    for column in TRUTH_COLUMNS:
        if column.name not in flat:
            flat[column.name] = np.zeros(n, dtype=column.dtype)
    flat["run"], flat["luminosityBlock"] = np.ones(n, np.int64), np.ones(n, np.int64)
    flat["event"] = np.arange(n, dtype=np.int64)
    flat["genWeight"] = np.asarray(table.weight, dtype=np.float64)
    c = table.columns
    there = np.stack([np.ones(n, dtype=bool), table.n_llp > 1], axis=1)
    pt = np.stack([c["llp1_pT"], c["llp2_pT"]], axis=1)
    order = np.argsort(-np.nan_to_num(pt, nan=-1.0), axis=1)

    def both(quantity: str) -> np.ndarray:
        values = np.take_along_axis(np.stack([c[f"llp1_{quantity}"], c[f"llp2_{quantity}"]], axis=1), order, axis=1)
        return values[np.take_along_axis(there, order, axis=1)]

    phi = rng.uniform(-np.pi, np.pi, int(there.sum()))
    flat["nGenLLP"] = there.sum(axis=1).astype(np.int32)
    values = {
        "pt": both("pT"), "eta": both("eta"), "phi": phi,
        "mass": np.sqrt(np.maximum(both("ET") ** 2 - both("pT") ** 2, 0.0)),
        "decayX": 1000 * both("Lxy") * np.cos(phi), "decayY": 1000 * both("Lxy") * np.sin(phi),
        "decayZ": 1000 * both("Lz") * np.sign(both("eta")), "pdgId": np.full(len(phi), 35),
        "daughter1": both("child_pdgId"), "daughter2": -both("child_pdgId"), "nDaughter": np.full(len(phi), 2),
    }  # fmt: skip
    for column in collections_of(TRUTH_COLUMNS)["GenLLP"]:
        field = column.name.removeprefix("GenLLP_")
        flat[column.name] = np.asarray(values.get(field, np.zeros(len(phi)))).astype(column.dtype)
    if table.has_boson:
        flat |= _leptons_of_z(c["V_pt"], c["V_eta"])
    return flat


def with_particles(flat: FlatColumns, n: int, factor: float = 1.0) -> FlatColumns:
    """The same events, all with n long-lived particles (up to three), their decays `factor` times farther away."""
    events = len(flat["event"])
    out = {**flat, "nGenLLP": np.full(events, n, dtype=np.int32)}
    for name in (k for k in flat if k.startswith("GenLLP_")):
        two = np.asarray(flat[name]).reshape(events, 2)
        out[name] = np.concatenate([two, two[:, 1:]], axis=1)[:, :n].ravel()
        if name.startswith("GenLLP_decay"):
            out[name] = out[name] * np.float32(factor)
    return out


def _leptons_of_z(pt: np.ndarray, eta: np.ndarray) -> dict[str, Any]:
    """Two muons of a Z that decays along its transverse axis; their sum has the given momentum."""
    n, half = len(pt), 91.19 / 2
    # at rest: momenta +-half perpendicular to the boost, so each carries half of the boson's momentum besides
    px, py, pz = pt / 2, np.full(n, half), pt * np.sinh(eta) / 2
    one = np.stack([np.hypot(px, py)] * 2, axis=1).ravel()
    return {
        "nGenMuon": np.full(n, 2, np.int32),
        "GenMuon_pt": one.astype(np.float32),
        "GenMuon_eta": np.repeat(np.arcsinh(pz / np.hypot(px, py)), 2).astype(np.float32),
        "GenMuon_phi": np.stack([np.arctan2(py, px), np.arctan2(-py, px)], axis=1).ravel().astype(np.float32),
        "GenMuon_mass": np.full(2 * n, 0.10566, np.float32),
        "GenMuon_pdgId": np.tile([13, -13], n).astype(np.int32),
        "GenMuon_prompt": np.ones(2 * n, bool),
        "GenMuon_fromTau": np.zeros(2 * n, bool),
    }


def llp_file(folder: Path, table: TruthTable, *, part_size: int = 50_000, **metadata: Any) -> EventFile:
    """Write the events of a table."""
    return write_events(folder, events_of(table), part_size=part_size, **metadata)


__all__ = ["events_of", "llp_file", "toy_events"]
