"""Generate events with Pythia 8, from presets, SLHA, command or LHE files."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recastbook.events.generation.driver import generate
    from recastbook.events.generation.presets import PRESETS, preset
    from recastbook.events.generation.record import particles_from_pythia
    from recastbook.events.generation.shower import shower_lhe

__all__ = ["PRESETS", "generate", "particles_from_pythia", "preset", "shower_lhe"]

# Loaded on use: the particle table compiles with numba, which who only asks for a preset need not wait for.
_MODULES = {
    "PRESETS": "presets",
    "generate": "driver",
    "particles_from_pythia": "record",
    "preset": "presets",
    "shower_lhe": "shower",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
