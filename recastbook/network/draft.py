"""A first model card for an ONNX file: what the file says of itself, and gaps that only its authors can fill."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recastbook.exceptions import BadOption
from recastbook.features.registry import FEATURES
from recastbook.network.cardfile import check_schema, dump
from recastbook.network.contract import Tensor
from recastbook.network.inspection import inspect

__all__ = ["draft_card"]

_HEAD = """\
# Written by `recastbook new` from what the file says of itself; `recastbook lint` says what is missing.
# Look at each of these, nothing in the file tells them:
#   unit of every input, and definition: what is it, of which objects?
#   normalisation: inside the file, or outside (then mean and width of every input), or none?
#   outputs: a name and a meaning for each, in the order of the file.
# Jets or leptons one by one, parameters, folds: see the cards of the searches that come with recastbook.
"""


def draft_card(path: Path, identifier: str, inputs: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the draft of a model card as YAML, and the names that it gives to the outputs.

    Parameters
    ----------
    path
        The ONNX file: one matrix in, rows by inputs, and a matrix of floating point out.
    identifier
        Of the search.
    inputs
        Name of each input in the order of the file; features that recastbook knows get unit and definition.

    Raises
    ------
    BadOption
        If the file has other inputs or outputs than that, or another number of inputs.
    """
    found = inspect(path)
    fed = [tensor for tensor in found.inputs if len(tensor.shape) == 2]
    scores = [tensor for tensor in found.outputs if tensor.dtype.startswith("float") and len(tensor.shape) in (1, 2)]
    if len(found.inputs) != 1 or not fed or not scores:
        msg = f"{path}: a draft is made for one matrix of inputs and a matrix of scores; write network.yaml by hand"
        raise BadOption(msg)
    columns = fed[0].shape[1]
    if columns is not None and columns != len(inputs):
        msg = f"{path}: the network has {columns} inputs, {len(inputs)} names are given ({', '.join(inputs) or 'none'})"
        raise BadOption(msg)
    width = (scores[0].shape[1] or 1) if len(scores[0].shape) == 2 else 1
    names = ("score",) if width == 1 else tuple(f"score_{i}" for i in range(width))
    content = path.read_bytes()
    file = {
        "name": path.name, "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content),
        "licence": "not stated", "format": "onnx", "framework": found.producer or "not stated",
        "input": _tensor(fed[0]), "output": _tensor(scores[0]),
    }  # fmt: skip
    card: dict[str, Any] = {
        "card": 1,
        "title": f"{identifier} network",
        "kind": "published",
        "role": "event_discriminant",
        "analysis": {"id": identifier},
        "files": [file],
        "inputs": [_input(name) for name in inputs],
        "normalisation": {"where": "inside", "rule": "not known yet", "scope": "all inputs"},
        "outputs": [{"name": name, "meaning": "not known yet"} for name in names],
    }
    check_schema(card, f"the draft for {path}")
    return _HEAD + dump(card), names


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "dtype": tensor.dtype, "shape": list(tensor.shape)}


def _input(name: str) -> dict[str, str]:
    known = FEATURES.get(name)
    told = {"definition": known.doc} if known else {}
    return {"name": name, "quantity": name, "unit": known.unit if known else "1", "level": "reco-object", **told}
