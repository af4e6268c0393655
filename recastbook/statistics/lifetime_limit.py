"""Limits against lifetime: N95 over luminosity and efficiency, with the accuracy of the efficiency as a band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook import display
from recastbook.statistics.published_limit import cross_section_limit

__all__ = ["LifetimeLimit"]


@dataclass(frozen=True)
class LifetimeLimit(display.Tabular):
    """Upper limits at 95 % CL on cross section times branching fraction for a series of lifetimes."""

    ctau: NDArray[np.float64]
    """Mean proper decay lengths, mm, shape (K,)."""
    observed: NDArray[np.float64]
    """Observed limit, pb; nan where there is no efficiency."""
    expected: NDArray[np.float64]
    """Median expected limit, pb."""
    low: NDArray[np.float64]
    """Observed limit with the largest efficiency that is thought possible, pb."""
    high: NDArray[np.float64]
    """Observed limit with the smallest, pb."""
    valid: NDArray[np.bool_]
    """Where the efficiency may be used."""
    n95: tuple[float, float] = (0.0, 0.0)
    """Excluded signal events, observed and expected."""
    label: str = ""
    region: str = ""
    notes: tuple[str, ...] = ()
    """What a reader must know of the efficiencies."""

    @classmethod
    def from_efficiency(
        cls,
        ctau: NDArray[np.float64],
        efficiency: NDArray[np.float64],
        *,
        low: NDArray[np.float64] | None = None,
        high: NDArray[np.float64] | None = None,
        valid: NDArray[np.bool_] | None = None,
        n95: tuple[float, float],
        luminosity_fb: float,
        label: str = "",
        region: str = "",
        notes: tuple[str, ...] = (),
    ) -> LifetimeLimit:
        """Compute limits from efficiencies.

        Parameters
        ----------
        ctau, efficiency
            Lifetimes (mm) and efficiencies, shape (K,).
        low, high
            Smallest and largest efficiency that is thought possible; the efficiency itself by default.
        valid
            Where the efficiency may be used; everywhere by default.
        n95
            Excluded signal events, observed and expected.
        luminosity_fb
            Integrated luminosity, fb^-1.
        label, region
            Names for display.
        notes
            What a reader must know of the efficiencies.
        """
        eff = np.asarray(efficiency, dtype=np.float64)
        return cls(
            np.asarray(ctau, dtype=np.float64),
            cross_section_limit(n95[0], luminosity_fb, eff),
            cross_section_limit(n95[1], luminosity_fb, eff),
            cross_section_limit(n95[0], luminosity_fb, eff if high is None else high),
            cross_section_limit(n95[0], luminosity_fb, eff if low is None else low),
            np.isfinite(eff) if valid is None else np.asarray(valid),
            n95, label, region, notes,
        )  # fmt: skip

    def excluded(self, cross_section_pb: float) -> tuple[float, float] | None:
        """Return the shortest and longest lifetime (mm) where a cross section is excluded, None for nowhere."""
        hit = self.observed < cross_section_pb
        return (float(self.ctau[hit].min()), float(self.ctau[hit].max())) if hit.any() else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain types, for JSON; nan as None."""
        names = ("ctau", "observed", "expected", "low", "high")
        out: dict[str, Any] = {
            n: [float(v) if np.isfinite(v) else None for v in getattr(self, n)] for n in names
        }  # fmt: skip
        out |= {"valid": self.valid.tolist(), "n95": list(self.n95), "label": self.label, "region": self.region,
                "notes": list(self.notes)}  # fmt: skip
        return out

    def _items(self) -> dict[str, object]:
        good = np.isfinite(self.observed)
        items: dict[str, object] = {
            "region": self.region,
            "N95": f"{self.n95[0]:.4g} observed, {self.n95[1]:.4g} expected",
        }
        if good.any():
            k = int(np.nanargmin(self.observed))
            items["strongest limit"] = (
                f"{display.number(self.observed[k] * 1e3)} fb at c tau {self.ctau[k] / 1e3:.3g} m"
            )
        return items

    def __str__(self) -> str:
        return display.text_card(f"Limits against lifetime: {self.label}", self._items(), notes=self.notes)

    def _as_table(self) -> display.TableView:
        rows = [
            [c / 1e3, 1e3 * o, 1e3 * e, display.Cell("", mark="ok") if v else display.Cell("outside", mark="warning")]
            for c, o, e, v in zip(self.ctau, self.observed, self.expected, self.valid, strict=True)
        ]
        notes = [f"{name}: {value}" for name, value in self._items().items()]
        headers = ("c tau [m]", "observed [fb]", "expected [fb]", "validity")
        return display.TableView(headers, rows, f"Limits against lifetime: {self.label}", [*notes, *self.notes])

    def _repr_html_(self) -> display.Html:
        shown = self._as_table()
        table = display.joined(display.html_table(shown.headers, shown.rows), display.copies(shown))
        return display.card(shown.caption, self._items(), body=[display.fold("numbers", table)], notes=self.notes)
