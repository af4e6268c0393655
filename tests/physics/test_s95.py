"""S95 from counts alone against the S95 that ATLAS prints, all 22 regions of ATLAS-SUSY-2018-30."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from recastbook.published import load_tables
from recastbook.statistics import CountingModel, UpperLimit

(TABLE,) = load_tables(files("recastbook.analyses") / "atlas_susy_2018_30" / "published", kind="yields")
KEPT = Path(__file__).parents[1] / "validation" / "results" / "s95.json"


def _model(region: str) -> CountingModel:
    background = TABLE.value(region, "background")
    observed = int(TABLE.value(region, "observed").value)
    return CountingModel(observed, background.value, background.error or 0.0, name=region)


def _limit(region: str) -> UpperLimit:
    return _model(region).upper_limit()


SEEN = [r for r in TABLE if TABLE.value(r, "observed").value > 0]
EMPTY = [r for r in TABLE if TABLE.value(r, "observed").value == 0]


def test_there_are_22_regions() -> None:
    assert (len(SEEN), len(EMPTY)) == (17, 5)


@pytest.mark.parametrize("region", SEEN)
def test_observed_s95_within_ten_per_cent_where_events_were_observed(region: str) -> None:
    limit = _limit(region)
    assert limit.method == "asymptotic"
    assert limit.observed == pytest.approx(TABLE.value(region, "s95_observed").value, rel=0.10)


@pytest.mark.parametrize("region", EMPTY)
def test_observed_s95_within_five_per_cent_where_none_was(region: str) -> None:
    limit = _limit(region)
    assert limit.method == "toys"
    assert limit.observed == pytest.approx(TABLE.value(region, "s95_observed").value, rel=0.05)
    asymptotic = _model(region).upper_limit(method="asymptotic")
    assert asymptotic.observed < 0.81 * TABLE.value(region, "s95_observed").value


@pytest.mark.parametrize("region", SEEN)
def test_expected_s95_within_ten_per_cent(region: str) -> None:
    assert _limit(region).expected_median == pytest.approx(TABLE.value(region, "s95_expected").value, rel=0.10)


@pytest.mark.parametrize("region", [r for r in EMPTY if r != "SR-Gtt-1L-M2"])
def test_expected_s95_within_five_per_cent_where_none_was_observed(region: str) -> None:
    assert _limit(region).expected_median == pytest.approx(TABLE.value(region, "s95_expected").value, rel=0.05)


def test_the_one_expected_limit_that_differs_sits_on_a_step() -> None:
    # With 0.9 background events expected the median outcome is one event; the published 3.0 is the limit of none.
    # Counts are discrete: a slightly smaller background moves the median to none, and the limit with it.
    published = TABLE.value("SR-Gtt-1L-M2", "s95_expected").value
    assert _limit("SR-Gtt-1L-M2").expected_median > 1.15 * published
    assert CountingModel(0, 0.75, 0.3).upper_limit().expected_median == pytest.approx(published, rel=0.06)


def test_kept_results_are_those_of_this_code() -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert kept["provenance"]["script"] == "tests/validation/s95.py"
    assert [r["region"] for r in kept["regions"]] == list(TABLE)
    for row in kept["regions"]:
        ours = _limit(row["region"])
        assert ours.method == row["method"]
        # toys: the kept numbers come from four times as many
        tolerance = 0.03 if ours.method == "toys" else 1e-3
        assert ours.observed == pytest.approx(row["recastbook"]["observed"], rel=tolerance)
