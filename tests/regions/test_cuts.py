"""Single cuts: what passes, what a label says."""

from __future__ import annotations

import numpy as np
import pytest

from recastbook.exceptions import BadSpecification, UnknownName
from recastbook.regions import Cut, parse_cut

MET = np.array([199.9, 200.0, 350.0, np.nan, np.inf], dtype=np.float32)


@pytest.mark.parametrize(
    ("comparator", "value", "passes"),
    [
        ("min", 200, [False, True, True, False, True]),
        ("above", 200, [False, False, True, False, True]),
        ("max", 200, [True, True, False, False, False]),
        ("below", 200, [True, False, False, False, False]),
        ("equals", 200, [False, True, False, False, False]),
        ("outside", [199.95, 300], [True, False, True, False, True]),
    ],
)
def test_comparators_and_nan(comparator: str, value: object, passes: list[bool]) -> None:
    cut = parse_cut({"feature": "met", comparator: value})
    assert cut.mask({"met": MET}).tolist() == passes


def test_threshold_near_one_is_compared_in_float32() -> None:
    scores = np.array([0.9997, np.nextafter(np.float32(0.9997), np.float32(0))], dtype=np.float32)
    cut = parse_cut({"score": "p_gtt", "point": [1, 2100, 1], "min": 0.9997})
    assert cut.mask({cut.column: scores}).tolist() == [True, False]


def test_units_are_converted_at_the_border() -> None:
    cut = parse_cut({"feature": "met", "min": 0.2, "unit": "TeV"})
    assert cut.bounds[0].value == pytest.approx(200.0)
    assert cut.text == "met >= 200 GeV"


def test_any_of_lists() -> None:
    cut = parse_cut(
        {
            "any": [
                [{"feature": "n_lep", "min": 1}],
                [{"feature": "n_lep", "equals": 0}, {"feature": "dphi", "min": 0.4}],
            ]
        }
    )
    columns = {"n_lep": np.array([1, 0, 0]), "dphi": np.array([0.1, 0.5, 0.1])}
    assert cut.mask(columns).tolist() == [True, True, False]
    assert cut.text == "n_lep >= 1 or (n_lep = 0 and dphi >= 0.4)"


def test_log10_of_zero_fails_silently() -> None:
    cut = parse_cut({"score": "p", "transform": "log10", "min": -3})
    assert cut.mask({"p": np.array([0.0, 1e-2], dtype=np.float32)}).tolist() == [False, True]


def test_column_names_of_scores() -> None:
    assert parse_cut({"score": "p_gbb", "point": [0, 2800, 1400], "min": 0.9}).column == "p_gbb[0,2800,1400]"
    varied = parse_cut({"score": "p_gbb", "point": [0, 1, 2], "inputs": "dilepton_as_met", "min": 0.9})
    assert varied.column == "p_gbb[0,1,2;dilepton_as_met]"


def test_label_does_not_make_another_cut() -> None:
    a, b = parse_cut({"feature": "met", "min": 200}), parse_cut({"feature": "met", "min": 200, "label": "MET"})
    assert a == b
    assert hash(a) == hash(b)
    assert b.text == "MET"


def test_missing_column_is_named() -> None:
    with pytest.raises(UnknownName, match=r"needs the column 'mett'.*Did you mean 'met'"):
        parse_cut({"feature": "mett", "min": 200}).mask({"met": MET})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"feature": "met", "minimum": 200}, "unknown key or comparator 'minimum'.*Did you mean 'min'"),
        ({"feature": "met", "score": "p", "min": 1}, "exactly one of feature, score, any"),
        ({"min": 1}, "exactly one of feature, score, any; found none"),
        ({"feature": "met", "min": "200 GeV"}, "expected a number, found '200 GeV'"),
        ({"feature": "met", "min": float("nan")}, "NaN is no bound"),
        ({"feature": "met", "min": True}, "expected a number, found True"),
        ({"feature": "met", "min": 1, "unit": "parsec"}, "unknown unit 'parsec'"),
        ({"feature": "met", "min": 1, "transform": "exp"}, "unknown transform 'exp'"),
        ({"feature": "met", "outside": [1]}, "takes two numbers"),
        ({"any": []}, "non-empty lists"),
        ("met > 200", "a cut is a mapping"),
    ],
)
def test_mistakes_are_named(data: object, message: str) -> None:
    with pytest.raises(BadSpecification, match=message):
        parse_cut(data, where="region SR, cut 3")


def test_round_trip_and_what_if() -> None:
    cut = parse_cut({"feature": "met", "min": 200, "below": 900, "unit": "GeV"})
    assert parse_cut(cut.to_dict()) == cut
    assert cut.text == "200 <= met < 900 GeV"
    looser = cut.with_bounds(min=150)
    assert looser.mask({"met": MET}).tolist() == [True, True, True, False, False]
    assert isinstance(looser, Cut)


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        ({"feature": "met", "min": 200, "unit": "GeV"}, "missing transverse momentum (met) at least 200 GeV"),
        ({"feature": "own", "equals": 1}, "a thing of ours (own) equal to 1"),
        ({"feature": "symbol", "outside": [60, 120], "unit": "GeV"}, "symbol outside 60 to 120 GeV"),
        ({"score": "p", "transform": "log10", "below": -1.3}, "log10 of the network output p below -1.3"),
        (
            {
                "any": [
                    [{"feature": "own", "min": 1}],
                    [{"feature": "own", "max": 0}, {"feature": "symbol", "above": 2}],
                ]
            },
            "either a thing of ours (own) at least 1, or a thing of ours (own) at most 0 and symbol above 2",
        ),
    ],
    ids=["feature", "own", "window", "score", "either"],
)
def test_a_cut_in_words(cut: dict[str, object], words: str) -> None:
    from recastbook.regions import cut_in_words

    assert cut_in_words(parse_cut(cut), {"own": "a thing of ours", "symbol": r"$m_\mathrm{T}$"}) == words
