"""Domain radar: whether a signal is where a network was trained.

Two questions. Do mean and width of each input agree with those of the card: a hint only, since a training sample mixes
signals and backgrounds. And is an event far from all events of a reference sample: a warning, whose absence is never a
clearance.
"""

from __future__ import annotations

from recastbook.diagnostics.domain.assess import assess
from recastbook.diagnostics.domain.moments import FeatureShift, compare_with_card
from recastbook.diagnostics.domain.novelty import Novelty, measure_novelty
from recastbook.diagnostics.domain.report import DomainReport, NetworkDomain
from recastbook.diagnostics.domain.shares import RegionShare, flagged_share

__all__ = [
    "DomainReport",
    "FeatureShift",
    "NetworkDomain",
    "Novelty",
    "RegionShare",
    "assess",
    "compare_with_card",
    "flagged_share",
    "measure_novelty",
]
