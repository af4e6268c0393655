"""Windows of regions on one score, and the range of an azimuth from its constants."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from recastbook.diagnostics.lint.azimuth import FLAT_WIDTH, read_range
from recastbook.diagnostics.lint.windows import clashes, one_digit_more
from recastbook.network import ModelCard
from recastbook.regions import RegionSet


def found(*regions: tuple[str, str, str]) -> list[str]:
    content = {
        "version": 1,
        "regions": [
            {"name": name, "kind": kind, "cuts": _cuts(text)} for name, kind, text in regions
        ],
    }  # fmt: skip
    parsed = RegionSet.from_dict(content).regions.values()
    return [f"{clash.lower} {clash.upper}: {clash.text}" for clash in clashes(list(parsed), {"s"})]


def _cuts(text: str) -> list[dict[str, object]]:
    """Read ``s 0.8 0.9; n 4 4``: a column, its lower and its upper edge; the upper edge is excluded."""
    out = []
    for item in text.split(";"):
        name, low, high = item.split()
        cut: dict[str, object] = {"score" if name == "s" else "feature": name, "min": float(low)}
        if high != "-":
            cut["below"] = float(high)
        out.append(cut)
    return out


def test_windows_that_meet() -> None:
    assert found(("SR", "signal", "s 0.97 -"), ("VR", "validation", "s 0.8 0.97"), ("CR", "control", "s 0.4 0.8")) == []


def test_gap_with_a_digit_too_many() -> None:
    (text,) = found(("SR", "signal", "s 0.9997 -"), ("VR", "validation", "s 0.8 0.997"))
    assert "do not meet; 0.997 to 0.9997 is in neither" in text
    assert "one digit" in text


def test_overlap() -> None:
    (text,) = found(("SR", "signal", "s 0.997 -"), ("VR", "validation", "s 0.93 0.9997"))
    assert "share [0.997, 0.9997]" in text
    assert "one digit" in text


def test_regions_that_another_cut_keeps_apart_may_overlap() -> None:
    assert found(("SR", "signal", "s 0.5 -; n 6 -"), ("CR", "control", "s 0.5 -; n 5 6")) == []
    assert len(found(("SR", "signal", "s 0.5 -; n 6 -"), ("CR", "control", "s 0.5 -; n 5 7"))) == 1


def test_a_third_region_may_fill_the_gap() -> None:
    regions = (("SR", "signal", "s 0.97 -"), ("VR1", "validation", "s 0.8 0.9"), ("VR2", "validation", "s 0.9 0.97"))
    assert found(*regions) == []
    assert len(found(*regions[:2])) == 1


def test_regions_of_one_kind_may_overlap() -> None:
    assert found(("A", "signal", "s 0.9 -"), ("B", "signal", "s 0.95 -")) == []


def test_edge_that_belongs_to_both() -> None:
    content = {
        "version": 1,
        "regions": [
            {"name": "SR", "kind": "signal", "cuts": [{"score": "s", "min": 0.9}]},
            {"name": "VR", "kind": "validation", "cuts": [{"score": "s", "min": 0.5, "max": 0.9}]},
        ],
    }
    (clash,) = clashes(list(RegionSet.from_dict(content).regions.values()), {"s"})
    assert "share [0.9, 0.9]" in clash.text


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(0.997, 0.9997, True), (0.9994, 0.99994, True), (0.9, 0.95, True), (0.997, 0.9983, False), (0.9, 0.9, False)],
)
def test_one_digit_more(first: float, second: float, expected: bool) -> None:
    assert one_digit_more(first, second) is expected
    assert one_digit_more(second, first) is expected


def test_regions_can_be_given(good: ModelCard, tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text((tmp_path / "regions.yaml").read_text().replace("below: {of: SR}", "below: 0.997"))
    assert not good.lint().of("LH37")
    assert len(good.lint(regions=path).of("LH37")) == 1
    assert len(good.lint(regions=RegionSet.load(path)).of("LH37")) == 1


# ---- azimuths


@pytest.mark.parametrize("name", ["minus_pi_pi", "0_2pi"])
@pytest.mark.parametrize("occupancy", [1.0, 0.7, 0.3, 0.1])
@pytest.mark.parametrize("padding", [0.0, -5.0, -1.0])
def test_range_of_simulated_azimuths(name: str, occupancy: float, padding: float) -> None:
    rng = np.random.default_rng(11)
    low = 0.0 if name == "0_2pi" else -math.pi
    phi = rng.uniform(low, low + 2 * math.pi, 200_000)
    phi[rng.random(len(phi)) > occupancy] = padding
    seen = read_range(float(phi.mean()), float(phi.std()), padding)
    assert seen.phi_range == name
    assert seen.occupancy == pytest.approx(occupancy, abs=0.02)


def test_range_is_not_told_where_nothing_tells_it() -> None:
    assert read_range(0.0, 0.001, padding=0.0).phi_range is None  # the object is never there
    assert read_range(math.pi / 2, 0.9).phi_range is None  # not flat: a difference of azimuths
    assert read_range(0.0, FLAT_WIDTH).phi_range == "minus_pi_pi"
    assert read_range(math.pi, FLAT_WIDTH).phi_range == "0_2pi"
