"""Write environment.yml and binder/environment.yml: what a notebook needs, at the versions installed here.

Run ``python scripts/pin_environment.py`` in an environment in which the tests pass. Binder reads only its own folder,
so the file is written twice; what has to hold between it and pyproject.toml is in ``tests/package/test_binder.py``.
"""

from __future__ import annotations

import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
EXTRAS = ("notebook", "generate", "convert", "dashboard")
"""What the notebooks use: JupyterLab, Pythia, scikit-learn with its way to ONNX, Voila."""
PYTHON = "3.11"
HEAD = """\
# What the notebooks need, at versions that were tested together: `conda env create -f environment.yml`, then in the
# environment `python -m pip install --no-deps .`. The same file lies in binder/. Made by scripts/pin_environment.py.
name: recastbook
channels:
  - conda-forge
dependencies:
  - python={python}
  - pip
  - pip:
"""


def wanted() -> list[Requirement]:
    """Return the requirements of recastbook and of the extras that notebooks use."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    lines = [*project["dependencies"], *(line for extra in EXTRAS for line in optional[extra])]
    return [Requirement(line) for line in lines]


def main() -> None:
    """Write both files."""
    names = sorted({requirement.name for requirement in wanted()}, key=str.lower)
    text = HEAD.format(python=PYTHON) + "".join(f'      - "{name}=={version(name)}"\n' for name in names)
    for path in (ROOT / "environment.yml", ROOT / "binder" / "environment.yml"):
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
