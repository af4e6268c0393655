"""Curves against lifetime: what is drawn is what was given, and the ratio is the ratio."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import recastbook as rb
from recastbook import plots
from recastbook.exceptions import BadOption
from recastbook.statistics.lifetime_limit import LifetimeLimit
from recastbook.surrogates import LifetimeScan
from recastbook.widgets import LifetimePanel

X = np.array([0.3, 1.0, 3.0, 10.0])
EFF = np.array([0.01, 0.05, 0.03, 0.005])


@pytest.fixture
def scan():
    return LifetimeScan(1000 * X, EFF, 0.01 * EFF, np.full(4, 1e4), label="600/150", map_title="made up")


@pytest.fixture
def limit():
    return LifetimeLimit.from_efficiency(
        1000 * X, EFF, low=0.75 * EFF, high=1.25 * EFF, valid=EFF > 0.01, n95=(26.3, 17.8), luminosity_fb=139.0
    )


@pytest.fixture(scope="module")
def tables():
    return rb.load("ATLAS-EXOT-2019-23").tables


def test_efficiency_with_band_published_points_and_ratio(scan, tables):
    table = tables["efficiency_600_150"]
    made = plots.lifetime(scan, table, accuracy=0.25, valid_above_share=0.25, right="600/150")
    assert np.array_equal(made.lines[0].get_ydata(), EFF)
    assert np.array_equal(made.lines[0].get_xdata(), X)
    known = np.exp(
        np.interp(np.log(X), np.log(table.column("ctau").numbers()), np.log(table.column("efficiency").numbers()))
    )
    assert made.ratios[0].get_ydata() == pytest.approx(EFF / known)
    low = made.band.get_paths()[0].vertices[:, 1].min()
    assert low == pytest.approx(0.005 * (1 - np.hypot(0.25, 0.01)))
    assert made.ax_ratio.get_xlabel().startswith("Mean proper decay length")
    assert made.ax.get_yscale() == made.ax.get_xscale() == "log"
    assert made.published is not None


def test_reweighted_points_have_their_statistical_error(scan):
    drawn = dataclasses.replace(scan, error=0.1 * EFF, mean_weight=np.ones(4), mean_weight_error=np.full(4, 0.01))
    made = plots.lifetime({"integrated": scan, "reweighted": drawn})
    (bars,) = made.ax.collections[-1:]
    heights = [segment[1, 1] - segment[0, 1] for segment in bars.get_segments()]
    assert heights == pytest.approx(0.2 * EFF)
    assert len(plots.lifetime(scan).ax.collections) == 1  # the band alone


def test_limits_several_curves_and_no_published(limit, tables):
    made = plots.lifetime({"a": limit, "b": limit})
    assert (len(made.lines), made.ax_ratio, made.published) == (2, None, None)
    assert "pb" in made.ax.get_ylabel()
    both = plots.lifetime(limit, tables["limits_600_150"])
    assert both.ratios[0].get_ydata()[1] == pytest.approx(1.0, abs=0.15)


def test_what_cannot_be_drawn(scan, limit):
    with pytest.raises(BadOption, match="efficiencies or limits"):
        plots.lifetime({"a": scan, "b": limit})
    with pytest.raises(BadOption, match="nothing above zero"):
        plots.lifetime(LifetimeScan(X, np.full(4, np.nan), EFF, EFF))


def test_panel_says_the_number_at_its_slider(scan, tables):
    panel = LifetimePanel({"600/150": scan, "other": scan}, {"600/150": tables["efficiency_600_150"]}, accuracy=0.25)
    assert panel.ctau == pytest.approx(1.0)
    assert "published" in panel.words.value
    assert "5.000 ± 0.050" in panel.words.value
    first = panel.picture.value
    panel.controls["ctau"].value = 3.0
    assert "3.000 ± 0.030" in panel.words.value
    assert panel.picture.value != first
    assert list(panel.line.get_xdata()) == pytest.approx([3.0, 3.0])
    panel.controls["point"].value = "other"
    assert "published" not in panel.words.value
    assert panel.state == {"point": "other", "ctau": pytest.approx(3.0)}


def test_panel_shows_its_errors(scan):
    panel = LifetimePanel({"600/150": scan})
    panel.ctau = 1e6
    assert "outside the scan, 0.3 to 10 m" in panel.message.value
    panel.state = {"point": "600/150", "ctau": 2.0}
    assert panel.message.value == ""
    panel.point = "600/15"
    assert "Did you mean" in panel.message.value
    with pytest.raises(BadOption, match="at least one scan"):
        LifetimePanel({})


def test_panel_s_code_and_snapshot(scan, tables, tmp_path):
    published = {"600/150": tables["efficiency_600_150"]}
    panel = LifetimePanel({"600/150": scan}, published, accuracy=0.25, ctau=3.0)
    made = eval(panel.code(), {"plots": plots, "curves": {"600/150": scan}, "published": published})  # noqa: S307
    drawn = [line.get_ydata() for line in panel.picture.ax.lines]
    assert any(np.array_equal(made.lines[0].get_ydata(), y) for y in drawn)
    assert panel.snapshot(tmp_path / "lifetime.png").read_bytes() == panel.picture.value
    assert "a line at 3 m" in panel.snapshot()
    assert (
        LifetimePanel({"600/150": scan}, published, accuracy=0.25, **panel.state).picture.value == panel.picture.value
    )
