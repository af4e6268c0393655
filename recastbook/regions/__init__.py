"""Regions: cuts and regions from YAML, and the masks they make of columns."""

from __future__ import annotations

from recastbook.regions.cut import Bound, Cut, score_column
from recastbook.regions.masks import CutMasks, pack_bits, unpack_bit
from recastbook.regions.region import Region
from recastbook.regions.specification import HistogramAxis, Option, RegionSet, parse_cut
from recastbook.regions.words import cut_in_words, feature_in_words

__all__ = [
    "Bound",
    "Cut",
    "CutMasks",
    "HistogramAxis",
    "Option",
    "Region",
    "RegionSet",
    "cut_in_words",
    "feature_in_words",
    "pack_bits",
    "parse_cut",
    "score_column",
    "unpack_bit",
]
