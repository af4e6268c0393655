"""The examples in docstrings run and say what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import recastbook as rb

PACKAGE = Path(rb.__file__).parent


def module_name(path: Path) -> str:
    parts = ["recastbook", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(part for part in parts if part != "__init__")


MODULES = [module_name(path) for path in sorted(PACKAGE.rglob("*.py")) if ">>>" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert outcome.failed == 0
