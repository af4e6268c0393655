"""A surrogate of a whole search: from truth features to the probability of each region."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook import display
from recastbook.exceptions import BadOption, NetworkError, UnknownName, did_you_mean
from recastbook.network.card import ModelCard
from recastbook.surrogates.card_of_forest import CLASSES
from recastbook.surrogates.domain import domain_remarks
from recastbook.surrogates.efficiency import FEW_EFFECTIVE, SurrogateEfficiency, mean_probability
from recastbook.surrogates.guard import ValidityGuard
from recastbook.surrogates.truth_features import feature
from recastbook.surrogates.truth_table import TruthTable

if TYPE_CHECKING:
    from recastbook.events.sample import Sample
    from recastbook.network.session import Session

__all__ = ["SurrogateModel"]

PRESCRIBED = 0.25
"""Relative uncertainty that the authors put on every efficiency (arXiv:2502.10231)."""
GuardChoice = Literal["sensible", "interchanged", "off"]


class SurrogateModel(display.Tabular):
    """A classifier that says in which region of a search a truth-level event ends.

    Parameters
    ----------
    card
        Its model card: inputs in order with units, five outputs.
    session
        What runs it; found by the card if not given.
    selection
        Name of the selection.
    relative_uncertainty
        Of every efficiency.

    Raises
    ------
    NetworkError
        If the card has other classes or inputs.

    Examples
    --------
    >>> import recastbook as rb
    >>> model = rb.surrogates.SurrogateModel.stand_in("CR+2J")
    >>> model.classes, len(model.features), model.label
    (('unselected', 'A', 'B', 'C', 'D'), 12, 'synthetic, not ATLAS')
    """

    def __init__(
        self,
        card: ModelCard,
        session: Session | None = None,
        *,
        selection: str = "",
        relative_uncertainty: float = PRESCRIBED,
    ) -> None:
        if card.output_names != CLASSES:
            msg = (
                f"{card.title!r} has the classes {', '.join(card.output_names)}; a surrogate of this search has "
                f"{', '.join(CLASSES)}, in this order"
            )
            raise NetworkError(msg)
        if not (np.isfinite(relative_uncertainty) and relative_uncertainty >= 0):
            msg = f"relative_uncertainty is {relative_uncertainty!r}; it is a share such as 0.25"
            raise BadOption(msg)
        self.card = card
        self.features = tuple(feature(column.name) for column in card.inputs)
        """Inputs in order, with units."""
        self.session = card.session() if session is None else session
        self.selection = selection or card.title
        self.relative_uncertainty = relative_uncertainty

    # -- finding one ------------------------------------------------------------------------------

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        selection: str | None = None,
        *,
        trust: bool = False,
        scaler: Literal["inside", "outside"] = "inside",
    ) -> SurrogateModel:
        """Read a model: a card (YAML), or the published folder of features, scaler and forest.

        Parameters
        ----------
        path
            A card, or a folder with ``{selection}_features.txt``, ``{selection}_scaler_mean.npy``,
            ``{selection}_scaler_std.npy`` and ``{selection}_model.onnx`` or ``.pkl`` (in it, or below it).
        selection
            Which model of the folder; may be left out if there is one.
        trust
            A pickle runs code when it is read. With ``trust=True`` it is converted once, in a confined process; the
            ONNX file is kept in the cache.
        scaler
            Whether an ONNX file that is already there holds its scaler.

        Raises
        ------
        MissingData
            If a file is not there.
        NetworkError, BadFile
            If files do not belong together, are in other units, have other classes, or a pickle is not trusted.
        """
        from recastbook.surrogates.published_model import load_folder

        place = Path(path)
        if place.is_dir() and not (place / "network.yaml").is_file():
            card, file, name = load_folder(place, selection, trust=trust, scaler=scaler)
            return cls(card, card.session(file).open(), selection=name)
        card = ModelCard.load(place)
        return cls(card, card.session().open(), selection=selection or "")

    @classmethod
    def stand_in(cls, selection: str = "CR+2J") -> SurrogateModel:
        """Return the synthetic forest of a selection, made by us: for trying things, not for physics.

        Raises
        ------
        UnknownName
            If there is no such selection.
        """
        from importlib.resources import files

        folder = Path(str(files("recastbook") / "analyses" / "atlas_exot_2022_04" / "stand_in"))
        known = {
            file_stem.replace("CR2J", "CR+2J"): file_stem for file_stem in sorted(p.stem for p in folder.glob("*.yaml"))
        }
        if selection not in known:
            msg = f"there is no synthetic forest for {selection!r}.{did_you_mean(selection, known)}"
            raise UnknownName(msg)
        return cls(ModelCard.load(folder / f"{known[selection]}.yaml"), selection=selection)

    # -- facts --------------------------------------------------------------------------------------

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes in the order of the outputs."""
        return self.card.output_names

    @property
    def label(self) -> str:
        """Words that everything made with it shows; empty for a published model."""
        return self.card.label

    @property
    def uses_boson(self) -> bool:
        """Whether it reads the W or Z boson."""
        return any(f.name.startswith("V_") for f in self.features)

    # -- asking it ------------------------------------------------------------------------------------

    def probabilities(
        self, sample: TruthTable | Mapping[str, ArrayLike], *, single_llp: Literal["refuse", "copy"] = "refuse"
    ) -> NDArray[np.float64]:
        """Return the probability of each class, shape (N, 5).

        Parameters
        ----------
        sample
            Truth features, in metres and GeV.
        single_llp
            What to do with events that have one long-lived particle; see :meth:`TruthTable.paired`.

        Raises
        ------
        BadFile
            If features are missing or an event has another number of long-lived particles.
        NetworkError
            If the model fails.
        """
        table = sample if isinstance(sample, TruthTable) else TruthTable.from_columns(sample)
        raw = table.paired(single_llp).matrix([f.name for f in self.features])
        scores = self.session.run(self.card.normalise(raw))
        return np.stack([scores[name] for name in self.classes], axis=1).astype(np.float64)

    def probability(
        self,
        sample: TruthTable | Mapping[str, ArrayLike],
        region: str = "A",
        *,
        single_llp: Literal["refuse", "copy"] = "refuse",
    ) -> NDArray[np.float64]:
        """Return the probability of one region, shape (N,); arguments as :meth:`probabilities`."""
        return self.probabilities(sample, single_llp=single_llp)[:, self._position(region)]

    def efficiency(
        self,
        sample: TruthTable | Mapping[str, ArrayLike] | Sample | str | os.PathLike[str],
        region: str = "A",
        *,
        single_llp: Literal["refuse", "copy"] = "refuse",
        guard: GuardChoice | ValidityGuard = "sensible",
    ) -> SurrogateEfficiency:
        """Return the efficiency of a sample: the mean probability of a region over all its events.

        Parameters
        ----------
        sample
            Truth features, a CSV file in the published layout, or a sample of events.
        region
            Which class.
        single_llp
            See :meth:`probabilities`.
        guard
            ``"sensible"``, ``"interchanged"`` (as the authors' code), ``"off"``, or a guard of one's own.

        Returns
        -------
        SurrogateEfficiency
            Value, statistical error, prescribed uncertainty; no value where the guard fails.
        """
        self._position(region)
        table = self._table(sample).paired(single_llp)
        probabilities = self.probabilities(table)
        means = {c: mean_probability(probabilities[:, i], table.weight) for i, c in enumerate(self.classes)}
        judge = self._guard(guard)
        warnings = [*table.notes, *domain_remarks(self.card, table)]
        if self.uses_boson and not table.has_boson:
            warnings.append(f"{self.selection} reads the W or Z boson; the sample has none, 0 is fed")
        if 0 < means[region].effective < FEW_EFFECTIVE:
            warnings.append(
                f"the mean is made by an effective number of {means[region].effective:.1f} events: a few leaves of the "
                "forest decide it"
            )
        return SurrogateEfficiency(
            selection=self.selection,
            region=region,
            sample=table.name,
            n_events=len(table),
            means=means,
            relative_uncertainty=self.relative_uncertainty,
            guard=None if judge is None else judge.check(table),
            warnings=tuple(warnings),
            label=self.label,
        )

    def _position(self, region: str) -> int:
        if region not in self.classes:
            msg = f"{self.selection} has no class {region!r}.{did_you_mean(region, self.classes)}"
            raise UnknownName(msg)
        return self.classes.index(region)

    @staticmethod
    def _guard(guard: GuardChoice | ValidityGuard) -> ValidityGuard | None:
        if isinstance(guard, ValidityGuard):
            return guard
        if guard == "off":
            return None
        return ValidityGuard(convention=guard)

    @staticmethod
    def _table(sample: TruthTable | Mapping[str, ArrayLike] | Sample | str | os.PathLike[str]) -> TruthTable:
        if isinstance(sample, TruthTable):
            return sample
        if isinstance(sample, Mapping):
            return TruthTable.from_columns(sample)
        if isinstance(sample, (str, os.PathLike)):
            if Path(sample).suffix.lower() == ".csv":
                return TruthTable.from_csv(sample)
            from recastbook.events.sample import Sample

            sample = Sample(sample)  # type: ignore[arg-type]
        return TruthTable.from_sample(sample)

    # -- showing ------------------------------------------------------------------------------------

    def _facts(self) -> dict[str, object]:
        return {
            "selection": self.selection,
            "inputs": f"{len(self.features)}: {self.features[0].name} to {self.features[-1].name}",
            "classes": ", ".join(self.classes),
            "scaler": f"{self.card.normalisation.where} the file",
            "file": self.card.files[0].name,
            "uncertainty": f"{100 * self.relative_uncertainty:g} % on every efficiency",
        }

    def __str__(self) -> str:
        return display.text_card("Surrogate model", self._facts(), notes=[self.label] if self.label else [])

    def _as_table(self) -> display.TableView:
        rows = [[f.name, f.unit, f.definition, _range(c.valid_range)]
                for f, c in zip(self.features, self.card.inputs, strict=True)]  # fmt: skip
        notes = [*filter(None, [self.label]), *(f"{name}: {value}" for name, value in self._facts().items())]
        return display.TableView(("input", "unit", "", "training range"), rows, "Surrogate model", notes)

    def _repr_html_(self) -> Any:
        shown = self._as_table()
        table = display.joined(display.html_table(shown.headers, shown.rows), display.copies(shown))
        badges = [display.badge(self.label, "warning")] if self.label else []
        return display.card("Surrogate model", self._facts(), badges=badges, body=[display.fold("inputs", table)])


def _range(window: tuple[float, float] | None) -> str:
    return "not stated" if window is None else f"{display.number(window[0])} to {display.number(window[1])}"
