"""How many higgsino events that pass the lepton step of ATLAS-SUSY-2019-04 does the generator filter lose?

Run ``python tests/validation/lepton_filter.py``; it writes ``tests/validation/results/lepton_filter.json``. Events are
made without the filter, and its hook is asked about each; the detector is run several times over them.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import recastbook as rb
from recastbook.analyses.atlas_susy_2019_04 import ATLAS_SUSY_2019_04
from recastbook.events.columns import to_records
from recastbook.events.generation.engine import Engine
from recastbook.events.generation.lepton_filter import LeptonFilterCount, lepton_hook
from recastbook.events.generation.presets import preset
from recastbook.events.truth import TruthDefinitions, build_truth

OUTPUT = Path(__file__).parent / "results" / "lepton_filter.json"
MASS, PT, SEED, REPEATS, LIMIT = 280.0, 20.0, 11, 5, 27.0


def asked_events(n: int, seed: int) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    """Return truth objects of unfiltered events, and whether the filter would keep each."""
    import pythia8mc

    filtered = preset("higgsino-tbs", m_higgsino=MASS, production="n1n2", lepton_filter=PT)
    whole = preset("higgsino-tbs", m_higgsino=MASS, production="n1n2")
    answers: list[bool] = []
    with Engine(whole, seed=seed) as engine:
        judge = lepton_hook(pythia8mc, filtered.lepton_filter, LeptonFilterCount())
        flats = []
        for table in engine.tables(n, chunk=1):
            flats.append(build_truth(table, TruthDefinitions()))
            # the process record of the event just made
            answers.append(not judge.doVetoProcessLevel(engine.process))
    return {k: np.concatenate([f[k] for f in flats]) for k in flats[0]}, np.array(answers)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=12000)
    n = parser.parse_args().events
    flat, kept = asked_events(n, SEED)
    search = ATLAS_SUSY_2019_04()
    events, card = to_records(flat), search.detector_card()
    lepton = np.zeros(n)
    for seed in range(1, REPEATS + 1):
        features = search.features(search.objects(events, card.bind(events, seed=seed)))
        lepton += np.asarray(features["lepton1_pt"] > LIMIT) / REPEATS
    lost = lepton * ~kept
    share = lost.sum() / lepton.sum()
    error = math.sqrt(float(((lost - share * lepton) ** 2).sum())) / lepton.sum()
    result = {
        "what": "events at the lepton step of ATLAS-SUSY-2019-04 that the generator filter of higgsino-tbs would lose",
        "provenance": {
            "script": "tests/validation/lepton_filter.py",
            "recastbook": rb.__version__,
            "python": platform.python_version(),
            "pythia8mc": version("pythia8mc"),
            "seed": SEED,
            "detector_seeds": REPEATS,
        },
        "mass_gev": MASS,
        "production": "n1n2",
        "filter": preset("higgsino-tbs", m_higgsino=MASS, lepton_filter=PT).lepton_filter,
        "events": n,
        "kept_by_the_filter": round(float(kept.mean()), 4),
        "lepton_step_over_all": round(float(lepton.mean()), 4),
        "lost_at_the_lepton_step": round(float(share), 5),
        "error": round(float(error), 5),
    }
    OUTPUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
