"""A search whose model card leaves nothing to be desired, with a network of a few kB."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from recastbook.network import ModelCard

COLUMNS = (
    "jet_pt_0", "jet_eta_0", "jet_phi_0", "jet_mass_0", "jet_isb_0",
    "jet_pt_1", "jet_eta_1", "jet_phi_1", "jet_mass_1", "jet_isb_1",
    "met", "met_phi", "m_hypothesis",
)  # fmt: skip
MEANS = (200.0, 0.0, 0.0, 20.0, 0.5, 80.0, 0.0, 0.0, 10.0, 0.4, 150.0, 0.0, 1000.0)
WIDTHS = (100.0, 1.0, 1.814, 10.0, 0.5, 60.0, 0.9, 1.6229, 8.0, 0.5, 90.0, 1.814, 400.0)
# jet 1 is there in 80 % of training events: the width of its azimuth is sqrt(0.8) 1.814

MATERIALS = (
    "choice_of_inputs", "conversion", "analysis_note", "input_distributions", "recomputed_cutflow", "cut_and_count",
    "tables", "efficiencies", "benchmarks", "run_cards", "background_correlations", "likelihood", "signal_patch",
    "limits", "training_data", "training_code", "hyperparameters", "interpretability", "metrics", "notebook",
    "reproducibility_hash",
)  # fmt: skip

REGIONS = """
version: 1
preselections:
  common:
    - {feature: n_jets, min: 1}
regions:
  - name: SR
    kind: signal
    preselection: common
    cuts: [{score: p_signal, point: [800], min: 0.97}]
  - name: VR
    kind: validation
    preselection: common
    cuts: [{score: p_signal, point: [800], min: 0.8, below: {of: SR}}]
  - name: CR
    kind: control
    preselection: common
    cuts: [{score: p_signal, point: [800], min: 0.5, below: {of: VR}}]
"""

CUTFLOW = """
header: {{kind: cutflow, region: SR, sample: "pairs of 1000 GeV", source: made up, transcribed_by: tests, table: t{n}}}
independent_variables:
- header: {{name: selection}}
  values: [{{value: all}}, {{value: one jet}}, {{value: score}}]
dependent_variables:
- header: {{name: events}}
  values:
  - {{value: "100", errors: [{{symerror: "3"}}]}}
  - {{value: "90", errors: [{{symerror: "3"}}]}}
  - {{value: "10", errors: [{{symerror: "1"}}]}}
"""


def write_network(path: Path, *, rows: str | int = "batch", name: str = "features", domain: str = "",
                  metadata: dict[str, str] | None = None, n_in: int = len(COLUMNS)) -> str:  # fmt: skip
    """Write a linear layer with a softmax; return the checksum."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = np.random.default_rng(3).normal(size=(n_in, 2)).astype("f4") / 4
    nodes = [
        helper.make_node("MatMul", [name, "w"], ["h"]),
        helper.make_node("Softmax", ["h"], ["scores"], axis=1, domain=domain),
    ]
    graph = helper.make_graph(
        nodes, "toy",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [rows, n_in])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [rows, 2])],
        [numpy_helper.from_array(weights, "w")],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 13)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=opsets, producer_name="toys")
    model.ir_version = 8
    helper.set_model_props(model, metadata or {})
    onnx.save(model, str(path))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lwtnn_metadata() -> dict[str, str]:
    """Constants as lwtnn writes them: minus the mean, one over the width."""
    out = {f"input_{k}": name for k, name in enumerate(COLUMNS)}
    for name, mean, width in zip(COLUMNS, MEANS, WIDTHS, strict=True):
        out |= {f"{name}_mean": repr(-mean), f"{name}_std": repr(1 / width)}
    return out


def _file(folder: Path, fold: str, remainder: int) -> dict[str, Any]:
    name = f"toy_{fold}.onnx"
    checksum = write_network(folder / name, metadata=lwtnn_metadata())
    return {
        "name": name, "sha256": checksum, "size_bytes": (folder / name).stat().st_size,
        "urls": ["https://zenodo.org/records/0/files/" + name], "doi": "10.5281/zenodo.0", "licence": "CC-BY-4.0",
        "framework": "PyTorch 2.4", "opset": 13,
        "input": {"name": "features", "dtype": "float32", "shape": [None, len(COLUMNS)]},
        "output": {"name": "scores", "dtype": "float32", "shape": [None, 2]},
        "when": [{"feature": "event", "modulus": 2, "remainder": remainder}],
    }  # fmt: skip


def _inputs() -> list[dict[str, Any]]:
    units = {"pt": "GeV", "mass": "GeV", "phi": "rad", "met": "GeV", "met_phi": "rad"}
    out = []
    for name, mean, width in zip(COLUMNS, MEANS, WIDTHS, strict=True):
        parts = name.split("_")
        of_jet = parts[0] == "jet"
        quantity = parts[1] if of_jet else name
        unit = units.get(quantity, "GeV" if name == "m_hypothesis" else "1")
        entry: dict[str, Any] = {"name": name, "quantity": quantity, "unit": unit, "mean": mean, "width": width}
        entry["valid_range"] = [mean - 20 * width, mean + 20 * width]
        if of_jet:
            entry |= {"object": "jets", "index": int(parts[2]), "padding": 0.0}
        else:
            level = "parameter" if name == "m_hypothesis" else "reco-object"
            entry |= {"level": level, "definition": f"{name} as the paper defines it"}
        if unit == "rad":
            entry["phi_range"], entry["phi_reference"] = "minus_pi_pi", "detector"
        out.append(entry)
    return out


