"""Figures of the trap hunter, read back from their artists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import recastbook as rb
from recastbook.diagnostics.hunt import effect
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import BadOption


@pytest.fixture(scope="module")
def found() -> tuple[Any, Any]:
    """Return the report of a hunt and the effect of the trap it found."""
    search = rb.load("ATLAS-SUSY-2018-30")
    result = search.run(builtin_samples()["gtt_2100_1"], network="stand-in", events=250, progress=False)
    raw = search.collect_inputs(result, stage="preselection").matrix().raw
    raw[:, 82] /= 1000.0
    report = search.hunt(result, raw, stage="raw", effects="none")
    return report, effect(search, result, report.traps[0].hypothesis)


def test_ranking_is_drawn_best_first_and_says_what_it_is_made_with(found: tuple[Any, Any]) -> None:
    report = found[0]
    made = rb.plots.traps(report, top=6)
    visible = [s for s in report.suspects if s.visible]
    assert made.keys == tuple(s.hypothesis.key for s in visible[:6])
    assert made.claimed == ("unit: event quantities in TeV",)
    assert [bar.get_width() for bar in made.bars] == pytest.approx([s.gain for s in visible[:6]])
    assert [bool(bar.get_hatch()) for bar in made.bars] == [key not in made.claimed for key in made.keys]
    assert made.ax.get_xlabel()
    texts = " ".join(text.get_text() for text in made.ax.texts)
    assert "stand-in network, not ATLAS" in texts
    assert f"{len(visible) - 6} worse ones not shown" in " ".join(
        t.get_text() for t in made.figure.findobj(match=_text)
    )


def _text(artist: Any) -> bool:
    return hasattr(artist, "get_text")


def test_ratios_are_drawn_with_the_errors_of_events_that_move(found: tuple[Any, Any]) -> None:
    shown = found[1]
    made = rb.plots.trap_effect(shown)
    assert made.regions == tuple(r.region for r in shown.regions if r.clean.raw)
    x, y = made.points.lines[0].get_data()
    assert x == pytest.approx([shown[name].ratio for name in made.regions])
    assert list(y) == list(range(len(made.regions)))
    (bars,) = made.points.lines[2]
    widths = [segment[1, 0] - segment[0, 0] for segment in bars.get_segments()]
    assert np.array(widths) / 2 == pytest.approx([shown[name].ratio_error for name in made.regions])


def test_nothing_to_draw_is_said(found: tuple[Any, Any]) -> None:
    from dataclasses import replace

    with pytest.raises(BadOption, match="there is nothing to draw"):
        rb.plots.traps(replace(found[0], suspects=()))
    with pytest.raises(BadOption, match="there is no ratio to draw"):
        rb.plots.trap_effect(replace(found[1], regions=()))
