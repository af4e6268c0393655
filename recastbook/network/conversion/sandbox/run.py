"""Starting the confined process, watching it, and reading what it left."""

from __future__ import annotations

import json
import os
import signal
import site
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recastbook.exceptions import NetworkError
from recastbook.network.conversion.sandbox.limits import Limits

__all__ = ["Confined", "left_behind", "readable", "run"]

_PAUSE = 0.05
_START = "from recastbook.network.conversion.sandbox.child import main; main()"


@dataclass(frozen=True, slots=True)
class Confined:
    """What a confined process did, and within which bounds."""

    answer: Mapping[str, Any]
    """What it says; foreign, like everything it wrote."""
    layers: tuple[str, ...]
    """What bound it, by name."""
    seconds: float
    """Time on the clock."""
    peak_mib: float
    """Most memory that was seen in use, in MiB."""


def run(
    source: Path,
    folder: Path,
    job: Mapping[str, Any],
    limits: Limits,
    *,
    watcher: Callable[[float], None] | None = None,
) -> Confined:
    """Run a job on a file in a confined process.

    Parameters
    ----------
    source
        The file; the process gets it open for reading on its standard input.
    folder
        An empty folder, the only one in which it may write.
    job
        What to do, as plain data.
    limits
        What it may use.
    watcher
        Called now and then with the seconds that have passed.

    Raises
    ------
    NetworkError
        If it broke a limit, tried what it may not, failed, or left no answer.
    """
    import psutil

    (folder / "job.json").write_text(json.dumps({**job, "limits": _plain(limits)}), encoding="utf-8")
    started = time.monotonic()
    peak = 0.0
    with source.open("rb") as stream, (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - this Python, with a text of ours
            [sys.executable, "-P", "-c", _START],
            stdin=stream,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=_environment(folder),
            start_new_session=True,
        )
        try:
            watched = psutil.Process(process.pid)
            while process.poll() is None:
                passed = time.monotonic() - started
                peak = max(peak, _memory(watched))
                if passed > limits.wall_seconds:
                    message = f"{source}: stopped after {limits.wall_seconds:g} s on the clock, the limit of time"
                    raise NetworkError(message)
                if peak > limits.memory_bytes:
                    message = f"{source}: stopped at the limit of memory, {limits.memory_mib} MiB"
                    raise NetworkError(message)
                if watcher is not None:
                    watcher(passed)
                time.sleep(_PAUSE)
        except psutil.NoSuchProcess:
            process.wait()
        finally:
            _end(process)
    answer, layers = _answer(folder)
    if process.returncode != 0 or "error" in answer:
        raise NetworkError(_reason(source, process.returncode, answer, limits, folder))
    return Confined(answer, layers, time.monotonic() - started, peak / 2**20)


def _plain(limits: Limits) -> dict[str, int]:
    return {"memory": limits.memory_bytes, "cpu": int(limits.cpu_seconds), "disk": limits.disk_bytes}


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment without the user's secrets, in which Python finds its packages."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG") if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
    return {
        **kept,
        **threads,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONUSERBASE": site.getuserbase() or "",
        "PYTHONDONTWRITEBYTECODE": "1",
        "JOBLIB_MULTIPROCESSING": "0",
    }


def _memory(process: Any) -> float:
    return float(process.memory_info().rss) if process.is_running() else 0.0


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process that was started here, and what it started in its own session."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def left_behind(folder: Path, name: str) -> bytes:
    """Return the content of a plain file that a confined process left; links and pipes are not followed.

    Raises
    ------
    OSError
        If there is no plain file of that name.
    """
    path = folder / name
    if not stat.S_ISREG(path.lstat().st_mode):
        message = f"{name} is no plain file"
        raise OSError(message)
    return path.read_bytes()


def readable(text: object) -> str:
    """Return foreign text without what would move a terminal's cursor, and not without end."""
    return "".join(c if c.isprintable() else " " for c in str(text)[:2000])


def _answer(folder: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    try:
        content = json.loads(left_behind(folder, "answer.json"))
        layers = json.loads(left_behind(folder, "layers.json"))
    except (OSError, ValueError, RecursionError):
        return {}, ()
    if not isinstance(content, dict) or not isinstance(layers, list):
        return {}, ()
    return content, tuple(readable(layer) for layer in layers)


def _reason(source: Path, code: int, answer: Mapping[str, Any], limits: Limits, folder: Path) -> str:
    if "error" in answer:
        return f"{source}: {readable(answer['error'])}"
    if code == -getattr(signal, "SIGXCPU", 24):
        return f"{source}: stopped after {limits.cpu_seconds} s of processor time, the limit"
    if code == -getattr(signal, "SIGXFSZ", 25):
        return f"{source}: stopped when a file it wrote reached the limit, {limits.disk_mib} MiB"
    try:
        tail = left_behind(folder, "log")[-2000:].decode("utf-8", "replace").strip().splitlines()
    except OSError:
        tail = []
    said = f"; its last words: {readable(tail[-1][:300])}" if tail else ""
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return (
        f"{source}: the confined process ended without an answer ({how}{said}); the limit of memory was "
        f"{limits.memory_mib} MiB"
    )
