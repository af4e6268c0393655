"""Bins of a score: the signal of the run beside what is published for the same bins, and edges that are no cuts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

import recastbook as rb
from recastbook import plots
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import BadOption, UnknownName
from recastbook.units import fb

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def result(shared_data: Callable[[str], Path]) -> Any:
    shared_data("ATLAS-HIGP-2024-32/ANA-HIGP-2024-32_nonresDNN_model_even.onnx")
    search = rb.load("ATLAS-HIGP-2024-32")
    return search.run(builtin_samples()["gtt_2100_1"], seed=1, progress=False)


def test_the_signal_of_each_bin_stands_beside_the_published_counts_of_that_bin(result: Any) -> None:
    made = plots.score_bins(result, "nonres")
    bins = [r for r in result.header.regions if r.parent == "nonresDNN-SR"]
    signal = result.yields()
    models = result.search.counting_models()
    drawn = made.steps[0].get_data()
    np.testing.assert_allclose(drawn.values, [signal[r.name].events for r in bins])
    for i, region in enumerate(bins):
        low, high = (b.value for b in region.cuts[-1].bounds)
        assert (drawn.edges[i], drawn.edges[i + 1]) == (low, high)
    points = made.observed.lines[0].get_xydata()
    np.testing.assert_allclose(points[:, 1], [models[r.name].observed for r in bins])
    np.testing.assert_allclose(made.background.get_data().values, [models[r.name].background for r in bins])
    assert points[0, 1] == 715  # the first of the table
    assert "HEPData 10.17182/hepdata.157024" in made.source.get_text().replace("\n", " ")
    assert "correlated" in made.source.get_text()


def test_a_cross_section_may_be_given(result: Any) -> None:
    own = plots.score_bins(result, "nonres").steps[0].get_data().values
    unknown = replace(result, header=replace(result.header, sample={**result.header.sample, "cross_section": None}))
    with pytest.raises(BadOption, match="'Gtt 2100/1' has no cross section: say score_bins"):
        plots.score_bins(unknown, "nonres")
    made = plots.score_bins(unknown, "nonres", cross_section=2 * result.cross_section)
    np.testing.assert_allclose(made.steps[0].get_data().values, 2 * own)
    legend = [text.get_text() for text in made.ax.get_legend().get_texts()]
    assert f"Gtt 2100/1, {2 * result.cross_section / fb:.3g} fb" in legend


def test_what_is_no_set_of_published_bins_is_said(result: Any) -> None:
    with pytest.raises(UnknownName, match=r"counts no bins of a score 'nonre'.*'nonres'"):
        plots.score_bins(result, "nonre")
    with pytest.raises(UnknownName, match="'resDNN-SR' is not cut into bins of nonres"):
        plots.score_bins(result, "nonres", region="resDNN-SR")
    with pytest.raises(BadOption, match="no observed counts and backgrounds of the bins of nonresDNN-CR"):
        plots.score_bins(result, "nonres", region="nonresDNN-CR")


def test_edges_of_bins_are_ticks_and_no_cuts(result: Any) -> None:
    made = result.plot_score("nonres")
    assert made.cuts == ()
    (ticks,) = made.bin_edges
    assert list(ticks.get_xdata())[:3] == [0.1, 0.15, 0.2]
    assert len(ticks.get_xdata()) == 20
    said = " | ".join(t.get_text() for t in made.figure.findobj(mpl.text.Text))
    assert "edges of the search's 19 bins" in said
    assert "cut at" not in said


def test_the_words_of_two_bounds_do_not_cover_each_other(result: Any) -> None:
    made = plots.threshold(result, "nonresDNN-SR[0.95,0.975)", 6)
    made.figure.canvas.draw()
    low, high = (words.get_window_extent() for words in made.words.values())
    assert not low.overlaps(high)
