"""How much a confined process may use."""

from __future__ import annotations

from dataclasses import dataclass

from recastbook.exceptions import BadOption

__all__ = ["Limits"]

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a confined process may use; the defaults suit forests of some million nodes.

    Examples
    --------
    >>> Limits(memory_mib=512).memory_bytes
    536870912
    """

    memory_mib: int = 6144
    """Memory in MiB."""
    cpu_seconds: int = 900
    """Processor time in seconds."""
    wall_seconds: float = 1800.0
    """Time on the clock in seconds."""
    disk_mib: int = 2048
    """Length of any file it writes, in MiB."""

    def __post_init__(self) -> None:
        for name in ("memory_mib", "cpu_seconds", "wall_seconds", "disk_mib"):
            value = getattr(self, name)
            if not value > 0:
                message = f"the limit {name} is {value}; it must be above zero"
                raise BadOption(message)

    @property
    def memory_bytes(self) -> int:
        """Memory in bytes."""
        return int(self.memory_mib * _MIB)

    @property
    def disk_bytes(self) -> int:
        """Length of a file in bytes."""
        return int(self.disk_mib * _MIB)
