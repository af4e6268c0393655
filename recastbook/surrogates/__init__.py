"""Efficiency maps and surrogate models of whole searches: what a search does to an event, without its detector."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recastbook.surrogates.efficiency import SurrogateEfficiency
    from recastbook.surrogates.efficiency_map import EfficiencyMap
    from recastbook.surrogates.efficiency_map_binning import MapBinning
    from recastbook.surrogates.efficiency_map_report import LookupReport, MapLookup
    from recastbook.surrogates.guard import ValidityGuard
    from recastbook.surrogates.lifetime import ctau_grid, lifetime_scan, redrawn
    from recastbook.surrogates.lifetime_events import LLPEvents
    from recastbook.surrogates.lifetime_result import LifetimeScan
    from recastbook.surrogates.model import SurrogateModel
    from recastbook.surrogates.studio import Studio, TrainedSurrogate
    from recastbook.surrogates.tagger_efficiency import TaggerEfficiency
    from recastbook.surrogates.training_set import TrainingSet
    from recastbook.surrogates.truth_table import TruthTable

__all__ = [
    "EfficiencyMap",
    "LLPEvents",
    "LifetimeScan",
    "LookupReport",
    "MapBinning",
    "MapLookup",
    "Studio",
    "SurrogateEfficiency",
    "SurrogateModel",
    "TaggerEfficiency",
    "TrainedSurrogate",
    "TrainingSet",
    "TruthTable",
    "ValidityGuard",
    "ctau_grid",
    "lifetime_scan",
    "redrawn",
]

# public name -> module, loaded on use
_MODULES = {
    "EfficiencyMap": "efficiency_map",
    "LLPEvents": "lifetime_events",
    "LifetimeScan": "lifetime_result",
    "LookupReport": "efficiency_map_report",
    "MapBinning": "efficiency_map_binning",
    "MapLookup": "efficiency_map_report",
    "Studio": "studio",
    "SurrogateEfficiency": "efficiency",
    "SurrogateModel": "model",
    "TaggerEfficiency": "tagger_efficiency",
    "TrainedSurrogate": "studio",
    "TrainingSet": "training_set",
    "TruthTable": "truth_table",
    "ValidityGuard": "guard",
    "ctau_grid": "lifetime",
    "lifetime_scan": "lifetime",
    "redrawn": "lifetime",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        from recastbook.exceptions import did_you_mean

        message = f"recastbook.surrogates has no {name!r}.{did_you_mean(name, _MODULES)}"
        raise AttributeError(message)
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
