"""What a card does to one collection: resolution, efficiency, identification."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.detector.card import DetectorCard
from recastbook.detector.corrections import evaluate
from recastbook.detector.draws import EventKeys
from recastbook.detector.jagged import FlatCollection

__all__ = ["WORKING_POINTS", "identify", "passes", "smear_momentum"]

WORKING_POINTS = ("loose", "medium", "tight")
"""Lepton identification, loosest first; each is a part of the one before."""


def smear_momentum(card: DetectorCard, keys: EventKeys, objects: FlatCollection, entry: str) -> NDArray[np.float32]:
    """Return smeared transverse momenta: one Gaussian factor on the momentum, floored at 0.

    The factor is 1 + sigma * n, with sigma the relative resolution of the card and n a normal number; the direction
    stays, so that the pseudorapidity does too.

    Parameters
    ----------
    card
        Detector card; `entry` gives sigma.
    keys
        What the random numbers hang on.
    objects
        Objects with ``truth_pt`` (GeV), ``eta`` and ``index``; M in all.
    entry
        Entry of the card, also the stage of the random numbers.

    Returns
    -------
    ndarray
        Smeared pT in GeV, shape (M,).
    """
    truth = objects["truth_pt"]
    correction = card.correction(entry)
    if correction is None:
        return np.asarray(truth, dtype=np.float32)
    sigma = evaluate(correction, objects)
    if entry == "jet_resolution":
        sigma = sigma * card.shifts.jet_resolution
    normal = keys.draw("normal", entry, objects.rows, objects["index"])
    return np.asarray(truth * np.maximum(0.0, 1.0 + sigma * normal), dtype=np.float32)


def passes(card: DetectorCard, keys: EventKeys, objects: FlatCollection, entry: str) -> NDArray[np.bool_]:
    """Tell which objects survive an efficiency of the card, shape (M,)."""
    correction = card.correction(entry)
    if correction is None:
        return np.ones(len(objects["pt"]), dtype=bool)
    efficiency = evaluate(correction, objects)
    return below(keys, objects, entry, efficiency)


def below(keys: EventKeys, objects: FlatCollection, stage: str, efficiency: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell for which objects the uniform number of a stage lies below `efficiency`, shape (M,)."""
    out = efficiency >= 1.0
    open_ = np.flatnonzero((efficiency > 0.0) & ~out)
    number = keys.draw("uniform", stage, objects.rows[open_], objects["index"][open_])
    out[open_] = number < efficiency[open_]
    return out


def identify(card: DetectorCard, keys: EventKeys, objects: FlatCollection, entry: str) -> dict[str, NDArray[np.bool_]]:
    """Decide loose, medium and tight with one number per object, so that each is part of the one before.

    Returns
    -------
    dict
        ``is_loose``, ``is_medium``, ``is_tight``, each of shape (M,).
    """
    n = len(objects["pt"])
    correction = card.correction(entry)
    factor = 1.0 if entry.startswith("photon") else card.shifts.lepton
    if correction is None and factor >= 1.0:
        return {f"is_{w}": np.ones(n, dtype=bool) for w in WORKING_POINTS}
    number = keys.draw("uniform", entry, objects.rows, objects["index"])
    out: dict[str, NDArray[np.bool_]] = {}
    inside = np.ones(n, dtype=bool)
    for word in WORKING_POINTS:
        efficiency = 1.0 if correction is None else evaluate(correction, objects, working_point=word)
        inside = inside & (number < factor * efficiency)
        out[f"is_{word}"] = inside
    return out
