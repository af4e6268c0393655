"""Train the stand-in network of ATLAS-SUSY-2018-30 on events of our own making.

The network of the paper is not ours to ship. This script trains another one with the same contract (87 inputs, the
published means and widths, 8 outputs, the same tensor names), so that the network regions can be run, tested and
taught without it. It is not the network of ATLAS and its yields are not those of ATLAS.

Three steps, each of which can be repeated alone; EVENTS is a folder for some 300 MB of event files::

    python scripts/train_stand_in.py generate EVENTS            # half an hour of CPU, resumable
    python scripts/train_stand_in.py collect EVENTS inputs.npz
    python scripts/train_stand_in.py train inputs.npz

``stand_in_samples.yaml`` lists what is generated. Several files of one process (and slice) count as one larger sample.

Needs the extras ``train`` and ``generate``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import itertools
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

import recastbook as rb
from recastbook.network import ModelCard, cardfile, wrap_phi

HERE = Path(rb.__file__).parent / "analyses" / "atlas_susy_2018_30"
TARGET = HERE / "stand_in"
SAMPLES = Path(__file__).with_name("stand_in_samples.yaml")
LABEL = "stand-in network, not ATLAS"
CLASSES = ("gtt", "gbb", "ttbar")
CONSTANT = 1e-7
"""What the five outputs without training events give: small against 1 - 0.9997."""
SIGNAL_EFFICIENCY = 0.5
"""Share of the region's own signal hypothesis that its threshold keeps, of what passes the preselection."""
LUMINOSITY = 139e3
"""pb-1, so that weights are events in the data of the search."""
REPLICAS = 5
"""How often each top pair passes the detector: few pass the selection, and b-tags and resolution are drawn anew."""
HIDDEN = (128, 64)
EPOCHS = 60
SEED = 20180030


# ---- generate


def generate(folder: Path, listing: Path, *, workers: int | None) -> None:
    """Generate the event files that are not in the folder yet."""
    for entry in yaml.safe_load(listing.read_text(encoding="utf-8")):
        if entry["process"] == "ttbar":
            low, high = entry["pthat"]
            preset, parameters = "ttbar", {"pthat_min": low} | ({} if high is None else {"pthat_max": high})
        else:
            preset, parameters = f"gluino-{entry['process']}", {k: entry[k] for k in ("m_gluino", "m_lsp")}
        target = folder / entry["name"]
        rb.generate(preset, n=entry["events"], seed=entry["seed"], output=target, workers=workers, **parameters)


# ---- collect


