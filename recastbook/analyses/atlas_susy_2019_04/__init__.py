"""ATLAS-SUSY-2019-04: R-parity violating supersymmetry with leptons and many jets (arXiv:2106.09609)."""

from __future__ import annotations

from recastbook.analyses.atlas_susy_2019_04.analysis import ATLAS_SUSY_2019_04

__all__ = ["ATLAS_SUSY_2019_04"]
