"""The files that describe the project agree with each other."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

import recastbook as rb

ROOT = Path(rb.__file__).parent.parent
if not (ROOT / "pyproject.toml").is_file():
    pytest.skip("recastbook is installed, these tests are about a checkout", allow_module_level=True)


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("name", ["environment.yml", "binder/environment.yml"])
def test_environment_agrees_with_pyproject(name: str, project: dict[str, Any]) -> None:
    environment = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    extras = project["optional-dependencies"]
    assert sorted(pip) == sorted([*project["dependencies"], *extras["generate"], *extras["notebook"]])
    assert f"python{project['requires-python']}" in environment["dependencies"]


def test_both_environments_are_one() -> None:
    assert (ROOT / "environment.yml").read_bytes() == (ROOT / "binder" / "environment.yml").read_bytes()


def test_binder_stops_at_the_first_error() -> None:
    lines = (ROOT / "binder" / "postBuild").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("#!")
    assert "set -e" in lines
    assert (ROOT / "binder" / "postBuild").stat().st_mode & 0o111


def test_readme_commands_are_the_ones_that_are_tested() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = dict(re.findall(r"<!-- (first|second) command -->\n```bash\n(.+)\n```", readme))
    assert commands == {
        "first": "python -m pip install . && recastbook run ATLAS-SUSY-2018-30",
        "second": "python -m pip install '.[test,generate]' && python -m pytest",
    }


def test_readme_names_every_command() -> None:
    from recastbook.cli.app import _COMMANDS

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [name for name in _COMMANDS if name not in readme]


def test_readme_names_what_is_not_permissive() -> None:
    licences = (ROOT / "README.md").read_text(encoding="utf-8").split("## Licences")[1]
    for word in ("FastJet", "GPL", "HepMC3", "LGPL", "Pythia", "petrifyML"):
        assert word in licences


def test_citation_is_valid_yaml() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["license"] == "BSD-3-Clause"


def test_installed_metadata_is_that_of_the_checkout(project: dict[str, Any]) -> None:
    """Doctor reads the installed metadata; a stale editable install would make it lie."""
    installed = {Requirement(line).name for line in requires("recastbook") or () if "extra ==" not in line}
    assert installed == {Requirement(line).name for line in project["dependencies"]}
