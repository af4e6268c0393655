"""Binder gets the environment that was tested: pinned, complete, and the same as the one beside README."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

import recastbook as rb

ROOT = Path(rb.__file__).parent.parent
if not (ROOT / "pyproject.toml").is_file():
    pytest.skip("recastbook is installed, these tests are about a checkout", allow_module_level=True)
EXTRAS = ("notebook", "generate", "convert", "dashboard")


@pytest.fixture(scope="module")
def asked() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    lines = [*project["dependencies"], *(line for extra in EXTRAS for line in optional[extra])]
    return [Requirement(line) for line in lines]


@pytest.fixture(scope="module")
def pinned() -> dict[str, str]:
    environment: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    lines = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    found = dict(re.fullmatch(r"([A-Za-z0-9_.-]+)==([0-9][A-Za-z0-9.]*)", line).groups() for line in lines)  # type: ignore[union-attr,misc]
    assert len(found) == len(lines)
    return found


def test_every_package_is_pinned_and_none_is_left_over(asked: list[Requirement], pinned: dict[str, str]) -> None:
    assert set(pinned) == {requirement.name for requirement in asked}


def test_every_pin_is_what_the_project_allows(asked: list[Requirement], pinned: dict[str, str]) -> None:
    wrong = [str(r) for r in asked if not r.specifier.contains(pinned[r.name], prereleases=True)]
    assert not wrong


def test_both_environments_are_one() -> None:
    assert (ROOT / "environment.yml").read_bytes() == (ROOT / "binder" / "environment.yml").read_bytes()


def test_binder_stops_at_the_first_error() -> None:
    lines = (ROOT / "binder" / "postBuild").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("#!")
    assert "set -e" in lines
    assert (ROOT / "binder" / "postBuild").stat().st_mode & 0o111


def test_binder_runs_every_notebook_once() -> None:
    """So that events are generated, kernels compiled and files fetched before the first visitor comes."""
    text = (ROOT / "binder" / "postBuild").read_text(encoding="utf-8")
    assert "notebooks/[0-9]*.ipynb" in text
    assert "recastbook fetch" in text


def test_binder_settles_jupyterlab() -> None:
    """No question at the first start, and the widgets' pictures in saved notebooks, as README tells users to tick."""
    text = (ROOT / "binder" / "postBuild").read_text(encoding="utf-8")
    path, content = re.search(r'cat >"(\S+)" <<\'JSON\'\n(.*?)JSON\n', text, re.DOTALL).groups()  # type: ignore[union-attr]
    assert path.endswith("/overrides.json")
    assert json.loads(content)["@jupyter-widgets/jupyterlab-manager:plugin"] == {"saveState": True}


def test_readme_has_the_launch_badge() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "https://mybinder.org/badge_logo.svg" in readme
    assert re.search(r"https://mybinder\.org/v2/gh/recastbook/recastbook/\S+urlpath=lab/tree/notebooks", readme)
