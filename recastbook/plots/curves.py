"""Upper limits along one mass: observed, expected with band, and the prediction that they exclude."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook.exceptions import BadOption
from recastbook.plots.frame import BAND_1, BAND_2, COLOURS, axes_or_new, headroom, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["LimitCurvePlot", "limit_curve"]


@shown
class LimitCurvePlot(NamedTuple):
    """Artists of a curve of limits."""

    figure: Figure | SubFigure
    ax: Axes
    observed: Any
    """Observed line."""
    expected: Any
    """Expected line."""
    bands: tuple[Any, ...]
    """Two and one standard deviations."""
    prediction: Any
    """Predicted line; None where none was given."""


def limit_curve(
    x: ArrayLike,
    observed: ArrayLike,
    expected: ArrayLike,
    *,
    prediction: ArrayLike | None = None,
    prediction_error: ArrayLike | None = None,
    labels: tuple[str, str] = ("Mass [GeV]", "95 % CL upper limit on the cross section [fb]"),
    name: str = "predicted",
    right: str = "",
    note: str | None = None,
    about: str = "",
    ax: Axes | None = None,
) -> LimitCurvePlot:
    """Draw upper limits along a parameter.

    Parameters
    ----------
    x
        Where, shape (N,), in any order.
    observed
        Observed limits, shape (N,).
    expected
        Expected limits: -2, -1, 0, 1, 2 standard deviations, shape (N, 5).
    prediction, prediction_error
        What theory predicts, in the unit of the limits, and its error, shape (N,).
    labels
        Axis titles, with units.
    name
        Name of the prediction.
    right, note, about, ax
        As in :func:`feature`.

    Raises
    ------
    BadOption
        If the shapes do not fit, or there is no point.
    """
    at, seen, band = (np.asarray(v, dtype=np.float64) for v in (x, observed, expected))
    theory = np.full(at.shape, np.nan) if prediction is None else np.asarray(prediction, dtype=np.float64)
    error = np.zeros(at.shape) if prediction_error is None else np.asarray(prediction_error, dtype=np.float64)
    shapes = (seen.shape, theory.shape, error.shape)
    if at.ndim != 1 or not at.size or any(s != at.shape for s in shapes) or band.shape != (*at.shape, 5):
        msg = f"for {at.shape} points: observed, prediction, its error {shapes}, expected {band.shape}, not (N, 5)"
        raise BadOption(msg)
    order = np.argsort(at, kind="stable")
    with styled():
        return _draw(
            at[order], seen[order], band[order], theory[order], error[order], labels, name, right, note, about, ax
        )


def _draw(
    x: NDArray[np.float64], observed: NDArray[np.float64], band: NDArray[np.float64], theory: NDArray[np.float64],
    error: NDArray[np.float64], labels: tuple[str, str], name: str, right: str, note: str | None, about: str,
    ax: Axes | None,
) -> LimitCurvePlot:  # fmt: skip
    ax = axes_or_new(ax)
    two = ax.fill_between(x, band[:, 0], band[:, 4], color=BAND_2, label=r"$\pm 2\sigma$", linewidth=0)
    one = ax.fill_between(x, band[:, 1], band[:, 3], color=BAND_1, label=r"$\pm 1\sigma$", linewidth=0)
    (middle,) = ax.plot(x, band[:, 2], color="0.2", linestyle="--", label="expected")
    (line,) = ax.plot(x, observed, color="black", marker="o", markersize=4, label="observed")
    predicted = None
    if np.isfinite(theory).any():
        (predicted,) = ax.plot(x, theory, color=COLOURS[1], linestyle="-.", label=words(name))
        ax.fill_between(x, theory - error, theory + error, color=COLOURS[1], alpha=0.2, linewidth=0)
    everything = np.concatenate([observed, band.ravel(), theory])
    positive = everything[np.isfinite(everything) & (everything > 0)]
    if positive.size:
        ax.set_yscale("log")
        ax.set_ylim(0.6 * float(positive.min()), 1.6 * float(positive.max()))
        headroom(ax, log=True, share=0.4 if note else 0.22)
    if len(x) > 1:
        ax.set_xlim(x[0], x[-1])
    ax.set_xlabel(words(labels[0]))
    ax.set_ylabel(words(labels[1]))
    handles = [line, middle, one, two, *([predicted] if predicted is not None else [])]
    ax.legend(handles=handles, loc="upper right", ncols=1 if note else 2)  # a note stands at the left
    stamp(ax, right=right, note=note, about=about)
    return LimitCurvePlot(ax.figure, ax, line, middle, (two, one), predicted)
