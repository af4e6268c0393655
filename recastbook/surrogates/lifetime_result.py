"""Efficiency in bins of lifetime: numbers with errors, what was refused, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook import display
from recastbook.exceptions import BadOption

__all__ = ["LifetimeScan"]


@dataclass(frozen=True)
class LifetimeScan(display.Tabular):
    """Efficiency of a search for a series of mean proper decay lengths."""

    ctau: NDArray[np.float64]
    """Mean proper decay lengths, mm, shape (K,); (K, n) where particles have different ones."""
    efficiency: NDArray[np.float64]
    """Efficiency over all events, shape (K,); nan where refused."""
    error: NDArray[np.float64]
    """Statistical error of the sample, shape (K,)."""
    effective: NDArray[np.float64]
    """Effective number of events, shape (K,)."""
    method: str = "integrate"
    label: str = ""
    map_title: str = ""
    region: str = ""
    """Region of a search, where the scan is of one."""
    refused: tuple[str, ...] = ()
    """Why a lifetime is refused, empty text where it is not; empty for none."""
    notes: tuple[str, ...] = ()
    mean_weight: NDArray[np.float64] | None = None
    """Reweighting only: mean weight, 1 within its error."""
    mean_weight_error: NDArray[np.float64] | None = None
    low: NDArray[np.float64] | None = None
    """Efficiency at the lower end of the map's stated accuracy, with the statistical error; shape (K,)."""
    high: NDArray[np.float64] | None = None
    """At the upper end."""
    valid: NDArray[np.bool_] | None = None
    """Where the map may be used and its stated accuracy holds, shape (K,)."""

    def __len__(self) -> int:
        return len(self.efficiency)

    @property
    def ctau_m(self) -> NDArray[np.float64]:
        """Lifetimes in metres, of the first particle."""
        return np.asarray((self.ctau if self.ctau.ndim == 1 else self.ctau[:, 0]) / 1000.0)

    @property
    def peak(self) -> tuple[float, float]:
        """Lifetime (mm, of the first particle) and efficiency where the efficiency is largest."""
        if np.isnan(self.efficiency).all():
            msg = "every lifetime of this scan was refused; see its notes"
            raise BadOption(msg)
        k = int(np.nanargmax(self.efficiency))
        return float(self.ctau_m[k] * 1000.0), float(self.efficiency[k])

    def at(self, ctau: Any) -> NDArray[np.float64]:
        """Return the efficiency at other lifetimes (mm), linear in logarithms; nan outside the scan."""
        x = self.ctau_m * 1000.0
        good = np.isfinite(self.efficiency) & (self.efficiency > 0)
        order = np.argsort(x[good])
        if not good.any():
            return np.full(np.shape(ctau), np.nan)
        known = np.log(x[good][order]), np.log(self.efficiency[good][order])
        return np.exp(np.interp(np.log(np.asarray(ctau, dtype=np.float64)), *known, left=np.nan, right=np.nan))

    def to_dict(self) -> dict[str, Any]:
        """Return plain types, for JSON; nan as None."""

        def plain(array: NDArray[np.float64]) -> list[Any]:
            return [None if np.ndim(v) == 0 and not np.isfinite(v) else np.asarray(v).tolist() for v in array]

        return {
            "ctau_mm": plain(self.ctau), "efficiency": plain(self.efficiency), "error": plain(self.error),
            "effective": plain(self.effective), "method": self.method, "label": self.label, "map": self.map_title,
            "region": self.region,
            "refused": list(self.refused), "notes": list(self.notes),
        }  # fmt: skip

    def _ranges(self) -> str:
        """Range of the lifetimes; of each particle where they differ."""
        columns = (self.ctau if self.ctau.ndim == 2 else self.ctau[:, None]).T / 1000.0
        parts = [f"{c.min():.3g}" + (f" to {c.max():.3g}" if c.max() > c.min() else "") for c in columns]
        return f"{' m and '.join(parts)} m{', one for each particle' if len(parts) > 1 else ''}"

    def _point(self, k: int) -> str:
        """Lifetime of one point, m; of each particle where they differ."""
        return " and ".join(f"{c / 1000:.3g}" for c in np.atleast_1d(self.ctau[k]))

    def _items(self) -> dict[str, object]:
        items: dict[str, object] = {
            "lifetimes": f"{len(self)}, c tau {self._ranges()}",
            "method": {"integrate": "integration over decay positions", "reweight": "reweighted decays"}[self.method],
            "map": self.map_title,
        }
        if not np.isnan(self.efficiency).all():
            k = int(np.nanargmax(self.efficiency))
            top = display.plus_minus(100 * float(self.efficiency[k]), 100 * float(self.error[k]))
            items["largest efficiency"] = f"{top} % at c tau {self._point(k)} m"
        if any(self.refused):
            items["refused"] = sum(map(bool, self.refused))
        return items

    def __str__(self) -> str:
        return display.text_card(f"Efficiency against lifetime: {self.label}", self._items(), notes=self.notes)

    def _as_table(self) -> display.TableView:
        rows = [
            [self._point(k), display.plus_minus(100 * e, 100 * d) if np.isfinite(e) else None, float(n), why]
            for k, (e, d, n, why) in enumerate(
                zip(self.efficiency, self.error, self.effective, self.refused or [""] * len(self), strict=True)
            )
        ]
        headers = ("c tau [m]", "efficiency [%]", "effective events", "")
        return display.TableView(headers, rows, f"Efficiency against lifetime: {self.label}", self.notes)

    def _repr_html_(self) -> display.Html:
        figure = display.svg_steps(np.nan_to_num(self.efficiency).tolist(), title="efficiency against c tau")
        shown = self._as_table()
        table = display.joined(display.html_table(shown.headers, shown.rows), display.copies(shown))
        body = [display.note("efficiency, one step a lifetime"), figure, display.fold("numbers", table)]
        return display.card(shown.caption, self._items(), body=body, notes=self.notes)
