"""From a network of lwtnn to ONNX."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recastbook.network.conversion.converted import Readable
from recastbook.network.conversion.graph import Graph
from recastbook.network.conversion.lwtnn.document import Document, read_document

__all__ = ["read_lwtnn"]


def read_lwtnn(path: Path) -> Readable:
    """Read a network of lwtnn; offset and scale of the inputs and their default values go into the ONNX file.

    Raises
    ------
    NetworkError
        If it cannot be read, or has a layer that is not known.
    """
    document = read_document(path)
    variables = document.variables
    offset, scale = (np.array([getattr(v, name) for v in variables]) for name in ("offset", "scale"))
    with_default = np.array([v.default is not None for v in variables])
    width = np.where(scale == 0.0, 1.0, 1.0 / np.where(scale == 0.0, 1.0, scale))
    notes = ["the inputs are raw: (x + offset) scale is inside the ONNX file"]
    if with_default.any():
        notes.append(f"{int(with_default.sum())} inputs have a default, which stands for a value that is not a number")
    return Readable(
        content=_write(document, offset, scale),
        model=f"lwtnn network of {len(document.steps)} nodes",
        width=len(variables),
        compute=document.compute,
        reference_name="the same network in float64",
        mean=-offset,
        std=np.abs(width),
        with_default=with_default,
        inputs=tuple(v.name for v in variables),
        outputs=tuple(name for name, _ in document.outputs),
        notes=tuple(notes),
    )


def _write(document: Document, offset: NDArray[np.float64], scale: NDArray[np.float64]) -> bytes:
    graph = Graph(len(document.variables))
    raw = graph.cast("features", "float64")
    defaults = [v.default for v in document.variables]
    if any(default is not None for default in defaults):
        stand_in = np.array([np.nan if default is None else default for default in defaults])
        raw = graph.step("Where", graph.step("IsNaN", raw), graph.constant(stand_in, "float64"), raw)
    shifted = graph.step("Add", raw, graph.constant(offset, "float64"))
    fed = graph.cast(graph.step("Mul", shifted, graph.constant(scale, "float64")), "float32")
    names: list[str] = []
    for step in document.steps:
        taken = [names[source] for source in step.sources]
        if step.kind == "input":
            some = (step.first, step.width) != (0, len(document.variables))
            names.append(_slice(graph, fed, step.first, step.width) if some else fed)
        elif step.layer is not None:
            names.append(step.layer.write(graph, taken[0]))
        elif step.kind == "add":
            names.append(graph.step("Sum", *taken))
        else:
            names.append(graph.step("Concat", *taken, axis=1))
    given = [names[k] for k in document.taken]
    result = given[0] if len(given) == 1 else graph.step("Concat", *given, axis=1)
    labels = [name for name, _ in document.outputs]
    metadata = {"inputs": ",".join(v.name for v in document.variables), "outputs": ",".join(labels)}
    return graph.finish(result, len(labels), metadata=metadata)


def _slice(graph: Graph, name: str, first: int, width: int) -> str:
    ends = (np.array([first]), np.array([first + width]), np.array([1]))
    return graph.step("Slice", name, *(graph.constant(end, "int64") for end in ends))
