"""Vector sums over an event: invisible, visible, tracks."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recastbook.events.columns import FlatColumns
from recastbook.events.particles import ParticleTable
from recastbook.events.truth.ancestry import INVISIBLE
from recastbook.events.truth.visible import VisibleParticles

__all__ = ["sum_columns"]

VISIBLE_MAX_ABS_ETA = 4.9
TRACK_MAX_ABS_ETA = 2.5
TRACK_MIN_PT = 0.5


@njit(cache=True)
def _invisible(offsets, flags, px, py):  # type: ignore[no-untyped-def]
    out = np.zeros((2, len(offsets) - 1))
    for k in range(len(offsets) - 1):
        for i in range(offsets[k], offsets[k + 1]):
            if flags[i] & INVISIBLE:
                out[0, k] += px[i]
                out[1, k] += py[i]
    return out


@njit(cache=True)
def _visible(offsets, charged, px, py, pz, energy, pt, eta, max_eta, track_max_eta, track_min_pt):  # type: ignore[no-untyped-def]
    out = np.zeros((6, len(offsets) - 1))
    for k in range(len(offsets) - 1):
        for i in range(offsets[k], offsets[k + 1]):
            a = abs(eta[i])
            if a >= max_eta:
                continue
            out[0, k] += px[i]
            out[1, k] += py[i]
            out[2, k] += energy[i] * pt[i] / np.sqrt(pt[i] * pt[i] + pz[i] * pz[i]) if pt[i] > 0.0 else 0.0
            if charged[i] and a < track_max_eta and pt[i] > track_min_pt:
                out[3, k] += px[i]
                out[4, k] += py[i]
                out[5, k] += pt[i]
    return out


def sum_columns(particles: ParticleTable, flags: NDArray[np.uint16], visible: VisibleParticles) -> FlatColumns:
    """Return the columns GenInvisible, GenVisible and GenTrack; transverse energy is E sin(theta)."""
    v = visible
    invisible = _invisible(particles.offsets, flags, particles.px, particles.py)
    sums = _visible(
        v.offsets, v.charged, v.px, v.py, v.pz, v.energy, v.pt, v.eta,
        VISIBLE_MAX_ABS_ETA, TRACK_MAX_ABS_ETA, TRACK_MIN_PT,
    )  # fmt: skip
    names = (
        "GenVisible_px", "GenVisible_py", "GenVisible_sumEt", "GenTrack_px", "GenTrack_py", "GenTrack_sumPt",
    )  # fmt: skip
    return {
        "GenInvisible_px": invisible[0],
        "GenInvisible_py": invisible[1],
        **dict(zip(names, sums, strict=True)),
    }
