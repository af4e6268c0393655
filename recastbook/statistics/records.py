"""What a test of one region returns: CLs and upper limits, with the method and the reason for it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from recastbook import display

__all__ = ["Band", "ClsResult", "UpperLimit"]

Band = tuple[float, float, float, float, float]
"""Five ascending numbers: -2, -1, 0, +1, +2 standard deviations of the background."""


def as_band(values: Iterable[float]) -> Band:
    """Return five numbers as a band."""
    lowest, low, middle, high, highest = (float(v) for v in values)
    return lowest, low, middle, high, highest


def plain(value: float | None) -> float | None:
    """Return a float that JSON can hold: None for what is not finite."""
    return None if value is None or not math.isfinite(value) else float(value)


_SMALLEST_LEVEL = 1e-6
"""Smaller values of CLs are the far tail of a formula, whose digits mean nothing."""


def level_text(cls: float | None, error: float = 0.0) -> str:
    """Return a CLs with the statistical error of its toys; a formula has none.

    Examples
    --------
    >>> level_text(0.0312), level_text(0.031, 0.0012), level_text(1.4e-54), level_text(0.0), level_text(None)
    ('0.0312', '0.0310 ± 0.0012', '< 1e-6', '< 1e-4', '-')
    >>> level_text(0.0, 3.2e-5), level_text(0.0, 0.0033)  # no toy of 50,000, or of 500
    ('< 1e-4', '< 0.01')
    """
    if error and cls == 0:  # no toy was as extreme: below three times the share of one of them, at 95 % CL
        power = 10.0 ** math.floor(math.log10(3 * error))
        most = power * math.ceil(3 * error / power)
        return f"< {most:g}" if most >= 1e-3 else f"< {most:.0e}".replace("e-0", "e-")
    if error:
        return display.plus_minus(cls, error)
    if cls == 0:  # none of fifty thousand toys is not nothing
        return "< 1e-4"
    return "< 1e-6" if cls is not None and cls < _SMALLEST_LEVEL else display.number(cls)


@dataclass(frozen=True, slots=True)
class ClsResult(display.Tabular):
    """CLs of one signal in one region."""

    signal: float
    """Signal tested, events."""
    observed: float
    """CLs of the observed count."""
    expected: Band
    """CLs expected without signal."""
    method: str
    """"asymptotic" or "toys"."""
    note: str = ""
    """Why this method, and what was done about anything unusual."""
    error: float = 0.0
    """Statistical error of `observed` from the number of toys; 0 for a formula."""

    @property
    def expected_median(self) -> float:
        """Median of the band."""
        return self.expected[2]

    def __str__(self) -> str:
        seen, expected = level_text(self.observed, self.error), level_text(self.expected_median)
        head = f"CLs {seen} (expected {expected}), {self.method}"
        return f"{head}; {self.note}" if self.note else head

    def _as_table(self) -> display.TableView:
        items: dict[str, object] = {
            "signal": f"{display.number(self.signal)} events",
            "CLs observed": level_text(self.observed, self.error),
            "CLs expected": _levels_text(self.expected),
            "method": self.method,
        }
        return display.facts_table("CLs", items, [self.note] if self.note else [])

    def _repr_html_(self) -> str:
        title = f"expected {level_text(self.expected_median)}, observed {level_text(self.observed, self.error)}"
        figure = display.svg_log_interval(self.expected, observed=self.observed, title=title)
        legend = display.note("expected with band, observed (dot); excluded left of 0.05")
        return display.facts_card(self._as_table(), [legend, figure])

    def to_dict(self) -> dict[str, object]:
        """Return plain types, for JSON."""
        return {
            "signal": plain(self.signal),
            "observed": plain(self.observed),
            "expected": [plain(v) for v in self.expected],
            "method": self.method,
            "note": self.note,
            "error": plain(self.error),
        }


@dataclass(frozen=True, slots=True)
class UpperLimit(display.Tabular):
    """Upper limit on the number of signal events in one region (S95 at 95 % CL)."""

    observed: float
    """Observed limit, events."""
    expected: Band
    """Limit expected without signal, events."""
    method: str
    """"asymptotic" or "toys"."""
    note: str = ""
    """Why this method, and what was done about anything unusual."""
    confidence: float = 0.95
    """Confidence level."""

    @property
    def expected_median(self) -> float:
        """Median of the band, events."""
        return self.expected[2]

    def __str__(self) -> str:
        head = (
            f"S{100 * self.confidence:g} {display.number(self.observed)} events "
            f"(expected {_band_text(self.expected)}), {self.method}"
        )
        return f"{head}; {self.note}" if self.note else head

    def _as_table(self) -> display.TableView:
        items: dict[str, object] = {
            "observed": f"{display.number(self.observed)} events",
            "expected": f"{_band_text(self.expected)} events",
            "method": self.method,
        }
        title = f"upper limit on signal events, {100 * self.confidence:g} % CL"
        return display.facts_table(title, items, [self.note] if self.note else [])

    def _repr_html_(self) -> str:
        figure = display.svg_interval(self.expected, observed=self.observed)
        legend = display.note("expected with band, observed (dot)")
        return display.facts_card(self._as_table(), [legend, figure])

    def to_dict(self) -> dict[str, object]:
        """Return plain types, for JSON."""
        return {
            "observed": plain(self.observed),
            "expected": [plain(v) for v in self.expected],
            "method": self.method,
            "note": self.note,
            "confidence": self.confidence,
        }


def _levels_text(band: Band) -> str:
    return level_text(band[2]) if band[2] < _SMALLEST_LEVEL else _band_text(band)


def _band_text(band: Band) -> str:
    up, down = band[3] - band[2], band[2] - band[1]
    return f"{display.number(band[2])} +{display.number(up, 2)} -{display.number(down, 2)}"
