"""ATLAS-SUSY-2018-30: gluino pairs with at least three b-jets and missing transverse momentum (arXiv:2211.08028)."""

from __future__ import annotations

from recastbook.analyses.atlas_susy_2018_30.analysis import ATLAS_SUSY_2018_30

__all__ = ["ATLAS_SUSY_2018_30"]
