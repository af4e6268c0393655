"""Colours stay apart for readers who see fewer of them, by the model of Machado et al. (2009) and CAM02-UCS."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from recastbook.plots.frame import BAND_1, BAND_2, COLOURS, LINES

LEAST = 10.0
"""In CAM02-UCS, where 1 is about what can just be told apart, side by side; thin lines need more."""


@pytest.mark.parametrize("kind", ["", "deuteranomaly", "protanomaly", "tritanomaly"])
@pytest.mark.parametrize("palette", [COLOURS, (BAND_1, BAND_2, "white")], ids=["samples", "bands"])
def test_colours_stay_apart(palette: tuple[str, ...], kind: str) -> None:
    colorspacious = pytest.importorskip("colorspacious", reason="needs the extra 'test'")
    space = {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100} if kind else "sRGB1"
    seen = [np.clip(colorspacious.cspace_convert(to_rgb(c), space, "sRGB1"), 0, 1) for c in palette]
    for (name, a), (other, b) in itertools.combinations(zip(palette, seen, strict=True), 2):
        assert colorspacious.deltaE(a, b, input_space="sRGB1") > LEAST, (name, other)


def test_no_two_colours_share_a_line_style() -> None:
    assert len({str(style) for style in LINES}) == len(LINES) >= len(COLOURS)
