"""Importing is fast, and the rooms know only the rooms before them."""

from __future__ import annotations

import ast
import json
import os
import re
import statistics
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import recastbook as rb

PACKAGE = Path(rb.__file__).parent
ROOMS = (
    "events", "detector", "objects", "features", "network", "surrogates", "regions", "cutflow", "statistics",
    "diagnostics", "plots", "widgets",
)  # fmt: skip
ANYONE = {"documents", "exceptions", "units", "display", "store", "published", "version", "writing"}
TIES = {
    "analysis",
    "dashboard",
    "inputs",
    "explanation",
    "registry",
    "processor",
    "radar",
    "result",
    "running",
    "cli",
    "testing",
    "doctor",
    "analyses",
    "teaching",
}
# one heavy dependency, one place
HEAVY = {
    "onnxruntime": {"network"},
    "onnx": {"network"},
    "pyhf": {"statistics"},
    "matplotlib": {"plots", "cli"},
    "mplhep": {"plots"},
    "ipywidgets": {"widgets"},
    "fastjet": {"events", "objects"},
    "pyhepmc": {"events"},
    "pythia8mc": {"events"},
    "sklearn": {"network", "surrogates"},
    "pylhe": {"events"},
    "numba": {"events"},
    "uproot": {"events"},
    "pooch": {"store"},
    "correctionlib": {"detector"},
    "click": {"cli"},
}
# ModelCard.lint() is a method because that is where a user looks for it; it imports the checklist when it is called
LATER = {
    "network/card.py": {"diagnostics"},
    # the gallery runs a search on the built-in events when it is called
    "plots/gallery.py": {"registry", "inputs"},
}
MODULE = re.compile(r"recastbook(\.\w+)+")
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "skeleton" not in path.parts)


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


class _DropTypeChecking(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST:
        checking = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return ast.Module(node.orelse, []) if checking else self.generic_visit(node)


def imported_modules(path: Path, *, at_run_time: bool = False) -> set[str]:
    """Every absolute module name that a file imports, inside functions and, unless told, for type checking too.

    What is imported by its name in a string counts as well.
    """
    found: set[str] = set()
    package = ["recastbook", *path.relative_to(PACKAGE).parts[:-1]]
    tree: ast.AST = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(_DropTypeChecking().visit(tree) if at_run_time else tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            found.add(module)
            if module == "recastbook":
                found |= {f"recastbook.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and MODULE.fullmatch(node.value):
            found.add(node.value)
    return found


def bare_imports(path: Path) -> set[str]:
    """Names of modules in plain import statements."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", [p for p in SOURCES if room_of(p) in ROOMS], ids=name_of)
def test_room_imports_only_rooms_before_it(path: Path) -> None:
    room = room_of(path)
    allowed = set(ROOMS[: ROOMS.index(room) + 1]) | ANYONE | LATER.get(name_of(path), set())
    assert "recastbook" not in bare_imports(path), f"{name_of(path)} imports the whole package, and so any room"
    used = {name.split(".")[1] for name in imported_modules(path) if name.startswith("recastbook.")}
    assert used <= allowed, f"{name_of(path)} is in room {room} and imports {sorted(used - allowed)}"


@pytest.mark.parametrize("path", [p for p in SOURCES if room_of(p) in ANYONE], ids=name_of)
def test_what_anyone_may_import_imports_no_room(path: Path) -> None:
    used = {name.split(".")[1] for name in imported_modules(path) if name.startswith("recastbook.")}
    assert used <= ANYONE, f"{name_of(path)} imports {sorted(used - ANYONE)}"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_heavy_dependency_stays_in_its_room(path: Path) -> None:
    room = room_of(path)
    strayed = {
        name for name in imported_modules(path, at_run_time=True) for heavy, homes in HEAVY.items()
        if name.split(".")[0] == heavy and room not in homes
    }  # fmt: skip
    assert not strayed, f"{name_of(path)} imports {sorted(strayed)}"


def test_every_top_level_file_has_a_place() -> None:
    known = {*ROOMS, *ANYONE, *TIES, "__init__", "__main__"}
    found = {room_of(path) for path in SOURCES}
    assert found <= known, f"neither a room nor a known top-level file: {sorted(found - known)}"


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
    )  # fmt: skip
    return done.stdout


def test_import_pulls_in_nothing_heavy() -> None:
    loaded = json.loads(run_python("import sys, json, recastbook; print(json.dumps(sorted(sys.modules)))"))
    tops = {name.split(".")[0] for name in loaded}
    heavy = {*HEAVY, "coffea", "awkward", "numpy", "scipy", "pandas", "pyarrow", "yaml", "requests", "dask", "rich"}
    assert not tops & heavy
    assert {name for name in loaded if name.startswith("recastbook")} <= {"recastbook"}


def test_loading_a_search_asks_for_no_schema_library() -> None:
    """Jupyter brings formats along with jsonschema that take seconds to import."""
    code = "import sys, recastbook as rb; rb.load('ATLAS-SUSY-2018-30').cards; print('jsonschema' in sys.modules)"
    assert run_python(code).strip() == "False"


def test_import_time() -> None:
    """At most 0.3 s; best of five, because the machine does other things too."""
    code = """
        import time
        start = time.perf_counter()
        import recastbook
        print(time.perf_counter() - start)
    """
    times = sorted(float(run_python(code)) for _ in range(5))
    assert times[0] <= 0.3, f"import recastbook takes {times[0]:.3f} s (median {statistics.median(times):.3f} s)"


def test_listing_searches_imports_none() -> None:
    code = """
        import json, sys
        import recastbook
        names = recastbook.analyses()
        print(json.dumps([names, sorted(m for m in sys.modules if m.startswith("recastbook.analyses."))]))
    """
    names, loaded = json.loads(run_python(code))
    assert "ATLAS-SUSY-2018-30" in names
    assert loaded == []
