"""Confining the process that calls: used by the child only, before it looks at anything foreign."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

from recastbook.network.conversion.sandbox import landlock, seccomp

__all__ = ["Watch", "close_network", "lock", "set_limits"]

_NEW_USER, _NEW_NET, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000  # flags of unshare(2)
_NO_NEW_PRIVILEGES = 38  # of prctl(2)


def close_network() -> list[str]:
    """Leave the network by a namespace without devices; only a process with one thread can.

    Returns
    -------
    list of str
        The layer that holds now; empty where the system does not allow it.
    """
    if not sys.platform.startswith("linux"):
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    for flags in (_NEW_USER | _NEW_NET | _NEW_IPC, _NEW_NET | _NEW_IPC):
        if libc.unshare(flags) == 0:
            return ["network namespace"]
    return []


def set_limits(*, memory: int, cpu: int, disk: int) -> list[str]:
    """Set limits that the kernel keeps; a process cannot raise them again.

    Parameters
    ----------
    memory
        Address space in bytes.
    cpu
        Processor time in seconds.
    disk
        Length of any one file in bytes.
    """
    try:
        import resource
    except ImportError:  # no such limits on this system
        return []
    held = []
    wanted = (("CPU", cpu, "cpu limit"), ("FSIZE", disk, "file limit"), ("CORE", 0, ""), ("AS", memory, "memory limit"))
    for name, value, layer in wanted:
        kind = getattr(resource, f"RLIMIT_{name}")
        try:
            # at the soft limit of processor time comes a signal, at the hard one the end
            resource.setrlimit(kind, (value, value + (name == "CPU")))
        except (ValueError, OSError):  # a stricter limit holds already, or the system knows none of that kind
            continue
        if layer:
            held.append(layer)
    return held


def lock(folder: Path) -> list[str]:
    """Give up system calls and files for good: no sockets, no programs, no writing but into one folder.

    Parameters
    ----------
    folder
        Where files may be written.
    """
    if not sys.platform.startswith("linux"):
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return []
    held = []
    if landlock.allow_writing_only(libc, folder):
        held.append("landlock")
    if seccomp.refuse_calls(libc, os.getpid()):
        held.append("seccomp")
    return held


class Watch:
    """A hook in Python that refuses and notes what a model has no reason to do.

    Parameters
    ----------
    folder
        Where files may be written.
    """

    _REFUSED = (
        "socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "os.startfile",
        "os.kill", "os.putenv", "pty.", "webbrowser.", "urllib.", "ftplib.", "smtplib.", "http.client", "shutil.",
        "winreg.",
    )  # fmt: skip
    _PATHS = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown",
              "os.truncate", "os.utime")  # fmt: skip
    _WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def __init__(self, folder: Path) -> None:
        self.folder = os.path.realpath(folder)
        self.seen: list[str] = []
        self.strict = True
        """Whether loading of libraries is refused as well."""

    def start(self) -> None:
        """Begin to watch; a hook cannot be taken away again."""
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        # everything the process does comes by here: the cheap question first
        if event == "open":
            path, _, flags = args
            if isinstance(flags, int) and flags & self._WRITING and not self._inside(path):
                self._refuse(f"write {_name(path)}")
        elif event.startswith(self._PATHS):
            if not all(self._inside(part) for part in args if isinstance(part, str | bytes)):
                self._refuse(f"{event} {_name(args[0])}")
        elif event.startswith(self._REFUSED):
            self._refuse(f"{event} {_name(args[0]) if args else ''}".strip())
        elif self.strict and event == "ctypes.dlopen":
            self._refuse(f"load the library {_name(args[0])}")

    def _inside(self, path: object) -> bool:
        if not isinstance(path, str | bytes):
            return True  # a file that is open already
        full = os.path.realpath(os.fsdecode(path))
        return full == os.devnull or full.startswith(self.folder + os.sep)

    def _refuse(self, what: str) -> None:
        if len(self.seen) < 20:
            self.seen.append(what)
        message = f"a confined process may not {what}"
        raise PermissionError(message)


def _name(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
