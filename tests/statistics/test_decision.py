"""The verdict: who decides, what it says, and when it says that it does not know."""

from __future__ import annotations

import json
import math
import re
import statistics

import pytest

from recastbook.exceptions import BadOption, UnknownName
from recastbook.statistics import CountingModel, SignalYield, Verdict, decide

MODELS = {
    "SR-A": CountingModel(3, 0.8, 0.3, name="SR-A"),
    "SR-B": CountingModel(1, 1.2, 0.6, name="SR-B"),
    "SR-C": CountingModel(0, 0.5, 0.2, name="SR-C"),
}
SIGMA = 0.5e-3


def _decide(signals: dict[str, object], **options: object) -> Verdict:
    options.setdefault("cross_section_pb", SIGMA)
    return decide(MODELS, signals, label="Gtt", **options)  # type: ignore[arg-type]


def test_excluded() -> None:
    verdict = _decide({"SR-A": (20.0, 0.5, 900), "SR-B": (3.0, 0.1, 130)}, luminosity_fb=139)
    assert verdict.conclusion == "excluded"
    assert verdict.region == "SR-A"
    assert verdict.cls_observed is not None
    assert verdict.cls_observed < 0.05
    assert verdict.mu95 is not None
    assert verdict.s95 is not None
    assert verdict.mu95 == pytest.approx(verdict.s95.observed / 20.0)
    assert verdict.sigma95 == pytest.approx(verdict.mu95 * SIGMA)
    assert verdict.sentence.startswith(
        "Gtt is excluded at 95 % CL: SR-A, the best expected of 2 regions that may decide"
    )
    assert "0.5 fb is predicted" in verdict.sentence.replace("0.500", "0.5")
    assert any("visible cross section" in n for n in verdict.notes)
    assert verdict["SR-C"].status == "absent"
    assert "no yield was computed" in verdict["SR-C"].reason


def test_a_region_that_is_alone_is_not_the_best_of_one() -> None:
    verdict = _decide({"SR-A": (20.0, 0.5, 900)})
    assert verdict.sentence.startswith("Gtt is excluded at 95 % CL: SR-A, the only region that may decide, has CLs")


def test_allowed() -> None:
    verdict = _decide({"SR-A": (1.0, 0.02, 900), "SR-B": (0.5, 0.02, 130)})
    assert verdict.conclusion == "allowed"
    assert verdict.mu95 is not None
    assert verdict.mu95 > 1


def test_best_expected_decides_even_where_another_observed_is_stronger() -> None:
    # SR-A has an excess: the best expected region allows what SR-B alone would exclude
    models = {"SR-A": CountingModel(9, 1.0, 0.3, name="SR-A"), "SR-B": CountingModel(0, 1.0, 0.3, name="SR-B")}
    verdict = decide(models, {"SR-A": (4.5, 0.01), "SR-B": (4.4, 0.01)}, cross_section_pb=SIGMA)
    assert verdict.region == "SR-A"
    assert verdict.conclusion == "allowed"
    assert any("taken alone would exclude" in n and "SR-B" in n for n in verdict.notes)


def test_choice_of_region_does_not_depend_on_the_observed_counts() -> None:
    signals = {"SR-A": (4.0, 0.1), "SR-B": (5.0, 0.1), "SR-C": (2.0, 0.1)}
    chosen = set()
    for n in (0, 1, 5, 40):
        models = {k: CountingModel(n, m.background, m.background_error, name=k) for k, m in MODELS.items()}
        chosen.add(decide(models, signals, cross_section_pb=SIGMA).region)
    assert len(chosen) == 1


def test_inconclusive_within_the_monte_carlo_error() -> None:
    s95 = MODELS["SR-B"].upper_limit().observed
    for signal in (1.02 * s95, 0.98 * s95):
        verdict = _decide({"SR-B": (signal, 0.1 * s95, 100)})
        assert verdict.conclusion == "inconclusive"
        assert "Monte-Carlo error of the signal" in verdict.sentence
    assert _decide({"SR-B": (1.02 * s95, 0.001 * s95, 100)}).conclusion == "excluded"


def test_signal_error_as_nuisance_instead() -> None:
    s95 = MODELS["SR-B"].upper_limit().observed
    verdict = _decide({"SR-B": (1.02 * s95, 0.3 * s95, 100)}, signal_error="nuisance")
    assert verdict.conclusion == "allowed"
    assert verdict.cls_observed is not None
    assert verdict.cls_observed > 0.05


