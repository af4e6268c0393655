"""Fixed blocks of events: the unit of seeding, of parallel work and of going on after an interruption."""

from __future__ import annotations

import json
import logging
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from recastbook.events.columns import FlatColumns
from recastbook.events.folderlock import FolderLock
from recastbook.exceptions import BadOption
from recastbook.writing import whole

__all__ = ["Block", "BlockResult", "BlockStore", "only_generation", "plan_blocks"]

log = logging.getLogger(__name__)

_RESULT = "__result__"


class Block(NamedTuple):
    """Consecutive events that one Pythia generates in one go."""

    number: int
    """Number of the block; its seed follows from it."""
    first: int
    """Number of its first event."""
    size: int
    """Number of its events."""


def plan_blocks(n: int, size: int) -> tuple[Block, ...]:
    """Split `n` events into blocks of `size`; only the last may be shorter.

    Examples
    --------
    >>> plan_blocks(5, 2)[-1]
    Block(number=2, first=4, size=1)
    """
    return tuple(Block(i, first, min(size, n - first)) for i, first in enumerate(range(0, n, size)))


@dataclass(frozen=True, slots=True)
class BlockResult:
    """What is known of a finished block besides its events."""

    asked: int
    """Number of events asked for."""
    events: int
    """Number of events written; less than asked if LHE events could not be showered."""
    tried: int
    """Phase-space points tried: the weight of the block's cross section."""
    cross_section: float
    """Leading-order cross section, pb."""
    cross_section_error: float
    """Its statistical error, pb."""
    said: tuple[str, ...]
    """Warnings and errors of Pythia, each once."""
    filter_seen: int = 0
    """Events of the hard process that a generator filter saw; 0 without one."""
    filter_kept: int = 0
    """Events that it kept."""


@contextmanager
def only_generation(folder: Path) -> Iterator[None]:
    """Keep other processes from generating into the same folder; they would take each other's blocks away.

    Raises
    ------
    BadOption
        If another process is generating there; it is named.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(folder)
    lock.take()
    try:
        yield
    finally:
        lock.release()
        with suppress(OSError):
            folder.rmdir()  # nothing was made


class BlockStore:
    """A folder with finished blocks of one generation.

    Parameters
    ----------
    folder
        Made if it does not exist.
    key
        Everything that fixes the content of the blocks. A folder with another key is refused.

    Raises
    ------
    BadOption
        If the folder holds blocks of something else; the difference is named.
    """

    def __init__(self, folder: Path, key: Mapping[str, Any]) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        plan = folder / "plan.json"
        text = json.dumps(dict(key), sort_keys=True, indent=1)
        if plan.exists():
            before = json.loads(plan.read_text(encoding="utf-8"))
            differing = sorted(k for k in {*before, *json.loads(text)} if before.get(k) != json.loads(text).get(k))
            if differing:
                message = (
                    f"{folder} holds unfinished blocks of another generation (different: {', '.join(differing)});"
                    " finish that one, remove the folder, or choose another output"
                )
                raise BadOption(message)
        else:
            with whole(plan) as temporary:
                temporary.write_bytes(text.encode())

    def _path(self, block: Block) -> Path:
        return self.folder / f"block-{block.number:06d}.npz"

    def hepmc_path(self, block: Block) -> Path:
        """Return where the HepMC text of a block lies."""
        return self.folder / f"block-{block.number:06d}.hepmc"

    def result(self, block: Block, *, hepmc: bool = False) -> BlockResult | None:
        """Return what is known of a finished block, None if it must be made (again)."""
        path = self._path(block)
        if not path.exists() or (hepmc and not self.hepmc_path(block).exists()):
            return None
        try:
            with path.open("rb") as source, np.load(source, allow_pickle=False) as stored:
                data = json.loads(stored[_RESULT].tobytes())
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            log.warning("%s cannot be read (%s) and is made again", path, error)
            return None
        data["said"] = tuple(data["said"])
        found = BlockResult(**data)
        return found if found.asked == block.size else None

    def save(self, block: Block, flat: FlatColumns, result: BlockResult) -> None:
        """Keep a finished block; it appears whole or not at all.

        A worker may outlive the call that started it, and meet the worker of the next one at the same block.
        """
        note = np.frombuffer(json.dumps(asdict(result)).encode(), dtype=np.uint8)
        with whole(self._path(block)) as temporary, temporary.open("wb") as sink:
            np.savez(sink, allow_pickle=False, **flat, **{_RESULT: note})

    def load(self, block: Block) -> FlatColumns:
        """Return the events of a finished block."""
        with self._path(block).open("rb") as source, np.load(source, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files if name != _RESULT}

    def remove(self) -> None:
        """Remove the folder with all blocks."""
        shutil.rmtree(self.folder)
