"""A trained surrogate as files: ONNX with its agreement, and a model card that was linted."""

from __future__ import annotations

import os
import pickle
import tempfile
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recastbook import display
from recastbook.exceptions import BadOption, NetworkError
from recastbook.network.card import ModelCard
from recastbook.network.contract import (
    AnalysisReference,
    GoldenRow,
    Input,
    ModelFile,
    Normalisation,
    Output,
    Reuse,
    Surrogate,
    Tensor,
    Validation,
)
from recastbook.surrogates.truth_features import DECAY_LEGEND, FEATURES
from recastbook.writing import whole

if TYPE_CHECKING:
    from recastbook.network.conversion import ConversionReport
    from recastbook.surrogates.studio import TrainedSurrogate

__all__ = ["TOLERANCE", "Export", "export"]

TOLERANCE = 1e-4
"""Largest difference of a probability between the ensemble and its ONNX file."""
_CUTS = (0.01, 0.1, 0.5)
_MOST_ROWS = 4000


@dataclass(frozen=True)
class Export(display.Tabular):
    """What was written, and how well it agrees."""

    folder: Path
    """Where it is."""
    card: ModelCard
    """The model card, as it was written."""
    conversion: ConversionReport
    """Agreement of the ONNX file with the ensemble, over the whole range and on the edges of its trees."""
    largest: float
    """Largest difference of a probability on training events."""
    flips: int
    """Training events whose most likely class is another one, ties aside."""
    lint: Any
    """What the checklist for reusable networks says of the card, as :meth:`ModelCard.lint` returns it."""

    def _facts(self) -> dict[str, object]:
        return {
            "folder": str(self.folder),
            "largest difference on training events": f"{self.largest:.2g}",
            "events whose class changed": self.flips,
            "rows that change sides of a cut": self.conversion.flips,
        }

    def __str__(self) -> str:
        return f"{display.text_card('Exported surrogate', self._facts())}\n{self.lint}"

    def _as_table(self) -> display.TableView:
        return display.facts_table("Exported surrogate", self._facts())

    def _repr_html_(self) -> Any:
        body = [display.fold("agreement", self.conversion), display.fold("checklist", self.lint)]
        return display.facts_card(self._as_table(), body)


