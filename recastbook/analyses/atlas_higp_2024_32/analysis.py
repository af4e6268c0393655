"""Objects and features of ATLAS-HIGP-2024-32 (arXiv:2411.02040), as far as public codes tell.

Numbers of the regions stand in ``regions.yaml``, what the sources leave open is an option (``search.options``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.analyses.atlas_higp_2024_32.variables import VARIABLES, Jets, variables
from recastbook.analysis import Analysis
from recastbook.detector import Detector, ReconstructedDetector
from recastbook.detector.draws import EVENT_INDEX
from recastbook.exceptions import BadOption
from recastbook.features import count, leading
from recastbook.objects import ConeCut, isolated, remove_overlap, select, steps_from_specification

if TYPE_CHECKING:
    from recastbook.result import Result
    from recastbook.statistics import Verdict
    from recastbook.statistics.binned import BinnedModel

__all__ = ["ATLAS_HIGP_2024_32"]

_ELECTRON_CONE = ConeCut(0.2, radius=0.2, kinds=("calorimeter",))
_MUON_CONE = ConeCut(0.2, radius=0.05, kinds=("track",), min_pt=0.5)
_P4 = ("pt", "eta", "phi", "mass")
_LOOSE_TRIGGER = 0.7
"""Share of the events that the looser of the two emulated triggers is asked about."""


class ATLAS_HIGP_2024_32(Analysis):
    """Three Higgs bosons, six b-jets; three networks, each an analysis of its own."""

    identifier = "ATLAS-HIGP-2024-32"
    api_version = 1

    def objects(self, events: ak.Array, detector: Detector | ReconstructedDetector) -> dict[str, Any]:
        """Select objects.

        Parameters
        ----------
        events
            N events at the truth level, or reconstructed ones.
        detector
            The detector bound to them.

        Returns
        -------
        dict
            ``jets``, ``bjets``, ``other_jets`` (not tagged), all of pT > 20 GeV and abs(eta) < 2.5 after overlap
            removal, falling pT; ``jets_before`` overlap removal; ``electrons``, ``muons``; ``trigger`` (shape (N,));
            ``inputs``: the variables of the networks by name, shape (N,), nan where an event has no six jets with
            four tagged ones.
        """
        found = select(detector.jets(events, min_pt=20.0), max_abs_eta=2.5)
        found["btag"] = detector.btag(found)
        cones = detector.cones(events)
        electrons, muons = detector.electrons(events), detector.muons(events)
        electrons = select(electrons, min_pt=20.0, max_abs_eta=2.47, mask=electrons.is_loose)
        muons = select(muons, min_pt=20.0, max_abs_eta=2.5, mask=muons.is_medium)
        baseline = {
            "jets": found,
            "electrons": select(electrons, mask=isolated(electrons, cones, owner=11, cuts=[_ELECTRON_CONE])),
            "muons": select(muons, mask=isolated(muons, cones, owner=13, cuts=[_MUON_CONE])),
        }
        left = remove_overlap(baseline, steps_from_specification(self.about["overlap_removal"]))
        jets = left["jets"]
        objects: dict[str, Any] = {
            **left,
            "jets_before": found,
            "bjets": jets[jets.btag],
            "other_jets": jets[~jets.btag],
        }
        objects["trigger"] = self._trigger(objects, detector)
        objects["inputs"] = self._inputs(objects)
        return objects

    def features(self, objects: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Compute every quantity that a region cuts on, and the variables of the networks."""
        jets, bjets = objects["jets"], objects["bjets"]
        true = objects["jets_before"]
        return {
            "trigger": objects["trigger"].astype(np.int8),
            "n_jets": count(jets),
            "n_bjets": count(bjets),
            "n_jets_40": count(select(jets, min_pt=40.0)),
            "n_bjets_40": count(select(bjets, min_pt=40.0)),
            "n_true_bjets_25": count(select(true, min_pt=25.0, mask=true.flavour == 5)),
            **objects["inputs"],
        }

    def inputs_for(
        self,
        network: str,
        objects: Mapping[str, Any],
        variant: str = "default",
        mask: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        """Fill the ten inputs of one of the networks for some events.

        Parameters
        ----------
        network
            ``"nonres"``, ``"res"`` or ``"heavyres"``.
        objects
            As :meth:`objects` gives them, for N events.
        variant
            Only ``"default"``.
        mask
            Events wanted, shape (N,); all of them must have six jets with four tagged ones.

        Raises
        ------
        BadOption
            If an event is asked for that has no six jets.
        """
        chosen = np.ones(len(objects["trigger"]), dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
        values = {name: objects["inputs"][name][chosen] for name in VARIABLES}
        outside = np.flatnonzero(np.isnan(values["htbjet"]))
        if len(outside):
            row = int(np.flatnonzero(chosen)[outside[0]])
            n_tagged, n_other = len(objects["bjets"][row]), len(objects["other_jets"][row])
            message = (
                f"{len(outside)} of {int(chosen.sum())} events asked for have no six jets; ask for events with six "
                f"jets, four of them b-tagged. The first is in row {row}: {n_tagged + n_other} jets, {n_tagged} tagged"
            )
            raise BadOption(message)
        return self.cards[network].raw_matrix({}, values, variant=None if variant == "default" else variant)

    def _trigger(self, objects: Mapping[str, Any], detector: Detector | ReconstructedDetector) -> NDArray[np.bool_]:
        mode = self.options["trigger"]
        n = len(objects["jets"])
        if mode == "none":
            return np.ones(n, dtype=bool)
        four_jets = count(select(objects["jets"], min_pt=35.0)) >= 4
        n_bjets = count(select(objects["bjets"], min_pt=35.0))
        rows = np.arange(n, dtype=np.int64)
        drawn = detector.keys.draw("uniform", "atlas_higp_2024_32_trigger", rows, np.full(n, EVENT_INDEX))
        loose = drawn < _LOOSE_TRIGGER
        tight = ~loose if mode == "intended" else np.zeros(n, dtype=bool)
        passed: NDArray[np.bool_] = four_jets & ((loose & (n_bjets >= 2)) | (tight & (n_bjets >= 3)))
        return passed

    def _inputs(self, objects: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
        bjets, others = objects["bjets"], objects["other_jets"]
        enough = (count(bjets) >= 4) & (count(bjets) + count(others) >= 6)
        out = {name: np.full(len(enough), np.nan) for name in VARIABLES}
        if not enough.any():
            return out
        # the hardest b-jets, filled up with the hardest other jets, then in falling order of pT
        six = np.stack(leading(ak.concatenate([bjets[enough], others[enough]], axis=1), _P4, 6))
        order = np.argsort(-six[0], axis=1, kind="stable")
        six = np.take_along_axis(six, order[None], axis=2)
        before = self.options["sphericity_jets"] == "before_overlap_removal"
        every = objects["jets_before" if before else "jets"][enough]
        most = int(count(every).max())
        computed = variables(Jets(*six), Jets(*leading(every, _P4, most, padding=0.0)))
        for name, values in computed.items():
            out[name][enough] = values
        return out

    # -- judging ------------------------------------------------------------------------------------

    def binned_models(self) -> dict[str, BinnedModel]:
        """Return one binned model per network: its bins with six b-jets, backgrounds uncorrelated."""
        from recastbook.statistics.binned import BinnedModel

        single = self.counting_models()
        note = str(self.about["statistics"]["note"])
        groups = {name: [m for r, m in single.items() if self.region(r).group == name] for name in self.cards}
        return {name: BinnedModel(tuple(bins), name=name, notes=(note,)) for name, bins in groups.items() if bins}

    def verdict(self, result: Result, *, network: str | None = None, **choices: Any) -> Verdict:
        """Return whether the model is excluded by a fit of all bins of one network.

        Parameters
        ----------
        result
            What :meth:`run` returned.
        network
            ``"nonres"``, ``"res"`` or ``"heavyres"``; the one with the best expected limit if not given. The
            three select the same events and are never combined.
        **choices
            Passed on to :func:`recastbook.statistics.binned.decide_fits`.
        """
        from recastbook.exceptions import AnalysisError
        from recastbook.statistics.binned import BinSignal, decide_fits
        from recastbook.units import invfb

        if result.header.analysis != self.identifier:
            message = f"this result is of {result.header.analysis}, not of {self.identifier}"
            raise AnalysisError(message)
        models = self.binned_models()
        if network is not None:
            known = models
            if network not in known:
                message = f"{self.identifier} has no network {network!r}; it has {', '.join(known)}"
                raise BadOption(message)
            models = {network: known[network]}
        scale = result.scale if result.scale is not None else self.luminosity_fb * invfb / result.total.sum_w
        rows = {row.region: row for row in result.yields("signal")}
        signals, absent = {}, {}
        for name, model in models.items():
            found = [rows[bin_.name] for bin_ in model.bins]
            if any(row.status != "ok" for row in found):
                absent[name] = next(row.reason for row in found if row.status != "ok")
                continue
            signals[name] = tuple(
                BinSignal((row.sum_w or 0.0) * scale, (row.error or 0.0) * scale, row.raw or 0) for row in found
            )
        settings: dict[str, Any] = {
            "cross_section_pb": result.cross_section,
            "luminosity_fb": self.luminosity_fb,
            "absent": absent,
            "label": result.label,
        }
        return decide_fits(models, signals, **(settings | choices))
