"""Efficiency maps: the published ones, exactly, and every way in which an event can lie outside."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recastbook.exceptions import BadFile, BadOption, BadSpecification, UnknownName
from recastbook.surrogates import EfficiencyMap, LookupReport, MapBinning

BARREL = {"pt": 150.0, "eta": 0.3, "lxy": 2200.0, "lz": 700.0, "pdg_id": 5}
"""Bin 49: position 2, pT 100 to 200 GeV, b quarks."""


def two(first=None, second=None):
    rows = ({**BARREL, **(first or {})}, {**BARREL, **(second or {})})
    return {k: np.array([[r[k] for r in rows]]) for k in BARREL}


def test_look_ups_of_the_published_maps_agree_with_the_reader_of_the_record(real_maps, shared_data):
    with shared_data("ATLAS-EXOT-2019-23/tables/map_lookup_golden.csv").open() as stream:
        rows = list(csv.DictReader(stream))

    def pair(name, scale=1.0):
        return np.array([[float(r[name.format(i)]) * scale for i in (1, 2)] for r in rows])

    quantities = {
        "pt": pair("pT{}_GeV"), "eta": pair("eta{}"), "lxy": pair("Lxy{}_m", 1e3), "lz": pair("Lz{}_m", 1e3),
        "pdg_id": pair("pdg{}").astype(int),
    }  # fmt: skip
    for name, column in (("high-ET", "p_high_ET"), ("low-ET", "p_low_ET")):
        found = real_maps[name].lookup(**quantities)
        assert found.probability == pytest.approx([float(r[column]) for r in rows], abs=1e-6)
        assert np.array_equal(found.indices, pair("index{}"))
        swapped = real_maps[name].lookup(**{k: v[:, ::-1] for k, v in quantities.items()})
        assert np.array_equal(swapped.probability, found.probability)


def test_published_maps_have_all_their_cells(real_maps):
    assert {k: m.filled for k, m in real_maps.items()} == {"high-ET": 2903, "low-ET": 2074}
    for shown in (str(real_maps["high-ET"]), real_maps["high-ET"]._repr_html_()):
        assert "High-E_T" in shown
        assert "$" not in shown
    assert all(m.values.shape == (260, 260) and np.array_equal(m.values, m.values.T) for m in real_maps.values())


@pytest.mark.parametrize(
    ("llp", "index"),
    [
        ({}, 49), ({"pt": 200.0}, 53), ({"pt": 199.999}, 49), ({"lxy": 2000.0}, 49), ({"lxy": 2500.0}, 69),
        ({"eta": 1.5, "lz": 5000.0}, 11 * 20 - 20 + 9), ({"eta": -1.5, "lz": -5000.0}, 209), ({"lxy": 1e9}, 129),
        ({"pdg_id": -15}, 51), ({"pdg_id": 4}, 48), ({"pdg_id": 6}, 50), ({"pt": 0.0, "lxy": 0.0}, 1),
    ],
)  # fmt: skip
def test_index_formula(calratio, llp, index):
    assert calratio.lookup(**two(llp)).indices.tolist() == [[index, 49]]


def test_pt_above_the_last_edge_belongs_to_the_last_bin_and_is_counted(calratio):
    last = calratio.lookup(**two({"pt": 1600.0}))
    assert last.indices[0, 0] == 2 * 20 + 4 * 4 + 1
    assert (last.report.above_last, last.report.outside) == (1, 0)
    zero = calratio.lookup(**two({"pt": 1600.0}), overflow="zero")
    assert (zero.probability[0], zero.report.above_last, zero.report.outside) == (0.0, 1, 1)
    assert any("probability 0" in n for n in zero.report.notes)


@pytest.mark.parametrize(
    ("llp", "counted"),
    [
        ({"lxy": -1.0}, "outside"), ({"pdg_id": 21}, "unknown_class"), ({"pdg_id": 11}, "unknown_class"),
        ({"lxy": math.nan}, "not_a_number"), ({"pt": math.nan}, "not_a_number"), ({"eta": math.nan}, "not_a_number"),
    ],
)  # fmt: skip
def test_what_lies_outside_has_probability_zero_and_is_counted(calratio, llp, counted):
    found = calratio.lookup(**two(llp))
    assert found.probability[0] == 0.0
    counts = {n: getattr(found.report, n) for n in ("outside", "unknown_class", "not_a_number")}
    assert counts == {**dict.fromkeys(counts, 0), counted: 1}
    assert found.report.notes


@pytest.mark.parametrize("n", [1, 3])
def test_another_number_of_particles_is_refused(calratio, n):
    with pytest.raises(BadOption, match=rf"pt has the shape \(5, {n}\)|eta has the shape \(5, {n}\)"):
        calratio.lookup(**{k: np.ones((5, n)) for k in BARREL})


def test_missing_and_misspelt_quantities_are_named(calratio):
    given_ = two()
    given_["Lxy"] = given_.pop("lxy")
    with pytest.raises(BadOption, match=r"no 'lxy' was given.*Did you mean 'Lxy'"):
        calratio.lookup(**given_)


@given(
    st.lists(st.tuples(st.floats(0, 3000), st.floats(-3, 3), st.floats(0, 9e3), st.floats(0, 9e3)),
             min_size=2, max_size=2),
    st.sampled_from([4, 5, 6, 15, -5, 21]),
)  # fmt: skip
def test_order_of_particles_does_not_matter(calratio, llps, flavour):
    columns = {k: np.array([[llp[i] for llp in llps]]) for i, k in enumerate(("pt", "eta", "lxy", "lz"))}
    columns["pdg_id"] = np.array([[flavour, 5]])
    one = calratio.lookup(**columns)
    other = calratio.lookup(**{k: v[:, ::-1] for k, v in columns.items()})
    assert one.probability[0] == other.probability[0]
    assert (one.report.events, one.report.above_last) == (other.report.events, other.report.above_last)


def test_average_over_flavours_is_the_weighted_mean_of_all_pairs(calratio):
    fractions = {5: 0.85, 4: 0.05, 15: 0.08}
    merged = calratio.averaged("pdg_id", fractions)
    by_hand = sum(
        fa * fb * calratio.lookup(**two({"pdg_id": a}, {"pdg_id": b, "lxy": 1000.0})).probability[0]
        for a, fa in fractions.items()
        for b, fb in fractions.items()
    )
    columns = {k: v for k, v in two({}, {"lxy": 1000.0}).items() if k != "pdg_id"}
    assert merged.lookup(**columns).probability[0] == pytest.approx(by_hand, rel=1e-12)
    with pytest.raises(BadOption, match=r"sum to 1\.1"):
        calratio.averaged("pdg_id", {5: 0.9, 4: 0.2})


def test_saved_map_is_equal(calratio, tmp_path):
    path = calratio.save(tmp_path / "map.npz")
    again = EfficiencyMap.load(path)
    assert again == calratio
    assert again.facts == calratio.facts
    assert [p.name for p in tmp_path.iterdir()] == ["map.npz"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"\x80\x04N."])
def test_what_is_no_saved_map_is_refused(tmp_path, content):
    path = tmp_path / "map.npz"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=r"map\.npz: not a saved efficiency map"):
        EfficiencyMap.load(path)


def test_map_that_holds_objects_is_not_opened(tmp_path):
    path = tmp_path / "map.npz"
    np.savez(path, description=np.array([object()], dtype=object))
    with pytest.raises(BadFile, match="not a saved efficiency map"):
        EfficiencyMap.load(path)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        (np.array([0.1, 1.5]), r"cell \(1,\) holds 1.5"),
        (np.array([0.1, math.nan]), r"cell \(1,\) holds nan"),
        (np.array([0.1, 0.2, 0.3]), r"shape \(3,\); the binning asks for \(2,\)"),
    ],
    ids=["above one", "no number", "shape"],
)
def test_impossible_values_are_refused(values, match):
    with pytest.raises(BadSpecification, match=match):
        EfficiencyMap(_one_axis([0, 50, 100]), values)


def _one_axis(edges, n=1, **more):
    return MapBinning.from_dict({"n_llp": n, "axes": [{"kind": "bins", "name": "pt", "edges": edges, **more}]})


@pytest.mark.parametrize(
    ("edges", "match"),
    [([0, 50, 50], "edge 1 is 50, edge 2 is 50"), ([0, 100, 50], "must rise strictly"), ([0], "at least two edges")],
)
def test_edges_that_do_not_rise_are_refused(edges, match):
    with pytest.raises(BadSpecification, match=match):
        _one_axis(edges)


def test_any_number_of_particles_and_axes():
    bins = _one_axis([0, 1, 2], n=3)
    values = np.zeros((2, 2, 2))
    for order in ((0, 0, 1), (0, 1, 0), (1, 0, 0)):
        values[order] = 0.7
    emap = EfficiencyMap(bins, values)
    assert emap.lookup(pt=[[1.5, 0.2, 0.3], [1.5, 1.5, 0.3]]).probability.tolist() == [0.7, 0.0]
    with pytest.raises(BadSpecification, match="order of particles does not matter"):
        EfficiencyMap(bins, np.arange(8).reshape(2, 2, 2) / 10)
    with pytest.raises(BadSpecification, match=r"1\.76e\+07 cells|at most 4e\+07"):
        EfficiencyMap(_one_axis(list(range(1002)), n=3), np.zeros(1))


def test_fit_gives_back_the_map_it_was_drawn_from_within_its_errors():
    bins = _one_axis([0, 1, 2, 3], n=2)
    truth = np.array([[0.1, 0.3, 0.5], [0.3, 0.6, 0.8], [0.5, 0.8, 1.0]])
    rng = np.random.default_rng(1)
    pt = rng.uniform(0, 3, (40_000, 2))
    p = EfficiencyMap(bins, truth).lookup(pt=pt).probability
    weight = rng.uniform(0.5, 1.5, len(p))
    fitted = EfficiencyMap.fit(rng.uniform(size=len(p)) < p, binning=bins, weight=weight, pt=pt)
    pulls = (fitted.values - truth) / fitted.errors
    assert np.abs(pulls[np.triu_indices(3)]).max() < 3.5
    assert np.abs(pulls[np.triu_indices(3)]).mean() > 0.2
    exact = EfficiencyMap.fit(p, binning=bins, pt=pt)
    assert exact.values == pytest.approx(truth, abs=1e-12)


def test_fit_of_empty_cells_knows_nothing_and_bad_samples_are_refused():
    bins = _one_axis([0, 1, 2])
    fitted = EfficiencyMap.fit([True, True], binning=bins, pt=[0.5, 0.6])
    assert fitted.values.tolist() == [1.0, 0.0]
    assert fitted.errors[0] < fitted.errors[1] == pytest.approx(math.sqrt(1 / 8))
    with pytest.raises(BadOption, match=r"event 1: selected is 1\.2"):
        EfficiencyMap.fit([1.0, 1.2], binning=bins, pt=[0.5, 0.6])
    with pytest.raises(BadOption, match="no event lies inside"):
        EfficiencyMap.fit([1.0], binning=bins, pt=[7.0])


def test_lookup_in_a_fitted_map_says_what_its_errors_make():
    fitted = EfficiencyMap.fit([True, False, True, False], binning=_one_axis([0, 1, 2]), pt=[0.5, 0.5, 1.5, 1.5])
    report = fitted.lookup(pt=[0.5, 0.7, 1.5]).report
    # one of two events in each cell: Beta(1.5, 1.5); the two events of the first cell move together
    assert report.map_error == pytest.approx(0.25 * math.sqrt(2**2 + 1) / 1.5)
    assert "error of the map" in str(report)
    assert "not published" not in str(report)


def test_events_in_cells_that_were_never_filled_are_counted_and_in_the_error():
    bins = _one_axis([0, 1, 2, 3])
    fitted = EfficiencyMap.fit(np.arange(4000) % 2 == 0, binning=bins, pt=np.full(4000, 0.5))
    report = fitted.lookup(pt=[0.5] * 8 + [1.5, 2.5]).report
    assert report.unfilled == 2
    # selected like the others they would add a quarter
    assert report.map_error == pytest.approx(0.25, rel=0.01)
    assert "2 events lie (20 %) in cells that no event of the fit filled" in " ".join(report.notes)
    assert fitted.lookup(pt=[0.5, 7.0]).report.unfilled == 0  # outside is another thing


def test_reports_add_and_say_what_dominates(calratio):
    found = calratio.lookup(**two())
    assert "100 % of the result comes from 1 cell of the map" in " ".join(found.report.notes)
    both = found.report + found.report
    assert (both.events, both.probable) == (2, 2)
    assert isinstance(both, LookupReport)


def test_positions_in_metres_are_noticed(calratio):
    right = two()
    metres = right | {name: np.asarray(right[name]) / 1000.0 for name in ("lxy", "lz")}
    nearby = calratio.lookup(**metres).report
    for report in (nearby, nearby + nearby):
        assert "were positions given in metres? mm are asked" in " ".join(report.notes)
    for report in (calratio.lookup(**right).report, nearby + calratio.lookup(**right).report):
        assert "metres" not in " ".join(report.notes)


def test_cells_and_axes_by_name(calratio):
    assert calratio.cell(49, 49) == pytest.approx(calratio.lookup(**two()).probability[0])
    with pytest.raises(UnknownName, match="bins of 0 to 259"):
        calratio.cell(260, 0)
    with pytest.raises(UnknownName, match="Did you mean 'pt'"):
        calratio.binning.axis("pT")
    assert calratio.binning.label(49) == "|eta| below 1.5, lxy 2 to 2.5 m; pt 100 to 200 GeV; pdg_id 5"


def test_binning_shows_the_index_formula(calratio):
    shown = calratio.binning._as_table().rows
    # 20 for each position, 4 for each pT, 1 for each decay
    assert [row[2] for row in shown if row[1] == 1] == [20, 4, 1]
    assert sum(max(row[2] for row in shown if row[0] == axis) for axis in ("position", "pt", "pdg_id")) == 259
    assert "260 (13 x 5 x 4)" in repr(calratio.binning)
    assert "bins" in calratio.binning._repr_html_()


def test_views_escape_what_comes_from_outside(calratio):
    hostile = EfficiencyMap(calratio.binning, calratio.values, None, {"title": "<script>alert(1)</script>"})
    assert "<script>" not in hostile._repr_html_()
    assert "13 x 5 x 4" in str(hostile)
    assert "with a probability above 0" in str(calratio.lookup(**two()))
