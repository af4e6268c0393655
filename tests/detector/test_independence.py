"""What comes out of the detector does not depend on chunks, order or what else is asked."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from recastbook.detector import load_card

METHODS = ("jets", "electrons", "muons", "photons", "met")


def everything(events: ak.Array, seed: int = 7) -> list[dict]:
    detector = load_card(overrides={"lepton_origin": "all"}).bind(events, seed=seed)
    jets = detector.jets(events)
    found = {n: getattr(detector, n)(events) for n in METHODS}
    found |= {"btag": detector.btag(jets), "extra": detector.normal(jets, "own stage")}
    return ak.zip(found, depth_limit=1).tolist()


@pytest.mark.parametrize("size", [1, 7, 64, 199])
def test_chunks(mixed_events: ak.Array, size: int) -> None:
    whole = everything(mixed_events)
    parts = [everything(mixed_events[i : i + size]) for i in range(0, 200, size)]
    assert [e for p in parts for e in p] == whole


def test_order_of_events(mixed_events: ak.Array) -> None:
    order = np.random.default_rng(0).permutation(200)
    whole = everything(mixed_events)
    assert everything(mixed_events[order]) == [whole[i] for i in order]


def test_seeds_differ(mixed_events: ak.Array) -> None:
    assert everything(mixed_events, seed=8) != everything(mixed_events, seed=7)


def test_order_of_questions(mixed_events: ak.Array) -> None:
    first, second = (load_card().bind(mixed_events, seed=1) for _ in range(2))
    a = first.jets(mixed_events), first.muons(mixed_events)
    b = second.muons(mixed_events), second.jets(mixed_events)
    assert a[0].tolist() == b[1].tolist()
    assert a[1].tolist() == b[0].tolist()