def content_of(folder: Path) -> dict[str, Any]:
    """Return a card without fault, golden rows excepted; its files are written to the folder."""
    return {
        "card": 1, "title": "toy network", "kind": "user", "role": "event_discriminant",
        "analysis": {"id": "TOY-2025-01", "hepdata": "ins0", "regions": ["SR", "VR", "CR"]},
        "description": "Tells signal from background.", "label": "toy",
        "reuse": {"considered": "yes", "strategy": "eliminate", "substitute": "none needed"},
        "files": [_file(folder, "even", 0), _file(folder, "odd", 1)],
        "layout": "by_object",
        "objects": [{
            "name": "jets", "definition": "signal jets", "sort_by": "pt", "truncation": 2, "level": "reco-object",
            "quantities": {"pt": "transverse momentum", "eta": "pseudorapidity", "phi": "azimuth",
                           "mass": "mass of the jet", "isb": "b-tag at 77 %"},
            "legend": {"isb": {"0": "not tagged", "1": "tagged"}},
        }],
        "inputs": _inputs(),
        "normalisation": {"where": "outside", "scope": "all columns"},
        "parameters": {
            "names": ["m_hypothesis"],
            "points": [{"region": region, "values": [800]} for region in ("SR", "VR", "CR")],
        },
        "activation": "softmax",
        "outputs": [
            {"name": "p_signal", "meaning": "signal", "direction": "higher is signal"},
            {"name": "p_background", "meaning": "background", "direction": "higher is background"},
        ],
        "training": {"framework": "PyTorch 2.4", "folds": "trained on the other half"},
        "validation": {
            "codes": ["Rivet"], "cutflows": ["one", "two"], "signals": ["1000 GeV, Pythia 8.3", "2000 GeV, Pythia 8.3"],
            "snippet": "run.py", "scores": ["score of 1000 GeV"], "importance": "figure 3",
            "runtimes": ["onnxruntime 1.15", "onnxruntime 1.22"],
        },
        "materials": {name: f"{name} of the toy" for name in MATERIALS},
        "caveats": ["a toy"], "out_of_scope": ["everything"],
        "contact": "nobody@example.org", "cite": ["arXiv:0000.00000"],
        "licence": "CC0",
    }  # fmt: skip


def with_golden_rows(card: ModelCard) -> ModelCard:
    """Return the card with rows that were computed with its own files."""
    from recastbook.network.contract import GoldenRow

    rows = []
    rng = np.random.default_rng(5)
    for k, file in enumerate((*card.files, *card.files)):
        values = card.means + card.widths * rng.normal(size=len(card.inputs)) / 2
        raw = dict(zip(card.columns, map(float, values), strict=True))
        scores = card.session(file=file.name).run(card.normalise(values[None]))
        known = {name: float(value[0]) for name, value in scores.items()}
        rows.append(GoldenRow(f"row {k}", raw=raw, scores=known, source="numpy", file=file.name))
    return dataclasses.replace(card, golden_rows=tuple(rows))


Search = Callable[..., ModelCard]


@pytest.fixture
def content(tmp_path: Path) -> dict[str, Any]:
    return content_of(tmp_path)


@pytest.fixture
def good(tmp_path: Path, content: dict[str, Any]) -> ModelCard:
    """A card with nothing to find, its search around it."""
    (tmp_path / "regions.yaml").write_text(REGIONS)
    (tmp_path / "info.yaml").write_text("id: TOY-2025-01\ndetector: {card: atlas-run2}\n")
    (tmp_path / "published").mkdir()
    for n in (1, 2):
        (tmp_path / "published" / f"cutflow_{n}.yaml").write_text(CUTFLOW.format(n=n))
    path = tmp_path / "network.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    card = with_golden_rows(ModelCard.load(path))
    path.write_text(card.to_yaml())
    return ModelCard.load(path)


@pytest.fixture
def good_map(good: ModelCard) -> ModelCard:
    """An efficiency map with nothing to find."""
    from recastbook.network.contract import Surrogate

    surrogate = Surrogate(
        target="efficiency per jet", truth="jets of stable particles", uncertainty="25 %, from closure in dijets",
        domain="pT 20 to 1000 GeV", missing_objects="not fed", randomness="deterministic",
    )  # fmt: skip
    more = {"closure": "table 4, mean bias 1 %", "true_answer": "exists, not used", "binning": "4 x 5, overflow kept"}
    reuse = dataclasses.replace(good.reuse, strategy="efficiencies", substitute="efficiency and mistag rates")
    return dataclasses.replace(
        good, role="efficiency_map", surrogate=surrogate, reuse=reuse, materials={**good.materials, **more}
    )
