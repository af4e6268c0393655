"""ATLAS-EXOT-2022-04 (arXiv:2407.09183): displaced jets with jets, a W or a Z, by surrogate models."""

from __future__ import annotations

from recastbook.analyses.atlas_exot_2022_04.analysis import ATLAS_EXOT_2022_04

__all__ = ["ATLAS_EXOT_2022_04"]
