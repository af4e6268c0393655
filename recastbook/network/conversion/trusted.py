"""Converting what only its own library can read: the part outside the confined process."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import NetworkError
from recastbook.network.conversion.converted import Converted
from recastbook.network.conversion.sandbox import Limits, left_behind, readable, run

__all__ = ["convert_confined"]


def convert_confined(
    source: Path,
    kind: str,
    *,
    libraries: tuple[str, ...],
    scaler: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    data: NDArray[np.float32] | None,
    limits: Limits,
    rows: int,
    seed: int,
    watcher: Callable[[float], None] | None = None,
) -> Converted:
    """Convert a file in a confined process.

    Parameters
    ----------
    source
        The file.
    kind
        Its format, by the name that :mod:`recastbook.network.conversion.foreign` knows.
    libraries
        Libraries that the source needs, loaded before it is read.
    scaler
        Mean and width of each input, shapes (n,).
    data
        Values of the user's to compare on, shape (M, n).
    limits
        What the process may use.
    rows, seed
        How many values are drawn, and from which random numbers.
    watcher
        Called now and then with the seconds that have passed.

    Raises
    ------
    NetworkError
        If the process broke a limit, failed, or wrote what cannot be read.
    """
    folder = Path(tempfile.mkdtemp(prefix="recastbook-convert-")).resolve()
    try:
        if data is not None:
            np.save(folder / "data.npy", data)
        job: dict[str, object] = {
            "format": kind,
            "libraries": libraries,
            "rows": rows,
            "seed": seed,
            "data": data is not None,
        }
        if scaler is not None:
            job |= {"mean": scaler[0].tolist(), "std": scaler[1].tolist()}
        confined = run(source, folder, job, limits, watcher=watcher)
        try:
            content = left_behind(folder, "model.onnx")
            values, kinds, reference = (_array(folder, name) for name in ("rows", "kinds", "reference"))
            if values.shape[:1] != kinds.shape or reference.shape[:1] != kinds.shape or reference.ndim != 2:
                message = f"shapes {values.shape}, {kinds.shape} and {reference.shape} do not belong together"
                raise ValueError(message)
        except (OSError, ValueError) as error:
            message = f"{source}: the confined process left no model that can be read ({readable(error)})"
            raise NetworkError(message) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    answer = confined.answer
    notes = tuple(map(readable, answer.get("notes", ())))
    if not {"network namespace", "seccomp"} & set(confined.layers):
        notes += ("on this system only Python kept the file from the network, which code in C can go round",)
    return Converted(
        content=content,
        model=readable(answer.get("about", "model")),
        rows=values.astype(np.float32),
        kinds=kinds.astype(np.int8),
        reference=reference.astype(np.float64),
        reference_name="the model in its own library",
        inputs=tuple(map(readable, answer.get("inputs", ()))),
        outputs=tuple(map(readable, answer.get("outputs", ()))),
        classes=tuple(map(readable, answer.get("classes", ()))),
        notes=notes,
        confined=confined,
    )


def _array(folder: Path, name: str) -> NDArray[np.generic]:
    values: NDArray[np.generic] = np.load(io.BytesIO(left_behind(folder, f"{name}.npy")), allow_pickle=False)
    if values.dtype.kind not in "fiu" or not len(values):
        message = f"{name} holds no numbers"
        raise ValueError(message)
    return values
