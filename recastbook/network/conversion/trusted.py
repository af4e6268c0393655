"""Converting what only its own library can read: the part outside the confined process."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import NetworkError
from recastbook.network.conversion.converted import Converted
from recastbook.network.conversion.sandbox import Limits, run

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
            found = [np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("rows", "kinds", "reference")]
            content = (folder / "model.onnx").read_bytes()
        except (OSError, ValueError) as error:
            message = f"{source}: the confined process left no model that can be read ({error})"
            raise NetworkError(message) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    answer = confined.answer
    return Converted(
        content=content,
        model=str(answer.get("about", "model")),
        rows=found[0],
        kinds=found[1],
        reference=found[2],
        reference_name="the model in its own library",
        inputs=tuple(map(str, answer.get("inputs", ()))),
        outputs=tuple(map(str, answer.get("outputs", ()))),
        notes=tuple(map(str, answer.get("notes", ()))),
        confined=confined,
    )
