"""Scores of a parametrised network: the matrix once, the parameters per point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import NetworkError
from recastbook.network.matrix import require_finite

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard
    from recastbook.network.session import Session

__all__ = ["Evaluator", "evaluate", "evaluate_points"]


class Evaluator:
    """The events of one chunk, normalised once, to be scored at any number of parameter points.

    Parameters
    ----------
    card
        The model card.
    session
        The opened or unopened session.
    raw
        Raw inputs, shape (N, number of inputs); the columns of the parameters may hold anything.
    event_ids
        Event numbers, shape (N,), named in errors.
    """

    def __init__(
        self,
        card: ModelCard,
        session: Session,
        raw: NDArray[np.float64],
        *,
        event_ids: Sequence[int] | NDArray[np.int64] | None = None,
    ) -> None:
        self.card = card
        self.session = session
        values = np.array(raw, dtype=np.float64)
        if values.ndim == 2 and values.shape[1] == len(card.inputs):
            values[:, card.parameter_columns] = card.means[card.parameter_columns]
            require_finite(card, values, event_ids=event_ids)
        self._normalised = card.normalise(values)

    def __len__(self) -> int:
        return len(self._normalised)

    def scores(
        self, point: Sequence[float] = (), *, outputs: Iterable[str] | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """Return scores by name at a parameter point, float32 of shape (N,).

        Raises
        ------
        NetworkError
            If the point has the wrong number of values or one that the card does not allow.
        """
        self._fill(tuple(map(float, point)))
        return self.session.run(self._normalised, outputs=outputs)

    def _fill(self, point: tuple[float, ...]) -> None:
        names = self.card.parameters.names
        if len(point) != len(names):
            message = f"{self.card.title!r} takes {len(names)} parameters ({', '.join(names)}), not {list(point)}"
            raise NetworkError(message)
        for name, value in zip(names, point, strict=True):
            legend = self.card.input(name).legend
            if not np.isfinite(value) or (legend and f"{value:g}" not in legend):
                allowed = ", ".join(legend) or "finite numbers"
                message = f"parameter {name!r} of {self.card.title!r} is {value:g}; allowed are {allowed}"
                raise NetworkError(message)
        if names:
            columns = self.card.parameter_columns
            row = np.array(self.card.means)
            row[columns] = point
            self._normalised[:, columns] = self.card.normalise(row[None, :])[:, columns]


def evaluate(
    card: ModelCard,
    session: Session,
    raw: NDArray[np.float64],
    point: Sequence[float] = (),
    *,
    outputs: Iterable[str] | None = None,
    event_ids: Sequence[int] | NDArray[np.int64] | None = None,
) -> dict[str, NDArray[np.float32]]:
    """Score events at one parameter point.

    Parameters
    ----------
    card
        The model card.
    session
        A session of it.
    raw
        Raw inputs as :meth:`ModelCard.raw_matrix` makes them, shape (N, number of inputs).
    point
        One value per parameter; empty for a network without parameters.
    outputs
        Names of the scores that are wanted; all if not given.
    event_ids
        Event numbers, shape (N,), named in errors.

    Returns
    -------
    dict
        Scores by name, float32 of shape (N,).

    Raises
    ------
    NetworkError
        If the matrix or the point do not fit the card, or a value is not finite.
    """
    return Evaluator(card, session, raw, event_ids=event_ids).scores(point, outputs=outputs)


def evaluate_points(
    card: ModelCard,
    session: Session,
    raw: NDArray[np.float64],
    points: Iterable[Sequence[float]],
    *,
    outputs: Iterable[str] | None = None,
    event_ids: Sequence[int] | NDArray[np.int64] | None = None,
) -> dict[tuple[float, ...], dict[str, NDArray[np.float32]]]:
    """Score events at several parameter points; each distinct point is evaluated once.

    Parameters as :func:`evaluate`; returns scores by point, then by name.
    """
    wanted = None if outputs is None else tuple(outputs)
    evaluator = Evaluator(card, session, raw, event_ids=event_ids)
    distinct = dict.fromkeys(tuple(map(float, point)) for point in points)
    return {point: evaluator.scores(point, outputs=wanted) for point in distinct}
