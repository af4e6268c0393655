"""Show the sixteen variables of ATLAS-HIGP-2024-32 on generated events beside the training means and widths.

Run ``python tests/validation/higp_inputs.py``; it writes ``tests/validation/results/higp_inputs.json``. Resonant
signals are looked at with six b-jets, as in the signal region. Events with four and five b-jets are multijets in which
the hardest jets are taken for b-jets: four true ones are too rare to generate, and it is the kinematics that matter.
The training samples mix signals with data or background and are not public; agreement is expected within a width, not
better.
"""

from __future__ import annotations

import json
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

import recastbook as rb
from recastbook.analyses.atlas_higp_2024_32 import ATLAS_HIGP_2024_32
from recastbook.analyses.atlas_higp_2024_32.variables import VARIABLES
from recastbook.detector import load_card
from recastbook.events.columns import to_records

OUTPUT = Path(__file__).parent / "results" / "higp_inputs.json"
MASSES = ((500, 275), (500, 300), (600, 400), (900, 400), (1500, 1000))
EVENTS = 4000
MULTIJETS = 6000
MULTIJET_SETTINGS = ("HardQCD:all = on", "PhaseSpace:pTHatMin = 110")
SEED = 1


def with_b(events: ak.Array, n: int) -> ak.Array:
    """Return events whose `n` hardest central jets have the flavour 5, and no others."""
    jets = events["GenJet"]
    central = (np.abs(jets.eta) < 2.4) & (jets.pt > 20.0)
    pt = ak.where(central, jets.pt, -1.0)
    rank = ak.argsort(ak.argsort(pt, axis=1, ascending=False), axis=1)
    events["GenJet", "flavour"] = ak.where(central & (rank < n), 5, 0)
    return events


def selected(
    search: Any, sample: Any, n_bjets: tuple[int, int], *, pretend: bool = False
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the variables of the preselected events with so many b-jets, and their event numbers.

    With `pretend` the hardest jets are taken for b-jets, and tagged.
    """
    found: dict[str, list[np.ndarray]] = {name: [] for name in (*VARIABLES, "event")}
    card = load_card(overrides={"btag": "truth"}) if pretend else search.detector_card()
    for flat in sample.prepare(progress=False).iter_chunks():
        events = to_records(flat)
        if pretend:
            events = with_b(events, n_bjets[0])
        features = search.features(search.objects(events, card.bind(events, seed=SEED)))
        keep = (features["n_jets"] >= 6) & (features["n_jets_40"] >= 4) & (features["n_bjets_40"] >= 4)
        keep &= (features["trigger"] == 1) & (features["n_bjets"] >= n_bjets[0]) & (features["n_bjets"] <= n_bjets[1])
        for name in VARIABLES:
            found[name].append(features[name][keep])
        found["event"].append(np.asarray(events["event"])[keep])
    columns = {name: np.concatenate(parts) for name, parts in found.items()}
    return columns, columns.pop("event")


def summary(search: Any, sample: Any, n_bjets: tuple[int, int], *, pretend: bool = False) -> dict[str, Any]:
    """Return mean, width and their errors of every variable, and shares of the scores."""
    columns, events = selected(search, sample, n_bjets, pretend=pretend)
    n = len(events)
    rows = {
        name: {"mean": _short(v.mean()), "width": _short(v.std()), "error": _short(v.std() / max(n, 1) ** 0.5)}
        for name, v in columns.items()
    }
    scores = {}
    for name, network in search.networks.items():
        raw = network.card.matrix({k: columns[k] for k in network.card.columns})
        values = network.scores(raw, {"event": events})[name]
        folds = [float(values[events % 2 == k].mean()) for k in (0, 1)]
        scores[name] = {
            "median": _short(float(np.median(values))),
            "above 0.9": _short(float(np.mean(values > 0.9))),
            "mean of even and odd events": [_short(f) for f in folds],
        }
    return {"events": n, "of": len(sample), "variables": rows, "scores": scores}


def _short(value: float) -> float:
    return float(f"{float(value):.5g}")


def training(search: Any) -> dict[str, dict[str, list[float]]]:
    """Return means and widths of the training, network by network (mean of both folds)."""
    out: dict[str, dict[str, list[float]]] = {}
    for name, card in search.cards.items():
        means = np.mean([file.means for file in card.files], axis=0)
        widths = np.mean([file.widths for file in card.files], axis=0)
        for column, mean, width in zip(card.columns, means, widths, strict=True):
            out.setdefault(column, {})[name] = [_short(mean), _short(width)]
    return out


def main() -> None:
    """Generate, select and write."""
    start = time.perf_counter()
    search = ATLAS_HIGP_2024_32().configured()
    samples: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for m_x, m_s in MASSES:
            events = rb.generate(
                "resonant-hhh",
                m_x=m_x,
                m_s=m_s,
                n=EVENTS,
                seed=SEED,
                output=Path(folder) / f"{m_x}-{m_s}",
                progress=False,
            )
            samples[f"X {m_x} -> S {m_s} H, at least 6 b-jets"] = summary(search, events, (6, 99))
        commands = Path(folder) / "multijets.cmnd"
        commands.write_text("\n".join(MULTIJET_SETTINGS) + "\n", encoding="utf-8")
        events = rb.generate(commands, n=MULTIJETS, seed=SEED, output=Path(folder) / "multijets", progress=False)
        for n in (4, 5):
            samples[f"multijets, {n} taken for b-jets"] = summary(search, events, (n, n), pretend=True)
    trained = training(search)
    table = {
        name: {
            "training": trained.get(name, {}),
            "pull of the mean": {
                label: {
                    network: _short((facts["variables"][name]["mean"] - mean) / width)
                    for network, (mean, width) in trained.get(name, {}).items()
                }
                for label, facts in samples.items()
            },
        }
        for name in VARIABLES
    }
    result = {
        "what": "Variables of ATLAS-HIGP-2024-32 on generated events beside means and widths in the network files",
        "provenance": {
            "script": "tests/validation/higp_inputs.py",
            "recastbook": rb.__version__,
            "python": platform.python_version(),
            "seed": SEED,
            "events": EVENTS,
            "detector": search.detector_card().name,
            "options": {k: str(v) for k, v in search.options.items()},
            "multijets": [MULTIJETS, *MULTIJET_SETTINGS],
            "seconds": round(time.perf_counter() - start, 1),
        },
        "samples": samples,
        "variables": table,
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
