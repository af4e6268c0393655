"""Recompute S95 of the 56 bins of ATLAS-HIGP-2024-32 from observed count, background and its error.

Run ``python tests/validation/s95_higp.py``; it writes ``tests/validation/results/s95_higp.json``. The published limits
are compared as they are, with the band that the rounding of the published background, of its error and of the published
limit spans, and with the two other background constraints. Every bin holds events, so that the asymptotic formula is
what recastbook chooses.
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
from recastbook.statistics import CountingModel

OUTPUT = Path(__file__).parent / "results" / "s95_higp.json"
CONSTRAINTS = ("poisson", "lognormal", "gaussian")
LIMITS = ("observed", "expected")


def table() -> Table:
    """Return the published yields."""
    folder = files("recastbook.analyses") / "atlas_higp_2024_32" / "published"
    (found,) = load_tables(folder, kind="yields")
    return found


def limits(observed: int, b: float, error: float, constraint: str = "poisson") -> dict[str, float]:
    """Return observed and median expected limit of one bin."""
    found = CountingModel(observed, b, error, constraint=constraint).upper_limit()
    return {"observed": found.observed, "expected": found.expected_median}


def row(published: Table, region: str) -> dict[str, object]:
    """Recompute one bin."""
    n = int(published.value(region, "observed").value)
    b = published.value(region, "background")
    error = b.error or 0.0
    s95 = {k: published.value(region, f"s95_{k}") for k in LIMITS}
    mine = limits(n, b.value, error)
    half = 0.5 * 10.0 ** -len(f"{error:g}".partition(".")[2])
    corners = [
        limits(n, b.value + i * b.rounding_error, error + j * half) for i, j in itertools.product((-1, 0, 1), repeat=2)
    ]
    others = {kind: limits(n, b.value, error, kind) for kind in CONSTRAINTS}
    return {
        "region": region,
        "n": n,
        "background": b.value,
        "background_error": error,
        "published": {k: s95[k].value for k in LIMITS},
        "recastbook": {k: round(mine[k], 4) for k in LIMITS},
        "ratio": {k: round(mine[k] / s95[k].value, 4) for k in LIMITS},
        "ratio_allowed_by_rounding": {
            k: [
                round(min(c[k] for c in corners) / (s95[k].value + s95[k].rounding_error), 4),
                round(max(c[k] for c in corners) / (s95[k].value - s95[k].rounding_error), 4),
            ]
            for k in LIMITS
        },
        "ratio_by_constraint": {
            kind: {k: round(found[k] / s95[k].value, 4) for k in LIMITS} for kind, found in others.items()
        },
    }


def main() -> None:
    """Recompute and write."""
    start = time.process_time()
    published = table()
    rows = [row(published, region) for region in published]
    spread = {k: [min(r["ratio"][k] for r in rows), max(r["ratio"][k] for r in rows)] for k in LIMITS}  # type: ignore[index]
    result = {
        "what": "S95 recomputed from published counts, divided by the published S95, ATLAS-HIGP-2024-32",
        "provenance": {
            "script": "tests/validation/s95_higp.py",
            "recastbook": __version__,
            "python": platform.python_version(),
            **{p: version(p) for p in ("numpy", "scipy")},
            "source": published.header.source,
            "cpu_seconds": round(time.process_time() - start, 1),
        },
        "spread": spread,
        "bins": rows,
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
