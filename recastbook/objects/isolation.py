"""Isolation: sums of what surrounds a lepton, for any cone up to dR = 0.4.

The event file keeps every visible particle above 0.4 GeV round each lepton and photon, so that a cone can depend on
the smeared pT. The lepton itself and its dressing photons are not among them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.detector.jagged import FlatCollection, IntArray
from recastbook.exceptions import BadOption, UnknownName, did_you_mean

__all__ = ["KINDS", "MAX_RADIUS", "ConeCut", "cone_sum", "isolated"]

KINDS: dict[str, tuple[int, ...]] = {
    "track": (1, 4, 5, 6),
    "calorimeter": (1, 2, 3, 4, 6),
    "all": (1, 2, 3, 4, 5, 6),
    "charged hadron": (1,), "photon": (2,), "neutral hadron": (3,), "electron": (4,), "muon": (5,),
    "other charged": (6,),
}  # fmt: skip
"""Kinds of particles by name. A muon leaves a track, but next to nothing in a calorimeter."""

MAX_RADIUS = 0.4
"""Largest cone for which the event file keeps particles."""


@dataclass(frozen=True, slots=True)
class ConeCut:
    """One isolation condition: the sum in a cone is below a fraction of the lepton's pT."""

    max_fraction: float
    """Largest sum over lepton pT; equality fails."""
    radius: float
    """Radius of the cone, the largest one if it shrinks with pT."""
    pt_scale: float | None = None
    """GeV; the radius is min(radius, pt_scale / pT), with the smeared pT of the lepton."""
    kinds: tuple[str, ...] = ("track",)
    """Kinds of particles summed, names of :data:`KINDS`."""
    min_pt: float = 0.0
    """Smallest pT of a particle in GeV; equality passes."""
    outside_strip: tuple[float, float] | None = None
    """Sum only particles with abs(dphi) above the first and abs(deta) above the second number (Rivet, GAMBIT)."""


def cone_sum(
    leptons: ak.Array,
    cones: ak.Array,
    *,
    owner: int,
    radius: float,
    pt_scale: float | None = None,
    kinds: Iterable[str] = ("track",),
    min_pt: float = 0.0,
    outside_strip: tuple[float, float] | None = None,
) -> ak.Array:
    """Add up the pT of the particles round each lepton.

    Parameters
    ----------
    leptons
        Electrons, muons or photons of a detector with pt and index, shape (N, var).
    cones
        Particles round the leptons as ``detector.cones(events)`` gives them, shape (N, var).
    owner
        11 for electrons, 13 for muons, 22 for photons.
    radius
        Radius of the cone in (eta, phi), at most 0.4.
    pt_scale
        GeV; if given the radius is min(radius, pt_scale / pT) with the lepton's smeared pT.
    kinds
        Kinds of particles, names of :data:`KINDS`.
    min_pt
        Smallest pT of a particle in GeV.
    outside_strip
        See :class:`ConeCut`.

    Returns
    -------
    awkward.Array
        Sums in GeV, shape (N, var) as the leptons.

    Raises
    ------
    BadOption
        If the radius is larger than what the event file holds.
    UnknownName
        If a kind does not exist.
    """
    if not 0.0 < radius <= MAX_RADIUS:
        message = (
            f"an isolation cone of radius {radius} was asked for; the event file keeps particles within {MAX_RADIUS}"
        )
        raise BadOption(message)
    wanted = np.zeros(8, dtype=bool)
    for kind in kinds:
        if kind not in KINDS:
            message = f"no kind of particle is called {kind!r}.{did_you_mean(kind, KINDS)}"
            raise UnknownName(message)
        wanted[list(KINDS[kind])] = True
    flat = FlatCollection.from_awkward(leptons, ("pt", "index"))
    n_leptons = int(flat.offsets[-1])
    total: NDArray[np.float64] = np.zeros(n_leptons)
    around = FlatCollection.from_awkward(cones, ("pt", "deta", "dphi", "kind", "owner", "index"))
    chosen = np.flatnonzero((around["owner"] == owner) & wanted[around["kind"]] & (around["pt"] >= min_pt))
    if n_leptons and len(chosen):
        lepton = _owner_of(flat, around.rows[chosen], around["index"][chosen])
        chosen, lepton = chosen[lepton >= 0], lepton[lepton >= 0]
        deta, dphi = around["deta"][chosen], around["dphi"][chosen]
        reach = np.full(n_leptons, radius) if pt_scale is None else np.minimum(radius, pt_scale / flat["pt"])
        inside = deta * deta + dphi * dphi < (reach * reach)[lepton]
        if outside_strip is not None:
            inside &= (np.abs(dphi) > outside_strip[0]) & (np.abs(deta) > outside_strip[1])
        total = np.bincount(lepton[inside], around["pt"][chosen[inside]], n_leptons).astype(np.float64, copy=False)
    return flat.jagged(total)


def isolated(leptons: ak.Array, cones: ak.Array | None, *, owner: int, cuts: Iterable[ConeCut]) -> ak.Array:
    """Tell which leptons pass every isolation condition.

    Parameters
    ----------
    leptons
        Electrons, muons or photons of a detector, shape (N, var).
    cones
        ``detector.cones(events)``; None for events that were reconstructed elsewhere, whose leptons say themselves
        whether they are isolated.
    owner
        11 for electrons, 13 for muons, 22 for photons.
    cuts
        Conditions; none of them means that every lepton is isolated.

    Returns
    -------
    awkward.Array
        Jagged booleans, shape (N, var).
    """
    flat = FlatCollection.from_awkward(leptons, ("pt",))
    keep = np.ones(int(flat.offsets[-1]), dtype=bool)
    for cut in cuts:
        if cones is None:
            keep &= FlatCollection.from_awkward(leptons, ("isolated",))["isolated"].astype(bool)
            break
        total = cone_sum(
            leptons, cones, owner=owner, radius=cut.radius, pt_scale=cut.pt_scale, kinds=cut.kinds, min_pt=cut.min_pt,
            outside_strip=cut.outside_strip,
        )  # fmt: skip
        keep &= np.asarray(total.layout.content.data) < cut.max_fraction * flat["pt"]
    return flat.jagged(keep)


def _owner_of(leptons: FlatCollection, rows: IntArray, index: NDArray[np.integer]) -> IntArray:
    # Position of the lepton (event, truth index) among those that are left, -1 for one that is not.
    width = 1 + max(int(index.max()), int(leptons["index"].max()))
    position: IntArray = np.full(len(leptons) * width, -1, dtype=np.int64)
    position[leptons.rows * width + leptons["index"]] = np.arange(len(leptons["index"]))
    found: IntArray = position[rows * width + index]
    return found
