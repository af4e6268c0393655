"""Reading HepMC text: CPU time per event of our reader and of pyhepmc, and memory over a long file.

The events are Gtt with multiple parton interactions where Pythia is installed, else those of a test file of the
HepMC3 project. CPU time of one thread, imports and compilation excluded, median of several runs.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyhepmc
import pytest

import recastbook as rb
from recastbook.events.convert import convert
from recastbook.events.reading import count_events, read_particles

pytestmark = pytest.mark.benchmark

READ_MS = 0.5
"""What reading may take of the 2.5 ms of the whole first pass."""

MEMORY_SCRIPT = """
import pathlib, sys
from recastbook.events.reading import read_particles
n = sum(len(table) for table in read_particles(sys.argv[1], chunk_size=250))
peak = [line for line in pathlib.Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(n, int(peak[0].split()[1]) / 1024)
"""
# not ru_maxrss, which a new process inherits from the one that started it


def say(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{text}\n")


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory, shared_data: Callable[[str], Path]) -> Path:
    """About 200 events in HepMC3 text."""
    folder = tmp_path_factory.mktemp("reading")
    path = folder / "events.hepmc"
    try:
        rb.generate(
            "gluino-gtt", m_gluino=2100, m_lsp=1, n=200, output=folder / "gtt", write_hepmc=path, progress=False
        )
    except rb.exceptions.MissingDependency:
        with pyhepmc.open(shared_data("events/hepmc3-inputConvert1.hepmc")) as source, pyhepmc.open(path, "w") as sink:
            for event in source:
                sink.write(event)
        write_repeated(path, path.read_text(), 34)
    return path


def write_repeated(path: Path, text: str, times: int) -> Path:
    """Write the same events again and again under rising numbers."""
    begin, end = text.index("\nE ") + 1, text.rindex("HepMC::")
    numbers = iter(range(10**9))
    number = re.compile(r"^E \d+", re.MULTILINE)
    with path.open("w") as file:
        file.write(text[:begin])
        for _ in range(times):
            file.write(number.sub(lambda _: f"E {next(numbers)}", text[begin:end]))
        file.write(text[end:])
    return path


def milliseconds(job: Callable[[], int], runs: int = 5) -> float:
    job()  # compiles, and brings the file into memory
    times = []
    for _ in range(runs):
        start = time.process_time()
        n = job()
        times.append((time.process_time() - start) / n * 1e3)
    return statistics.median(times)


def test_time_per_event(events: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folders: Iterator[Path] = (tmp_path / str(k) for k in range(100))

    def with_the_library() -> int:
        with pyhepmc.open(events) as file:
            return sum(1 for _ in file)

    jobs: dict[str, Callable[[], int]] = {
        "recastbook, particles": lambda: sum(len(t) for t in read_particles(events)),
        "recastbook, count, weights and cross section": lambda: count_events(events),
        "recastbook, read, truth objects, written": lambda: len(convert(events, next(folders), progress=False)),
        "pyhepmc, read only": with_the_library,
        "pyhepmc, particles": lambda: sum(len(t) for t in read_particles(events, reader="pyhepmc")),
    }
    found = {name: milliseconds(job, 3 if "pyhepmc" in name else 7) for name, job in jobs.items()}
    size = events.stat().st_size / count_events(events) / 1024
    lines = [f"{name:46s} {value:7.3f} ms/event" for name, value in found.items()]
    say(capsys, "\n".join([f"{size:.0f} kB of text per event", *lines]))
    assert found["recastbook, particles"] <= READ_MS


def test_memory_is_flat(events: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("peak memory is read from /proc")
    used = []
    for times in (10, 25):  # the allocator has settled by then
        path = write_repeated(tmp_path / f"{times}.hepmc", events.read_text(), times)
        out = subprocess.run(
            [sys.executable, "-c", MEMORY_SCRIPT, str(path)], check=True, capture_output=True, text=True
        ).stdout
        path.unlink()
        used.append(float(out.split()[1]))
        say(capsys, f"{out.split()[0]} events: {used[-1]:.0f} MB")
    assert used[1] < used[0] + 30
