"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["whole"]


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give the name under which a file is to be written: it takes its place once the block ends without an error.

    The name lies in the same folder and is this process' own, so that two that write the same file do not meet. What
    an error leaves half is removed.

    Parameters
    ----------
    path
        Where the file is to be; what is there already stays until it is replaced.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
