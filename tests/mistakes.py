"""Mistakes put into clean inputs by hand: column names and arithmetic, nothing of the hunter's own code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.network import ModelCard, Network
from recastbook.network.collected import CollectedInputs, NetworkMatrix

Matrix = NDArray[np.float64]
TWO_PI = 2.0 * np.pi


@dataclass(frozen=True)
class Clean:
    """Clean inputs of some events."""

    card: ModelCard
    raw: Matrix
    event: NDArray[np.int64]
    block: NDArray[np.int64]
    by: Mapping[str, NDArray[Any]]
    network: Network | None

    @property
    def file(self) -> NDArray[np.int64]:
        """Position of the file of each event."""
        if len(self.card.files) == 1:
            return np.zeros(len(self.raw), dtype=np.int64)
        if "event" in self.by:
            return self.by["event"] % 2
        return self.by["n_jets"].astype(np.int64) - 4

    def columns(self, *starts: str) -> list[int]:
        """Return positions of columns whose names begin like this, and go on with a number or end."""
        return [
            i for name, i in self.card.columns.items()
            if any(name == s or (name.startswith(s + "_") and name[len(s) + 1 :].isdigit()) for s in starts)
        ]  # fmt: skip

    def constants(self, file: NDArray[np.int64] | None = None) -> tuple[Matrix, Matrix]:
        """Return means and widths of every row."""
        cards = [self.card.for_file(f.name) for f in self.card.files]
        rows = self.file if file is None else file
        return np.stack([c.means for c in cards])[rows], np.stack([c.widths for c in cards])[rows]

    def normalised(self, raw: Matrix) -> Matrix:
        """Return (raw - mean) / width, in single precision as a network sees it."""
        mean, width = self.constants()
        return ((raw - mean) / width).astype("f4").astype("f8")

    def scores(self, raw: Matrix, file: NDArray[np.int64] | None = None, point: tuple[float, ...] = ()) -> Matrix:
        """Return scores by the runtime, of another file if asked; shape (N, outputs)."""
        assert self.network is not None
        chosen = self.file if file is None else file
        x = raw.copy()
        if point:
            x[:, self.card.parameter_columns] = point
        mean, width = self.constants(chosen) if self.card.normalisation.where == "outside" else (0.0, 1.0)
        fed = ((x - mean) / width).astype("f4")
        out = np.empty((len(x), len(self.card.outputs)))
        for position, session in enumerate(self.network.sessions):
            rows = np.flatnonzero(chosen == position)
            if len(rows):
                found = session.run(fed[rows])
                out[rows] = np.stack([found[n] for n in self.card.output_names], axis=1)
        return out

    def part(self, rows: Any) -> Clean:
        """Return some of the events."""
        by = {k: v[rows] for k, v in self.by.items()}
        return Clean(self.card, self.raw[rows], self.event[rows], self.block[rows], by, self.network)


def clean_of(card: ModelCard, collected: CollectedInputs, matrix: NetworkMatrix, network: Network | None) -> Clean:
    """Return the clean inputs of what was collected."""
    ids = {k: v[matrix.rows] for k, v in collected.ids.items()}
    return Clean(card, matrix.raw, ids["event"], ids["luminosityBlock"], matrix.chosen_by, network)


@dataclass(frozen=True)
class Seed:
    """A mistake, and the hypothesis that names it."""

    network: str
    expected: str
    make: Callable[[Clean], Matrix | dict[str, Any]]
    """Returns what is fed, or the arguments of ``hunt``."""
    stage: str = "raw"
    needs_rows: bool = False
    """Whether only a comparison event by event can find it."""
    also: tuple[str, ...] = field(default=())
    """Hypotheses that do the same to these inputs."""

    @property
    def name(self) -> str:
        """Search and mistake."""
        return f"{self.network}: {self.expected}"


def _times(*starts: str, factor: float) -> Callable[[Clean], Matrix]:
    def make(clean: Clean) -> Matrix:
        out = clean.raw.copy()
        columns = clean.columns(*starts)
        # codes scale momenta when they read them; what is absent is filled in afterwards
        absent = np.abs(out[:, columns]) < 1e-6
        out[:, columns] = np.where(absent, out[:, columns], out[:, columns] * factor)
        return out

    return make


def _azimuth(*starts: str, full: bool, anchor: str | None = None) -> Callable[[Clean], Matrix]:
    def make(clean: Clean) -> Matrix:
        out = clean.raw.copy()
        for column in clean.columns(*starts):
            x = out[:, column]
            wrapped = x % TWO_PI if full else (x + np.pi) % TWO_PI - np.pi
            if anchor is not None:
                number = clean.card.inputs[column].name.rsplit("_", 1)[-1]
                pt = out[:, clean.card.columns[f"{anchor}_{number}"]]
                wrapped = np.where(pt < 1e-3, x, wrapped)
            out[:, column] = wrapped
        return out

    return make


def _absent(clean: Clean) -> NDArray[np.bool_]:
    """Tell which cells are padding, by the pT of their object."""
    out = np.zeros(clean.raw.shape, dtype=bool)
    for name, column in clean.card.columns.items():
        stem, _, number = name.rpartition("_")
        if number.isdigit():
            prefix = stem.removesuffix("_btag_bin").rsplit("_", 1)[0] if "btag_bin" not in stem else "jet"
            out[:, column] = clean.raw[:, clean.card.columns[f"{prefix}_pt_{number}"]] < 1e-3
    return out


def _padded(value: float, *starts: str, normalised: bool = False) -> Callable[[Clean], Matrix]:
    def make(clean: Clean) -> Matrix:
        absent = _absent(clean)
        if starts:
            keep = np.ones(clean.raw.shape[1], dtype=bool)
            keep[clean.columns(*starts)] = False
            absent[:, keep] = False
        if normalised:
            return np.where(absent, value, clean.normalised(clean.raw))
        return np.where(absent, value, clean.raw)

    return make


def _interchanged(clean: Clean) -> Matrix:
    mean, width = clean.constants()
    return np.asarray((clean.raw - width) / mean)


def _twice(clean: Clean) -> Matrix:
    mean, width = clean.constants()
    return np.asarray((clean.normalised(clean.raw) - mean) / width)


def _without_mean(clean: Clean) -> Matrix:
    return np.asarray(clean.raw / clean.constants()[1])


def _by_variable(clean: Clean) -> Matrix:
    """SUSY-2018-30: all pT, then all eta, and so on, block by block, before the normalisation."""
    out = clean.raw.copy()
    for first, n, k in ((0, 10, 5), (50, 4, 4), (66, 4, 4)):
        cube = clean.raw[:, first : first + n * k].reshape(-1, n, k)
        out[:, first : first + n * k] = cube.transpose(0, 2, 1).reshape(-1, n * k)
    return out


def _by_object(clean: Clean) -> Matrix:
    """SUSY-2019-04: one jet after the other; the lepton is one object, so nothing changes there."""
    out = clean.raw.copy()
    out[:, 11:61] = clean.raw[:, 11:61].reshape(-1, 5, 10).transpose(0, 2, 1).reshape(-1, 50)
    return out


def _coded(start: str, codes: Mapping[float, float]) -> Callable[[Clean], Matrix]:
    def make(clean: Clean) -> Matrix:
        out = clean.raw.copy()
        absent = _absent(clean)
        for column in clean.columns(start):
            for old, new in codes.items():
                out[(clean.raw[:, column] == old) & ~absent[:, column], column] = new
        return out

    return make


def _zero(*starts: str) -> Callable[[Clean], Matrix]:
    def make(clean: Clean) -> Matrix:
        out = clean.raw.copy()
        out[:, clean.columns(*starts)] = 0.0
        return out

    return make


def _mass_for_energy(clean: Clean) -> Matrix:
    out = clean.raw.copy()
    for i in range(10):
        pt, eta, e = (clean.columns(f"jet_{q}_{i}")[0] for q in ("pt", "eta", "e"))
        there = clean.raw[:, pt] > 1e-3
        p = clean.raw[:, pt] * np.cosh(np.where(there, clean.raw[:, eta], 0.0))
        out[there, e] = np.sqrt(np.maximum(clean.raw[there, e] ** 2 - p[there] ** 2, 0.0))
    return out


def _energy_for_mass(clean: Clean) -> Matrix:
    out = clean.raw.copy()
    for i in range(10):
        pt, eta, m = (clean.columns(f"small_R_jets_{q}_{i}")[0] for q in ("pt", "eta", "m"))
        p = clean.raw[:, pt] * np.cosh(clean.raw[:, eta])
        out[:, m] = np.where(clean.raw[:, pt] > 0.0, np.hypot(p, clean.raw[:, m]), 0.0)
    return out


def _parameters(values: tuple[float, float, float]) -> Callable[[Clean], Matrix]:
    def make(clean: Clean) -> Matrix:
        out = clean.raw.copy()
        out[:, clean.card.parameter_columns] = values
        return clean.normalised(out)

    return make


def _other_fold(clean: Clean) -> dict[str, Any]:
    return {"inputs": clean.raw, "scores": clean.scores(clean.raw, 1 - clean.file)}


def _other_constants(clean: Clean) -> Matrix:
    mean, width = clean.constants(1 - clean.file)
    return np.asarray((clean.raw - mean) / width)


def _next_network(clean: Clean) -> dict[str, Any]:
    return {"inputs": clean.raw, "scores": clean.scores(clean.raw, np.minimum(clean.file + 1, 4))}


def _complement(clean: Clean) -> dict[str, Any]:
    return {"inputs": clean.raw, "scores": 1.0 - clean.scores(clean.raw)}


def _wrong_output(clean: Clean) -> dict[str, Any]:
    found = clean.scores(clean.raw, point=(1.0, 2100.0, 1.0))
    return {"inputs": clean.raw, "scores": {"p_gtt": found[:, 1]}, "region": "SR-Gtt-2100-1"}


def _alphabetical(clean: Clean) -> Matrix:
    names = sorted(clean.card.columns, key=str.casefold)
    return clean.raw[:, [clean.card.columns[n] for n in names]]


GTT, RPV, HHH = "ATLAS-SUSY-2018-30 network", "ATLAS-SUSY-2019-04 network", "ATLAS-HIGP-2024-32 heavyres"
JETS = ("jet_pt", "jet_e")
SUMS = ("met", "ht_jet", "ht_bjet", "minmax_mass", "three_jet_maxpt_mass", "three_jet_lep_met_mass_max_pt")
SMALL = ("small_R_jets_pt", "small_R_jets_m")

SEEDS = (
    Seed(GTT, "azimuth: met_phi in (-pi, pi]", _azimuth("met_phi", full=False)),
    Seed(GTT, "azimuth: large_R_jets in [0, 2 pi)", _azimuth("large_R_jets_phi", full=True, anchor="large_R_jets_pt")),
    Seed(GTT, "azimuth: small_R_jets in [0, 2 pi)", _azimuth("small_R_jets_phi", full=True, anchor="small_R_jets_pt")),
    Seed(GTT, "padding: everything -999", _padded(-999.0)),
    Seed(GTT, "padding: 0 after the normalisation", _padded(0.0, normalised=True), stage="fed"),
    Seed(GTT, "normalisation: missing", lambda c: c.raw.copy(), stage="fed"),
    Seed(GTT, "normalisation: doubled", _twice, stage="fed"),
    Seed(GTT, "normalisation: interchanged", _interchanged, stage="fed"),
    Seed(GTT, "order: variable by variable", _by_variable),
    Seed(GTT, "unit: small_R_jets in MeV", _times(*SMALL, factor=1000.0)),
    Seed(GTT, "unit: event quantities in TeV", _times("met", factor=0.001)),
    Seed(GTT, "unit: leptons in MeV", _times("leptons_pt", "leptons_m", factor=1000.0)),
    Seed(GTT, "code: isb 1 and -1", _coded("small_R_jets_isb", {0.0: -1.0})),
    Seed(GTT, "mass: leptons, massless", _zero("leptons_m")),
    Seed(GTT, "mass: small_R_jets, energy for mass", _energy_for_mass),
    Seed(GTT, "parameters: isGtt 2", _parameters((2.0, 2100.0, 1.0)), stage="fed"),
    Seed(GTT, "parameters: mGluino and mLSP exchanged", _parameters((1.0, 1200.0, 2300.0)), stage="fed"),
    Seed(GTT, "output: p_gtt and p_gbb exchanged", _wrong_output, also=("output: next index",)),
    Seed(RPV, "unit: leptons in GeV", _times("lepton_pt", "lepton_e", factor=100.0)),
    Seed(RPV, "unit: jets in GeV", _times(*JETS, factor=100.0)),
    Seed(RPV, "unit: event quantities in GeV", _times(*SUMS, factor=100.0)),
    Seed(RPV, "padding: eta 1e-07", _padded(1e-7, "jet_eta"), also=("padding: eta 0",)),
    Seed(RPV, "padding: everything -999", _padded(-999.0)),
    Seed(RPV, "azimuth: jets in [0, 2 pi)", _azimuth("jet_phi", full=True, anchor="jet_pt")),
    Seed(RPV, "code: btag_bin 5 and -0.5", _coded("jet_btag_bin", {1.0: -0.5})),
    Seed(RPV, "code: btag_bin 1 and 0", _coded("jet_btag_bin", {1.0: 0.0, 5.0: 1.0})),
    Seed(RPV, "order: object by object", _by_object),
    Seed(RPV, "mass: jets, mass for energy", _mass_for_energy),
    Seed(RPV, "files: next one", _next_network),
    Seed(RPV, "output: 1 - nn", _complement),
    Seed(HHH, "normalisation: interchanged", _interchanged, stage="fed"),
    Seed(HHH, "normalisation: missing", lambda c: c.raw.copy(), stage="fed"),
    Seed(HHH, "normalisation: doubled", _twice, stage="fed"),
    Seed(HHH, "normalisation: no mean", _without_mean, stage="fed"),
    Seed(HHH, "unit: event quantities in MeV", _times("mHradius", "rmsmBB", "mH1", factor=1000.0)),
    Seed(HHH, "order: alphabetical", _alphabetical),
    Seed(HHH, "files: folds exchanged", _other_fold),
    Seed(HHH, "files: folds exchanged", _other_constants, stage="fed", needs_rows=True),
)
