"""ATLAS-HIGP-2024-32 (arXiv:2411.02040): three Higgs bosons in six b-jets, three networks."""

from __future__ import annotations

from recastbook.analyses.atlas_higp_2024_32.analysis import ATLAS_HIGP_2024_32

__all__ = ["ATLAS_HIGP_2024_32"]
