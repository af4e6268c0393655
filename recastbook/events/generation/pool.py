"""Hand blocks to worker processes and listen to them."""

from __future__ import annotations

import builtins
import contextlib
import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from typing import Any

from recastbook import exceptions
from recastbook.events.generation.blocks import Block
from recastbook.events.generation.job import Job
from recastbook.exceptions import GenerationFailed, RecastbookError

__all__ = ["make_blocks"]

_Answer = dict[str, Any]


def make_blocks(
    job: Job, blocks: Iterable[Block], *, workers: int, progress: Callable[[int], None], finished: Callable[[], None]
) -> None:
    """Make blocks, in this process for one worker, else in as many processes as asked for.

    Parameters
    ----------
    job
        What to do.
    blocks
        Which; the order in which they finish does not matter.
    workers
        Number of processes.
    progress
        Called with the number of further events that are done.
    finished
        Called after every finished block.

    Raises
    ------
    RecastbookError
        Whatever went wrong in a worker; finished blocks are kept.
    """
    if workers == 1:
        for block in blocks:
            job.make(block, progress)
            finished()
        return
    waiting: queue.SimpleQueue[Block] = queue.SimpleQueue()
    total = 0
    for block in blocks:
        waiting.put(block)
        total += 1
    answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
    processes = [_Worker(job, waiting, answers) for _ in range(min(workers, total))]
    try:
        remaining = total
        while remaining:
            answer = answers.get()
            if "error" in answer:
                raise _as_exception(answer)
            if "done" in answer:
                progress(answer["done"])
            else:
                remaining -= 1
                finished()
    finally:
        for process in processes:
            process.stop()


class _Worker:
    """One process and the thread that talks to it."""

    def __init__(self, job: Job, waiting: queue.SimpleQueue[Block], answers: queue.SimpleQueue[_Answer]) -> None:
        self._waiting, self._answers = waiting, answers
        self._stopped = False
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "recastbook.events.generation.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            encoding="utf-8",
        )
        self._thread = threading.Thread(target=self._talk, args=(job.to_json(),), daemon=True)
        self._thread.start()

    def _talk(self, job: str) -> None:
        try:
            self._send(job)
            while True:
                try:
                    block = self._waiting.get_nowait()
                except queue.Empty:
                    return
                self._send(json.dumps(block))
                while True:
                    line = self._process.stdout.readline() if self._process.stdout else ""
                    if not line:
                        self._report_death(block)
                        return
                    answer = json.loads(line)
                    self._answers.put(answer)
                    if "error" in answer:
                        return
                    if "block" in answer:
                        break
        except (OSError, ValueError):  # the pipe broke, or was closed by stop()
            self._report_death(None)

    def _send(self, line: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def _report_death(self, block: Block | None) -> None:
        if self._stopped:
            return
        code = self._process.wait()
        self._complaints.seek(0)
        tail = " | ".join(self._complaints.read().decode("utf-8", errors="replace").strip().splitlines()[-4:])
        where = "" if block is None else f" in block {block.number} (events from {block.first} on)"
        message = f"a worker process died{where} with exit code {code}; it said: {tail or 'nothing'}"
        self._answers.put({"error": "GenerationFailed", "message": message})

    def stop(self) -> None:
        """End the process, finished or not."""
        self._stopped = True
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        self._thread.join(timeout=5)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not sent cannot be sent any more
                    pipe.close()
        self._complaints.close()


def _as_exception(answer: _Answer) -> Exception:
    name, message = str(answer["error"]), str(answer["message"])
    kind = getattr(exceptions, name, None)
    if isinstance(kind, type) and issubclass(kind, RecastbookError):
        return kind(message)
    if isinstance(getattr(builtins, name, None), type) and name in ("OSError", "MemoryError"):
        return OSError(message) if name == "OSError" else MemoryError(message)
    return GenerationFailed(f"a worker process failed with {name}: {message}")
