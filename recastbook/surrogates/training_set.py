"""What a surrogate is trained on: truth features, what became of each event, and the model point it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook import display
from recastbook.exceptions import BadFile, BadOption
from recastbook.surrogates.truth_features import FEATURES
from recastbook.surrogates.truth_table import TruthTable

__all__ = ["ModelPoint", "TrainingSet"]


@dataclass(frozen=True, slots=True)
class ModelPoint:
    """One point of the model that was simulated."""

    name: str
    """Name in tables."""
    parameters: Mapping[str, float]
    """For example masses in GeV and c tau in metres."""


@dataclass(frozen=True, repr=False)
class TrainingSet(display.Tabular):
    """Events of several model points with the probability of each class."""

    names: tuple[str, ...]
    """Features in order."""
    units: tuple[str, ...]
    """Their units."""
    matrix: NDArray[np.float64] = field(repr=False)
    """Values, shape (N, number of features)."""
    target: NDArray[np.float64] = field(repr=False)
    """Probability of each class, shape (N, number of classes); zeros and ones for labels."""
    classes: tuple[str, ...]
    """Names of the classes."""
    weight: NDArray[np.float64] = field(repr=False)
    """Event weights, shape (N,), not negative."""
    points: tuple[ModelPoint, ...]
    """Model points."""
    point: NDArray[np.int64] = field(repr=False)
    """Which point each event belongs to, shape (N,)."""

    def __post_init__(self) -> None:
        n = len(self.matrix)
        shapes = {
            "matrix": (self.matrix.shape, (n, len(self.names))),
            "target": (self.target.shape, (n, len(self.classes))),
            "weight": (self.weight.shape, (n,)),
            "point": (self.point.shape, (n,)),
        }
        for what, (found, wanted) in shapes.items():
            if found != wanted:
                msg = f"training set: {what} has shape {found}, expected {wanted}"
                raise BadFile(msg)
        bad = ~np.isfinite(self.matrix)
        if bad.any():
            row, column = (int(i) for i in np.argwhere(bad)[0])
            msg = f"training set: row {row}: {self.names[column]} is {self.matrix[row, column]}"
            raise BadFile(msg)
        off = ~((self.target >= 0).all(axis=1) & (np.abs(self.target.sum(axis=1) - 1) < 1e-6))
        if off.any():
            row = int(np.flatnonzero(off)[0])
            msg = f"training set: row {row}: the class probabilities {self.target[row]} are not in [0, 1] with sum 1"
            raise BadFile(msg)
        if not ((self.weight >= 0) & np.isfinite(self.weight)).all():
            row = int(np.flatnonzero(~(self.weight >= 0))[0])
            msg = f"training set: row {row}: the weight is {self.weight[row]}; trees take weights of at least 0"
            raise BadFile(msg)
        never = [c for c, share in zip(self.classes, self.weight @ self.target, strict=True) if share <= 0]
        if never:
            msg = f"training set: no event is ever {', '.join(never)}; there is nothing to learn of it"
            raise BadFile(msg)
        keys = {tuple(sorted(p.parameters)) for p in self.points}
        if len(keys) > 1:
            msg = f"the model points have different parameters: {', '.join(sorted({k for g in keys for k in g}))}"
            raise BadOption(msg)
        if len(self.points) < 3:
            few = "1 model point is" if len(self.points) == 1 else f"{len(self.points)} model points are"
            msg = f"{few} too few: whole points are held out, so at least three are needed"
            raise BadOption(msg)
        empty = [p.name for i, p in enumerate(self.points) if not (self.weight[self.point == i] > 0).any()]
        if empty:
            msg = f"the model point(s) {', '.join(empty)} have no events"
            raise BadFile(msg)

    def __len__(self) -> int:
        return len(self.matrix)

    @classmethod
    def from_tables(
        cls,
        samples: Sequence[tuple[TruthTable, Mapping[str, float], ArrayLike]],
        *,
        classes: Sequence[str],
        features: Sequence[str] | None = None,
    ) -> TrainingSet:
        """Put samples together, one model point each.

        Parameters
        ----------
        samples
            Truth features (every event with two long-lived particles), the parameters of the point, and what became
            of each event: names of classes or their positions, shape (N,); probabilities of shape (N, number of
            classes); or, for two classes, the probability of the second, floats of shape (N,). Samples of equal
            parameters are one point.
        classes
            Names of the classes; the first is usually ``"unselected"``.
        features
            Which features, all that every sample has by default.

        Raises
        ------
        BadFile
            If shapes, values or features do not fit.
        """
        if not samples:
            msg = "no samples were given; at least three model points are needed"
            raise BadOption(msg)
        for table, _, _ in samples:
            if not (table.n_llp == 2).all():
                msg = f"{table.name}: events with one long-lived particle; table.paired('copy') makes pairs of them"
                raise BadFile(msg)
        shared = [n for n in FEATURES if all(n in table.columns for table, _, _ in samples)]
        names = tuple(shared if features is None else features)
        # samples of equal parameters are one point: held out apart, each would be known from the other
        distinct: list[dict[str, float]] = []
        which = []
        for _, parameters, _ in samples:
            given = dict(parameters)
            if given not in distinct or not given:
                distinct.append(given)
            which.append(len(distinct) - 1 if not given else distinct.index(given))
        points = tuple(ModelPoint(_point_name(p, i), p) for i, p in enumerate(distinct))
        targets = [_target(became, tuple(classes), len(table), table.name) for table, _, became in samples]
        return cls(
            names=names,
            units=tuple(FEATURES[n].unit for n in names),
            matrix=np.concatenate([table.matrix(names) for table, _, _ in samples]),
            target=np.concatenate(targets),
            classes=tuple(classes),
            weight=np.concatenate([table.weight for table, _, _ in samples]),
            points=points,
            point=np.repeat(which, [len(table) for table, _, _ in samples]),
        )

    @classmethod
    def from_columns(
        cls,
        columns: Mapping[str, ArrayLike],
        target: ArrayLike,
        *,
        parameters: Mapping[str, ArrayLike],
        classes: Sequence[str],
        units: Mapping[str, str] | None = None,
        weight: ArrayLike | None = None,
    ) -> TrainingSet:
        """Make a training set of one table in which the model point stands with each event.

        Parameters
        ----------
        columns
            Feature -> values, shape (N,).
        target
            As in :meth:`from_tables`.
        parameters
            Parameter of the model -> its value for each event, shape (N,); events with equal values are one point.
        classes
            Names of the classes.
        units
            Feature -> unit; those of the known truth features and ``"1"`` by default.
        weight
            Event weights, shape (N,).
        """
        names = tuple(columns)
        matrix = np.stack([np.asarray(v, dtype=np.float64) for v in columns.values()], axis=1)
        values = np.stack([np.asarray(v, dtype=np.float64) for v in parameters.values()], axis=1)
        if len(values) != len(matrix):
            msg = f"training set: the parameters have {len(values)} rows, the features {len(matrix)}"
            raise BadFile(msg)
        distinct, which = np.unique(values, axis=0, return_inverse=True)
        points = [dict(zip(parameters, map(float, row), strict=True)) for row in distinct]
        known = {n: FEATURES[n].unit for n in names if n in FEATURES} | dict(units or {})
        return cls(
            names=names,
            units=tuple(known.get(n, "1") for n in names),
            matrix=matrix,
            target=_target(target, tuple(classes), len(matrix), "training set"),
            classes=tuple(classes),
            weight=np.ones(len(matrix)) if weight is None else np.asarray(weight, dtype=np.float64),
            points=tuple(ModelPoint(_point_name(p, i), p) for i, p in enumerate(points)),
            point=np.asarray(which, dtype=np.int64).reshape(-1),
        )

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters of the model."""
        return tuple(self.points[0].parameters)

    @property
    def parameters(self) -> NDArray[np.float64]:
        """Parameters of all points, shape (number of points, number of parameters)."""
        return np.array([[p.parameters[k] for k in self.parameter_names] for p in self.points])

    # -- showing --------------------------------------------------------------------------------

    def _facts(self) -> dict[str, object]:
        return {"events": len(self), "features": ", ".join(self.names), "classes": ", ".join(self.classes)}

    def _rows(self) -> list[list[object]]:
        rows: list[list[object]] = []
        for i, p in enumerate(self.points):
            mine = self.point == i
            means = self.weight[mine] @ self.target[mine] / self.weight[mine].sum()
            rows.append([p.name, int(mine.sum()), *(float(100 * m) for m in means)])
        return rows

    def _headers(self) -> tuple[str, ...]:
        return ("model point", "events", *(f"{c} [%]" for c in self.classes))

    def __str__(self) -> str:
        table = display.text_table(self._headers(), self._rows())
        return f"{display.text_card('Training set', self._facts())}\n{table}"

    __repr__ = __str__

    def _as_table(self) -> display.TableView:
        return display.TableView(self._headers(), self._rows(), "Training set")

    def _repr_html_(self) -> display.Html:
        shown = self._as_table()
        body = [display.html_table(shown.headers, shown.rows), display.copies(shown)]
        return display.card("Training set", self._facts(), body=body)


