"""Cutflows: counting events cut by cut, and comparing with what was published."""

from __future__ import annotations

from recastbook.cutflow.count import Count, count_events, count_region
from recastbook.cutflow.published import tie
from recastbook.cutflow.slim import SlimTable, write_slim
from recastbook.cutflow.table import (
    ComparisonRow,
    Cutflow,
    CutflowComparison,
    CutflowStep,
    PublishedCutflow,
    PublishedRow,
)

__all__ = [
    "ComparisonRow",
    "Count",
    "Cutflow",
    "CutflowComparison",
    "CutflowStep",
    "PublishedCutflow",
    "PublishedRow",
    "SlimTable",
    "count_events",
    "count_region",
    "tie",
    "write_slim",
]
