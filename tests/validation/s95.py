"""Recompute S95 of all 22 regions of ATLAS-SUSY-2018-30 from observed count, background and its error.

Run ``python tests/validation/s95.py``; it writes ``tests/validation/results/s95.json``. The published limits are
compared three ways: as they are, with the band that the rounding of the published background, of its error and of
the published limit spans, and with the two other background constraints.
"""

from __future__ import annotations

import itertools
import json
import platform
import time
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from recastbook import __version__
from recastbook.published import Table, load_tables
from recastbook.statistics import CountingModel, UpperLimit

OUTPUT = Path(__file__).parent / "results" / "s95.json"
SEED = 1
N_TOYS = 200_000
CONSTRAINTS = ("poisson", "lognormal", "gaussian")


def table() -> Table:
    """Return the published yields."""
    folder = files("recastbook.analyses") / "atlas_susy_2018_30" / "published"
    (found,) = load_tables(folder, kind="yields")
    return found


def limit(observed: int, b: float, error: float, region: str) -> UpperLimit:
    """Return the limit of one region with the method that recastbook chooses."""
    return CountingModel(observed, b, error, name=region).upper_limit(n_toys=N_TOYS, seed=SEED)


def band(published: Table, region: str) -> dict[str, list[float]]:
    """Return the smallest and largest ratio to the published limits that rounding allows."""
    n = int(published.value(region, "observed").value)
    b = published.value(region, "background")
    error = b.error or 0.0
    # ":g" drops a final .0, which the source of the transcription may have added
    half = 0.5 * 10.0 ** -len(f"{error:g}".partition(".")[2])
    limits = [
        limit(n, b.value + i * b.rounding_error, max(error + j * half, 0.01 * error), region)
        for i, j in itertools.product((-1, 0, 1), repeat=2)
        if b.value + i * b.rounding_error > 0
    ]
    out = {}
    for name, values in (
        ("observed", [x.observed for x in limits]),
        ("expected", [x.expected_median for x in limits]),
    ):
        s95 = published.value(region, f"s95_{name}")
        low, high = s95.value - s95.rounding_error, s95.value + s95.rounding_error
        out[name] = [round(min(values) / high, 4), round(max(values) / low, 4)]
    return out


def main() -> None:
    """Recompute and write."""
    start = time.process_time()
    published = table()
    rows = []
    for region in published:
        n = int(published.value(region, "observed").value)
        b = published.value(region, "background")
        mine = limit(n, b.value, b.error or 0.0, region)
        s95 = {k: published.value(region, f"s95_{k}").value for k in ("observed", "expected")}
        others = {}
        for kind in CONSTRAINTS:
            asymptotic = CountingModel(n, b.value, b.error or 0.0, constraint=kind).upper_limit(method="asymptotic")
            others[kind] = {
                "observed": round(asymptotic.observed / s95["observed"], 4),
                "expected": round(asymptotic.expected_median / s95["expected"], 4),
            }
        rows.append(
            {
                "region": region,
                "n": n,
                "background": b.value,
                "background_error": b.error,
                "published": s95,
                "method": mine.method,
                "recastbook": {
                    "observed": round(mine.observed, 4),
                    "expected": [round(v, 4) for v in mine.expected],
                },
                "ratio": {
                    "observed": round(mine.observed / s95["observed"], 4),
                    "expected": round(mine.expected_median / s95["expected"], 4),
                },
                "ratio_allowed_by_rounding": band(published, region),
                "asymptotic_ratio": others,
            }
        )
    seen = [r for r in rows if r["n"]]
    empty = [r for r in rows if not r["n"]]
    spread = {
        "observed, events observed (asymptotic)": _range(seen, "observed"),
        "expected, events observed (asymptotic)": _range(seen, "expected"),
        "observed, nothing observed (toys)": _range(empty, "observed"),
        "expected, nothing observed (toys)": _range(empty, "expected"),
    }
    result = {
        "what": "S95 recomputed from published counts, divided by the published S95, ATLAS-SUSY-2018-30",
        "provenance": {
            "script": "tests/validation/s95.py",
            "recastbook": __version__,
            "python": platform.python_version(),
            **{p: version(p) for p in ("numpy", "scipy")},
            "seed": SEED,
            "n_toys": N_TOYS,
            "source": published.header.source,
            "cpu_seconds": round(time.process_time() - start, 1),
        },
        "spread": spread,
        "regions": rows,
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _range(rows: list[dict[str, object]], which: str) -> list[float]:
    ratios = [r["ratio"][which] for r in rows]  # type: ignore[index]
    return [min(ratios), max(ratios)]


if __name__ == "__main__":
    main()
