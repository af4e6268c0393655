"""Memory of single events, inputs and the what-if detector over 200 interactions."""

from __future__ import annotations

import os

import psutil
import pytest

import recastbook as rb
from recastbook.events.builtin import builtin_samples
from recastbook.widgets import EventInspector, InputExplorer, WhatIf

pytestmark = pytest.mark.benchmark


def test_memory_over_two_hundred_interactions() -> None:
    search = rb.load("ATLAS-SUSY-2018-30")
    result = search.run(builtin_samples()["gtt_2100_1"], events=500, network="stand-in", progress=False)
    event, inputs, what_if = EventInspector(result), InputExplorer(result), WhatIf(result)
    names = [name for _, name in inputs.controls["input"].options]
    traps = [key for _, key in inputs.controls["trap"].options]

    def interact(i: int) -> None:
        event._step(1)
        inputs.input = names[i % len(names)]
        if i % 10 == 0:
            inputs.trap = traps[(i // 10) % 4]
            what_if.shifts = {"btag": 0.7 + 0.01 * (i // 10)}

    for i in range(40):
        interact(i)
    before = psutil.Process(os.getpid()).memory_info().rss
    for i in range(40, 240):
        interact(i)
    grown = (psutil.Process(os.getpid()).memory_info().rss - before) / 2**20
    print(f"memory of three panels over 200 interactions: {grown:+.1f} MB")  # noqa: T201
    assert grown < 50
