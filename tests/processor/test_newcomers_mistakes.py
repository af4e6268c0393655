"""What somebody gets wrong in a first search of their own is said in one sentence that names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import BadOption, BadSpecification

INFO = {
    "id": "FIRST-1", "title": "A first search", "experiment": "Nobody", "energy_tev": 13.0, "luminosity_fb": 36.0,
    "status": "unvalidated",
}  # fmt: skip
CUT = {"feature": "meff", "min": 1500, "unit": "GeV"}


def first(
    cut: dict[str, Any] = CUT,
    info: dict[str, Any] | None = None,
    features: Callable[[Any, Any], Any] = lambda _, objects: {"meff": np.full(len(objects["events"]), 2000.0)},
) -> rb.Analysis:
    """Make a search of one region."""
    regions = {"version": 1, "regions": [{"name": "SR", "kind": "signal", "cuts": [cut]}]}
    contents = {
        "identifier": "FIRST-1", "info": {**INFO, **(info or {})}, "regions": regions, "features": features,
        "objects": lambda _, events, detector: {"events": events["event"]},
    }  # fmt: skip
    return type("First", (rb.Analysis,), contents)()


def test_right() -> None:
    result = first().run(builtin_samples()["gtt_2100_1"], events=20, progress=False)
    assert result.yields().rows[0].raw == 20


@pytest.mark.parametrize(
    ("cut", "info", "match"),
    [
        ({**CUT, "unit": "rad"}, {}, "FIRST-1: regions.yaml cuts on 'meff' in rad: it is in GeV"),
        ({**CUT, "min": None}, {}, "region SR, cut 0, min: has no value; expected a number"),
        (CUT, {"luminosity_fb": "36 fb"}, "info.yaml: luminosity_fb is '36 fb'; a positive number without unit"),
        (CUT, {"energy_tev": -13}, "info.yaml: energy_tev is -13; a positive number"),
    ],
    ids=["unit of another kind", "no value", "luminosity with its unit", "negative energy"],
)
def test_in_yaml(cut: dict[str, Any], info: dict[str, Any], match: str) -> None:
    with pytest.raises(BadSpecification, match=match):
        first(cut, info)


def test_units_of_the_same_kind_are_converted() -> None:
    assert first({**CUT, "min": 1.5, "unit": "TeV"}).region("SR").cuts[0] == first().region("SR").cuts[0]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (None, r"features\(\) gives a NoneType, not arrays by name"),
        ({}, r"features\(\) gives no 'meff', which regions.yaml cuts on"),
        ({"meff": 3.0}, r"gives 'meff' with shape \(\); needed is one number for each of 20 events"),
        ({"meff": np.ones(5)}, r"gives 'meff' with shape \(5,\); needed"),
        ({"meff": [[1.0], [2.0, 3.0]]}, r"gives 'meff' with no single number for each event; needed"),
        ({"meff": np.array(["a"] * 20)}, r"gives 'meff' with no single number for each event; needed"),
    ],
    ids=["nothing", "missing", "one number", "wrong length", "jagged", "text"],
)
def test_in_features(given: Any, match: str) -> None:
    search = first(features=lambda _, objects: given)
    with pytest.raises(BadOption, match=match):
        search.run(builtin_samples()["gtt_2100_1"], events=20, progress=False)
