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
