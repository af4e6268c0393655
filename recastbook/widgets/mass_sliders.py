"""Mass sliders: a surrogate asked about a model point, beside the truth where it is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import ipywidgets
import numpy as np
import traitlets

from recastbook.display import Html, html_table, joined, number
from recastbook.widgets.base import Panel
from recastbook.widgets.picture import Picture
from recastbook.widgets.words import Words

__all__ = ["MassSliders"]


class MassSliders(Panel):
    """Move the masses of a model, see what a surrogate says and whether it may say it.

    Its plain twin is ``trained.predict(sampler(m_phi, m_s), parameters=...)``.

    Parameters
    ----------
    result
        A trained surrogate with the parameters ``m_phi`` and ``m_s``.
    sampler
        Function of the two masses (GeV) that gives a table of truth features.
    truth
        Function of a table that gives the true probability of each event, where it is known.
    **choices
        ``m_phi`` and ``m_s``.
    """

    heading: ClassVar[str] = "Masses"
    choices: ClassVar[tuple[str, ...]] = ("m_phi", "m_s")
    m_phi = traitlets.Float(600.0)
    m_s = traitlets.Float(150.0)

    def __init__(
        self,
        result: Any,
        *,
        sampler: Callable[[float, float], Any],
        truth: Callable[[Any], Any] | None = None,
        **choices: Any,
    ) -> None:
        self.sampler, self.truth = sampler, truth
        self.prediction: Any = None
        self.true: float | None = None
        super().__init__(result, **choices)

    def build(self) -> None:
        """Make the sliders, the plane and the words."""
        wide: dict[str, Any] = {
            "style": {"description_width": "8em"}, "continuous_update": False, "readout_format": ".0f",
            "layout": ipywidgets.Layout(width="30em", max_width="98%"),
        }  # fmt: skip
        phi = self.control("m_phi", ipywidgets.FloatSlider(min=60, max=1500, step=5, description="m_phi [GeV]", **wide))
        s = self.control("m_s", ipywidgets.FloatSlider(min=5, max=700, step=5, description="m_s [GeV]", **wide))
        self.picture = Picture(5.0, 3.6)
        self.words = Words()
        self.arrange([phi, s], [self.picture, self.words])

    def show(self, changed: set[str]) -> None:  # noqa: ARG002 - everything follows from both masses
        """Ask the surrogate about the chosen masses."""
        sample = self.sampler(self.m_phi, self.m_s)
        self.prediction = self.result.predict(sample, parameters={"m_phi": self.m_phi, "m_s": self.m_s})
        self.true = None if self.truth is None else float(np.mean(self.truth(sample)))
        self._plane()
        self.words.value = str(joined(self.prediction, self._beside()))

    def _beside(self) -> Html:
        if self.true is None or self.prediction is None:
            return Html("")
        ratio = self.prediction.predicted / self.true if self.true > 0 else math.nan
        rows = [[f"{number(100 * self.true)} %", f"{number(100 * self.prediction.predicted)} %", number(ratio)]]
        return html_table(("truth", "surrogate", "surrogate / truth"), rows, align="rrr")

    def _plane(self) -> None:
        ax = self.picture.clear()
        points = np.array([[p.parameters["m_phi"], p.parameters["m_s"]] for p in self.result.data.points])
        hull = self.result.hull_outline()
        if len(hull):
            names = self.result.data.parameter_names
            x, y = (hull[:, names.index(name)] for name in ("m_phi", "m_s"))
            ax.fill(
                x, y, facecolor="#0072B2", alpha=0.15, edgecolor="#0072B2", linewidth=1.0, label="hull of the training"
            )
        ax.plot(points[:, 0], points[:, 1], "o", color="#0072B2", label="trained on")
        outside = self.prediction.extrapolates
        ax.plot(
            [self.m_phi], [self.m_s], "X" if outside else "*", color="#D55E00" if outside else "#009E73", markersize=14,
            label="EXTRAPOLATION" if outside else "asked about",
        )  # fmt: skip
        ax.set(xlabel=r"$m_\Phi$ [GeV]", ylabel=r"$m_s$ [GeV]", xlim=(0, 1550), ylim=(0, 720))
        ax.legend(loc="upper left", fontsize="small")
        self.picture.show(says=f"m_phi {self.m_phi:g} GeV, m_s {self.m_s:g} GeV: {self.prediction.headline}")

    def code(self) -> str:
        """Return the call that gives this prediction without the widget."""
        masses = f"{{'m_phi': {self.m_phi:g}, 'm_s': {self.m_s:g}}}"
        return f"trained.predict(sampler({self.m_phi:g}, {self.m_s:g}), parameters={masses})"
