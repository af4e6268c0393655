"""Plots: axes in, artists out; one figure per file. Nothing is saved, shown or closed, and no style stays set."""

from __future__ import annotations

from recastbook.plots.cutflows import CutflowPlot, cutflow
from recastbook.plots.features import FeaturePlot, feature, score
from recastbook.plots.frame import figure
from recastbook.plots.limits import LimitsPlot, upper_limits
from recastbook.plots.live import LiveFigure, literal
from recastbook.plots.regions import YieldsPlot, yields
from recastbook.plots.scans import ClsScanPlot, cls_scan

__all__ = [
    "ClsScanPlot",
    "CutflowPlot",
    "FeaturePlot",
    "LimitsPlot",
    "LiveFigure",
    "YieldsPlot",
    "cls_scan",
    "cutflow",
    "feature",
    "figure",
    "literal",
    "score",
    "upper_limits",
    "yields",
]


def __dir__() -> list[str]:
    return list(__all__)
