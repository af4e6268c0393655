"""One writer per folder: a small file with the writer's process number, forgotten when that process is gone."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from recastbook.exceptions import BadOption

__all__ = ["FolderLock"]


class FolderLock:
    """Keeps two processes from writing the same folder at the same time, as two notebooks on one sample would."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".writer.lock"
        self._text = f"{os.getpid()} {platform.node()}"

    def take(self) -> None:
        """Take the lock.

        Raises
        ------
        BadOption
            If a living process has it, or one on another machine, which cannot be asked.
        """
        try:
            descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            self._refuse_if_alive()
            self._path.write_text(self._text, encoding="utf-8")
            return
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(self._text)

    def _refuse_if_alive(self) -> None:
        import psutil

        try:
            number, machine = self._path.read_text(encoding="utf-8").split(" ", 1)
            process = int(number)
        except (OSError, ValueError):
            return  # written by nobody who is still at it
        if machine == platform.node() and (process == os.getpid() or not psutil.pid_exists(process)):
            return
        message = (
            f"process {process} on {machine} is writing {self._path.parent} at this moment. Wait for it; "
            f"if it is gone for good, remove {self._path}."
        )
        raise BadOption(message)

    def release(self) -> None:
        """Give the lock back; nothing happens if it was given back before."""
        try:
            if self._path.read_text(encoding="utf-8") == self._text:
                self._path.unlink()
        except OSError:
            return
