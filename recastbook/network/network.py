"""A network as a search evaluates it: a card and its files, each file for the events it is made for.

Cross-validated networks come as folds (an event is scored by the file that was not trained on its like), others as one
file for each value of a feature, such as the number of jets. Which file an event belongs to stands in the card
(``files: [{name: ..., when: [{feature: event, modulus: 2, remainder: 0}]}]``) and is never an input.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import NetworkError, did_you_mean
from recastbook.network.scoring import Evaluator

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard
    from recastbook.network.contract import ModelFile
    from recastbook.network.session import Session

__all__ = ["Network", "SplitEvaluator", "choosing_features", "file_of_event"]


def choosing_features(card: ModelCard) -> tuple[str, ...]:
    """Return the features that decide which file scores an event; none for a card with one file for all."""
    return tuple(dict.fromkeys(str(condition["feature"]) for file in card.files for condition in file.when))


def file_of_event(
    card: ModelCard,
    quantities: Mapping[str, NDArray[Any]],
    n: int,
    *,
    event_ids: Sequence[int] | NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Return which of the card's files each event belongs to.

    Parameters
    ----------
    card
        The card.
    quantities
        The features that its files are chosen by, shape (N,); ``event`` is the event number.
    n
        Number of events.
    event_ids
        Event numbers, shape (N,), named in errors.

    Returns
    -------
    numpy.ndarray
        Position among ``card.files``, shape (N,).

    Raises
    ------
    NetworkError
        If an event belongs to no file or to several, or a feature is not there; event and feature are named.
    """
    chosen = np.full(n, -1, dtype=np.int64)
    for position, file in enumerate(card.files):
        mine = _is_for(card, file, quantities, n)
        twice = np.flatnonzero(mine & (chosen >= 0))
        if len(twice):
            other = card.files[int(chosen[twice[0]])].name
            message = f"{_place(card, quantities, int(twice[0]), event_ids)}: both {other} and {file.name} are for it"
            raise NetworkError(message)
        chosen[mine] = position
    left = np.flatnonzero(chosen < 0)
    if len(left):
        message = (
            f"{_place(card, quantities, int(left[0]), event_ids)}: none of the {len(card.files)} files of "
            f"{card.title!r} is for it; {len(left)} of {n} events are without a score"
        )
        raise NetworkError(message)
    return chosen


def _is_for(card: ModelCard, file: ModelFile, quantities: Mapping[str, NDArray[Any]], n: int) -> NDArray[np.bool_]:
    mine = np.ones(n, dtype=bool)
    for condition in file.when:
        name = str(condition["feature"])
        if name not in quantities:
            message = f"{card.title!r} chooses its file by {name!r}, which is not computed."
            raise NetworkError(message + did_you_mean(name, quantities))
        values = np.asarray(quantities[name])
        if "modulus" in condition:
            mine &= np.mod(values, condition["modulus"]) == condition["remainder"]
        if "equals" in condition:
            mine &= values == condition["equals"]
        if "min" in condition:
            mine &= values >= condition["min"]
        if "max" in condition:
            mine &= values <= condition["max"]
    return mine


def _place(
    card: ModelCard,
    quantities: Mapping[str, NDArray[Any]],
    row: int,
    event_ids: Sequence[int] | NDArray[np.int64] | None,
) -> str:
    where = f"row {row}" if event_ids is None else f"event {event_ids[row]}"
    values = (f"{name} = {quantities[name][row]:g}" for name in choosing_features(card))
    return f"{where} ({', '.join(values)})"


class SplitEvaluator:
    """The events of one chunk, split among the files of a card, to be scored at any number of parameter points.

    Parameters
    ----------
    parts
        For each file in use: its events (positions, shape (M,)) and their evaluator.
    n
        Number of events.
    """

    def __init__(self, parts: Sequence[tuple[NDArray[np.int64], Evaluator]], n: int) -> None:
        self._parts = tuple(parts)
        self._n = n

    def __len__(self) -> int:
        return self._n

    def scores(
        self, point: Sequence[float] = (), *, outputs: Iterable[str] | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """Return scores by name at a parameter point, float32 of shape (N,); errors as :meth:`Evaluator.scores`."""
        wanted = None if outputs is None else tuple(outputs)
        out: dict[str, NDArray[np.float32]] = {}
        for rows, evaluator in self._parts:
            for name, values in evaluator.scores(point, outputs=wanted).items():
                out.setdefault(name, np.full(self._n, np.nan, dtype=np.float32))[rows] = values
        return out


@dataclass(frozen=True)
class Network:
    """A card with one session for each of its files."""

    card: ModelCard
    """The card."""
    sessions: tuple[Session, ...]
    """Sessions in the order of ``card.files``."""

    def __post_init__(self) -> None:
        if len(self.sessions) != len(self.card.files):
            message = f"{self.card.title!r} has {len(self.card.files)} files, but {len(self.sessions)} sessions"
            raise NetworkError(message)

    @classmethod
    def of(cls, card: ModelCard) -> Network:
        """Open every file of a card where the data store has it.

        Raises
        ------
        MissingData
            For the first file that is not on this machine.
        """
        return cls(card, tuple(card.session(file=entry.name) for entry in card.files))

    @property
    def chosen_by(self) -> tuple[str, ...]:
        """Features that decide which file scores an event."""
        return choosing_features(self.card)

    def evaluator(
        self,
        raw: NDArray[np.float64],
        quantities: Mapping[str, NDArray[Any]] | None = None,
        *,
        event_ids: NDArray[np.int64] | None = None,
    ) -> Evaluator | SplitEvaluator:
        """Normalise events once, each with the constants of its file, for scores at any number of points.

        Parameters
        ----------
        raw
            Raw inputs, shape (N, number of inputs).
        quantities
            The features that files are chosen by, each of shape (N,).
        event_ids
            Event numbers, shape (N,), named in errors.

        Raises
        ------
        NetworkError
            If an event belongs to no file or several, or an input is not finite.
        """
        if len(self.sessions) == 1 and not self.card.files[0].when:
            card = self.card.for_file(self.card.files[0].name)
            return Evaluator(card, self.sessions[0], raw, event_ids=event_ids)
        chosen = file_of_event(self.card, quantities or {}, len(raw), event_ids=event_ids)
        parts = []
        for position, session in enumerate(self.sessions):
            rows = np.flatnonzero(chosen == position)
            if len(rows):
                card = self.card.for_file(self.card.files[position].name)
                ids = None if event_ids is None else event_ids[rows]
                parts.append((rows, Evaluator(card, session, raw[rows], event_ids=ids)))
        return SplitEvaluator(parts, len(raw))

    def scores(
        self,
        raw: NDArray[np.float64],
        quantities: Mapping[str, NDArray[Any]] | None = None,
        point: Sequence[float] = (),
    ) -> dict[str, NDArray[np.float32]]:
        """Return scores by name, float32 of shape (N,); arguments as :meth:`evaluator`."""
        return self.evaluator(raw, quantities).scores(point)

    def check_golden(self) -> int:
        """Compare the golden rows of every file; return how many values agreed, errors as the card's own method."""
        return sum(self.card.check_golden(session) for session in self.sessions)
