"""What a card promises of its inputs, held against a matrix: ranges, codes, paddings, order and relations."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.hunt.case import Case
from recastbook.diagnostics.hunt.hypothesis import Hypothesis
from recastbook.diagnostics.hunt.layout import EVENT, Layout
from recastbook.units import factor

__all__ = ["ContractChecks", "violations"]

_BEAM = 6500.0  # GeV, no momentum is above
_SOFT = 5.0  # GeV, no selected object is below
_CENTRAL = 5.0
_FEW = 20
_TWO = 2
_AZIMUTHS = {"minus_pi_pi": (-np.pi, np.pi), "0_2pi": (0.0, 2.0 * np.pi)}
_ROUNDING = 1e-4


class ContractChecks:
    """Share of cells that break what the card says, column by column."""

    name = "ranges and relations"
    weight = 2.0

    def __init__(self, case: Case) -> None:
        self._case = case
        self._null = violations(case.layout, case.raw)

    def tension(self, hypothesis: Hypothesis | None) -> NDArray[np.float64]:
        """Return the share of violations for every column, shape (K,)."""
        if hypothesis is None:
            return self._null
        undone = self._case.undone(hypothesis)
        if np.array_equal(undone, self._case.raw, equal_nan=True):
            return self._null
        found = violations(self._case.layout, undone)
        lost = np.isnan(undone).any(axis=0) & ~np.isnan(self._case.raw).all(axis=0)
        return np.where(lost, not_fixed(self._case, hypothesis, self._null), found) if lost.any() else found

    def note(self, hypothesis: Hypothesis | None) -> str:
        """Return one line about a hypothesis."""
        found = self.tension(hypothesis)
        if not found.any():
            return "every cell is as the card says"
        worst = int(np.argmax(found))
        name = self._case.layout.card.inputs[worst].name
        share = 100 * min(float(found[worst]), 1.0)
        return f"{np.count_nonzero(found)} columns break the card; {name} in {share:.3g} % of rows"


def not_fixed(case: Case, hypothesis: Hypothesis, otherwise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of existing objects that a hypothesis would change once more, for changes that cannot be undone.

    Columns with too few objects keep what they have `otherwise`, shape (K,).
    """
    again = hypothesis.apply(case.raw, case.files)
    there = case.layout.present(case.raw) & np.isfinite(case.raw)
    with np.errstate(invalid="ignore"):
        off = np.abs(again - case.raw) > np.maximum(case.layout.tolerance, _ROUNDING * np.abs(case.raw))
    counted = there.sum(axis=0)
    return np.where(counted >= _FEW, (off & there).sum(axis=0) / np.maximum(counted, 1), otherwise)


