"""The matrix of raw inputs, built as a model card says: order, truncation, padding, azimuth ranges, units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook import units
from recastbook.exceptions import NetworkError, did_you_mean
from recastbook.network.contract import Input, InputVariant, ObjectBlock

if TYPE_CHECKING:
    import awkward as ak

    from recastbook.network.card import ModelCard

__all__ = ["build", "from_columns", "require_finite", "wrap_phi"]

_TWO_PI = 2.0 * np.pi


def wrap_phi(phi: ArrayLike, phi_range: str) -> NDArray[np.float64]:
    """Bring azimuths into a range; values that are in it already stay as they are, bit by bit.

    Parameters
    ----------
    phi
        Azimuths in rad, any shape.
    phi_range
        ``"minus_pi_pi"`` for [-pi, pi) or ``"0_2pi"`` for [0, 2 pi).

    Examples
    --------
    >>> wrap_phi([-0.5, 0.5], "0_2pi").round(4).tolist()
    [5.7832, 0.5]
    """
    values = np.array(phi, dtype=np.float64)
    low = 0.0 if phi_range == "0_2pi" else -np.pi
    outside = np.isfinite(values) & ((values < low) | (values >= low + _TWO_PI))
    wrapped = np.mod(values[outside] - low, _TWO_PI) + low
    # a tiny negative number modulo 2 pi rounds to 2 pi itself
    values[outside] = np.where(wrapped >= low + _TWO_PI, low, wrapped)
    return values


def build(
    card: ModelCard,
    objects: Mapping[str, ak.Array],
    events: Mapping[str, ArrayLike],
    *,
    variant: str | None = None,
    event_ids: Sequence[int] | NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    """Build the raw matrix; see :meth:`recastbook.network.card.ModelCard.raw_matrix`."""
    chosen = card.variant(variant) if variant is not None else InputVariant("default", "as the card says")
    scalars = {
        column.name: _event_quantity(card, column, events, chosen)
        for column in card.inputs
        if column.object is None and column.level != "parameter"
    }
    present = {
        block.name: _collection(card, block, objects) for block in card.objects if block.name not in chosen.absent
    }
    length = _common_length(card, {**scalars, **present})
    out = np.broadcast_to(card.padding, (length, len(card.inputs))).copy()
    for column in card.inputs:
        if column.name in scalars:
            out[:, card.columns[column.name]] = _in_card_terms(scalars[column.name], column)
    for block in card.objects:
        if block.name in present:
            _fill_block(card, block, present[block.name], out)
    for name, value in chosen.parameters.items():
        out[:, card.columns[name]] = value
    require_finite(card, out, event_ids=event_ids)
    return out


def from_columns(card: ModelCard, table: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """Build the raw matrix from columns by name; see :meth:`recastbook.network.card.ModelCard.matrix`."""
    unknown = [name for name in table if name not in card.columns]
    if unknown:
        message = f"{unknown[0]!r} is not an input of {card.title!r}.{did_you_mean(unknown[0], card.columns)}"
        raise NetworkError(message)
    missing = [name for name in card.columns if name not in table and name not in card.parameters.names]
    if missing:
        message = f"{len(missing)} of {len(card.inputs)} inputs of {card.title!r} are missing: {', '.join(missing[:5])}"
        raise NetworkError(message)
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in table.items()}
    length = _common_length(card, arrays)
    out = np.full((length, len(card.inputs)), np.nan)
    for name, values in arrays.items():
        out[:, card.columns[name]] = values
    return out


def require_finite(
    card: ModelCard,
    raw: NDArray[np.float64],
    *,
    event_ids: Sequence[int] | NDArray[np.int64] | None = None,
    parameters: bool = False,
) -> None:
    """Raise for the first value that is not finite, naming row (or event) and column.

    Parameters
    ----------
    card
        The card.
    raw
        Raw values, shape (N, number of inputs).
    event_ids
        Event numbers, shape (N,), for the message.
    parameters
        Whether the parameters must be filled too.

    Raises
    ------
    NetworkError
        Naming the first such value and how many rows are affected.
    """
    if np.isfinite(raw.sum()):  # one pass; NaN and infinities survive a sum
        return
    bad = ~np.isfinite(raw)
    if not parameters and len(card.parameter_columns):
        bad[:, card.parameter_columns] = False
    rows = np.flatnonzero(bad.any(axis=1))
    if not len(rows):
        return
    row = int(rows[0])
    column = int(np.flatnonzero(bad[row])[0])
    where = f"row {row}" if event_ids is None else f"event {event_ids[row]} (row {row})"
    message = (
        f"{where}: input {card.inputs[column].name!r} of {card.title!r} is {raw[row, column]}; "
        f"{len(rows)} of {len(raw)} rows have values that are not finite"
    )
    raise NetworkError(message)


def _event_quantity(
    card: ModelCard, column: Input, events: Mapping[str, ArrayLike], variant: InputVariant
) -> NDArray[np.float64]:
    wanted = variant.replace.get(column.quantity, column.quantity)
    if wanted not in events:
        message = f"{card.title!r} needs the event quantity {wanted!r} for its input {column.name!r}."
        raise NetworkError(message + did_you_mean(wanted, events))
    return np.asarray(events[wanted], dtype=np.float64)


def _collection(card: ModelCard, block: ObjectBlock, objects: Mapping[str, ak.Array]) -> ak.Array:
    if block.name not in objects:
        message = f"{card.title!r} needs the collection {block.name!r}.{did_you_mean(block.name, objects)}"
        raise NetworkError(message)
    return objects[block.name]


def _common_length(card: ModelCard, named: Mapping[str, Any]) -> int:
    lengths = {name: len(values) for name, values in named.items()}
    if len(set(lengths.values())) > 1:
        first, *others = lengths.items()
        other = next(item for item in others if item[1] != first[1])
        message = (
            f"inputs of {card.title!r} have different numbers of events: {first[0]} has {first[1]}, "
            f"{other[0]} has {other[1]}"
        )
        raise NetworkError(message)
    return next(iter(lengths.values()), 0)


def _in_card_terms(values: NDArray[np.float64], column: Input) -> NDArray[np.float64]:
    """Apply azimuth range, unit and scale of a column; collections and events come in GeV and rad."""
    if column.phi_range is not None:
        return wrap_phi(values, column.phi_range) * column.scale
    factor = column.scale / units.factor(column.unit)
    return values if factor == 1.0 else values * factor


def _fill_block(card: ModelCard, block: ObjectBlock, collection: ak.Array, out: NDArray[np.float64]) -> None:
    import awkward as ak

    columns = [column for column in card.inputs if column.object == block.name]
    counts = np.asarray(ak.num(collection, axis=1), dtype=np.int64)
    if not counts.any():
        return
    flat = ak.flatten(collection, axis=1)
    values = {q: _field(card, block, flat, q) for q in dict.fromkeys([block.sort_by, *(c.quantity for c in columns)])}
    rows = np.repeat(np.arange(len(counts)), counts)
    key = values[block.sort_by]
    order = np.lexsort((-key, rows)) if _unsorted(key, rows) else slice(None)
    position = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    for index in range(block.truncation):
        at = position == index
        if not at.any():
            break
        target = rows[at]
        for column in columns:
            if column.index == index:
                out[target, card.columns[column.name]] = _in_card_terms(values[column.quantity][order][at], column)


def _unsorted(key: NDArray[np.float64], rows: NDArray[np.int64]) -> bool:
    return bool(np.any((rows[1:] == rows[:-1]) & ~(key[1:] <= key[:-1])))


def _field(card: ModelCard, block: ObjectBlock, flat: ak.Array, quantity: str) -> NDArray[np.float64]:
    if quantity not in flat.fields:
        message = (
            f"the collection {block.name!r} has no field {quantity!r} that {card.title!r} asks for."
            f"{did_you_mean(quantity, flat.fields)}"
        )
        raise NetworkError(message)
    return np.asarray(flat[quantity], dtype=np.float64)
