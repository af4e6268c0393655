"""CLs against the signal strength, with the band expected without signal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption
from recastbook.plots.frame import BAND_1, BAND_2, axes_or_new, shown, stamp, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["ClsScanPlot", "cls_scan"]


@shown
class ClsScanPlot(NamedTuple):
    """Artists of a scan."""

    figure: Figure | SubFigure
    ax: Axes
    observed: Any
    """Observed line."""
    expected: Any
    """Expected line."""
    bands: tuple[Any, ...]
    """One and two standard deviations."""
    limit: Any
    """Line at the observed limit."""


def cls_scan(
    model: Any,
    signal: float,
    *,
    strengths: Sequence[float] | None = None,
    confidence: float = 0.95,
    right: str = "",
    note: str | None = None,
    about: str = "",
    ax: Axes | None = None,
    **options: Any,
) -> ClsScanPlot:
    """Draw CLs of one region against the signal strength.

    Parameters
    ----------
    model
        Counting model: a record with ``cls(signal)``, ``upper_limit()`` and `name`.
    signal
        Signal at strength 1, events.
    strengths
        Strengths to test; by default 31 up to two and a half times the limit, or to 1.2 if that is more.
    confidence
        Confidence level of the line.
    right
        Text at the upper right.
    note
        Framed remark, for example ``stand-in network, not ATLAS``.
    about
        Words after the maker's name, for example ``generated events``.
    ax
        Axes to draw into; by default those of a new figure.
    **options
        Passed on to the model, for example ``method="asymptotic"``.

    Raises
    ------
    BadOption
        If the signal is not positive and finite.
    """
    if not (np.isfinite(signal) and signal > 0):
        msg = f"a scan needs a positive signal, not {signal!r} events"
        raise BadOption(msg)
    limit = model.upper_limit(confidence=confidence, **options)
    mu95 = limit.observed / signal
    if strengths is None:
        strengths = np.linspace(0.0, max(2.5 * mu95, 1.5 * limit.expected[4] / signal, 1.2), 31)[1:].tolist()
    tested = np.asarray(strengths, dtype=np.float64)
    results = [model.cls(mu * signal, **options) for mu in tested]
    observed = np.array([r.observed for r in results])
    band = np.array([r.expected for r in results])
    with styled():
        return _draw(
            tested, observed, band, mu95, 1 - confidence, f"{model.name}, {limit.method}", right, note, about, ax
        )


def _draw(
    mu: NDArray[np.float64], observed: NDArray[np.float64], band: NDArray[np.float64], mu95: float, level: float,
    title: str, right: str, note: str | None, about: str, ax: Axes | None,
) -> ClsScanPlot:  # fmt: skip
    ax = axes_or_new(ax)
    two = ax.fill_between(mu, band[:, 0], band[:, 4], color=BAND_2, label=r"$\pm 2\sigma$", linewidth=0)
    one = ax.fill_between(mu, band[:, 1], band[:, 3], color=BAND_1, label=r"$\pm 1\sigma$", linewidth=0)
    (middle,) = ax.plot(mu, band[:, 2], color="0.2", linestyle="--", label="expected")
    (line,) = ax.plot(mu, observed, color="black", marker=".", label="observed")
    ax.axhline(level, color="#d55e00", linewidth=1.1)
    limit = ax.axvline(mu95, color="#d55e00", linewidth=1.1, linestyle=":")
    ax.annotate(
        rf"$\mu_{{95}}$ = {mu95:.3g}", (mu95, level), xytext=(5, 5), textcoords="offset points", color="#d55e00",
        fontsize="small",
    )  # fmt: skip
    ax.set_yscale("log")
    ax.set_ylim(max(1e-4, 0.3 * level * float(max(observed.min(), 1e-3))), 4.0)
    ax.set_xlim(0.0, float(mu.max()))
    ax.set_xlabel(r"Signal strength $\mu$")
    ax.set_ylabel(r"CL$_s$")
    ax.legend(loc="upper right", ncols=2)
    stamp(ax, right=f"{title}, {right}" if right else title, note=note, about=about)
    return ClsScanPlot(ax.figure, ax, line, middle, (one, two), limit)
