"""Select objects, sort them, merge electrons and muons."""

from __future__ import annotations

import awkward as ak
import numpy as np

from recastbook.detector.jagged import FlatCollection, falling_order, offsets_of
from recastbook.exceptions import BadSpecification

__all__ = ["merge_leptons", "select", "sort_by_pt"]


def select(
    collection: ak.Array,
    *,
    min_pt: float | None = None,
    max_abs_eta: float | None = None,
    outside_abs_eta: tuple[float, float] | None = None,
    mask: ak.Array | None = None,
) -> ak.Array:
    """Return the objects that pass every condition given, in the same order.

    Parameters
    ----------
    collection
        Jagged records with pt and eta, shape (N, var).
    min_pt
        Smallest pT in GeV; equality passes.
    max_abs_eta
        Upper bound of the absolute pseudorapidity; equality fails.
    outside_abs_eta
        Range of the absolute pseudorapidity that is left out, such as the crack (1.37, 1.52) of a calorimeter.
    mask
        Further condition, jagged booleans of the shape of the collection.

    Returns
    -------
    awkward.Array
        Shape (N, var). An object whose pT or pseudorapidity is nan fails the condition on it.

    Raises
    ------
    BadSpecification
        If the mask has another shape than the collection.
    """
    flat = FlatCollection.from_awkward(collection)
    keep = np.ones(int(flat.offsets[-1]), dtype=bool)
    if min_pt is not None:
        keep &= flat["pt"] >= min_pt
    if max_abs_eta is not None:
        keep &= np.abs(flat["eta"]) < max_abs_eta
    if outside_abs_eta is not None:
        low, high = outside_abs_eta
        abs_eta = np.abs(flat["eta"])
        keep &= (abs_eta < low) | (abs_eta > high)
    if mask is not None:
        flags = np.asarray(ak.to_numpy(ak.flatten(mask, axis=1)), dtype=bool)
        if not np.array_equal(ak.num(mask, axis=1), flat.counts):
            message = f"the mask has another shape ({len(flags)} entries) than the collection ({len(keep)} objects)"
            raise BadSpecification(message)
        keep &= flags
    return flat.where(keep).to_awkward()


def sort_by_pt(collection: ak.Array) -> ak.Array:
    """Return the objects of each event in falling order of pT; equal ones keep their order."""
    return FlatCollection.from_awkward(collection).sorted_by("pt").to_awkward()


def merge_leptons(electrons: ak.Array, muons: ak.Array) -> ak.Array:
    """Put electrons and muons into one collection of falling pT.

    Parameters
    ----------
    electrons, muons
        Jagged records, shape (N, var).

    Returns
    -------
    awkward.Array
        Shape (N, var): the fields that both have, and ``flavour``, 11 or 13.
    """
    fields = [f for f in electrons.fields if f in muons.fields and f != "flavour"]
    first, second = (FlatCollection.from_awkward(c, fields) for c in (electrons, muons))
    rows = np.concatenate([first.rows, second.rows])
    columns = {f: np.concatenate([first[f], second[f]]) for f in fields}
    sizes = (int(first.offsets[-1]), int(second.offsets[-1]))
    columns["flavour"] = np.repeat(np.array([11, 13], dtype=np.int8), sizes)
    order = falling_order(columns["pt"], rows)
    merged = FlatCollection(offsets_of(first.counts + second.counts), {n: c[order] for n, c in columns.items()})
    return merged.to_awkward()
