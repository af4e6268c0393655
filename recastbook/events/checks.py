"""Checks of event columns before they are stored: finite numbers, no negative pT, no event twice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recastbook.events.columns import Column, FlatColumns, collections_of
from recastbook.exceptions import BadEvent, BadFile, DuplicateEvent, did_you_mean

__all__ = ["SeenEvents", "check_columns", "event_name"]


def event_name(flat: Mapping[str, NDArray[np.generic]], row: int) -> str:
    """Return ``(run 1, luminosityBlock 2, event 3)`` of a row."""
    ids = ", ".join(f"{name} {int(flat[name][row])}" for name in ("run", "luminosityBlock", "event"))
    return f"({ids})"


def check_columns(flat: FlatColumns, columns: tuple[Column, ...], where: str = "the events") -> int:
    """Check that all columns of the contract are there, fit together, and hold possible numbers.

    Parameters
    ----------
    flat
        Flat columns of some events.
    columns
        The contract.
    where
        For messages.

    Returns
    -------
    int
        Number of events.

    Raises
    ------
    BadFile
        If a column is missing or has the wrong length.
    BadEvent
        If a number is nan or infinite, or a transverse momentum negative; event and column are named.
    """
    n = len(flat["event"]) if "event" in flat else 0
    owners = {c.name: name for name, cols in collections_of(columns).items() for c in cols}
    lengths = {
        name: int(np.sum(flat[f"n{name}"], dtype=np.int64)) for name in set(owners.values()) if f"n{name}" in flat
    }
    for column in columns:
        if column.name not in flat:
            msg = f"{where}: column {column.name} is missing.{did_you_mean(column.name, flat)}"
            raise BadFile(msg)
        values = np.asarray(flat[column.name])
        owner = owners.get(column.name)
        expected = n if owner is None else lengths[owner]
        if values.shape != (expected,):
            msg = f"{where}: column {column.name} has shape {values.shape}, expected ({expected},)"
            raise BadFile(msg)
        if values.dtype.kind != "f":
            continue
        # one pass and no temporary: any nan or inf makes the sum so (an overflow only leads to a closer look)
        if not np.isfinite(np.sum(values, dtype=np.float64)):
            _complain(flat, column.name, owner, ~np.isfinite(values), "is nan or infinite", where)
        if column.name.endswith("_pt") and len(values) and float(np.min(values)) < 0:
            _complain(flat, column.name, owner, np.less(values, 0), "is negative", where)
    return n


def _complain(flat: FlatColumns, name: str, owner: str | None, bad: NDArray[np.bool_], what: str, where: str) -> None:
    if not bad.any():
        return
    row = place = int(np.argmax(bad))
    element = ""
    if owner is not None:
        ends = np.cumsum(flat[f"n{owner}"], dtype=np.int64)
        row = int(np.searchsorted(ends, place, side="right"))
        element = f"[{place - int(ends[row]) + int(flat[f'n{owner}'][row])}]"
    msg = f"{where}: {name}{element} of event {event_name(flat, row)} {what} ({flat[name][place]!s})"
    raise BadEvent(msg)


class SeenEvents:
    """Remembers which (run, luminosityBlock, event) were met; 8 bytes per event."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, int], list[NDArray[np.int64]]] = {}
        self._largest: dict[tuple[int, int], int] = {}

    def add(self, flat: Mapping[str, NDArray[np.generic]], where: str = "the events") -> None:
        """Add events.

        Raises
        ------
        DuplicateEvent
            If one of them was added before, or occurs twice; it is named.
        """
        run = np.asarray(flat["run"]).astype(np.int64)
        block = np.asarray(flat["luminosityBlock"]).astype(np.int64)
        number = np.asarray(flat["event"]).astype(np.int64)
        changes = np.flatnonzero((np.diff(run) != 0) | (np.diff(block) != 0)) + 1
        for start, stop in zip([0, *changes], [*changes, len(number)], strict=True):
            if start == stop:
                continue
            key = (int(run[start]), int(block[start]))
            new = number[start:stop]
            rising = bool(np.all(np.diff(new) > 0))
            if not (rising and new[0] > self._largest.get(key, np.iinfo(np.int64).min)):
                unique, first = np.unique(new, return_index=True)
                repeated = np.ones(len(new), dtype=bool)
                repeated[first] = False
                for old in self._numbers.get(key, []):
                    repeated |= np.isin(new, old)
                if repeated.any():
                    row = start + int(np.argmax(repeated))
                    msg = (
                        f"{where}: event {event_name(flat, row)} occurs twice. Give each input file its own "
                        "luminosityBlock (convert does), and pass no file twice."
                    )
                    raise DuplicateEvent(msg)
                new = unique
            self._numbers.setdefault(key, []).append(new.copy())
            self._largest[key] = max(self._largest.get(key, int(new[-1])), int(new[-1]))
