"""The way from a model in any known format to an ONNX file and a report."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook.exceptions import BadOption, NetworkError
from recastbook.network.conversion.by_format import convert_by_format
from recastbook.network.conversion.evaluation import evaluate
from recastbook.network.conversion.parity import compare, near_cuts, read_cuts
from recastbook.network.conversion.recognise import recognise
from recastbook.network.conversion.report import ConversionReport
from recastbook.network.conversion.sandbox import Limits
from recastbook.network.conversion.values import read_values
from recastbook.store import checksum
from recastbook.writing import whole

__all__ = ["convert_model"]


def convert_model(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    trust: bool = False,
    scaler: tuple[ArrayLike, ArrayLike] | None = None,
    cuts: Sequence[float | tuple[int, float]] = (),
    window: float = 1e-3,
    data: str | os.PathLike[str] | ArrayLike | None = None,
    limits: Limits | None = None,
    rows: int = 20_000,
    seed: int = 1,
    tolerance: float = 1e-4,
    overwrite: bool = False,
    watcher: Callable[[float], None] | None = None,
) -> ConversionReport:
    """Convert a model to ONNX and compare the two on many values.

    The ONNX file has one input of raw values, float32 of shape (N, inputs) with N free, and one output of scores,
    float32 of shape (N, scores): probabilities for a classifier.

    Parameters
    ----------
    path
        The model; its format is told from its content.
    out
        Where the ONNX file goes; by default beside the model.
    trust
        Whether a file that runs code when it is read may do so, in a confined process (see
        :mod:`recastbook.network.conversion.sandbox` for what that holds off and what it does not).
    scaler
        Mean and width of every input: (x - mean) / width goes into the ONNX file, before the model.
    cuts
        Where regions cut on the scores: numbers, for all scores, or pairs of output (counted from 0) and number.
    window
        Half width of the window around a cut in which rows count as close.
    data
        Values to compare on besides those that are drawn: array of shape (M, inputs), or a .npy, .csv or .parquet file.
    limits
        What the confined process may use.
    rows
        How many values are drawn over the whole range, and how many on the edges of trees.
    seed
        Of the random numbers.
    tolerance
        Difference above which a row is counted.
    overwrite
        Whether a file at `out` may be replaced.
    watcher
        Called now and then with the seconds that have passed.

    Returns
    -------
    ConversionReport
        Where the file is, and how large the differences are.

    Raises
    ------
    MissingData
        If there is no such file.
    NetworkError
        If it cannot be read, is refused without `trust`, or broke a limit.
    BadOption
        If an argument cannot work.
    MissingDependency
        If the converter for that format is not installed.
    """
    source = Path(path)
    checked_cuts = read_cuts(cuts)
    for name, value in (("window", window), ("rows", rows), ("tolerance", tolerance)):
        if not value > 0:
            message = f"{name} is {value}; it must be above zero"
            raise BadOption(message)
    kind = recognise(source)
    target = _target(source, out, overwrite=overwrite)
    converted = convert_by_format(
        source,
        kind,
        trust=trust,
        scaler=None if scaler is None else _scaler(scaler),
        data=None if data is None else read_values(data),
        limits=limits or Limits(),
        rows=rows,
        seed=seed,
        watcher=watcher,
    )
    found, tensors = evaluate(converted.content, converted.rows, str(source))
    if found.shape != converted.reference.shape:
        message = f"{source}: the model gives scores of shape {converted.reference.shape}, the ONNX file {found.shape}"
        raise NetworkError(message)
    confined = converted.confined
    report = ConversionReport(
        source=source,
        format=kind.value,
        model=converted.model,
        source_sha256=checksum(source),
        out=target,
        sha256=hashlib.sha256(converted.content).hexdigest(),
        size_bytes=len(converted.content),
        inputs=converted.inputs or tuple(f"input_{k}" for k in range(converted.rows.shape[1])),
        outputs=converted.outputs or tuple(f"output_{k}" for k in range(found.shape[1])),
        tensors=tensors,
        scaler="none given" if scaler is None else "inside the ONNX file, (x - mean) / width in float64",
        reference=converted.reference_name,
        tolerance=tolerance,
        comparisons=compare(converted.reference, found, converted.kinds, tolerance),
        cuts=near_cuts(converted.reference, found, checked_cuts, window),
        layers=confined.layers if confined else (),
        limits=(limits or Limits()) if confined else None,
        seconds=confined.seconds if confined else 0.0,
        peak_mib=confined.peak_mib if confined else 0.0,
        classes=converted.classes,
        notes=converted.notes,
    )
    with whole(target) as partial:
        partial.write_bytes(converted.content)
    return report


def _target(source: Path, out: str | os.PathLike[str] | None, *, overwrite: bool) -> Path:
    target = Path(out) if out is not None else source.with_suffix(".onnx")
    if out is None and target == source:
        target = source.with_suffix(".converted.onnx")
    if target.is_dir():
        target /= source.with_suffix(".onnx").name
    if target.exists() and target.resolve() == source.resolve():
        message = f"{target} is the model itself; write the ONNX file elsewhere"
        raise BadOption(message)
    if target.exists() and not overwrite:
        message = f"{target} exists already; --overwrite (overwrite=True) replaces it"
        raise BadOption(message)
    if not target.absolute().parent.is_dir():
        message = f"{target}: the folder {target.absolute().parent} does not exist"
        raise BadOption(message)
    return target


def _scaler(given: tuple[ArrayLike, ArrayLike]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    try:
        mean, width = (np.asarray(part, dtype=np.float64) for part in given)
    except (TypeError, ValueError) as error:
        message = "scaler is a pair of numbers per input: means and widths"
        raise BadOption(message) from error
    if mean.ndim != 1 or mean.shape != width.shape:
        message = f"the scaler has means of shape {mean.shape} and widths of shape {width.shape}; both are (inputs,)"
        raise BadOption(message)
    bad = np.flatnonzero(~(np.isfinite(mean) & np.isfinite(width) & (width > 0)))
    if len(bad):
        message = (
            f"the scaler has mean {mean[bad[0]]} and width {width[bad[0]]} for input {bad[0]}; widths are above zero"
        )
        raise BadOption(message)
    return mean, width
