from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from recastbook.detector.jagged import FlatCollection, falling_order, offsets_of, pairs_of
from recastbook.exceptions import BadSpecification

JETS = ak.Array([[{"pt": 30.0, "eta": 0.5}, {"pt": 50.0, "eta": 1.0}], [], [{"pt": 20.0, "eta": -1.0}]])


@pytest.mark.parametrize(
    "array",
    [JETS, ak.concatenate([JETS[:1], JETS])[1:], JETS[[0, 1, 2]], JETS[ak.Array([[0, 1], [], [0]])]],
    ids=["plain", "sliced", "picked events", "picked objects"],
)
def test_taking_apart_and_putting_together_changes_nothing(array: ak.Array) -> None:
    flat = FlatCollection.from_awkward(array)
    assert flat.offsets.tolist() == [0, 2, 2, 3]
    assert flat["pt"].tolist() == [30.0, 50.0, 20.0]
    assert flat.to_awkward().tolist() == JETS.tolist()


def test_where_keeps_event_boundaries() -> None:
    flat = FlatCollection.from_awkward(JETS).where(np.array([False, True, True]))
    assert flat.to_awkward().pt.tolist() == [[50.0], [], [20.0]]
    assert flat.rows.tolist() == [0, 2]


def test_sorting_is_per_event_and_keeps_ties() -> None:
    pt = np.array([5.0, 7.0, 7.0, 9.0, 1.0], dtype=np.float32)
    flat = FlatCollection(np.array([0, 3, 5]), {"pt": pt, "id": np.arange(5)}).sorted_by("pt")
    assert flat["id"].tolist() == [1, 2, 0, 3, 4]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("special", [None, np.nan, -3.0, -0.0], ids=str)
def test_both_ways_of_sorting_agree(dtype: type, special: float | None) -> None:
    rng = np.random.default_rng(1)
    rows = np.repeat(np.arange(40), rng.poisson(6, 40))
    values = rng.choice([0.0, 1.5, 20.0, 20.000002, 1e30], len(rows)).astype(dtype)
    if special is not None:
        values[::7] = special
    assert falling_order(values, rows).tolist() == np.lexsort((-values, rows)).tolist()


def test_pairs_are_all_combinations_of_one_event() -> None:
    first, second = offsets_of([2, 0, 1]), offsets_of([1, 3, 2])
    i, j = pairs_of(first, second)
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == [(0, 0), (1, 0), (2, 4), (2, 5)]


def test_unknown_field_is_named_with_a_suggestion() -> None:
    with pytest.raises(BadSpecification, match=r"no field 'ptt'.*'pt'"):
        FlatCollection.from_awkward(JETS, ("ptt",))


def test_no_events_and_no_objects() -> None:
    none = FlatCollection(offsets_of([]), {"pt": np.empty(0, dtype=np.float32)})
    assert len(none) == 0
    assert none.where(np.empty(0, dtype=bool)).sorted_by("pt").to_awkward().tolist() == []
    empty = FlatCollection(offsets_of([0, 0]), {"pt": np.empty(0, dtype=np.float32)})
    assert empty.sum(empty["pt"]).tolist() == [0.0, 0.0]
