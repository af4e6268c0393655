"""Notebooks are stored without outputs, hold no code of the package, run offline, and fail if the physics does."""

from __future__ import annotations

import ast
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

import recastbook as rb

FOLDER = Path(rb.__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
if not NOTEBOOKS:
    pytest.skip("recastbook is installed, these tests are about a checkout", allow_module_level=True)
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_of(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


# the kernel's largest memory, KiB; getrusage would count what the process it was forked from had
MEASURED = Path("/proc/self/status").exists()
PEAK = "print(next((s.split()[1] for s in open('/proc/self/status') if s.startswith('VmHWM')), 0))"


def peak_mib(cell: Any) -> float:
    text = "".join(output.get("text", "") for output in cell.outputs if output.get("name") == "stdout")
    return int(text.split()[-1]) / 1024


@each_notebook
def test_says_how_long_it_takes(path: Path) -> None:
    assert re.search(r"^\*Time: \d+ minutes\.", nbformat.read(path, as_version=4).cells[0].source, re.MULTILINE)


@each_notebook
def test_first_code_cell_installs_where_it_must(path: Path) -> None:
    """So that the same notebooks run in Colab and VS Code."""
    first = code_of(path)[0]
    assert 'find_spec("recastbook") is None' in first
    assert "pip" in first


@each_notebook
def test_names_no_place_of_this_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(/home|/root|/tmp|/work|C:\\\\Users)/", text)


@each_notebook
def test_stored_without_outputs(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@each_notebook
def test_numbered(path: Path) -> None:
    assert path.stem[:2].isdigit()
    assert path.stem[2] == "_"


@each_notebook
def test_no_function_longer_than_five_lines(path: Path) -> None:
    for source in code_of(path):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno < 5, node.name


@each_notebook
def test_ends_with_checks(path: Path) -> None:
    assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(code_of(path)[-1])))


def cpu_of_children() -> float:
    """Seconds of processor time of the kernels that have ended."""
    times = os.times()
    return times.children_user + times.children_system


# one of the files that a notebook cannot do without; the others come with it
NEEDS = {
    "03_why_did_it_fail": "OneLeptonMultiJets2018_6jets.onnx",
    "04_HHH_6b": "ANA-HIGP-2024-32_resDNN_model_even.onnx",
    "08_efficiency_map": "HEPData-ins2043503-v3-Figure_11_of_Aux._Mat..yaml",
    "09_surrogate": "HEPData-ins2043503-v3-Figure_11_of_Aux._Mat..yaml",
}


@pytest.mark.slow
# what the kernel's client leaves open when it stops is no concern of ours
@pytest.mark.filterwarnings("ignore")
@each_notebook
def test_runs_offline_and_fast(path: Path, tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    if path.stem in NEEDS:
        shared_data(NEEDS[path.stem])
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK if MEASURED else ""))
    start, used = time.monotonic(), cpu_of_children()
    client = nbclient.NotebookClient(
        notebook, timeout=180, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    # the tests draw without a notebook; the notebook's kernel draws into it, as it does for a user
    # exercises are solved by their solution cells, and a check that fails is an error (recastbook.teaching)
    environment = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "RECASTBOOK_STRICT": "1"}
    client.execute(env={**os.environ, **environment})
    # on a machine with other work the clock says how busy it is; the processor's own time says how long the notebook is
    assert min(time.monotonic() - start, cpu_of_children() - used) < 90
    assert not MEASURED or peak_mib(notebook.cells[-1]) < 1024
    for cell in notebook.cells:
        if cell.cell_type == "code" and ".plot_" in cell.source:
            shown = [kind for output in cell.outputs for kind in output.get("data", {})]
            assert "image/png" in shown, f"nothing is drawn by {cell.source!r}"
