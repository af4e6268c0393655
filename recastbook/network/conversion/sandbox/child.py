"""What runs in the confined process: confine first, then read the job, do it, and answer."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from recastbook.network.conversion.sandbox.confine import Watch, close_network, lock, set_limits

__all__ = ["main"]


def main() -> None:
    """Do the job of the folder this process was started in; the answer is in ``answer.json``."""
    folder = Path.cwd()
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    layers = close_network() + set_limits(**job["limits"]) + lock(folder)
    watch = Watch(folder)
    (folder / "layers.json").write_text(json.dumps([*layers, "audit hook"]), encoding="utf-8")
    try:
        from recastbook.network.conversion import foreign

        answer = foreign.convert(job, sys.stdin.buffer, folder, watch)
    except MemoryError:
        answer = {"error": f"stopped at the limit of memory, {job['limits']['memory'] >> 20} MiB"}
    except BaseException as error:  # noqa: BLE001 - whatever foreign code raises ends here, SystemExit too
        answer = {"error": " ".join(f"{type(error).__name__}: {error}".split())}
    if watch.seen:
        answer = {"error": f"refused: while it was read, the file tried to {'; to '.join(watch.seen)}"}
    _write(folder, answer)


def _write(folder: Path, answer: dict[str, object]) -> None:
    part = folder / "answer.part"
    part.write_text(json.dumps(answer), encoding="utf-8")
    part.replace(folder / "answer.json")
