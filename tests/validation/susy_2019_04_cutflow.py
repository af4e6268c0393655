"""Higgsino pairs to tbs and bbs through ATLAS-SUSY-2019-04, beside the cutflows that ATLAS and CheckMATE print.

Run ``python tests/validation/susy_2019_04_cutflow.py --events 4000 --more 280 n1n2 20000``; it writes
``tests/validation/results/susy_2019_04_cutflow.json``. The networks must be at hand (RECASTBOOK_DATA).

The published benchmark does not state its masses nor its mix of channels, and its first row cannot be that of this
model: more of it passes the lepton step than events have a lepton at all. So every row is normalised to the lepton
step; masses and mixes are tried, and which fits best is an inference. No efficiency is chosen by looking at a row.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

import recastbook as rb
from recastbook.analyses.atlas_susy_2019_04 import ATLAS_SUSY_2019_04
from recastbook.store import cache_dir

OUTPUT = Path(__file__).parent / "results" / "susy_2019_04_cutflow.json"
CHANNELS = {"n1n2": "n1n2", "c1n": ["c1n1", "c1n2"]}
"""chi0_1 chi0_2, and the charged pairs, whose two kinds differ in nothing when masses are equal."""
VARIANTS: dict[str, dict[str, str]] = {
    "default": {},
    "untagged jets coded -0.5": {"untagged_code": "-0.5"},
    "minDeltaRlj of all leptons": {"min_delta_r_leptons": "all"},
    "eta padded with 1e-7": {"eta_padding": "1e-7"},
    "overlap removal as SimpleAnalysis": {"overlap_removal": "simpleanalysis"},
    "overlap removal as CheckMATE": {"overlap_removal": "checkmate"},
}
SEED = 20190401
DETECTOR_ERROR = 0.10
"""How well a parametrised detector is taken to know a row of jets; without it the largest sample would fit worst."""


def sample(mass: float, channel: str, n: int, *, folder: Path, workers: int) -> rb.Sample:
    """Return events of one channel, from the cache if they were made before."""
    return rb.generate(
        "higgsino-tbs",
        m_higgsino=mass,
        production=CHANNELS[channel],
        n=n,
        seed=SEED,
        workers=workers,
        output=folder / f"higgsino_{mass:g}_{channel}_{n}",
        progress=False,
    )


def ceiling(events: rb.Sample) -> dict[str, float]:
    """Return the share of events with an electron or muon above 27 GeV at truth level, abs(eta) < 2.47."""
    from recastbook.events.columns import to_records

    source = events.prepare(progress=False)
    direct = tau = total = 0
    for chunk in source.iter_chunks(2000):
        record = to_records(chunk, source.columns)
        total += len(record)
        found = []
        for name in ("GenElectron", "GenMuon"):
            leptons = record[name]
            hard = (leptons.pt > 27.0) & (abs(leptons.eta) < 2.47) & (leptons.prompt != 0)
            found.append((ak.any(hard & (leptons.fromTau == 0), axis=1), ak.any(hard, axis=1)))
        direct += int(ak.sum(found[0][0] | found[1][0]))
        tau += int(ak.sum(found[0][1] | found[1][1]))
    return {"without taus": direct / total, "with taus": tau / total}


def counts(result: rb.Result) -> dict[str, int]:
    """Return the number of events at every row of the published cutflows."""
    out = {}
    for region, published in result.published.items():
        steps = result.cutflow(region).steps
        out.update({row.label: steps[row.step].raw for row in published.rows})
    return out


def main() -> None:
    """Generate, run, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=4000, help="events of each channel and mass")
    parser.add_argument("--masses", type=float, nargs="+", default=[250.0, 280.0, 300.0, 320.0], help="GeV")
    parser.add_argument(
        "--more", nargs=3, action="append", default=[], metavar=("MASS", "CHANNEL", "EVENTS"), help="for one channel"
    )
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None, help="where events go; the user cache by default")
    given = parser.parse_args()
    folder = given.folder or cache_dir("validation")
    wanted = {(float(mass), channel): int(events) for mass, channel, events in given.more}
    start = time.process_time()
    search = ATLAS_SUSY_2019_04()
    channels: dict[str, dict[str, Any]] = {}
    for mass in given.masses:
        for channel in CHANNELS:
            n = wanted.get((mass, channel), given.events)
            events = sample(mass, channel, n, folder=folder, workers=given.workers)
            rows = {name: counts(search.run(events, options=o, progress=False)) for name, o in VARIANTS.items()}
            channels[f"{mass:g} {channel}"] = {
                "mass": mass,
                "channel": channel,
                "events": len(events),
                "cross_section_pb": events.cross_section,
                "truth_ceiling": ceiling(events),
                "rows": rows,
            }
    result = {
        "what": "higgsino cutflow of ATLAS-SUSY-2019-04, ours over ATLAS, every row normalised to the lepton step",
        "provenance": {
            "script": "tests/validation/susy_2019_04_cutflow.py",
            "recastbook": rb.__version__,
            "python": platform.python_version(),
            "pythia8mc": version("pythia8mc"),
            "seed": SEED,
            "source": search.tables["cutflow_1l_shape_6j_4b"].header.source,
            "cpu_seconds_without_generation": round(time.process_time() - start, 1),
        },
        "channels": channels,
        **compare(channels, search),
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def published_rows(search: ATLAS_SUSY_2019_04) -> dict[str, dict[str, float]]:
    """Return ATLAS and CheckMATE, both normalised to their lepton step."""
    out: dict[str, dict[str, float]] = {}
    for name, table in search.tables.items():
        if name.startswith("cutflow_"):
            lepton = {who: table.column(who).numbers()[1] for who in ("ATLAS", "CheckMATE")}
            for label in table.rows[1:]:
                values = {who: table.value(label, who) for who in lepton}
                out[label] = {who: v.value / lepton[who] for who, v in values.items()}
                # as if the digits printed were all that is known
                out[label]["rounding"] = values["ATLAS"].rounding_error / values["ATLAS"].value
    return out


def compare(channels: dict[str, dict[str, Any]], search: ATLAS_SUSY_2019_04) -> dict[str, Any]:
    """Return lepton efficiencies by channel, ratios to ATLAS for each mass and mix, and which of them fits best."""
    published = published_rows(search)
    reference = next(iter(published))
    leptons = {}
    for name, c in channels.items():
        share = c["rows"]["default"][reference] / c["events"]
        leptons[name] = {
            "lepton step over all": round(share, 4),
            "over its truth ceiling": round(share / c["truth_ceiling"]["with taus"], 4),
            "error": round(math.sqrt(share * (1 - share) / c["events"]) / c["truth_ceiling"]["with taus"], 4),
            "lepton step, fb at leading order": round(share * c["cross_section_pb"] * 1000.0, 3),
        }
    benchmarks = {}
    for mass in sorted({c["mass"] for c in channels.values()}):
        mine = {c["channel"]: c for c in channels.values() if c["mass"] == mass}
        mixes = {
            "n1n2": {"n1n2": 1.0},
            "c1n": {"c1n": 1.0},
            "leading-order mix": {k: c["cross_section_pb"] for k, c in mine.items()},
        }
        for mix, sigma in mixes.items():
            benchmarks[f"{mass:g} GeV, {mix}"] = ratios(mine, sigma, published, reference)
    fit = {name: b["chi2 of the jet rows"] for name, b in benchmarks.items()}
    return {
        "published_lepton_step_fb": round(
            search.tables["cutflow_1l_shape_6j_4b"].value(reference, "ATLAS").value / search.luminosity_fb, 3
        ),
        "published": {k: {who: round(v, 6) for who, v in row.items()} for k, row in published.items()},
        "lepton_step": leptons,
        "benchmarks": benchmarks,
        "score_bins_in_per_cent_of_all": score_bins(channels, search),
        "best_fit": {
            "benchmark": min(fit, key=lambda k: fit[k]),
            "note": "inferred from the jet rows; the benchmark is not stated",
        },
    }


def score_bins(channels: dict[str, dict[str, Any]], search: ATLAS_SUSY_2019_04) -> dict[str, Any]:
    """Return the share of all events in the highest score bins, beside a slide that prints ATLAS and a draft of Rivet.

    The slide is of another benchmark than the cutflows, which is not stated either; nothing is normalised here.
    """
    table = search.tables["rivet_score_bins"]
    out: dict[str, Any] = {}
    for n in range(4, 9):
        region = f"1l_shape_{n}j_4b"
        label = f"highest score bin, {n} jets"
        out[region] = {who: table.value(region, who).value for who in ("ATLAS", "Rivet")}
        for name, c in channels.items():
            out[region][name] = round(100.0 * c["rows"]["default"][label] / c["events"], 4)
    return out


def ratios(
    channels: dict[str, dict[str, Any]],
    sigma: dict[str, float],
    published: dict[str, dict[str, float]],
    reference: str,
) -> dict[str, Any]:
    """Return ours over ATLAS for one mix of channels, with the Monte Carlo error."""
    weight = {k: s / channels[k]["events"] for k, s in sigma.items()}
    rows: dict[str, Any] = {}
    chi2 = 0.0
    for label, row in published.items():
        entry: dict[str, Any] = {"CheckMATE": round(row["CheckMATE"] / row["ATLAS"], 4)}
        for variant in VARIANTS:
            n = {k: channels[k]["rows"][variant][label] for k in sigma}
            base = {k: channels[k]["rows"][variant][reference] for k in sigma}
            total = sum(weight[k] * base[k] for k in sigma)
            share = sum(weight[k] * n[k] for k in sigma) / total
            # passed and failed are independent Poisson numbers
            variance = sum(weight[k] ** 2 * (n[k] * (1 - share) ** 2 + (base[k] - n[k]) * share**2) for k in sigma)
            ratio, error = share / row["ATLAS"], math.sqrt(variance) / total / row["ATLAS"]
            if variant == "default":
                entry |= {"ratio": round(ratio, 4), "error": round(error, 4), "raw": sum(n.values())}
                if label.startswith("==") and "b-jets" not in label:
                    chi2 += (ratio - 1.0) ** 2 / (error**2 + row["rounding"] ** 2 + DETECTOR_ERROR**2)
            elif "score" in label:
                entry[variant] = round(ratio, 4)
        rows[label] = entry
    return {"rows": rows, "chi2 of the jet rows": round(chi2, 2)}


def largest_error(result: dict[str, Any], benchmark: str) -> float:
    """Return the largest relative Monte Carlo error of a benchmark's rows."""
    rows = result["benchmarks"][benchmark]["rows"].values()
    return float(np.max([r["error"] / r["ratio"] if r["ratio"] else np.inf for r in rows]))


if __name__ == "__main__":
    main()
