"""Anti-kt jets (arXiv:0802.1189) of many events through the array interface of fastjet (arXiv:1111.6097)."""

from __future__ import annotations

from dataclasses import dataclass

import awkward as ak
import fastjet
import numpy as np
from numpy.typing import NDArray

__all__ = ["Jets", "cluster"]


@dataclass(frozen=True, slots=True)
class Jets:
    """Jets of a chunk as fastjet returns them, not sorted; J jets, C constituents."""

    event: NDArray[np.int64]
    """Event within the chunk, shape (J,)."""
    px: NDArray[np.float64]
    """GeV, shape (J,)."""
    py: NDArray[np.float64]
    """GeV, shape (J,)."""
    pz: NDArray[np.float64]
    """GeV, shape (J,)."""
    energy: NDArray[np.float64]
    """GeV, shape (J,)."""
    offsets: NDArray[np.int64]
    """First constituent of each jet, shape (J+1,)."""
    constituents: NDArray[np.int64]
    """Row of each constituent in what was clustered, shape (C,)."""


def cluster(
    px: NDArray[np.float64],
    py: NDArray[np.float64],
    pz: NDArray[np.float64],
    energy: NDArray[np.float64],
    offsets: NDArray[np.int64],
    *,
    radius: float,
    min_pt: float,
) -> Jets:
    """Cluster every event of a chunk with anti-kt, recombination by adding four-momenta.

    fastjet keeps the cluster sequences of all events of one call in memory: call it with a few hundred events.

    Parameters
    ----------
    px, py, pz, energy
        Four-momenta in GeV, events one after the other, shape (M,).
    offsets
        First particle of each event, shape (N+1,).
    radius
        Jet radius R.
    min_pt
        GeV; softer jets are left out.
    """
    starts, stops = offsets[:-1], offsets[1:]
    # an event without particles has no cluster sequence
    filled = np.flatnonzero(stops > starts)
    if len(filled) == 0:
        none, zero = np.empty(0), np.zeros(1, np.int64)
        return Jets(np.empty(0, np.int64), none, none, none, none, zero, np.empty(0, np.int64))
    columns = [ak.contents.NumpyArray(np.ascontiguousarray(c)) for c in (px, py, pz, energy)]
    record = ak.contents.RecordArray(columns, ["px", "py", "pz", "E"], parameters={"__record__": "Momentum4D"})
    edges = ak.index.Index64(np.append(starts[filled], stops[filled[-1]]))
    # without a stream fastjet does not print its banner, which would spoil output that machines read
    fastjet._swig.ClusterSequence.set_fastjet_banner_stream(None)
    sequence = fastjet.ClusterSequence(
        ak.Array(ak.contents.ListOffsetArray(edges, record)),
        fastjet.JetDefinition(fastjet.antikt_algorithm, radius),
    )
    jets = sequence.inclusive_jets(min_pt).layout
    members = sequence.constituent_index(min_pt).layout
    counts = np.diff(np.asarray(jets.offsets.data))
    local = filled.repeat(counts)
    inner = members.content
    jet_offsets = np.asarray(inner.offsets.data).astype(np.int64)
    # fastjet's buffer is longer than what it filled
    used = np.asarray(inner.content.data)[: jet_offsets[-1]].astype(np.int64)
    rows = used + starts[local].repeat(np.diff(jet_offsets))
    jpx, jpy, jpz, je = (np.array(jets.content[name].data, dtype=np.float64) for name in ("px", "py", "pz", "E"))
    return Jets(local, jpx, jpy, jpz, je, jet_offsets, rows)
