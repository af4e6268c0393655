from __future__ import annotations

import numpy as np
import pytest

from recastbook.exceptions import BadSpecification, UnknownName
from recastbook.features import FeatureTable

TABLE = FeatureTable({"met": np.array([200.0, np.nan]), "n_jets": np.array([4, 6])}, {"met": "GeV"})


def test_matrix_has_the_order_asked_for() -> None:
    matrix = TABLE.matrix(["n_jets", "met"])
    assert matrix.dtype == np.float32
    assert matrix.flags.c_contiguous
    assert matrix[0].tolist() == [4.0, 200.0]
    assert np.isnan(matrix[1, 1])
    assert TABLE.matrix(dtype="float64").shape == (2, 2)
    assert TABLE.matrix([]).shape == (2, 0)


def test_events_and_columns_can_be_taken_and_added() -> None:
    assert TABLE.select(np.array([False, True]))["n_jets"].tolist() == [6]
    more = TABLE.with_columns({"meff": np.array([1.0, 2.0])}, {"meff": "GeV"})
    assert more.names == ("met", "n_jets", "meff")
    assert (more.unit("meff"), more.unit("n_jets"), len(more), "ht" in more) == ("GeV", "1", 2, False)
    assert len(FeatureTable({})) == 0


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ({"a": np.zeros(2), "b": np.zeros(3)}, r"'a' has \(2,\), 'b' \(3,\)"),
        ({"a": np.zeros((2, 2))}, "must be flat"),
        ({"a": np.float64(1.0)}, "must be flat"),
    ],
    ids=["length", "two-dimensional", "number"],
)
def test_columns_of_odd_shapes(columns: dict, match: str) -> None:
    with pytest.raises(BadSpecification, match=match):
        FeatureTable(columns)


def test_unknown_columns() -> None:
    with pytest.raises(UnknownName, match=r"no column 'mett'\. Did you mean 'met'"):
        TABLE["mett"]
    with pytest.raises(UnknownName, match="no column 'jets'"):
        TABLE.matrix(["met", "jets"])
    with pytest.raises(UnknownName, match="'x', which is no column"):
        FeatureTable({"a": np.zeros(1)}, {"x": "GeV"})


def test_shown_in_a_notebook() -> None:
    html = TABLE._repr_html_()
    assert "2 events" in html
    assert "met" in html
