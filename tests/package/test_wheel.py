"""The wheel holds the data that the code reads."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import recastbook as rb

PACKAGE = Path(rb.__file__).parent
ROOT = PACKAGE.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("recastbook is installed, this test is about a checkout")
    out = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    (built,) = out.glob("*.whl")
    return zipfile.ZipFile(built)


@pytest.mark.parametrize("suffix", [".py", ".yaml", ".json", ".onnx", ".parquet", ".csv", ".typed", ".tmpl"])
def test_every_file_of_the_package_is_in_the_wheel(wheel: zipfile.ZipFile, suffix: str) -> None:
    names = set(wheel.namelist())
    here = {
        f"recastbook/{path.relative_to(PACKAGE).as_posix()}"
        for path in PACKAGE.rglob(f"*{suffix}") if "__pycache__" not in path.parts
    }  # fmt: skip
    assert here <= names, sorted(here - names)


def test_entry_points_and_licence_are_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    folder = next(name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name)
    text = wheel.read(f"{folder}/entry_points.txt").decode()
    assert "recastbook = recastbook.cli:main" in text
    assert "ATLAS-SUSY-2018-30 = recastbook.analyses.atlas_susy_2018_30:ATLAS_SUSY_2018_30" in text
    assert f"{folder}/licenses/LICENSE" in wheel.namelist()


def test_nothing_else_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"recastbook"}
