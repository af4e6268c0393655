"""Cutflows: counts with their errors, efficiencies, and comparison with published rows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from recastbook.cutflow import (
    Count,
    Cutflow,
    CutflowStep,
    PublishedCutflow,
    PublishedRow,
    SlimTable,
    count_region,
    write_slim,
)
from recastbook.exceptions import BadFile, StatisticsError, UnknownName
from recastbook.regions import CutMasks, Region, pack_bits, parse_cut

CUTS = (parse_cut({"feature": "met", "min": 200}), parse_cut({"feature": "n_jets", "min": 4}))
REGION = Region("SR", "signal", CUTS)
COLUMNS = {"met": np.array([100.0, 250.0, 300.0, 400.0]), "n_jets": np.array([5, 3, 4, 6])}
WEIGHT = np.array([1.0, 2.0, -0.5, 4.0])


def test_counts_hold_sum_of_weights_and_of_squares() -> None:
    counts = count_region(REGION, CutMasks(COLUMNS, 4), WEIGHT)
    assert counts == (Count(4, 6.5, 21.25), Count(3, 5.5, 20.25), Count(2, 3.5, 16.25))
    assert counts[-1].error == pytest.approx(math.sqrt(16.25))


def test_probability_regions_add_one_row() -> None:
    probability = np.array([1.0, 1.0, 0.0, 0.25])
    counts = count_region(REGION, CutMasks(COLUMNS, 4), WEIGHT, probability)
    assert counts[-1] == Count(1, 1.0, 1.0)


def cutflow(*raw: int, scale: float | None = 1.0, **extra: object) -> Cutflow:
    steps = tuple(CutflowStep(f"step {i}", Count(n, float(n), float(n))) for i, n in enumerate(raw))
    return Cutflow("SR", steps, scale, **extra)  # type: ignore[arg-type]


def test_efficiency_error_is_binomial_for_unit_weights() -> None:
    eff, error = cutflow(1000, 200).efficiency()
    assert eff == 0.2
    assert error == pytest.approx(math.sqrt(0.2 * 0.8 / 1000))


def test_efficiency_of_nothing_is_not_a_number_but_no_crash() -> None:
    assert all(math.isnan(x) for x in cutflow(0, 0).efficiency())


def table(*values: float, stated: bool = True) -> PublishedCutflow:
    rows = tuple(PublishedRow(i + 1, f"row {i}", v, 0.05) for i, v in enumerate(values))
    return PublishedCutflow(rows, "Gbb, masses not printed", "a source", stated)


def test_comparison_in_events() -> None:
    rows = cutflow(10000, 400, 100, scale=0.2).compare(table(80.0, 30.0)).rows
    assert rows[0].verdict == "not published here"
    assert rows[1].ratio == pytest.approx(1.0)
    assert rows[1].error == pytest.approx(0.2 * 20)
    expected = (20.0 - 30.0) / math.hypot(0.2 * 10, 0.05 / math.sqrt(3))
    assert rows[2].pull == pytest.approx(expected)
    assert rows[2].verdict == "differs"


def test_another_process_than_the_benchmarks_is_not_judged() -> None:
    printed = replace(table(80.0, 30.0), process="higgsino-pair")
    flow = cutflow(10000, 400, 100, scale=0.2, process="gluino-pair")
    found = flow.compare(printed)
    assert [r.verdict for r in found.rows] == ["not published here", "another signal", "another signal"]
    assert found.rows[2].ratio == pytest.approx(20 / 30)
    assert "ours is gluino-pair, the benchmark higgsino-pair" in str(found)
    for known in (replace(flow, process="higgsino-pair"), replace(flow, process="")):
        assert known.compare(printed).rows[2].verdict == "differs"


def test_unknown_benchmark_compares_fractions_only() -> None:
    found = cutflow(10000, 400, 300, scale=0.2).compare(table(80.0, 61.1, stated=False))
    assert "normalised to the published row 'row 0'" in found.unit
    assert found.rows[1].verdict == "reference"
    assert found.rows[2].ours == pytest.approx(60.0)
    # binomial error of a nested fraction 300 of 400, not two independent Poisson errors
    assert found.rows[2].error == pytest.approx(80 * math.sqrt(0.75 * 0.25 / 400), rel=1e-6)
    assert found.rows[2].verdict == "agree"
    assert any("without its masses" in n for n in found.notes)


def test_no_published_table_is_said() -> None:
    found = cutflow(10, 5).compare()
    assert {r.verdict for r in found.rows} == {"not published here"}
    assert "no cutflow of this region is published" in found.notes[0]


def test_events_without_cross_section_are_refused() -> None:
    with pytest.raises(StatisticsError, match="expected events need a cross section"):
        cutflow(10, 5, scale=None).compare(table(1.0), normalise="events")


def test_labels_are_escaped() -> None:
    steps = (CutflowStep("<script>x</script>", Count(1, 1.0, 1.0)),)
    html = Cutflow("SR", steps)._repr_html_()
    assert "<script>" not in html


def test_slim_table_reads_bits_or_computes_new_cuts(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    ids = {k: np.arange(4, dtype=np.int64) for k in ("run", "luminosityBlock", "event")}
    bits = pack_bits([CutMasks(COLUMNS, 4).single(c) for c in CUTS], 4)
    path = write_slim(folder, COLUMNS, bits, WEIGHT, ids, CUTS)
    again = write_slim(folder, COLUMNS, bits, WEIGHT, ids, CUTS)
    assert path == again
    assert not list(folder.glob("*.tmp*"))
    slim = SlimTable((path,))
    assert len(slim) == 4
    assert slim.names == ("met", "n_jets")
    assert slim.mask(CUTS[0]).tolist() == [False, True, True, True]
    assert slim.mask(CUTS[0].with_bounds(min=300)).tolist() == [False, False, True, True]
    assert slim.column("weight").tolist() == WEIGHT.tolist()
    with pytest.raises(UnknownName, match="no column 'meff'"):
        slim.column("meff")
    with pytest.raises(UnknownName, match=r"no column 'p\[1\]'"):
        slim.mask(parse_cut({"score": "p", "point": [1], "min": 0.5}))


def test_lost_part_is_named(tmp_path: object) -> None:
    from pathlib import Path

    with pytest.raises(BadFile, match=r"gone\.arrow.*run the search again"):
        len(SlimTable((Path(str(tmp_path)) / "gone.arrow",)))


def test_nothing_left_is_compared_with_the_weight_of_one_event() -> None:
    rows = cutflow(1000, 400, 0, scale=0.2).compare(table(80.0, 0.3)).rows
    assert rows[2].error == pytest.approx(1.841 * 0.2)
    assert rows[2].verdict == "agree"


def test_rounding_of_the_reference_counts() -> None:
    rough = PublishedCutflow(
        (PublishedRow(1, "a", 8.0, 0.5), PublishedRow(2, "b", 6.0, 0.0)), "x", "y", masses_stated=False
    )
    row = cutflow(10**6, 10**6, 800000).compare(rough).rows[2]
    assert row.pull == pytest.approx((6.4 - 6.0) / math.hypot(row.error, 6.4 * 0.5 / 8 / math.sqrt(3)))


def test_fraction_error_with_unequal_weights_follows_the_two_parts() -> None:
    # passed 3 of weight 2, failed 4 of weight 1: error of p / (p + f) by propagation
    passed, everything = Count(3, 6.0, 12.0), Count(7, 10.0, 16.0)
    flow = Cutflow("SR", (CutflowStep("all", everything), CutflowStep("cut", passed)))
    by_hand = math.sqrt(4.0**2 * 12.0 + 6.0**2 * 4.0) / 10.0**2
    assert flow.efficiency()[1] == pytest.approx(by_hand)


def test_label_of_the_network_goes_along_everywhere() -> None:
    steps = (CutflowStep("all", Count(9, 9.0, 9.0)), CutflowStep("p", Count(3, 3.0, 3.0), "stand-in network"))
    flow = Cutflow("CR", steps, 1.0, label="Gtt; stand-in network")
    found = flow.compare()
    assert found.rows[1].verdict == "stand-in network"
    assert "stand-in network" in found.to_markdown().splitlines()[0]
    assert "stand-in network" in found.to_latex()
    assert flow.to_dict()["steps"][1]["network"] == "stand-in network"  # type: ignore[index]


def test_a_table_whose_files_are_gone_can_still_be_copied(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    ids = {k: np.arange(4, dtype=np.int64) for k in ("run", "luminosityBlock", "event")}
    bits = pack_bits([CutMasks(COLUMNS, 4).single(c) for c in CUTS], 4)
    slim = SlimTable((write_slim(folder / "a", COLUMNS, bits, WEIGHT, ids, CUTS),))
    assert len(slim) == 4
    slim.parts[0].unlink()
    copied = slim.copy_to(folder / "b")
    assert copied.column("met").tolist() == COLUMNS["met"].tolist()
    assert copied.mask(CUTS[0]).tolist() == [False, True, True, True]
