"""What must not stand in the repository, and what every file must be."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

import recastbook as rb

PACKAGE = Path(rb.__file__).parent
ROOT = PACKAGE.parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
YAMLS = sorted(path for pattern in ("*.yaml", "*.yml") for path in PACKAGE.rglob(pattern))
FORBIDDEN_CALLS = {"eval", "exec", "__import__", "compile"}
FORBIDDEN_ATTRIBUTES = {
    ("pickle", "load"), ("pickle", "loads"), ("cloudpickle", "load"), ("cloudpickle", "loads"), ("joblib", "load"),
    ("marshal", "loads"), ("shelve", "open"), ("yaml", "load"), ("yaml", "unsafe_load"), ("yaml", "full_load"),
    ("os", "system"), ("os", "popen"),
}  # fmt: skip
# The one place that reads a pickle, on demand, in a confined process that nothing but the sandbox starts.
CONFINED = {"network/conversion/foreign.py": {("joblib", "load")}}
# Names that say nothing about what is inside.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
# Folders of some machine. The repository is written for every machine.
MACHINE_PATH = re.compile(r"(?<![A-Za-z0-9_.])/(?:work|farm|tmp|root|home)/[A-Za-z0-9_.]+")


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    said = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in said.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_forbidden_calls(path: Path) -> None:
    """Nothing that runs text or unpickles a file; no assert, which -O removes, where users are checked."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not isinstance(node, ast.Assert), f"{name_of(path)}:{node.lineno}: assert"
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        where = f"{name_of(path)}:{node.lineno}"
        if isinstance(called, ast.Name):
            assert called.id not in FORBIDDEN_CALLS, f"{where}: {called.id}"
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            forbidden = FORBIDDEN_ATTRIBUTES - CONFINED.get(name_of(path), set())
            assert (called.value.id, called.attr) not in forbidden, f"{where}: {ast.unparse(called)}"
        for keyword in node.keywords:
            hidden = keyword.arg in ("shell", "allow_pickle") and getattr(keyword.value, "value", None) is not False
            assert not hidden, f"{where}: {keyword.arg}={ast.unparse(keyword.value)}"


def test_only_the_sandbox_reaches_what_unpickles() -> None:
    """No other file names the module, so that no pickle is read in the user's own process."""
    names = re.compile(r"import foreign|conversion\.foreign import")
    reaching = {name_of(path) for path in SOURCES if names.search(path.read_text(encoding="utf-8"))}
    assert reaching == {"network/conversion/sandbox/child.py"}


class _UniqueKeys(yaml.SafeLoader):
    """The safe loader, but a key that stands twice is an error: the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        twice = {str(key) for key in keys if keys.count(key) > 1}
        assert not twice, f"{node.start_mark}: {sorted(twice)} more than once"
        return super().construct_mapping(node, deep)


@pytest.mark.parametrize("path", YAMLS, ids=name_of)
def test_yaml_is_safe_and_its_keys_unique(path: Path) -> None:
    assert _UniqueKeys(path.read_text(encoding="utf-8")).get_single_data() is not None


def test_names_say_what_is_inside() -> None:
    assert not [name_of(path) for path in SOURCES if path.stem in EMPTY_NAMES or path.parent.name in EMPTY_NAMES]


def test_no_path_of_a_machine() -> None:
    found = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            text = path.read_bytes().decode("latin-1")
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in MACHINE_PATH.finditer(text)]
    assert not found


def test_no_large_files() -> None:
    large = {str(p.relative_to(ROOT)): p.stat().st_size for p in tracked_files() if p.stat().st_size > 3_000_000}
    assert not large


def test_repository_address_stands_in_one_place() -> None:
    """pyproject.toml says where the repository is; only a notebook that has none may say it too."""
    address = "github.com/recastbook/" + "recastbook"
    holders = [p.relative_to(ROOT).as_posix() for p in tracked_files() if address.encode() in p.read_bytes()]
    assert [name for name in holders if not name.endswith(".ipynb")] == ["pyproject.toml"]


def test_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()
