"""Small maps that can be checked by hand, the real ones where the data are, a published-looking folder of a forest."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recastbook.surrogates import EfficiencyMap, SurrogateModel, TruthTable
from recastbook.surrogates.truth_features import input_names
from recastbook.surrogates.two_body import two_body_sample

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


@pytest.fixture(scope="session")
def model() -> SurrogateModel:
    return SurrogateModel.stand_in("CR+2J")


@pytest.fixture(scope="session")
def sample() -> TruthTable:
    return two_body_sample(600, 150, 1.3, 4000, seed=11)


@pytest.fixture
def published(tmp_path: Path, model: SurrogateModel) -> Path:
    """The layout of the published files, with the synthetic forest in it."""
    folder = tmp_path / "CR2J" / "models"
    folder.mkdir(parents=True)
    names = input_names(boson=False)
    (folder / "CR2J_features.txt").write_text(repr(list(names)))
    np.save(folder / "CR2J_scaler_mean.npy", np.array([3.0, 6.0, 0.0, 200.0, 250.0, 6.0] * 2))
    np.save(folder / "CR2J_scaler_std.npy", np.array([4.0, 9.0, 1.4, 150.0, 150.0, 3.0] * 2))
    shutil.copy(model.session.path, folder / "CR2J_model.onnx")
    return tmp_path
