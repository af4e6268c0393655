"""Where a surrogate's number may be quoted: windows on sample means, and the range it was trained in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from recastbook import display
from recastbook.exceptions import BadOption

if TYPE_CHECKING:
    from recastbook.surrogates.truth_table import TruthTable

__all__ = ["GuardReport", "GuardRow", "ValidityGuard"]

CONVENTIONS = ("sensible", "interchanged")


@dataclass(frozen=True, slots=True)
class GuardRow:
    """One mean and its window."""

    quantity: str
    """Feature that is averaged."""
    where: str
    """Which particles enter."""
    mean: float | None
    """Mean in metres; None if no particle enters."""
    window: tuple[float, float]
    """Allowed means in metres."""

    @property
    def passed(self) -> bool:
        """Whether the mean is in its window, or there is nothing to average."""
        return self.mean is None or self.window[0] <= self.mean <= self.window[1]

    def scaled(self, factor: float) -> bool:
        """Return whether the mean were in its window if it were that many times larger."""
        return self.mean is None or self.window[0] <= self.mean * factor <= self.window[1]

    @property
    def text(self) -> str:
        """The row in words."""
        low, high = self.window
        mean = "no particle" if self.mean is None else f"{self.mean:.3g} m"
        return f"mean {self.quantity} ({self.where}) is {mean}, the window is {low:g} to {high:g} m"


@dataclass(frozen=True, slots=True)
class GuardReport(display.Tabular):
    """What the guard says of one sample."""

    rows: tuple[GuardRow, ...]
    convention: str
    """``sensible`` or ``interchanged``."""

    @property
    def passed(self) -> bool:
        """Whether an efficiency may be quoted."""
        return all(row.passed for row in self.rows)

    @property
    def reason(self) -> str:
        """Why not; empty if it may."""
        failed = [row for row in self.rows if not row.passed]
        text = "; ".join(row.text for row in failed)
        for factor, size in ((1e-3, "smaller"), (1e3, "larger")):
            # more than half: one mean of a few far decays may be outside for itself
            if len(failed) == len(self.rows) and 2 * sum(row.scaled(factor) for row in failed) > len(failed):
                text += f" (a thousand times {size} they would be inside: are the lengths in the unit that is asked?)"
        return text

    def _cells(self) -> list[list[object]]:
        return [
            [r.quantity, r.where, r.mean, f"{r.window[0]:g} to {r.window[1]:g}",
             display.Cell("inside" if r.passed else "outside", "ok" if r.passed else "bad")]
            for r in self.rows
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self._as_table())

    def _as_table(self) -> display.TableView:
        return display.TableView(("mean of", "particles", "m", "window [m]", ""), self._cells())

    def _repr_html_(self) -> Any:
        return self._as_table()._repr_html_()


@dataclass(frozen=True, slots=True)
class ValidityGuard:
    """Windows on the mean decay position of a sample: outside them the authors quote no efficiency.

    The windows are the calorimeter, 1 to 4 m in radius and 3 to 7 m along the beam, widened four times each way.

    Examples
    --------
    >>> ValidityGuard().lxy
    (0.25, 16.0)
    """

    lxy: tuple[float, float] = (0.25, 16.0)
    """Window of the mean Lxy in metres."""
    lz: tuple[float, float] = (0.75, 28.0)
    """Window of the mean absolute Lz in metres."""
    convention: Literal["sensible", "interchanged"] = "sensible"
    """``sensible``: Lxy of particles with abs(eta) < 1.5 and Lz of the others; ``interchanged``: Lxy of those with
    eta > 1.5 and Lz of those with eta < 1.5, as the authors' public code does (which looks like a slip)."""
    border: float = 1.5
    """The pseudorapidity between the two."""

    def __post_init__(self) -> None:
        if self.convention not in CONVENTIONS:
            msg = f"the guard's convention is {self.convention!r}; it is 'sensible' or 'interchanged'"
            raise BadOption(msg)

    def check(self, table: TruthTable) -> GuardReport:
        """Return the means of a sample and whether they are in their windows; event weights count."""
        rows = []
        for n in (1, 2):
            eta = table.columns[f"llp{n}_eta"]
            if self.convention == "sensible":
                central = np.abs(eta) < self.border
                chosen = (("Lxy", central, f"abs(eta) < {self.border:g}"), ("Lz", ~central & np.isfinite(eta),
                           f"abs(eta) >= {self.border:g}"))  # fmt: skip
            else:
                chosen = (("Lxy", eta > self.border, f"eta > {self.border:g}"), ("Lz", eta < self.border,
                           f"eta < {self.border:g}"))  # fmt: skip
            for quantity, mask, where in chosen:
                total = float(table.weight[mask].sum())
                values = table.columns[f"llp{n}_{quantity}"][mask]
                mean = float(np.sum(table.weight[mask] * values) / total) if mask.any() and total else None
                rows.append(GuardRow(f"llp{n}_{quantity}", where, mean, self.lxy if quantity == "Lxy" else self.lz))
        return GuardReport(tuple(rows), self.convention)