def test_inconclusive_with_too_few_simulated_events() -> None:
    verdict = _decide({"SR-A": (40.0, 1.0, 4)})
    assert verdict.conclusion == "inconclusive"
    assert "Only 4 simulated events" in verdict.sentence


def test_unvalidated_and_stand_in_regions_never_decide() -> None:
    verdict = _decide(
        {"SR-A": (50.0, 1.0, 900), "SR-B": (2.0, 0.1, 90)}, ineligible={"SR-A": "stand-in network, not ATLAS"}
    )
    assert verdict.region == "SR-B"
    assert verdict["SR-A"].status == "not eligible"
    assert verdict["SR-A"].mu95 is not None
    assert any("stand-in network" in n for n in verdict.notes)
    only = _decide({"SR-A": (50.0, 1.0, 900)}, ineligible={"SR-A": "not validated"})
    assert only.conclusion == "inconclusive"
    assert only.region is None
    assert "no region may decide" in only.sentence


def test_absent_regions_are_listed_with_the_reason_and_their_limit() -> None:
    verdict = _decide({"SR-A": (20.0, 0.5)}, absent={"SR-B": "network file not found", "SR-Z": "not evaluated"})
    assert verdict["SR-B"].reason == "network file not found"
    assert verdict["SR-B"].limit is not None
    assert verdict["SR-Z"].status == "absent"
    assert "network file not found" in str(verdict)


def test_nothing_selected_gives_limits_and_a_reason() -> None:
    verdict = _decide({"SR-A": SignalYield(0.0, 0.0, raw=0), "SR-B": (0.0, 0.0)})
    assert verdict.conclusion == "inconclusive"
    assert "limits on signal events only" in verdict.sentence
    assert verdict["SR-A"].limit is not None
    assert verdict["SR-A"].reason == "no events selected: limit on signal events only"


def test_nothing_selected_of_a_large_sample_is_allowed() -> None:
    small = {k: SignalYield(0.0, 0.0, raw=0, weight=1e-3) for k in MODELS}
    assert _decide(dict(small)).conclusion == "allowed"
    large = {k: SignalYield(0.0, 0.0, raw=0, weight=10.0) for k in MODELS}
    assert _decide(dict(large)).conclusion == "inconclusive"


@pytest.mark.parametrize(
    ("signal", "status", "words"),
    [
        ((-0.3, 0.5), "no signal", "the weights add up to -0.30 ± 0.50"),
        ((math.nan, 0.5), "failed", "signal is nan"),
        ((math.inf, 0.5), "failed", "signal is inf"),
        ((1.0, math.nan), "failed", "error is nan"),
        ((1.0, -2.0), "failed", "error is -2"),
    ],
)
def test_hostile_yields_are_told(signal: tuple[float, float], status: str, words: str) -> None:
    verdict = _decide({"SR-A": signal, "SR-B": (0.1, 0.01)})
    assert verdict["SR-A"].status == status
    assert words in verdict["SR-A"].reason
    assert verdict.region == "SR-B"
    assert json.dumps(verdict.to_dict(), allow_nan=False)


def test_huge_signals_are_excluded() -> None:
    verdict = _decide({"SR-A": (1e9, 1e5), "SR-B": (2e9, 1e5), "SR-C": (1e9, 0.0)})
    assert verdict.conclusion == "excluded"
    assert verdict.region == "SR-B"
    assert json.dumps(verdict.to_dict(), allow_nan=False)


def test_without_a_cross_section_there_is_a_limit_and_no_conclusion() -> None:
    verdict = _decide({"SR-A": (20_000.0, 50.0, 900)}, cross_section_pb=None)
    assert verdict.conclusion == "inconclusive"
    assert verdict.mu95 is None
    assert verdict.s95 is not None
    assert verdict.sigma95 == pytest.approx(verdict.s95.observed / 20_000)
    assert "The cross section is not known" in verdict.sentence
    told = verdict.to_dict()
    row = next(r for r in told["per_region"] if r["region"] == "SR-A")
    # nothing is predicted: a CLs of 0 of 1 pb, which nobody asked for, would read as excluded
    assert {part[key] for part in (told, row) for key in ("cls_observed", "cls_expected", "mu95")} == {None}
    assert (row["signal"], told["signal_cross_section_pb"]) == (20_000.0, 1.0)
    assert told["sigma95_pb"] == pytest.approx(verdict.sigma95)


