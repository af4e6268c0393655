"""Searches from all three sources go through one door."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import recastbook as rb
from recastbook import registry
from recastbook.exceptions import AnalysisError, UnknownAnalysis

INFO = {
    "id": "NOTEBOOK-1", "experiment": "ATLAS", "energy_tev": 13, "luminosity_fb": 139.0, "title": "t",
    "status": "unvalidated",
}  # fmt: skip
REGIONS = {"regions": [{"name": "SR", "kind": "signal", "cuts": [{"feature": "met", "min": 200, "unit": "GeV"}]}]}


class Notebook(rb.Analysis):
    identifier = "NOTEBOOK-1"
    info = INFO
    regions = REGIONS


@pytest.fixture(autouse=True)
def clean_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})


def distribution(folder: Path, name: str, entries: dict[str, str], code: dict[str, str]) -> None:
    """Write an installed package with entry points."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{key} = {value}" for key, value in entries.items()]
    (info / "entry_points.txt").write_text("\n".join(["[recastbook.analyses]", *lines, ""]))
    for module, text in code.items():
        (folder / f"{module}.py").write_text(text)


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("plugin_"):
            del sys.modules[name]


SEARCH = f"""
import recastbook as rb
class Search(rb.Analysis):
    identifier = "PLUGIN-1"
    info = {INFO | {"id": "PLUGIN-1"}!r}
    regions = {REGIONS!r}
"""


def test_shipped_search_comes_through_its_entry_point() -> None:
    search = rb.load("ATLAS-SUSY-2018-30")
    assert search.identifier == "ATLAS-SUSY-2018-30"
    assert len(search.region_names("signal")) == 22


def test_register_is_a_decorator_and_load_finds_it() -> None:
    assert rb.register(Notebook) is Notebook
    assert "NOTEBOOK-1" in rb.analyses()
    assert isinstance(rb.load("NOTEBOOK-1"), Notebook)


def test_a_cell_can_be_run_twice() -> None:
    rb.register(Notebook)
    again = type("Notebook", (rb.Analysis,), {"identifier": "NOTEBOOK-1", "info": INFO, "regions": REGIONS})
    again.__module__, again.__qualname__ = Notebook.__module__, Notebook.__qualname__
    rb.register(again)
    assert type(rb.load("NOTEBOOK-1")) is again


def test_another_class_of_a_taken_name_is_refused_unless_asked() -> None:
    rb.register(Notebook)
    other = type("Other", (rb.Analysis,), {"identifier": "NOTEBOOK-1", "info": INFO, "regions": REGIONS})
    with pytest.raises(AnalysisError, match=r"NOTEBOOK-1: .*replace=True"):
        rb.register(other)
    rb.register(other, replace=True)
    assert type(rb.load("NOTEBOOK-1")) is other


def test_a_shipped_search_is_not_replaced_by_accident() -> None:
    class Mine(rb.Analysis):
        identifier = "ATLAS-SUSY-2018-30"

    with pytest.raises(AnalysisError, match=r"ATLAS-SUSY-2018-30: a search of this identifier exists already"):
        rb.register(Mine)


@pytest.mark.parametrize(
    ("attributes", "match"),
    [
        ({}, "identifier ''"),
        ({"identifier": "a b"}, "identifier 'a b'"),
        ({"identifier": 3}, "identifier 3"),
        ({"identifier": "X", "api_version": 2}, "api_version 2; this recastbook understands 1"),
        ({"identifier": "X", "api_version": None}, "api_version None"),
    ],
    ids=["none", "space", "number", "future", "no version"],
)
def test_classes_that_cannot_be_registered(attributes: dict[str, Any], match: str) -> None:
    with pytest.raises(AnalysisError, match=match):
        rb.register(type("Bad", (rb.Analysis,), attributes))


@pytest.mark.parametrize(
    "thing",
    [object, int, "Notebook", None, lambda: None],
    ids=["object", "int", "text", "None", "function"],
)
def test_what_is_no_search_class(thing: Any) -> None:
    with pytest.raises(AnalysisError, match=r"a search is a class derived from recastbook.Analysis"):
        rb.register(thing)


@pytest.mark.parametrize("name", ["ATLAS-SUSY-2018-3", "atlas-susy-2018-30", " ATLAS-SUSY-2018-30 "])
def test_unknown_search_names_the_nearest(name: str) -> None:
    with pytest.raises(UnknownAnalysis, match=r"there is no search .*Did you mean 'ATLAS-SUSY-2018-30'\?") as caught:
        rb.load(name)
    assert isinstance(caught.value, KeyError)


def test_plugin_is_listed_and_loaded(plugins: Path) -> None:
    distribution(plugins, "plugin-one", {"PLUGIN-1": "plugin_one:Search"}, {"plugin_one": SEARCH})
    assert "PLUGIN-1" in rb.analyses()
    assert "plugin_one" not in sys.modules
    assert rb.load("PLUGIN-1").region_names() == ("SR",)


@pytest.mark.parametrize(
    ("entries", "code", "match"),
    [
        ({"PLUGIN-1": "plugin_absent:Search"}, {}, "of plugin-one cannot be imported: ModuleNotFoundError"),
        ({"PLUGIN-1": "plugin_one:Absent"}, {"plugin_one": SEARCH}, "cannot be imported: AttributeError"),
        ({"PLUGIN-1": "plugin_one:Search"}, {"plugin_one": "def (:"}, "cannot be imported: SyntaxError"),
        ({"PLUGIN-1": "plugin_one:rb"}, {"plugin_one": SEARCH}, "plugin-one gives <module 'recastbook'"),
        ({"PLUGIN-2": "plugin_one:Search"}, {"plugin_one": SEARCH}, "PLUGIN-2: .*whose identifier is 'PLUGIN-1'"),
    ],
    ids=["no module", "no class", "syntax", "no search", "other name"],
)
def test_broken_plugins_are_named(plugins: Path, entries: dict[str, str], code: dict[str, str], match: str) -> None:
    distribution(plugins, "plugin-one", entries, code)
    importlib.invalidate_caches()
    with pytest.raises(AnalysisError, match=match):
        rb.load(next(iter(entries)))


def test_two_packages_with_one_name_are_both_named(plugins: Path) -> None:
    distribution(plugins, "plugin-one", {"PLUGIN-1": "plugin_one:Search"}, {"plugin_one": SEARCH})
    distribution(plugins, "plugin-two", {"PLUGIN-1": "plugin_two:Search"}, {"plugin_two": SEARCH})
    assert rb.analyses().count("PLUGIN-1") == 1
    with pytest.raises(AnalysisError, match=r"more than one installed package provides it: .*Uninstall all") as caught:
        rb.load("PLUGIN-1")
    assert "plugin-one" in str(caught.value)
    assert "plugin-two" in str(caught.value)
