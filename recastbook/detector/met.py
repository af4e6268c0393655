"""Missing transverse momentum from truth, objects and a soft term."""

from __future__ import annotations

from collections.abc import Mapping

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.detector.jagged import FlatCollection
from recastbook.exceptions import UnknownName, did_you_mean

__all__ = ["METHODS", "met_record", "missing_momentum", "vector_sum"]

METHODS = ("jet-corrected", "truth", "object-based")
"""Ways of computing the missing transverse momentum."""

_FloatArray = NDArray[np.float64]


def missing_momentum(method: str, events: ak.Array, objects: Mapping[str, ak.Array | None]) -> ak.Array:
    """Compute the missing transverse momentum.

    With V the vector sum of all visible truth particles, S the sum of the smeared objects and T the sum of the same
    objects before smearing:

    - ``truth``: -V.
    - ``jet-corrected``: -V - (S - T), that is the smeared objects plus all the rest as a truth soft term.
    - ``object-based``: -S - f (V - T), with f the charged fraction of what is not a lepton (scalar sums, clipped to
      [0, 1]), which stands for a track soft term: the event file keeps the tracks of the event but not those of
      each jet.

    Parameters
    ----------
    method
        One of :data:`METHODS`.
    events
        Truth events, shape (N,).
    objects
        Collections with pt, truth_pt, phi, each of shape (N, var), or None.

    Returns
    -------
    awkward.Array
        Records pt, phi, px, py in GeV and rad, shape (N,).
    """
    visible = events["GenVisible"]
    vx, vy = _column(visible["px"]), _column(visible["py"])
    if method == "truth":
        return met_record(-vx, -vy)
    if method not in METHODS:
        message = f"no way of computing the missing momentum is called {method!r}.{did_you_mean(method, METHODS)}"
        raise UnknownName(message)
    sx, sy, tx, ty = (np.zeros(len(vx)) for _ in range(4))
    lepton_pt = np.zeros(len(vx))
    for name, collection in objects.items():
        if collection is None:
            continue
        flat = FlatCollection.from_awkward(collection, ("pt", "truth_pt", "phi"))
        phi = flat["phi"].astype(np.float64)
        cos, sin, rows, n = np.cos(phi), np.sin(phi), flat.rows, len(flat)
        if method == "jet-corrected":
            shift = flat["pt"].astype(np.float64) - flat["truth_pt"]
            sx += np.bincount(rows, shift * cos, n)
            sy += np.bincount(rows, shift * sin, n)
            continue
        sx += np.bincount(rows, flat["pt"] * cos, n)
        sy += np.bincount(rows, flat["pt"] * sin, n)
        tx += np.bincount(rows, flat["truth_pt"] * cos, n)
        ty += np.bincount(rows, flat["truth_pt"] * sin, n)
        if name in ("electrons", "muons"):
            lepton_pt += np.bincount(rows, flat["truth_pt"], n)
    if method == "jet-corrected":
        return met_record(-vx - sx, -vy - sy)
    charged = _column(events["GenTrack"]["sumPt"]) - lepton_pt
    total = _column(visible["sumEt"]) - lepton_pt
    fraction = np.clip(np.divide(charged, total, out=np.zeros_like(total), where=total > 0.0), 0.0, 1.0)
    return met_record(-sx - fraction * (vx - tx), -sy - fraction * (vy - ty))


def vector_sum(collection: ak.Array) -> tuple[_FloatArray, _FloatArray]:
    """Add up the transverse momenta of a jagged collection per event.

    Returns
    -------
    tuple of ndarray
        px and py in GeV, each of shape (N,).
    """
    flat = FlatCollection.from_awkward(collection, ("pt", "phi"))
    pt, phi = flat["pt"].astype(np.float64), flat["phi"].astype(np.float64)
    return flat.sum(pt * np.cos(phi)), flat.sum(pt * np.sin(phi))


def met_record(px: _FloatArray, py: _FloatArray) -> ak.Array:
    """Make a missing-momentum record pt, phi, px, py (GeV, rad in (-pi, pi]) of two components of shape (N,)."""
    columns = {"pt": np.hypot(px, py), "phi": np.arctan2(py, px), "px": px, "py": py}
    contents = [ak.contents.NumpyArray(np.ascontiguousarray(c)) for c in columns.values()]
    return ak.Array(ak.contents.RecordArray(contents, list(columns), length=len(px)))


def _column(values: ak.Array) -> _FloatArray:
    return np.asarray(ak.to_numpy(values), dtype=np.float64)
