"""Shifts do what they say, object by object, with the random numbers of the unshifted detector."""

from __future__ import annotations

import pickle
from typing import Any

import awkward as ak
import numpy as np
import pytest

from recastbook.detector import Shifts, load_card
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import BadOption, UnknownName


@pytest.fixture(scope="module")
def events() -> Any:
    return builtin_samples()["gtt_2100_1"].prepare(progress=False).truth()[:600]


def bound(events: Any, **shifts: float) -> Any:
    return load_card("atlas-run2").shifted(**shifts).bind(events, seed=3)


def test_unshifted_is_the_card_itself(events: Any) -> None:
    card = load_card("atlas-run2")
    assert not card.shifted().shifts
    assert card.shifted(btag=1.0, met_resolution=0.0).digest == card.digest
    assert ak.array_equal(card.bind(events, seed=3).jets(events).pt, bound(events, btag=1).jets(events).pt)


def test_jet_scale_multiplies_and_met_follows(events: Any) -> None:
    jets, scaled = bound(events).jets(events), bound(events, jet_scale=1.1).jets(events)
    # the jet-vertex tagger looks at the pT, so a few soft jets differ; the leading one is the same jet
    same = jets.index[:, 0] == scaled.index[:, 0]
    np.testing.assert_allclose(scaled.pt[:, 0][same] / jets.pt[:, 0][same], 1.1, rtol=1e-5)
    before, after = bound(events).met(events), bound(events, jet_scale=1.1).met(events)
    assert np.std(np.asarray(after.px) - np.asarray(before.px)) > 10.0


def test_resolution_zero_is_the_truth(events: Any) -> None:
    jets = bound(events, jet_resolution=0.0).jets(events)
    assert ak.all(jets.pt == jets.truth_pt)
    wide, card = bound(events, jet_resolution=2.0).jets(events), bound(events).jets(events)
    width = [np.std(ak.flatten((j.pt / j.truth_pt)[j.truth_pt > 100])) for j in (card, wide)]
    assert width[1] == pytest.approx(2 * width[0], rel=0.05)


def test_tags_nest(events: Any) -> None:
    """A lower efficiency takes tags away and gives none: the random numbers are the same."""
    jets = bound(events).jets(events, min_pt=30)
    tags, fewer = bound(events).btag(jets), bound(events, btag=0.8).btag(jets)
    assert ak.all(tags | ~fewer)
    is_b = jets.flavour == 5
    assert ak.sum(fewer[is_b]) / ak.sum(tags[is_b]) == pytest.approx(0.8, abs=0.03)
    assert ak.all(tags[~is_b] == fewer[~is_b])
    more = bound(events, mistag=3.0).btag(jets)
    assert ak.all(more[is_b] == tags[is_b])
    assert ak.sum(more[~is_b]) > 2 * ak.sum(tags[~is_b])


def test_leptons_are_lost_in_order(events: Any) -> None:
    muons, fewer = bound(events).muons(events), bound(events, lepton=0.7).muons(events)
    assert ak.sum(fewer.is_medium) / ak.sum(muons.is_medium) == pytest.approx(0.7, abs=0.06)
    assert ak.all(ak.num(fewer) <= ak.num(muons))


def test_met_gets_the_width_asked_for(events: Any) -> None:
    before, after = bound(events).met(events), bound(events, met_resolution=20.0).met(events)
    shift = np.concatenate([np.asarray(after[c]) - np.asarray(before[c]) for c in ("px", "py")])
    assert np.std(shift) == pytest.approx(20.0, rel=0.08)
    again = bound(events[::-1], met_resolution=20.0).met(events[::-1])
    np.testing.assert_array_equal(np.asarray(again.px)[::-1], np.asarray(after.px))


def test_shifted_card_travels_and_says_so() -> None:
    card = load_card("atlas-run2").shifted(btag=0.9, jet_scale=1.02)
    assert pickle.loads(pickle.dumps(card)).digest == card.digest != load_card("atlas-run2").digest  # noqa: S301
    assert "SHIFTED: jet_scale 1.02, btag 0.9" in str(card)
    assert "SHIFTED" in card._repr_html_()
    assert card.shifted(btag=1.0).shifts.changed() == {"jet_scale": 1.02}


def test_what_cannot_be() -> None:
    with pytest.raises(UnknownName, match=r"no shift 'btags'.*btag"):
        load_card("atlas-run2").shifted(btags=0.9)
    for value in (-0.1, float("nan"), float("inf"), True, "0.9"):
        with pytest.raises(BadOption, match="shift btag must be a finite number"):
            Shifts(btag=value)  # type: ignore[arg-type]
