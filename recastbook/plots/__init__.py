"""Plots: axes in, artists out; one figure per file. Nothing is saved, shown or closed, and no style stays set.

Every function takes `ax` (or, of two panels, `axes`) and returns a record of artists that can be changed in place; all
of them take plain arrays or records by their attributes. :func:`gallery` makes one of each from the built-in events.
"""

from __future__ import annotations

from recastbook.plots.closure import ClosurePlot, closure
from recastbook.plots.correlations import CorrelationsPlot, correlations
from recastbook.plots.curves import LimitCurvePlot, limit_curve
from recastbook.plots.cutflows import CutflowPlot, cutflow
from recastbook.plots.event_displays import EventDisplay, event_display
from recastbook.plots.exclusion import ExclusionPlot, exclusion
from recastbook.plots.features import FeaturePlot, Published, feature
from recastbook.plots.frame import figure
from recastbook.plots.gallery import Gallery, gallery
from recastbook.plots.importance import ImportancePlot, importance
from recastbook.plots.lifetime import LifetimePlot, lifetime
from recastbook.plots.limits import LimitsPlot, upper_limits
from recastbook.plots.live import LiveFigure, literal
from recastbook.plots.moments import MomentsPlot, moments
from recastbook.plots.n_minus_one import NMinusOnePlot, n_minus_one
from recastbook.plots.network_inputs import NetworkInputPlot, network_input
from recastbook.plots.planes import PlanePlot, plane
from recastbook.plots.regions import YieldsPlot, yields
from recastbook.plots.reliability import ReliabilityPlot, reliability
from recastbook.plots.scans import ClsScanPlot, cls_scan
from recastbook.plots.score_bins import ScoreBinsPlot, score_bins
from recastbook.plots.scores import score, score_tail
from recastbook.plots.threshold import ThresholdPlot, threshold
from recastbook.plots.trap_effect import TrapEffectPlot, trap_effect
from recastbook.plots.traps import TrapsPlot, traps

__all__ = [
    "ClosurePlot",
    "ClsScanPlot",
    "CorrelationsPlot",
    "CutflowPlot",
    "EventDisplay",
    "ExclusionPlot",
    "FeaturePlot",
    "Gallery",
    "ImportancePlot",
    "LifetimePlot",
    "LimitCurvePlot",
    "LimitsPlot",
    "LiveFigure",
    "MomentsPlot",
    "NMinusOnePlot",
    "NetworkInputPlot",
    "PlanePlot",
    "Published",
    "ReliabilityPlot",
    "ScoreBinsPlot",
    "ThresholdPlot",
    "TrapEffectPlot",
    "TrapsPlot",
    "YieldsPlot",
    "closure",
    "cls_scan",
    "correlations",
    "cutflow",
    "event_display",
    "exclusion",
    "feature",
    "figure",
    "gallery",
    "importance",
    "lifetime",
    "limit_curve",
    "literal",
    "moments",
    "n_minus_one",
    "network_input",
    "plane",
    "reliability",
    "score",
    "score_bins",
    "score_tail",
    "threshold",
    "trap_effect",
    "traps",
    "upper_limits",
    "yields",
]


def __dir__() -> list[str]:
    return list(__all__)
