"""Sphinx: the reference is made from the docstrings, a page a room; nothing is fetched while building."""

from __future__ import annotations

import ast
import inspect
import shutil
from pathlib import Path
from typing import Any

from traitlets import HasTraits

import recastbook as rb

HERE = Path(__file__).parent
PACKAGE = Path(rb.__file__).parent
GENERATED = HERE / "api"

project = "recastbook"
author = "The recastbook team"
project_copyright = "the recastbook team"
version = release = rb.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "recastbook"
myst_heading_anchors = 3
napoleon_google_docstring = False
# "Attributes" of a class are documented where they stand
napoleon_use_ivar = True
autodoc_typehints = "none"  # the docstrings give shapes and units, types stand in the signatures
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
# one name in several modules: a public name and where it is made
suppress_warnings = ["ref.python"]
ROOMS = (
    "events", "detector", "objects", "features", "network", "surrogates", "regions", "cutflow", "statistics",
    "diagnostics", "plots", "widgets", "published", "display", "analyses",
)  # fmt: skip


def first_line(path: Path) -> str:
    """Return what a module says of itself."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return said.split("\n\n")[0].replace("\n", " ")


def has_public_names(path: Path) -> bool:
    """Whether a module defines something that it lists in ``__all__``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    listed = [
        {str(e.value) for e in node.value.elts if isinstance(e, ast.Constant)}
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.List | ast.Tuple)
        and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    ]
    defined = {n.name for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)}
    return bool(listed and listed[0] & defined)


def module_name(path: Path) -> str:
    """Return the dotted name of a file of the package."""
    parts = ["recastbook", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(part for part in parts if part != "__init__")


def page(title: str, intro: str, files: list[Path]) -> str:
    """Return a page of the reference."""
    lines = [f"# {title}", "", intro, ""]
    for path in files:
        name = module_name(path)
        lines += [f"## {name}", "", "```{eval-rst}", f".. automodule:: {name}", "```", ""]
    return "\n".join(lines)


def write_reference(_: object) -> None:
    """Write a page for every room, and one for the files that tie rooms together."""
    shutil.rmtree(GENERATED, ignore_errors=True)
    GENERATED.mkdir()
    names = []
    top = [path for path in sorted(PACKAGE.glob("*.py")) if has_public_names(path)]
    pages = {"top-level": ("Top level", "What ties the rooms together.", top)}
    for room in ROOMS:
        folder = PACKAGE / room
        files = [path for path in sorted(folder.rglob("*.py")) if has_public_names(path)]
        if files:
            pages[room] = (room, first_line(folder / "__init__.py"), files)
    for name, (title, intro, files) in pages.items():
        (GENERATED / f"{name}.md").write_text(page(title, intro, files), encoding="utf-8")
        names.append(name)
    index = [
        "# Reference",
        "",
        "A page a room, in the order in which data flow.",
        "",
        "```{toctree}",
        *names,
        "```",
        "",
    ]
    (GENERATED / "index.md").write_text("\n".join(index), encoding="utf-8")


def link_pages(_app: object, _path: object, _name: str, content: list[str]) -> None:
    """Let README's links to files that are pages here lead to these."""
    content[0] = content[0].replace("](notebooks/README.md)", "](notebooks.md)")


def sign_widgets(_app: object, what: str, _name: str, obj: Any, *_: object) -> tuple[str, None] | None:
    """Show what a widget is made with: traitlets hides it behind a general ``__new__``."""
    if what != "class" or not issubclass(obj, HasTraits):
        return None
    made = inspect.signature(obj.__init__)
    bare = [p.replace(annotation=p.empty) for p in list(made.parameters.values())[1:]]
    return str(inspect.Signature(bare)), None


def spare_source_pages(_app: object, name: str, _template: str, context: dict[str, Any], *_: object) -> None:
    """Leave out the sidebar beside source code: to make that of 330 pages took two thirds of the time."""
    if name.startswith("_modules/"):
        context["toctree"] = lambda **_: ""


def setup(app: Any) -> None:
    """Make the reference before Sphinx reads its sources."""
    app.connect("builder-inited", write_reference)
    app.connect("include-read", link_pages)
    app.connect("autodoc-process-signature", sign_widgets)
    app.connect("html-page-context", spare_source_pages, priority=100)  # before the theme asks for it
