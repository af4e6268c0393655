"""The synthetic forests that are shipped are those that their script makes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="training needs the extra 'convert'")

from recastbook.surrogates import SurrogateModel

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_synthetic_forests.py"


def test_shipped_forest_is_what_the_script_trains() -> None:
    """Held for one of the six: its scaler by the ranges in the card, its trees on events of the training."""
    spec = importlib.util.spec_from_file_location("make_synthetic_forests", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    number = list(script.SELECTIONS).index("WALP") + 1
    forest, mean, width = script.train("WALP", seed=number)
    shipped = SurrogateModel.stand_in("WALP")
    tops = [column.valid_range[1] for column in shipped.card.inputs]
    np.testing.assert_allclose(tops, mean + 4 * width, rtol=1e-12)
    raw = script.training_table("WALP").matrix([f.name for f in shipped.features])[::10].astype(np.float32)
    scores = shipped.session.run(shipped.card.normalise(raw.astype(np.float64)))
    found = np.stack([scores[name] for name in shipped.classes], axis=1)
    wanted = forest.predict_proba(((raw.astype(np.float64) - mean) / width).astype(np.float32))
    assert len(np.unique(wanted[:, 1])) > 100  # many leaves are reached
    np.testing.assert_allclose(found, wanted, atol=1e-6)
