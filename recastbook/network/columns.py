"""What a model card says of a column, whether in the column itself or in the object it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from recastbook.network.contract import Input, ObjectBlock

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard

__all__ = ["block_of", "definition", "groups", "legend", "level", "stated"]


def block_of(card: ModelCard, column: Input) -> ObjectBlock | None:
    """Return the object that a column belongs to, None for event quantities and parameters."""
    return next((block for block in card.objects if block.name == column.object), None)


def stated(card: ModelCard, column: Input, field: str) -> str | bool | None:
    """Return a convention of a column: its own, else that of its object; None where neither states it.

    Parameters
    ----------
    card
        The card.
    column
        One of its inputs.
    field
        ``level``, ``massless``, ``eta_or_rapidity``, ``mass_or_energy``, ``sign`` or ``phi_reference``.
    """
    own: str | bool | None = getattr(column, field)
    block = block_of(card, column)
    return own if own is not None or block is None else getattr(block, field)


def level(card: ModelCard, column: Input) -> str | None:
    """Return truth, particle, reco-object, detector-only or parameter."""
    found = stated(card, column, "level")
    return None if found is None else str(found)


def definition(card: ModelCard, column: Input) -> str:
    """Return the words that define a column: its own, else those of its object for the quantity."""
    block = block_of(card, column)
    if column.definition or block is None:
        return column.definition
    return block.quantities.get(column.quantity, "")


def legend(card: ModelCard, column: Input) -> Mapping[str, str]:
    """Return the meaning of the codes of a category; empty for a column that is none."""
    block = block_of(card, column)
    if column.legend or block is None:
        return column.legend
    return block.legend.get(column.quantity, {})


def groups(card: ModelCard) -> dict[str, tuple[str, ...]]:
    """Return groups of columns that mean one thing together, in the order of the card; parameters are left out.

    One group a quantity of an object (``jets pt``), one an event quantity. Columns of a group are moved together when
    it is asked what the group does: the pT of the first jet alone hardly exists without that of the second.

    Examples
    --------
    >>> from recastbook.analyses import atlas_susy_2018_30
    >>> from recastbook.network import ModelCard
    >>> card = ModelCard.load(str(atlas_susy_2018_30.__path__[0]))
    >>> list(groups(card))[:3], len(groups(card)["small_R_jets pt"])
    (['small_R_jets pt', 'small_R_jets eta', 'small_R_jets phi'], 10)
    """
    out: dict[str, list[str]] = {}
    for column in card.inputs:
        if level(card, column) == "parameter":
            continue
        name = column.name if column.object is None else f"{column.object} {column.quantity}"
        out.setdefault(name, []).append(column.name)
    return {name: tuple(columns) for name, columns in out.items()}
