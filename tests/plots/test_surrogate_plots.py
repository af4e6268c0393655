"""Figures of a surrogate's closure and calibration show what was measured, extrapolation apart."""

from __future__ import annotations

import numpy as np
import pytest

from recastbook import plots
from recastbook.surrogates.closure import Closure, ClosureRow
from recastbook.surrogates.reliability import reliability


@pytest.fixture
def measured() -> Closure:
    rows = (
        ClosureRow("m_phi 600, m_s 150", "A", 0.04, 0.001, 0.041, 0.0005, inside=True, novelty=0.01),
        ClosureRow("m_phi 125, m_s 55", "A", 0.001, 0.0001, 0.006, 0.0002, inside=False, novelty=0.2),
    )
    return Closure(rows, "2 whole model points, one at a time")


def test_closure_draws_inside_and_outside_apart(measured: Closure) -> None:
    drawn = plots.closure(measured, "A")
    assert drawn.inside.lines[0].get_xdata() == pytest.approx([0.041 / 0.04])
    assert drawn.outside.lines[0].get_xdata() == pytest.approx([6.0])
    labels = [t.get_text() for t in drawn.ax.get_legend().get_texts()]
    assert any("OUTSIDE" in text for text in labels)
    assert [t.get_text() for t in drawn.ax.get_yticklabels()] == ["m_phi 600, m_s 150", "m_phi 125, m_s 55"]


def test_closure_without_points_inside(measured: Closure) -> None:
    drawn = plots.closure(Closure(measured.rows[1:], measured.scheme), "A")
    assert drawn.inside is None


def test_reliability_draws_the_bins() -> None:
    p = np.linspace(0.01, 0.4, 500)
    curve = reliability("A", 2 * p, p, np.ones(500))
    drawn = plots.reliability(curve)
    x, y = drawn.points.lines[0].get_data()
    np.testing.assert_allclose(np.asarray(x) / np.asarray(y), 2.0)
    assert "calibration error" in drawn.ax.get_legend().get_texts()[-1].get_text()
