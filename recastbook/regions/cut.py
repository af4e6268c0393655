"""One cut: a comparison of a feature or a network score, or an "any of these" of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import UnknownName, did_you_mean

__all__ = ["COMPARATORS", "Bound", "Cut", "score_column"]

COMPARATORS = {"min": ">=", "above": ">", "max": "<=", "below": "<", "equals": "=", "outside": "outside"}
"""Comparator in YAML -> how it is written in a label."""

_TRANSFORM_TEXT = {"log10": "log10({})", "abs": "abs({})"}


@dataclass(frozen=True, slots=True)
class Bound:
    """One comparison, for example ``Bound("min", 200.0)``; `high` only for ``outside``."""

    comparator: str
    value: float
    high: float | None = None

    def mask(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Compare in the precision of `values`; NaN never passes. Shape in, shape out."""
        # A python float is weakly typed for numpy, so a float32 score is compared in float32: 0.9997 is not rounded.
        match self.comparator:
            case "min":
                out = values >= self.value
            case "above":
                out = values > self.value
            case "max":
                out = values <= self.value
            case "below":
                out = values < self.value
            case "equals":
                out = values == self.value
            case _:
                out = (values < self.value) | (values > self._upper)
        return np.asarray(out, dtype=bool)

    @property
    def _upper(self) -> float:
        return self.value if self.high is None else self.high

    def text(self, unit: str = "") -> str:
        """Readable form, for example ``>= 200 GeV``."""
        suffix = f" {unit}" if unit and unit != "1" else ""
        if self.comparator == "outside":
            return f"outside [{self.value:g}, {self._upper:g}]{suffix}"
        return f"{COMPARATORS[self.comparator]} {self.value:.6g}{suffix}"


def score_column(output: str, point: tuple[float, ...] | None, inputs: str = "default") -> str:
    """Return the name of the column that holds a score: ``p_gbb[0,2800,1400]``.

    Parameters
    ----------
    output
        Name of the network's output.
    point
        Parameter point the network is evaluated at; None for a network without parameters.
    inputs
        Name of the input variant; anything but ``"default"`` is appended after a semicolon.
    """
    inside = ",".join(f"{p:g}" for p in point or ())
    if inputs != "default":
        inside += f";{inputs}"
    return f"{output}[{inside}]" if inside else output


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut on one column, or the logical or of several lists of cuts.

    Two cuts are equal when they select the same events: labels do not count.
    """

    feature: str | None = None
    """Name of the feature; None for a score or an `any`."""
    score: str | None = None
    """Name of a network output; None for a feature or an `any`."""
    bounds: tuple[Bound, ...] = ()
    """All must hold."""
    unit: str = "1"
    """Unit of the bounds."""
    transform: str | None = None
    """``log10`` or ``abs``, applied before comparing."""
    point: tuple[float, ...] | None = None
    """Parameter point of a score."""
    inputs: str = "default"
    """Input variant of a score."""
    any: tuple[tuple[Cut, ...], ...] = ()
    """Alternatives: at least one list must hold in full."""
    label: str | None = field(default=None, compare=False)
    """Row label in a cutflow; made from the cut if None."""

    @property
    def column(self) -> str:
        """Name of the column that is compared; empty for an `any`."""
        if self.feature is not None:
            return self.feature
        return score_column(self.score, self.point, self.inputs) if self.score is not None else ""

    def leaves(self) -> Iterator[Cut]:
        """Yield the single comparisons this cut is made of."""
        if self.any:
            for alternative in self.any:
                for cut in alternative:
                    yield from cut.leaves()
        else:
            yield self

    @property
    def uses_network(self) -> bool:
        """Whether it compares a score."""
        return any(leaf.score is not None for leaf in self.leaves())

    def mask(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
        """Return which events pass.

        Parameters
        ----------
        columns
            Arrays of shape (N,) by column name (see :attr:`column`).

        Returns
        -------
        numpy.ndarray
            Boolean, shape (N,). NaN never passes.

        Raises
        ------
        UnknownName
            If a column is not there.
        """
        if self.any:
            out = None
            for alternative in self.any:
                here = None
                for cut in alternative:
                    m = cut.mask(columns)
                    here = m if here is None else here & m
                if here is not None:
                    out = here if out is None else out | here
            if out is None:
                msg = f"the cut {self.text!r} has no alternatives with a cut in them"
                raise UnknownName(msg)
            return out
        try:
            values = columns[self.column]
        except KeyError:
            message = f"the cut {self.text!r} needs the column {self.column!r}, which was not computed."
            raise UnknownName(message + did_you_mean(self.column, columns)) from None
        if self.transform == "log10":
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.log10(values)
        elif self.transform == "abs":
            values = np.abs(values)
        out = np.ones(len(values), dtype=bool)
        for bound in self.bounds:
            out &= bound.mask(values)
        return out

    @property
    def text(self) -> str:
        """The row label: `label` if given, else made from the comparison."""
        if self.label:
            return self.label
        if self.any:
            return " or ".join(
                "(" + " and ".join(c.text for c in a) + ")" if len(a) > 1 else a[0].text for a in self.any
            )
        name = self.column
        if self.transform:
            name = _TRANSFORM_TEXT[self.transform].format(name)
        low = next((b for b in self.bounds if b.comparator in ("min", "above")), None)
        high = next((b for b in self.bounds if b.comparator in ("max", "below")), None)
        if low and high and len(self.bounds) == 2:
            left = "<=" if low.comparator == "min" else "<"
            unit = f" {self.unit}" if self.unit not in ("1", "") else ""
            return f"{low.value:.6g} {left} {name} {COMPARATORS[high.comparator]} {high.value:.6g}{unit}"
        return f"{name} " + " and ".join(b.text(self.unit) for b in self.bounds)

    def with_bounds(self, **bounds: float) -> Cut:
        """Return a copy with other numbers: ``cut.with_bounds(min=250)`` replaces or adds that comparison."""
        kept = {b.comparator: b for b in self.bounds}
        kept.update({c: Bound(c, float(v)) for c, v in bounds.items()})
        return replace(self, bounds=tuple(kept.values()), label=None)

    def to_dict(self) -> dict[str, Any]:
        """Return the cut as it stands in YAML; :func:`recastbook.regions.parse_cut` reads it back."""
        if self.any:
            out: dict[str, Any] = {"any": [[c.to_dict() for c in a] for a in self.any]}
        else:
            out = {"feature": self.feature} if self.feature is not None else {"score": self.score}
            for name in ("point", "transform"):
                value = getattr(self, name)
                if value is not None:
                    out[name] = list(value) if isinstance(value, tuple) else value
            if self.inputs != "default":
                out["inputs"] = self.inputs
            for b in self.bounds:
                out[b.comparator] = [b.value, b._upper] if b.comparator == "outside" else b.value
            if self.unit != "1":
                out["unit"] = self.unit
        if self.label:
            out["label"] = self.label
        return out
