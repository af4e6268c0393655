"""CPU time of generating Gtt 2100/1 with multiparton interactions: Pythia, particle table, truth objects, keeping."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import pytest

from recastbook.events.generation.engine import Engine, pythia_seed
from recastbook.events.generation.record import particles_from_pythia
from recastbook.events.generation.sources import find_recipe
from recastbook.events.truth import build_truth

pytestmark = pytest.mark.benchmark

N = 250


def report(capsys: pytest.CaptureFixture[str], line: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{line}\n")


def test_cpu_time_of_each_step(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pytest.importorskip("pythia8mc")
    recipe, _ = find_recipe("gluino-gtt", m_gluino=2100, m_lsp=1)
    start = time.process_time()
    with Engine(recipe, seed=pythia_seed(1, 0)) as engine:
        initialise = time.process_time() - start
        build_truth(particles_from_pythia(engine._pythia.nextBatch(10)))  # compiles
        taken: dict[str, list[float]] = {"Pythia": [], "particle table": [], "truth objects": []}
        for _ in range(5):
            times = [time.process_time()]
            batch = engine._pythia.nextBatch(N)
            times.append(time.process_time())
            table = particles_from_pythia(batch)
            times.append(time.process_time())
            build_truth(table)
            times.append(time.process_time())
            for name, begin, end in zip(taken, times[:-1], times[1:], strict=True):
                taken[name].append((end - begin) / N * 1000)
    medians = {name: statistics.median(values) for name, values in taken.items()}
    parts = ", ".join(f"{name} {value:.2f} ms/event" for name, value in medians.items())
    report(capsys, f"generation, Gtt 2100/1: set-up {initialise:.2f} s a block; {parts}")
    assert medians["particle table"] < 1.0
    assert sum(medians.values()) < 30
