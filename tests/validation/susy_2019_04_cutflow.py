"""Higgsino pairs to tbs and bbs through ATLAS-SUSY-2019-04, beside the cutflows that ATLAS and CheckMATE print.

Run ``python tests/validation/susy_2019_04_cutflow.py --events 4000 --more 280 n1n2 400000``; it writes
``tests/validation/results/susy_2019_04_cutflow.json``. The networks must be at hand (RECASTBOOK_DATA). An interrupted
run goes on where it stopped.

The published benchmark does not state its masses nor its mix of channels, and its first row cannot be that of this
model: more of it passes the lepton step than events have a lepton at all. So every row is normalised to the lepton
step; masses and mixes are tried, and which fits best is an inference. No efficiency is chosen by looking at a row.

Only events with a hard charged lepton in the hard process are showered (``lepton_filter``); ``lepton_filter.py``
measures what that loses. The detector is run several times over the same truth events, see ``repeated_detector.py``.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import re
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from repeated_detector import count_rows, share

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
    "mistag rates of the 77 % working point": {"mistag_rates": "at_77"},
    "no mistags": {"mistag_rates": "none"},
}
SAME_SEEDS = "default, with the seeds of the variants"
"""What a variant is compared with: its own random numbers are the same."""
LEPTON = ">= 1 lepton, leading pT > 27 GeV"
SEED = 20190401
FILTER = 20.0
"""pT asked of an electron or muon of the hard process, GeV."""
BLOCK = 2000
DETECTOR_ERROR = 0.10
"""How well a parametrised detector is taken to know a row of jets; without it the largest sample would fit worst."""


def sample(mass: float, channel: str, n: int, *, folder: Path, workers: int) -> rb.Sample:
    """Return events of one channel, from the folder if they were made before."""
    return rb.generate(
        "higgsino-tbs",
        m_higgsino=mass,
        production=CHANNELS[channel],
        lepton_filter=FILTER,
        n=n,
        seed=SEED,
        workers=workers,
        block_size=BLOCK,
        output=folder / f"higgsino_{mass:g}_{channel}",
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


def generator(events: rb.Sample) -> dict[str, Any]:
    """Return what the event file says of the filter and the cross section."""
    metadata = events.prepare(progress=False).metadata
    record = metadata.definitions["generation"]
    return {
        "filter": record["lepton_filter"],
        "cross_section_after_filter_pb": metadata.cross_section,
        "pythia_seed": record["key"]["seed"],
        "block_size": record["key"]["block_size"],
    }


def main() -> None:
    """Generate, run, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=4000, help="filtered events of each channel and mass")
    parser.add_argument("--masses", type=float, nargs="+", default=[250.0, 280.0, 300.0, 320.0], help="GeV")
    parser.add_argument(
        "--more", nargs=3, action="append", default=[], metavar=("MASS", "CHANNEL", "EVENTS"), help="for one channel"
    )
    parser.add_argument("--repeats", type=int, default=20, help="detector seeds, default options")
    parser.add_argument("--repeats-of-variants", type=int, default=3, help="detector seeds, other options")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None, help="where events go; the user cache by default")
    given = parser.parse_args()
    folder = given.folder or cache_dir("validation")
    wanted = {(float(mass), channel): int(events) for mass, channel, events in given.more}
    start = time.process_time()
    search = ATLAS_SUSY_2019_04().configured()
    channels: dict[str, dict[str, Any]] = {}
    for mass in given.masses:
        for channel in CHANNELS:
            n = wanted.get((mass, channel), given.events)
            events = sample(mass, channel, n, folder=folder, workers=given.workers)
            fewer = given.repeats_of_variants
            rows = {}
            for name, options in VARIANTS.items():
                repeats = [fewer] if options else [given.repeats, fewer]
                sums = count_rows(search, events, reference=LEPTON, repeats=repeats, options=options)
                rows[name] = sums[0].to_dict()
                if not options:
                    rows[SAME_SEEDS] = sums[1].to_dict()
            channels[f"{mass:g} {channel}"] = {
                "mass": mass,
                "channel": channel,
                "events": len(events),
                **generator(events),
                "truth_ceiling_of_filtered_events": ceiling(events),
                "rows": rows,
            }
    result = {
        "what": "higgsino cutflow of ATLAS-SUSY-2019-04, ours over ATLAS, every row normalised to the lepton step",
        "method": (
            "events are those that pass a generator filter (an electron or muon above 20 GeV, or a tau above 40 GeV, "
            "abs(eta) < 3, in the hard process), so that numbers of events are of filtered ones; the detector is run "
            "with several seeds over the same truth events, a row counts the mean over the seeds, and its error comes "
            "from the variance over truth events; each row holds [sum of means, sum of squared means, sum of means "
            "times that of the lepton step, truth events that pass at least once]; other options are given as the "
            "factor by which they change a row, with the same detector seeds in both"
        ),
        "provenance": {
            "script": "tests/validation/susy_2019_04_cutflow.py",
            "recastbook": rb.__version__,
            "python": platform.python_version(),
            "pythia8mc": version("pythia8mc"),
            "seed": SEED,
            "detector_seeds": given.repeats,
            "detector_seeds_of_variants": given.repeats_of_variants,
            "source": search.tables["cutflow_1l_shape_6j_4b"].header.source,
            "cpu_seconds_without_generation": round(time.process_time() - start, 1),
        },
        "channels": channels,
        **compare(channels, search),
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    # four numbers of a row on one line
    text = re.sub(r"\[\s+([^\[\]{}\"]+?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", json.dumps(result, indent=1))
    OUTPUT.write_text(text + "\n", encoding="utf-8")


def published_rows(search: rb.Analysis) -> dict[str, dict[str, float]]:
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


def compare(channels: dict[str, dict[str, Any]], search: rb.Analysis) -> dict[str, Any]:
    """Return lepton efficiencies by channel, ratios to ATLAS for each mass and mix, and which of them fits best."""
    published = published_rows(search)
    benchmarks = {}
    for mass in sorted({c["mass"] for c in channels.values()}):
        mine = {c["channel"]: c for c in channels.values() if c["mass"] == mass}
        mixes = {
            "n1n2": {"n1n2": 1.0},
            "c1n": {"c1n": 1.0},
            "leading-order mix": {k: c["cross_section_after_filter_pb"] for k, c in mine.items()},
        }
        for mix, sigma in mixes.items():
            benchmarks[f"{mass:g} GeV, {mix}"] = ratios(mine, sigma, published)
    fit = {name: b["chi2 of the jet rows"] for name, b in benchmarks.items()}
    best = min(fit, key=lambda k: fit[k])
    return {
        "published_lepton_step_fb": round(
            search.tables["cutflow_1l_shape_6j_4b"].value(LEPTON, "ATLAS").value / search.luminosity_fb, 3
        ),
        "published": {k: {who: round(v, 6) for who, v in row.items()} for k, row in published.items()},
        "lepton_step": {name: lepton_step(c) for name, c in channels.items()},
        "benchmarks": benchmarks,
        "score_bins_in_per_cent_of_all": score_bins(channels, search),
        "best_fit": {"benchmark": best, "note": "inferred from the jet rows; the benchmark is not stated"},
        "largest_relative_error_of_the_best_fit": round(largest_error(benchmarks[best]["rows"]), 4),
    }


def lepton_step(channel: dict[str, Any]) -> dict[str, float]:
    """Return the lepton step of a channel over all events and over the truth ceiling, which share the filter."""
    sums, n = channel["rows"]["default"][LEPTON], channel["events"]
    efficiency = channel["filter"]["efficiency"]
    top = channel["truth_ceiling_of_filtered_events"]["with taus"]
    step = sums[0] / n
    error = math.sqrt(sums[1] / n - step**2) / math.sqrt(n)
    return {
        "truth ceiling over all": round(top * efficiency, 4),
        "truth ceiling over all, without taus": round(
            channel["truth_ceiling_of_filtered_events"]["without taus"] * efficiency, 4
        ),
        "lepton step over all": round(step * efficiency, 4),
        "over its truth ceiling": round(step / top, 4),
        "error": round(error / top, 4),
        "lepton step, fb at leading order": round(step * channel["cross_section_after_filter_pb"] * 1000.0, 3),
        "lepton events": round(sums[0], 1),
    }


def score_bins(channels: dict[str, dict[str, Any]], search: rb.Analysis) -> dict[str, Any]:
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
            passing = c["rows"]["default"][label][0] / c["events"] * c["filter"]["efficiency"]
            out[region][name] = round(100.0 * passing, 4)
    return out


def ratios(
    channels: dict[str, dict[str, Any]], sigma: dict[str, float], published: dict[str, dict[str, float]]
) -> dict[str, Any]:
    """Return ours over ATLAS for one mix of channels, with the Monte Carlo error."""
    weights = [s / channels[k]["events"] for k, s in sigma.items()]
    rows: dict[str, Any] = {}
    chi2 = 0.0
    for label, row in published.items():
        entry: dict[str, Any] = {"CheckMATE": round(row["CheckMATE"] / row["ATLAS"], 4)}
        for variant in VARIANTS:
            samples = [channels[k]["rows"][variant] for k in sigma]
            found, spread = share(samples, weights, label, LEPTON)
            ratio, error = found / row["ATLAS"], spread / row["ATLAS"]
            if variant == "default":
                entry |= {"ratio": round(ratio, 4), "error": round(error, 4)}
                entry["truth_events"] = sum(s[label][3] for s in samples)
                entry["rounding"] = round(ratio * row["rounding"], 4)
                if label.startswith("==") and "b-jets" not in label:
                    chi2 += (ratio - 1.0) ** 2 / (error**2 + row["rounding"] ** 2 + DETECTOR_ERROR**2)
            else:
                same, _ = share([channels[k]["rows"][SAME_SEEDS] for k in sigma], weights, label, LEPTON)
                entry[variant] = round(found / same, 4) if same else None
        rows[label] = entry
    return {"rows": rows, "chi2 of the jet rows": round(chi2, 2)}


def largest_error(rows: dict[str, Any]) -> float:
    """Return the largest relative Monte Carlo error of a benchmark's rows."""
    return float(np.max([r["error"] / r["ratio"] if r["ratio"] else np.inf for r in rows.values()]))


if __name__ == "__main__":
    main()
