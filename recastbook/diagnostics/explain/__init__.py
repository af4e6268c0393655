"""Which inputs a region's yield, or one event's score, depends on.

Both questions are put to the network itself: inputs are exchanged among events, moved by a part of their width, or
replaced by the mean of the training, and the scores are computed again.
"""

from __future__ import annotations

from recastbook.diagnostics.explain.event import EventExplanation, InputEffect, ObjectEffect, explain_event
from recastbook.diagnostics.explain.importance import Importance, RegionExplanation, explain_region
from recastbook.diagnostics.explain.scorer import RegionScorer

__all__ = [
    "EventExplanation",
    "Importance",
    "InputEffect",
    "ObjectEffect",
    "RegionExplanation",
    "RegionScorer",
    "explain_event",
    "explain_region",
]
