"""Efficiency against lifetime: integral against closed forms, reweighting against the integral, refusals."""

from __future__ import annotations

import dataclasses
import math
import time

import numpy as np
import pytest

from recastbook.exceptions import BadEvent, BadFile, BadOption
from recastbook.surrogates import EfficiencyMap, LLPEvents, MapBinning, ctau_grid, lifetime_scan, redrawn


def make_events(n=2000, seed=1, n_llp=2, mass=50.0, **changes):
    rng = np.random.default_rng(seed)
    pt = np.sort(rng.gamma(3.0, 60.0, (n, n_llp)), axis=1)[:, ::-1] + 1.0
    shape = pt.shape
    base = {
        "pt": pt, "eta": rng.normal(0, 1.3, shape), "mass": np.full(shape, mass), "lxy": np.zeros(shape),
        "lz": np.zeros(shape), "length": np.zeros(shape), "pdg_id": np.full(shape, 35),
        "decay": rng.choice([5, 4, 15], p=[0.88, 0.08, 0.04], size=shape), "weight": np.ones(n),
        "ids": np.stack([np.ones(n, int), np.ones(n, int), np.arange(n)], axis=1),
    }  # fmt: skip
    base |= changes
    total = float(base["weight"].sum())
    return LLPEvents(**base, total_weight=total, total_weight2=float((base["weight"] ** 2).sum()), label="made up")


@pytest.fixture(scope="module")
def events():
    return redrawn(make_events(), 1500.0, seed=4)


def test_one_particle_has_the_closed_form():
    bins = MapBinning.from_dict(
        {
            "n_llp": 1,
            "axes": [
                {"kind": "split", "name": "position", "switch": "eta", "at": 1.5, "decay": True,
                 "below": {"kind": "bins", "name": "lxy", "unit": "m", "edges": [1, 3]},
                 "above": {"kind": "bins", "name": "lz", "unit": "m", "absolute": True, "edges": [0, 4, "inf"]}},
                {"kind": "bins", "name": "pt", "edges": [0, 100, 1000]},
            ],
        }
    )  # fmt: skip
    emap = EfficiencyMap(bins, np.array([0.1, 0.5, 0.2, 0.3, 0.0, 0.9]))
    pt, eta, mass, ctau = 200.0, np.array([0.4, 2.0]), 50.0, 1000.0
    one = {k: np.array([[v], [v]]) for k, v in {"pt": pt, "mass": mass, "lxy": 0.0, "lz": 0.0, "length": 0.0}.items()}
    more = {"pdg_id": np.full((2, 1), 35), "decay": np.full((2, 1), 5), "eta": eta[:, None]}
    sample = LLPEvents(
        **one, **more, weight=np.array([1.0, 3.0]), ids=np.zeros((2, 3), int), total_weight=4.0, total_weight2=10.0
    )
    barrel = math.exp(-1000 / 4000) - math.exp(-3000 / 4000)
    reach = 4 * math.sinh(2.0) * ctau
    endcap = 0.3 * (1 - math.exp(-4000 / reach)) + 0.9 * math.exp(-4000 / reach)
    expected = (0.5 * barrel + 3 * endcap) / 4
    assert lifetime_scan(emap, sample, ctau).efficiency[0] == pytest.approx(expected, rel=1e-12)


def test_integral_is_the_mean_of_many_drawn_decays(calratio, events):
    scan = lifetime_scan(calratio, events, [300.0, 1500.0, 6000.0])
    for k, ctau in enumerate((300.0, 1500.0, 6000.0)):
        drawn = [
            float(calratio.lookup(**redrawn(events, ctau, seed=s).quantities()).probability.mean()) for s in range(25)
        ]
        assert np.mean(drawn) == pytest.approx(scan.efficiency[k], abs=3.5 * np.std(drawn) / math.sqrt(24))


def test_reweighting_agrees_with_the_integral_where_it_is_not_refused(calratio, events):
    grid = ctau_grid(100.0, 50_000.0, 15)
    exact, drawn = lifetime_scan(calratio, events, grid), lifetime_scan(calratio, events, grid, method="reweight")
    good = np.array([not r for r in drawn.refused])
    assert 4 <= good.sum() < 15
    assert np.isnan(drawn.efficiency[~good]).all()
    # both see the same kinematics: the decays alone differ, so that the error is an upper bound
    pulls = (drawn.efficiency[good] - exact.efficiency[good]) / drawn.error[good]
    assert np.abs(pulls).max() < 3.5
    assert "the sample does not reach them" in " ".join(drawn.notes)
    near = int(np.argmin(np.abs(np.log(grid / 1500.0))))
    assert drawn.effective[near] > 0.9 * len(events)


def test_mixture_of_lifetimes_reaches_farther(calratio):
    shares = {500.0: 1 / 3, 2000.0: 1 / 3, 8000.0: 1 / 3}
    mixed = redrawn(make_events(4000), list(shares), seed=2)
    grid = ctau_grid(400.0, 9000.0, 8)
    exact = lifetime_scan(calratio, mixed, grid)
    drawn = lifetime_scan(calratio, mixed, grid, method="reweight", ctau_generated=shares)
    assert not any(drawn.refused)
    assert np.abs((drawn.efficiency - exact.efficiency) / drawn.error).max() < 3.5
    assert np.abs((drawn.mean_weight - 1) / drawn.mean_weight_error).max() < 3.5


