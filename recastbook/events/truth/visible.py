"""The final visible particles of a chunk as compact columns; everything that is measured starts from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recastbook.events.particles import ParticleTable
from recastbook.events.truth.ancestry import FROM_HADRON, FROM_TAU, VISIBLE
from recastbook.events.truth.species import CHARGED, HADRON, TABLE_SIZE, species_bits, species_table

__all__ = ["VisibleParticles", "polar", "polar_arrays", "select_visible"]

# codes of GenCone_kind
CHARGED_HADRON: Final = 1
PHOTON: Final = 2
NEUTRAL: Final = 3
ELECTRON: Final = 4
MUON: Final = 5
OTHER_CHARGED: Final = 6


@dataclass(frozen=True, slots=True)
class VisibleParticles:
    """Final visible particles, N events and M particles."""

    offsets: NDArray[np.int64]
    """First particle of each event, shape (N+1,)."""
    index: NDArray[np.int64]
    """Row in the particle table, shape (M,)."""
    pdg_id: NDArray[np.int32]
    """PDG number, shape (M,)."""
    kind: NDArray[np.int8]
    """1 charged hadron, 2 photon, 3 neutral hadron, 4 electron, 5 muon, 6 other charged, shape (M,)."""
    flags: NDArray[np.uint16]
    """Flags of :mod:`recastbook.events.truth.ancestry`, shape (M,)."""
    px: NDArray[np.float64]
    """GeV, shape (M,)."""
    py: NDArray[np.float64]
    """GeV, shape (M,)."""
    pz: NDArray[np.float64]
    """GeV, shape (M,)."""
    energy: NDArray[np.float64]
    """GeV, shape (M,)."""
    pt: NDArray[np.float64]
    """GeV, shape (M,)."""
    eta: NDArray[np.float64]
    """Pseudorapidity, shape (M,)."""
    phi: NDArray[np.float64]
    """Azimuth in (-pi, pi], shape (M,)."""

    @property
    def charged(self) -> NDArray[np.bool_]:
        """Is the particle charged? Shape (M,)."""
        return np.asarray((self.kind != PHOTON) & (self.kind != NEUTRAL))

    @property
    def prompt(self) -> NDArray[np.bool_]:
        """Is the particle from no hadron decay? Shape (M,)."""
        return np.asarray((self.flags & FROM_HADRON) == 0)

    @property
    def from_tau(self) -> NDArray[np.bool_]:
        """Is the particle from the decay of a tau? Shape (M,)."""
        return np.asarray((self.flags & FROM_TAU) != 0)


@njit(cache=True)
def polar(px, py, pz):  # type: ignore[no-untyped-def]
    """Return pT, eta and phi in (-pi, pi] of one momentum; along the beam eta is +-1e10, without momentum 0."""
    pt2 = px * px + py * py
    pt = np.sqrt(pt2)
    if pt > 1e-12 * abs(pz) and pt > 0.0:
        # arcsinh(pz / pt), written with the faster logarithm
        eta = np.copysign(np.log((np.sqrt(pt2 + pz * pz) + abs(pz)) / pt), pz)
    elif pz != 0.0:
        eta = np.copysign(1e10, pz)
    else:
        eta = 0.0
    phi = np.arctan2(py, px)
    if phi <= -np.pi:
        phi = np.pi
    return pt, eta, phi


@njit(cache=True)
def polar_arrays(px, py, pz):  # type: ignore[no-untyped-def]
    """Return arrays of pT, eta and phi; see :func:`polar`."""
    n = len(px)
    pt, eta, phi = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        pt[i], eta[i], phi[i] = polar(px[i], py[i], pz[i])
    return pt, eta, phi


@njit(cache=True)
def _kind(pdg_id, table):  # type: ignore[no-untyped-def]
    a = abs(pdg_id)
    if a == 22:
        return PHOTON
    if a == 11:
        return ELECTRON
    if a == 13:
        return MUON
    bits = table[a] if a < TABLE_SIZE else species_bits(pdg_id)
    if not bits & CHARGED:
        return NEUTRAL
    return CHARGED_HADRON if bits & HADRON else OTHER_CHARGED


@njit(cache=True)
def _select(offsets, pdg_id, px, py, pz, flags, table):  # type: ignore[no-untyped-def]
    n_events = len(offsets) - 1
    starts = np.zeros(n_events + 1, np.int64)
    m = 0
    for f in flags:
        m += f & VISIBLE
    index = np.empty(m, np.int64)
    kind = np.empty(m, np.int8)
    pt, eta, phi = np.empty(m), np.empty(m), np.empty(m)
    j = 0
    for k in range(n_events):
        for i in range(offsets[k], offsets[k + 1]):
            if flags[i] & VISIBLE:
                index[j] = i
                kind[j] = _kind(pdg_id[i], table)
                pt[j], eta[j], phi[j] = polar(px[i], py[i], pz[i])
                j += 1
        starts[k + 1] = j
    return starts, index, kind, pt, eta, phi


def select_visible(particles: ParticleTable, flags: NDArray[np.uint16]) -> VisibleParticles:
    """Gather the particles flagged visible, in the order of the table."""
    p = particles
    offsets, index, kind, pt, eta, phi = _select(p.offsets, p.pdg_id, p.px, p.py, p.pz, flags, species_table())
    return VisibleParticles(
        offsets, index, p.pdg_id[index], kind, flags[index], p.px[index], p.py[index], p.pz[index], p.energy[index],
        pt, eta, phi,
    )  # fmt: skip