def violations(layout: Layout, raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of rows that break what a card says of each column, shape (K,); nan is not judged."""
    out = np.zeros(len(layout))
    present = layout.present(raw)
    for position, column in enumerate(layout.card.inputs):
        x, there = raw[:, position], present[:, position] & np.isfinite(raw[:, position])
        if column.level == "parameter" or not np.isfinite(x).any():
            continue
        if there.sum() >= _FEW:
            out[position] += np.mean(_off(layout, position, x[there]))
        absent = ~present[:, position] & np.isfinite(x)
        if absent.sum() >= _FEW:
            out[position] += np.mean(np.abs(x[absent] - layout.padding[position]) > layout.tolerance[position])
    for block in layout.card.objects:
        _add_block(layout, block.name, raw, present, out)
    _add_counts(layout, raw, present, out)
    return out


def _off(layout: Layout, position: int, x: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which values of existing objects a column cannot have."""
    column = layout.card.inputs[position]
    off = np.zeros(len(x), dtype=bool)
    slack = layout.tolerance[position]
    if column.phi_range is not None:
        low, high = _AZIMUTHS[column.phi_range]
        off |= (x < low * column.scale - slack) | (x > high * column.scale + slack)
    elif column.unit not in ("1", "rad"):
        gev = x * factor(column.unit) / column.scale
        off |= gev < -slack
        if column.quantity == "pt":
            off |= (gev < _SOFT) | (gev > _BEAM)
        elif column.object is not None and column.quantity == "mass":
            off |= gev > _BEAM
    elif column.quantity == "eta":
        off |= np.abs(x) > _CENTRAL
    if column.valid_range is not None:
        off |= (x < column.valid_range[0] - slack) | (x > column.valid_range[1] + slack)
    block = next((b for b in layout.card.objects if b.name == column.object), None)
    legend = column.legend or (block.legend.get(column.quantity, {}) if block is not None else {})
    if legend:
        absent = column.padding if block is not None and len(legend) > _TWO else None
        codes = np.array([float(code) for code in legend if float(code) != absent])
        off |= (np.abs(x[:, None] - codes) > slack).all(axis=1)
    if column.object is None and column.quantity.startswith("n_"):
        off |= np.abs(x - np.round(x)) > slack
    return off


def _add_block(
    layout: Layout, block: str, raw: NDArray[np.float64], present: NDArray[np.bool_], out: NDArray[np.float64]
) -> None:
    """Add what the numbers of an object say about each other."""
    names = layout.quantities(block)
    entry = next(b for b in layout.card.objects if b.name == block)
    if entry.sort_by in names:
        keys = layout.at(block, entry.sort_by)
        for one, two in itertools.pairwise(keys):
            with np.errstate(invalid="ignore"):
                rising = raw[:, two] > raw[:, one] + layout.tolerance[one] + _ROUNDING * np.abs(raw[:, one])
            out[two] += np.mean(present[:, two] & (rising | ~present[:, one]))
    heavy = next((q for q in ("mass", "energy") if q in names), None)
    if heavy is None or not {"pt", "eta"} <= set(names):
        return
    for pt_at, eta_at, at in zip(*(layout.at(block, q) for q in ("pt", "eta", heavy)), strict=True):
        there = present[:, at] & np.isfinite(raw[:, [pt_at, eta_at, at]]).all(axis=1)
        if there.sum() < _FEW:
            continue
        with np.errstate(over="ignore"):
            momentum = raw[there, pt_at] * np.cosh(np.clip(raw[there, eta_at], -20.0, 20.0))
        momentum *= layout.card.inputs[at].scale / layout.card.inputs[pt_at].scale
        other = raw[there, at]
        light = layout.tolerance[at] + 10 * _ROUNDING * momentum
        if heavy == "energy":
            # much more than the momentum is no jet or lepton either: the columns are of different units
            out[at] += np.mean((other < momentum - light) | (other > 5.0 * momentum + light))
            exact = np.abs(other - momentum) <= 0.1 * _ROUNDING * momentum + layout.tolerance[at]
        else:
            out[at] += np.mean(other > momentum + light)
            exact = np.abs(other) <= layout.tolerance[at]
        electron_like = heavy == "energy" and any(word in block for word in ("lepton", "electron", "muon"))
        if exact.all() and not entry.massless and not electron_like:
            out[at] += 1.0


def _add_counts(layout: Layout, raw: NDArray[np.float64], present: NDArray[np.bool_], out: NDArray[np.float64]) -> None:
    """Hold numbers and sums of objects against the objects, where a card has both under names that say so."""
    events = {layout.card.inputs[c].quantity: int(c) for c in layout.columns(EVENT)}
    for block in layout.card.objects:
        single = block.name.removesuffix("s")
        if "pt" not in layout.quantities(block.name):
            continue
        pts = layout.at(block.name, "pt")
        there = present[:, pts]
        whole = ~there[:, -1]
        if whole.sum() < _FEW:
            continue
        count = next((events[n] for n in (f"n_{block.name}", f"n_{single}") if n in events), None)
        if count is not None:
            out[count] += np.mean(np.abs(raw[whole, count] - there[whole].sum(axis=1)) > 0.01)
        total = events.get(f"ht_{single}")
        if total is not None:
            summed = np.where(there, raw[:, pts], 0.0).sum(axis=1)[whole]
            out[total] += np.mean(np.abs(raw[whole, total] - summed) > 0.01 * np.abs(summed))
