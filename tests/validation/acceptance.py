"""Acceptance times efficiency of benchmark signals in every region without network.

    python tests/validation/acceptance.py FOLDER [FOLDER ...]

Each folder is an event file; its label names the column.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Any

from counting import provenance, write

import recastbook as rb

log = logging.getLogger("acceptance")


def column(folder: Path, seed: int) -> dict[str, Any]:
    """Run the search on one event file and return its regions."""
    sample = rb.Sample(folder)
    result = rb.load("ATLAS-SUSY-2018-30").run(sample, seed=seed, progress=False)
    regions = {}
    for row in result.yields():
        if row.status != "ok":
            continue
        regions[row.region] = {
            "kind": row.kind,
            "raw": row.raw,
            "efficiency": row.efficiency,
            "error": row.efficiency_error,
            "events_139fb": row.events,
        }
    return {
        "label": sample.label,
        "events": len(sample),
        "generator": sample.metadata.generator,
        "generator_seed": sample.metadata.seed,
        "cross_section_pb": sample.cross_section,
        "regions": regions,
    }


def table(columns: list[dict[str, Any]]) -> str:
    """Return a Markdown table of the signal regions, in per cent."""
    lines = [
        "| region | " + " | ".join(f"{c['label']} (%)" for c in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for name, first in columns[0]["regions"].items():
        if first["kind"] != "signal":
            continue
        cells = (c["regions"][name] for c in columns)
        lines.append(
            f"| {name} | " + " | ".join(f"{100 * c['efficiency']:.2f} ± {100 * c['error']:.2f}" for c in cells) + " |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    columns = [column(folder, chosen.seed) for folder in chosen.folders]
    log.info("%s", table(columns))
    write(
        "acceptance_times_efficiency.json",
        {
            "what": "events that pass over events generated; errors are statistical; Gtb regions are not validated",
            "provenance": provenance(detector_seed=chosen.seed),
            "samples": columns,
        },
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
