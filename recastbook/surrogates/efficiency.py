"""The efficiency that a surrogate gives a sample, with its errors and everything that speaks against it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook import display
from recastbook.exceptions import UnknownName, did_you_mean
from recastbook.surrogates.guard import GuardReport

__all__ = ["ClassMean", "SurrogateEfficiency", "mean_probability"]

FEW_EFFECTIVE = 25.0
"""Effective number of events below which a few leaves make the mean."""


@dataclass(frozen=True, slots=True)
class ClassMean:
    """Mean probability of one class."""

    value: float
    """Weighted mean over all events."""
    error: float
    """Its statistical error, from the spread over the events."""
    effective: float
    """(sum w p)^2 / sum (w p)^2: how many events make the mean."""


def mean_probability(probability: NDArray[np.float64], weight: NDArray[np.float64]) -> ClassMean:
    """Return the weighted mean of probabilities and its error.

    Parameters
    ----------
    probability, weight
        Shape (N,).

    Examples
    --------
    >>> mean_probability(np.array([0.0, 0.2]), np.ones(2)).value
    0.1
    """
    total = float(np.sum(weight))
    if total == 0 or not len(weight):
        return ClassMean(math.nan, math.nan, 0.0)
    wp = weight * probability
    value = float(np.sum(wp)) / total
    error = math.sqrt(float(np.sum((weight * (probability - value)) ** 2))) / abs(total)
    squares = float(np.sum(wp * wp))
    return ClassMean(value, error, float(np.sum(wp)) ** 2 / squares if squares > 0 else 0.0)


@dataclass(frozen=True)
class SurrogateEfficiency(display.Tabular):
    """What :meth:`recastbook.surrogates.SurrogateModel.efficiency` returns."""

    selection: str
    """Selection of the model."""
    region: str
    """Region that is asked for."""
    sample: str
    """Name of the sample."""
    n_events: int
    """Events of the sample."""
    means: Mapping[str, ClassMean]
    """Class -> mean probability."""
    relative_uncertainty: float
    """Relative uncertainty that the authors prescribe."""
    guard: GuardReport | None
    """What the validity guard says; None if it was switched off."""
    warnings: tuple[str, ...] = ()
    """What speaks against the number."""
    label: str = ""
    """Words for a model that is not the published one."""

    @property
    def value(self) -> float | None:
        """Efficiency of the region; None where the guard allows no number (see :attr:`reason`)."""
        return None if self.reason else self.means[self.region].value

    @property
    def reason(self) -> str:
        """Why there is no number; empty if there is one."""
        return "" if self.guard is None or self.guard.passed else f"outside the validity guard: {self.guard.reason}"

    @property
    def statistical(self) -> float | None:
        """Statistical error of the sample."""
        return None if self.value is None else self.means[self.region].error

    @property
    def systematic(self) -> float | None:
        """The prescribed uncertainty of the surrogate."""
        return None if self.value is None else self.relative_uncertainty * self.value

    @property
    def error(self) -> float | None:
        """Both in quadrature."""
        if self.statistical is None or self.systematic is None:
            return None
        return math.hypot(self.statistical, self.systematic)

    def __getitem__(self, region: str) -> ClassMean:
        if region not in self.means:
            msg = f"no class {region!r}.{did_you_mean(region, self.means)}"
            raise UnknownName(msg)
        return self.means[region]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "selection": self.selection, "region": self.region, "sample": self.sample, "events": self.n_events,
            "efficiency": self.value, "statistical": self.statistical, "systematic": self.systematic,
            "reason": self.reason, "warnings": list(self.warnings), "label": self.label,
            "means": {k: {"value": m.value, "error": m.error, "effective_events": m.effective}
                      for k, m in self.means.items()},
        }  # fmt: skip

    def _headline(self) -> str:
        if self.value is None:
            return f"no number: {self.reason}"
        stat = 100 * (self.statistical or 0.0)
        size = display.plus_minus(100 * self.value, stat)
        return f"({size} (stat.) ± {display.number(100 * (self.systematic or 0.0), 2)} (surrogate)) %"

    def _facts(self) -> dict[str, object]:
        facts: dict[str, object] = {"sample": self.sample, "events": self.n_events}
        facts[f"efficiency of {self.region}"] = self._headline()
        facts["effective events"] = display.number(self.means[self.region].effective)
        return facts

    def _rows(self) -> list[list[object]]:
        return [[k, display.plus_minus(100 * m.value, 100 * m.error)] for k, m in self.means.items()]

    def _notes(self) -> list[str]:
        return [*([self.label] if self.label else []), *self.warnings]

    def __str__(self) -> str:
        table = display.text_table(("class", "mean probability [%]"), self._rows()) if self.value is not None else ""
        title = f"Surrogate efficiency, {self.selection}"
        return f"{display.text_card(title, self._facts(), notes=self._notes())}\n{table}"

    def _as_table(self) -> display.TableView:
        said = [f"{name}: {value}" for name, value in self._facts().items()]
        rows = self._rows() if self.value is not None else []
        title = f"Surrogate efficiency, {self.selection}"
        return display.TableView(("class", "mean probability [%]"), rows, title, [*said, *self._notes()])

    def _repr_html_(self) -> Any:
        badges = [display.badge(self.label, "warning")] if self.label else []
        if self.reason:
            badges.append(display.badge("outside the validity guard", "bad"))
        body: list[object] = []
        if self.value is not None:
            body.append(display.html_table(("class", "mean probability [%]"), self._rows()))
        if self.guard is not None:
            body.append(display.fold("validity guard", self.guard))
        body.append(display.copies(self._as_table()))
        notes = [display.note(w, "warning") for w in self.warnings]
        return display.card(
            f"Surrogate efficiency, {self.selection}", self._facts(), badges=badges, body=body, notes=notes
        )
