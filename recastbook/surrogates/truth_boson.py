"""The W or Z boson beside long-lived particles, put together from prompt leptons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import awkward as ak

__all__ = ["boson_of_events"]

_M_W, _M_Z = 80.4, 91.19
_Z_WINDOW = (66.0, 116.0)
_LEAST_PT = 10.0


def boson_of_events(events: ak.Array) -> dict[str, NDArray[np.float64]]:
    """Return ``V_pt`` (GeV) and ``V_eta``, each of shape (N,); 0 where there is no boson.

    A Z is the pair of prompt electrons or muons of opposite charge whose mass is nearest to 91.19 GeV, between 66 and
    116. Where there is none, a W is the hardest prompt lepton above 10 GeV and the invisible momentum, with the pz of
    the neutrino that gives the mass of the W (the smaller of two solutions, or the real part).

    Parameters
    ----------
    events
        Truth events.
    """
    n = len(events)
    out = {"V_pt": np.zeros(n), "V_eta": np.zeros(n)}
    leptons = [_leptons(events[name]) for name in ("GenElectron", "GenMuon")]
    best = np.full(n, np.inf)
    for found in leptons:
        _nearest_pair(found, best, out)
    _leptonic_w(events, leptons, ~np.isfinite(best), out)
    return out


def _leptons(collection: Any) -> Any:
    return collection[collection.prompt & ~collection.fromTau & (collection.pt > _LEAST_PT)]


def _nearest_pair(leptons: Any, best: NDArray[np.float64], out: dict[str, NDArray[np.float64]]) -> None:
    import awkward as ak

    pairs = ak.combinations(leptons, 2, fields=["a", "b"])
    counts = np.asarray(ak.num(pairs, axis=1))
    if not counts.sum():
        return
    event = np.repeat(np.arange(len(counts)), counts)
    flat = ak.flatten(pairs, axis=1)
    px, py, pz, e = (x + y for x, y in zip(_cartesian(flat.a), _cartesian(flat.b), strict=True))
    mass = np.sqrt(np.maximum(e**2 - px**2 - py**2 - pz**2, 0.0))
    opposite = np.asarray(flat.a.pdgId) * np.asarray(flat.b.pdgId) < 0
    good = opposite & (mass > _Z_WINDOW[0]) & (mass < _Z_WINDOW[1])
    for i in np.flatnonzero(good):
        k, distance = event[i], abs(mass[i] - _M_Z)
        if distance < best[k]:
            best[k] = distance
            out["V_pt"][k] = np.hypot(px[i], py[i])
            out["V_eta"][k] = np.arcsinh(pz[i] / max(out["V_pt"][k], 1e-9))


def _cartesian(p: Any) -> tuple[NDArray[np.float64], ...]:
    pt, eta, phi = (np.asarray(p[k]).astype(np.float64) for k in ("pt", "eta", "phi"))
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    return px, py, pz, np.sqrt(px**2 + py**2 + pz**2)


def _leptonic_w(
    events: ak.Array, leptons: list[Any], free: NDArray[np.bool_], out: dict[str, NDArray[np.float64]]
) -> None:
    import awkward as ak

    both = ak.concatenate([found[["pt", "eta", "phi"]] for found in leptons], axis=1)
    hardest = ak.firsts(both[ak.argsort(both.pt, axis=1, ascending=False)])
    there = free & ~np.asarray(ak.is_none(hardest))
    if not there.any():
        return
    lx, ly, lz, le = _cartesian(hardest[there])
    vx = np.asarray(events["GenInvisible"].px)[there].astype(np.float64)
    vy = np.asarray(events["GenInvisible"].py)[there].astype(np.float64)
    # (lepton + neutrino)^2 = m_W^2, a quadratic equation for the neutrino's pz
    half = 0.5 * _M_W**2 + lx * vx + ly * vy
    pt2 = np.maximum(lx**2 + ly**2, 1e-12)
    root = np.sqrt(np.maximum(half**2 - pt2 * (vx**2 + vy**2), 0.0))
    solutions = np.stack([(half * lz + le * root) / pt2, (half * lz - le * root) / pt2])
    vz = np.where(np.abs(solutions[0]) < np.abs(solutions[1]), solutions[0], solutions[1])
    pt = np.hypot(lx + vx, ly + vy)
    out["V_pt"][there] = pt
    out["V_eta"][there] = np.arcsinh((lz + vz) / np.maximum(pt, 1e-9))
