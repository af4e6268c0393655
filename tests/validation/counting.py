"""What the validation programs share: features of an event file, fractions with errors, provenance."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import recastbook as rb
from recastbook.analyses.atlas_susy_2018_30 import ATLAS_SUSY_2018_30
from recastbook.detector import load_card
from recastbook.events.columns import to_records
from recastbook.events.eventfile import EventFile

RESULTS = Path(__file__).parent / "results"
Features = dict[str, NDArray[Any]]


def features_of(
    folder: Path, *, seed: int = 1, detector: Mapping[str, str] | None = None, options: Mapping[str, str] | None = None
) -> Features:
    """Return the features of every event of an event file, each of shape (N,)."""
    search = ATLAS_SUSY_2018_30(options)
    card = load_card("atlas-run2", overrides=detector)
    parts: list[Features] = []
    for flat in EventFile.open(folder).iter_chunks(10_000):
        events = to_records(flat)
        parts.append(search.features(search.objects(events, card.bind(events, seed=seed))))
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def preselected(f: Features) -> NDArray[np.bool_]:
    """Tell which events have four jets, three b-jets and 200 GeV of MET."""
    return np.asarray((f["n_jets"] >= 4) & (f["n_bjets"] >= 3) & (f["met"] >= 200.0))


def gbb_common(f: Features) -> NDArray[np.bool_]:
    """Tell which events pass the first row of the Gbb network cutflow."""
    return preselected(f) & (f["n_lep_baseline"] == 0)


def gtt_common(f: Features) -> NDArray[np.bool_]:
    """Tell which events pass the first row of the Gtt network cutflow."""
    no_lepton = (f["n_lep_baseline"] == 0) & (f["dphi_min_4j"] >= 0.4)
    return preselected(f) & ((f["n_lep_signal"] >= 1) | no_lepton)


def fraction(passed: int, total: int) -> tuple[float, float]:
    """Return a fraction and its binomial error."""
    p = passed / total
    return p, math.sqrt(max(p * (1.0 - p), 1.0 / total) / total)


def provenance(**more: Any) -> dict[str, Any]:
    """Return what is needed to make a result again."""
    card = load_card("atlas-run2")
    names = ("numpy", "awkward", "fastjet", "correctionlib", "pythia8mc")
    versions = {name: metadata.version(name) for name in names}
    return {
        "search": ATLAS_SUSY_2018_30.identifier,
        "recastbook": rb.__version__,
        "python": platform.python_version(),
        "packages": versions,
        "detector": card.name,
        "detector_digest": card.digest,
        **more,
    }


def write(name: str, content: Mapping[str, Any]) -> Path:
    """Write a result as JSON, whole or not at all."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / name
    beside = path.with_suffix(".tmp")
    beside.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return beside.replace(path)
