"""Reading YAML from anywhere: plain data only, one meaning only, small enough, errors that name file and line."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from recastbook.exceptions import BadSpecification

__all__ = ["parse_yaml", "read_yaml"]

MAX_BYTES = 4 << 20
"""Largest document that is read."""
MAX_DEPTH = 40
"""Deepest nesting that is read."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path | Traversable, *, what: str = "specification") -> Any:
    """Read a YAML file; see :func:`parse_yaml`.

    Parameters
    ----------
    path
        File or package resource, UTF-8, at most 4 MiB.
    what
        What it should be, named in errors.

    Raises
    ------
    BadSpecification
        If it cannot be read, is too large, not UTF-8, or not acceptable YAML.
    """
    source = str(path) if isinstance(path, Path) else path.name
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            msg = f"{source}: larger than a {what} may be ({MAX_BYTES} bytes)"
            raise BadSpecification(msg)
        text = content.decode("utf-8")
    except OSError as error:
        msg = f"{source}: the {what} cannot be read ({error.strerror or error})"
        raise BadSpecification(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{source}: a {what} is UTF-8 text; byte {error.start} is not"
        raise BadSpecification(msg) from error
    return parse_yaml(text, source, what=what)


def parse_yaml(text: str, source: str, *, what: str = "specification") -> Any:
    """Parse YAML with the safe loader; tags that build objects, duplicate keys, aliases and deep nesting are refused.

    Parameters
    ----------
    text
        The YAML, at most 4 MiB.
    source
        Name of the file, used in errors.
    what
        What it should be, named in errors.

    Raises
    ------
    BadSpecification
        For anything refused; file and line are named.

    Examples
    --------
    >>> parse_yaml("met: 200", "cuts.yaml")
    {'met': 200}
    """
    if len(text) > MAX_BYTES:
        msg = f"{source}: larger than a {what} may be ({MAX_BYTES} bytes)"
        raise BadSpecification(msg)
    try:
        _check_events(text, source, what)
        opened = _LOADER(text)
        try:
            node = opened.get_single_node()
            if node is None:
                msg = f"{source}: the {what} is empty"
                raise BadSpecification(msg)
            _refuse_duplicates(node, source)
            return opened.construct_document(node)
        finally:
            opened.dispose()
    except BadSpecification:
        raise
    except (yaml.YAMLError, ValueError) as error:
        if "nesting depth" in str(error):  # libyaml looks ahead, and has a limit of its own
            msg = f"{source}: nested deeper than {MAX_DEPTH} levels"
            raise BadSpecification(msg) from error
        msg = f"{source}: not readable as YAML: {_complaint(error)}"
        raise BadSpecification(msg) from error


def _complaint(error: Exception) -> str:
    """Say where YAML breaks off, and that indentation is what usually does it."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if mark is None or not problem:
        return " ".join(str(error).split())
    where = f"line {mark.line + 1}, column {mark.column + 1}: {problem}"
    return f"{where}; look at indentation, brackets and quotes there and in the line above"


def _check_events(text: str, source: str, what: str) -> None:
    # The event stream is not recursive: nesting that would exhaust the stack in the next step is found here.
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = getattr(event.start_mark, "line", 0) + 1
        if isinstance(event, yaml.AliasEvent):
            msg = f"{source}: line {line}: YAML aliases are not allowed in a {what}"
            raise BadSpecification(msg)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            msg = f"{source}: line {line}: nested deeper than {MAX_DEPTH} levels"
            raise BadSpecification(msg)


def _refuse_duplicates(root: yaml.Node, source: str) -> None:
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.SequenceNode):
            pending.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            seen: dict[Any, int] = {}
            for key, value in node.value:
                line = key.start_mark.line + 1 if key.start_mark else 0
                if isinstance(key.value, str) and key.value in seen:
                    msg = f"{source}: line {line}: the key {key.value!r} occurs twice (first in line {seen[key.value]})"
                    raise BadSpecification(msg)
                if isinstance(key.value, str):
                    seen[key.value] = line
                pending.extend((key, value))
