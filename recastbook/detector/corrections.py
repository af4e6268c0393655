"""Evaluate a correction of a card on a collection: its inputs are looked up by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.detector.jagged import FlatCollection
from recastbook.exceptions import BadSpecification, did_you_mean

__all__ = ["evaluate"]


def evaluate(correction: Any, collection: FlatCollection, **words: str) -> NDArray[np.float64]:
    """Evaluate a correction for every object of a collection.

    Parameters
    ----------
    correction
        A correctionlib correction. Its inputs may be any column of the collection, ``abs_eta``, ``energy``,
        ``truth_energy`` (GeV, with the truth pT), or a word given here.
    collection
        Objects, M in all.
    words
        Values of inputs that are words, for example ``working_point="tight"``.

    Returns
    -------
    ndarray
        Shape (M,).

    Raises
    ------
    BadSpecification
        If the correction wants an input that nothing provides.
    """
    if not len(collection["pt"]):
        return np.empty(0)
    names = [v.name for v in correction.inputs]
    arguments = [words[n] if n in words else _column(n, correction, collection) for n in names]
    if all(isinstance(a, str) for a in arguments):
        return np.full(len(collection["pt"]), float(correction.evaluate(*arguments)))
    return np.asarray(correction.evaluate(*arguments), dtype=np.float64)


def _column(name: str, correction: Any, collection: FlatCollection) -> NDArray[Any]:
    columns = collection.columns
    if name in columns:
        return columns[name]
    if name == "abs_eta":
        return np.asarray(np.abs(columns["eta"]))
    if name in ("energy", "truth_energy"):
        pt = columns["truth_pt" if name == "truth_energy" else "pt"].astype(np.float64)
        momentum = pt * np.cosh(columns["eta"])
        return np.asarray(np.hypot(momentum, columns["mass"]))
    known = [*columns, "abs_eta", "energy", "truth_energy"]
    message = f"correction {correction.name!r} wants the input {name!r}.{did_you_mean(name, known)}"
    raise BadSpecification(message)
