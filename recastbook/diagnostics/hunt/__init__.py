"""Trap hunter: find which convention of a network's inputs a code got wrong.

:func:`hypotheses` is the grid for a card; each has ``apply`` and ``undo``. :func:`effect` shows what one does to
inputs, scores and yields of a result. :func:`hunt` holds all of them against inputs of anyone's code.
"""

from __future__ import annotations

from recastbook.diagnostics.hunt.effect import Effect, RegionEffect, effect
from recastbook.diagnostics.hunt.grid import hypotheses
from recastbook.diagnostics.hunt.hunting import hunt
from recastbook.diagnostics.hunt.hypothesis import FAMILIES, Hypothesis
from recastbook.diagnostics.hunt.report import HuntReport
from recastbook.diagnostics.hunt.several import HuntReports, hunt_in

__all__ = [
    "FAMILIES",
    "Effect",
    "HuntReport",
    "HuntReports",
    "Hypothesis",
    "RegionEffect",
    "effect",
    "hunt",
    "hunt_in",
    "hypotheses",
]