def _point_name(parameters: Mapping[str, float], index: int) -> str:
    return ", ".join(f"{k} {v:g}" for k, v in parameters.items()) or f"point {index}"


def _target(given: ArrayLike, classes: tuple[str, ...], n: int, name: str) -> NDArray[np.float64]:
    values = np.asarray(given)
    if values.shape == (n, len(classes)):
        return values.astype(np.float64)
    if values.shape != (n,):
        msg = f"{name}: the target has shape {values.shape}; ({n},) or ({n}, {len(classes)}) is needed"
        raise BadFile(msg)
    if values.dtype.kind == "f":
        if len(classes) != 2:
            msg = f"{name}: one probability an event is enough for two classes, not for {len(classes)}"
            raise BadFile(msg)
        return np.stack([1 - values, values], axis=1).astype(np.float64)
    if values.dtype.kind in "US":
        positions = {c: i for i, c in enumerate(classes)}
        unknown = sorted(set(values.tolist()) - set(positions))
        if unknown:
            msg = f"{name}: the label {unknown[0]!r} is none of {', '.join(classes)}"
            raise BadFile(msg)
        values = np.array([positions[v] for v in values.tolist()])
    if values.dtype.kind not in "iub" or values.min() < 0 or values.max() >= len(classes):
        msg = f"{name}: labels are class names or whole numbers from 0 to {len(classes) - 1}"
        raise BadFile(msg)
    return np.eye(len(classes))[values.astype(np.int64)]
