"""A filter of system calls for Linux: no sockets, no new programs, no new processes, no signals to others.

The filter is a program of the classic Berkeley packet filter over ``struct seccomp_data`` (seccomp(2), prctl(2));
numbers of the calls are those of the kernel's tables for x86-64 and for the generic 64-bit interface (arm64).
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from dataclasses import dataclass
from typing import Any

__all__ = ["refuse_calls"]

_SET_FILTER, _ALL_THREADS = 1, 1  # of seccomp(2)
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # instructions
_NUMBER, _MACHINE, _FIRST = 0, 4, 16  # places in struct seccomp_data: call, machine, low half of the first argument
_THREAD = 0x00010000  # flag of clone(2): a thread of this process, not a new one


@dataclass(frozen=True, slots=True)
class _Machine:
    code: int
    refused: tuple[int, ...]
    clone: int
    clone3: int
    tgkill: int
    prlimit: int
    seccomp: int


_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        # socket connect socketpair fork vfork execve kill ptrace tkill process_vm_writev bpf execveat
        # pidfd_send_signal io_uring_setup keyctl unshare setns mount umount2 mknod
        refused=(41, 42, 53, 57, 58, 59, 62, 101, 200, 311, 321, 322, 424, 425, 250, 272, 308, 165, 166, 133),
        clone=56, clone3=435, tgkill=234, prlimit=302, seccomp=317,
    ),
    "aarch64": _Machine(
        0xC00000B7,
        # socket socketpair connect execve kill ptrace tkill process_vm_writev bpf execveat pidfd_send_signal
        # io_uring_setup keyctl unshare setns mount umount2 mknodat
        refused=(198, 199, 203, 221, 129, 117, 130, 271, 280, 281, 424, 425, 219, 97, 268, 40, 39, 33),
        clone=220, clone3=435, tgkill=131, prlimit=261, seccomp=277,
    ),
}  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def refuse_calls(libc: Any, pid: int) -> bool:
    """Install the filter for this process and return whether it holds.

    Parameters
    ----------
    libc
        The C library, by ctypes.
    pid
        Number of this process, which may still signal itself.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    code = _filter(machine, pid)
    program = _Program(len(code) // 8, code)
    return bool(libc.syscall(machine.seccomp, _SET_FILTER, _ALL_THREADS, ctypes.byref(program)) == 0)


def _filter(machine: _Machine, pid: int) -> bytes:
    refuse, absent = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    out = [
        step(_LOAD, _MACHINE),
        step(_EQUAL, machine.code, 1, 0),
        step(_RETURN, _KILL),
        step(_LOAD, _NUMBER),
        step(_AT_LEAST, 0x40000000, 0, 1),  # the calls of x32, under other numbers
        step(_RETURN, refuse),
    ]
    for number in machine.refused:
        out += [step(_EQUAL, number, 0, 1), step(_RETURN, refuse)]
    # the C library falls back on clone, whose flags can be looked at
    out += [step(_EQUAL, machine.clone3, 0, 1), step(_RETURN, absent)]
    for number, test, value in (
        (machine.clone, _BITS, _THREAD), (machine.tgkill, _EQUAL, pid), (machine.prlimit, _EQUAL, 0)
    ):  # fmt: skip
        out += [
            step(_EQUAL, number, 0, 4),
            step(_LOAD, _FIRST),
            step(test, value, 0, 1),
            step(_RETURN, _ALLOW),
            step(_RETURN, refuse),
        ]
    out.append(step(_RETURN, _ALLOW))
    return b"".join(out)
