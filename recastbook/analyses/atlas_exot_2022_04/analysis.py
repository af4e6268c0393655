"""ATLAS-EXOT-2022-04 (arXiv:2407.09183): six selections, each a surrogate model of truth features."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from recastbook.analyses.atlas_exot_2022_04.sample_checks import absent_after_the_run
from recastbook.analysis import STAND_IN, Analysis
from recastbook.exceptions import BadOption, MissingData, RecastbookError
from recastbook.surrogates.truth_features import FEATURES, LLP_QUANTITIES

if TYPE_CHECKING:
    from recastbook.detector import Detector, ReconstructedDetector
    from recastbook.network.card import ModelCard
    from recastbook.result import Result
    from recastbook.statistics import Verdict
    from recastbook.surrogates.model import SurrogateModel

__all__ = ["ATLAS_EXOT_2022_04"]

_REGIONS = ("A", "B", "C", "D")


class ATLAS_EXOT_2022_04(Analysis):
    """Displaced jets in the calorimeter with jets or a leptonic W or Z, by the published surrogate models."""

    identifier = "ATLAS-EXOT-2022-04"
    api_version = 1

    # -- physics ------------------------------------------------------------------------------------

    def objects(self, events: ak.Array, detector: Detector | ReconstructedDetector) -> dict[str, Any]:
        """Take the truth features; there is no detector in it, the surrogates hold it.

        Parameters
        ----------
        events
            N events at the truth level.
        detector
            Gives the keys of the random numbers that order the two particles.

        Returns
        -------
        dict
            ``features``: name -> values of shape (N,); ``n_llp``, shape (N,); ``llps``, to be looked at.
        """
        from recastbook.surrogates.truth_boson import boson_of_events
        from recastbook.surrogates.truth_events import features_of_events

        if "GenLLP" not in events.fields:
            message = f"{self.identifier} needs truth events; reconstructed ones hold no long-lived particles"
            raise BadOption(message)
        columns, n_llp = features_of_events(events)
        columns |= boson_of_events(events)
        if self.options["llp_order"] == "random":
            n = len(n_llp)
            drawn = detector.keys.draw("uniform", "atlas_exot_2022_04_order", np.arange(n), np.full(n, -1))
            swap = (drawn < 0.5) & (n_llp >= 2)
            for quantity in LLP_QUANTITIES:
                first, second = columns[f"llp1_{quantity}"], columns[f"llp2_{quantity}"]
                columns[f"llp1_{quantity}"] = np.where(swap, second, first)
                columns[f"llp2_{quantity}"] = np.where(swap, first, second)
        if self.options["single_llp"] == "copy":
            alone = n_llp == 1
            for quantity in LLP_QUANTITIES:
                first = columns[f"llp1_{quantity}"]
                columns[f"llp2_{quantity}"] = np.where(alone, first, columns[f"llp2_{quantity}"])
        return {"features": columns, "n_llp": n_llp, "llps": events["GenLLP"]}

    def features(self, objects: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Return the features of the surrogates, in metres and GeV, and the number of long-lived particles."""
        return {"n_llp": objects["n_llp"], **objects["features"]}

    def region_weights(self, features: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float64]]:
        """Return the probability of each region of each selection whose model is there; 0 where there are no LLPs."""
        out: dict[str, NDArray[np.float64]] = {}
        matrix = np.stack([np.asarray(features[name], dtype=np.float64) for name in FEATURES], axis=1)
        usable = np.isfinite(matrix).all(axis=1) & (np.asarray(features["n_llp"]) <= 2)
        columns = {name: matrix[usable, i] for i, name in enumerate(FEATURES)}
        for selection, model in self.surrogates.items():
            found = np.zeros((len(matrix), len(model.classes)))
            if usable.any():
                raw = np.stack([columns[f.name] for f in model.features], axis=1)
                scores = model.session.run(model.card.normalise(raw))
                found[usable] = np.stack([scores[c] for c in model.classes], axis=1)
            for region in _REGIONS:
                # sums of leaves in float32 may pass 1 in the last digit
                out[f"{selection}-{region}"] = np.clip(found[:, model.classes.index(region)], 0.0, 1.0)
        return out

    def inputs_for(
        self,
        network: str,
        objects: Mapping[str, Any],
        variant: str = "default",  # noqa: ARG002 - a contract
        mask: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        """Return the inputs of one selection's model, shape (number of events wanted, inputs)."""
        names = [column.name for column in self.cards[network].inputs]
        matrix = np.stack([objects["features"][name] for name in names], axis=1)
        return matrix if mask is None else matrix[np.asarray(mask, dtype=bool)]

    # -- models ---------------------------------------------------------------------------------------

    @property
    def selections(self) -> tuple[str, ...]:
        """Names of the six selections."""
        return tuple(self.about["selections"])

    @property
    def weighted_regions(self) -> tuple[str, ...]:  # type: ignore[override] # here it depends on the models found
        """Regions whose model is there."""
        return tuple(f"{s}-{r}" for s in self.surrogates for r in _REGIONS)

    @property
    def cards(self) -> Mapping[str, ModelCard]:
        """Model cards by selection: those of the models in use, else the published ones."""
        if self._cards is None:
            from recastbook.network.card import ModelCard

            folder = self._own_folder() / "models"
            self._cards = {s: ModelCard.load(folder / f"{_stem(s)}.yaml") for s in self.selections}
        return self._cards

    @cached_property
    def surrogates(self) -> dict[str, SurrogateModel]:
        """Models that can be run, by selection; empty before :meth:`configured` looked them up."""
        from recastbook.surrogates.model import SurrogateModel

        share = float(self.about["surrogate_uncertainty"])
        return {
            selection: SurrogateModel(self.cards[selection], opened, selection=selection, relative_uncertainty=share)
            for selection, (opened,) in self._sessions.items()
        }

    def configured(
        self, *, options: Mapping[str, Any] | None = None, network: str | os.PathLike[str] | None = None
    ) -> ATLAS_EXOT_2022_04:
        """Return a copy with other options and with its models looked up; see :meth:`recastbook.Analysis.configured`.

        Parameters
        ----------
        options
            Switches to set.
        network
            None for the published models where they are in the data store; ``"stand-in"`` for the synthetic forests;
            a folder with published files.
        """
        twin: Any = super().configured(options=options, network=network)
        twin.__dict__.pop("surrogates", None)
        return twin  # type: ignore[no-any-return] # a copy of this very class

    def _choose_network(self, network: str | os.PathLike[str] | None) -> None:
        from recastbook.network.card import ModelCard

        if network is not None and str(network) == STAND_IN:
            folder = self._own_folder() / "stand_in"
            self._cards = {s: ModelCard.load(folder / f"{_stem(s)}.yaml") for s in self.selections}
            self._sessions = {s: (card.session(),) for s, card in self._cards.items()}
            self.network_label = "synthetic forest, not ATLAS"
            return
        cards = dict(self.cards)
        for selection in self.selections:
            try:
                card, session = self._published(selection, network)
            except (MissingData, RecastbookError) as error:
                if network is not None and not isinstance(error, MissingData):
                    raise
                self._missing[selection] = str(error)
                continue
            cards[selection] = card
            self._sessions[selection] = (session,)
        if network is not None and not self._sessions:
            raise MissingData(next(iter(self._missing.values())))
        self._cards = cards
        if not self._sessions:
            self.network_reason = next(iter(self._missing.values()))

    def _published(self, selection: str, network: str | os.PathLike[str] | None) -> tuple[ModelCard, Any]:
        from recastbook import store
        from recastbook.surrogates.published_model import load_folder

        stem = _stem(selection)
        if network is not None:
            folder = Path(network)
            if not folder.is_dir():
                message = f"network takes 'stand-in' or a folder with the published models, not {str(network)!r}"
                raise MissingData(message)
            if not any(folder.rglob(f"{stem}_features.txt")):
                message = f"{folder} holds no {stem}_features.txt, so not the model of {selection}"
                raise MissingData(message)
        else:
            found = store.locate(f"{stem}_features.txt")
            if found is None:
                doi = self.about["models"]["doi"]
                message = (
                    "the model of this selection (SELECTION_model, its features and scaler) is not on this machine: "
                    f"`recastbook fetch {self.identifier}` gets the record of DOI {doi}; a copy is named in "
                    "RECASTBOOK_DATA or by network=FOLDER (--network FOLDER)"
                )
                raise MissingData(message)
            folder = found.parent
        card, file, _ = load_folder(folder, stem, trust=False, scaler="inside")
        card = dataclasses.replace(card, title=f"Surrogate of the selection {selection} of {self.identifier}")
        return card, card.session(file).open()

    def _own_folder(self) -> Path:
        folder = self.folder()
        if folder is None:
            message = f"{self.identifier}: its folder is not found"
            raise MissingData(message)
        return folder

    # -- judging ----------------------------------------------------------------------------------------

    def counting_models(self) -> dict[str, Any]:
        """Return A of the selections with known counts as a single region, background B C / D; for display.

        The verdict fits all four regions instead.
        """
        from recastbook.analyses.atlas_exot_2022_04.judging import known_counts
        from recastbook.statistics import CountingModel
        from recastbook.statistics.abcd import ABCDModel

        planes = [ABCDModel(counts, name=f"{s}-A") for s, counts in known_counts(self).items()]
        return {p.name: CountingModel(p.observed, p.background, p.background_error, name=p.name) for p in planes}

    def verdict(self, result: Result, *, counts: Mapping[str, Sequence[int]] | None = None, **choices: Any) -> Verdict:
        """Return whether the model is excluded, by a fit of the ABCD plane of each selection with its signal in it.

        Parameters
        ----------
        result
            What :meth:`run` returned.
        counts
            Selection -> observed events in A, B, C, D. Those of CR+2J are known; others come from the user.
        **choices
            Passed on to :func:`recastbook.statistics.decide`. The signal's error, 25 % for the surrogate and the
            Monte-Carlo error, is a nuisance parameter by default.
        """
        from recastbook.analyses.atlas_exot_2022_04.judging import judge

        return judge(self, result, counts or {}, choices)

    # -- the whole sample -------------------------------------------------------------------------------

    def completed(self, result: Result) -> Result:
        """Take away regions whose number must not be quoted: validity guard, no boson, other numbers of particles."""
        return absent_after_the_run(self, result)


def _stem(selection: str) -> str:
    return selection.replace("+", "")
