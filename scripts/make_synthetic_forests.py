"""Train the synthetic forests that stand in for the surrogate models of ATLAS-EXOT-2022-04.

The labels come from simple formulas below, not from any simulation of ATLAS: the forests have the shape of the
published ones (five classes, twelve or fourteen inputs, ten trees, a scaler) and nothing else in common with them.

    python scripts/make_synthetic_forests.py recastbook/analyses/atlas_exot_2022_04/stand_in

The files come out the same byte for byte with the versions of scikit-learn and skl2onnx that the cards and files name:
all random numbers are seeded, and means and widths are rounded, since the last digits of a sum hang on the processor.
Another version may grow other trees.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from recastbook.network.card import ModelCard
from recastbook.network.contract import GoldenRow
from recastbook.surrogates.card_of_forest import CLASSES, card_of_forest
from recastbook.surrogates.truth_features import input_names
from recastbook.surrogates.truth_table import TruthTable
from recastbook.surrogates.two_body import two_body_sample

LABEL = "synthetic, not ATLAS"
PAIRS = [(60, 15), (125, 16), (125, 55), (200, 50), (400, 100), (600, 150), (600, 275), (1000, 275)]
ALPS = [(100, m) for m in (0.4, 1, 10, 40)]
LIFETIMES = (0.3, 1.0, 3.0, 8.0)
EVENTS = 2500
# ET in GeV at which half of the particles are seen, largest probability of being seen
SELECTIONS = {
    "CR+2J": (90.0, 0.30), "WHS_lowET": (40.0, 0.20), "WHS_highET": (80.0, 0.30), "WALP": (40.0, 0.15),
    "ZHS_lowET": (40.0, 0.18), "ZHS_highET": (80.0, 0.28),
}  # fmt: skip
# the published example vector of WALP: one axion-like particle of 10 GeV, copied, and its W
EXAMPLE = (
    2.48167911, 1.54975031, 0.58969972, 156.00026434, 156.32044804, 21, 2.48167911, 1.54975031, 0.58969972,
    156.00026434, 156.32044804, 21, 156.8854222, -0.98841971,
)  # fmt: skip
SHARES = {"A": 0.58, "B": 0.04, "C": 0.33, "D": 0.05}


def seen(table: TruthTable, n: int, half: float, best: float) -> NDArray[np.float64]:
    """Return the invented probability that a particle looks like a trackless jet: late decay, enough energy."""
    lxy, lz, eta, et, child = (table.columns[f"llp{n}_{q}"] for q in ("Lxy", "Lz", "eta", "ET", "child_pdgId"))

    def window(x: NDArray[np.float64], low: float, high: float, soft: float) -> NDArray[np.float64]:
        return expit((x - low) / soft) * expit((high - x) / soft)

    where = np.where(np.abs(eta) < 1.5, window(lxy, 1.9, 3.7, 0.15), window(lz, 4.1, 5.9, 0.2)) * (np.abs(eta) < 2.5)
    energy = expit((et - half) / (0.2 * half))
    return best * where * energy * np.where(child == 15, 0.6, 1.0)


def probabilities(table: TruthTable, selection: str) -> NDArray[np.float64]:
    """Return the invented probability of each class, shape (N, 5)."""
    half, best = SELECTIONS[selection]
    q1, q2 = seen(table, 1, half, best), seen(table, 2, half, best)
    passed = q1 + q2 - q1 * q2
    if selection != "CR+2J":
        passed = passed / (1 + np.exp(-(table.columns["V_pt"] - 30.0) / 15.0))
    regions = [passed * SHARES[c] for c in CLASSES[1:]]
    return np.stack([1 - passed, *regions], axis=1)


def training_table(selection: str) -> TruthTable:
    """Return the truth features of the training samples."""
    alp = selection == "WALP"
    tables = [
        two_body_sample(
            m_phi, m_s, ctau, EVENTS, seed=1000 * i + j, boson=selection != "CR+2J", single=alp,
            fractions={21: 1.0} if alp else None,
        ).paired("copy" if alp else "refuse")
        for i, (m_phi, m_s) in enumerate(ALPS if alp else PAIRS)
        for j, ctau in enumerate(LIFETIMES)
    ]  # fmt: skip
    columns = {k: np.concatenate([t.columns[k] for t in tables]) for k in tables[0].columns}
    return TruthTable.from_columns(columns, name=selection, check=False)


def main() -> None:
    """Train, convert and describe the six forests."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for number, selection in enumerate(SELECTIONS):
        make(folder, selection, seed=number + 1)


def train(selection: str, *, seed: int) -> tuple[Any, NDArray[np.float64], NDArray[np.float64]]:
    """Return the forest of one selection with means and widths of its inputs, each of shape (inputs,)."""
    from sklearn.ensemble import RandomForestClassifier

    table = training_table(selection)
    matrix = table.matrix(input_names(boson=selection != "CR+2J"))
    rng = np.random.default_rng(seed)
    chances = np.cumsum(probabilities(table, selection), axis=1)
    labels = np.minimum((rng.random(len(table))[:, None] > chances).sum(axis=1), len(CLASSES) - 1)
    mean, width = rounded(matrix.mean(axis=0)), rounded(matrix.std(axis=0))
    width = np.where(width > 0, width, 1.0)
    forest = RandomForestClassifier(10, max_depth=7, min_samples_leaf=20, random_state=seed)
    forest.fit(((matrix - mean) / width).astype(np.float32), labels)
    return forest, mean, width


def rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values with seven digits, which do not hang on the order of a sum; what is as good as zero is zero."""
    return np.array([float(f"{v:.7g}") if abs(v) > 1e-9 else 0.0 for v in values])


def make(folder: Path, selection: str, *, seed: int) -> None:
    """Make the file and card of one selection."""
    import pickle
    import tempfile

    from sklearn import __version__ as version

    from recastbook.network.conversion import convert_model

    names = input_names(boson=selection != "CR+2J")
    forest, mean, width = train(selection, seed=seed)
    stem = selection.replace("+", "")
    target = folder / f"{stem}.onnx"
    with tempfile.TemporaryDirectory() as place:
        pickled = Path(place) / f"{stem}_model.pkl"
        pickled.write_bytes(pickle.dumps(forest))
        report = convert_model(pickled, target, trust=True, scaler=(mean, width), cuts=(0.1,), overwrite=True)
    card = card_of_forest(
        target, names, selection=selection, kind="stand-in", label=LABEL,
        title=f"Synthetic forest in place of the surrogate {selection} of ATLAS-EXOT-2022-04",
        means=mean, widths=width, tensors=report.tensors,
        framework=f"scikit-learn {version}, RandomForestClassifier, 10 trees of depth 7",
    )  # fmt: skip
    card = with_golden_row(card, target)
    (folder / f"{stem}.yaml").write_text(card.to_yaml(), encoding="utf-8")
    print(report)


def with_golden_row(card: ModelCard, file: Path) -> ModelCard:
    """Return the card with what the file gives for the published example vector, as it was made."""
    raw = dict(zip(card.columns, EXAMPLE, strict=False))
    matrix = np.array([list(raw.values())])
    scores = card.session(file).run(card.normalise(matrix))
    row = GoldenRow(
        "published_example_vector_of_WALP",
        raw={k: float(v) for k, v in raw.items()},
        scores={k: float(v[0]) for k, v in scores.items()},
        source="scores of this file when it was made; the vector is published, its scores are not",
    )
    return dataclasses.replace(card, golden_rows=(row,))


if __name__ == "__main__":
    main()
