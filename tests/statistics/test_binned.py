"""Fits of several bins: against single regions, against pyhf, and what the verdict says of them."""

from __future__ import annotations

import math

import pytest

from recastbook.exceptions import BadOption, StatisticsError
from recastbook.statistics import BinnedModel, BinSignal, CountingModel, binned_workspace, decide_fits, pyhf_binned_cls

FOUR = BinnedModel(
    (
        CountingModel(52, 48.0, 4.0, name="a"),
        CountingModel(20, 24.0, 3.0, name="b"),
        CountingModel(9, 7.1, 1.6, name="c"),
        CountingModel(2, 2.3, 0.9, name="d"),
    ),
    name="toy",
)
SHAPE = [1.0, 2.0, 4.0, 3.0]


def test_one_bin_is_a_counting_experiment() -> None:
    single = CountingModel(9, 7.1, 1.6)
    fit = BinnedModel((single,))
    one, other = fit.cls([6.0]), single.cls(6.0, method="asymptotic")
    assert one.observed == pytest.approx(other.observed, rel=1e-6)
    assert one.expected == pytest.approx(other.expected, rel=1e-6)
    limit, expected = fit.upper_limit([1.0]), single.upper_limit(method="asymptotic")
    assert limit.observed == pytest.approx(expected.observed, rel=1e-5)
    assert limit.expected == pytest.approx(expected.expected, rel=1e-5)
    assert fit.expected_before([6.0]) == pytest.approx(single.expected_before(6.0), rel=1e-6)


@pytest.mark.parametrize(
    "shape", [SHAPE, [0.0, 0.0, 5.0, 5.0], [8.0, 1.0, 0.0, 0.0]], ids=["all", "last two", "falling"]
)
@pytest.mark.parametrize("mu", [0.4, 1.0, 2.5])
def test_pyhf_finds_the_same(shape: list[float], mu: float) -> None:
    ours, theirs = FOUR.cls(shape, mu), pyhf_binned_cls(FOUR, shape, mu)
    assert ours.signal == pytest.approx(theirs.signal)
    assert ours.observed == pytest.approx(theirs.observed, rel=2e-4)
    assert ours.expected == pytest.approx(theirs.expected, rel=2e-4)


def test_the_workspace_is_plain_and_valid() -> None:
    import json
    import warnings

    import pyhf

    layout = binned_workspace(FOUR, SHAPE)
    assert json.loads(json.dumps(layout)) == layout
    with warnings.catch_warnings():
        # pyhf's validation uses a resolver that jsonschema has deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        pyhf.schema.validate(layout, "workspace.json")


def test_a_limit_is_where_cls_is_five_per_cent() -> None:
    limit = FOUR.upper_limit(SHAPE)
    assert FOUR.cls(SHAPE, limit.observed / sum(SHAPE)).observed == pytest.approx(0.05, rel=1e-4)
    assert list(limit.expected) == sorted(limit.expected)
    # the shape matters, not the size
    assert FOUR.upper_limit([10 * s for s in SHAPE]).observed == pytest.approx(limit.observed, rel=1e-5)


def test_a_bin_without_signal_changes_nothing_and_a_useful_one_helps() -> None:
    alone = BinnedModel(FOUR.bins[2:3])
    with_empty = BinnedModel((FOUR.bins[0], FOUR.bins[2]))
    assert with_empty.cls([0.0, 6.0]).observed == pytest.approx(alone.cls([6.0]).observed, rel=1e-6)
    assert with_empty.expected_significance([0.0, 6.0]) == pytest.approx(alone.expected_significance([6.0]), rel=1e-6)
    assert FOUR.expected_significance([0.0, 0.0, 6.0, 3.0]) > alone.expected_significance([6.0])


def test_bins_of_known_background_split_as_they_please() -> None:
    # without errors of the background, bins of one ratio of signal and background are one bin
    whole = BinnedModel((CountingModel(30, 25.0, 0.0),))
    halves = BinnedModel((CountingModel(13, 12.5, 0.0), CountingModel(17, 12.5, 0.0)))
    assert halves.cls([4.0, 4.0]).observed == pytest.approx(whole.cls([8.0]).observed, rel=1e-6)


def test_no_signal_and_bad_signals() -> None:
    assert FOUR.cls([0.0] * 4).observed == 1.0
    assert FOUR.cls([-1.0, 0.0, 0.0, 0.0]).observed == 1.0
    with pytest.raises(StatisticsError, match="has 4 bins, the signal 3"):
        FOUR.cls([1.0, 2.0, 3.0])
    with pytest.raises(StatisticsError, match="the signal in bin 'b' is nan"):
        FOUR.cls([1.0, math.nan, 3.0, 4.0])
    with pytest.raises(StatisticsError, match="no shape to put a limit on"):
        FOUR.upper_limit([0.0] * 4)
    with pytest.raises(StatisticsError, match=r"a signal strength of -1\.0 cannot be tested"):
        FOUR.cls(SHAPE, -1.0)
    with pytest.raises(BadOption, match="has no bins"):
        BinnedModel((), name="empty")
    with pytest.raises(BadOption, match="confidence 95"):
        FOUR.upper_limit(SHAPE, confidence=95)
    odd = BinnedModel((CountingModel(3, 2.0, 1.0, constraint="lognormal"),), name="odd")
    with pytest.raises(BadOption, match="'odd': its bins have lognormal constraints"):
        binned_workspace(odd, [1.0])


