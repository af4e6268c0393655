"""Events as points between which a distance means something: inputs in widths, azimuths as angles between objects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recastbook.network import ModelCard, columns
from recastbook.network.contract import Input

__all__ = ["absent_objects", "coordinates", "training_widths"]


def training_widths(card: ModelCard, file: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Return the widths of the card, shape (number of inputs,); averaged over files, nan where it gives none."""
    per_file = np.array(
        [[np.nan if i.width is None else i.width for i in card.for_file(f.name).inputs] for f in card.files]
    )
    used = per_file if file is None or not len(file) else per_file[np.unique(file)]
    return np.asarray(used.mean(axis=0))


def absent_objects(card: ModelCard, raw: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which entries belong to an object that is not there; shape as `raw`.

    That is told by the quantity that objects are sorted by (a jet of pT 0 is none), so that other conventions for
    the padding of the rest change nothing; where that is no input, by all inputs of the object being padding.
    """
    out = np.zeros(raw.shape, dtype=bool)
    blocks: dict[tuple[str, int | None], list[int]] = {}
    for position, column in enumerate(card.inputs):
        if column.object is not None:
            blocks.setdefault((column.object, column.index), []).append(position)
    keys = {block.name: block.sort_by for block in card.objects}
    for (name, _), positions in blocks.items():
        telling = [p for p in positions if card.inputs[p].quantity == keys.get(name)] or positions
        padding = np.array([card.inputs[p].padding for p in telling], dtype=np.float64)
        gone = (raw[:, telling] == padding).all(axis=1)
        out[np.ix_(gone, positions)] = True
    return out


def coordinates(card: ModelCard, raw: NDArray[np.float64], widths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return events as points, one dimension an input, in units of its width.

    Azimuths enter as cosine and sine of the angle to one of them (that of MET, where there is one): the distance
    between two events is the same after a rotation of either, and 2 pi is near 0. Those of absent objects are the
    origin. Parameters are left out.

    Parameters
    ----------
    card
        The card.
    raw
        Raw inputs, shape (N, number of inputs).
    widths
        Width of each input, shape (number of inputs,).

    Returns
    -------
    numpy.ndarray
        float64 of shape (N, D).
    """
    axis = _axis(card)
    absent = absent_objects(card, raw)
    zero = np.zeros(len(raw)) if axis is None else np.where(absent[:, axis], 0.0, _angle(card, raw, axis))
    out = []
    for position, column in enumerate(card.inputs):
        if columns.level(card, column) == "parameter" or position == axis:
            continue
        if column.phi_range is None:
            out.append(raw[:, position] / widths[position])
            continue
        angle = _angle(card, raw, position) - zero
        there = ~absent[:, position]
        out += [np.cos(angle) * there, np.sin(angle) * there]
    return np.stack(out, axis=1) if out else np.empty((len(raw), 0))


def _axis(card: ModelCard) -> int | None:
    """Return the azimuth that the others are turned to: one that no event lacks, else that of a first object."""

    def order(column: Input) -> tuple[bool, int]:
        return column.padding is not None, column.index or 0

    azimuths = [p for p, column in enumerate(card.inputs) if column.phi_range is not None]
    return min(azimuths, key=lambda p: order(card.inputs[p]), default=None)


def _angle(card: ModelCard, raw: NDArray[np.float64], position: int) -> NDArray[np.float64]:
    return np.asarray(raw[:, position] / card.inputs[position].scale)
