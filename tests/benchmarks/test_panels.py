"""Memory of an explorer over 200 interactions in five of its tabs together."""

from __future__ import annotations

import os

import psutil
import pytest
from interactions import interact

import recastbook as rb
from recastbook.events.builtin import builtin_samples

pytestmark = pytest.mark.benchmark


def test_memory_over_two_hundred_interactions() -> None:
    search = rb.load("ATLAS-SUSY-2018-30")
    result = search.run(builtin_samples()["gtt_2100_1"], events=500, network="stand-in", progress=False)
    explorer = result.explore()
    for i in range(40):
        interact(explorer, i)
    before = psutil.Process(os.getpid()).memory_info().rss
    for i in range(40, 240):
        interact(explorer, i)
    grown = (psutil.Process(os.getpid()).memory_info().rss - before) / 2**20
    print(f"memory of five tabs of one explorer over 200 interactions: {grown:+.1f} MB")  # noqa: T201
    assert grown < 50
