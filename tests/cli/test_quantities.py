from __future__ import annotations

import click
import pytest

from recastbook.cli.quantities import CROSS_SECTION, settings
from recastbook.cli.screen import plain
from recastbook.exceptions import BadOption


@pytest.mark.parametrize(
    ("text", "in_pb"),
    [("0.59 fb", 0.59e-3), ("0.59fb", 0.59e-3), ("1e-3pb", 1e-3), (" 2 nb ", 2000.0), ("5.9E-1 fb", 0.59e-3)],
)
def test_cross_section_in_pb(text: str, in_pb: float) -> None:
    assert CROSS_SECTION.convert(text, None, None) == pytest.approx(in_pb)


@pytest.mark.parametrize(
    "text", ["0.59", "fb", "", "0.59 GeV", "-1 fb", "0 fb", "nan fb", "1e999 fb", "1..2 fb", "1 fb 2"]
)
def test_what_is_no_cross_section(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"cross section"):
        CROSS_SECTION.convert(text, None, None)


def test_settings() -> None:
    assert settings(["mj_jets=all", " a = b=c "], "--option") == {"mj_jets": "all", "a": "b=c"}


@pytest.mark.parametrize(
    ("given", "match"), [(["mj_jets"], "takes KEY=VALUE"), (["=x"], "takes KEY=VALUE"), (["a=1", "a=2"], "given twice")]
)
def test_settings_that_are_none(given: list[str], match: str) -> None:
    with pytest.raises(BadOption, match=match):
        settings(given, "--option")


def test_plain_is_what_json_can_hold() -> None:
    import numpy as np

    given = {"a": np.float32(1.5), "b": np.array([1.0, np.inf]), "c": {1}, 3: None, "d": np.int64(2)}
    assert plain(given) == {"a": 1.5, "b": [1.0, None], "c": [1], "3": None, "d": 2}