def export(
    trained: TrainedSurrogate, folder: str | os.PathLike[str], *, title: str, analysis: str, truth: str = ""
) -> Export:
    """Write a trained surrogate; see :meth:`recastbook.surrogates.TrainedSurrogate.export`, which is what users call.

    Raises
    ------
    BadOption
        If the folder is a file.
    NetworkError
        If the ONNX file does not agree with the ensemble; nothing is kept then.
    """
    from recastbook.network.conversion import convert_model

    place = Path(folder)
    if place.exists() and not place.is_dir():
        msg = f"{place} is a file; the name of a folder is needed"
        raise BadOption(msg)
    place.mkdir(parents=True, exist_ok=True)
    target = place / "model.onnx"
    rows = trained.data.matrix[:: max(1, len(trained.data) // _MOST_ROWS)].astype(np.float32)
    with tempfile.TemporaryDirectory(prefix="recastbook-studio-") as scratch:
        pickled = Path(scratch) / "ensemble.pkl"
        pickled.write_bytes(pickle.dumps(trained.ensemble.merged()))  # read back in the confined process only
        made = Path(scratch) / "model.onnx"
        report = convert_model(pickled, made, trust=True, data=rows, cuts=_CUTS, tolerance=TOLERANCE)
        size, digest = report.size_bytes, report.sha256
        card = _card(trained, title, analysis, truth, report)
        session = card.session(made)
        found = np.stack(list(session.run(card.normalise(rows.astype(np.float64))).values()), axis=1)
        wanted = trained.ensemble.predict(rows.astype(np.float64))
        largest = float(np.abs(found - wanted).max())
        top = np.sort(wanted, axis=1)
        decided = top[:, -1] - top[:, -2] > 1e-6
        flips = int(np.count_nonzero((found.argmax(axis=1) != wanted.argmax(axis=1)) & decided))
        if not report.agrees or largest > TOLERANCE or flips:
            msg = f"the ONNX file differs from the ensemble by up to {largest:.2g}, {flips} classes flip:\n{report}"
            raise NetworkError(msg)
        with whole(target) as partial:
            partial.write_bytes(made.read_bytes())
    card = replace(card, golden_rows=_golden(trained, rows[:3], found[:3]))
    if (card.files[0].size_bytes, card.files[0].sha256) != (size, digest):
        msg = f"{target}: the file that was written is not the one that was compared"
        raise NetworkError(msg)
    text = card.to_yaml()
    with whole(place / "network.yaml") as partial:
        partial.write_text(text, encoding="utf-8")
    written = ModelCard.load(place / "network.yaml")
    return Export(place, written, report, largest, flips, written.lint())


def _card(trained: TrainedSurrogate, title: str, analysis: str, truth: str, report: ConversionReport) -> ModelCard:
    data = trained.data
    low, high = data.matrix.min(axis=0), data.matrix.max(axis=0)
    inputs = tuple(
        Input(
            name, name, unit, level="truth",
            definition=f"truth: {FEATURES[name].definition if name in FEATURES else name}",
            valid_range=(float(low[i]), float(high[i])),
            legend=DECAY_LEGEND if name.endswith("_child_pdgId") else {},
        )
        for i, (name, unit) in enumerate(zip(data.names, data.units, strict=True))
    )  # fmt: skip
    ranges = ", ".join(
        f"{k} {data.parameters[:, i].min():g} to {data.parameters[:, i].max():g}"
        for i, k in enumerate(data.parameter_names)
    )
    errors = "; ".join(f"{c}: {100 * trained.closure.error(c):.0f} %" for c in data.classes[1:])
    worst = max((trained.closure.worst_factor(c) for c in data.classes[1:]), default=float("nan"))
    worst_difference = max(c.largest for c in report.comparisons)
    file = ModelFile(
        "model.onnx",
        Tensor(report.tensors[0], "float32", (None, len(data.names))),
        Tensor(report.tensors[1], "float32", (None, len(data.classes))),
        sha256=report.sha256,
        size_bytes=report.size_bytes,
        licence="not stated",
        framework=f"scikit-learn, {trained.ensemble.n_members} x {trained.ensemble.kind}",
    )
    return ModelCard(
        title=title,
        kind="user",
        role="surrogate",
        label=trained.label,
        description=f"Surrogate of {analysis}: truth features of an event in, the probability of each class out. Made "
        "with the Studio of recastbook, not by the experiment.",
        analysis=AnalysisReference(analysis, regions=data.classes[1:]),
        files=(file,),
        inputs=inputs,
        outputs=tuple(
            Output(c, f"probability that the event ends as {c}", direction="more likely") for c in data.classes
        ),
        normalisation=Normalisation("none", rule="raw values are fed", scope="all inputs"),
        activation="softmax",
        reuse=Reuse(considered="yes", strategy="surrogate"),
        surrogate=Surrogate(
            target="probability of each class; its mean over all events of a sample is the efficiency",
            truth=truth or f"truth features {', '.join(data.names)}; lengths in m, energies in GeV",
            uncertainty=f"relative, from whole model points held out: {errors}; worst factor {worst:.2g}",
            domain=f"inside the convex hull of {len(data.points)} model points ({ranges}) and near their events",
            missing_objects="events with another number of long-lived particles are not covered",
            randomness=f"deterministic; trained with seed {trained.ensemble.seed}",
        ),
        validation=Validation(
            signals=tuple(f"{p.name}: {int((data.point == i).sum())} events" for i, p in enumerate(data.points)),
            runtimes=("onnxruntime",),
        ),
        training={
            "events": len(data),
            "samples": [p.name for p in data.points],
            "hyperparameters": f"{trained.ensemble.n_members} x {' '.join(repr(trained.ensemble.models[0]).split())}, "
            "each on a bootstrap sample",
            "code": f"recastbook {version('recastbook')}, scikit-learn {version('scikit-learn')}",
            "split": trained.closure.scheme,
            "class frequencies": "kept",
            "calibration error": {c: round(r.calibration_error, 6) for c, r in trained.reliability.items()},
        },
        materials={
            "closure": trained.closure.summary,
            "true_answer": "the training has the true class or probability of every event; closure compares with it",
            "conversion": f"ONNX against scikit-learn: largest difference {worst_difference:.2g}, {report.flips} rows "
            "change sides of a cut",
        },
        caveats=("trees do not extrapolate: outside the training the spread of the ensemble is no error",),
        out_of_scope=(f"model points outside {ranges}",),
    )


def _golden(trained: TrainedSurrogate, rows: Any, scores: Any) -> tuple[GoldenRow, ...]:
    names, classes = trained.data.names, trained.classes
    return tuple(
        GoldenRow(
            f"training_event_{i}",
            raw={k: float(v) for k, v in zip(names, row, strict=True)},
            scores={k: float(v) for k, v in zip(classes, score, strict=True)},
            source="this file when it was made",
        )
        for i, (row, score) in enumerate(zip(rows, scores, strict=True))
    )
