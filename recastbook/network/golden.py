"""Golden rows: what a network must give, compared with what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import NetworkError

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard
    from recastbook.network.contract import GoldenRow
    from recastbook.network.session import Session

__all__ = ["check", "full_row"]


def full_row(card: ModelCard, row: GoldenRow) -> NDArray[np.float64]:
    """Return all raw inputs of a golden row, shape (number of inputs,).

    Columns that the row does not name are padding, or their mean where the card allows no padding.
    """
    values = np.where(np.isnan(card.padding), card.means, card.padding)
    for name, value in row.raw.items():
        values[card.columns[name]] = value
    return values


def check(card: ModelCard, session: Session | None = None) -> int:
    """Compare every golden row with what normalisation and network give; return how many values agreed.

    Parameters
    ----------
    card
        The model card.
    session
        A session of it; without one only the normalised values are compared. Of a card with several files only the
        rows of the session's file are compared.

    Raises
    ------
    NetworkError
        For the first difference above the tolerance of its row; row, name, expected and found are given.
    """
    compared = 0
    for row in card.golden_rows:
        if row.file and session is not None and session.entry.name != row.file:
            continue  # a row of another of the card's files
        own = card.for_file(row.file) if row.file else card
        raw = full_row(own, row)
        if row.normalised:
            # in double precision: a cast to float32 would be a difference of its own
            outside = card.normalisation.where == "outside"
            values = (raw - own.means) / own.widths if outside else raw
            found = {name: float(values[card.columns[name]]) for name in row.normalised}
            compared += _compare(card, row, "normalised input", row.normalised, found)
        if row.scores and session is not None:
            scores = session.run(own.normalise(raw[None, :]), outputs=row.scores)
            found = {name: float(values[0]) for name, values in scores.items()}
            compared += _compare(card, row, "score", row.scores, found)
    return compared


def _compare(
    card: ModelCard, row: GoldenRow, what: str, expected: Mapping[str, float], found: Mapping[str, float]
) -> int:
    for name, value in expected.items():
        if not abs(found[name] - value) <= row.tolerance:
            where = ", ".join(filter(None, (str(card.path or ""), row.file))) or repr(card.title)
            message = (
                f"{where}: golden row {row.name!r}: {what} {name!r} is {found[name]:.7g}, "
                f"expected {value:.7g} within {row.tolerance:g}"
            )
            raise NetworkError(message)
    return len(expected)
