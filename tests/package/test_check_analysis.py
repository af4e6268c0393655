"""The contract finds what breaks it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import awkward as ak
import numpy as np
import pytest

import recastbook as rb
from recastbook import features
from recastbook.exceptions import AnalysisError
from recastbook.regions import parse_cut
from recastbook.testing import check_analysis, contradictions

INFO = {
    "id": "CONTRACT-1", "experiment": "ATLAS", "energy_tev": 13, "luminosity_fb": 139.0, "title": "t",
    "status": "unvalidated",
}  # fmt: skip
MET = {"feature": "met", "min": 200, "unit": "GeV"}


def with_regions(*cuts: Any) -> dict[str, Any]:
    return {"slim": [{"feature": "met", "min": 100, "unit": "GeV"}], "regions": [{"name": "SR", "cuts": list(cuts)}]}


class Good(rb.Analysis):
    """A search of two features."""

    identifier = "CONTRACT-1"
    info = INFO
    regions = with_regions(MET, {"feature": "n_jets", "min": 4})

    def objects(self, events: ak.Array, detector: Any) -> dict[str, Any]:
        jets = detector.jets(events, min_pt=30.0)
        return {"jets": jets, "met": detector.met(events, jets=jets)}

    def features(self, objects: Mapping[str, Any]) -> dict[str, Any]:
        return {"met": ak.to_numpy(objects["met"]["pt"]), "n_jets": features.count(objects["jets"])}


def test_a_good_search_passes_every_check() -> None:
    report = check_analysis(Good)
    assert report.identifier == "CONTRACT-1"
    assert len(report.passed) == 8
    assert report.skipped == (("golden rows", "the search has no network"),)
    assert "ok       cutflows never rise" in str(report)


@pytest.mark.slow
def test_the_shipped_search_passes() -> None:
    report = check_analysis(type(rb.load("ATLAS-SUSY-2018-30")))
    assert "every cut's feature exists with its unit" in report.passed
    assert "chunks and order do not matter" in report.passed


class UnknownFeature(Good):
    regions = with_regions({"feature": "mett", "min": 200, "unit": "GeV"})


class NoUnit(Good):
    regions = with_regions({"feature": "met", "min": 200})


class NotGiven(Good):
    regions = with_regions(MET, {"feature": "ht", "min": 500, "unit": "GeV"})


class Contradiction(Good):
    regions = with_regions(MET, {"feature": "met", "below": 150, "unit": "GeV"})


class NoSignal(Good):
    regions = with_regions(MET) | {"regions": [{"name": "CR", "kind": "control", "cuts": [MET]}]}


class BadStatus(Good):
    info = INFO | {"status": "perfect"}


class Scalar(Good):
    def features(self, objects: Mapping[str, Any]) -> dict[str, Any]:
        return super().features(objects) | {"ht": 3.0}


class KnowsItsNeighbours(Good):
    """Uses the mean of the chunk: what an event gives depends on the others."""

    def features(self, objects: Mapping[str, Any]) -> dict[str, Any]:
        found = super().features(objects)
        return found | {"met": found["met"] - found["met"].mean() + 300}


class CountsCalls(Good):
    calls = itertools.count()

    def features(self, objects: Mapping[str, Any]) -> dict[str, Any]:
        found = super().features(objects)
        return found | {"met": found["met"] + 50 * next(self.calls)}


class HoldsAnOpenFile(Good):
    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.function = lambda: None


class AboveOne(Good):
    weighted_regions = ("SR",)

    def region_weights(self, found: Mapping[str, Any]) -> dict[str, Any]:
        return {"SR": np.full(len(found["met"]), 1.5)}


@pytest.mark.parametrize(
    ("cls", "match"),
    [
        (UnknownFeature, "unknown feature 'mett'.*Did you mean 'met'"),
        (NoUnit, "'met >= 200' is in 1, the feature in GeV"),
        (NotGiven, "features\\(\\) gives no 'ht'"),
        (Contradiction, "SR can select no event: met >= 200 GeV and met < 150 GeV"),
        (NoSignal, "has no signal region"),
        (BadStatus, "status is validated, preliminary or unvalidated, not 'perfect'"),
        (Scalar, "feature 'ht' has shape \\(\\) and type"),
        (KnowsItsNeighbours, "chunks and order do not matter: "),
        (CountsCalls, "chunks and order do not matter: "),
        (HoldsAnOpenFile, "picklable: "),
        (AboveOne, "must be 300 numbers in \\[0, 1\\]"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_breaks_the_contract_is_found(cls: type[rb.Analysis], match: str) -> None:
    with pytest.raises(AnalysisError, match=f"(?s)CONTRACT-1 does not fulfil the contract.*{match}"):
        check_analysis(cls)


def test_all_failures_are_listed() -> None:
    class Several(NoUnit):
        info = INFO | {"status": "perfect"}

    with pytest.raises(AnalysisError, match=r"(?s)not 'perfect'.*is in 1, the feature in GeV.*picklable: "):
        check_analysis(Several)


def region(*cuts: dict[str, Any]) -> rb.Region:
    return rb.Region("SR", "signal", tuple(parse_cut(cut) for cut in cuts))


@pytest.mark.parametrize(
    ("cuts", "reachable"),
    [
        ([{"feature": "x", "min": 1}, {"feature": "x", "max": 1}], True),
        ([{"feature": "x", "above": 1}, {"feature": "x", "max": 1}], False),
        ([{"feature": "x", "above": 1}, {"feature": "x", "min": 2}, {"feature": "x", "max": 2}], True),
        ([{"feature": "x", "equals": 2}, {"feature": "x", "min": 3}], False),
        ([{"feature": "x", "min": 3}, {"feature": "y", "max": 1}], True),
        ([{"feature": "x", "min": 3}, {"any": [[{"feature": "x", "max": 1}], [{"feature": "y", "min": 1}]]}], True),
        ([{"feature": "x", "min": 3}, {"any": [[{"feature": "x", "max": 1}], [{"feature": "x", "max": 2}]]}], False),
        ([{"score": "p", "point": [1], "min": 0.9}, {"score": "p", "point": [2], "max": 0.1}], True),
        ([{"score": "p", "point": [1], "min": 0.9}, {"score": "p", "point": [1], "max": 0.1}], False),
    ],
    ids=str,
)
def test_contradictions(cuts: list[dict[str, Any]], reachable: bool) -> None:
    assert (contradictions(region(*cuts)) == []) is reachable
