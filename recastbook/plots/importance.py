"""What moves a score: importance of inputs as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook.exceptions import BadOption
from recastbook.plots.frame import COLOURS, aside, axes_or_new, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from recastbook.display import Bars

__all__ = ["HasBars", "ImportancePlot", "importance"]


@runtime_checkable
class HasBars(Protocol):
    """A report that says what its bars are, as ``search.explain(...)`` returns it."""

    def bars(self) -> Bars:
        """Return names, sizes and errors."""


@shown
class ImportancePlot(NamedTuple):
    """Artists of an importance figure; the largest stands on top."""

    figure: Figure | SubFigure
    ax: Axes
    bars: Any
    """One bar an input; negative ones are hatched."""
    errors: Any
    """Error bars; None where no errors were given."""
    order: tuple[int, ...]
    """Which input stands in each row, from the top."""


def importance(
    names: Sequence[str] | HasBars,
    values: ArrayLike | None = None,
    errors: ArrayLike | None = None,
    *,
    label: str | None = None,
    top: int | None = 20,
    right: str | None = None,
    note: str | None = None,
    about: str = "",
    ax: Axes | None = None,
) -> ImportancePlot:
    """Draw the importance of inputs, largest size first.

    Parameters
    ----------
    names
        Names of the inputs; or what ``search.explain(...)`` returned, which brings everything else.
    values
        Importance of each, of either sign, shape (inputs,); what is not finite stands last and is said.
    errors
        Their errors.
    label
        Axis title: what the numbers are, with a unit; "Importance" by default.
    top
        Rows shown; None for all.
    right, note, about, ax
        As in :func:`feature`.

    Raises
    ------
    BadOption
        If names, values and errors differ in number, or there are none.

    Examples
    --------
    >>> importance(["met", "n_jets"], [0.1, 0.4], label="yield that leaves").order
    (1, 0)
    """
    if isinstance(names, HasBars):
        found = names.bars()
        names, values, errors = found.names, found.values, found.errors if errors is None else errors
        label, right, note = label or found.label, found.right if right is None else right, note or found.note or None
    elif values is None:
        msg = "one value an input: give values, or what search.explain(...) returned in place of names"
        raise BadOption(msg)
    sizes = np.asarray(values, dtype=np.float64)
    spread = None if errors is None else np.asarray(errors, dtype=np.float64)
    if not len(names) or sizes.shape != (len(names),) or (spread is not None and spread.shape != sizes.shape):
        shape = None if spread is None else spread.shape
        msg = f"one value and one error an input: {len(names)} names, values {sizes.shape}, errors {shape}"
        raise BadOption(msg)
    order = np.argsort(-np.nan_to_num(np.abs(sizes), nan=-1.0, posinf=-1.0), kind="stable")[:top]
    with styled():
        made = _draw(
            [names[i] for i in order], sizes[order], None if spread is None else spread[order], label or "Importance",
            len(names) - len(order), right or "", note, about, ax,
        )  # fmt: skip
    return made._replace(order=tuple(int(i) for i in order))


def _draw(
    names: Sequence[str], values: NDArray[np.float64], errors: NDArray[np.float64] | None, label: str, left: int,
    right: str, note: str | None, about: str, ax: Axes | None,
) -> ImportancePlot:  # fmt: skip
    extra = 2.0 if note else 0.0
    ax = axes_or_new(ax, (6.6, 1.5 + 0.26 * (len(names) + extra)))
    y = np.arange(len(names))
    drawn = np.where(np.isfinite(values), values, 0.0)
    bars = ax.barh(y, drawn, height=0.68, color=COLOURS[0], alpha=0.8)
    for bar, value in zip(bars, drawn, strict=True):
        if value < 0:
            bar.set(facecolor="white", edgecolor=COLOURS[1], hatch="////")
    whiskers = None
    if errors is not None:
        whiskers = ax.errorbar(drawn, y, xerr=np.nan_to_num(errors), fmt="none", ecolor="0.2", elinewidth=1.2)
    for i in np.flatnonzero(~np.isfinite(values)):
        ax.text(0.0, float(i), " not a number", va="center", fontsize="x-small", color="0.4")
    if (drawn < 0).any():
        ax.axvline(0.0, color="0.4", linewidth=1.0)
    if not drawn.any():
        ax.set_xlim(0.0, 1.0)
    ax.set_yticks(y, [words(n) for n in names], fontsize="small")
    ax.tick_params(axis="y", which="both", left=False, right=False)
    ax.set_ylim(len(names) - 0.4, -0.6 - extra)
    ax.set_xlabel(words(label))
    if left:
        aside(ax, f"{left} smaller ones not shown")
    stamp(ax, right=right, note=note, about=about)
    return ImportancePlot(ax.figure, ax, bars, whiskers, ())
