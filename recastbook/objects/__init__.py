"""Selection, isolation, overlap removal, reclustering and missing momentum of reconstructed objects."""

from __future__ import annotations

from recastbook.objects.isolation import ConeCut, cone_sum, isolated
from recastbook.objects.met import met_with_leptons
from recastbook.objects.overlap import OverlapStep, remove_overlap, steps_from_specification
from recastbook.objects.reclustering import recluster
from recastbook.objects.selection import merge_leptons, select, sort_by_pt

__all__ = [
    "ConeCut",
    "OverlapStep",
    "cone_sum",
    "isolated",
    "merge_leptons",
    "met_with_leptons",
    "recluster",
    "remove_overlap",
    "select",
    "sort_by_pt",
    "steps_from_specification",
]
