"""What-if runs are runs: the same events and numbers, another detector, and the result says which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import BadOption, MissingData, UnknownName

EVENTS = 800


@pytest.fixture(scope="module")
def result() -> Any:
    search = rb.load("ATLAS-SUSY-2018-30")
    return search.run(builtin_samples()["gtt_2100_1"], seed=5, events=EVENTS, network="stand-in", progress=False)


def raws(result: Any) -> dict[str, int | None]:
    return {row.region: row.raw for row in result.yields()}


def test_no_shift_gives_the_very_same_counts(result: Any) -> None:
    assert raws(result.what_if(progress=False)) == raws(result)


def test_same_answer_as_the_plain_call(result: Any) -> None:
    shifted = result.what_if(btag=0.9, jet_scale=1.03, progress=False)
    search = rb.load("ATLAS-SUSY-2018-30")
    card = search.detector_card().shifted(btag=0.9, jet_scale=1.03)
    plain = search.run(
        builtin_samples()["gtt_2100_1"], seed=5, events=EVENTS, network="stand-in", detector=card, progress=False
    )
    assert raws(shifted) == raws(plain)
    assert shifted.provenance["detector"]["shifts"] == {"btag": 0.9, "jet_scale": 1.03}
    assert shifted.header.network_label == result.header.network_label != ""


def test_fewer_tags_fewer_events_in_proportion(result: Any) -> None:
    def three_tags(found: Any) -> int:
        return next(int(s.raw) for s in found.cutflow("SR-Gtt-0L-B").steps if s.label.startswith("n_bjets"))

    low = three_tags(result.what_if(btag=0.8, progress=False))
    # about three and a half true b-jets an event: the share with three tags falls faster than one tag's rate
    assert 0.5 < low / three_tags(result) < 0.8


def test_loaded_result_can_be_asked_too(result: Any, tmp_path: Path) -> None:
    loaded = rb.Result.load(result.save(tmp_path / "kept"))
    assert loaded.search is loaded.search  # looked up once: a widget asks for it at every turn
    assert raws(loaded.what_if(lepton=0.5, progress=False)) == raws(result.what_if(lepton=0.5, progress=False))
    again = loaded.what_if(lepton=0.5, progress=False)
    assert again.cross_section == result.cross_section
    # a shifted result keeps its shift when it is asked again, and shifts of another name come on top
    both = rb.Result.load(again.save(tmp_path / "again")).what_if(btag=0.9, progress=False)
    assert both.provenance["detector"]["shifts"] == {"lepton": 0.5, "btag": 0.9}


def test_what_cannot_be_asked(result: Any, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no shift 'b_tag'"):
        result.what_if(b_tag=0.9)
    loaded = rb.Result.load(result.save(tmp_path / "kept"))
    loaded.events_path = str(tmp_path / "gone")
    with pytest.raises(MissingData, match="gone"):
        loaded.what_if(btag=0.9)
    loaded.header.sample["level"] = 3
    with pytest.raises(BadOption, match="reconstructed objects"):
        loaded.what_if(btag=0.9)


def test_error_of_the_difference_is_small(result: Any) -> None:
    """Common random numbers: most events that pass one pass the other."""
    slim, other = result.slim, result.what_if(jet_scale=1.01, progress=False).slim
    ids = [np.asarray(t.column("event")) for t in (slim, other)]
    assert len(np.intersect1d(*ids)) > 0.98 * len(ids[0])
