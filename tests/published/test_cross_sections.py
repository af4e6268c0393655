"""Cross sections: tabulated points exactly, smooth between, nothing beyond."""

from __future__ import annotations

import math

import pytest

from recastbook import units
from recastbook.exceptions import BadOption, UnknownName
from recastbook.published import cross_section, processes


@pytest.mark.parametrize(("mass", "fb"), [(1000, 385.0), (2000, 1.01), (2100, 0.598), (2400, 0.128), (3000, 0.00612)])
def test_tabulated_points(mass: float, fb: float) -> None:
    found = cross_section("gluino-pair", mass)
    assert found.value_pb == pytest.approx(fb * units.fb)
    assert found.value_fb == pytest.approx(fb)
    assert "1607.07741" in found.source


def test_between_points_the_logarithm_is_straight() -> None:
    a, b, c = (cross_section("gluino-pair", m) for m in (2100, 2125, 2150))
    assert b.value_pb == pytest.approx(math.sqrt(a.value_pb * c.value_pb))
    assert b.error_pb == pytest.approx(math.sqrt(a.error_pb * c.error_pb))
    assert "interpolated between 2100 and 2150" in b.source


def test_cross_section_falls_with_mass() -> None:
    values = [cross_section("gluino-pair", 1000 + 7 * i).value_pb for i in range(285)]
    assert values == sorted(values, reverse=True)


def test_interpolation_error_is_below_a_per_cent() -> None:
    for mass in range(1050, 2951, 100):
        left, here, right = (cross_section("gluino-pair", mass + d).value_pb for d in (-50, 0, 50))
        assert math.sqrt(left * right) == pytest.approx(here, rel=0.008)


@pytest.mark.parametrize("mass", [999.9, 3000.1, -1.0, math.nan, math.inf, 0.0])
def test_nothing_is_extrapolated(mass: float) -> None:
    with pytest.raises(BadOption, match="1000 to 3000 GeV"):
        cross_section("gluino-pair", mass)


def test_unknown_process_or_energy() -> None:
    assert "gluino-pair" in processes()
    with pytest.raises(UnknownName, match="Did you mean 'gluino-pair'"):
        cross_section("gluino-pairs", 2000)
    with pytest.raises(UnknownName, match="at 13 TeV, not at 14 TeV"):
        cross_section("gluino-pair", 2000, 14)


def test_views_show_value_and_source() -> None:
    found = cross_section("gluino-gtt", 2100)
    assert found.process == "gluino-pair"
    for text in (str(found), found._repr_html_()):
        assert "0.60 ± 0.12 fb" in text
        assert "NNLL" in text


def test_table_is_that_of_the_data_folder(shared_data: object) -> None:
    path = shared_data("ATLAS-SUSY-2018-30/gluino_xsec_13TeV.csv")  # type: ignore[operator]
    for line in path.read_text(encoding="utf-8").splitlines()[2:]:
        mass, value, error, _ = map(float, line.split(","))
        found = cross_section("gluino-pair", mass)
        assert (found.value_pb, found.error_pb) == (value, error)
