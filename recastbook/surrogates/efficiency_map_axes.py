"""Axes of an efficiency map: from quantities of a long-lived particle to the number of its bin."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption, BadSpecification, UnknownName, did_you_mean
from recastbook.units import factor

__all__ = ["OUTSIDE", "BinAxis", "ClassAxis", "MapAxis", "SplitAxis", "axis_from_dict"]

OUTSIDE = -1
"""Bin of what lies outside an axis."""
_OVERFLOW = ("zero", "last")


@dataclass(frozen=True, slots=True)
class BinAxis:
    """Consecutive bins; a lower edge belongs to its bin, an upper edge does not.

    Raises
    ------
    BadSpecification
        If there are fewer than two edges, or they are not numbers that rise strictly.

    Examples
    --------
    >>> BinAxis("pt", (0.0, 50.0, 100.0), "GeV").bins({"pt": np.array([49.9, 50.0, 100.0])})
    array([ 0,  1, -1])
    """

    name: str
    """Quantity, a key of what is looked up."""
    edges: tuple[float, ...]
    """Edges in recastbook's own units (GeV, mm); the last may be infinite."""
    unit: str = "1"
    """Unit for display."""
    absolute: bool = False
    """Is the absolute value binned?"""
    above_last: str = "zero"
    """``"last"``: what lies above the last edge belongs to the last bin; ``"zero"``: it lies outside."""

    def __post_init__(self) -> None:
        edges = self.edges
        if len(edges) < 2:
            msg = f"axis {self.name!r} needs at least two edges, not {len(edges)}"
            raise BadSpecification(msg)
        for i, (low, high) in enumerate(itertools.pairwise(edges)):
            if not low < high or not math.isfinite(low):
                msg = f"axis {self.name!r}: edges must rise strictly; edge {i} is {low:g}, edge {i + 1} is {high:g}"
                raise BadSpecification(msg)
        if self.above_last not in _OVERFLOW:
            msg = f"axis {self.name!r}: above_last is {self.above_last!r}.{did_you_mean(self.above_last, _OVERFLOW)}"
            raise BadSpecification(msg)

    @property
    def size(self) -> int:
        """Number of bins."""
        return len(self.edges) - 1

    @property
    def needs(self) -> tuple[str, ...]:
        """Quantities that it looks at."""
        return (self.name,)

    @property
    def labels(self) -> tuple[str, ...]:
        """One label a bin, in the display unit."""
        k = factor(self.unit)
        head = f"|{self.name}|" if self.absolute else self.name
        unit = f" {self.unit}" if self.unit not in ("", "1") else ""
        pairs = zip(self.edges, self.edges[1:], strict=False)
        return tuple(
            f"{head} {low / k:g} to {high / k:g}{unit}" if math.isfinite(high) else f"{head} above {low / k:g}{unit}"
            for low, high in pairs
        )

    def bins(self, columns: Mapping[str, NDArray[Any]], overflow: str | None = None) -> NDArray[np.intp]:
        """Return the bin of every value, -1 outside; `overflow` replaces :attr:`above_last` where that is "last"."""
        values = np.asarray(columns[self.name], dtype=np.float64)
        values = np.abs(values) if self.absolute else values
        found: NDArray[np.intp] = np.searchsorted(self.edges, values, side="right") - 1
        # searchsorted puts what is no number behind all edges
        outside = (values >= self.edges[-1]) | np.isnan(values)
        found = np.where(outside, OUTSIDE, found)
        if self.above_last == "last" and overflow != "zero":
            found = np.where(self.above(columns), self.size - 1, found)
        return found

    def above(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
        """Return whether values lie at or above the last edge."""
        values = np.asarray(columns[self.name], dtype=np.float64)
        return np.asarray((np.abs(values) if self.absolute else values) >= self.edges[-1])

    def to_dict(self) -> dict[str, Any]:
        """Return a description in plain types; edges in the display unit, an infinite one as text."""
        k = factor(self.unit)
        edges = [e / k if math.isfinite(e) else "inf" for e in self.edges]
        return {"kind": "bins", "name": self.name, "unit": self.unit, "absolute": self.absolute,
                "above_last": self.above_last, "edges": edges}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClassAxis:
    """One bin for each group of whole numbers, such as absolute PDG numbers of decay products.

    Raises
    ------
    BadSpecification
        If a number is in two groups or there is no group.

    Examples
    --------
    >>> ClassAxis("pdg_id", ((4,), (5,))).bins({"pdg_id": np.array([-5, 4, 21])})
    array([ 1,  0, -1])
    """

    name: str
    """Quantity, a key of what is looked up; its absolute value counts."""
    values: tuple[tuple[int, ...], ...]
    """Numbers of each bin."""

    def __post_init__(self) -> None:
        flat = [v for group in self.values for v in group]
        twice = sorted({v for v in flat if flat.count(v) > 1})
        if twice or not flat or not all(self.values):
            what = f"{twice[0]} is in two groups" if twice else "a group is empty"
            msg = f"axis {self.name!r}: {what}; every group needs numbers of its own"
            raise BadSpecification(msg)

    @property
    def size(self) -> int:
        """Number of bins."""
        return len(self.values)

    @property
    def needs(self) -> tuple[str, ...]:
        """Quantities that it looks at."""
        return (self.name,)

    @property
    def labels(self) -> tuple[str, ...]:
        """One label a bin."""
        return tuple(f"{self.name} {', '.join(map(str, group))}" for group in self.values)

    def bins(self, columns: Mapping[str, NDArray[Any]], overflow: str | None = None) -> NDArray[np.intp]:  # noqa: ARG002
        """Return the bin of every value, -1 for a number of no group."""
        values = np.asarray(columns[self.name])
        out = np.full(values.shape, OUTSIDE, dtype=np.intp)
        for k, group in enumerate(self.values):
            out[np.isin(np.abs(values), group)] = k
        return out

    def to_dict(self) -> dict[str, Any]:
        """Return a description in plain types."""
        return {"kind": "classes", "name": self.name, "values": [list(group) for group in self.values]}


@dataclass(frozen=True, slots=True)
class SplitAxis:
    """Two axes one after the other: one where an absolute value is below a limit, the other from there on."""

    name: str
    """Name of the axis as a whole."""
    switch: str
    """Quantity whose absolute value chooses."""
    at: float
    """From here on `above` counts."""
    below: BinAxis
    """Axis for small values of the switch; its bins come first."""
    above: BinAxis
    """Axis for large ones."""
    decay: bool = False
    """Is this where a particle decays, so that a lifetime moves particles between its bins?"""

    @property
    def size(self) -> int:
        """Number of bins."""
        return self.below.size + self.above.size

    @property
    def needs(self) -> tuple[str, ...]:
        """Quantities that it looks at."""
        return (self.switch, *self.below.needs, *self.above.needs)

    @property
    def labels(self) -> tuple[str, ...]:
        """One label a bin."""
        small, large = f"|{self.switch}| below {self.at:g}", f"|{self.switch}| from {self.at:g}"
        return (*(f"{small}, {t}" for t in self.below.labels), *(f"{large}, {t}" for t in self.above.labels))

    def is_above(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
        """Return whether the second axis counts."""
        return np.asarray(np.abs(np.asarray(columns[self.switch], dtype=np.float64)) >= self.at)

    def bins(self, columns: Mapping[str, NDArray[Any]], overflow: str | None = None) -> NDArray[np.intp]:
        """Return the bin of every value, -1 outside."""
        high = self.above.bins(columns, overflow)
        chosen = np.where(
            self.is_above(columns),
            np.where(high == OUTSIDE, OUTSIDE, high + self.below.size),
            self.below.bins(columns, overflow),
        )
        switch = np.asarray(columns[self.switch], dtype=np.float64)
        return np.where(np.isnan(switch), OUTSIDE, chosen)

    def to_dict(self) -> dict[str, Any]:
        """Return a description in plain types."""
        return {"kind": "split", "name": self.name, "switch": self.switch, "at": self.at, "decay": self.decay,
                "below": self.below.to_dict(), "above": self.above.to_dict()}  # fmt: skip


MapAxis = BinAxis | ClassAxis | SplitAxis


def axis_from_dict(data: Any, where: str) -> MapAxis:
    """Build an axis from a mapping, as YAML or JSON gives it.

    Parameters
    ----------
    data
        Mapping with ``kind``: ``bins`` (name, edges, unit, absolute, above_last), ``classes`` (name, values) or
        ``split`` (name, switch, at, below, above, decay).
    where
        Place in the file, for messages.

    Raises
    ------
    BadSpecification
        If something is missing, unknown or impossible.
    """
    builders: dict[Any, Callable[[Mapping[str, Any], str], MapAxis]] = {
        "bins": _bin_axis,
        "classes": _class_axis,
        "split": _split_axis,
    }
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if kind not in builders:
        msg = f"{where}: an axis is a mapping with kind: bins, classes or split, not {data!r}"
        raise BadSpecification(msg)
    try:
        return builders[kind]({k: v for k, v in data.items() if k != "kind"}, where)
    except KeyError as error:
        msg = f"{where}: axis of kind {kind} lacks {error.args[0]!r}"
        raise BadSpecification(msg) from error
    except (TypeError, ValueError) as error:
        if isinstance(error, BadSpecification):
            msg = f"{where}: {error}" if not str(error).startswith(where) else str(error)
            raise BadSpecification(msg) from error
        msg = f"{where}: axis of kind {kind} cannot be understood ({error})"
        raise BadSpecification(msg) from error


def _known(data: Mapping[str, Any], names: Sequence[str], where: str) -> None:
    unknown = [k for k in data if k not in names]
    if unknown:
        msg = f"{where}: unknown key {unknown[0]!r}.{did_you_mean(str(unknown[0]), names)}"
        raise BadSpecification(msg)


def _bin_axis(data: Mapping[str, Any], where: str) -> BinAxis:
    _known(data, ("name", "edges", "unit", "absolute", "above_last"), where)
    unit = str(data.get("unit", "1"))
    try:
        k = factor(unit)
    except UnknownName as error:
        msg = f"{where}: {error}"
        raise BadSpecification(msg) from error
    edges = tuple(float(e) * k for e in data["edges"])
    return BinAxis(
        str(data["name"]), edges, unit, bool(data.get("absolute", False)), str(data.get("above_last", "zero"))
    )


def _class_axis(data: Mapping[str, Any], where: str) -> ClassAxis:
    _known(data, ("name", "values"), where)
    return ClassAxis(str(data["name"]), tuple(tuple(int(v) for v in group) for group in data["values"]))


def _split_axis(data: Mapping[str, Any], where: str) -> SplitAxis:
    _known(data, ("name", "switch", "at", "below", "above", "decay"), where)
    parts = [axis_from_dict(data[side], f"{where}, {side}") for side in ("below", "above")]
    below, above = parts
    if not isinstance(below, BinAxis) or not isinstance(above, BinAxis):
        msg = f"{where}: both sides of a split axis are of kind bins"
        raise BadSpecification(msg)
    return SplitAxis(str(data["name"]), str(data["switch"]), float(data["at"]), below, above,
                     bool(data.get("decay", False)))  # fmt: skip


def check_overflow(overflow: str | None) -> None:
    """Refuse an overflow rule that does not exist.

    Raises
    ------
    BadOption
        If it is neither ``"last"`` nor ``"zero"``.
    """
    if overflow not in (None, *_OVERFLOW):
        msg = f"overflow is {overflow!r}.{did_you_mean(str(overflow), _OVERFLOW)}"
        raise BadOption(msg)
