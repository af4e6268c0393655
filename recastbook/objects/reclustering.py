"""Large-R jets made of small-R jets, with trimming of whole constituents.

FastJet clusters hundreds of events in one call. A constituent is a whole small-R jet, so that trimming with
R=0.2 subjets and a cut on the pT of constituents are the same thing.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.detector.jagged import FlatCollection, IntArray, offsets_of
from recastbook.exceptions import BadOption, BadSpecification

__all__ = ["recluster"]

_EVENTS_AT_ONCE = 500
"""Events per call of FastJet, which holds the clustering history of all of them in memory."""


def recluster(
    jets: ak.Array,
    *,
    radius: float = 0.8,
    trim_fraction: float = 0.1,
    min_pt: float = 0.0,
    max_abs_eta: float | None = None,
    cut_before_trimming: bool = False,
    order: str = "trimmed",
    mask: NDArray[np.bool_] | None = None,
) -> ak.Array:
    """Cluster small-R jets into large-R jets with the anti-kt algorithm (arXiv:0802.1189) and trim them.

    Constituents with pT below `trim_fraction` times the pT of the large-R jet are dropped; the momentum of the
    large-R jet is the sum of the others (E scheme).

    Parameters
    ----------
    jets
        Small-R jets with pt, eta, phi, mass, shape (N, var).
    radius
        Radius of the large-R jets.
    trim_fraction
        Smallest pT of a constituent as a fraction of the untrimmed jet's.
    min_pt
        Smallest pT of a large-R jet in GeV.
    max_abs_eta
        Upper bound of its absolute pseudorapidity.
    cut_before_trimming
        Whether both cuts are applied before trimming as well (as GAMBIT does).
    order
        Sort by the "trimmed" pT, or keep the order of the "untrimmed" pT (as CheckMATE does).
    mask
        Events in which to cluster, shape (N,); the others get no large-R jets. All by default.

    Returns
    -------
    awkward.Array
        Shape (N, var), falling pT: pt, eta, phi in (-pi, pi], mass (GeV), n_constituents, untrimmed_pt.

    Raises
    ------
    BadOption
        If the radius, fraction or order is impossible.
    BadSpecification
        If the mask has not one entry per event, or a jet of a clustered event is nan or infinite.
    """
    if not radius > 0.0 or not 0.0 <= trim_fraction < 1.0:
        message = f"reclustering needs a positive radius and a fraction in [0, 1), not {radius} and {trim_fraction}"
        raise BadOption(message)
    if order not in ("trimmed", "untrimmed"):
        message = f"large-R jets are ordered by their 'trimmed' or 'untrimmed' pT, not {order!r}"
        raise BadOption(message)
    flat = FlatCollection.from_awkward(jets, ("pt", "eta", "phi", "mass"))
    counts = flat.counts
    if mask is not None:
        if np.shape(mask) != counts.shape:
            message = f"the mask of events has shape {np.shape(mask)}, there are {len(counts)} events"
            raise BadSpecification(message)
        counts = np.where(mask, counts, 0)
        flat = flat.where(np.repeat(np.asarray(mask, dtype=bool), flat.counts))
    events = np.flatnonzero(counts)
    momenta = _components(flat)
    large, n_large = _cluster(momenta, counts[events], radius)
    rows = np.repeat(events, n_large)
    untrimmed = np.array([np.bincount(large, p, len(rows)) for p in momenta])
    untrimmed_pt = np.hypot(untrimmed[0], untrimmed[1])
    constituent_pt = np.hypot(momenta[0], momenta[1])
    stays = constituent_pt >= trim_fraction * untrimmed_pt[large]
    trimmed = np.array([np.bincount(large[stays], p[stays], len(rows)) for p in momenta])
    pt, eta, phi, mass = _coordinates(trimmed)
    keep = _inside(pt, eta, min_pt, max_abs_eta)
    if cut_before_trimming:
        keep &= _inside(untrimmed_pt, _coordinates(untrimmed)[1], min_pt, max_abs_eta)
    n_constituents = np.bincount(large[stays], minlength=len(rows))
    columns: dict[str, NDArray[Any]] = {"pt": pt, "eta": eta, "phi": phi, "mass": mass, "untrimmed_pt": untrimmed_pt}
    columns = {n: c.astype(np.float32) for n, c in columns.items()} | {
        "n_constituents": n_constituents.astype(np.int16)
    }
    all_of_them = FlatCollection(offsets_of(np.bincount(rows, minlength=len(counts))), columns)
    out = all_of_them.where(keep).sorted_by("pt" if order == "trimmed" else "untrimmed_pt")
    return out.to_awkward()


def _cluster(momenta: NDArray[np.float64], counts: IntArray, radius: float) -> tuple[IntArray, IntArray]:
    # Returns the large-R jet of each small-R jet, numbered through, and how many large-R jets each event has.
    if not np.isfinite(momenta).all():
        message = "a jet with nan or infinite momentum cannot be clustered"
        raise BadSpecification(message)
    offsets = offsets_of(counts)
    large = np.empty(momenta.shape[1], dtype=np.int64)
    n_large = np.empty(len(counts), dtype=np.int64)
    done = 0
    for start in range(0, len(counts), _EVENTS_AT_ONCE):
        stop = min(start + _EVENTS_AT_ONCE, len(counts))
        first, last = offsets[start], offsets[stop]
        members, n_members, n_large[start:stop] = _fastjet_members(
            momenta[:, first:last], offsets[start : stop + 1] - first, radius
        )
        # Positions are local to the event, and every small-R jet is in exactly one large-R jet.
        position = members + np.repeat(offsets[start:stop], counts[start:stop])
        large[position] = np.repeat(np.arange(done, done + len(n_members)), n_members)
        done += len(n_members)
    return large, n_large


def _fastjet_members(
    momenta: NDArray[np.float64], offsets: IntArray, radius: float
) -> tuple[IntArray, IntArray, IntArray]:
    # Small-R jets (by position in their event) of each large-R jet, their number, and the large-R jets of each event.
    fastjet = _fastjet()
    contents = [ak.contents.NumpyArray(np.ascontiguousarray(p)) for p in momenta]
    record = ak.contents.RecordArray(contents, ["px", "py", "pz", "E"], parameters={"__record__": "Momentum4D"})
    array = ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(offsets), record))
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, radius)
    layout = fastjet.ClusterSequence(array, definition).constituent_index(0.0).layout
    members = np.asarray(layout.content.content.data, dtype=np.int64)
    return members, np.diff(np.asarray(layout.content.offsets.data)), np.diff(np.asarray(layout.offsets.data))


def _components(flat: FlatCollection) -> NDArray[np.float64]:
    pt, eta, phi, mass = (flat[n].astype(np.float64) for n in ("pt", "eta", "phi", "mass"))
    pz = pt * np.sinh(eta)
    return np.array([pt * np.cos(phi), pt * np.sin(phi), pz, np.sqrt(pt * pt + pz * pz + mass * mass)])


def _coordinates(p: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    px, py, pz, energy = p
    pt = np.hypot(px, py)
    eta = np.arcsinh(np.divide(pz, pt, out=np.zeros_like(pt), where=pt > 0.0))
    # Rounding may leave a massless jet with a mass squared of about -1e-12.
    mass = np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0.0))
    return pt, eta, np.arctan2(py, px), mass


def _inside(
    pt: NDArray[np.float64], eta: NDArray[np.float64], min_pt: float, max_abs_eta: float | None
) -> NDArray[np.bool_]:
    inside = (pt >= min_pt) & (pt > 0.0)
    return inside if max_abs_eta is None else inside & (np.abs(eta) < max_abs_eta)


@cache
def _fastjet() -> Any:
    import fastjet
    import fastjet._swig

    # The banner would appear once in the middle of a table or of JSON on stdout.
    fastjet._swig.ClusterSequence.set_fastjet_banner_stream(None)
    return fastjet
