"""Recompute S95 of the 22 regions of ATLAS-SUSY-2019-04 from observed count, background and its error.

Run ``python tests/validation/susy_2019_04_s95.py``; it writes ``tests/validation/results/susy_2019_04_s95.json``.
Beside each ratio to the published limit stands the band that the rounding of background, its error and the limit spans,
and the ratio with pseudo-experiments in place of the asymptotic formula: where few events are expected, that is what is
left of the difference.
"""

from __future__ import annotations

import json
import platform
import time
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from s95 import N_TOYS, SEED, band, limit

from recastbook import __version__
from recastbook.published import load_tables
from recastbook.statistics import CountingModel

OUTPUT = Path(__file__).parent / "results" / "susy_2019_04_s95.json"
OTHER_FILE = {"1l_shape_6j_4b": 12.3}
"""Observed S95 in a second file of the source, where it differs."""


def main() -> None:
    """Recompute and write."""
    start = time.process_time()
    (table,) = load_tables(files("recastbook.analyses") / "atlas_susy_2019_04" / "published", kind="yields")
    rows: list[dict[str, Any]] = []
    for region in table:
        n = int(table.value(region, "observed").value)
        background = table.value(region, "background")
        mine = limit(n, background.value, background.error or 0.0, region)
        s95 = {k: table.value(region, f"s95_{k}").value for k in ("observed", "expected")}
        ours = {"observed": mine.observed, "expected": mine.expected_median}
        allowed = band(table, region)
        model = CountingModel(n, background.value, background.error or 0.0, name=region)
        toys = model.upper_limit(method="toys", n_toys=N_TOYS // 2, seed=SEED)
        row: dict[str, Any] = {
            "region": region,
            "n": n,
            "background": background.value,
            "background_error": background.error,
            "published": s95,
            "method": mine.method,
            "recastbook": {k: round(v, 4) for k, v in ours.items()},
            "ratio": {k: round(v / s95[k], 4) for k, v in ours.items()},
            "ratio_with_toys": {
                "observed": round(toys.observed / s95["observed"], 4),
                "expected": round(toys.expected_median / s95["expected"], 4),
            },
            "ratio_allowed_by_rounding": allowed,
            "explained_by_rounding": {k: allowed[k][0] <= 1.0 <= allowed[k][1] for k in ours},
        }
        if region in OTHER_FILE:
            row["published_in_another_file"] = OTHER_FILE[region]
            row["ratio_to_another_file"] = round(mine.observed / OTHER_FILE[region], 4)
        rows.append(row)
    seen, empty = [r for r in rows if r["n"]], [r for r in rows if not r["n"]]
    result = {
        "what": "S95 recomputed from published counts, divided by the published S95, ATLAS-SUSY-2019-04",
        "provenance": {
            "script": "tests/validation/susy_2019_04_s95.py",
            "recastbook": __version__,
            "python": platform.python_version(),
            **{p: version(p) for p in ("numpy", "scipy")},
            "seed": SEED,
            "n_toys": N_TOYS,
            "source": table.header.source,
            "cpu_seconds": round(time.process_time() - start, 1),
        },
        "spread": {
            f"{which}, {name}": [min(ratios), max(ratios)]
            for name, chosen in (("events observed", seen), ("nothing observed", empty))
            for which in ("observed", "expected")
            for ratios in [[r["ratio"][which] for r in chosen]]
        }
        | {
            f"{which}, all regions with toys": [min(ratios), max(ratios)]
            for which in ("observed", "expected")
            for ratios in [[r["ratio_with_toys"][which] for r in rows]]
        },
        "regions": rows,
    }
    OUTPUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
