"""Generate events with Pythia 8, from presets, SLHA, command or LHE files."""

from __future__ import annotations

from recastbook.events.generation.driver import generate
from recastbook.events.generation.presets import PRESETS, preset
from recastbook.events.generation.record import particles_from_pythia
from recastbook.events.generation.shower import shower_lhe

__all__ = ["PRESETS", "generate", "particles_from_pythia", "preset", "shower_lhe"]


def __dir__() -> list[str]:
    return list(__all__)
