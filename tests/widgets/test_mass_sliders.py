"""Mass sliders: what is asked, what is shown, and that extrapolation is said."""

from __future__ import annotations

import html
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the extra 'studio'")

from recastbook.surrogates import Studio, TrainedSurrogate, TrainingSet, TruthTable
from recastbook.surrogates.two_body import two_body_sample
from recastbook.widgets import MassSliders

POINTS = [(400, 50), (400, 150), (1000, 50), (1000, 300)]


def draw(m_phi: float, m_s: float) -> TruthTable:
    return two_body_sample(m_phi, m_s, 1.3, 300, seed=5)


def truth(table: TruthTable) -> np.ndarray:
    """Invented: the harder and the more central, the likelier."""
    return 0.2 * (table.columns["llp1_pT"] > 150) * (np.abs(table.columns["llp1_eta"]) < 1.5)


@pytest.fixture(scope="module")
def trained() -> TrainedSurrogate:
    tables = [(draw(*p), p) for p in POINTS]
    data = TrainingSet.from_tables(
        [(t, {"m_phi": a, "m_s": b}, truth(t)) for t, (a, b) in tables], classes=("unselected", "A")
    )
    return Studio(kind="random forest", members=2, held_out_members=2).train(data)


def test_sliders_ask_the_surrogate(trained: TrainedSurrogate) -> None:
    panel = MassSliders(trained, sampler=draw, truth=truth, m_phi=600.0, m_s=100.0)
    twin = trained.predict(draw(600, 100), parameters={"m_phi": 600, "m_s": 100})
    assert panel.prediction.predicted == pytest.approx(twin.predicted)
    assert panel.true == pytest.approx(truth(draw(600, 100)).mean())
    assert not panel.prediction.extrapolates
    assert bytes(panel.picture.value).startswith(b"\x89PNG")
    assert "truth" in panel.words.value
    panel.controls["m_phi"].value = 130.0
    panel.controls["m_s"].value = 55.0
    assert panel.prediction.extrapolates
    assert "EXTRAPOLATION" in panel.words.value
    assert "EXTRAPOLATION" in panel.picture.says


def test_the_hull_that_is_drawn_is_the_one_that_is_asked(trained: TrainedSurrogate) -> None:
    line = trained.hull_outline()
    middle = np.exp(np.log(trained.data.parameters).mean(axis=0))
    assert np.array_equal(line[0], line[-1])
    for corner in line[::10]:
        for share, outside in ((0.98, False), (1.02, True)):  # a little inside of the line, a little outside
            m_phi, m_s = middle * (corner / middle) ** share
            found = trained.predict(draw(600, 100), parameters={"m_phi": m_phi, "m_s": m_s})
            assert any("outside the hull" in why for why in found.outside) is outside


def test_impossible_masses_are_a_sentence(trained: TrainedSurrogate) -> None:
    panel = MassSliders(trained, sampler=draw)
    panel.m_s = 400.0
    assert "phi of 600 GeV does not decay to two particles of 400 GeV" in panel.message.value
    panel.m_s = 100.0
    assert panel.message.value == ""


def test_state_code_and_snapshot(trained: TrainedSurrogate, tmp_path: Path) -> None:
    panel = MassSliders(trained, sampler=draw, m_phi=600.0, m_s=100.0)
    assert panel.state == {"m_phi": 600.0, "m_s": 100.0}
    assert panel.code() == "trained.predict(sampler(600, 100), parameters={'m_phi': 600, 'm_s': 100})"
    found = eval(panel.code(), {"trained": trained, "sampler": draw})  # noqa: S307 - what a user would paste
    assert found.predicted == panel.prediction.predicted
    assert panel.snapshot(tmp_path / "p.png").read_bytes() == panel.picture.value  # type: ignore[union-attr]
    assert panel.prediction.headline in html.unescape(str(panel.snapshot()))
