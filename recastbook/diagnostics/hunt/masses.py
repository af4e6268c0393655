"""Changes of masses, energies and rapidities: what four-momenta tell about each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.hunt.layout import Layout
from recastbook.units import factor

__all__ = ["Kinematics"]

Matrix = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Kinematics:
    """Another of the four-momentum's numbers in a column of each object of a block.

    `kind` is ``massless``, ``energy for mass``, ``mass for energy`` or ``rapidity``.
    """

    block: str
    kind: str

    def apply(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:  # noqa: ARG002
        """Replace the number of objects that exist."""
        return self._replaced(layout, raw, back=False)

    def undo(self, layout: Layout, raw: Matrix, files: Rows) -> Matrix:  # noqa: ARG002
        """Take it back; a mass set to zero is lost (nan)."""
        return self._replaced(layout, raw, back=True)

    def _replaced(self, layout: Layout, raw: Matrix, *, back: bool) -> Matrix:
        out = raw.copy()
        present = layout.present(raw)
        names = layout.quantities(self.block)
        heavy = "mass" if "mass" in names else "energy"
        pts, etas, others = (layout.at(self.block, q) for q in ("pt", "eta", heavy))
        for pt_at, eta_at, at in zip(pts, etas, others, strict=True):
            rows = present[:, at]
            pt, eta = (raw[rows, c] / _per_gev(layout, c) for c in (pt_at, eta_at))
            other = raw[rows, at] / _per_gev(layout, at)
            target, values = self._numbers(pt, eta, other, heavy=heavy, back=back)
            column = eta_at if target == "eta" else at
            out[rows, column] = values * _per_gev(layout, column)
        return out

    def _numbers(
        self, pt: Matrix, eta: Matrix, other: Matrix, *, heavy: str, back: bool
    ) -> tuple[str, NDArray[np.float64]]:
        with np.errstate(all="ignore"):
            if self.kind == "rapidity":
                return "eta", _rapidity(pt, eta, other, heavy=heavy, back=back)
            momentum = pt * np.cosh(eta)
            if self.kind == "massless":
                if back:
                    return heavy, np.full_like(pt, np.nan)
                return heavy, np.zeros_like(pt) if heavy == "mass" else momentum
            to_energy = (self.kind == "energy for mass") != back
            square = other**2 + momentum**2 if to_energy else other**2 - momentum**2
            return heavy, np.sqrt(np.maximum(square, 0.0))


def _rapidity(pt: Matrix, eta: Matrix, other: Matrix, *, heavy: str, back: bool) -> Matrix:
    """Return rapidity for pseudorapidity, or the other way back."""
    if heavy == "mass":
        mt = np.sqrt(pt**2 + other**2)
        return np.arcsinh(mt * np.sinh(eta) / pt) if back else np.arcsinh(pt * np.sinh(eta) / mt)
    if back:
        return np.arcsinh(other * np.tanh(eta) / pt)
    return np.arctanh(np.clip(pt * np.sinh(eta) / other, -1.0 + 1e-15, 1.0 - 1e-15))


def _per_gev(layout: Layout, column: int) -> float:
    found = layout.card.inputs[column]
    return found.scale / factor(found.unit) if found.unit != "1" else found.scale
