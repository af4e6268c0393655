"""What a result draws of itself: samples over each other, scores near 1, yields, and results that lack things."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

import recastbook as rb
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import UnknownName


@pytest.fixture(scope="module")
def search() -> Any:
    return rb.load("ATLAS-SUSY-2018-30")


@pytest.fixture(scope="module")
def gtt(search: Any) -> Any:
    sample = builtin_samples()["gtt_2100_1"]
    return search.run(sample, seed=1, events=300, network="stand-in", progress=False)


@pytest.fixture(scope="module")
def gbb(search: Any) -> Any:
    return search.run(builtin_samples()["gbb_2000_1"], seed=1, events=300, network="stand-in", progress=False)


def _said(figure: Any) -> str:
    figure.canvas.draw()
    return " | ".join(t.get_text() for t in figure.findobj(mpl.text.Text))


def test_samples_over_each_other_are_each_in_their_own_events(gtt: Any, gbb: Any) -> None:
    made = gtt.plot_feature("meff", gbb)
    for step, result in zip(made.steps, (gtt, gbb), strict=True):
        assert step.get_data().values.sum() == pytest.approx(result.histogram("meff").values().sum() * result.scale)
    band = made.errors[1].get_data()
    error = np.sqrt(gbb.histogram("meff").variances()) * gbb.scale
    assert band.values - band.baseline == pytest.approx(2 * error)
    assert made.ax.get_ylabel().startswith("Expected events")
    said = _said(made.figure)
    assert "Gtt 2100/1, all events" in said
    assert "Gbb 2000/1, all events" in said
    assert "recast of ATLAS-SUSY-2018-30" in said
    assert len(gtt.plot_feature("meff", gtt).steps) == 2
    assert gtt.plot_feature("meff", gbb, density=True).ax.get_ylabel().startswith("Share of events")


def test_a_sample_without_cross_section_leaves_all_in_weights(gtt: Any, gbb: Any) -> None:
    unknown = replace(gbb.header, sample={**gbb.header.sample, "cross_section": None})
    made = gtt.plot_feature("meff", replace(gbb, header=unknown))
    assert made.ax.get_ylabel().startswith("Sum of weights")
    assert made.steps[0].get_data().values.sum() == gtt.histogram("meff").values().sum()


def test_the_tail_of_a_score(gtt: Any, gbb: Any) -> None:
    made = gtt.plot_score("p_gtt", gbb, tail=True)
    column = next(n for n in gtt.scores("p_gtt"))
    seen = np.isfinite(gtt.slim.column(column))
    wanted = gtt.scale * gtt.slim.column("weight")[seen].sum()
    assert made.steps[0].get_data().values.sum() == pytest.approx(wanted)
    assert made.ax.get_ylabel().startswith("Expected events")
    assert "stand-in network, not ATLAS" in _said(made.figure)
    assert len(gtt.plot_score("p_gtt", gbb).steps) == 2


def test_a_cut_that_one_bin_would_hide_is_drawn_on_the_scale_where_it_is_seen(gtt: Any) -> None:
    made = gtt.plot_score("p_gtt")
    (cut,) = made.cuts
    low, high = made.ax.get_xlim()
    assert 0.2 * (high - low) < cut.get_xdata()[0] - low < 0.9 * (high - low)
    assert "log" in made.ax.get_xlabel()
    plain = gtt.plot_score("p_gtt", tail=False)
    assert plain.ax.get_xlim() == (0.0, 1.0)
    assert plain.cuts[0].get_xdata()[0] > 0.99


def test_points_of_a_paper_beside_a_result(gtt: Any) -> None:
    table = rb.plots.Published([400.0, 800.0], [3.0, 2.0], [0.5, 0.5], label="a table")
    x, y = gtt.plot_feature("met", published=table).published[0].lines[0].get_data()
    assert (list(x), list(y)) == ([400.0, 800.0], [3.0, 2.0])
    scores = rb.plots.Published([0.9, 0.9999], [3.0, 2.0], label="a table")
    tail = gtt.plot_score("p_gtt", published=scores).published[0].lines[0].get_xdata()
    assert list(tail) == pytest.approx([1.0, 4.0])


def test_yields_name_the_table_they_stand_on(gtt: Any, search: Any) -> None:
    made = gtt.plot_yields()
    assert [b.get_height() for b in made.background] == [m.background for m in search.counting_models().values()]
    assert "arXiv:2211.08028" in _said(made.figure)


def test_n_minus_one_of_a_result(gtt: Any) -> None:
    made = gtt.plot_n_minus_one("SR-Gtt-0L-B", "met")
    assert made.cuts[0].get_xdata()[0] == 600.0
    assert len(made.lost) == 1
    wanted = gtt.n_minus_one("SR-Gtt-0L-B", "met").values().sum() * gtt.scale
    assert made.steps[0].get_data().values.sum() == pytest.approx(wanted)


def test_without_network_or_name_a_sentence(search: Any, gtt: Any) -> None:
    plain = search.run(builtin_samples()["gtt_2100_1"], seed=1, events=50, network=None, progress=False)
    if plain.absent:
        with pytest.raises(UnknownName, match="was not computed"):
            plain.plot_score("p_gtt")
    with pytest.raises(UnknownName, match="no histogram of 'mett'"):
        gtt.plot_feature("mett")


def test_one_event_and_weights_of_zero_are_drawn(search: Any, gtt: Any) -> None:
    one = search.run(builtin_samples()["gtt_2100_1"], seed=1, events=1, network="stand-in", progress=False)
    for draw in (
        lambda r: r.plot_feature("met"), lambda r: r.plot_cutflow("SR-Gtt-0L-B"), lambda r: r.plot_yields(),
        lambda r: r.plot_n_minus_one("SR-Gtt-0L-B", "met"), lambda r: r.plot_score("p_gtt"),
        lambda r: r.plot_score("p_gtt", tail=True),
    ):  # fmt: skip
        draw(one).figure.canvas.draw()
    nothing = replace(gtt, histograms={k: h * 0.0 for k, h in gtt.histograms.items()})
    assert "no events" in _said(nothing.plot_feature("met").figure)
