"""One event: its objects in the transverse plane, and in pseudorapidity and azimuth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recastbook.exceptions import BadOption
from recastbook.plots.frame import COLOURS, new_figure, shown, stamp, styled, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["EventDisplay", "counted", "event_display"]

_MARKERS = ("o", "s", "^", "D", "v", "P")
_SPELLED = {"bjets": "b-jets", "large_r_jets": "large-R jets", "small_r_jets": "small-R jets"}
"""Names of collections as a paper spells them; others lose their underscores."""


def counted(collection: str, n: int) -> str:
    """Return how many objects a collection holds, in words.

    Examples
    --------
    >>> counted("large_r_jets", 4), counted("leptons", 1)
    ('4 large-R jets', '1 lepton')
    """
    name = _SPELLED.get(collection, collection.replace("_", " "))
    return f"{n} {name.removesuffix('s') if n == 1 else name}"


@shown
class EventDisplay(NamedTuple):
    """Artists of an event display."""

    figure: Figure | SubFigure
    ax_transverse: Axes
    ax_eta_phi: Axes
    arrows: Mapping[str, tuple[Any, ...]]
    """Collection -> one line an object, as long as its pT."""
    points: Mapping[str, Any]
    """Collection -> points in eta and phi."""


def event_display(
    objects: Mapping[str, Any],
    *,
    met: tuple[float, float] | None = None,
    right: str = "",
    note: str | None = None,
    about: str = "",
    axes: tuple[Axes, Axes] | None = None,
) -> EventDisplay:
    """Draw the objects of one event.

    Parameters
    ----------
    objects
        Collection -> record with pt (GeV), eta and phi (rad), each of shape (M,).
    met
        Missing transverse momentum: pT in GeV and azimuth.
    right, note, about
        As in :func:`feature`.
    axes
        Axes of both views, or none.

    Raises
    ------
    BadOption
        If a collection lacks pt, eta or phi.
    """
    found = {}
    for name, collection in objects.items():
        try:
            found[name] = tuple(np.asarray(collection[field], dtype=np.float64) for field in ("pt", "eta", "phi"))
        except (KeyError, ValueError, TypeError, IndexError) as error:
            msg = f"{name}: an event display needs pt, eta and phi of every object ({error})"
            raise BadOption(msg) from error
    with styled():
        return _draw(found, met, right, note, about, axes)


def _draw(
    found: Mapping[str, Any], met: tuple[float, float] | None, right: str, note: str | None, about: str,
    axes: tuple[Axes, Axes] | None,
) -> EventDisplay:  # fmt: skip
    left, other = axes if axes is not None else tuple(new_figure((9.2, 4.2)).subplots(1, 2))
    hardest = max([met[0] if met else 0.0, *(float(pt.max()) for pt, *_ in found.values() if len(pt))])
    hardest = hardest if hardest > 0 else 1.0
    arrows, points = {}, {}
    for i, (name, (pt, eta, phi)) in enumerate(found.items()):
        colour, marker = COLOURS[i % len(COLOURS)], _MARKERS[i % len(_MARKERS)]
        lines = []
        for p, a in zip(pt, phi, strict=True):
            lines += left.plot(
                [0, p * np.cos(a)], [0, p * np.sin(a)], color=colour, lw=max(1.2, 4 - i), solid_capstyle="round"
            )
            left.plot([p * np.cos(a)], [p * np.sin(a)], color=colour, marker=marker, ms=5)
        arrows[name] = tuple(lines)
        size = 20 + 220 * pt / hardest
        points[name] = other.scatter(
            eta, phi, s=size, c=colour, marker=marker, alpha=0.65, edgecolors="k", linewidths=0.5,
            label=words(counted(name, len(pt))) if len(pt) else "_none",
        )  # fmt: skip
    if met is not None:
        x, y = met[0] * np.cos(met[1]), met[0] * np.sin(met[1])
        arrows["met"] = (left.annotate("", (x, y), (0, 0), arrowprops={"arrowstyle": "-|>", "ls": "--", "lw": 2}),)
        points["met"] = other.axhline(met[1], color="k", ls="--", lw=1.2, label=f"MET {met[0]:.0f} GeV")
    reach = 1.12 * hardest
    left.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$p_x$ [GeV]", ylabel="$p_y$ [GeV]")
    left.tick_params(which="both", labelsize="x-small")
    other.set(xlim=(-5, 5), ylim=(-np.pi, np.pi), xlabel=r"$\eta$", ylabel=r"$\phi$ [rad]")
    if points:
        other.legend(frameon=True, framealpha=0.85, fontsize="x-small", loc="upper right", markerscale=0.5)
    stamp(left, about=about)
    if right or note:
        other.set_title(words(right), fontsize="small", loc="right")
        if note:
            other.text(0.02, 0.02, words(note), transform=other.transAxes, fontsize="x-small", color=COLOURS[1])
    return EventDisplay(left.figure, left, other, arrows, points)
