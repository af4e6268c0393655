"""Features of many events as named columns, and as the matrix that a network reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from recastbook.display import TableView, Tabular
from recastbook.exceptions import BadSpecification, UnknownName, did_you_mean

__all__ = ["FeatureTable"]


@dataclass(frozen=True, slots=True)
class FeatureTable(Tabular):
    """Named columns of N events.

    >>> table = FeatureTable({"met": np.array([200.0, 300.0]), "n_jets": np.array([4, 6])}, {"met": "GeV"})
    >>> table.matrix(["n_jets", "met"]).tolist()
    [[4.0, 200.0], [6.0, 300.0]]
    """

    columns: Mapping[str, NDArray[Any]]
    """Column name to values, each of shape (N,)."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Column name to unit; a column without one is a pure number."""

    def __post_init__(self) -> None:
        shapes = {n: np.shape(c) for n, c in self.columns.items()}
        if len(set(shapes.values())) > 1 or any(len(s) != 1 for s in shapes.values()):
            first = next(iter(shapes.items()))
            odd = next(((n, s) for n, s in shapes.items() if s != first[1] or len(s) != 1), first)
            message = (
                f"feature columns must be flat and of one length: {first[0]!r} has {first[1]}, {odd[0]!r} {odd[1]}"
            )
            raise BadSpecification(message)
        unknown = [n for n in self.units if n not in self.columns]
        if unknown:
            message = f"a unit is given for {unknown[0]!r}, which is no column.{did_you_mean(unknown[0], self.columns)}"
            raise UnknownName(message)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> NDArray[Any]:
        try:
            return self.columns[name]
        except KeyError:
            message = f"the feature table has no column {name!r}.{did_you_mean(name, self.columns)}"
            raise UnknownName(message) from None

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(self.columns)

    def unit(self, name: str) -> str:
        """Return the unit of a column, ``1`` for a pure number."""
        self[name]
        return self.units.get(name, "1")

    def matrix(self, order: Sequence[str] | None = None, dtype: DTypeLike = "float32") -> NDArray[Any]:
        """Return columns side by side.

        Parameters
        ----------
        order
            Names of the columns wanted, in the order wanted; all of them by default.
        dtype
            Type of the matrix.

        Returns
        -------
        ndarray
            Shape (N, number of columns), rows contiguous.

        Raises
        ------
        UnknownName
            If a column does not exist.
        """
        names = self.names if order is None else tuple(order)
        out = np.empty((len(self), len(names)), dtype=dtype)
        for i, name in enumerate(names):
            out[:, i] = self[name]
        return out

    def select(self, chosen: NDArray[Any]) -> FeatureTable:
        """Return some events, given a mask of shape (N,) or their positions."""
        return FeatureTable({n: np.asarray(c)[chosen] for n, c in self.columns.items()}, self.units)

    def with_columns(self, columns: Mapping[str, NDArray[Any]], units: Mapping[str, str] | None = None) -> FeatureTable:
        """Return the table with columns added or replaced."""
        return FeatureTable({**self.columns, **columns}, {**self.units, **(units or {})})

    def _as_table(self) -> TableView:
        rows = [[n, self.unit(n), *_summary(np.asarray(c, dtype=np.float64))] for n, c in self.columns.items()]
        headers = ["column", "unit", "mean", "smallest", "largest", "nan"]
        return TableView(headers, rows, f"{len(self)} events, {len(self.columns)} features")

    def _repr_html_(self) -> str:
        return self._as_table()._repr_html_()


def _summary(values: NDArray[np.float64]) -> tuple[float | None, float | None, float | None, int]:
    finite = values[np.isfinite(values)]
    n_nan = int(np.isnan(values).sum())
    if not len(finite):
        return None, None, None, n_nan
    return float(finite.mean()), float(finite.min()), float(finite.max()), n_nan
