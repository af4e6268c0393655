"""What is inside an ONNX file: read from its bytes, without running anything and without the onnx package."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from recastbook import display
from recastbook.exceptions import NetworkError
from recastbook.network import wire
from recastbook.network.contract import Tensor
from recastbook.network.files import read_any
from recastbook.network.flops import count_flops
from recastbook.network.onnx_header import read_header
from recastbook.network.onnx_parts import Stored, parts_of

__all__ = ["Inspection", "inspect", "refuse_foreign"]

_OWN_DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training"}


@dataclass(frozen=True, slots=True)
class Inspection(display.Tabular):
    """What an ONNX file holds."""

    path: Path | None
    """The file, if it was read from one."""
    size_bytes: int
    """Its length."""
    producer: str
    """Program that wrote it."""
    opsets: Mapping[str, int]
    """Operator set by domain; the domain of ONNX itself is the empty text."""
    inputs: tuple[Tensor, ...]
    """What is fed."""
    outputs: tuple[Tensor, ...]
    """What comes out."""
    operators: Mapping[str, int]
    """How often each operator occurs, subgraphs and functions included."""
    parameters: int
    """Numbers in constants of floating point, and in the nodes and leaves of trees."""
    trees: int
    """Trees of all ensembles."""
    flops: int
    """Floating-point operations for one row; a comparison of a tree counts as one."""
    not_counted: tuple[str, ...] = ()
    """Operators whose operations could not be counted."""
    external: tuple[str, ...] = ()
    """Files beside this one that hold constants."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Texts kept in the file."""

    @property
    def fixed_rows(self) -> int | None:
        """Number of rows that a call must have, None where it is free."""
        shape = self.inputs[0].shape if self.inputs else ()
        return shape[0] if len(shape) > 1 else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**asdict(self), "path": None if self.path is None else str(self.path), "fixed_rows": self.fixed_rows}

    def facts(self) -> dict[str, object]:
        """Return the facts in lines, for display."""
        counted = f", without {', '.join(self.not_counted)}" if self.not_counted else ""
        facts: dict[str, object] = {
            "size": f"{self.size_bytes} bytes",
            "written by": self.producer or "not stated",
            "operator sets": ", ".join(f"{name or 'ai.onnx'} {version}" for name, version in self.opsets.items()),
            "inputs": "; ".join(map(_tensor, self.inputs)),
            "outputs": "; ".join(map(_tensor, self.outputs)),
            "rows a call": "any" if self.fixed_rows is None else f"{self.fixed_rows} (opened in memory when it is run)",
            "operators": ", ".join(f"{count} {name}" for name, count in self.operators.items()),
            "parameters": f"{self.parameters}" + (f", {self.trees} trees" if self.trees else ""),
            "operations a row": f"{self.flops}{counted}",
        }
        if self.external:
            facts["constants in"] = ", ".join(self.external)
        return facts

    def __str__(self) -> str:
        return display.text_card(self._title, {**self.facts(), **self._texts()})

    def _as_table(self) -> display.TableView:
        return display.facts_table(self._title, {**self.facts(), **self._texts()})

    def _repr_html_(self) -> str:
        rows = [(key, value) for key, value in self._texts().items()]
        body = [display.fold(f"metadata ({len(rows)})", display.html_table(("key", "value"), rows))] if rows else []
        body.append(display.copies(self._as_table()))
        return str(display.card(self._title, self.facts(), body=body))

    @property
    def _title(self) -> str:
        return "ONNX file" if self.path is None else self.path.name

    def _texts(self) -> dict[str, str]:
        return {key: value if len(value) <= 400 else f"{value[:400]}..." for key, value in self.metadata.items()}


def inspect(path: str | os.PathLike[str]) -> Inspection:
    """Look into an ONNX file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Inspection
        Inputs, outputs, operators, parameters, operations a row, metadata.

    Raises
    ------
    MissingData
        If it does not exist.
    NetworkError
        If it is no ONNX file, truncated or too long, has operators that are not part of ONNX, or keeps constants
        outside its folder.
    """
    file = Path(path)
    content = read_any(file)
    external = refuse_foreign(content, file)
    header = read_header(content)
    nodes, constants = parts_of(content)
    flops, skipped = count_flops(nodes, constants, header.inputs)
    return Inspection(
        path=file,
        size_bytes=len(content),
        producer=header.producer,
        opsets=header.opsets,
        inputs=header.inputs,
        outputs=header.outputs,
        operators=dict(Counter(node.full_name for node in nodes).most_common()),
        parameters=sum(c.count for c in constants if c.is_floating) + sum(node.tree_numbers for node in nodes),
        trees=sum(node.trees for node in nodes),
        flops=flops,
        not_counted=skipped,
        external=external,
        metadata=header.metadata,
    )


def refuse_foreign(content: bytes, path: Path) -> tuple[str, ...]:
    """Refuse what an ONNX file must not have: operators of others, and constants outside its folder.

    Parameters
    ----------
    content
        The file.
    path
        Where it is.

    Returns
    -------
    tuple of str
        Files in its folder that hold constants.

    Raises
    ------
    NetworkError
        If there is such an operator or constant, or the content is no ONNX file.
    """
    try:
        own = _OWN_DOMAINS | _function_domains(content)
        nodes, constants = parts_of(content, with_trees=False)
        foreign = [node.full_name for node in nodes if node.domain not in own]
        stored = [constant for constant in constants if constant.location is not None]
        read_header(content)
    except NetworkError as error:
        message = f"{path}: {error}"
        raise NetworkError(message) from error
    if foreign:
        names = ", ".join(dict.fromkeys(foreign))
        message = f"{path}: it uses {names}, which is no part of ONNX; such operators are not run"
        raise NetworkError(message)
    return tuple(dict.fromkeys(_inside(constant, path) for constant in stored))


def _inside(constant: Stored, path: Path) -> str:
    location = str(constant.location)
    folder = path.absolute().parent
    outside = not location or Path(location).is_absolute() or ".." in Path(location).parts or "\\" in location
    # a link inside the folder may lead out of it
    target = Path(os.path.realpath(folder / location)) if not outside and "\0" not in location else folder
    if outside or not target.is_relative_to(os.path.realpath(folder)) or target == folder:
        message = f"{path}: the constant {constant.name!r} is kept in {location!r}, outside the folder of the file"
        raise NetworkError(message)
    if not target.is_file():
        message = f"{path}: the constant {constant.name!r} is kept in {location!r}, which does not exist"
        raise NetworkError(message)
    if constant.offset + constant.length > target.stat().st_size:
        message = f"{path}: the constant {constant.name!r} reaches beyond the end of {location!r}; it is truncated"
        raise NetworkError(message)
    return location


def _function_domains(content: bytes) -> set[str]:
    """Return the domains of functions that the file itself defines (ModelProto.functions)."""
    return set(_domains(content))


def _domains(content: bytes) -> Iterator[str]:
    for number, value in wire.fields(content):
        if number == 25:
            yield wire.text(dict(wire.fields(wire.message(value))).get(10, b""))


def _tensor(tensor: Tensor) -> str:
    shape = ", ".join("any" if length is None else str(length) for length in tensor.shape)
    return f"{tensor.name} {tensor.dtype} [{shape}]"