def test_lifetimes_of_two_particles_may_differ(calratio, events):
    both = lifetime_scan(calratio, events, [[800.0, 2500.0], [800.0, 800.0]])
    assert both.efficiency[1] == pytest.approx(lifetime_scan(calratio, events, 800.0).efficiency[0], rel=1e-12)
    ids = np.where(np.arange(len(events))[:, None] % 2 == 0, [[35, 36]], [[36, 35]])
    kinds = dataclasses.replace(events, pdg_id=ids)
    named = lifetime_scan(calratio, kinds, {35: [800.0], 36: 2500.0}).efficiency[0]
    first, second = (
        lifetime_scan(calratio, _part(events, k), [c]).efficiency[0]
        for k, c in enumerate(([800.0, 2500.0], [2500.0, 800.0]))
    )
    assert named == pytest.approx((first + second) / 2, rel=1e-12)
    assert "c tau 0.8 m and 0.8 to 2.5 m, one for each particle" in str(both)
    assert "at c tau 0.8 and" in str(both)
    swapped = lifetime_scan(calratio, kinds, {35: 2500.0, 36: 800.0}).efficiency[0]
    assert swapped != pytest.approx(named, rel=1e-6)
    with pytest.raises(BadOption, match="none is given for 36"):
        lifetime_scan(calratio, kinds, {35: 800.0})


def _part(events, k):
    rows = np.arange(len(events)) % 2 == k
    arrays = {
        n: getattr(events, n)[rows]
        for n in ("pt", "eta", "mass", "lxy", "lz", "length", "pdg_id", "decay", "weight", "ids")
    }
    return dataclasses.replace(events, **arrays, total_weight=float(rows.sum()), total_weight2=float(rows.sum()))


def test_fractions_are_the_mean_over_flavours(calratio, events):
    by_hand = sum(
        fa
        * fb
        * lifetime_scan(
            calratio, dataclasses.replace(events, decay=np.tile([a, b], (len(events), 1))), 1500.0
        ).efficiency[0]
        for a, fa in {5: 0.85, 15: 0.08}.items()
        for b, fb in {5: 0.85, 15: 0.08}.items()
    )
    found = lifetime_scan(calratio, events, 1500.0, fractions={5: 0.85, 15: 0.08}).efficiency[0]
    assert found == pytest.approx(by_hand, rel=1e-12)


def test_chunks_and_order_do_not_matter(calratio, events, monkeypatch):
    whole = lifetime_scan(calratio, events, ctau_grid(points=7))
    monkeypatch.setattr("recastbook.surrogates.lifetime_kernel._BLOCK", 500)
    back = {
        n: getattr(events, n)[::-1]
        for n in ("pt", "eta", "mass", "lxy", "lz", "length", "pdg_id", "decay", "weight", "ids")
    }
    other = lifetime_scan(calratio, dataclasses.replace(events, **back), ctau_grid(points=7))
    assert other.efficiency == pytest.approx(whole.efficiency, rel=1e-12)
    assert other.error == pytest.approx(whole.error, rel=1e-9)


def test_error_is_that_of_the_sample(calratio):
    scans = [lifetime_scan(calratio, make_events(400, seed=s), 1500.0) for s in range(20)]
    spread = np.std([s.efficiency[0] for s in scans], ddof=1)
    assert np.mean([s.error[0] for s in scans]) == pytest.approx(spread, rel=0.5)


def test_99_lifetimes_of_30_000_events_take_about_a_second(real_maps):
    events = make_events(30_000, seed=3)
    times = []
    for _ in range(3):
        start = time.process_time()
        lifetime_scan(real_maps["high-ET"], events)
        times.append(time.process_time() - start)
    # measured: 0.5 s; the machine of a test may be slower
    assert sorted(times)[1] < 2.0, times


def test_scan_of_a_fitted_map_tells_what_was_never_filled(calratio, events):
    columns = events.quantities()
    own = EfficiencyMap.fit(calratio.lookup(**columns).probability, binning=calratio.binning, **columns)
    scan = lifetime_scan(own, events, [1500.0, 60_000.0])
    [note] = [n for n in scan.notes if "no event of the map's fit filled" in n]
    assert "(at c tau 1.5 m)" in note
    share = float(note.split("up to ")[1].split(" %")[0]) / 100
    # every cell that was filled is exact here, so what is missing is what lies in the others
    exact = lifetime_scan(calratio, events, [1500.0, 60_000.0])
    missing = exact.efficiency - scan.efficiency
    assert (missing > 0).all()
    assert missing.max() < share * calratio.values.max()
    assert not [n for n in exact.notes if "filled" in n]


@pytest.mark.parametrize("ctau", [0.0, -1.0, math.nan, math.inf, [100.0, 0.0]])
def test_lifetimes_that_are_none_are_refused(calratio, events, ctau):
    with pytest.raises(BadOption, match="must be positive and finite, in mm"):
        lifetime_scan(calratio, events, ctau)


