from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from recastbook.detector import load_card
from recastbook.detector.draws import STAGES, EventKeys, stage_code
from recastbook.exceptions import BadOption


def keys(n: int, seed: int = 1) -> EventKeys:
    ones = np.ones(n, dtype=np.int64)
    return EventKeys(seed, ones, ones, np.arange(n))


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_distribution_and_independence(distribution: str) -> None:
    n = 100_000
    rows, index = np.arange(n), np.zeros(n)
    first = keys(n).draw(distribution, "btag", rows, index)
    others = {
        "seed": keys(n, seed=2).draw(distribution, "btag", rows, index),
        "stage": keys(n).draw(distribution, "jvt", rows, index),
        "draw": keys(n).draw(distribution, "btag", rows, index, 1),
        "object": keys(n).draw(distribution, "btag", rows, index + 1),
        "neighbour": np.roll(first, 1),
    }
    mean, width = (0.5, 12**-0.5) if distribution == "uniform" else (0.0, 1.0)
    assert first.mean() == pytest.approx(mean, abs=5 * width / n**0.5)
    assert first.std() == pytest.approx(width, rel=0.01)
    for what, other in others.items():
        assert abs(np.corrcoef(first, other)[0, 1]) < 5 / n**0.5, what


def test_large_event_numbers_are_not_mixed_up() -> None:
    ones = np.ones(3, dtype=np.int64)
    events = np.array([7, 7 + 2**32, 7 + 2**53 + 1])
    drawn = EventKeys(1, ones, ones, events).draw("uniform", "btag", np.arange(3), np.zeros(3))
    assert len(set(drawn.tolist())) == 3


def test_run_and_luminosity_block_count() -> None:
    block = np.array([1, 2, 1, 1])
    run = np.array([1, 1, 2, 1])
    drawn = EventKeys(1, run, block, np.zeros(4, dtype=np.int64)).draw("uniform", "x", np.arange(4), np.zeros(4))
    assert len(set(drawn.tolist())) == 3
    assert drawn[0] == drawn[3]


def test_scalar_and_array_keys_agree() -> None:
    # One luminosity block is passed as a number, several as an array; the numbers must not notice.
    ones = np.ones(4, dtype=np.int64)
    mixed = EventKeys(1, ones, np.array([1, 1, 2, 2]), np.arange(4))
    alone = mixed.take(np.array([True, True, False, False]))
    a = mixed.draw("normal", "jvt", np.arange(4), np.zeros(4))
    b = alone.draw("normal", "jvt", np.arange(2), np.zeros(2))
    assert a[:2].tolist() == b.tolist()


def test_numbers_of_a_seed_never_change() -> None:
    # These values are part of every published result: a change of them needs a new major version of the cards.
    drawn = keys(3).draw("uniform", "btag", np.array([0, 1, 2]), np.array([0, 1, 2]))
    again = keys(3).draw("uniform", "btag", np.array([0, 1, 2]), np.array([0, 1, 2]))
    assert drawn.tolist() == again.tolist()
    assert drawn == pytest.approx(REFERENCE, abs=1e-12)


REFERENCE = [0.22734451538488798, 0.5360037198146517, 0.7471808084390059]


def test_stage_codes_are_distinct() -> None:
    codes = [*STAGES.values(), stage_code("trigger"), stage_code("tau")]
    assert len(set(codes)) == len(codes)
    assert stage_code("trigger") > 2**32


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "1", None, True], ids=repr)
def test_bad_seed(seed: object, mixed_events: ak.Array) -> None:
    with pytest.raises(BadOption, match="seed must be an integer"):
        load_card("identity").bind(mixed_events, seed=seed)  # type: ignore[arg-type]


def test_numbers_for_an_analysis(mixed_events: ak.Array) -> None:
    detector = load_card().bind(mixed_events, seed=4)
    jets = detector.jets(mixed_events)
    flat = detector.uniform(jets, "trigger")
    assert ak.num(flat, axis=1).tolist() == ak.num(jets, axis=1).tolist()
    assert 0.0 <= ak.min(flat) < ak.max(flat) < 1.0
    assert detector.normal(None, "trigger").ndim == 1
    assert ak.to_numpy(detector.uniform(jets, "trigger", draw=1)[0])[0] != ak.to_numpy(flat[0])[0]
