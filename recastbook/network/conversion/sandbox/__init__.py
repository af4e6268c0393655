"""A process of its own for code that is not ours: limits of memory and time, no network, one folder to write in.

What holds depends on the operating system, and each run says which layers were there:

- everywhere: a limit of processor time, a wall clock and a watch on the memory from outside, an empty environment, and
  a hook in Python that refuses sockets, processes and files outside the folder. Code in C can go round that hook.
- Linux: a limit of address space set by the kernel; a network namespace without any device, where users may have one;
  a filter of system calls (seccomp) that refuses sockets, new programs and processes, and signals to others; Landlock
  (Linux 5.13 and later), which refuses to write outside the folder. These bind code in C as well.

Reading other files is not refused: what was read cannot leave, except in the file that the run is there to write.
"""

from __future__ import annotations

from recastbook.network.conversion.sandbox.limits import Limits
from recastbook.network.conversion.sandbox.run import Confined, left_behind, readable, run

__all__ = ["Confined", "Limits", "left_behind", "readable", "run"]
