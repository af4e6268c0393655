"""A file that is written appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from recastbook.writing import whole


def test_a_file_takes_its_place_at_the_end_only(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")
    with whole(target) as partial:
        partial.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), whole(target) as partial:
        partial.write_text(f"half, {1 / 0}")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_written_half_is_removed(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError), whole(tmp_path / "table.csv") as partial:
        partial.write_text("\udc80", encoding="utf-8")
    assert not list(tmp_path.iterdir())
