"""The ABCD likelihood: an earlier fit of CR+2J, contamination, and counts that cannot be used."""

from __future__ import annotations

import math

import pytest
import yaml

from recastbook.exceptions import BadOption, StatisticsError
from recastbook.statistics import SignalYield, decide
from recastbook.statistics.abcd import ABCDModel, check_named_counts

CR2J = (92, 18, 25213, 4774)


@pytest.fixture(scope="module")
def published(shared_data_of_module):
    return yaml.safe_load(shared_data_of_module.read_text())


@pytest.fixture(scope="module")
def shared_data_of_module(shared_data):
    return shared_data("ATLAS-EXOT-2022-04/cutflow_CR2J.yaml")


def test_limit_of_cr2j_is_that_of_an_earlier_fit(published):
    model = ABCDModel(tuple(published["abcd_plane"][r]["main"] for r in "ABCD"), name="CR+2J")
    assert model.counts == CR2J
    limit = model.upper_limit()
    earlier = published["derived_here"]["N95_signal_in_A_no_unc"]
    assert limit.observed == pytest.approx(earlier["observed"], rel=0.03)
    assert limit.expected_median == pytest.approx(earlier["expected"], rel=0.03)
    assert limit.expected[1::2] == pytest.approx(earlier["expected_pm1"], rel=0.03)
    assert model.background == pytest.approx(published["derived_here"]["abcd_prediction_A_main"], abs=0.01)


@pytest.mark.parametrize("sample", ["hs_125_55", "hs_600_275"])
def test_published_contamination_weakens_the_limit_a_little(published, sample):
    fractions = {r: published["abcd_plane"][r][sample] for r in "ABCD"}
    spread = ABCDModel.from_fractions(CR2J, fractions).cls(41.0)
    alone = ABCDModel(CR2J).cls(41.0)
    assert 1.0 < spread.observed / alone.observed < 1.15
    assert spread.expected_median > alone.expected_median


def test_signal_that_spreads_as_the_background_cannot_be_excluded():
    ratios = tuple(n / (18 * 25213 / 4774) for n in CR2J[1:])
    assert ABCDModel(CR2J, ratios).cls(30.0).observed > 0.9


def test_signal_error_weakens_the_limit():
    assert ABCDModel(CR2J).cls(50.0, 12.5).observed > ABCDModel(CR2J).cls(50.0).observed


def test_verdict_takes_the_model():
    model = ABCDModel(CR2J, name="CR+2J")
    found = decide({"CR+2J": model}, {"CR+2J": SignalYield(120.0, 2.0, raw=9000)}, cross_section_pb=0.1)
    assert (found.conclusion, found.region) == ("excluded", "CR+2J")
    assert found.mu95 == pytest.approx(model.upper_limit().observed / 120.0)


@pytest.mark.parametrize(
    ("counts", "ratios", "match"),
    [
        ((1, 2, 3, 0), (0, 0, 0), "D is empty"), ((1, -2, 3, 4), (0, 0, 0), "B has -2 events"),
        ((1.5, 2, 3, 4), (0, 0, 0), r"A has 1\.5 events"),
        ((1, 2, 3, 4), (0, -1, 0), "signal in C relative to A is -1"),
        ((1, 2, 3), (0, 0, 0), "four counts"), ((math.nan, 2, 3, 4), (0, 0, 0), "A has nan"),
    ],
)  # fmt: skip
def test_counts_that_cannot_be_used(counts, ratios, match):
    with pytest.raises(StatisticsError, match=match):
        ABCDModel(counts, ratios)


def test_what_cannot_be_asked():
    model = ABCDModel((5, 10, 10, 20))
    with pytest.raises(BadOption, match="no method 'toys'"):
        model.cls(1.0, method="toys")
    with pytest.raises(StatisticsError, match="cannot be tested"):
        model.cls(math.nan)
    with pytest.raises(StatisticsError, match="A above zero"):
        ABCDModel.from_fractions((5, 10, 10, 20), {"A": 0.0, "B": 1, "C": 1, "D": 1})
    assert model.cls(0.0).observed == 1.0
    assert "B C / D" in str(model)
    assert "<table" in model._repr_html_()


@pytest.mark.parametrize(
    ("counts", "match"),
    [
        ((92, 18, 25213, 4774), r"counts is \(92, 18, 25213, 4774\); counts=\{'CR\+2J': \(A, B, C, D\)\} is asked for"),
        ({"CR+2J": (92, 18, 25213)}, r"counts of 'CR\+2J' are \(92, 18, 25213\)"),
        ({"CR+2J": 92}, "counts of 'CR.2J' are 92"),
        ({"CR+2J": "9218"}, "counts of 'CR.2J' are '9218'"),
    ],
    ids=["no names", "three", "one", "text"],
)
def test_counts_of_a_verdict_have_names(counts, match):
    with pytest.raises(BadOption, match=match):
        check_named_counts(counts, "CR+2J")
    check_named_counts({"CR+2J": CR2J}, "CR+2J")
