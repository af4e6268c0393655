"""Truth objects (level 2) of full event records: jets, leptons, taus, hadrons, long-lived particles.

One pass over the particles, :func:`build_truth`, under stated :class:`TruthDefinitions`.
"""

from __future__ import annotations

from recastbook.events.truth.build import build_truth
from recastbook.events.truth.definitions import TruthDefinitions

__all__ = ["TruthDefinitions", "build_truth"]