def test_theory_error_is_told() -> None:
    s95 = MODELS["SR-B"].upper_limit().observed
    close = _decide({"SR-B": (1.1 * s95, 0.01)}, cross_section_error_pb=0.2 * SIGMA)
    assert any("one theory error lower the conclusion changes" in n for n in close.notes)
    far = _decide({"SR-B": (0.2 * s95, 0.01)}, cross_section_error_pb=0.2 * SIGMA)
    assert any("one theory error higher the conclusion holds" in n for n in far.notes)


def test_toys_are_chosen_where_nothing_was_observed_and_said() -> None:
    verdict = _decide({"SR-C": (20.0, 0.1)})
    assert verdict.method == "toys"
    assert any("SR-C: nothing was observed" in n for n in verdict.notes)


def test_more_toys_near_the_border() -> None:
    verdict = _decide({"SR-C": (MODELS["SR-C"].upper_limit().observed, 0.0)}, n_toys=1000)
    assert any("near the border" in n for n in verdict.notes)


def test_the_error_of_the_toys_is_printed_and_is_the_spread_of_their_seeds() -> None:
    signals = {"SR-C": (4.0, 0.0)}
    made = [_decide(signals, n_toys=4000, seed=seed) for seed in range(1, 25)]
    seen = [v.cls_observed or 0.0 for v in made]
    assert made[0].cls_error == pytest.approx(statistics.stdev(seen), rel=0.4)
    text = f"{seen[0]:.4f} ± {made[0].cls_error:.4f}"
    row = made[0]["SR-C"]
    assert (row.cls_observed, row.cls_error) == (seen[0], made[0].cls_error)
    for shown in (made[0].sentence, str(made[0]), made[0].table(), made[0]._repr_html_(), made[0].to_markdown()):
        assert text in shown
    told = made[0].to_dict()
    assert (told["cls_observed"], told["cls_error"]) == (seen[0], made[0].cls_error)
    assert told["per_region"][2]["cls_error"] == row.cls_error  # type: ignore[index]
    formula = _decide({"SR-A": (20.0, 0.5, 900)}, method="asymptotic")
    assert formula.cls_error == 0.0
    assert "±" not in formula.sentence


def test_within_the_error_of_the_toys_there_is_no_conclusion() -> None:
    border = MODELS["SR-C"].upper_limit().observed
    made = [_decide({"SR-C": (x * border, 0.0)}, n_toys=300) for x in (0.7, 0.95, 1.0, 1.03, 1.06, 1.4)]
    near = [v for v in made if abs((v.cls_observed or 0.0) - 0.05) <= v.cls_error]
    assert near
    assert [v for v in made if v.conclusion == "inconclusive"] == near
    assert all("within the statistical error of the toys, CLs 0.0" in v.sentence for v in near)
    assert (made[0].conclusion, made[-1].conclusion) == ("allowed", "excluded")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cross_section_pb": 0.0}, "cross_section_pb is 0.0"),
        ({"cross_section_pb": math.nan}, "cross_section_pb is nan"),
        ({"luminosity_fb": -1.0}, "luminosity_fb is -1.0"),
        ({"signal_error": "none"}, "known: 'verdict', 'nuisance'"),
    ],
)
def test_options_without_meaning(options: dict[str, object], message: str) -> None:
    with pytest.raises(BadOption, match=message):
        _decide({"SR-A": (1.0, 0.1)}, **options)


def test_views_show_every_region_and_escape() -> None:
    verdict = decide(
        MODELS, {"SR-A": (20.0, 0.5)}, cross_section_pb=SIGMA, label="<b>", absent={"SR-B": "<i>"}, notes=["<u>"]
    )
    page = verdict._repr_html_()
    for part in ("<b>Gtt", "<i>", "<u>"):
        assert part not in page.replace("<b>Verdict", "")
    for region in MODELS:
        assert region in page
        assert region in verdict.table()
    assert "sigma95" in str(verdict)
    with pytest.raises(UnknownName, match="no region 'SR-X'"):
        verdict["SR-X"]


def test_wrong_shape_of_a_signal() -> None:
    with pytest.raises(BadOption, match="found 4 numbers"):
        _decide({"SR-A": (1.0, 2.0, 3, 4)})


def test_the_far_tail_of_a_formula_has_no_digits() -> None:
    verdict = _decide({"SR-A": (300.0, 1.0, 3000)})
    assert verdict.cls_observed is not None
    assert 0 < verdict.cls_observed < 1e-6
    for text in (str(verdict), verdict.table(), verdict._repr_html_().replace("&lt;", "<")):
        assert "CLs < 1e-6 (" in text
        assert re.search(r"\de-(0[7-9]|[1-9]\d)", text) is None
    assert verdict.to_dict()["cls_observed"] == verdict.cls_observed
