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


@pytest.mark.parametrize("name", ["README.md", "notebooks/README.md"])
def test_code_is_not_cut_off_where_it_is_read(name: str) -> None:
    """A column of the documentation, and of GitHub, holds 90 characters; the rest has to be scrolled for."""
    blocks = re.findall(r"```\w*\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    assert not [line for block in blocks for line in block.splitlines() if len(line) > 90]


def test_readme_names_every_search() -> None:
    shipped = {name for name in rb.analyses() if name.startswith("ATLAS-")}  # other tests register toys
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"ATLAS-[A-Z]+-\d{4}-\d\d", readme.split("## Install")[0])) == shipped


def test_teachers_page_names_what_the_widgets_and_notebooks_say() -> None:
    from recastbook.diagnostics.hunt import hypotheses

    page = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    trap = re.search(r"choose the trap \*(.+?)\*", page)[1]  # type: ignore[index]
    assert sum(h.what.startswith(trap) for h in hypotheses(rb.load("ATLAS-SUSY-2018-30").card)) == 1
    minutes = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", page, re.MULTILINE))
    first = {p.stem: p.read_text(encoding="utf-8") for p in (ROOT / "notebooks").glob("*.ipynb")}
    assert minutes == {name: re.search(r"\*Time: (\d+) minutes", text)[1] for name, text in first.items()}  # type: ignore[index]


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
