"""A feature that is NaN where a region asks for it: the event is named, and what the region loses is counted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook.analyses.atlas_susy_2018_30 import ATLAS_SUSY_2018_30
from recastbook.cutflow import Count, Undefined, find_undefined
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import NetworkError
from recastbook.regions import Cut, CutMasks, Region, parse_cut

REGION = "SR-Gtt-0L-B"


WHOLE, INPUTS = ATLAS_SUSY_2018_30.features, ATLAS_SUSY_2018_30.network_inputs


def without_met(self: ATLAS_SUSY_2018_30, objects: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Compute features, but no MET for every fifth event with many jets."""
    found = WHOLE(self, objects)
    met = np.array(found["met"], dtype=np.float64)
    met[np.flatnonzero(np.asarray(found["n_jets"]) >= 8)[::5]] = np.nan
    return {**found, "met": met}


def with_nan(self: ATLAS_SUSY_2018_30, *args: Any, **kwargs: Any) -> np.ndarray:
    """Fill the inputs of the network, but not the first."""
    matrix = np.array(INPUTS(self, *args, **kwargs), dtype=np.float64)
    matrix[0, 0] = np.nan
    return matrix


@pytest.fixture(scope="module")
def results() -> tuple[rb.Result, rb.Result]:
    sample = builtin_samples()["gtt_2100_1"]
    whole = ATLAS_SUSY_2018_30().run(sample, seed=1, events=600, progress=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ATLAS_SUSY_2018_30, "features", without_met)
        return ATLAS_SUSY_2018_30().run(sample, seed=1, events=600, progress=False), whole


def region(*cuts: Cut) -> Region:
    return Region("toy", "signal", cuts)


def test_only_what_a_cut_asks_for_is_lost() -> None:
    columns = {"a": np.array([1.0, 1.0, 0.0, 1.0]), "b": np.array([np.nan, 5.0, np.nan, np.nan])}
    ids = {k: np.array(v) for k, v in {"run": [1] * 4, "luminosityBlock": [2] * 4, "event": [7, 8, 9, 3]}.items()}
    first, second = parse_cut({"feature": "a", "min": 1}), parse_cut({"feature": "b", "min": 2})
    weight = np.array([1.0, 1.0, 1.0, 0.5])
    masks, missing = CutMasks(columns, 4), {"b": np.isnan(columns["b"])}
    (lost,) = find_undefined(region(first, second), masks, missing, weight, ids)
    # the third event never reaches the cut on b
    assert lost.events == Count(2, 1.5, 1.25)
    assert lost.first == (1, 2, 3)
    assert str(lost).startswith("toy: b is NaN for 2 events (sum of weights 1.5) that reach the cut 'b >= 2'")
    assert "the first is event 3 of run 1, block 2" in str(lost)
    either = parse_cut({"any": [[{"feature": "a", "min": 1}], [{"feature": "b", "min": 2}]]})
    (other,) = find_undefined(region(either), masks, missing, weight, ids)
    assert other.events.raw == 1  # the others pass by the alternative
    assert other.first == (1, 2, 9)


def test_parts_of_a_run_add_up() -> None:
    one = Undefined("SR", "met", "met >= 200 GeV", Count(1, 1.0, 1.0), (1, 1, 40))
    two = Undefined("SR", "met", "met >= 200 GeV", Count(2, 2.0, 2.0), (1, 1, 30))
    assert one + two == two + one
    assert (one + two).events.raw == 3
    assert (one + two).first == (1, 1, 30)


def test_a_run_names_the_event_and_counts_the_loss(results: tuple[rb.Result, rb.Result]) -> None:
    broken, whole = results
    assert not whole.undefined
    assert "NaN" not in str(whole)
    (lost,) = (u for u in broken.undefined.values() if u.region == REGION)
    assert lost.feature == "met"
    steps = [r.cutflow(REGION).steps for r in (broken, whole)]
    at = next(i for i, step in enumerate(steps[0]) if step.label.startswith("met"))
    assert steps[0][at - 1].raw == steps[1][at - 1].raw
    assert 0 < steps[1][at].raw - steps[0][at].raw <= lost.events.raw
    assert "NaN in features" in str(broken)
    assert f"event {lost.first[2]} of run {lost.first[0]}" in str(lost)


def test_it_is_kept_and_added(results: tuple[rb.Result, rb.Result], tmp_path: Path) -> None:
    broken, _ = results
    broken.save(tmp_path / "result")
    again = rb.Result.load(tmp_path / "result")
    assert again.undefined == broken.undefined
    twice = broken + again
    for key, lost in broken.undefined.items():
        assert twice.undefined[key].events.raw == 2 * lost.events.raw
        assert twice.undefined[key].first == lost.first


def test_nan_in_an_input_of_a_network_is_an_error_that_names_the_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ATLAS_SUSY_2018_30, "network_inputs", with_nan)
    search, sample = ATLAS_SUSY_2018_30(), builtin_samples()["gtt_2100_1"]
    with pytest.raises(NetworkError, match=r"event \d+ \(row \d+\): input 'small_R_jets_pt_0' of .* is nan"):
        search.run(sample, seed=1, events=300, network="stand-in", progress=False)
