from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from recastbook.objects import met_with_leptons


def test_leading_leptons_become_invisible() -> None:
    met = ak.Array([{"px": 100.0, "py": 0.0}, {"px": 1.0, "py": 2.0}])
    pair = [{"pt": 50.0, "phi": 0.0}, {"pt": 40.0, "phi": np.pi / 2}, {"pt": 30.0, "phi": np.pi}]
    hat = met_with_leptons(met, ak.Array([pair, pair[:1]]))
    assert hat.px[0] == pytest.approx(150.0)
    assert hat.py[0] == pytest.approx(40.0)
    assert hat.pt[0] == pytest.approx(np.hypot(150, 40))
    assert hat.phi[0] == pytest.approx(np.arctan2(40, 150))
    assert np.isnan(hat.pt[1])
