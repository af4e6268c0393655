"""Files that stand beside a network with the constants of its normalisation, and how they are to be read.

Three conventions are in use: ``offset`` and ``scale`` may be mean and width, or, as in lwtnn, what is added and what
is multiplied with (minus the mean, one over the width). Metadata of an ONNX file hold the same as ``NAME_mean`` and
``NAME_std``. When a file and the metadata agree only with the two arrays exchanged, one of them is interchanged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Constants", "Sidecar", "constants_of_metadata", "find_sidecars", "same_constants", "widths_like"]

_SUFFIXES = ("_variables.json", ".json", "_config.json", "_inputs.json", "_preprocessing.json")
_MAX_BYTES = 16 << 20
_OFFSETS = ("offset", "offsets", "mean", "means")
_SCALES = ("scale", "scales", "std", "width", "widths", "sigma")
_NAMES = ("variables", "inputs", "features", "names")

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Constants:
    """Means and widths in the order of the inputs."""

    names: tuple[str, ...]
    means: Array
    widths: Array


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A JSON file with two arrays."""

    path: Path
    names: tuple[str, ...]
    offset: Array
    scale: Array


def find_sidecars(network: Path) -> tuple[Sidecar, ...]:
    """Return the files beside a network that hold two arrays of equal length; others are passed over."""
    found = []
    for suffix in _SUFFIXES:
        path = network.with_name(network.stem + suffix)
        if path.is_file() and path.stat().st_size <= _MAX_BYTES:
            try:
                content = json.loads(path.read_text(encoding="utf-8"))
            except (ValueError, OSError, RecursionError):
                continue
            sidecar = _from_json(path, content)
            if sidecar is not None:
                found.append(sidecar)
    return tuple(found)


def _from_json(path: Path, content: object) -> Sidecar | None:
    if not isinstance(content, Mapping):
        return None
    offset = next((_numbers(content[key]) for key in _OFFSETS if key in content), None)
    scale = next((_numbers(content[key]) for key in _SCALES if key in content), None)
    if offset is None or scale is None or len(offset) != len(scale) or not len(offset):
        return None
    names: list[object] = next((content[key] for key in _NAMES if isinstance(content.get(key), list)), [])
    return Sidecar(path, tuple(map(str, names)), offset, scale)


def _numbers(value: object) -> Array | None:
    if not isinstance(value, list) or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in value):
        return None
    return np.array(value, dtype=np.float64)


def constants_of_metadata(metadata: Mapping[str, str]) -> Constants | None:
    """Return means and widths that the metadata of a network file hold, None if they hold none.

    A ``NAME_std`` is read as one over the width and ``NAME_mean`` as minus the mean if the means of most inputs are
    negative there, which is how lwtnn writes them.
    """
    names: list[str] = []
    while f"input_{len(names)}" in metadata:
        names.append(metadata[f"input_{len(names)}"])
    try:
        means = np.array([float(metadata[f"{name}_mean"]) for name in names])
        widths = np.array([float(metadata[f"{name}_std"]) for name in names])
    except (KeyError, ValueError):
        return None
    if not names or not np.isfinite(means).all() or not (np.isfinite(widths) & (widths != 0.0)).all():
        return None
    if (means < 0.0).mean() > 0.5:
        return Constants(tuple(names), -means, 1.0 / widths)
    return Constants(tuple(names), means, widths)


def widths_like(values: Array, widths: Array) -> bool:
    """Return whether values are these widths, or one over them."""
    if len(values) != len(widths):
        return False
    with np.errstate(divide="ignore"):
        return _close(values, widths) or _close(1.0 / values, widths)


def same_constants(offset: Array, scale: Array, known: Constants) -> str:
    """Compare two arrays with known constants: "same", "interchanged" or "different"."""
    if _means_like(offset, known.means) and widths_like(scale, known.widths):
        return "same"
    if widths_like(offset, known.widths) and _means_like(scale, known.means):
        return "interchanged"
    return "different"


def _means_like(values: Array, means: Array) -> bool:
    return len(values) == len(means) and (_close(values, means) or _close(-values, means))


def _close(values: Array, others: Array) -> bool:
    return bool(np.allclose(values, others, rtol=1e-5, atol=1e-9))