def _signal(factor: float, raw: int = 400, relative: float = 0.02) -> tuple[BinSignal, ...]:
    return tuple(BinSignal(factor * s, relative * factor * s, raw) for s in SHAPE)


def test_the_verdict_speaks_of_a_fit() -> None:
    verdict = decide_fits({"toy": FOUR}, {"toy": _signal(6.0)}, cross_section_pb=1e-3, luminosity_fb=126, label="HHH")
    assert verdict.conclusion == "excluded"
    assert verdict.decided_by == "fit"
    assert "HHH is excluded at 95 % CL by the fit of 4 bins of toy: CLs" in verdict.sentence
    assert "region" not in verdict.sentence
    assert "deciding fit" in str(verdict)
    assert "<summary>the fit</summary>" in verdict._repr_html_().replace(' style="cursor:pointer"', "")
    assert verdict.to_dict()["decided_by"] == "fit"
    assert any("approximate" in note for note in verdict.notes)
    limit = FOUR.upper_limit(SHAPE).observed / sum(SHAPE) / 6.0
    assert verdict.mu95 == pytest.approx(limit, rel=1e-4)
    assert verdict.sigma95 == pytest.approx(limit * 1e-3, rel=1e-4)


def test_the_best_expected_fit_decides_and_fits_are_not_combined() -> None:
    other = BinnedModel((CountingModel(400, 380.0, 30.0, name="e"),), name="weak")
    signals = {"toy": _signal(2.0), "weak": (BinSignal(20.0, 0.1, 400),)}
    both = decide_fits({"toy": FOUR, "weak": other}, signals, cross_section_pb=1e-3)
    alone = decide_fits({"toy": FOUR}, signals, cross_section_pb=1e-3)
    assert both.region == "toy"
    assert both.cls_observed == alone.cls_observed
    assert "the best expected of 2 fits" in both.sentence
    assert [r.status for r in both.per_region] == ["deciding", "ok"]


@pytest.mark.parametrize("cross_section_pb", [None, 1.0], ids=["unknown", "huge"])
def test_where_cls_cannot_tell_the_expected_limit_decides(cross_section_pb: float | None) -> None:
    # events of 1 pb, thousands of times more than is needed: both CLs are zero, only the limits differ
    same = {"a worse one": _signal(3000.0), "the better one": _signal(6000.0)}
    verdict = decide_fits(dict.fromkeys(same, FOUR), same, cross_section_pb=cross_section_pb)
    rows = {row.region: row for row in verdict.per_region}
    assert rows["a worse one"].expected_before == pytest.approx(0.0, abs=1e-9)
    assert verdict.region == "the better one"
    assert rows["the better one"].status == "deciding"


@pytest.mark.parametrize(
    ("signal", "settings", "words"),
    [
        (_signal(6.0), {}, "the cross section is not known"),
        (_signal(6.0, raw=2), {"cross_section_pb": 1.0}, "only 8 simulated events are in the bins of the fit"),
        (_signal(1.6, relative=0.9), {"cross_section_pb": 1.0}, "changes within the Monte-Carlo error"),
        (_signal(0.0), {"cross_section_pb": 1.0}, "the signal has no events in any bin"),
    ],
    ids=["no cross section", "few events", "large error", "no signal"],
)
def test_inconclusive(signal, settings, words) -> None:
    verdict = decide_fits({"toy": FOUR}, {"toy": signal}, **settings)
    assert verdict.conclusion == "inconclusive"
    assert words in verdict.sentence


def test_an_absent_fit_is_told() -> None:
    verdict = decide_fits({"toy": FOUR}, {}, cross_section_pb=1.0, absent={"toy": "no network file"})
    assert verdict.conclusion == "inconclusive"
    assert verdict["toy"].reason == "no network file"
    assert "no fit could be made" in verdict.sentence
    with pytest.raises(BadOption, match="cross_section_pb is -1"):
        decide_fits({"toy": FOUR}, {}, cross_section_pb=-1)


def test_a_theory_error_is_tried() -> None:
    verdict = decide_fits({"toy": FOUR}, {"toy": _signal(6.0)}, cross_section_pb=1.0, cross_section_error_pb=0.05)
    assert any("one theory error lower the conclusion holds" in note for note in verdict.notes)
