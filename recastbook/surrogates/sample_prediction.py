"""What a surrogate of one's own says of a sample, and why not to believe it outside its training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from recastbook import display
from recastbook.surrogates.novelty import EXPECTED

__all__ = ["MANY_NOVEL", "SamplePrediction"]

ON_RECORD = (
    "errors of factors 2 to 9, with pulls up to 15 against an ensemble's spread, are on record outside a training"
)
SIZEABLE, LARGE_PULL = 2.0, 3.0
"""A factor and a pull of held-out points from which on they are said in a warning."""
MANY_NOVEL = 0.05
"""Share of novel events from which on a sample counts as outside the training, five times what is expected."""


@dataclass(frozen=True)
class SamplePrediction(display.Tabular):
    """The efficiency of one class for one sample."""

    sample: str
    """Name of the sample."""
    region: str
    """Class."""
    predicted: float
    """Mean prediction, whatever it is worth; :attr:`value` is the number to quote."""
    statistical: float
    """Statistical error of the sample."""
    spread: float | None
    """Standard deviation of the members of the ensemble; None where only their mean was kept."""
    closure_error: float
    """Relative error measured on held-out points inside the hull; nan if there were none."""
    novelty: float
    """Share of events far from all training events; 0.01 in a sample like the training."""
    outside: tuple[str, ...]
    """Why the sample counts as outside the training; empty inside."""
    worst_factor: float
    """By what factor held-out points outside the hull were wrong at most; nan if there were none."""
    worst_pull: float
    """The pull of that kind, against the ensemble spread."""
    remarks: tuple[str, ...] = ()
    """What else a reader must know."""
    label: str = ""
    """Words that everything made with the surrogate shows."""

    @property
    def extrapolates(self) -> bool:
        """Whether the sample is outside the training."""
        return bool(self.outside)

    @property
    def value(self) -> float | None:
        """Efficiency; None outside the training, where there is no number to quote (see :attr:`outside`)."""
        return None if self.extrapolates else self.predicted

    @property
    def error(self) -> float | None:
        """Statistical error, spread and closure in quadrature; None outside, where the spread is no error."""
        if self.extrapolates:
            return None
        closure = 0.0 if math.isnan(self.closure_error) else self.closure_error * self.predicted
        return math.sqrt(self.statistical**2 + (self.spread or 0.0) ** 2 + closure**2)

    @property
    def headline(self) -> str:
        """One line: the number with its error, or that there is none."""
        if not self.extrapolates:
            return f"{display.plus_minus(100 * self.predicted, 100 * (self.error or 0.0))} %"
        # held-out points are just outside; a small factor there must not comfort a reader far out
        worst = "by any factor"
        if self.worst_factor > SIZEABLE:
            worst += f", points just outside were off by {self.worst_factor:.2g}"
        returned = f"{100 * self.predicted:.2g} %"
        return f"EXTRAPOLATION, no efficiency to quote (the model returns {returned}, which may be wrong {worst})"

    def _facts(self) -> dict[str, object]:
        facts: dict[str, object] = {"sample": self.sample, f"efficiency of {self.region}": self.headline}
        mark = "bad" if self.novelty > MANY_NOVEL else "warning" if self.novelty > 2 * EXPECTED else "ok"
        facts["novel events"] = display.Cell(
            f"{100 * self.novelty:.1f} % ({100 * EXPECTED:.0f} % in a sample like the training)", mark
        )
        if self.spread is not None:
            size = f"± {display.number(100 * self.spread, 2)} %"
            if self.extrapolates:
                large = abs(self.worst_pull) > LARGE_PULL
                pull = f", pulls of held-out points up to {self.worst_pull:+.1f}" if large else ""
                size += f" - NOT an error outside the training{pull}"
            facts["ensemble spread"] = size
        return facts

    def _notes(self) -> list[str]:
        record = [ON_RECORD] if self.extrapolates else []
        outside = [f"outside the training: {why}" for why in self.outside]
        return [*outside, *record, *self.remarks]

    def __str__(self) -> str:
        title = "!!! EXTRAPOLATION !!!" if self.extrapolates else "Surrogate prediction"
        return display.text_card(title, self._facts(), notes=[*self._notes(), *filter(None, [self.label])])

    def _as_table(self) -> display.TableView:
        title = "EXTRAPOLATION" if self.extrapolates else "Surrogate prediction"
        return display.facts_table(title, self._facts(), self._notes())

    def _repr_html_(self) -> Any:
        title = "Surrogate prediction"
        badges = [display.badge(self.label, "warning")] if self.label else []
        if not self.extrapolates:
            return display.facts_card(self._as_table(), badges=badges)
        # drawn so that it cannot be overlooked in a page of tables: a heavy frame, a heading, hatching by sign
        warning = display.Html(
            '<div role="alert" style="border:3px double currentColor;padding:6px 10px;margin:4px 0;font-size:120%">'
            f"<b>✗ EXTRAPOLATION</b> - {display.escape(self.headline.removeprefix('EXTRAPOLATION, '))}</div>"
        )
        badges.append(display.badge("outside the training", "bad"))
        body = [warning, display.copies(self._as_table())]
        return display.card(title, self._facts(), badges=badges, body=body, notes=self._notes())
