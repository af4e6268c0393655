"""CPU time and memory of the truth objects, Gtt 2100/1 with multiparton interactions."""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
import psutil
import pytest

from recastbook.events.particles import ParticleTable
from recastbook.events.truth import build_truth
from recastbook.events.truth import jets as jets_module

pytestmark = pytest.mark.benchmark

N = 400
TARGET_MS = 1.2


@pytest.fixture(scope="module")
def gtt() -> ParticleTable:
    pytest.importorskip("pythia8mc")
    from recastbook.events.generation.engine import Engine
    from recastbook.events.generation.presets import preset

    with Engine(preset("gluino-gtt", m_gluino=2100.0, m_lsp=1.0), seed=1) as engine:
        (table,) = engine.tables(N, first_event=0, run=1, luminosity_block=1, chunk=N)
    return table


def test_time_per_event(gtt, monkeypatch, capsys):
    spent = []
    cluster = jets_module.cluster

    def timed(*args, **kwargs):
        start = time.process_time()
        out = cluster(*args, **kwargs)
        spent.append(time.process_time() - start)
        return out

    monkeypatch.setattr(jets_module, "cluster", timed)
    build_truth(gtt)
    whole, fastjet = [], []
    for _ in range(7):
        spent.clear()
        start = time.process_time()
        build_truth(gtt)
        whole.append((time.process_time() - start) / N * 1e3)
        fastjet.append(sum(spent) / N * 1e3)
    final = np.count_nonzero(gtt.status == 1) / N
    median = statistics.median(whole)
    with capsys.disabled():
        sys.stdout.write(
            f"\ntruth objects: {median:.2f} ms/event ({min(whole):.2f} to {max(whole):.2f}), of which clustering "
            f"{statistics.median(fastjet):.2f}; {final:.0f} final particles, {len(gtt.pdg_id) / N:.0f} in the record\n"
        )
    assert median < TARGET_MS


def test_memory_stays_flat(gtt, capsys):
    process = psutil.Process()
    build_truth(gtt)
    before = process.memory_info().rss
    for _ in range(20):
        build_truth(gtt)
    grown = (process.memory_info().rss - before) / 2**20
    with capsys.disabled():
        sys.stdout.write(f"\nmemory after {20 * N} further events: {grown:+.0f} MB\n")
    assert grown < 50
