"""Figures of the explorers: a slider on a million events, opening on fifty thousand, memory over 200 interactions."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from million import copies

import recastbook as rb
from recastbook.events.builtin import builtin_samples
from recastbook.result import Result
from recastbook.widgets import CutflowBrowser, ScoreExplorer

pytestmark = pytest.mark.benchmark
REGION = "SR-Gtt-2100-1"


@pytest.fixture(scope="module")
def real() -> Result:
    search = rb.load("ATLAS-SUSY-2018-30")
    return search.run(builtin_samples()["gtt_2100_1"], network="stand-in", progress=False)


@pytest.fixture(scope="module")
def million(real: Result, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return copies(real, 1_000_000, tmp_path_factory.mktemp("million") / "slim")


def moves(slider: Any, n: int) -> tuple[float, float]:
    """Return the median wall and CPU time of n moves, in s."""
    wall, cpu = [], []
    for i in range(n):
        value = slider.min + (slider.max - slider.min) * (0.15 + 0.7 * ((7 * i) % n) / n)
        start, began = time.perf_counter(), time.process_time()
        slider.value = value
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - began)
    return statistics.median(wall), statistics.median(cpu)


def without_pause(panel: Any) -> None:
    panel.later = lambda *_: None  # CLs and losses follow after a pause, which is not measured


def test_threshold_slider_on_a_million_events(million: Result) -> None:
    panel = ScoreExplorer(million, region=REGION)
    assert panel.message.value == ""
    without_pause(panel)
    wall, cpu = moves(panel.controls["threshold"], 21)
    assert panel.message.value == ""
    print(f"threshold slider, {len(million.slim)} events: {wall:.3f} s, {cpu:.3f} s CPU")  # noqa: T201
    assert cpu <= 0.15


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_cut_slider_on_a_million_events(million: Result, cut: int) -> None:
    panel = CutflowBrowser(million, region=REGION, cut=cut)
    assert panel.message.value == ""
    without_pause(panel)
    wall, cpu = moves(panel.slider, 11)
    assert panel.message.value == ""
    print(f"cut {cut}, {len(million.slim)} events: {wall:.3f} s, {cpu:.3f} s CPU")  # noqa: T201
    assert cpu <= 0.15


def test_opening_on_fifty_thousand_events(real: Result, tmp_path: Path) -> None:
    import recastbook.plots

    assert recastbook.plots
    result = copies(real, 50_000, tmp_path / "slim")
    CutflowBrowser(real).close()  # fonts are loaded once
    start = time.process_time()
    explorer = result.explore()
    first = time.process_time() - start
    for tab in ("Scores", "Cutflow"):
        without_pause(explorer[tab])
        explorer.tab = tab
    every = time.process_time() - start
    print(f"explorer on 50,000 events: {first:.2f} s; with scores and cutflow {every:.2f} s CPU")  # noqa: T201
    assert every <= 2.0


def test_memory_over_two_hundred_interactions(million: Result) -> None:
    process = psutil.Process(os.getpid())
    score, cutflow = ScoreExplorer(million), CutflowBrowser(million, region=REGION)
    points = list(score.controls["point"].options)
    cuts = (1, 3, 5)

    def interact(i: int) -> None:
        score.threshold = 0.5 + 0.49 * (i % 10) / 10
        cutflow.drag(cuts[i % 3], min=float(i % 4 + 3) if i % 3 == 0 else 210.0 + i if i % 3 == 1 else 0.9)
        if i % 10 == 0:
            score.point = points[(i // 10) % len(points)]
            cutflow.cut = cuts[(i // 10) % 3]

    for i in range(40):
        interact(i)
    before = process.memory_info().rss - process.memory_info().shared
    for i in range(200):
        interact(i)
    grown = (process.memory_info().rss - process.memory_info().shared - before) / 2**20
    print(f"memory over 200 interactions on {len(million.slim)} events: {grown:+.1f} MB")  # noqa: T201
    assert grown < 50
