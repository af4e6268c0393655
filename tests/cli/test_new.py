"""The skeleton: written whole or not at all, and a search that works as it is."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import recastbook as rb
from recastbook.cli.new import write_skeleton
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import AnalysisError, BadOption
from recastbook.testing import check_analysis


def pretend_installed(folder: Path) -> None:
    """Put the metadata beside the package that an installer would have written."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = [f"{name} = {value}" for name, value in project["entry-points"]["recastbook.analyses"].items()]
    (info / "entry_points.txt").write_text("\n".join(["[recastbook.analyses]", *lines, ""]))


@pytest.fixture
def skeleton(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = write_skeleton("ATLAS-TEST-2099-01", tmp_path / "mine", title='A "quoted": title\n- and more')
    pretend_installed(folder)
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    yield folder
    for name in [name for name in sys.modules if name.startswith("recast_atlas_test_2099_01")]:
        del sys.modules[name]


def test_title_stays_a_title(tmp_path: Path) -> None:
    title = 'A "quoted": title\n- and more: {x} $y # z'
    folder = write_skeleton("X-1", tmp_path / "mine", title=title)
    assert yaml.safe_load((folder / "recast_x_1" / "info.yaml").read_text())["title"] == title


def small_network(path: Path, n_inputs: int = 2) -> Path:
    """Write a softmax of the inputs."""
    from onnx import TensorProto, checker, helper, save

    rows = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [None, n_inputs]) for n in ("x", "p")]
    graph = helper.make_graph([helper.make_node("Softmax", ["x"], ["p"])], "small", rows[:1], rows[1:])
    model = helper.make_model(graph, producer_name="a test", opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    checker.check_model(model)
    save(model, path)
    return path


def test_a_network_comes_with_a_card_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = small_network(tmp_path / "small.onnx")
    folder = write_skeleton("NN-1", tmp_path / "mine", network=network, inputs=("n_bjets", "n_jets"))
    pretend_installed(folder)
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    search = rb.load("NN-1")
    assert [column.unit for column in search.card.inputs] == ["1", "1"]
    assert search.card.files[0].framework == "a test"
    result = search.run(builtin_samples()["gtt_2100_1"], events=100, progress=False)
    row = next(r for r in result.yields("signal") if r.region == "SR-network")
    # p(n_jets) > 0.9 is n_jets - n_bjets > ln 9 = 2.197
    raw = search.collect_inputs(result, stage="preselection").matrix().raw
    assert row.raw == int((raw[:, 1] - raw[:, 0] > np.log(9)).sum()) > 0


@pytest.mark.parametrize(
    ("inputs", "match"),
    [
        (("met",), r"small.onnx: the network has 2 inputs, 1 names are given \(met\)"),
        ((), r"0 names are given \(none\)"),
    ],
)
def test_a_network_with_another_number_of_inputs(tmp_path: Path, inputs: tuple[str, ...], match: str) -> None:
    with pytest.raises(BadOption, match=match):
        write_skeleton("NN-2", tmp_path / "mine", network=small_network(tmp_path / "small.onnx"), inputs=inputs)
    assert not (tmp_path / "mine").exists()


def test_listed_without_import_and_loaded(skeleton: Path) -> None:
    assert "ATLAS-TEST-2099-01" in rb.analyses()
    assert "recast_atlas_test_2099_01" not in sys.modules
    search = rb.load("ATLAS-TEST-2099-01")
    assert search.identifier == "ATLAS-TEST-2099-01"
    assert search.region_names("signal") == ("SR-0L", "SR-1L")


def test_skeleton_fulfils_the_contract(skeleton: Path) -> None:
    report = check_analysis(type(rb.load("ATLAS-TEST-2099-01")))
    assert "chunks and order do not matter" in report.passed
    assert [name for name, _ in report.skipped] == ["golden rows"]


def test_skeleton_on_the_command_line(skeleton: Path) -> None:
    """In a process of its own, as a user would have it."""
    code = "import sys; from recastbook.cli import main; sys.exit(main())"
    environment = {**os.environ, "PYTHONPATH": str(skeleton)}

    def type_in(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    assert "ATLAS-TEST-2099-01" in type_in("list").stdout
    done = type_in("run", "ATLAS-TEST-2099-01", "--events", "100", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["regions"]["SR-0L"]["status"] == "ok"
    # no table of observations is shipped with a skeleton, so there is nothing to judge by
    assert said["verdict"]["conclusion"] == "inconclusive"


def test_its_own_test_passes(skeleton: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(skeleton)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(skeleton / "tests")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=skeleton)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../escape",
        "a/b",
        "a b",
        "-x",
        "x-",
        ".hidden",
        "a..b",
        "x" * 65,
        "a\nb",
        "a;b",
        "$(id)",
        "ä",
        "a\0b",
        "a'b",
    ],
)
def test_hostile_names_are_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadOption, match="cannot be the identifier of a search"):
        write_skeleton(name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "class_name"), [("2HDM-1", "Search_2HDM_1"), ("class", "Search_class"), ("CMS.SUS-16", "CMS_SUS_16")]
)
def test_names_that_are_no_python_names(name: str, class_name: str, tmp_path: Path) -> None:
    folder = write_skeleton(name, tmp_path / "mine")
    (module,) = folder.glob("recast_*")
    code = (module / "analysis.py").read_text(encoding="utf-8")
    compile(code, "analysis.py", "exec")
    assert f"class {class_name}(rb.Analysis):" in code


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="there is a search atlas-susy-2018-30 already"):
        write_skeleton("atlas-susy-2018-30", tmp_path / "mine")


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(BadOption, match="exists already"):
        write_skeleton("X-1", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_json_names_the_files(tmp_path: Path, recastbook: Callable[..., Any]) -> None:
    said = recastbook("new", "X-1", "--output", tmp_path / "mine", "--json")
    assert said.code == 0
    assert "recast_x_1/regions.yaml" in said.json["files"]
    assert all((tmp_path / "mine" / name).is_file() for name in said.json["files"])


def test_broken_plugin_is_named_and_hides_no_other(skeleton: Path, recastbook: Callable[..., Any]) -> None:
    (skeleton / "recast_atlas_test_2099_01" / "analysis.py").write_text("import does_not_exist\n")
    with pytest.raises(AnalysisError, match=r"ATLAS-TEST-2099-01: .*recast-atlas-test-2099-01.*does_not_exist"):
        rb.load("ATLAS-TEST-2099-01")
    said = recastbook("list", "--json")
    assert said.code == 0
    status = {row["id"]: row["status"] for row in said.json["analyses"]}
    assert status["ATLAS-TEST-2099-01"] == "broken"
    assert status["ATLAS-SUSY-2018-30"] != "broken"
