"""Trap hunter: find which convention of a network's inputs a code got wrong.

:func:`hypotheses` is the grid for a card; each has ``apply`` and ``undo``. :func:`effect` shows what one does to
inputs, scores and yields of a result.
"""

from __future__ import annotations

from recastbook.diagnostics.hunt.effect import Effect, RegionEffect, effect
from recastbook.diagnostics.hunt.grid import hypotheses
from recastbook.diagnostics.hunt.hypothesis import FAMILIES, Hypothesis

__all__ = ["FAMILIES", "Effect", "Hypothesis", "RegionEffect", "effect", "hypotheses"]
