"""Truth features from truth events: GenLLP, and the boson where the event file carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recastbook import units
from recastbook.surrogates.truth_features import LLP_QUANTITIES

if TYPE_CHECKING:
    import awkward as ak

__all__ = ["features_of_events"]


def features_of_events(events: ak.Array) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.int64]]:
    """Return features by name, each of shape (N,), and the number of long-lived particles, shape (N,).

    The two long-lived particles of highest pT are taken, the harder one first; which one is the first is arbitrary in
    the training samples, where both orders occur. The decay product is the one with the smallest absolute PDG id of
    those that the event file keeps. Values of a particle that is not there are nan.

    Parameters
    ----------
    events
        Truth events; lengths of ``GenLLP`` in mm.
    """
    import awkward as ak

    llps = events["GenLLP"]
    n_llp = np.asarray(ak.num(llps, axis=1)).astype(np.int64)
    columns: dict[str, NDArray[np.float64]] = {}
    for n in (1, 2):
        one = ak.pad_none(llps, 2, clip=True)[:, n - 1]

        def values(field: str, one: Any = one) -> NDArray[np.float64]:
            return np.asarray(ak.fill_none(one[field], np.nan)).astype(np.float64)

        pt, mass = values("pt"), values("mass")
        children = np.abs(np.stack([values("daughter1"), values("daughter2")]))
        children = np.where(children > 0, children, np.inf).min(axis=0)
        if "decayClass" in llps.fields:
            # hadrons, where a decay was written after hadronisation, become the quark they hold
            known = values("decayClass")
            children = np.where(known > 0, known, children)
        columns |= {
            f"llp{n}_Lxy": np.hypot(values("decayX"), values("decayY")) / units.m,
            f"llp{n}_Lz": np.abs(values("decayZ")) / units.m,
            f"llp{n}_eta": values("eta"),
            f"llp{n}_pT": pt,
            f"llp{n}_ET": np.sqrt(pt**2 + mass**2),
            # daughters beyond those that are kept do not come into it; nan where the particle is not there
            f"llp{n}_child_pdgId": np.where(np.isfinite(pt), np.where(np.isinf(children), 0.0, children), np.nan),
        }
    ordered = {f"llp{n}_{q}": columns[f"llp{n}_{q}"] for n in (1, 2) for q in LLP_QUANTITIES}
    return ordered, n_llp
