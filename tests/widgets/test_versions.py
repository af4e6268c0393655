"""The two versions of ipywidgets that pages have."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ipywidgets
import pytest

from recastbook.widgets.versions import titled, uploaded


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (({"name": "a.lhe", "size": 3, "content": memoryview(b"abc")},), ("a.lhe", b"abc")),
        ({"a.lhe": {"metadata": {"name": "a.lhe", "size": 3}, "content": b"abc"}}, ("a.lhe", b"abc")),
        ((), None),
        ({}, None),
    ],
    ids=["8", "7", "8, nothing yet", "7, nothing yet"],
)
def test_a_file_comes_with_its_name(value: Any, expected: Any) -> None:
    assert uploaded(SimpleNamespace(value=value)) == expected


def test_tabs_have_titles_in_their_order() -> None:
    tabs = titled(ipywidgets.Tab([ipywidgets.VBox(), ipywidgets.VBox()]), {"first": 1, "second": 2})
    assert [tabs.get_title(i) for i in range(2)] == ["first", "second"]
