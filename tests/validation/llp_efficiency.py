"""Compare efficiency against lifetime of ATLAS-EXOT-2019-23 with the published curves at four benchmarks.

Run ``RECASTBOOK_DATA=... python tests/validation/llp_efficiency.py``; it writes
``tests/validation/results/llp_efficiency.json``, and with a folder as argument keeps the samples there and draws one
figure for each point. Events are ours (Pythia, leading order, no hadrons); maps and curves are those of HEPData.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import recastbook as rb
from recastbook.events.decay_fractions import ATLAS_FRACTIONS
from recastbook.surrogates import LLPEvents, redrawn

OUTPUT = Path(__file__).parent / "results" / "llp_efficiency.json"
SEED = 1
CTAU = 1500.0
POINTS = (
    (600, 150, "high-ET", 30_000), (400, 100, "high-ET", 30_000), (200, 50, "low-ET", 60_000),
    (125, 55, "low-ET", 100_000),
)  # fmt: skip
CONVENTIONS = {"88:8:4": {5: 0.88, 4: 0.08, 15: 0.04}, "85:5:8": ATLAS_FRACTIONS}
EARLIER = {"88:8:4": (0.94, 0.98, 0.66, 1.32), "85:5:8": (0.87, 0.90, 0.60, 1.21)}
PLATEAU = 0.5
"""Lifetimes where the published efficiency exceeds this share of its maximum."""
DRAWS = 40
"""Times that all decays are drawn anew to test reweighting at the peak."""


MPI_EVENTS = 8_000


def multiparton(search: Any, folder: Path) -> dict[str, Any]:
    """Return the peak efficiency of 600/150 with and without multiparton interactions, and their CPU time."""
    out: dict[str, Any] = {"point": "600/150", "events": MPI_EVENTS, "ctau_mm": 1300.0}
    for mpi in (True, False):
        start = sum(os.times()[:4])
        sample = rb.generate(
            "higgs-llp", m_phi=600, m_s=150, ctau=CTAU, hadronise=False, mpi=mpi, n=MPI_EVENTS, seed=SEED + 1,
            output=folder / f"mpi_{mpi}", workers=1, progress=False,
        )  # fmt: skip
        scan = search.lifetime_scan(sample, 1300.0, region="high-ET", fractions="tree-level")
        out["with" if mpi else "without"] = {
            "efficiency": float(scan.efficiency[0]), "error": float(scan.error[0]),
            "cpu_seconds": round(sum(os.times()[:4]) - start, 1),
        }  # fmt: skip
    a, b = out["with"], out["without"]
    out["pull"] = round((a["efficiency"] - b["efficiency"]) / float(np.hypot(a["error"], b["error"])), 2)
    return out


def sample_of(folder: Path, m_phi: int, m_s: int, n: int) -> rb.Sample:
    """Generate, or find, the events of one point."""
    return rb.generate(
        "higgs-llp", m_phi=m_phi, m_s=m_s, ctau=CTAU, hadronise=False, mpi=False, n=n, seed=SEED,
        output=folder / f"{m_phi}_{m_s}", progress=False,
    )  # fmt: skip


def plateau(search: Any, scan: Any, m_phi: int, m_s: int) -> dict[str, float]:
    """Return median and spread of ours over published at the plateau."""
    table = search.tables[f"efficiency_{m_phi}_{m_s}"]
    known = np.array(table.column("efficiency").numbers())
    chosen = known > PLATEAU * known.max()
    ratio = scan.efficiency[chosen] / known[chosen]
    error = float(np.median(scan.error[chosen] / known[chosen]))
    return {"median": round(float(np.median(ratio)), 4), "smallest": round(float(ratio.min()), 4),
            "largest": round(float(ratio.max()), 4), "statistical_error": round(error, 4)}  # fmt: skip


def closure(search: Any, events: LLPEvents, region: str, peak: float) -> dict[str, float]:
    """Return reweighting over integration at the peak, with decays drawn anew, and the error of the mean."""
    exact = search.lifetime_scan(events, peak, region=region).efficiency[0]
    ratios = [
        search.lifetime_scan(redrawn(events, CTAU, seed=k), peak, region=region, method="reweight").efficiency[0]
        / exact
        for k in range(DRAWS)
    ]
    error = float(np.std(ratios, ddof=1) / np.sqrt(DRAWS))
    return {"ratio": round(float(np.mean(ratios)), 5), "error": round(error, 5), "draws": DRAWS,
            "pull": round(float((np.mean(ratios) - 1) / error), 2)}  # fmt: skip


def point(search: Any, folder: Path, index: int, figures: Path | None) -> dict[str, Any]:
    """Return everything of one benchmark."""
    m_phi, m_s, region, n = POINTS[index]
    events = LLPEvents.from_sample(sample_of(folder, m_phi, m_s, n))
    grid = 1000.0 * np.array(search.tables[f"efficiency_{m_phi}_{m_s}"].column("ctau").numbers())
    out: dict[str, Any] = {"region": region, "events": n, "n_llp_not_two": dict(events.others)}
    scans, cpu = {}, []
    for name, fractions in CONVENTIONS.items():
        start = time.process_time()
        scans[name] = search.lifetime_scan(events, grid, region=region, fractions=fractions)
        cpu.append(time.process_time() - start)
        out[name] = plateau(search, scans[name], m_phi, m_s) | {"earlier": EARLIER[name][index]}
    peak_ctau, peak = scans["88:8:4"].peak
    out["peak"] = {"ctau_m": round(peak_ctau / 1000, 3), "efficiency": peak}
    out["stated_accuracy_of_the_map"] = search.about["accuracy"][region]["relative"]
    out["published_peak_above_accuracy_line"] = bool(peak >= search.about["accuracy"][region]["valid_above"])
    out["scan_cpu_seconds"] = round(float(np.median(cpu)), 2)
    out["reweighting"] = closure(search, events, region, peak_ctau)
    if figures is not None:
        draw(search, scans, region, (m_phi, m_s), figures)
    return out


def draw(search: Any, scans: dict[str, Any], region: str, masses: tuple[int, int], figures: Path) -> None:
    """Draw efficiencies and limits beside the published ones."""
    m_phi, m_s = masses
    labelled = {f"recastbook, b : c : tau {k}": s for k, s in scans.items()}
    name = f"phi {m_phi} GeV, s {m_s} GeV, {region}"
    made = rb.plots.lifetime(labelled, search.tables[f"efficiency_{m_phi}_{m_s}"], right=name, about="generated events")
    made.figure.savefig(figures / f"efficiency_{m_phi}_{m_s}.png", dpi=110)
    limits = {k: search.lifetime_limits(s, point=f"{m_phi}/{m_s}") for k, s in labelled.items()}
    if m_phi == 125:  # published as a limit on the branching fraction
        names = ("observed", "expected", "low", "high")
        limits = {k: dataclasses.replace(v, **{n: getattr(v, n) / 48.61 for n in names}) for k, v in limits.items()}
    ylabel = r"95 % CL upper limit on $B(H\to ss)$" if m_phi == 125 else ""
    made = rb.plots.lifetime(
        limits, search.tables[f"limits_{m_phi}_{m_s}"], right=name, about="generated events", ylabel=ylabel
    )
    made.figure.savefig(figures / f"limits_{m_phi}_{m_s}.png", dpi=110)


def main(keep: Path | None) -> None:
    """Generate, scan, compare and write."""
    start = time.process_time()
    search = rb.load("ATLAS-EXOT-2019-23")
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        compared = multiparton(search, folder)
        points = {f"{p[0]}/{p[1]}": point(search, folder, i, keep) for i, p in enumerate(POINTS)}
    result = {
        "what": "Median of ours over published efficiency at the plateau, ATLAS-EXOT-2019-23",
        "provenance": {
            "script": "tests/validation/llp_efficiency.py", "recastbook": rb.__version__,
            "python": platform.python_version(), "numpy": np.__version__, "seed": SEED,
            "events": "Pythia 8, gg -> phi -> s s, no multiparton interactions, no hadronisation",
            "maps": "HEPData ins2043503 v3, auxiliary figures 11 and 12",
            "plateau": f"published efficiency above {PLATEAU} of its maximum",
            "earlier": "an earlier calculation with Pythia alone and the same maps",
            "cpu_seconds": round(time.process_time() - start, 1),
        },
        "multiparton_interactions": compared,
        "points": points,
    }  # fmt: skip
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
