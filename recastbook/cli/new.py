"""``recastbook new``: the skeleton of a package with a search."""

from __future__ import annotations

import json
import keyword
import re
import shutil
import tempfile
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from string import Template

import click

from recastbook.cli.app import common_options
from recastbook.cli.screen import print_json, say
from recastbook.exceptions import BadOption
from recastbook.network.draft import draft_card

__all__ = ["new_command", "write_skeleton"]

# template -> place in the package that is written
_FILES = {
    "pyproject.toml.tmpl": "pyproject.toml",
    "README.md.tmpl": "README.md",
    "init.py.tmpl": "{module}/__init__.py",
    "analysis.py.tmpl": "{module}/analysis.py",
    "info.yaml.tmpl": "{module}/info.yaml",
    "regions.yaml.tmpl": "{module}/regions.yaml",
    "test_contract.py.tmpl": "tests/test_contract.py",
}

# what a network adds to a template
_NETWORK = {
    "analysis.py.tmpl": '''
    def network_inputs(
        self, objects: Mapping[str, Any], variant: str = "default", mask: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        """Return the inputs in the card's order for the events of a mask: here each is a feature of the same name."""
        chosen = slice(None) if mask is None else mask
        columns = {name: column[chosen] for name, column in self.features(objects).items()}
        return self.card.raw_matrix({}, columns, variant=None if variant == "default" else variant)
''',
    "regions.yaml.tmpl": """\
  - name: SR-network
    kind: signal
    preselection: common
    cuts:
      - {score: $score, above: 0.9}  # 0.9 is an example
""",
}


@click.command("new")
@click.argument("identifier", metavar="ID")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder to write; recast-<id> by default."
)
@click.option("--title", default="", help="Title of the paper.")
@click.option("--experiment", default="ATLAS", show_default=True)
@click.option(
    "--luminosity", default=139.0, show_default=True, type=click.FloatRange(0, min_open=True), help="In fb^-1."
)
@click.option("--energy", default=13.0, show_default=True, type=click.FloatRange(0, min_open=True), help="In TeV.")
@click.option(
    "--network",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="ONNX file: it is copied, and a draft of its model card is written. Needs --inputs.",
)
@click.option("--inputs", default="", help="Its inputs in order, as features: met,meff,n_jets.")
@common_options
def new_command(
    *,
    identifier: str,
    output: Path | None,
    title: str,
    experiment: str,
    luminosity: float,
    energy: float,
    network: Path | None,
    inputs: str,
    as_json: bool,
) -> None:
    """Write the skeleton of a package with the search ID: code, YAML files and the contract as a test."""
    names = tuple(name.strip() for name in inputs.split(",") if name.strip())
    if bool(names) != (network is not None):
        message = "--network and --inputs go together: the file, and the names of its inputs in order"
        raise BadOption(message)
    folder = write_skeleton(
        identifier, output, title=title, experiment=experiment, luminosity_fb=luminosity, energy_tev=energy,
        network=network, inputs=names,
    )  # fmt: skip
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    if as_json:
        print_json({"identifier": identifier, "folder": str(folder), "files": files})
        return
    say(f"Written to {folder}: {', '.join(files)}")
    if network is not None:
        say("Look at network.yaml and the cut of SR-network; `recastbook lint` says what the card lacks.")
    say(f"Next: cd '{folder}' && python -m pip install -e '.[test]' && python -m pytest")


def write_skeleton(
    identifier: str,
    output: Path | None = None,
    *,
    title: str = "",
    experiment: str = "ATLAS",
    luminosity_fb: float = 139.0,
    energy_tev: float = 13.0,
    network: Path | None = None,
    inputs: Sequence[str] = (),
) -> Path:
    """Write a package with a new search and return its folder.

    Parameters
    ----------
    identifier
        Of the search: letters, digits and ``. _ -`` inside.
    output
        Folder to write; it must not exist, or be empty.
    title, experiment
        For info.yaml.
    luminosity_fb
        Integrated luminosity in fb^-1.
    energy_tev
        Centre-of-mass energy in TeV.
    network
        An ONNX file; it is copied, and a draft of its card and a region that cuts on its last output are written.
    inputs
        Names of its inputs in order; those of features that recastbook knows get unit and definition.

    Raises
    ------
    BadOption
        If the identifier cannot be one or is taken, the folder is not empty, or the network is no plain ONNX file with
        that number of inputs.
    """
    from recastbook.registry import analyses, is_identifier

    if not is_identifier(identifier):
        message = (
            f"{identifier!r} cannot be the identifier of a search: at most 64 letters, digits and '-', '.', '_' inside "
            "work, as in ATLAS-SUSY-2018-30"
        )
        raise BadOption(message)
    if identifier.casefold() in {name.casefold() for name in analyses()}:
        message = f"there is a search {identifier} already, see `recastbook show {identifier}`"
        raise BadOption(message)
    slug = re.sub(r"[^a-z0-9]+", "_", identifier.lower())
    module = f"recast_{slug}"
    class_name = re.sub(r"[^A-Za-z0-9]+", "_", identifier)
    if class_name[0].isdigit() or keyword.iskeyword(class_name):
        class_name = f"Search_{class_name}"
    folder = output if output is not None else Path(module.replace("_", "-"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{folder} exists already; name another place with --output"
        raise BadOption(message)
    values = {
        "identifier": identifier,
        "distribution": module.replace("_", "-"),
        "module": module,
        "class_name": class_name,
        # JSON texts are YAML texts: quotes and line breaks of a title stay inside it
        "title": json.dumps(title or f"The search {identifier}"),
        "experiment": json.dumps(experiment),
        "luminosity_fb": repr(float(luminosity_fb)),
        "energy_tev": repr(float(energy_tev)),
    }
    card, outputs = draft_card(network, identifier, inputs) if network is not None else ("", ("",))
    folder.parent.mkdir(parents=True, exist_ok=True)
    # all files or none
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".recastbook-new-") as scratch:
        root = Path(scratch) / "package"
        for template, place in _FILES.items():
            text = (resources.files("recastbook") / "skeleton" / template).read_text(encoding="utf-8")
            target = root / place.format(module=module)
            target.parent.mkdir(parents=True, exist_ok=True)
            more = _NETWORK.get(template, "") if network is not None else ""
            target.write_text(Template(text + more).substitute(values, score=outputs[-1]), encoding="utf-8")
        if network is not None:
            (root / module / "network.yaml").write_text(card, encoding="utf-8")
            shutil.copyfile(network, root / module / network.name)
        if folder.exists():
            folder.rmdir()
        shutil.move(root, folder)
    return folder
