"""The gallery makes one of each figure from the built-in events, and every stand-in says so in the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import recastbook as rb
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import UnknownName

NAMES = {
    "feature", "feature_samples", "score", "score_tail", "n_minus_one", "cutflow", "yields", "plane", "correlations",
    "moments", "importance", "cls_scan", "upper_limits", "limit_curve", "exclusion",
}  # fmt: skip
WITH_NETWORK = ("score", "score_tail", "cutflow", "yields", "plane", "moments", "importance")


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    search = rb.load("ATLAS-SUSY-2018-30")
    samples = [builtin_samples()[name] for name in ("gtt_2100_1", "gbb_2000_1")]
    return {s.label: search.run(s, seed=1, events=600, network="stand-in", progress=False) for s in samples}


@pytest.fixture(scope="module")
def made(results: dict[str, Any]) -> Any:
    return rb.plots.gallery(results)


def _texts(figure: Any) -> list[str]:
    return [t.get_text() for t in figure.findobj(mpl.text.Text)]


def test_every_figure_is_there_and_none_is_kept_by_pyplot(made: Any) -> None:
    assert set(made) == NAMES
    assert plt.get_fignums() == []
    with pytest.raises(UnknownName, match=r"no figure 'scan'"):
        made["scan"]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_figure_names_its_maker_and_its_events(made: Any, name: str) -> None:
    said = " | ".join(_texts(made[name].figure))
    assert "recastbook" in said
    assert "simulation, Pythia" in said
    assert ("stand-in network, not ATLAS" in said) == (name in WITH_NETWORK)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_axes_have_titles_and_no_text_is_cut(made: Any, name: str) -> None:
    figure = made[name].figure
    figure.canvas.draw()
    main = figure.axes[0]
    assert main.get_xlabel() or name in {"correlations", "yields"}
    width, height = figure.canvas.get_width_height()
    for text in figure.findobj(mpl.text.Text):
        if text.get_visible() and text.get_text().strip() and text.get_figure() is not None:
            box = text.get_window_extent()
            inside = box.x0 >= -1 and box.x1 <= width + 1 and box.y0 >= -1 and box.y1 <= height + 1
            # ticks beyond the limits of an axis exist but are not drawn
            tick = any(text in (*a.get_xticklabels(), *a.get_yticklabels()) for a in figure.axes)
            assert inside or tick, f"{text.get_text()!r} is cut"


def test_numbers_are_those_of_the_result(made: Any, results: dict[str, Any]) -> None:
    gtt = next(iter(results.values()))
    assert made["feature"].steps[0].get_data().values.sum() == pytest.approx(
        gtt.histogram("met").values().sum() * gtt.scale
    )
    signal = {r.region: r.events for r in gtt.yields("signal")}
    drawn = [bar.get_height() for bar in made["yields"].signal]
    assert drawn == pytest.approx(list(signal.values()))
    assert np.all(np.diff([b.get_width() for b in made["cutflow"].ours]) <= 0)
    assert len(made["moments"].order) == 20


def test_saved_and_shown(made: Any, tmp_path: Path) -> None:
    saved = made.save(tmp_path / "figures")
    assert {p.stem for p in saved} == NAMES
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in saved)
    page = made._repr_html_()
    assert page.count("<img") == len(NAMES)
    assert "15 figures" in page
