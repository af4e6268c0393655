"""S95 of the 56 bins of ATLAS-HIGP-2024-32 from counts alone against the published ones."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from recastbook.published import load_tables
from recastbook.statistics import CountingModel

(TABLE,) = load_tables(files("recastbook.analyses") / "atlas_higp_2024_32" / "published", kind="yields")
KEPT = Path(__file__).parents[1] / "validation" / "results" / "s95_higp.json"
BINS = list(TABLE)


def test_all_bins_hold_events_and_are_kept() -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert kept["provenance"]["script"] == "tests/validation/s95_higp.py"
    assert [r["region"] for r in kept["bins"]] == BINS
    assert len(BINS) == 56
    assert min(r["n"] for r in kept["bins"]) == 8
    for which in ("observed", "expected"):
        low, high = kept["spread"][which]
        assert low > 0.94
        assert high < 1.04


def test_transcribed_numbers_are_those_of_the_source(shared_data) -> None:
    import csv

    with shared_data("ATLAS-HIGP-2024-32/signal_region_bins.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(BINS)
    for name, row in zip(BINS, rows, strict=True):
        assert name.startswith(f"{row['network']}-SR[{float(row['score_low']):g},{float(row['score_high']):g}")
        background = TABLE.value(name, "background")
        assert (background.value, background.error) == (float(row["bkg"]), float(row["bkg_err"]))
        for column, key in (("observed", "obs"), ("s95_observed", "S95_obs"), ("s95_expected", "S95_exp")):
            assert TABLE.value(name, column).value == float(row[key])


@pytest.mark.parametrize("region", BINS)
def test_s95_within_ten_per_cent(region: str) -> None:
    background = TABLE.value(region, "background")
    observed = int(TABLE.value(region, "observed").value)
    limit = CountingModel(observed, background.value, background.error or 0.0, name=region).upper_limit()
    assert limit.method == "asymptotic"
    assert limit.observed == pytest.approx(TABLE.value(region, "s95_observed").value, rel=0.10)
    assert limit.expected_median == pytest.approx(TABLE.value(region, "s95_expected").value, rel=0.10)
    (kept,) = (r for r in json.loads(KEPT.read_text(encoding="utf-8"))["bins"] if r["region"] == region)
    assert limit.observed == pytest.approx(kept["recastbook"]["observed"], rel=1e-3)
