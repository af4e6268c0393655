"""Limits against lifetime: N95 over luminosity and efficiency, with the accuracy of the map as a band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook import display
from recastbook.statistics.published_limit import cross_section_limit

__all__ = ["LifetimeLimit"]


@dataclass(frozen=True)
class LifetimeLimit:
    """Upper limits at 95 % CL on cross section times branching fraction for a series of lifetimes."""

    ctau: NDArray[np.float64]
    """Mean proper decay lengths, mm, shape (K,)."""
    observed: NDArray[np.float64]
    """Observed limit, pb; nan where there is no efficiency."""
    expected: NDArray[np.float64]
    """Median expected limit, pb."""
    low: NDArray[np.float64]
    """Observed limit if the efficiency is higher by accuracy and statistical error, pb."""
    high: NDArray[np.float64]
    """Observed limit if it is lower, pb."""
    valid: NDArray[np.bool_]
    """Where the efficiency is large enough, compared with its maximum, for the stated accuracy."""
    n95: tuple[float, float] = (0.0, 0.0)
    """Excluded signal events, observed and expected."""
    accuracy: float = 0.0
    """Relative accuracy of the efficiency behind the band."""
    label: str = ""
    region: str = ""

    @classmethod
    def from_efficiency(
        cls,
        ctau: NDArray[np.float64],
        efficiency: NDArray[np.float64],
        error: NDArray[np.float64],
        *,
        n95: tuple[float, float],
        luminosity_fb: float,
        accuracy: float = 0.0,
        valid_above_share: float = 0.0,
        label: str = "",
        region: str = "",
    ) -> LifetimeLimit:
        """Compute limits from efficiencies.

        Parameters
        ----------
        ctau, efficiency, error
            Lifetimes (mm), efficiencies and their statistical errors, shape (K,).
        n95
            Excluded signal events, observed and expected.
        luminosity_fb
            Integrated luminosity, fb^-1.
        accuracy
            Relative accuracy of the efficiency.
        valid_above_share
            Share of the largest efficiency above which that accuracy holds.
        label, region
            Names for display.
        """
        eff = np.asarray(efficiency, dtype=np.float64)
        top = np.nanmax(eff) if np.isfinite(eff).any() else np.nan
        spread = np.hypot(accuracy * eff, error)
        return cls(
            np.asarray(ctau, dtype=np.float64),
            cross_section_limit(n95[0], luminosity_fb, eff),
            cross_section_limit(n95[1], luminosity_fb, eff),
            cross_section_limit(n95[0], luminosity_fb, eff + spread),
            cross_section_limit(n95[0], luminosity_fb, eff - spread),
            np.nan_to_num(eff) >= (valid_above_share * top if np.isfinite(top) else np.inf),
            n95, accuracy, label, region,
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
        return {**out, "valid": self.valid.tolist(), "n95": list(self.n95), "accuracy": self.accuracy,
                "label": self.label, "region": self.region}  # fmt: skip

    def _items(self) -> dict[str, object]:
        good = np.isfinite(self.observed)
        items: dict[str, object] = {
            "region": self.region,
            "N95": f"{self.n95[0]:.4g} observed, {self.n95[1]:.4g} expected",
            "accuracy of the efficiency": f"{100 * self.accuracy:.0f} %",
        }
        if good.any():
            k = int(np.nanargmin(self.observed))
            items["strongest limit"] = (
                f"{display.number(self.observed[k] * 1e3)} fb at c tau {self.ctau[k] / 1e3:.3g} m"
            )
        return items

    def __str__(self) -> str:
        return display.text_card(f"Limits against lifetime: {self.label}", self._items())

    __repr__ = __str__

    def _repr_html_(self) -> display.Html:
        rows = [
            [c / 1e3, 1e3 * o, 1e3 * e, display.Cell("", mark="ok") if v else display.Cell("outside", mark="warning")]
            for c, o, e, v in zip(self.ctau, self.observed, self.expected, self.valid, strict=True)
        ]
        table = display.html_table(["c tau [m]", "observed [fb]", "expected [fb]", "validity"], rows)
        title = f"Limits against lifetime: {self.label}"
        return display.card(title, self._items(), body=[display.fold("numbers", table)])
