"""``recastbook convert-model``."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Self

import click

from recastbook.cli.app import common_options
from recastbook.cli.screen import console, print_json, say, shows_progress, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recastbook.network.conversion import ConversionReport

__all__ = ["convert_model_command"]


@click.command("convert-model")
@click.argument("file", metavar="FILE", type=click.Path())
@click.option("--trust", is_flag=True, help="Let a file that runs code be read, once, in a confined process.")
@click.option("--inspect", "only_inspect", is_flag=True, help="Only look into an ONNX file.")
@click.option("--out", metavar="PATH", help="Where the ONNX file goes; by default beside FILE.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@click.option("--scaler", nargs=2, metavar="MEAN.npy WIDTH.npy", help="Standardisation to put into the ONNX file.")
@click.option("--cut", "cuts", multiple=True, metavar="[OUTPUT:]VALUE", help="Where a region cuts on a score.")
@click.option("--window", type=float, default=1e-3, show_default=True, help="Half width of the window around a cut.")
@click.option("--data", metavar="FILE", help="Values to compare on (.npy, .csv, .parquet), besides drawn ones.")
@click.option("--rows", type=int, default=20_000, show_default=True, help="How many values are drawn.")
@click.option("--tolerance", type=float, default=1e-4, show_default=True, help="Difference that is counted.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the random numbers.")
@click.option("--memory", type=int, metavar="MIB", help="Memory of the confined process.")
@click.option("--time", "seconds", type=float, metavar="SECONDS", help="Time on the clock of the confined process.")
@common_options
def convert_model_command(
    *,
    file: str,
    trust: bool,
    only_inspect: bool,
    out: str | None,
    overwrite: bool,
    scaler: tuple[str, str] | None,
    cuts: tuple[str, ...],
    window: float,
    data: str | None,
    rows: int,
    tolerance: float,
    seed: int,
    memory: int | None,
    seconds: float | None,
    as_json: bool,
) -> int:
    """Convert the model in FILE to ONNX and compare the two.

    Formats: lwtnn JSON, XGBoost JSON or UBJSON, LightGBM text, TMVA XML, and pickles of scikit-learn, XGBoost and
    LightGBM, which are read only with --trust. An ONNX file with a fixed number of rows is opened for any number.

    The exit code is 0 if the new file agrees with the old one, 1 if not or if there is none.
    """
    if only_inspect:
        _inspect(file, as_json=as_json)
        return 0
    from recastbook.network.conversion import Limits, convert_model

    limits = Limits()
    if memory is not None:
        limits = dataclasses.replace(limits, memory_mib=memory)
    if seconds is not None:
        limits = dataclasses.replace(limits, wall_seconds=seconds, cpu_seconds=max(1, round(seconds)))
    with console().status("starting") if shows_progress(as_json=as_json) else _Silent() as status:
        report = convert_model(
            file,
            out,
            trust=trust,
            scaler=None if scaler is None else _scaler(scaler),
            cuts=[_cut(text) for text in cuts],
            window=window,
            data=data,
            limits=limits,
            rows=rows,
            seed=seed,
            tolerance=tolerance,
            overwrite=overwrite,
            watcher=lambda passed: status.update(f"converting, {passed:.0f} s"),
        )
    if as_json:
        print_json(report.to_dict())
    else:
        _show(report)
    return 0 if report.agrees else 1


def _inspect(file: str, *, as_json: bool) -> None:
    from recastbook.network import inspect

    found = inspect(file)
    if as_json:
        print_json(found.to_dict())
        return
    console().print(table(f"{file}", ("", ""), found.facts().items()))
    if found.metadata:
        console().print(table("Metadata", ("key", "value"), found.metadata.items()))


class _Silent:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, text: str) -> None:
        """Show nothing."""


def _scaler(paths: tuple[str, str]) -> tuple[NDArray[Any], NDArray[Any]]:
    import numpy as np

    from recastbook.exceptions import BadFile, MissingData

    parts = []
    for path in paths:
        try:
            parts.append(np.load(path, allow_pickle=False))
        except FileNotFoundError as error:
            message = f"the file {path} with the standardisation does not exist"
            raise MissingData(message) from error
        except (OSError, ValueError) as error:
            message = f"{path}: not readable as an array of numbers ({error})"
            raise BadFile(message) from error
    return parts[0], parts[1]


def _cut(text: str) -> float | tuple[int, float]:
    output, _, value = text.rpartition(":")
    try:
        return (int(output), float(value)) if output else float(value)
    except ValueError as error:
        message = f"--cut: {text!r} is no number, and no pair like 1:0.95 of output (counted from 0) and number"
        raise click.UsageError(message, click.get_current_context()) from error


def _show(report: ConversionReport) -> None:
    screen = console()
    screen.print(table(f"{report.source.name} as ONNX", ("", ""), report.facts().items()))
    rows = [[_text(cell) for cell in row] for row in report.comparison_rows()]
    screen.print(table("Differences of scores", report.comparison_headers, rows, right=range(1, 8)))
    if report.cuts:
        rows = [[_text(cell) for cell in row] for row in report.cut_rows()]
        screen.print(table("Close to cuts", report.cut_headers, rows, right=range(1, 6)))
    for note in report.notes:
        say(note)


def _text(cell: object) -> str:
    from recastbook.display import number

    return number(cell) if isinstance(cell, float) else str(cell)
