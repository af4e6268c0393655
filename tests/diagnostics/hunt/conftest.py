"""Three searches on built-in events."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hunting_ground import Setting, setting
from mistakes import GTT, HHH, RPV

from recastbook.events.builtin import builtin_samples


@pytest.fixture(scope="session")
def settings(shared_data: Callable[[str], Path]) -> dict[str, Setting]:
    """Return the three searches by the names of the seeds."""
    shared_data("ATLAS-SUSY-2019-04/OneLeptonMultiJets2018_4jets.onnx")
    shared_data("ATLAS-HIGP-2024-32/ANA-HIGP-2024-32_heavyresDNN_model_even.onnx")
    gtt, gbb = (builtin_samples()[name] for name in ("gtt_2100_1", "gbb_2000_1"))
    return {
        GTT: setting("ATLAS-SUSY-2018-30", "network", gtt, gbb),
        RPV: setting("ATLAS-SUSY-2019-04", "network", gtt, gtt, events=900),
        HHH: setting("ATLAS-HIGP-2024-32", "heavyres", gtt, gtt),
    }
