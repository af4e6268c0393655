"""Figures hold the numbers they were given, say whose they are, and leave no state behind."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import hist
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from recastbook import plots
from recastbook.exceptions import BadOption
from recastbook.statistics import CountingModel, Verdict, decide

STAND_IN = "stand-in network, not ATLAS"
MODELS = {
    "SR-A": CountingModel(3, 0.8, 0.3, name="SR-A"),
    "SR-B": CountingModel(0, 1.2, 0.6, name="SR-B"),
    "SR-C": CountingModel(12, 9.0, 2.0, name="SR-C"),
}


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = dict(mpl.rcParams)
    yield
    plt.close("all")
    assert dict(mpl.rcParams) == before


def _words(figure: Any) -> str:
    figure.canvas.draw()
    found = [t.get_text() for t in figure.findobj(mpl.text.Text)]
    return " | ".join(found)


def _histogram(values: list[float], weights: list[float], *, low: float = 0.0, high: float = 4.0) -> hist.Hist:
    made = hist.Hist(hist.axis.Regular(4, low, high), storage=hist.storage.Weight())
    made.fill(values, weight=weights)
    return made


def _verdict(**options: Any) -> Verdict:
    signals = {"SR-A": (5.0, 0.1, 300), "SR-B": (4.0, 0.1, 300), "SR-C": (3.0, 0.1, 300)}
    return decide(MODELS, signals, cross_section_pb=1e-3, label="Gtt", n_toys=2000, **options)


def _comparison(published: list[float | None]) -> SimpleNamespace:
    rows = [
        SimpleNamespace(
            label=f"cut {i}", ours=100.0 / (i + 1), error=2.0, published=p,
            ratio=None if p is None else 100.0 / (i + 1) / p, ratio_error=None if p is None else 0.05,
        )
        for i, p in enumerate(published)
    ]  # fmt: skip
    return SimpleNamespace(region="SR-A", unit="events", rows=rows)


def test_feature_draws_weights_and_their_errors() -> None:
    made = plots.feature(
        _histogram([0.5, 0.5, 2.5], [2.0, 1.0, 4.0]), label="MET", unit="GeV", scale=10.0, cuts=(2.0,), note="a remark"
    )
    assert list(made.steps[0].get_data().values) == [30.0, 0.0, 40.0, 0.0]
    band = made.errors[0].get_data()
    assert band.values[0] == pytest.approx(30 + 10 * np.sqrt(5))
    assert band.baseline[0] == pytest.approx(30 - 10 * np.sqrt(5))
    assert made.ax.get_xlabel() == "MET [GeV]"
    assert made.ax.get_ylabel() == "Expected events / 1 GeV"
    assert list(made.cuts[0].get_xdata()) == [2.0, 2.0]
    words = _words(made.figure)
    assert "recastbook" in words
    assert "a remark" in words
    assert "cut at 2" in words


def test_feature_says_sum_of_weights_without_a_cross_section_and_what_lies_beyond() -> None:
    made = plots.feature({"Gtt": _histogram([0.5, 9.0], [1.0, 1.0])}, label="x")
    assert made.ax.get_ylabel().startswith("Sum of weights")
    assert "1 beyond the axis" in _words(made.figure)


def test_shapes_are_normalised() -> None:
    made = plots.feature({"a": _histogram([0.5, 1.5], [3.0, 1.0]), "b": _histogram([], [])}, density=True)
    assert sum(made.steps[0].get_data().values) == pytest.approx(1.0)
    assert made.ax.get_ylabel().startswith("Share of events")


@pytest.mark.parametrize("weights", [[0.0, 0.0], [-1.0, -2.0], [1.0, -0.5]], ids=["zero", "negative", "mixed"])
@pytest.mark.parametrize("log", [True, False])
def test_odd_weights_are_drawn(weights: list[float], log: bool) -> None:
    made = plots.feature(_histogram([0.5, 1.5], weights), log=log)
    made.figure.canvas.draw()


def test_an_empty_histogram_says_so() -> None:
    assert "no events" in _words(plots.score({"nothing": _histogram([], [])}).figure)


def test_histograms_that_cannot_be_drawn() -> None:
    two = hist.Hist(hist.axis.Regular(2, 0, 1), hist.axis.Regular(2, 0, 1))
    with pytest.raises(BadOption, match="has 2 axes"):
        plots.feature(two)
    with pytest.raises(BadOption, match="no histogram"):
        plots.feature({})


def test_score_is_logarithmic_and_carries_the_note() -> None:
    made = plots.score(
        {"Gtt": _histogram([0.9, 0.95], [1.0, 1.0], high=1.0)}, label="p_gtt", cuts=(0.9997,), note=STAND_IN
    )
    assert made.ax.get_yscale() == "log"
    assert STAND_IN in _words(made.figure)


def test_cutflow_beside_published() -> None:
    made = plots.cutflow(_comparison([None, 49.0, 30.0]), note=STAND_IN)
    assert [b.get_width() for b in made.ours] == [100.0, 50.0, pytest.approx(33.333, rel=1e-4)]
    assert list(made.published[0].get_xdata()) == [49.0, 30.0]
    assert list(made.ratio[0].get_xdata()) == pytest.approx([50 / 49, 33.3333 / 30], rel=1e-4)
    words = _words(made.figure)
    assert words.count("not published") == 1
    assert STAND_IN in words
    assert made.ax_ratio is not None


def test_cutflow_without_published_numbers_has_one_panel() -> None:
    made = plots.cutflow(_comparison([None, None]))
    assert made.ax_ratio is None
    assert made.published is None
    with pytest.raises(BadOption, match="no rows"):
        plots.cutflow(_comparison([]))


def test_cutflow_into_given_axes_and_with_nothing_left() -> None:
    figure, axes = plt.subplots(1, 2)
    comparison = _comparison([100.0, 0.5])
    comparison.rows[1].ours = comparison.rows[1].error = 0.0
    comparison.rows[1].ratio = 0.0
    made = plots.cutflow(comparison, axes=tuple(axes))
    assert made.ax_main is axes[0]
    assert made.figure is figure
    figure.canvas.draw()


def test_yields_draw_signal_over_background_and_mark_absent_regions() -> None:
    rows = [
        SimpleNamespace(region="SR-A", status="ok", events=4.0, events_error=0.2),
        SimpleNamespace(region="SR-B", status="absent", events=None, events_error=None),
        SimpleNamespace(region="VR", status="ok", events=4.0, events_error=0.2),
    ]
    made = plots.yields(rows, MODELS, label="Gtt", source="arXiv:2211.08028", note=STAND_IN)
    assert [b.get_height() for b in made.background] == [0.8, 1.2]
    assert made.signal[0].get_y() == 0.8
    assert made.signal[0].get_height() == 4.0
    assert np.isnan(made.signal[1].get_height())
    assert [t.get_text() for t in made.absent] == ["absent"]
    words = _words(made.figure)
    assert "arXiv:2211.08028" in words
    assert STAND_IN in words
    with pytest.raises(BadOption, match="no region has published counts"):
        plots.yields(rows[2:], MODELS)


def test_scan_crosses_at_the_limit() -> None:
    model = MODELS["SR-A"]
    made = plots.cls_scan(model, 5.0, note=STAND_IN)
    mu, cls = (np.asarray(v, dtype=float) for v in made.observed.get_data())
    crossing = np.interp(-np.log(0.05), -np.log(cls), mu)
    assert crossing == pytest.approx(model.upper_limit().observed / 5.0, rel=0.01)
    assert next(iter(made.limit.get_xdata())) == pytest.approx(crossing, rel=0.01)
    assert STAND_IN in _words(made.figure)
    for bad in (0.0, -1.0, float("nan")):
        with pytest.raises(BadOption, match="positive signal"):
            plots.cls_scan(model, bad)


def test_scan_of_given_strengths() -> None:
    made = plots.cls_scan(MODELS["SR-B"], 4.0, strengths=[0.5, 1.0], n_toys=1000)
    assert list(made.observed.get_xdata()) == [0.5, 1.0]


def test_limits_show_who_decides_and_who_may_not() -> None:
    verdict = _verdict(ineligible={"SR-C": "not validated"})
    made = plots.upper_limits(verdict, note=STAND_IN)
    assert len(made.observed.get_xdata()) == 2
    assert list(made.others.get_xdata()) == [verdict["SR-C"].mu95]
    words = _words(made.figure)
    assert f"{verdict.region} (decides)" in words
    assert "does not decide" in words
    assert [row.region for row in verdict.ranked] == ["SR-A", "SR-B", "SR-C"]
    backwards = replace(verdict, per_region=verdict.per_region[::-1])
    for most, names in ((None, ["SR-A (decides)", "SR-B", "SR-C"]), (2, ["SR-A (decides)", "SR-B"])):
        labels = plots.upper_limits(backwards, most=most).ax.get_yticklabels()
        assert [label.get_text() for label in labels] == names
    in_events = plots.upper_limits(verdict, quantity="s95")
    assert in_events.ax.get_xlabel().endswith("signal events")
    with pytest.raises(BadOption, match="known: 'mu95', 's95'"):
        plots.upper_limits(verdict, quantity="cls")  # type: ignore[arg-type]
    with pytest.raises(BadOption, match="no region of the verdict"):
        plots.upper_limits(decide(MODELS, {}, cross_section_pb=1e-3))


def test_every_figure_draws_into_axes_that_are_given() -> None:
    histogram = _histogram([0.5, 1.5], [1.0, 2.0])
    rows = [SimpleNamespace(region="SR-A", status="ok", events=4.0, events_error=0.2)]
    verdict = _verdict()
    for draw in (
        lambda ax: plots.feature(histogram, ax=ax),
        lambda ax: plots.score(histogram, ax=ax),
        lambda ax: plots.yields(rows, MODELS, ax=ax),
        lambda ax: plots.cls_scan(MODELS["SR-A"], 5.0, ax=ax),
        lambda ax: plots.upper_limits(verdict, ax=ax),
    ):
        figure, ax = plots.figure()
        made = draw(ax)
        assert made.ax is ax
        stream = io.BytesIO()
        figure.savefig(stream, format="png")
        assert stream.getvalue().startswith(b"\x89PNG")
        assert "ATLAS" not in _words(figure)
    assert plt.get_fignums() == []


def test_public_names() -> None:
    assert {"feature", "score", "cutflow", "yields", "cls_scan", "upper_limits", "figure"} <= set(dir(plots))
