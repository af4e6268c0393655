"""Efficiency, smearing, tagging and lepton identification: from truth objects to reconstructed ones.

>>> card = load_card("atlas-run2", overrides={"btag": "flat-77"})
>>> card.chosen["jet_resolution"]
'rivet'
"""

from __future__ import annotations

from recastbook.detector.card import Alternative, DetectorCard, Entry
from recastbook.detector.detector import Detector
from recastbook.detector.loading import load_card, shipped_cards
from recastbook.detector.reconstructed import ReconstructedDetector
from recastbook.detector.shifts import Shifts

__all__ = [
    "Alternative",
    "Detector",
    "DetectorCard",
    "Entry",
    "ReconstructedDetector",
    "Shifts",
    "load_card",
    "shipped_cards",
]
