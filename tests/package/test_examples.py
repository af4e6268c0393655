"""The examples in docstrings run and say what they say."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest

import recastbook as rb
from recastbook.events.builtin import builtin_samples

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


SKIPPED = {
    "recastbook.events.generation.driver": "two thousand events; tests/events makes fewer",
    "recastbook.events.generation.record": "needs a running Pythia; tests/events has one",
    "recastbook.events.sample": "a file of the reader's; README's lines are run on built-in events",
    "recastbook.plots.gallery": "all figures; tests/plots draws them",
    "recastbook.testing": "a search of the reader's; tests/package/test_check_analysis.py has some",
}


def test_no_example_is_skipped_without_a_reason() -> None:
    marked = {
        name for name in MODULES if "+SKIP" in Path(str(importlib.import_module(name).__file__)).read_text("utf-8")
    }
    assert marked == set(SKIPPED)


README = PACKAGE.parent / "README.md"


@pytest.mark.skipif(not README.is_file(), reason="recastbook is installed, this test is about a checkout")
def test_lines_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Word for word, on fewer events and with the built-in sample for the reader's file."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert [len(block.splitlines()) for block in blocks] == [10, 6]
    names: dict[str, object] = {}
    for line in "".join(blocks).replace("seed=1", "seed=1, events=300").splitlines():
        if line.startswith("sample "):
            assert 'rb.Sample("gtt.hepmc.gz"' in line
            names["sample"] = builtin_samples()["gtt_2100_1"]
            continue
        if "mine.parquet" in line:
            search: Any = names["search"]
            matrix = search.collect_inputs(names["result"], stage="preselection").matrix()
            fed = search.card.normalise(np.nan_to_num(matrix.raw))[:, :84]
            columns = {column.name: fed[:, i] for i, column in enumerate(search.card.inputs[:84])}
            pyarrow.parquet.write_table(pyarrow.table(columns), "mine.parquet")
        exec(line, names)  # noqa: S102 - our own README
    assert str(names["verdict"])
