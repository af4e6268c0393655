"""Rate of the Gtt preselection (four jets, three b-jets, MET > 200 GeV) and how far each alternative moves it.

    python tests/validation/preselection.py FOLDER [--muons WITHOUT WITH]

FOLDER holds Gtt events at 2100/1 GeV; WITHOUT and WITH the same events with prompt muons left out of the jets (default)
and clustered into them.
Shifts are taken event by event, so that their errors are those of the events that change sides only.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Any

import numpy as np
from counting import Features, features_of, fraction, preselected, provenance, write
from numpy.typing import NDArray

from recastbook.events.eventfile import EventFile

log = logging.getLogger("preselection")

# name -> (overrides of the detector card, options of the search)
ALTERNATIVES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "default": ({}, {}),
    "flat b-tagging 77 %, 1/5, 1/110": ({"btag": "flat-77"}, {}),
    "b-tagging of GAMBIT": ({"btag": "gambit"}, {}),
    "b-tagging of CheckMATE": ({"btag": "checkmate"}, {}),
    "flavour by any hadron within dR 0.4": ({"jet_flavour": "cone04"}, {}),
    "flavour by ghost association": ({"jet_flavour": "ghost"}, {}),
    "flat b-tagging, any hadron within dR 0.4": ({"btag": "flat-77", "jet_flavour": "cone04"}, {}),
    "no jet resolution": ({"jet_resolution": "none"}, {}),
    "no JVT": ({"jvt": "none"}, {}),
    "truth MET": ({"met": "truth"}, {}),
    "MET of objects and tracks": ({"met": "object-based"}, {}),
    "leptons of hadrons count": ({"lepton_origin": "all"}, {}),
    "electrons of CheckMATE": ({"electron_identification": "checkmate"}, {}),
    "muons of CheckMATE": ({"muon_identification": "checkmate"}, {}),
    "overlap removal of the 2016 SimpleAnalysis": ({}, {"overlap_removal": "simpleanalysis2016"}),
    "overlap removal of Rivet": ({}, {"overlap_removal": "rivet"}),
    "overlap removal of CheckMATE": ({}, {"overlap_removal": "checkmate"}),
    "overlap removal of GAMBIT": ({}, {"overlap_removal": "gambit"}),
    "electrons in the crack vetoed": ({}, {"electron_crack_veto": "with"}),
    "no electron isolation": ({}, {"electron_isolation": "none"}),
    "no muon isolation": ({}, {"muon_isolation": "none"}),
    "signal muons medium": ({}, {"signal_muon_id": "medium"}),
}


def one_lepton(f: Features) -> NDArray[np.bool_]:
    """Tell which events have a signal lepton after the preselection."""
    return preselected(f) & (f["n_lep_signal"] >= 1)


def invisible(folder: Path) -> NDArray[np.float64]:
    """Return the invisible momentum of every event, which no definition of jets changes, shape (N, 2)."""
    chunks = [
        np.stack([c["GenInvisible_px"], c["GenInvisible_py"]], axis=1) for c in EventFile.open(folder).iter_chunks()
    ]
    return np.concatenate(chunks)


def row(name: str, f: Features, reference: Features) -> dict[str, Any]:
    """Return the rates of one alternative and their shifts."""
    out: dict[str, Any] = {"alternative": name}
    for label, passes in (("preselection", preselected), ("one_lepton", one_lepton)):
        mine, default = passes(f), passes(reference)
        rate, error = fraction(int(mine.sum()), len(mine))
        moved = mine.astype(np.int8) - default
        out[label] = {
            "rate": rate,
            "error": error,
            "shift": float(moved.mean()),
            "shift_error": float(moved.std() / np.sqrt(len(moved))),
            "ratio": rate / float(default.mean()),
        }
    return out


def main() -> None:
    """Count and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--muons", type=Path, nargs=2, metavar=("WITHOUT", "WITH"))
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    reference = features_of(chosen.folder, seed=chosen.seed)
    rows = []
    for name, (detector, options) in ALTERNATIVES.items():
        f = (
            features_of(chosen.folder, seed=chosen.seed, detector=detector, options=options)
            if name != "default"
            else reference
        )
        rows.append(row(name, f, reference))
    if chosen.muons is not None:
        without, with_muons = chosen.muons
        if not np.array_equal(invisible(without), invisible(with_muons)):
            parser.error("the two folders do not hold the same events")
        pair = [features_of(folder, seed=chosen.seed) for folder in (with_muons, without)]
        rows.append(row("jets with muons (fewer events)", *pair))
    for r in rows:
        p, one = r["preselection"], r["one_lepton"]
        log.info(
            "%-45s %.3f +- %.3f  shift %+.4f +- %.4f   one lepton %.3f +- %.3f  ratio %.3f",
            r["alternative"], *(p[k] for k in ("rate", "error", "shift", "shift_error")),
            *(one[k] for k in ("rate", "error", "ratio")),
        )  # fmt: skip
    source = EventFile.open(chosen.folder).metadata
    write(
        "preselection_gtt_2100_1.json",
        {
            "what": "fraction of events with >= 4 jets, >= 3 b-jets, MET >= 200 GeV; one_lepton: and a signal lepton",
            "expected": {"flat": "0.61 +- 0.03 (three independent codes give 0.61 to 0.62)", "default": "0.59 +- 0.02"},
            "provenance": provenance(
                sample=source.label, generator=source.generator, events=source.n_events, generator_seed=source.seed,
                detector_seed=chosen.seed,
            ),
            "rows": rows,
        },
    )  # fmt: skip


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
