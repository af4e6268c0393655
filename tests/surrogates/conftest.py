"""Small maps that can be checked by hand, and the real ones where the data are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recastbook.surrogates import EfficiencyMap

HEPDATA = "ATLAS-EXOT-2019-23/hepdata/HEPData-ins2043503-v3-Figure_{}_of_Aux._Mat..yaml"
FIGURES = {"high-ET": 11, "low-ET": 12}


@pytest.fixture(scope="session")
def real_maps(shared_data: Callable[[str], Path]) -> dict[str, EfficiencyMap]:
    """The two published maps."""
    return {k: EfficiencyMap.from_hepdata(shared_data(HEPDATA.format(n))) for k, n in FIGURES.items()}


@pytest.fixture(scope="session")
def calratio() -> EfficiencyMap:
    """A map in the shipped binning with a smooth, symmetric filling; for rules, not for physics."""
    position = np.array([0.02, 0.3, 0.4, 0.4, 0.3, 0.1, 0.0, 0.01, 0.2, 0.3, 0.2, 0.1, 0.0])
    pt = np.array([0.1, 0.4, 0.8, 1.0, 0.9])
    decay = np.array([0.8, 1.0, 0.2, 0.5])
    one = np.einsum("a,b,c->abc", position, pt, decay).ravel()
    from recastbook.surrogates import MapBinning

    return EfficiencyMap(MapBinning.load("calratio"), np.outer(one, one), facts={"title": "made up"})
