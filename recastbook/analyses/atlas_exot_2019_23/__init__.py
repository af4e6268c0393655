"""ATLAS-EXOT-2019-23: pairs of neutral long-lived particles that decay in the calorimeters (arXiv:2203.01009)."""

from __future__ import annotations

from recastbook.analyses.atlas_exot_2019_23.analysis import ATLAS_EXOT_2019_23

__all__ = ["ATLAS_EXOT_2019_23"]
