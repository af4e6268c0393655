"""Statistics: one counting model per region, CLs and upper limits, and the verdict.

>>> from recastbook.statistics import CountingModel
>>> CountingModel(1, 0.9, 0.5).cls(8.0).observed < 0.05
True
"""

from __future__ import annotations

from recastbook.statistics.abcd import ABCDModel
from recastbook.statistics.binned import BinnedModel, BinSignal, decide_fits
from recastbook.statistics.counting import CountingModel
from recastbook.statistics.decision import SignalYield, decide
from recastbook.statistics.pyhf_binned import binned_workspace, pyhf_binned_cls
from recastbook.statistics.pyhf_model import pyhf_cls, pyhf_model, workspace
from recastbook.statistics.records import ClsResult, UpperLimit
from recastbook.statistics.verdict import RegionVerdict, Verdict

__all__ = [
    "ABCDModel",
    "BinSignal",
    "BinnedModel",
    "ClsResult",
    "CountingModel",
    "RegionVerdict",
    "SignalYield",
    "UpperLimit",
    "Verdict",
    "binned_workspace",
    "decide",
    "decide_fits",
    "pyhf_binned_cls",
    "pyhf_cls",
    "pyhf_model",
    "workspace",
]


def __dir__() -> list[str]:
    return list(__all__)
