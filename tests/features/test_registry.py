from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from recastbook import units
from recastbook.exceptions import UnknownName
from recastbook.features import FEATURES, feature


@pytest.mark.parametrize("name", FEATURES)
def test_entries_are_complete(name: str) -> None:
    found = feature(name)
    assert found.name == name
    assert found.unit in {"GeV", "rad", "1"}
    assert units.factor(found.unit) == 1.0, "features are in recastbook's own units"
    assert found.formula
    assert found.doc
    assert found.label.count("$") % 2 == 0


@pytest.mark.parametrize("name", FEATURES)
def test_labels_can_be_drawn(name: str) -> None:
    mathtext = pytest.importorskip("matplotlib.mathtext")
    mathtext.MathTextParser("path").parse(feature(name).label)


def test_unknown_feature() -> None:
    with pytest.raises(UnknownName, match=r"'mt_min_bjet'\. Did you mean 'mt_min_bjets'"):
        feature("mt_min_bjet")


def test_every_quantity_of_the_regions_is_there(shared_data: Callable[[str], Path]) -> None:
    # Short names of the collected thresholds and what they are called here.
    short = {
        "nj": "n_jets", "nj_exact": "n_jets", "nb": "n_bjets", "met": "met", "meff": "meff", "mT": "mt",
        "mTb": "mt_min_bjets", "MJ": "mj_sum", "pTj1": "jet1_pt", "lep": "n_lep_signal", "dphi": "dphi_min_4j",
    }  # fmt: skip
    regions = yaml.safe_load(shared_data("ATLAS-SUSY-2018-30/regions.yaml").read_text())
    used = set()
    for group in ("CC_SR", "CC_CR", "CC_VR"):
        for channel in regions[group].values():
            if isinstance(channel, dict):
                for region in channel.values():
                    used |= {k for k in region if k != "note"} if isinstance(region, dict) else set()
    names = {k.removesuffix("_max") for k in used if k in short or k.endswith("_max")}
    assert names
    assert {short[n] for n in names} <= set(FEATURES)
