"""Cutflows: counting events cut by cut, and comparing with what was published."""

from __future__ import annotations

from recastbook.cutflow.count import Count, count_events, count_region
from recastbook.cutflow.moving import (
    TOWARDS_ONE,
    CutHandle,
    MovedCounts,
    Moves,
    MovingCuts,
    moved_cutflow,
    remarks,
    transformed,
)
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
from recastbook.cutflow.undefined import Undefined, find_undefined
from recastbook.cutflow.yields import RegionYield, Yields

__all__ = [
    "TOWARDS_ONE",
    "ComparisonRow",
    "Count",
    "CutHandle",
    "Cutflow",
    "CutflowComparison",
    "CutflowStep",
    "MovedCounts",
    "Moves",
    "MovingCuts",
    "PublishedCutflow",
    "PublishedRow",
    "RegionYield",
    "SlimTable",
    "Undefined",
    "Yields",
    "count_events",
    "count_region",
    "find_undefined",
    "moved_cutflow",
    "remarks",
    "tie",
    "transformed",
    "write_slim",
]
