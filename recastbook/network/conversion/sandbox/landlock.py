"""Landlock for Linux: files may be written in one folder only, and no program started (landlock(7))."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

__all__ = ["allow_writing_only"]

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # system calls, the same on all machines
_VERSION, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE = 1 << 0, 1 << 1
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))  # folders, files, devices, sockets, pipes, links
_PLAIN = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8  # of these: to remove, and to make plain folders and files
_REFER, _TRUNCATE, _DEVICE = 1 << 13, 1 << 14, 1 << 15  # since versions 2, 3 and 5
_BIND, _CONNECT = 1 << 0, 1 << 1  # TCP, since version 4


class _Rules(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def allow_writing_only(libc: Any, folder: Path) -> bool:
    """Restrict this process and return whether the restriction holds.

    Parameters
    ----------
    libc
        The C library, by ctypes.
    folder
        Where it may write; the null device stays open too.
    """
    version = libc.syscall(_CREATE, None, 0, _VERSION)
    if version < 1:
        return False
    plain = _WRITE | _PLAIN | (_TRUNCATE if version >= 3 else 0)
    writing = plain | _REMOVE_AND_MAKE
    for since, bit in ((2, _REFER), (5, _DEVICE)):
        writing |= bit if version >= since else 0
    rules = _Rules(writing | _EXECUTE, _BIND | _CONNECT if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = libc.syscall(_CREATE, ctypes.byref(rules), size, 0)
    if ruleset < 0:
        return False
    try:
        null_rights = _WRITE | (_TRUNCATE if version >= 3 else 0) | (_DEVICE if version >= 5 else 0)
        for path, allowed in ((str(folder), plain), (os.devnull, null_rights)):
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                rule = _Beneath(allowed, handle)
                if libc.syscall(_ADD, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0) != 0:
                    return False
            finally:
                os.close(handle)
        return bool(libc.syscall(_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)