@pytest.mark.parametrize("ctau", ["far", {35: "far"}, [[1.0], [2.0, 3.0]]])
def test_lifetimes_that_are_no_numbers_are_refused(calratio, events, ctau):
    with pytest.raises(BadOption, match=r"ctau is .*; a mean proper decay length in mm is needed"):
        lifetime_scan(calratio, events, ctau)


def test_other_faults_of_the_question_are_named(calratio, events):
    with pytest.raises(BadOption, match="ctau is empty"):
        lifetime_scan(calratio, events, [])
    with pytest.raises(BadOption, match="Did you mean 'reweight'"):
        lifetime_scan(calratio, events, method="reweigh")
    with pytest.raises(BadOption, match=r"shape \(1, 3\)"):
        lifetime_scan(calratio, events, [[1.0, 2.0, 3.0]])
    unstated = dataclasses.replace(events, ctau_generated=None)
    with pytest.raises(BadOption, match="say ctau_generated="):
        lifetime_scan(calratio, unstated, method="reweight")
    with pytest.raises(BadOption, match="sum to 1"):
        lifetime_scan(calratio, events, method="reweight", ctau_generated={100.0: 0.5})
    with pytest.raises(BadOption, match="of 2 long-lived particles, the events have 3"):
        lifetime_scan(calratio, make_events(10, n_llp=3))
    flat = EfficiencyMap(
        MapBinning.from_dict({"axes": [{"kind": "bins", "name": "pt", "edges": [0, 1]}]}), np.ones((1, 1))
    )
    with pytest.raises(BadOption, match="no axis says where particles decay"):
        lifetime_scan(flat, events)


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("mass", 0.0, "mass of long-lived particle 1 is 0"),
        ("pt", math.nan, "pt of .* is nan"),
        ("eta", math.nan, "eta"),
    ],
)
def test_event_that_cannot_be_used_is_named(name, value, match):
    columns = np.array(getattr(make_events(5), name))
    columns[3, 1] = value
    with pytest.raises(BadEvent, match=rf"event \[1, 1, 3\].*{match}"):
        make_events(5, **{name: columns})


def records(counts, weight=1.0):
    import awkward as ak

    names = ("pt", "eta", "mass", "decayX", "decayY", "decayZ", "properLength", "pdgId", "decayClass")
    flat = ak.zip({n: np.full(sum(counts), 5.0) for n in names})
    n = len(counts)
    ids = {"run": np.ones(n, int), "luminosityBlock": np.ones(n, int), "event": np.arange(n)}
    return ak.zip({**ids, "genWeight": np.full(n, weight), "GenLLP": ak.unflatten(flat, counts)}, depth_limit=1)


def test_one_or_three_particles_count_in_the_total_and_are_told():
    found = LLPEvents.from_records([records([2, 1, 3]), records([2])], label="odd")
    assert (len(found), found.total_weight, found.others) == (2, 4.0, ((1, 1), (3, 1)))
    assert "1 event has 3 long-lived particles instead of 2: probability 0" in found.notes
    assert "1 event has 1 long-lived particle instead of 2: probability 0" in found.notes
    leading = LLPEvents.from_records([records([2, 1, 3])], choose="leading")
    assert (len(leading), leading.others) == (2, ((1, 1),))
    with pytest.raises(BadFile, match=r"no event with 2 long-lived particles \(2 events with 1\)"):
        LLPEvents.from_records([records([1, 1])])
    with pytest.raises(BadFile, match="weights sum to 0"):
        LLPEvents.from_records([records([2], weight=0.0)])


def test_total_below_the_sum_of_weights_is_refused(events):
    more = dataclasses.replace(events, weight=2 * events.weight, total_weight=2 * events.total_weight)
    assert more.total_weight == pytest.approx(more.weight.sum())
    with pytest.raises(BadOption, match="only 2000: efficiencies would be above 1"):
        dataclasses.replace(events, weight=2 * events.weight)


def test_far_decays_and_missing_vertices_are_told(events):
    lxy = events.lxy.copy()
    lxy[0, 0], lxy[1, 1] = np.nan, 13_000.0
    notes = " ".join(dataclasses.replace(events, lxy=lxy).notes)
    assert "1 particle has no decay vertex" in notes
    assert "decay outside the detector" in notes


def test_views_and_peak(calratio, events):
    scan = lifetime_scan(calratio, events, ctau_grid(points=9))
    ctau, top = scan.peak
    assert top == np.max(scan.efficiency)
    assert scan.at(ctau) == pytest.approx(top)
    assert math.isnan(scan.at(1.0))
    assert "largest efficiency" in str(scan)
    assert "<svg" in scan._repr_html_()
    assert scan.to_dict()["method"] == "integrate"
    refused = lifetime_scan(calratio, events, 1e7, method="reweight")
    assert refused.to_dict()["efficiency"] == [None]
    with pytest.raises(BadOption, match="every lifetime of this scan was refused"):
        _ = refused.peak
