"""What a look-up in an efficiency map found, and what it could not look up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook import display

__all__ = ["LookupReport", "MapLookup"]

FEW_CELLS = 10
"""A result that this few cells carry is said to be dominated by them."""
DOMINATED = 0.5
NEAR = 30.0
"""A sample whose decays all lie this factor before the end of the first bin looks like one in metres."""
"""Share of the sum of probabilities from which on it is said."""


@dataclass(frozen=True, slots=True)
class LookupReport(display.Tabular):
    """Counts of one look-up; reports of disjoint events add up.

    Examples
    --------
    >>> (LookupReport(events=3, above_last=1) + LookupReport(events=2)).events
    5
    """

    events: int = 0
    """Events looked up."""
    probable: int = 0
    """Events with a probability above zero."""
    above_last: int = 0
    """Particles above the last edge of an axis (pT of 1600 GeV) that were put into the last bin or left out."""
    outside: int = 0
    """Particles outside the map: no decay vertex, a negative distance, or above a last edge with the rule "zero"."""
    unknown_class: int = 0
    """Particles with a decay that the map has no bin for; probability 0."""
    not_a_number: int = 0
    """Particles with a quantity that is no number; probability 0."""
    wrong_number: int = 0
    """Events with another number of long-lived particles than the map is of; probability 0."""
    unfilled: int = 0
    """Events in cells of a fitted map that no event of its sample filled; probability 0."""
    cells: tuple[tuple[str, float], ...] = ()
    """Cells with the largest shares of the sum of probabilities, and their shares."""
    overflow: str = "last"
    """What was done above the last edge."""
    farthest: float | None = None
    """Largest distance of a decay that was given, mm; None where the map asks for none."""
    first_edge: float | None = None
    """Nearest distance at which a bin of decays ends, mm."""
    map_error: float | None = None
    """Relative error of the sum of probabilities: by the errors of the map's cells, and what events in cells that were
    never filled would add if they were selected like the others; None where the map has no errors."""

    def __add__(self, other: LookupReport) -> LookupReport:
        sums = {n: getattr(self, n) + getattr(other, n) for n in _COUNTS}
        # shares of parts cannot be added without their sums; the report of the whole look-up has them
        farthest = max((r.farthest for r in (self, other) if r.farthest is not None), default=None)
        return LookupReport(**sums, overflow=self.overflow, farthest=farthest, first_edge=self.first_edge)

    @property
    def largest_share(self) -> float:
        """Share of the sum of probabilities that the first ten cells carry; 0 without any."""
        return float(sum(share for _, share in self.cells[:FEW_CELLS]))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know, in sentences."""
        out = []
        for count, one, many, text in (
            (
                self.above_last, "particle lies", "particles lie",
                f"above a last edge ({_RULES.get(self.overflow, self.overflow)})",
            ),
            (
                self.outside, "particle lies outside the map or has", "particles lie outside the map or have",
                "no decay vertex: probability 0",
            ),
            (
                self.unknown_class, "particle decays", "particles decay",
                "into what the map does not cover: probability 0",
            ),
            (self.not_a_number, "particle has", "particles have", "a quantity that is no number: probability 0"),
            (
                self.wrong_number, "event has", "events have",
                "another number of long-lived particles than the map: probability 0",
            ),
        ):  # fmt: skip
            if count:
                out.append(f"{count} {one if count == 1 else many} {text}")
        if self.unfilled:
            share = f" ({100 * self.unfilled / self.events:.2g} %)" if self.events else ""
            out.append(
                f"{self.unfilled} {'event lies' if self.unfilled == 1 else 'events lie'}{share} in cells that no event "
                "of the fit filled, with probability 0: the efficiency is too low; fit more events, or wider bins"
            )
        if self.farthest is not None and 0 < self.farthest < (self.first_edge or 0.0) / NEAR:
            out.append(
                f"no decay is farther out than {self.farthest:.3g} mm; were positions given in metres? mm are asked"
            )
        if self.map_error is None and self.largest_share > DOMINATED:
            n = min(FEW_CELLS, len(self.cells))
            cells, own = ("cells", "their") if n > 1 else ("cell", "its")
            out.append(
                f"{100 * self.largest_share:.0f} % of the result comes from {n} {cells} of the map: {own} own "
                "statistical errors, which are not published, dominate it"
            )
        return tuple(out)

    def _items(self) -> dict[str, object]:
        own = {} if self.map_error is None else {"error of the map": f"{100 * self.map_error:.2g} % of the sum"}
        return {
            "events": self.events,
            "with a probability above 0": self.probable,
            "above a last edge": self.above_last,
            "outside the map": self.outside,
            "decay not in the map": self.unknown_class,
            "no number": self.not_a_number,
            "wrong number of particles": self.wrong_number,
            **({"in cells that were never filled": self.unfilled} if self.unfilled else {}),
            **own,
        }

    def __str__(self) -> str:
        return display.text_card("Look-up", self._items(), notes=self.notes)

    def _as_table(self) -> display.TableView:
        return display.facts_table("Look-up", self._items(), self.notes)

    def _repr_html_(self) -> display.Html:
        rows = [[cell, display.Cell(f"{100 * share:.1f} %", bar=share)] for cell, share in self.cells[:FEW_CELLS]]
        body = [display.fold("cells that count most", display.html_table(["cell", "share"], rows))] if rows else []
        return display.facts_card(self._as_table(), body)


_COUNTS = ("events", "probable", "above_last", "outside", "unknown_class", "not_a_number", "wrong_number", "unfilled")
_RULES = {"last": "put into the last bin", "zero": "probability 0"}


@dataclass(frozen=True)
class MapLookup(display.Tabular):
    """Probabilities of events, with the bins they were found in."""

    probability: NDArray[np.float64]
    """Probability of every event, shape (N,)."""
    indices: NDArray[np.intp]
    """Bin of every particle, shape (N, n_llp); -1 outside the map."""
    report: LookupReport

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001 - numpy's protocol
        return np.array(self.probability, dtype=dtype, copy=copy is not False)

    def __len__(self) -> int:
        return len(self.probability)

    def __iter__(self) -> Iterator[float]:
        return iter(self.probability.tolist())

    def efficiency(self, weight: NDArray[np.float64] | None = None) -> tuple[float, float]:
        """Return the mean probability over all events and its statistical error.

        Parameters
        ----------
        weight
            Event weights, shape (N,); one each if not given.
        """
        w = np.ones(len(self)) if weight is None else np.asarray(weight, dtype=np.float64)
        total = w.sum()
        mean = float((w * self.probability).sum() / total)
        return mean, float(np.sqrt((w**2 * (self.probability - mean) ** 2).sum()) / abs(total))

    def __str__(self) -> str:
        return str(self.report)

    def _as_table(self) -> display.TableView:
        return self.report._as_table()

    def _repr_html_(self) -> display.Html:
        return self.report._repr_html_()
