"""The regions of ATLAS-SUSY-2018-30 against the numbers collected from public codes, and against each other."""

from __future__ import annotations

import csv
import functools
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from recastbook.regions import Cut, Region
from recastbook.regions.specification import RegionSet

FOLDER = Path(str(resources.files("recastbook.analyses.atlas_susy_2018_30")))
FEATURE_OF = {
    "nj": "n_jets", "nj_exact": "n_jets", "nb": "n_bjets", "met": "met", "meff": "meff", "mT": "mt",
    "mTb": "mt_min_bjets", "MJ": "mj_sum", "pTj1": "jet1_pt", "dphi": "dphi_min_4j",
}  # fmt: skip
SCORE_OF = {"P_Gtt": "p_gtt", "P_Gbb": "p_gbb", "P2": "p_ttbar", "P6": "p_zjets"}
COMMON = {"n_jets": 4.0, "n_bjets": 3.0, "met": 200.0}


@functools.cache
def load(**options: str) -> RegionSet:
    return RegionSet.load(FOLDER / "regions.yaml", options=options)


@pytest.fixture(scope="module")
def collected(shared_data: Callable[[str], Path]) -> dict[str, Any]:
    text = shared_data("ATLAS-SUSY-2018-30/regions.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def tightest(cuts: tuple[Cut, ...]) -> dict[tuple[str, str], float]:
    """Return the tightest lower and upper bound on each column, as (column, "low" | "high" | "equals")."""
    out: dict[tuple[str, str], float] = {}
    for cut in cuts:
        for leaf in () if cut.any else (cut,):
            for bound in leaf.bounds:
                side = {"min": "low", "above": "low", "max": "high", "below": "high"}.get(bound.comparator, "equals")
                name = leaf.feature or f"{leaf.transform or ''}{leaf.score}"
                old = out.get((name, side), bound.value)
                out[name, side] = (max if side == "low" else min)(old, bound.value)
    return out


def expected(values: dict[str, Any]) -> dict[tuple[str, str], float]:
    out = {(name, "low"): value for name, value in COMMON.items()}
    for key, value in values.items():
        if key in ("lep", "note") or not isinstance(value, (int, float, list)):
            continue
        base, _, suffix = key.rpartition("_") if key.endswith(("_max", "_min", "_exact")) else (key, "", "")
        side = {"max": "high", "exact": "equals"}.get(suffix, "low")
        if isinstance(value, list):
            name = SCORE_OF[base]
            out[name, "low"], out[name, "high"] = value
        elif base.startswith("log10_"):
            out[f"log10{SCORE_OF[base.removeprefix('log10_')]}", side] = value
        else:
            name = SCORE_OF.get(base) or FEATURE_OF[base]
            out[name, side] = max(value, out.get((name, side), value)) if side == "low" else value
    return out


def agree(region: Region, values: dict[str, Any]) -> None:
    have, want = tightest(region.cuts), expected(values)
    for key, value in want.items():
        assert have.get(key) == pytest.approx(value), (region.name, key)
    free = {("n_lep_signal", "low"), ("n_lep_signal", "equals"), ("n_lep_baseline", "equals"), ("dphi_min_4j", "low")}
    extra = set(have) - set(want) - free
    assert not extra, (region.name, extra)


def cut_and_count(collected: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, prefix in (("CC_SR", "SR"), ("CC_CR", "CR")):
        for family, members in collected[kind].items():
            if family == "status":
                continue
            stem = family.removesuffix("_0L") if family.startswith(("Gbb", "Gtb")) else family
            for name, values in members.items():
                yield f"{prefix}-{stem.replace('_', '-')}-{name}", values


def test_signal_regions_have_the_names_of_the_yields_table(shared_data: Callable[[str], Path]) -> None:
    lines = shared_data("ATLAS-SUSY-2018-30/signal_region_yields.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    signal = [r.name for r in load().regions.values() if r.kind == "signal"]
    assert signal == [row["region"] for row in rows]
    assert len(signal) == 22


def test_cut_and_count_signal_and_control_regions_have_the_collected_thresholds(collected: dict[str, Any]) -> None:
    regions = load().regions
    checked = 0
    for name, values in cut_and_count(collected):
        agree(regions[name], values)
        checked += 1
    assert checked == 28


@pytest.mark.parametrize("source", ["rivet", "checkmate"])
def test_validation_regions_have_the_thresholds_of_each_source(collected: dict[str, Any], source: str) -> None:
    regions = load(vr2_gtt_1l=source, vr_gbb=source, vr_gtb=source).regions
    families = collected["CC_VR"]
    expected_of: dict[str, dict[str, Any]] = {}
    for name in ("B", "M1", "M2", "C"):
        expected_of[f"VR-Gtt-0L-{name}"] = families["Gtt_0L"][name]
        expected_of[f"VR1-Gtt-1L-{name}"] = families["Gtt_1L_VR1"][name]
        expected_of[f"VR2-Gtt-1L-{name}"] = families["Gtt_1L_VR2"][source][name]
    expected_of["VR-Gbb-B"] = families["Gbb_0L"]["B_both"]
    for name in ("M", "C"):
        expected_of[f"VR-Gbb-{name}"] = families["Gbb_0L"][source][name]
    for name in ("B", "M", "C"):
        expected_of[f"VR-Gtb-{name}"] = families["Gtb_0L"][source][name]
    for name, values in expected_of.items():
        agree(regions[name], values)
    assert len(expected_of) == 18


@pytest.mark.parametrize(("source", "mj_max"), [("rivet", 700), ("checkmate", 800)])
def test_network_regions_have_the_collected_thresholds(collected: dict[str, Any], source: str, mj_max: float) -> None:
    regions = load(nn_mj_max=source).regions
    checked = 0
    for block in ("NN_SR", "NN_CR", "NN_VR"):
        for name, values in collected[block].items():
            if not isinstance(values, dict):
                continue
            numbers = dict(values)
            if isinstance(numbers.get("MJ_max"), str):
                numbers["MJ_max"] = mj_max
            if name.startswith("CRZ"):
                have = tightest(regions[name].cuts)
                for key, value in numbers.items():
                    base, _, side = key.rpartition("_")
                    score = f"log10{SCORE_OF[base[6:]]}" if base.startswith("log10_") else SCORE_OF[base]
                    assert have[score, {"min": "low", "max": "high"}[side]] == pytest.approx(value), (name, key)
            else:
                agree(regions[name], numbers)
            checked += 1
    assert checked == 8 + 12 + 12


def test_every_region_asks_the_network_about_the_point_in_its_name() -> None:
    for region in load().regions.values():
        for cut in region.cuts:
            if cut.score is None:
                continue
            family, gluino, lsp = region.name.split("-")[1:]
            assert cut.point == (float(family == "Gtt"), float(gluino), float(lsp)), region.name


def test_the_dilepton_variant_is_used_in_the_z_regions_only() -> None:
    for region in load().regions.values():
        variants = {cut.inputs for cut in region.cuts if cut.score is not None}
        if variants:
            assert variants == ({"dilepton_as_met"} if region.name.startswith("CRZ") else {"default"}), region.name


ROWS = {
    "SR-Gtt-0L-B": ["n_lep_baseline", "dphi_min_4j", "n_jets", "met", "meff", "mt_min_bjets", "mj_sum"],
    "SR-Gtt-0L-C": ["n_lep_baseline", "dphi_min_4j", "n_jets", "n_bjets", "met", "meff", "mt_min_bjets", "mj_sum"],
    "SR-Gtt-1L-M2": ["n_lep_signal", "n_jets", "met", "meff", "mt", "mt_min_bjets", "mj_sum"],
    "SR-Gtt-1L-C": ["n_lep_signal", "n_jets", "met", "meff", "mt", "mt_min_bjets"],
    "SR-Gbb-B": ["n_lep_baseline", "dphi_min_4j", "mt_min_bjets", "met", "jet1_pt", "meff"],
    "SR-Gbb-C": ["n_lep_baseline", "dphi_min_4j", "mt_min_bjets", "met", "meff"],
    "SR-Gtb-B": ["n_lep_baseline", "dphi_min_4j", "mt_min_bjets", "meff", "met", "mj_sum"],
    "SR-Gtb-M": ["n_lep_baseline", "dphi_min_4j", "mt_min_bjets", "n_jets", "n_bjets", "meff", "met", "mj_sum"],
}


@pytest.mark.parametrize("name", ROWS, ids=str)
def test_cutflow_rows_come_in_the_published_order(name: str) -> None:
    columns = [cut.feature for cut in load().regions[name].cuts]
    assert columns[:3] == ["n_jets", "n_bjets", "met"]
    assert columns[3:] == ROWS[name]


def test_network_cutflow_rows_come_in_the_published_order() -> None:
    regions = load().regions
    gbb = regions["SR-Gbb-2800-1400"].cuts[3:]
    assert [c.feature or c.score for c in gbb] == ["n_lep_baseline", "dphi_min_4j", "p_gbb"]
    gtt = regions["SR-Gtt-2100-1"].cuts[3:]
    assert gtt[0].any
    assert [c.score for c in gtt[1:]] == ["p_gtt"]


def windows(region: Region, score: str) -> tuple[float, float]:
    bounds = tightest(region.cuts)
    return bounds.get((score, "low"), 0.0), bounds.get((score, "high"), 1.0)


@pytest.mark.parametrize("point", ["2100-1", "1800-1", "2300-1200", "1900-1400"])
def test_gtt_network_windows_touch_and_do_not_overlap(point: str) -> None:
    regions = load().regions
    cr, vr, sr = (windows(regions[f"{kind}-Gtt-{point}"], "p_gtt") for kind in ("CR", "VR", "SR"))
    assert cr[0] < cr[1] == vr[0] < vr[1] == sr[0]


@pytest.mark.parametrize("point", ["2800-1400", "2300-1000", "2100-1600", "2000-1800"])
def test_gbb_network_windows_touch_and_do_not_overlap(point: str) -> None:
    regions = load().regions
    names = (f"CR-Gbb-{point}", f"VR1-Gbb-{point}", f"VR2-Gbb-{point}", f"SR-Gbb-{point}")
    cr, vr1, vr2, sr = (windows(regions[name], "p_gbb") for name in names)
    assert cr[0] < cr[1] == vr1[0] < vr1[1] == sr[0]
    assert vr1 == vr2
    assert windows(regions[names[1]], "log10p_zjets")[1] == windows(regions[names[2]], "log10p_zjets")[0]


def test_a_looser_signal_threshold_moves_the_validation_window_with_it() -> None:
    moved = RegionSet.load(FOLDER / "regions.yaml", rescale=lambda cut, value: value - 0.01).regions
    assert windows(moved["VR-Gtt-2100-1"], "p_gtt") == pytest.approx((0.85, 0.9897))
    assert windows(moved["SR-Gtt-2100-1"], "p_gtt")[0] == windows(moved["VR-Gtt-2100-1"], "p_gtt")[1]


def test_gtb_regions_are_marked_as_not_validated() -> None:
    for region in load().regions.values():
        assert (region.status == "unvalidated") == ("Gtb" in region.name), region.name
        if region.kind == "signal" and "Gtb" in region.name:
            assert "twice" in region.note


def every_choice() -> list[tuple[str, str]]:
    options = load().options
    return [(name, str(value)) for name, option in options.items() for value in option.alternatives]


@pytest.mark.parametrize(("name", "value"), every_choice(), ids=str)
def test_every_choice_of_every_option_gives_all_regions(name: str, value: str) -> None:
    chosen = load(**{name: value})
    assert len(chosen.regions) == 78
    assert all(option.reason and option.default in option.alternatives for option in chosen.options.values())


def changed(name: str, value: str) -> set[str]:
    default, other = load().regions, load(**{name: value}).regions
    return {n for n in default if default[n].cuts != other[n].cuts}


@pytest.mark.parametrize(
    ("name", "value", "regions"),
    [
        ("gbb_b_jet_pt", "four_leading_jets", {"SR-Gbb-B", "CR-Gbb-B", "VR-Gbb-B"}),
        ("cr_gbb_2800_1400_window", "checkmate", {"CR-Gbb-2800-1400"}),
        ("nn_mj_max", "checkmate", {"CR-Gtt-1900-1400", "VR-Gtt-1900-1400"}),
        ("vr_gbb", "rivet", {"VR-Gbb-M", "VR-Gbb-C"}),
        ("vr_gtb", "rivet", {"VR-Gtb-B", "VR-Gtb-M", "VR-Gtb-C"}),
        ("vr2_gtt_1l", "checkmate", {f"VR2-Gtt-1L-{r}" for r in ("B", "M1", "M2", "C")}),
        ("vr2_gtt_1l", "rivet", {"VR2-Gtt-1L-B", "VR2-Gtt-1L-M2"}),
    ],
)
def test_a_region_switch_changes_its_regions_and_no_others(name: str, value: str, regions: set[str]) -> None:
    assert changed(name, value) - {"VR2-Gtt-1L-C"} == regions - {"VR2-Gtt-1L-C"}


def test_the_lepton_veto_switch_leaves_the_network_regions_alone() -> None:
    names = changed("lepton_veto", "signal")
    assert {"SR-Gtt-0L-B", "SR-Gbb-C", "VR-Gbb-M"} <= names
    assert not any(load().regions[n].group.endswith("network") for n in names)


def test_the_second_lepton_switch_changes_the_z_regions_only() -> None:
    names = changed("crz_second_lepton_pt", "checkmate")
    assert names == {n for n in load().regions if n.startswith("CRZ")}


def test_cut_and_count_validation_regions_touch_no_signal_region_of_their_family() -> None:
    regions = load().regions
    for name, region in regions.items():
        if region.kind == "signal" or region.group.endswith("network"):
            continue
        signal = regions["SR-" + name.split("-", 1)[1]]
        assert disjoint(region.cuts, signal.cuts), name


def disjoint(first: tuple[Cut, ...], second: tuple[Cut, ...]) -> bool:
    a, b = tightest(first), tightest(second)
    # a signal lepton is a baseline lepton
    if a.get(("n_lep_signal", "equals")) and b.get(("n_lep_baseline", "equals")) == 0:
        return True
    for column, side in a:
        if side == "high" and (column, "low") in b and a[column, side] <= b[column, "low"]:
            return True
        if side == "equals" and b.get((column, "equals"), a[column, side]) != a[column, side]:
            return True
    return False
