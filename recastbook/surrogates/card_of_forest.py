"""The model card of a published forest, written from its features, scaler and file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.network.card import ModelCard
from recastbook.network.contract import (
    AnalysisReference,
    Input,
    ModelFile,
    Normalisation,
    Output,
    Reuse,
    Surrogate,
    Tensor,
)
from recastbook.store import checksum
from recastbook.surrogates.truth_features import DECAY_LEGEND, feature

__all__ = ["CLASSES", "card_of_forest"]

CLASSES = ("unselected", "A", "B", "C", "D")
"""What an event may end as, in the order of the models' outputs."""
_MEANINGS = (
    "probability that the event is not selected",
    "probability of region A, the signal region",
    "probability of region B",
    "probability of region C",
    "probability of region D",
)
_TRUTH = (
    "of the two long-lived particles: transverse and absolute longitudinal decay distance in m, pseudorapidity, pT and "
    "sqrt(pT^2 + m^2) in GeV, smallest absolute PDG id of the decay products; of the W or Z boson: pT, pseudorapidity"
)


def card_of_forest(
    path: Path,
    names: Sequence[str],
    *,
    selection: str,
    kind: str = "published",
    label: str = "",
    title: str = "",
    means: NDArray[np.float64] | None = None,
    widths: NDArray[np.float64] | None = None,
    scaler_inside: bool = True,
    tensors: tuple[str, str] = ("float_input", "output_probability"),
    rows: int | None = None,
    framework: str = "scikit-learn, RandomForestClassifier of ten trees",
) -> ModelCard:
    """Return the card of one selection's forest.

    Parameters
    ----------
    path
        The ONNX file.
    names
        Features in the order of the inputs.
    selection
        For example ``CR+2J``.
    kind, label, title
        As in a model card; a label for everything that is not the published model.
    means, widths
        Of the scaler, shape (number of inputs,). With the scaler inside they only tell the training range.
    scaler_inside
        Whether the file holds the scaler, so that it is fed raw values.
    tensors
        Names of input and output tensor.
    rows
        Rows a call if the file fixes them, else None.
    framework
        What it was trained with.
    """
    n = len(names)
    columns = []
    for i, name in enumerate(names):
        known = feature(name)
        extra: dict[str, Any] = {"legend": DECAY_LEGEND} if known.quantity == "child_pdgId" else {}
        if means is not None and widths is not None:
            low, high = float(means[i] - 4 * widths[i]), float(means[i] + 4 * widths[i])
            extra["valid_range"] = (max(low, 0.0) if known.quantity != "eta" else low, high)
            if not scaler_inside:
                extra |= {"mean": float(means[i]), "width": float(widths[i])}
        columns.append(Input(name, name, known.unit, level="truth", definition=known.definition, **extra))
    file = ModelFile(
        path.name,
        Tensor(tensors[0], "float32", (rows, n)),
        Tensor(tensors[1], "float32", (rows, len(CLASSES))),
        sha256=checksum(path),
        size_bytes=path.stat().st_size,
        licence="not stated" if kind == "published" else "BSD-3-Clause",
        framework=framework,
    )
    where = "inside" if scaler_inside else "outside"
    return ModelCard(
        title=title or f"Surrogate of the selection {selection} of ATLAS-EXOT-2022-04",
        kind=kind,
        role="surrogate",
        label=label,
        analysis=AnalysisReference(
            "ATLAS-EXOT-2022-04",
            arxiv="2407.09183",
            hepdata="ins2806767",
            regions=tuple(f"{selection}-{c}" for c in CLASSES[1:]),
        ),
        files=(file,),
        inputs=tuple(columns),
        outputs=tuple(Output(c, m, direction="more likely") for c, m in zip(CLASSES, _MEANINGS, strict=True)),
        normalisation=Normalisation(where, rule="(raw - mean) / width", scope="all inputs"),
        activation="softmax",
        reuse=Reuse(considered="yes", strategy="surrogate"),
        surrogate=Surrogate(
            target="probability of each region of the ABCD plane, and of not being selected",
            truth=_TRUTH,
            uncertainty="25 % relative on every efficiency, from closure on full simulation (arXiv:2502.10231)",
            domain="mean + - 4 widths of the scaler; sample means of Lxy in 0.25 to 16 m and of |Lz| in 0.75 to 28 m",
            missing_objects="one long-lived particle: its six values are copied into the second half; no boson: 0",
        ),
    )
