"""What each feature is: unit, label of an axis, formula, meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

import yaml

from recastbook.exceptions import UnknownName, did_you_mean

__all__ = ["FEATURES", "Feature", "feature"]


@dataclass(frozen=True, slots=True)
class Feature:
    """A quantity of an event."""

    name: str
    """Name in regions, tables and histograms."""
    unit: str
    """``GeV``, ``rad`` or ``1``."""
    label: str
    """Symbol, in mathtext."""
    formula: str
    """How it is computed, in plain text."""
    doc: str
    """What it is, and its value where the objects are missing."""


def _load() -> dict[str, Feature]:
    text = resources.files("recastbook.features").joinpath("features.yaml").read_text(encoding="utf-8")
    return {name: Feature(name, **spec) for name, spec in yaml.safe_load(text).items()}


FEATURES: Mapping[str, Feature] = MappingProxyType(_load())
"""Features by name."""


def feature(name: str) -> Feature:
    """Return what is known of a feature.

    Raises
    ------
    UnknownName
        If there is no such feature.

    Examples
    --------
    >>> feature("meff").unit
    'GeV'
    """
    try:
        return FEATURES[name]
    except KeyError:
        message = f"no feature is called {name!r}.{did_you_mean(name, FEATURES)}"
        raise UnknownName(message) from None
