"""The lifetime panel: a mass point and a slider for c tau; efficiency and limit there, beside the published curve."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import ipywidgets
import numpy as np
import traitlets

from recastbook.display import html_table, joined, note, number, plus_minus
from recastbook.exceptions import BadOption, UnknownName, did_you_mean
from recastbook.widgets.base import Panel
from recastbook.widgets.picture import Picture
from recastbook.widgets.words import Words

__all__ = ["LifetimePanel"]

_WIDE = {"description_width": "initial"}
_STEPS = 200


class LifetimePanel(Panel):
    """Efficiency or limit against c tau for one of several mass points.

    Its plain twins are ``plots.lifetime(curve, published)`` and ``scan.at(ctau)``.

    Parameters
    ----------
    curves
        Label of a mass point -> scan (:class:`recastbook.surrogates.LifetimeScan`) or limits.
    published
        The same labels -> published tables, as far as there are any.
    accuracy
        Relative accuracy of the map, drawn as a band around efficiencies.
    **choices
        ``point`` and ``ctau`` (m).
    """

    heading: ClassVar[str] = "Lifetime"
    choices: ClassVar[tuple[str, ...]] = ("point", "ctau")
    point = traitlets.Unicode()
    """Label of the mass point."""
    ctau = traitlets.Float(1.0)
    """Mean proper decay length, m."""

    def __init__(
        self,
        curves: Mapping[str, Any],
        published: Mapping[str, Any] | None = None,
        *,
        accuracy: float = 0.0,
        **choices: Any,
    ) -> None:
        self._published = dict(published or {})
        self._accuracy = accuracy
        self._drawn = ""
        super().__init__(dict(curves), **choices)

    def build(self) -> None:
        """Make the list of mass points, the slider, the words and the figure."""
        if not self.result:
            msg = "the lifetime panel needs at least one scan, for example {'600/150': search.lifetime_scan(sample)}"
            raise BadOption(msg)
        names = list(self.result)
        point = self.control("point", ipywidgets.Dropdown(description="mass point", options=names, style=_WIDE))
        slider = ipywidgets.FloatLogSlider(
            description="c tau [m]",
            base=10,
            min=-2,
            max=2,
            step=4 / _STEPS,
            value=1.0,
            style=_WIDE,
            readout_format=".3g",
            layout=ipywidgets.Layout(width="30em", max_width="98%"),
        )
        ctau = self.control("ctau", slider)
        self.words = Words()
        self.picture = Picture(6.6, 4.2)
        self.on("point", self._range)
        wrap = ipywidgets.Layout(flex_flow="row wrap")
        self.arrange([ipywidgets.HBox([point, ctau], layout=wrap)], [self.words, self.picture])

    def start(self) -> None:
        """Open with the first mass point, at its best lifetime."""
        self.point = next(iter(self.result))
        self._range()
        x, y = self._numbers()
        best = np.nanargmin(y) if hasattr(self._curve, "observed") else np.nanargmax(y)
        self.ctau = float(x[best])

    @property
    def _curve(self) -> Any:
        if self.point not in self.result:
            msg = f"there is no mass point {self.point!r}.{did_you_mean(self.point, self.result)}"
            raise UnknownName(msg)
        return self.result[self.point]

    def _numbers(self) -> tuple[Any, Any]:
        curve = self._curve
        if hasattr(curve, "observed"):
            return np.asarray(curve.ctau) / 1e3, np.asarray(curve.observed)
        return curve.ctau_m, np.asarray(curve.efficiency)

    def _range(self) -> None:
        x, _ = self._numbers()
        self.set("ctau", min=math.log10(x.min()), max=math.log10(x.max()))

    def show(self, changed: set[str]) -> None:  # noqa: ARG002 - a point may change what a lifetime means
        """Say the numbers at the chosen lifetime, and draw the curve with a line there."""
        x, y = self._numbers()
        if not x.min() <= self.ctau <= x.max():
            msg = f"c tau of {self.ctau:g} m is outside the scan, {x.min():.3g} to {x.max():.3g} m"
            raise BadOption(msg)
        self.words.value = self._words(x, y)
        if self._drawn != self.point:
            self._draw()
        self.line.set_xdata([self.ctau, self.ctau])
        self.picture.moved(says=f"{self.point} against c tau, a line at {self.ctau:.3g} m")

    def _draw(self) -> None:
        from recastbook import plots

        ax = self.picture.clear()
        table = self._published.get(self.point)
        # the ratio has a figure of its own in plots.lifetime; here the axes of the picture are the main panel
        made = plots.lifetime(
            {"recastbook": self._curve}, table, accuracy=self._accuracy, right=self.point, axes=(ax, None)
        )
        self.line = made.ax.axvline(self.ctau, color="0.3", linestyle=":")
        self.picture.show([self.line])
        self._drawn = self.point

    def _words(self, x: Any, y: Any) -> Any:
        curve, table = self._curve, self._published.get(self.point)
        is_limit = hasattr(curve, "observed")
        ours = _between(x, y, self.ctau)
        rows = [["ours", number(ours * (1e3 if is_limit else 100)), "fb" if is_limit else "%"]]
        if not is_limit:
            error = float(np.interp(self.ctau, x, curve.error))
            rows = [["ours", plus_minus(100 * ours, 100 * error), "% (statistical error)"]]
        if table is not None:
            known = _between(
                table.column("ctau").numbers(),
                table.column("observed" if is_limit else "efficiency").numbers(),
                self.ctau,
            )
            rows.append(["published", number(known * (1e3 if is_limit else 100)), "fb" if is_limit else "%"])
            rows.append(["ours / published", number(ours / known), ""])
        notes = [note(n) for n in getattr(curve, "notes", ())]
        return joined(html_table(["", f"c tau {self.ctau:.3g} m", ""], rows), *notes)

    def code(self) -> str:
        """Return the call that gives this picture without the widget."""
        return f"plots.lifetime(curves[{self.point!r}], published.get({self.point!r}), accuracy={self._accuracy!r})"


def _between(x: Any, y: Any, at: float) -> float:
    """Interpolate in logarithms; nan outside."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    good = np.isfinite(y) & (y > 0)
    if not good.any():
        return math.nan
    order = np.argsort(x[good])
    known = np.log(x[good][order]), np.log(y[good][order])
    return float(np.exp(np.interp(math.log(at), *known, left=math.nan, right=math.nan)))
