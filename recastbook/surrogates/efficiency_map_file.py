"""Keep an efficiency map: numbers of the filled cells and a description as JSON, in one compressed file."""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from recastbook.exceptions import BadFile, BadSpecification
from recastbook.surrogates.efficiency_map import EfficiencyMap, check_size
from recastbook.surrogates.efficiency_map_binning import MapBinning
from recastbook.writing import whole

__all__ = ["load_map", "save_map"]

_FORMAT = 1


def save_map(emap: EfficiencyMap, path: Path) -> Path:
    """Write a map; see :meth:`EfficiencyMap.save`."""
    flat = emap.values.ravel()
    filled = np.flatnonzero(flat)
    document = {"format": _FORMAT, "binning": emap.binning.to_dict(), "facts": dict(emap.facts)}
    arrays: dict[str, Any] = {
        "description": np.frombuffer(json.dumps(document).encode(), dtype=np.uint8),
        "cells": filled.astype(np.int64),
        "values": flat[filled],
    }
    if emap.errors is not None:
        arrays["errors"] = emap.errors.ravel()
    with whole(path) as partial, partial.open("wb") as stream:
        np.savez_compressed(stream, **arrays)
    return path


def load_map(path: Path) -> EfficiencyMap:
    """Read a map; see :meth:`EfficiencyMap.load`."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            document = json.loads(arrays["description"].tobytes())
            if document["format"] != _FORMAT:
                msg = f"{path}: saved in format {document['format']}, this version reads {_FORMAT}"
                raise BadFile(msg)
            binning = MapBinning.from_dict(document["binning"], str(path))
            check_size(binning)
            shape = (binning.size,) * binning.n_llp
            values = np.zeros(int(np.prod(shape)))
            cells, filled = arrays["cells"], arrays["values"]
            if cells.shape != filled.shape or (np.diff(cells, prepend=-1) <= 0).any():
                msg = f"{path}: cells must rise, each once and with one probability; {cells.shape} and {filled.shape}"
                raise BadFile(msg)
            values[cells] = filled
            errors = arrays["errors"].reshape(shape) if "errors" in arrays else None
            facts = {str(k): str(v) for k, v in document["facts"].items()}
            return EfficiencyMap(binning, values.reshape(shape), errors, facts)
    except BadFile:
        raise
    except BadSpecification as error:
        msg = f"{path}: {error}"
        raise BadFile(msg) from error
    except (OSError, EOFError, KeyError, ValueError, TypeError, IndexError, zipfile.BadZipFile, zlib.error) as error:
        msg = f"{path}: not a saved efficiency map ({type(error).__name__}: {error})"
        raise BadFile(msg) from error
