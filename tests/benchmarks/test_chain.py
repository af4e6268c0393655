"""The whole chain: CPU time from text and from the event file, memory over three decades, a run on the command line."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import recastbook as rb
from recastbook.events.builtin import builtin_samples
from recastbook.events.columns import FlatColumns
from recastbook.events.eventfile import EventFile, EventMetadata, EventWriter
from recastbook.events.flat import concatenate

pytestmark = pytest.mark.benchmark

SEARCH = "ATLAS-SUSY-2018-30"
N = 50_000
FROM_TEXT_MS, FROM_FILE_MS, MEMORY_MB, IMPORT_S, RUN_S = 2.5, 0.07, 600.0, 0.3, 20.0
"""The figures to reach."""

MEMORY_SCRIPT = """
import sys
from pathlib import Path
import recastbook as rb
result = rb.load("ATLAS-SUSY-2018-30").run(rb.Sample(sys.argv[1]), progress=False, work_dir=sys.argv[2])
# not ru_maxrss: a child inherits that from its parent
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(result.n_events, int(peak.split()[1]) / 1024)
"""


def say(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{text}\n")


def repeated(n: int) -> FlatColumns:
    """The built-in Gtt events again and again under new numbers, so that the detector draws new numbers for each."""
    prepared = builtin_samples()["gtt_2100_1"].prepare(progress=False)
    flat = concatenate([prepared.read(i) for i in range(len(prepared.parts))])
    times = -(-n // len(prepared))
    out = concatenate([flat] * times)
    out["event"] = np.arange(len(out["event"]), dtype=np.int64)
    return out


def write(folder: Path, n: int) -> Path:
    piece = repeated(N)
    size = len(piece["event"])
    with EventWriter(folder, EventMetadata(label="Gtt 2100/1 repeated", cross_section=0.598e-3)) as writer:
        for start in range(0, n, size):
            numbered = {**piece, "event": piece["event"] + start}
            if start + size > n:
                from recastbook.events.columns import to_flat, to_records

                numbered = to_flat(to_records(numbered)[: n - start])
            writer.write(numbered)
    return folder


def test_from_the_event_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = rb.Sample(write(tmp_path / "events", N))
    assert len(EventFile.open(tmp_path / "events")) == N
    search = rb.load(SEARCH)
    search.run(sample, progress=False, events=2000)
    spent = []
    for _ in range(5):
        start = time.process_time()
        search.run(sample, progress=False)
        spent.append((time.process_time() - start) / N * 1e3)
    median = statistics.median(spent)
    say(capsys, f"from the event file, {N} events: {median:.3f} ms/event ({min(spent):.3f} to {max(spent):.3f})")
    assert median <= FROM_FILE_MS


def test_from_hepmc_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pythia8mc")
    n = 500
    text = tmp_path / "gtt.hepmc"
    rb.generate(
        "gluino-gtt", m_gluino=2100, m_lsp=1, n=n, seed=3, output=tmp_path / "made", write_hepmc=text, progress=False
    )
    search = rb.load(SEARCH)
    search.run(rb.Sample(text, cross_section=0.598e-3), progress=False)
    spent = []
    for i in range(5):
        start = time.process_time()
        sample = rb.Sample(text, cross_section=0.598e-3)
        prepared = sample.prepare(progress=False, cache=tmp_path / f"cache{i}")
        search.run(rb.Sample(prepared.path), progress=False)
        spent.append((time.process_time() - start) / n * 1e3)
    median = statistics.median(spent)
    say(capsys, f"from HepMC3 text to regions: {median:.2f} ms/event ({min(spent):.2f} to {max(spent):.2f})")
    assert median <= FROM_TEXT_MS


@pytest.mark.parametrize("n", [1_000, 50_000, 1_000_000])
def test_memory_is_flat(n: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "events", n)
    command = [sys.executable, "-c", MEMORY_SCRIPT, str(folder), str(tmp_path / "work")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    events, peak = done.stdout.split()
    say(capsys, f"{events} events: peak {float(peak):.0f} MB")
    assert int(events) == n
    assert float(peak) <= MEMORY_MB


def test_import_and_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imports, runs = [], []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import recastbook"], check=True)
        bare = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        imports.append(bare - start - (time.perf_counter() - bare))
    for _ in range(3):
        start = time.perf_counter()
        command = [sys.executable, "-m", "recastbook", "run", SEARCH, "--json"]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
        runs.append(time.perf_counter() - start)
        assert json.loads(done.stdout)["verdict"]["conclusion"] == "excluded"
    say(capsys, f"import: {statistics.median(imports):.3f} s; built-in run: {statistics.median(runs):.1f} s")
    assert statistics.median(imports) <= IMPORT_S
    assert statistics.median(runs) <= RUN_S
