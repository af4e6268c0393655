"""Cost of a trap hunt: 5,000 rows of inputs, the whole grid, the effect of each hypothesis on every region."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

import recastbook as rb
from recastbook.events.builtin import builtin_samples

pytestmark = pytest.mark.benchmark

TARGET_S = 30.0
ROWS = 5000


def test_hunt_in_time() -> None:
    search = rb.load("ATLAS-SUSY-2018-30")
    result = search.run(builtin_samples()["gtt_2100_1"], network="stand-in", progress=False)
    raw = search.collect_inputs(result, stage="preselection").matrix().raw
    rows = np.tile(raw, (ROWS // len(raw) + 1, 1))[:ROWS]
    rows[:, 83] = (rows[:, 83] + np.pi) % (2 * np.pi) - np.pi
    start = time.process_time()
    report = search.hunt(result, rows, stage="raw", effects="all")
    spent = time.process_time() - start
    assert len(report) >= 40
    assert report.traps[0].hypothesis.key == "azimuth: met_phi in (-pi, pi]"
    sys.stderr.write(f"\n{ROWS} rows, {len(report)} hypotheses with effects: {spent:.1f} s CPU\n")
    assert spent <= TARGET_S
