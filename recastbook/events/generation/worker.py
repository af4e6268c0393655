"""A process that makes blocks: reads a job and block numbers as JSON lines, answers with JSON lines.

Started with ``python -m``, not with ``multiprocessing``, so that a script needs no ``if __name__ == "__main__"``, a
crash inside Pythia's C++ costs one process and not the notebook, and nothing is forked with threads running.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from recastbook.events.generation.blocks import Block
from recastbook.events.generation.job import Job


def main() -> int:
    """Serve until the input ends."""
    # Ctrl-C goes to the whole process group; the parent decides what happens to this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what anybody else prints must not disturb the answers

    def answer(**content: Any) -> None:
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    try:
        job = Job.from_json(sys.stdin.readline())
        for line in sys.stdin:
            block = Block(*json.loads(line))
            job.make(block, lambda done: answer(done=done))
            answer(block=block.number)
    except BrokenPipeError:  # the parent is gone
        return 1
    except Exception as error:  # noqa: BLE001  (whatever it is, the parent must hear of it)
        answer(error=type(error).__name__, message=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