def collect(folder: Path, listing: Path, output: Path, *, limit: int | None) -> None:
    """Run detector and objects on event files and keep the raw inputs of events that pass the training selection."""
    from recastbook.events.eventfile import EventFile

    search = rb.load("ATLAS-SUSY-2018-30")
    rows, tables = [], []
    for entry in yaml.safe_load(listing.read_text(encoding="utf-8")):
        file = EventFile.open(folder / entry["name"])
        replicas = REPLICAS if entry["process"] == "ttbar" else 1
        chunks = itertools.islice(file.iter_chunks(5_000), limit)
        parts = [_selected(search, chunk, seed=SEED + k) for chunk in chunks for k in range(replicas)]
        tables.append({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
        tables[-1]["weight"] /= replicas
        facts = file.metadata
        sys.stderr.write(f"{entry['name']}: {len(tables[-1]['raw'])} of {len(file)} events kept\n")
        rows.append(
            {
                **{key: value for key, value in entry.items() if key != "name"},
                "events": len(file),
                "seed": facts.seed,
                "cross_section_pb": float(f"{facts.cross_section or 0.0:.6g}"),
                "sum_of_weights": float(facts.sum_of_weights),
                "generator": facts.generator,
                "detector_seeds": replicas,
            }
        )
    for row, table in zip(rows, tables, strict=True):
        # files of the same process and slice share its cross section
        same = [r for r in rows if all(r.get(k) == row.get(k) for k in ("process", "m_gluino", "m_lsp", "pthat"))]
        events = sum(r["events"] for r in same)
        cross_section = sum(r["cross_section_pb"] * r["events"] for r in same) / events
        table["weight"] *= cross_section * LUMINOSITY / sum(r["sum_of_weights"] for r in same)
    out = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    out["sample"] = np.concatenate([np.full(len(table["raw"]), k, dtype=np.int16) for k, table in enumerate(tables)])
    _atomic(output, lambda stream: np.savez_compressed(stream, samples=yaml.safe_dump(rows, sort_keys=False), **out))


def _selected(search: Any, chunk: Any, *, seed: int) -> dict[str, NDArray[Any]]:
    """Return inputs, weights and preselection of the events of a chunk that pass the training selection."""
    from recastbook.detector import load_card
    from recastbook.events.columns import to_records
    from recastbook.regions.masks import CutMasks

    events = to_records(chunk)
    settings = search.about.get("detector") or {}
    detector = load_card(settings.get("card", "atlas-run2"), overrides=settings.get("overrides"))
    objects = search.objects(events, detector.bind(events, seed=seed))
    columns = search.features(objects)
    mask = (columns["n_jets"] >= 4) & (columns["n_bjets"] >= 2) & (columns["met"] >= 200.0)
    mask &= (columns["n_lep_signal"] >= 1) | (columns["dphi_min_4j"] >= 0.4)
    masks = CutMasks(columns, len(events))
    passes = []
    for point in search.card.parameters.points:
        cuts = search.region(point.region).cuts
        passes.append(masks.after(cuts[: next(i for i, cut in enumerate(cuts) if cut.uses_network)]))
    return {
        "raw": search.network_inputs(objects, mask=mask).astype(np.float32),
        "weight": np.asarray(events["genWeight"], dtype=np.float64)[mask],
        "passes": np.stack(passes, axis=1)[mask],
        "event": np.asarray(events["event"], dtype=np.int64)[mask],
    }


# ---- train


@dataclass(frozen=True)
class Events:
    """Training events: one row each."""

    raw: NDArray[np.float64]
    """Inputs before the normalisation; the parameters are not filled."""
    label: NDArray[np.int64]
    """Index into CLASSES."""
    point: NDArray[np.float64]
    """Own hypothesis of a signal; NaN for the background."""
    weight: NDArray[np.float64]
    """Events in 139 fb-1."""
    passes: NDArray[np.bool_]
    """Whether it passes what stands before the score in each of the eight regions (>= 3 b-jets, leptons, dphi)."""
    held_out: NDArray[np.bool_]
    """Every fourth event: not trained on."""

    def __getitem__(self, mask: NDArray[np.bool_]) -> Events:
        return Events(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.raw)


def read_events(path: Path) -> tuple[Events, list[dict[str, Any]]]:
    """Read what `collect` wrote."""
    with np.load(path) as stored:
        samples = yaml.safe_load(str(stored["samples"]))
        which = stored["sample"]
        label = np.array([CLASSES.index(s["process"]) for s in samples])[which]
        nan = float("nan")
        points = [
            (float(s["process"] == "gtt"), s["m_gluino"], s["m_lsp"]) if s["process"] != "ttbar" else (nan, nan, nan)
            for s in samples
        ]
        events = Events(
            raw=stored["raw"].astype(np.float64),
            label=label,
            point=np.array(points, dtype=np.float64)[which],
            weight=stored["weight"].astype(np.float64),
            passes=stored["passes"],
            held_out=stored["event"] % 4 == 3,
        )
    for k, sample in enumerate(samples):
        sample["kept"] = int(np.sum(which == k))
    return events, samples


def augment(raw: NDArray[np.float64], card: ModelCard, rng: np.random.Generator) -> NDArray[np.float64]:
    """Rotate each event by a random azimuth and mirror it in eta and phi: the detector has no preferred direction."""
    out = raw.copy()
    count = len(out)
    turn = rng.uniform(0.0, 2.0 * np.pi, count)
    flip_eta = rng.choice((-1.0, 1.0), count)
    flip_phi = rng.choice((-1.0, 1.0), count)
    for position, column in enumerate(card.inputs):
        if column.phi_range is None and column.quantity != "eta":
            continue
        values = out[:, position]
        if column.object is None:
            there = np.ones(count, dtype=bool)
        else:
            there = out[:, card.columns[f"{column.object}_pt_{column.index}"]] > 0.0
        if column.quantity == "eta":
            values[there] *= flip_eta[there]
        else:
            turned = wrap_phi(flip_phi * values + turn, str(column.phi_range))
            values[there] = turned[there]
    return out


def draw_points(events: Events, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the hypothesis of each row: its own for a signal, one of the signals' for the background."""
    points = events.point.copy()
    background = np.isnan(points[:, 0])
    grid = np.unique(points[~background], axis=0)
    points[background] = grid[rng.integers(len(grid), size=int(background.sum()))]
    return points


def class_weights(events: Events) -> NDArray[np.float64]:
    """Return training weights: each signal point alike, each class alike; background slices by their square root.

    With the full weights the low slices, which no region selects, would be all the network sees of top pairs.
    """
    weight = np.zeros(len(events))
    for label in range(len(CLASSES)):
        mine = events.label == label
        if CLASSES[label] == "ttbar":
            weight[mine] = np.sqrt(events.weight[mine])
        else:
            for point in np.unique(events.point[mine], axis=0):
                own = mine & (events.point == point).all(axis=1)
                weight[own] = 1.0 / own.sum()
        weight[mine] /= weight[mine].sum()
    return weight * len(events) / weight.sum()


def train(events: Events, card: ModelCard, *, epochs: int) -> Any:
    """Train the classifier; the result depends on the events and SEED alone (one thread)."""
    from sklearn.neural_network import MLPClassifier

    rng = np.random.default_rng(SEED)
    model = MLPClassifier(
        HIDDEN,
        activation="relu",
        solver="adam",
        alpha=1e-2,
        batch_size=max(16, min(512, len(events) // 50)),
        learning_rate_init=1e-3,
        random_state=SEED,
    )
    weight = class_weights(events)
    for epoch in range(epochs):
        model.learning_rate_init = 1e-3 if epoch < epochs // 2 else 3e-4 if epoch < 3 * epochs // 4 else 1e-4
        if epoch:
            model._optimizer.learning_rate_init = model.learning_rate_init
        raw = augment(events.raw, card, rng)
        raw[:, card.parameter_columns] = draw_points(events, rng)
        order = rng.permutation(len(raw))
        model.partial_fit(
            card.normalise(raw)[order], events.label[order], classes=range(len(CLASSES)), sample_weight=weight[order]
        )
        if epoch % 10 == 9:
            sys.stderr.write(f"epoch {epoch + 1}: loss {model.loss_:.4f}\n")
    return model


# ---- ONNX


def to_onnx(model: Any, card: ModelCard) -> bytes:
    """Write the classifier with the tensor names of the card; the outputs of untrained classes are constants."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, weights, current = [], [], card.files[0].input.name
    layers = list(zip(model.coefs_, model.intercepts_, strict=True))
    for k, (matrix, bias) in enumerate(layers):
        weights += [
            numpy_helper.from_array(matrix.astype(np.float32), f"dense_{k}_weights"),
            numpy_helper.from_array(bias.astype(np.float32), f"dense_{k}_bias"),
        ]
        nodes.append(helper.make_node("Gemm", [current, f"dense_{k}_weights", f"dense_{k}_bias"], [f"dense_{k}_sum"]))
        current = f"dense_{k}_active"
        if k + 1 < len(layers):
            nodes.append(helper.make_node("Relu", [f"dense_{k}_sum"], [current]))
        else:
            nodes.append(helper.make_node("Softmax", [f"dense_{k}_sum"], [current], axis=1))
    total = len(card.outputs)
    spread = np.zeros((len(CLASSES), total), dtype=np.float32)
    spread[np.arange(len(CLASSES)), np.arange(len(CLASSES))] = 1.0 - CONSTANT * (total - len(CLASSES))
    floor = np.full(total, CONSTANT, dtype=np.float32)
    floor[: len(CLASSES)] = 0.0
    weights += [numpy_helper.from_array(spread, "spread"), numpy_helper.from_array(floor, "floor")]
    name = card.files[0].output.name
    nodes.append(helper.make_node("Gemm", [current, "spread", "floor"], [name]))
    graph = helper.make_graph(
        nodes,
        "stand_in",
        [helper.make_tensor_value_info(card.files[0].input.name, TensorProto.FLOAT, ["batch", len(card.inputs)])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", total])],
        weights,
    )
    out = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="recastbook")
    out.ir_version = 8
    out.doc_string = f"{LABEL}: see network.yaml beside this file"
    onnx.checker.check_model(out)
    return bytes(out.SerializeToString(deterministic=True))


def parity(model: Any, content: bytes, card: ModelCard, rows: NDArray[np.float32]) -> float:
    """Return the largest difference between the classifier and its ONNX file, over the trained outputs."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (ours,) = session.run([card.files[0].output.name], {card.files[0].input.name: rows})
    scale = 1.0 - CONSTANT * (len(card.outputs) - len(CLASSES))
    theirs = model.predict_proba(rows.astype(np.float64)) * scale
    return float(np.abs(ours[:, : len(CLASSES)] - theirs).max())


# ---- figures of merit


def scores_at(model: Any, card: ModelCard, events: Events, point: tuple[float, ...]) -> NDArray[np.float64]:
    """Return class probabilities at one hypothesis."""
    raw = events.raw.copy()
    raw[:, card.parameter_columns] = point
    out: NDArray[np.float64] = model.predict_proba(card.normalise(raw).astype(np.float64))
    return out * (1.0 - CONSTANT * (len(card.outputs) - len(CLASSES)))


def soften(model: Any, card: ModelCard, events: Events) -> float:
    """Divide all logits by one number, the median of logit(here) / logit(published) over the regions; return it.

    A network trained without hard backgrounds is too sure of itself: its thresholds would lie where float32 has no
    numbers left between them and one.
    """
    published = {row["region"]: row["published"] for row in published_edges(card)}
    here = {row["region"]: row["here"] for row in judge(model, card, events)}
    logit = {name: np.log(value / (1.0 - value)) for name, value in here.items()}
    divisor = float(np.median([logit[n] / np.log(p / (1.0 - p)) for n, p in published.items()]))
    if divisor <= 0.0:
        message = f"the network has not learned to tell signal from background: its thresholds are {here}"
        raise SystemExit(message)
    model.coefs_[-1] /= divisor
    model.intercepts_[-1] /= divisor
    return divisor


def published_edges(card: ModelCard) -> list[dict[str, Any]]:
    """Return the published threshold of each signal region; it stands in regions.yaml."""
    regions = yaml.safe_load((HERE / "regions.yaml").read_text(encoding="utf-8"))["regions"]
    cuts = {region["name"]: region["cuts"] for region in regions}
    out = []
    for point in card.parameters.points:
        name = "p_gtt" if point.values[0] else "p_gbb"
        (cut,) = [c for c in cuts[point.region] if c.get("score") == name]
        out.append({"region": point.region, "output": name, "published": cut.get("min", cut.get("above"))})
    return out


def judge(model: Any, card: ModelCard, events: Events) -> list[dict[str, Any]]:
    """Return AUC, threshold and efficiencies at each hypothesis of the regions, on held-out preselected events."""
    from sklearn.metrics import roc_auc_score

    out = []
    for position, region in enumerate(card.parameters.points):
        chosen = events[events.held_out & events.passes[:, position]]
        output = int(region.values[0] == 0.0)
        values = scores_at(model, card, chosen, region.values)[:, output]
        own, nearest = _nearest(chosen, output, region.values)
        background = chosen.label == CLASSES.index("ttbar")
        weight = np.where(own, 1.0, chosen.weight)
        both = own | background
        auc = roc_auc_score(own[both], values[both], sample_weight=weight[both])
        here = float(np.quantile(values[own], 1.0 - SIGNAL_EFFICIENCY))
        passing = background & (values >= here)
        out.append(
            {
                "region": region.region,
                "output": card.outputs[output].name,
                "point": list(region.values),
                "here": float(f"{here:.6g}"),
                "signal": [int(v) if v == int(v) else v for v in nearest],
                "signal_efficiency": float(f"{np.mean(values[own] >= here):.4g}"),
                "background_efficiency": float(f"{chosen.weight[passing].sum() / chosen.weight[background].sum():.3g}"),
                "background_events": int(passing.sum()),
                "auc": float(f"{auc:.5g}"),
            }
        )
    return out


def _nearest(events: Events, output: int, point: tuple[float, ...]) -> tuple[NDArray[np.bool_], list[float]]:
    """Return the events of the signal that is nearest to a hypothesis, and its masses."""
    mine = events.label == output
    grid = np.unique(events.point[mine], axis=0)
    nearest = grid[np.argmin(np.hypot(grid[:, 1] - point[1], grid[:, 2] - point[2]))]
    return mine & (events.point == nearest).all(axis=1), nearest[1:].tolist()


# ---- card


def write_card(
    card: ModelCard, content: bytes, samples: list[dict[str, Any]], results: list[dict[str, Any]], facts: dict[str, Any]
) -> str:
    """Return the YAML of the stand-in's card: the contract of the published one, and what is different."""
    published = yaml.safe_load(card.to_yaml())
    kept = ("region", "output", "point", "here", "signal_efficiency", "background_efficiency")
    thresholds = [
        {**{key: result[key] for key in kept}, "published": edge["published"]}
        for result, edge in zip(results, published_edges(card), strict=True)
    ]
    outputs = [dict(output) for output in published["outputs"]]
    for position, output in enumerate(outputs):
        if position >= len(CLASSES):
            output["constant"] = CONSTANT
            output["meaning"] = "not trained; a constant"
            output["certainty"] = "certain"
            output.pop("direction", None)
    file = {
        "name": "model.onnx",
        "input": published["files"][0]["input"],
        "output": published["files"][0]["output"],
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "licence": "BSD-3-Clause",
        "framework": facts.pop("framework"),
        "opset": 13,
    }
    rule = (
        f"The score that {SIGNAL_EFFICIENCY:.0%} of the signal nearest to the hypothesis pass, of its held-out events "
        "that pass everything before the score in that region. Every other threshold "
        "on a score at the same point follows from it by logit(here) = k logit(published)."
    )
    out = {
        "card": 1,
        "title": "Stand-in for the network of ATLAS-SUSY-2018-30",
        "kind": "stand-in",
        "role": published["role"],
        "analysis": {**published["analysis"]},
        "files": [file],
        "inputs": published["inputs"],
        "outputs": outputs,
        "normalisation": published["normalisation"],
        "label": LABEL,
        "description": (
            "A small classifier with the same inputs, normalisation, parameters, tensor names and output names as the "
            "network of the paper, trained on our own simulated Gtt, Gbb and top-pair events. It lets the network "
            "regions be run, tested and taught where the file of ATLAS is not at hand."
        ),
        "objects": published["objects"],
        "layout": published["layout"],
        "activation": "softmax",
        "parameters": published["parameters"],
        "variants": published["variants"],
        "options": published["options"],
        "golden_rows": [row for row in published["golden_rows"] if "scores" not in row] + facts.pop("golden_rows"),
        "thresholds": {"rule": rule, "regions": thresholds},
        "training": {**facts, "samples": samples, "results": results},
        "caveats": [
            "This is not the network of ATLAS. Its yields say nothing about the published limits.",
            "Thresholds are rescaled; they belong to this file alone.",
            "The outputs background_3 to background_7 and p_zjets are constants: regions that cut on them are absent.",
            "The only background it has seen is top pairs at leading order.",
        ],
        "out_of_scope": [
            "Any statement on whether a signal is excluded or allowed.",
            "A comparison with published yields or cutflows of the network regions.",
        ],
        "sources": ["Contract - network.yaml of the search; training - scripts/train_stand_in.py"],
        "licence": "BSD-3-Clause",
    }
    return ModelCard.from_yaml(cardfile.dump(out)).to_yaml()


def golden_rows(content: bytes, card: ModelCard, events: Events) -> list[dict[str, Any]]:
    """Return three full rows with the scores that the file gives."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    out = []
    held = events[events.held_out & events.passes.any(axis=1)]
    points = card.parameters.points
    for label, region in ((0, points[1]), (1, points[-2]), (2, points[0])):
        raw = held.raw[np.flatnonzero(held.label == label)[0]].copy()
        raw = np.array([float(f"{value:.7g}") for value in raw])
        raw[card.parameter_columns] = region.values
        (scores,) = session.run(None, {card.files[0].input.name: card.normalise(raw[None])})
        given = {
            column.name: float(value)
            for column, value in zip(card.inputs, raw, strict=True)
            if column.padding is None or value != column.padding
        }
        out.append(
            {
                "name": f"{CLASSES[label]} event at the point of {region.region}",
                "raw": given,
                "scores": {
                    output.name: float(f"{score:.7g}") for output, score in zip(card.outputs, scores[0], strict=True)
                },
                "tolerance": 1e-5,
                "source": "ONNX Runtime on the machine that trained it",
            }
        )
    return out


README = """# Stand-in network

`model.onnx` is **not the network of ATLAS**. It is a small classifier with the same contract (87 inputs, the published
means and widths, 8 outputs, the same tensor names), trained by `scripts/train_stand_in.py` on simulated events of our
own. It exists so that the network regions can be run, tested and taught without the file of the paper.

`network.yaml` is its model card: training samples, figures of merit, and the thresholds that replace the published
ones *for this file only*. Tables and plots made with it say "{label}", and no verdict rests on it.

Licence: BSD-3-Clause, as the rest of recastbook.
"""


def _atomic(path: Path, write: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=path.suffix)
    try:
        with os.fdopen(handle, "wb") as stream:
            write(stream)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def make(inputs: Path, target: Path, *, epochs: int) -> None:
    """Train, judge and write the stand-in."""
    import sklearn
    from threadpoolctl import threadpool_limits

    card = ModelCard.load(HERE)
    events, samples = read_events(inputs)
    with threadpool_limits(1):  # sums in another order would give other weights
        model = train(events[~events.held_out], card, epochs=epochs)
        divisor = soften(model, card, events)
        results = judge(model, card, events)
    content = to_onnx(model, card)
    rows = events.raw[events.held_out][:20_000].copy()
    rows[:, card.parameter_columns] = card.parameters.points[0].values
    difference = parity(model, content, card, card.normalise(rows))
    facts = {
        "framework": f"scikit-learn {sklearn.__version__}, MLPClassifier {'-'.join(map(str, HIDDEN))}, relu, adam",
        "golden_rows": golden_rows(content, card, events),
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "script": "scripts/train_stand_in.py",
        "recastbook": rb.__version__,
        "selection": ">= 4 jets, >= 2 b-jets, MET >= 200 GeV, dphi_min_4j >= 0.4 without a signal lepton",
        "method": (
            f"{epochs} epochs, seed {SEED}; each event rotated and mirrored at random in each epoch; signals with "
            "their own masses as parameters, top pairs with masses drawn from those of the signals; each top pair "
            f"passed through the detector with {REPLICAS} seeds, all on the same side of the split; each signal point "
            "and each class with the same weight, top-pair slices with the square root of theirs; afterwards all "
            "logits are divided by one number, so that the thresholds are of the size of the published ones"
        ),
        "logits_divided_by": float(f"{divisor:.4g}"),
        "trained_on": {name: int(np.sum(~events.held_out & (events.label == k))) for k, name in enumerate(CLASSES)},
        "held_out": {name: int(np.sum(events.held_out & (events.label == k))) for k, name in enumerate(CLASSES)},
        "parity": f"{len(rows)} held-out rows, largest difference between scikit-learn and ONNX {difference:.1e}",
    }
    text = write_card(card, content, samples, results, facts)
    _atomic(target / "model.onnx", lambda stream: stream.write(content))
    _atomic(target / "network.yaml", lambda stream: stream.write(text.encode()))
    _atomic(target / "README.md", lambda stream: stream.write(README.format(label=LABEL).encode()))
    for result in results:
        sys.stdout.write(yaml.safe_dump(result, default_flow_style=True, width=300, sort_keys=False))
    sys.stdout.write(f"{facts['parity']}; {len(content)} bytes\n")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    make_events = steps.add_parser("generate", help="event files of our own making")
    make_events.add_argument("events", type=Path)
    make_events.add_argument("--workers", type=int)
    fill = steps.add_parser("collect", help="event files to inputs")
    fill.add_argument("events", type=Path)
    fill.add_argument("inputs", type=Path)
    fill.add_argument("--limit", type=int, help="chunks of 5,000 events per sample, for a quick look")
    for step in (make_events, fill):
        step.add_argument("--samples", type=Path, default=SAMPLES, help="what is generated (default: %(default)s)")
    learn = steps.add_parser("train", help="inputs to network and card")
    learn.add_argument("inputs", type=Path)
    learn.add_argument("--target", type=Path, default=TARGET)
    learn.add_argument("--epochs", type=int, default=EPOCHS)
    given = parser.parse_args()
    if given.step == "generate":
        generate(given.events, given.samples, workers=given.workers)
    elif given.step == "collect":
        collect(given.events, given.samples, given.inputs, limit=given.limit)
    else:
        make(given.inputs, given.target, epochs=given.epochs)


if __name__ == "__main__":
    main()
