"""A generator filter: keep events with a hard charged lepton from a decay of the hard process, before any shower.

A search with a lepton uses one event in five of a process whose W bosons decay freely, and showers with multiparton
interactions cost nearly all of the time. The filter looks at the process record once all heavy particles have decayed,
so that an event it drops costs next to nothing. It is looser than any selection it is meant for: initial-state
radiation that comes later may lift a lepton over a threshold, and a lepton from a tau carries part of its momentum.
Leptons from decays of hadrons are not seen; how many selected events that and the thresholds lose is to be measured
for the selection in question (``tests/validation/results/lepton_filter.json`` for ATLAS-SUSY-2019-04).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from recastbook.exceptions import BadOption

__all__ = ["MAX_ABS_ETA", "TAU_FACTOR", "LeptonFilterCount", "lepton_filter", "lepton_hook"]

TAU_FACTOR = 2.0
"""A tau must have this many times the pT asked of an electron or muon: its lepton carries a third of it on average."""
MAX_ABS_ETA = 3.0
"""Largest pseudorapidity in the process record; detectors find leptons up to 2.5."""


def lepton_filter(min_pt: Any, *, where: str) -> dict[str, float]:
    """Return the thresholds of the filter, empty for none.

    Parameters
    ----------
    min_pt
        Smallest pT of an electron or muon, GeV; 0 for no filter.
    where
        Names the preset in an error.

    Raises
    ------
    BadOption
        If it is not a number of 0 or more.

    Examples
    --------
    >>> lepton_filter(20, where="higgsino-tbs")
    {'min_pt': 20.0, 'min_pt_tau': 40.0, 'max_abs_eta': 3.0}
    """
    try:
        pt = math.nan if isinstance(min_pt, bool) else float(min_pt)
    except (TypeError, ValueError):
        pt = math.nan
    if not math.isfinite(pt) or pt < 0:
        message = f"{where}: lepton_filter must be a pT in GeV, or 0 for no filter, not {min_pt!r}"
        raise BadOption(message)
    return {} if pt == 0 else {"min_pt": pt, "min_pt_tau": TAU_FACTOR * pt, "max_abs_eta": MAX_ABS_ETA}


class LeptonFilterCount:
    """How many events of the hard process the filter saw and kept."""

    def __init__(self) -> None:
        self.seen = 0
        self.kept = 0

    @property
    def efficiency(self) -> tuple[float, float]:
        """Kept over seen with its binomial error; (1, 0) if nothing was filtered.

        Examples
        --------
        >>> count = LeptonFilterCount()
        >>> count.seen, count.kept = 400, 200
        >>> count.efficiency
        (0.5, 0.025)
        """
        if self.seen == 0:
            return 1.0, 0.0
        share = self.kept / self.seen
        return share, math.sqrt(share * (1.0 - share) / self.seen)


def lepton_hook(pythia8mc: Any, thresholds: Mapping[str, float], count: LeptonFilterCount) -> Any:
    """Return a hook that vetoes events of the hard process without a hard charged lepton.

    Pythia takes what is vetoed out of its cross section, which is then that of the events kept.

    Parameters
    ----------
    pythia8mc
        The module.
    thresholds
        ``min_pt`` and ``min_pt_tau`` in GeV, ``max_abs_eta``.
    count
        Filled while events are made.
    """
    at_least = {11: thresholds["min_pt"], 13: thresholds["min_pt"], 15: thresholds["min_pt_tau"]}
    max_abs_eta = thresholds["max_abs_eta"]

    class LeptonFilter(pythia8mc.UserHooks):
        """Look at the record after resonance decays, before showers."""

        def canVetoProcessLevel(self) -> bool:  # noqa: N802  (named by Pythia)
            return True

        def doVetoProcessLevel(self, process: Any) -> bool:  # noqa: N802
            count.seen += 1
            for i in range(1, process.size()):
                particle = process[i]
                code = particle.idAbs()
                if code not in at_least or not particle.isFinal():
                    continue
                if particle.pT() > at_least[code] and abs(particle.eta()) < max_abs_eta:
                    count.kept += 1
                    return False
            return True

    return LeptonFilter()
