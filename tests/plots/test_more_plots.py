"""The newer figures: each artist holds the numbers it was given, and bad input is drawn or answered in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import hist
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from recastbook import plots
from recastbook.exceptions import BadOption
from recastbook.plots.frame import words

NAN = float("nan")


def _said(figure: Any) -> str:
    figure.canvas.draw()
    return " | ".join(t.get_text() for t in figure.findobj(mpl.text.Text))


def _histogram(values: Any, weights: Any = None) -> hist.Hist:
    made = hist.Hist(hist.axis.Regular(4, 0.0, 4.0), storage=hist.storage.Weight())
    made.fill(values, weight=weights)
    return made


def _card(names: list[str], means: list[float], widths: list[float]) -> Any:
    return SimpleNamespace(
        inputs=[SimpleNamespace(name=n) for n in names], means=np.array(means), widths=np.array(widths)
    )


# -- distributions ------------------------------------------------------------------------------------------------


def test_a_figure_is_changed_in_place() -> None:
    made = plots.feature({"a": _histogram([0.5, 1.5], [2.0, 1.0])}, cuts=(2.0,))
    made.update({"a": _histogram([3.5, 3.5], [1.0, 2.0])}, cuts=[1.0], scale=2.0)
    assert list(made.steps[0].get_data().values) == [0.0, 0.0, 0.0, 6.0]
    assert made.errors[0].get_data().values[3] == pytest.approx(6 + 2 * np.sqrt(5))
    assert list(made.cuts[0].get_xdata()) == [1.0, 1.0]
    made.update(cuts=[3.0])
    assert list(made.steps[0].get_data().values) == [0.0, 0.0, 0.0, 6.0]
    with pytest.raises(BadOption, match="1 histograms are drawn; an update moves all of them, not 2"):
        made.update({"a": _histogram([1.0]), "b": _histogram([1.0])})
    with pytest.raises(BadOption, match="1 cuts are drawn"):
        made.update(cuts=[1.0, 2.0])


def test_a_cut_points_to_the_side_that_is_kept() -> None:
    bounds = [SimpleNamespace(value=1.0, comparator="min"), SimpleNamespace(value=3.0, comparator="below")]
    left, right = plots.feature(_histogram([0.5]), cuts=bounds).cuts
    assert left.get_marker() == mpl.markers.CARETRIGHTBASE
    assert right.get_marker() == mpl.markers.CARETLEFTBASE


def test_bounds_on_numbers_of_jets_stand_between_the_bins() -> None:
    jets = hist.Hist(hist.axis.Regular(8, -0.5, 7.5), storage=hist.storage.Weight())
    jets.fill([3, 4, 4, 5])
    bounds = [SimpleNamespace(value=4.0, comparator=c) for c in ("min", "above", "max", "below")]
    made = plots.feature(jets, cuts=bounds)
    assert [line.get_xdata()[0] for line in made.cuts] == [3.5, 4.5, 4.5, 3.5]
    assert all(line.get_label() == "cut at 4" for line in made.cuts)
    shades = plots.n_minus_one(jets, bounds=[SimpleNamespace(value=4.0, comparator="equals", high=None)]).lost
    assert sorted(shade.get_x() + shade.get_width() for shade in shades) == [3.5, 7.5]
    assert min(shade.get_x() for shade in shades if shade.get_x() > 0) == 4.5  # the bin of 4 is kept whole


def test_an_input_of_whole_numbers_has_a_bin_for_each() -> None:
    plot = plots.network_input(np.array([4.0, 5, 6, 6, 8]), label="n_jet")
    assert all(tick % 1 == 0 for tick in plot.ax.get_xticks())
    made = plot.steps[0].get_data()
    assert list(made.edges) == [3.5, 4.5, 5.5, 6.5, 7.5, 8.5]
    assert list(made.values) == [0.2, 0.2, 0.4, 0, 0.2]
    assert len(plots.network_input(np.array([4.0, 5.5, 6])).steps[0].get_data().values) == 40


def test_an_input_in_a_wrong_unit_and_the_right_one_are_both_seen() -> None:
    mass = np.linspace(20.0, 200.0, 400)
    made = plots.network_input(mass, 1000 * mass, mean=80.0, width=30.0, label="m [GeV]")
    assert made.ax.get_xscale() == "log"
    for step in made.steps:  # each over many bins, not squeezed into one
        assert np.count_nonzero(step.get_data().values) > 8
        assert step.get_data().values.sum() > 0.99
    assert plots.network_input(mass, mass + 1).ax.get_xscale() == "linear"
    far = plots.network_input(mass * 1e4 - 1e6, mass * 1e4)
    far.figure.canvas.draw()
    assert far.ax.xaxis.get_offset_text().get_text() == ""  # it would stand in the title of the axis


def test_published_points_keep_their_errors() -> None:
    table = plots.Published([0.5, 1.5], [3.0, 2.0], [0.5, 0.25], label="arXiv:0000.00000, table 1")
    made = plots.feature({"ours": _histogram([0.5], [2.0])}, published=table, log=True)
    points = made.published[0]
    assert list(points.lines[0].get_ydata()) == [3.0, 2.0]
    assert [list(s[:, 1]) for s in points.lines[2][0].get_segments()] == [[2.5, 3.5], [1.75, 2.25]]
    assert "table 1" in _said(made.figure)
    assert made.ax.get_ylim()[1] > 3.0


def test_scores_near_one_stand_apart() -> None:
    p = np.array([0.0, 0.9, 0.9995, 1.0, NAN], dtype=np.float32)
    made = plots.score_tail({"Gtt": (p, np.array([1.0, 2.0, 3.0, 4.0, 9.0]))}, cuts=[0.999], bins=8, log=False)
    values = made.steps[0].get_data().values
    edges = made.steps[0].get_data().edges
    assert values.sum() == 10.0
    assert values[-1] == 4.0
    assert values[np.searchsorted(edges, 3.3, side="right") - 1] == 3.0
    assert made.cuts[0].get_xdata()[0] == pytest.approx(3.0)
    said = _said(made.figure)
    assert "cut at 0.999" in said
    assert "0.99" in said
    for bad, match in (([1.5], "lies between 0 and 1, not 1.5"), (([0.5], [1.0, 2.0]), "weights")):
        with pytest.raises(BadOption, match=match):
            plots.score_tail({"x": bad})


def test_n_minus_one_shades_what_is_lost() -> None:
    bounds = [SimpleNamespace(value=1.0, comparator="min", high=None)]
    made = plots.n_minus_one({"Gtt": _histogram([0.5, 2.5])}, bounds=bounds, label="MET", unit="GeV")
    assert len(made.lost) == 1
    box = made.lost[0].get_extents().transformed(made.ax.transData.inverted())
    assert (box.x0, box.x1) == pytest.approx((0.0, 1.0))
    window = [SimpleNamespace(value=1.0, comparator="outside", high=2.0)]
    assert len(plots.n_minus_one(_histogram([0.5]), bounds=window).lost) == 1
    assert len(plots.n_minus_one(_histogram([0.5]), bounds=[SimpleNamespace(value=2.0, comparator="equals")]).lost) == 2


# -- planes and inputs --------------------------------------------------------------------------------------------


def test_a_plane_holds_the_sums_of_weights() -> None:
    made = plots.plane(
        [0.1, 0.1, 0.9, NAN], [1.0, 1.0, 3.0, 1.0], [1.0, 2.0, 4.0, 8.0], bins=2, limits=((0, 1), (0, 4)),
        cuts=([0.5], [2.0]), scale=10.0, labels=("p", "MET [GeV]"),
    )  # fmt: skip
    assert np.nansum(made.mesh.get_array()) == 70.0
    assert made.mesh.get_array()[0][0] == 30.0
    assert len(made.cuts) == 2
    assert "1 event lacks a value" in _said(made.figure)
    with pytest.raises(BadOption, match="one value an event"):
        plots.plane([1.0], [1.0, 2.0])


@pytest.mark.parametrize("values", [[], [NAN, NAN], [1.0]], ids=["none", "nan", "one event"])
def test_a_plane_of_little(values: list[float]) -> None:
    made = plots.plane(values, values, np.ones(len(values)))
    assert ("no events" in _said(made.figure)) == (values != [1.0])


def test_correlations_are_numpy_s_and_weighted() -> None:
    rng = np.random.default_rng(3)
    a = rng.normal(1000.0, 1.0, 200)
    b = a + rng.normal(size=200)
    w = rng.uniform(0.5, 2.0, 200)
    made = plots.correlations({"a": a, "b": b, "constant": np.full(200, 0.1), "nan": np.full(200, NAN)}, w)
    r = made.image.get_array()
    cov = np.cov(a, b, aweights=w)
    assert r[0, 1] == pytest.approx(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]), rel=1e-9)
    assert r[0, 0] == 1.0
    assert np.ma.getmaskarray(r)[2:].all()
    assert len(made.numbers) == 16
    assert not plots.correlations({f"x{i}": rng.normal(size=9) for i in range(20)}).numbers
    a[:100] = NAN
    half = plots.correlations({"a": a, "b": b}).image.get_array()[0, 1]
    assert half == pytest.approx(np.corrcoef(a[100:], b[100:])[0, 1], rel=1e-9)
    with pytest.raises(BadOption, match="no columns"):
        plots.correlations({})
    with pytest.raises(BadOption, match="one value an event"):
        plots.correlations({"a": [1.0], "b": [1.0, 2.0]})


def test_moments_against_the_card_rank_by_distance() -> None:
    raw = np.array([[10.0, 1.0, NAN], [14.0, 3.0, NAN]])
    made = plots.moments(raw, _card(["far", "near", "never"], [0.0, 2.0, 0.0], [4.0, 0.5, 1.0]))
    assert made.order == (2, 0, 1)
    assert list(made.means.lines[0].get_xdata()[1:]) == [3.0, 0.0]
    assert list(made.widths.get_xdata()[1:]) == [0.5, 2.0]
    assert "no finite value" in _said(made.figure)
    few = plots.moments(raw[:, :2], _card(["far", "near"], [0.0, 2.0], [4.0, 0.5]), top=1)
    assert "1 nearer ones not shown" in _said(few.figure)
    with pytest.raises(BadOption, match=r"3 inputs; the matrix has shape \(2, 2\)"):
        plots.moments(raw[:, :2], _card(["a", "b", "c"], [0.0] * 3, [1.0] * 3))
    with pytest.raises(BadOption, match="no width for 'b'"):
        plots.moments(raw[:, :2], _card(["a", "b"], [0.0] * 2, [1.0, 0.0]))


def test_moments_of_one_event_and_of_zero_weight() -> None:
    card = _card(["a"], [0.0], [1.0])
    plots.moments([[1.0]], card).figure.canvas.draw()
    assert "no finite value" in _said(plots.moments([[1.0], [2.0]], card, weight=[0.0, 0.0]).figure)


def test_importance_stands_by_size_and_shows_signs() -> None:
    made = plots.importance(["a", "b", "c", "$bad"], [0.1, -0.5, NAN, 0.2], [0.01] * 4, top=3, note="stand-in")
    assert made.order == (1, 3, 0)
    assert [b.get_width() for b in made.bars] == [-0.5, 0.2, 0.1]
    assert made.bars[0].get_hatch() == "////"
    said = _said(made.figure)
    assert "1 smaller ones not shown" in said
    assert "stand-in" in said
    assert "not a number" in _said(plots.importance(["a"], [NAN]).figure)
    for names, values in (([], []), (["a"], [1.0, 2.0])):
        with pytest.raises(BadOption, match="one value and one error an input"):
            plots.importance(names, values)


# -- limits -------------------------------------------------------------------------------------------------------


def test_a_limit_curve_is_drawn_in_the_order_of_mass() -> None:
    band = np.array([[0.5, 0.7, 1.0, 1.4, 2.0], [0.2, 0.3, 0.5, 0.7, 1.0]])
    made = plots.limit_curve([2000, 1800], [1.1, 0.6], band, prediction=[0.8, 3.0], prediction_error=[0.1, 0.3])
    assert list(made.observed.get_xdata()) == [1800, 2000]
    assert list(made.observed.get_ydata()) == [0.6, 1.1]
    assert list(made.expected.get_ydata()) == [0.5, 1.0]
    assert list(made.prediction.get_ydata()) == [3.0, 0.8]
    assert plots.limit_curve([1.0], [1.0], band[:1]).prediction is None
    with pytest.raises(BadOption, match=r"not \(N, 5\)"):
        plots.limit_curve([1.0], [1.0], [1.0])


def test_the_exclusion_contour_passes_where_mu_is_one() -> None:
    x, y = (v.ravel() for v in np.meshgrid([1000.0, 2000.0], [0.0, 500.0, 1000.0]))
    mu = np.where(x < 1500, 0.1, 10.0)
    made = plots.exclusion(x, y, mu, mu, published={"HEPData table 3": ([1400, 1450], [0, 800])}, diagonal=345.0)
    path = np.concatenate([p.vertices for p in made.observed.get_paths()])
    assert path[:, 0] == pytest.approx(1500.0)
    assert len(made.excluded.get_xdata()) == len(made.allowed.get_xdata()) == 3
    said = _said(made.figure)
    assert "HEPData table 3" in said
    assert "excluded" in said


@pytest.mark.parametrize(
    ("x", "y", "mu"),
    [([1.0], [0.0], [0.5]), ([1.0, 2.0, 3.0], [0.0] * 3, [0.5, 2.0, 2.0]),
     ([1.0, 2.0, 3.0], [0.0, 1.0, 0.0], [NAN] * 3), ([1.0, 2.0, 3.0], [0.0, 1.0, 0.0], [0.5] * 3)],
    ids=["one point", "on a line", "no answers", "all excluded"],
)  # fmt: skip
def test_no_contour_where_there_is_none(x: list[float], y: list[float], mu: list[float]) -> None:
    made = plots.exclusion(x, y, mu)
    assert made.observed is None
    made.figure.canvas.draw()
    with pytest.raises(BadOption, match="one value a point"):
        plots.exclusion(x, y, [*mu, 1.0])


# -- all of them --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["<b>Gtt</b>", "$", "$1 and $x_", r"$\nosuch$", "a_b^c $", r"$m_{\tilde g}$ = 2 TeV"])
def test_names_with_markup_are_drawn(name: str) -> None:
    bands = [[1.0, 2.0, 3.0, 4.0, 5.0]]
    for made in (
        plots.feature({name: _histogram([0.5])}, label=name, right=name, about=name, note=name),
        plots.correlations({name: [1.0, 2.0], "b": [1.0, 3.0]}),
        plots.importance([name], [1.0], label=name),
        plots.moments([[1.0], [2.0]], _card([name], [0.0], [1.0]), right=name),
        plots.limit_curve([1.0], [1.0], bands, prediction=[1.0], name=name, labels=(name, name)),
        plots.exclusion([1.0], [1.0], [1.0], published={name: ([1.0], [1.0])}, labels=(name, name)),
        plots.plane([1.0], [1.0], labels=(name, name)),
    ):
        made.figure.canvas.draw()
    assert words(words(name)) == words(name)


def test_figures_say_whose_they_are_and_nothing_is_kept() -> None:
    before = dict(mpl.rcParams)
    made = plots.feature(_histogram([0.5]), about="simulation, Pythia 8", right="recast")
    labels = [t for t in made.ax.texts if type(t).__name__ == "ExpLabel"]
    assert [t.get_text() for t in labels] == ["recastbook"]
    assert "simulation, Pythia 8" in _said(made.figure)
    assert made._repr_png_().startswith(b"\x89PNG")
    assert repr(made).startswith("<FeaturePlot: ax, steps")
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before
    for colour in (made.figure.get_facecolor(), made.ax.get_facecolor()):
        assert colour == (1.0, 1.0, 1.0, 1.0)  # a white card on a dark page


def test_many_samples_stay_apart_and_their_legend_hides_none() -> None:
    import hist

    axis = hist.axis.Regular(10, 0.0, 1.0, name="value")
    many = {f"sample {i} with a long name": hist.Hist(axis, storage=hist.storage.Weight()) for i in range(20)}
    for i, h in enumerate(many.values()):
        h.fill(np.linspace(0.1, 0.9, 50 + i))
    made = plots.feature(many, label="x", unit="GeV")
    looks = {(str(s.get_edgecolor()), str(s.get_linestyle())) for s in made.steps}
    assert len(looks) == 20
    made.figure.canvas.draw()
    box = made.legend.get_window_extent()
    assert box.x0 >= made.ax.get_window_extent().x1
    assert box.x1 <= made.figure.bbox.x1
    assert box.y0 >= 0


@pytest.mark.parametrize(
    ("weight", "log", "words"),
    [(np.nan, False, "not numbers"), (-1.0, True, "nothing above 0"), (0.0, False, "no events")],
)
def test_what_cannot_be_drawn_is_said(weight: float, log: bool, words: str) -> None:
    import hist

    h = hist.Hist(hist.axis.Regular(4, 0.0, 1.0, name="value"), storage=hist.storage.Weight())
    h.fill([0.1, 0.6], weight=[weight, weight])
    assert words in _said(plots.feature(h, label="x", log=log).figure)
