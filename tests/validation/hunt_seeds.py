"""Mistakes put into inputs by hand, of real signals: how often the trap hunter tells the right one.

Run ``python tests/validation/hunt_seeds.py``; it writes ``tests/validation/results/hunt_seeds.json``. Three settings:
events of the result itself, matched by their numbers; the same signal with another seed of the detector; another
signal. Networks of ATLAS-SUSY-2019-04 and ATLAS-HIGP-2024-32 are the published ones (RECASTBOOK_DATA), that of
ATLAS-SUSY-2018-30 is the stand-in.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hunting_ground import Setting, setting
from mistakes import GTT, HHH, RPV, SEEDS

import recastbook as rb
from recastbook.events.builtin import builtin_samples
from recastbook.store import cache_dir

OUTPUT = Path(__file__).parent / "results" / "hunt_seeds.json"


def samples(folder: Path) -> dict[str, tuple[rb.Sample, rb.Sample]]:
    """Return a signal and another one for each search; they are generated once."""
    gtt, gbb = (builtin_samples()[name] for name in ("gtt_2100_1", "gbb_2000_1"))
    made = {"progress": False, "n": 2000}
    light, heavy = (
        rb.generate(
            "higgsino-tbs", m_higgsino=m, production="n1n2", seed=3, output=folder / f"hunt_higgsino_{m}", **made
        )
        for m in (280, 320)
    )
    triple = rb.generate("resonant-hhh", m_x=700, m_s=300, seed=3, output=folder / "hunt_hhh", progress=False, n=1200)
    return {GTT: (gtt, gbb), RPV: (light, heavy), HHH: (triple, gtt)}


def outcome(where: Setting, seed: Any, *, paired: bool) -> str:
    """Return ``first``, ``tied`` with hypotheses that do the same, or what was told instead."""
    keys = [t.hypothesis.key for t in where.ask(seed, paired=paired).traps]
    if keys == [seed.expected]:
        return "first"
    return "tied" if seed.expected in keys and set(keys) <= {seed.expected, *seed.also} else ", ".join(keys) or "none"


def main() -> None:
    """Ask, count, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=None, help="where events go; the user cache by default")
    given = parser.parse_args()
    start = time.process_time()
    found: dict[str, dict[str, str]] = {}
    false: dict[str, list[str]] = {}
    names = {GTT: ("ATLAS-SUSY-2018-30", "network"), RPV: ("ATLAS-SUSY-2019-04", "network"),
             HHH: ("ATLAS-HIGP-2024-32", "heavyres")}  # fmt: skip
    pairs = samples(given.folder or cache_dir("validation"))
    for network, (signal, another) in pairs.items():
        same = setting(*names[network], signal, signal, events=None, rows=600)
        other = setting(*names[network], signal, another, events=None, rows=600)
        for label, where, paired in (
            ("same events", same, True), ("same signal, other seed", same, False), ("other signal", other, False),
        ):  # fmt: skip
            rows = found.setdefault(label, {})
            for i, seed in enumerate(SEEDS):
                if seed.network == network and (paired or not seed.needs_rows):
                    rows[f"{i} {seed.name}"] = outcome(where, seed, paired=paired)
            clean = where.same if paired else where.other
            report = where.hunt(clean.raw, clean, paired=paired)
            false.setdefault(label, []).extend(t.hypothesis.key for t in report.traps)
    result = {
        "what": "mistakes put into network inputs by hand, and what the trap hunter told",
        "provenance": {
            "script": "tests/validation/hunt_seeds.py",
            "recastbook": rb.__version__,
            "signals": {k: [s.label for s in v] for k, v in pairs.items()},
            "stand_in": GTT,
            "cpu_seconds": round(time.process_time() - start, 1),
        },
        "summary": {
            label: {
                "seeds": len(rows),
                "first": sum(v == "first" for v in rows.values()),
                "tied with hypotheses that do the same": sum(v == "tied" for v in rows.values()),
                "claimed on clean inputs of three searches": false[label],
            }
            for label, rows in found.items()
        },
        "told": found,
    }
    OUTPUT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(result["summary"], indent=1) + "\n")


if __name__ == "__main__":
    main()
