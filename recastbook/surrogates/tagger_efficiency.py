"""The guideline's second way: a tagger of single objects replaced by its efficiencies and mistag rates."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook import display
from recastbook.exceptions import BadFile, BadOption, UnknownName, did_you_mean
from recastbook.writing import whole

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard

__all__ = ["FLAVOURS", "TaggerEfficiency"]

FLAVOURS = {5: "b", 4: "c", 15: "tau", 0: "light"}
"""Flavour labels of the jets that the detector tags."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


@dataclass(frozen=True)
class TaggerEfficiency(display.Tabular):
    """Probability that a tagger says yes, in bins of pT and abs(eta), for each flavour.

    Make one with :meth:`from_jets`. It stands for a tagger of single objects only: how often a network that tells
    signal from background says yes depends on the signal, and :meth:`offer_for` refuses it.
    """

    pt_edges: tuple[float, ...]
    """Rising edges in GeV; jets outside are put into the nearest bin."""
    eta_edges: tuple[float, ...]
    """Rising edges of abs(eta); jets outside the last one are never tagged."""
    flavours: tuple[int, ...]
    """Flavour labels: 5 b, 4 c, 15 tau, 0 light."""
    values: NDArray[np.float64] = field(repr=False)
    """Efficiencies and mistag rates, shape (flavours, eta bins, pT bins)."""
    errors: NDArray[np.float64] = field(repr=False)
    """Statistical errors, same shape."""
    jets: NDArray[np.float64] = field(repr=False)
    """Effective number of jets in each bin, (sum w)^2 / sum w^2, same shape."""
    source: str = ""
    """Tagger, working point and sample."""
    filled: tuple[str, ...] = ()
    """Bins without jets, which took the mean of their flavour."""

    @classmethod
    def from_jets(
        cls,
        pt: ArrayLike,
        eta: ArrayLike,
        flavour: ArrayLike,
        tagged: ArrayLike,
        *,
        pt_edges: Sequence[float],
        eta_edges: Sequence[float] = (0.0, 2.5),
        weight: ArrayLike | None = None,
        source: str = "",
    ) -> TaggerEfficiency:
        """Measure the efficiencies of a tagger.

        Parameters
        ----------
        pt, eta, flavour
            Jets: pT in GeV, pseudorapidity, label (5, 4, 15 or 0), each of shape (M,).
        tagged
            The tagger's decisions, booleans of shape (M,).
        pt_edges, eta_edges
            Rising edges, of abs(eta) for the latter.
        weight
            Weights of the jets, shape (M,).
        source
            Tagger, working point and sample; shown with the card.

        Raises
        ------
        BadFile
            If shapes or values do not fit; the jet is named.
        BadOption
            If edges do not rise, or a flavour has no jets at all.

        Examples
        --------
        >>> said = [True, True, True, False]
        >>> t = TaggerEfficiency.from_jets([50.0] * 4, [0.1] * 4, [5] * 4, said, pt_edges=[20, 100])
        >>> float(t.values[0, 0, 0])
        0.75
        """
        x, y = np.asarray(pt, dtype=np.float64), np.abs(np.asarray(eta, dtype=np.float64))
        kinds, said = np.asarray(flavour), np.asarray(tagged)
        w = np.ones(len(x)) if weight is None else np.asarray(weight, dtype=np.float64)
        _check_jets(x, y, kinds, said, w)
        edges_pt, edges_eta = _edges(pt_edges, "pt_edges"), _edges(eta_edges, "eta_edges")
        inside = (y >= edges_eta[0]) & (y < edges_eta[-1])
        column = np.clip(np.searchsorted(edges_pt, x, side="right") - 1, 0, len(edges_pt) - 2)
        row = np.clip(np.searchsorted(edges_eta, y, side="right") - 1, 0, len(edges_eta) - 2)
        present = tuple(f for f in FLAVOURS if (kinds == f).any())
        shape = (len(present), len(edges_eta) - 1, len(edges_pt) - 1)
        values, errors, effective = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        filled = []
        for i, label in enumerate(present):
            mine = inside & (kinds == label)
            if not mine.any():
                msg = f"no {FLAVOURS[label]}-jet lies within abs(eta) {edges_eta[0]:g} to {edges_eta[-1]:g}"
                raise BadOption(msg)
            mean = _rate(said[mine], w[mine])
            for j in range(shape[1]):
                for k in range(shape[2]):
                    here = mine & (row == j) & (column == k)
                    found = _rate(said[here], w[here]) if here.any() else mean
                    values[i, j, k], errors[i, j, k], effective[i, j, k] = found
                    if not here.any():
                        effective[i, j, k] = 0.0
                        # nothing was measured here: the spread over the flavour's range is the least that is unknown
                        errors[i, j, k] = max(mean[1], 0.5 * mean[0])
                        filled.append(
                            f"{FLAVOURS[label]}, pT {edges_pt[k]:g} to {edges_pt[k + 1]:g} GeV, abs(eta) "
                            f"{edges_eta[j]:g} to {edges_eta[j + 1]:g}"
                        )
        return cls(
            tuple(map(float, edges_pt)), tuple(map(float, edges_eta)), present, values, errors, effective, source,
            tuple(filled),
        )  # fmt: skip

    def efficiency(self, pt: ArrayLike, eta: ArrayLike, flavour: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each jet to be tagged, shape (M,).

        Raises
        ------
        UnknownName
            If a flavour was not measured.
        """
        x, y, kinds = np.asarray(pt, float), np.abs(np.asarray(eta, float)), np.asarray(flavour)
        column = np.clip(np.searchsorted(self.pt_edges, x, side="right") - 1, 0, len(self.pt_edges) - 2)
        row = np.clip(np.searchsorted(self.eta_edges, y, side="right") - 1, 0, len(self.eta_edges) - 2)
        out = np.full(len(x), np.nan)
        for i, label in enumerate(self.flavours):
            mine = kinds == label
            out[mine] = self.values[i, row[mine], column[mine]]
        missing = np.unique(kinds[np.isnan(out)])
        if len(missing):
            msg = f"the flavour {int(missing[0])} was not measured; there are {', '.join(map(str, self.flavours))}"
            raise UnknownName(msg)
        out[(y < self.eta_edges[0]) | (y >= self.eta_edges[-1])] = 0.0
        return out

    def export(
        self,
        folder: str | os.PathLike[str],
        *,
        name: str,
        extends: str = "atlas-run2",
        missing: Mapping[int, float] | None = None,
    ) -> Path:
        """Write a detector card whose b-tagging is this tagger; return its YAML file.

        The card extends another one. Its entry ``btag`` has the alternatives `name`, ``name-up`` and ``name-down``:
        all rates one statistical error up or down. Give the path to ``search.run(..., detector=PATH)``.

        Parameters
        ----------
        folder
            Where to; made if needed.
        name
            Name of the tagger: letters, digits and hyphens.
        extends
            Card that everything else is taken from.
        missing
            Flavour -> rate for flavours that were not measured; all of 5, 4, 15 and 0 are needed.

        Raises
        ------
        BadOption
            If a flavour is missing, a rate outside [0, 1], or the name cannot be one.
        """
        from recastbook.detector import load_card

        if not _NAME.fullmatch(name):
            msg = f"{name!r} cannot be the name of a tagger: letters, digits and hyphens, a letter first"
            raise BadOption(msg)
        given = dict(missing or {})
        for label, rate in given.items():
            if label not in FLAVOURS or not 0 <= rate <= 1:
                msg = f"missing: {label!r}: {rate!r}; flavours are {', '.join(map(str, FLAVOURS))}, rates in [0, 1]"
                raise BadOption(msg)
        absent = [f for f in FLAVOURS if f not in self.flavours and f not in given]
        if absent:
            words = ", ".join(f"{f} ({FLAVOURS[f]})" for f in absent)
            msg = f"no jets of flavour {words} were measured; missing={{{absent[0]}: RATE}} gives a rate for them"
            raise BadOption(msg)
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        corrections = [self._correction(f"btag_{name}{end}", shift, given) for end, shift in _VARIATIONS.items()]
        _write(place / f"{name}.json", json.dumps({"schema_version": 2, "corrections": corrections}))
        alternatives = "".join(
            f'      {name}{end}: {{correction: "btag_{name}{end}", source: {json.dumps(self._source(end))}}}\n'
            for end in _VARIATIONS
        )
        # those of the other card stay: a search may ask for one of them by name
        alternatives += "".join(
            f"      {json.dumps(a.name)}: {{correction: {json.dumps(a.correction)}, source: {json.dumps(a.source)}}}\n"
            for a in load_card(extends)["btag"].alternatives
            if a.name not in {f"{name}{end}" for end in _VARIATIONS}
        )
        text = (
            f"name: {name}\ndescription: {json.dumps(f'{extends} with the tagger {name}')}\nextends: {extends}\n"
            f"corrections: {name}.json\nentries:\n  btag:\n    object: jets\n    action: tags jets by pT, abs(eta) and "
            f"flavour\n    default: {name}\n    alternatives:\n{alternatives}"
        )
        target = place / f"{name}.yaml"
        _write(target, text)
        load_card(target)  # what cannot be read again is no card
        return target

    def offer_for(self, card: ModelCard) -> ModelCard:
        """Return the model card of the tagger with these efficiencies named as its substitute.

        Raises
        ------
        BadOption
            If the network is no tagger of single objects (rule LH07 of ``recastbook lint``).
        """
        if card.role != "object_tagger":
            msg = (
                f"{card.title!r} is a network of the role {card.role}; efficiencies stand for taggers of objects. "
                "How often a network that tells signal from background says yes depends on the signal; publish the "
                "network, or build a surrogate (rb.surrogates.Studio)"
            )
            raise BadOption(msg)
        rates = ", ".join(FLAVOURS[f] for f in self.flavours)
        substitute = f"TaggerEfficiency in pT, abs(eta) and flavour with mistag rates ({rates}): {self.source}"
        return replace(card, reuse=replace(card.reuse, strategy="efficiencies", substitute=substitute))

    def _source(self, end: str) -> str:
        variation = {"": "", "-up": "; one statistical error up", "-down": "; one statistical error down"}[end]
        return f"{self.source or 'measured on jets of a sample'}{variation}"

    def _correction(self, name: str, shift: float, given: Mapping[int, float]) -> dict[str, Any]:
        content = []
        for label in FLAVOURS:
            if label in self.flavours:
                i = self.flavours.index(label)
                rates = np.clip(self.values[i] + shift * self.errors[i], 0.0, 1.0)
                value: Any = {
                    "nodetype": "multibinning", "inputs": ["abs_eta", "pt"],
                    "edges": [list(self.eta_edges), list(self.pt_edges)],
                    "content": [float(v) for v in rates.ravel()], "flow": "clamp",
                }  # fmt: skip
            else:
                value = float(given[label])
            content.append({"key": label, "value": value})
        # beyond the last edge of abs(eta) nothing is tagged; clamping is for pT
        flavours = {"nodetype": "category", "input": "flavour", "content": content}
        last = self.eta_edges[-1]
        edges = [0.0, last, "inf"] if self.eta_edges[0] == 0 else [0.0, self.eta_edges[0], last, "inf"]
        parts = [flavours, 0.0] if self.eta_edges[0] == 0 else [0.0, flavours, 0.0]
        return {
            "name": name, "description": self._source(""), "version": 1,
            "inputs": [{"name": "abs_eta", "type": "real"}, {"name": "pt", "type": "real"},
                       {"name": "flavour", "type": "int"}],
            "output": {"name": "probability", "type": "real", "description": "probability that a jet is tagged"},
            "data": {"nodetype": "binning", "input": "abs_eta", "edges": edges, "content": parts, "flow": "clamp"},
        }  # fmt: skip

    _HEADERS = ("flavour", "abs(eta)", "pT [GeV]", "probability [%]", "effective jets")

    def _rows(self) -> list[list[object]]:
        rows: list[list[object]] = []
        for i, label in enumerate(self.flavours):
            for j in range(len(self.eta_edges) - 1):
                for k in range(len(self.pt_edges) - 1):
                    n = self.jets[i, j, k]
                    value = display.plus_minus(100 * self.values[i, j, k], 100 * self.errors[i, j, k])
                    rows.append([
                        FLAVOURS[label], f"{self.eta_edges[j]:g} to {self.eta_edges[j + 1]:g}",
                        f"{self.pt_edges[k]:g} to {self.pt_edges[k + 1]:g}", value,
                        display.number(n) if n else display.Cell("none", "absent"),
                    ])  # fmt: skip
        return rows

    def _notes(self) -> list[str]:
        empty = [f"{len(self.filled)} bins have no jets and took the mean of their flavour"] if self.filled else []
        return [*([self.source] if self.source else []), *empty]

    def __str__(self) -> str:
        return str(self._as_table())

    def _as_table(self) -> display.TableView:
        return display.TableView(self._HEADERS, self._rows(), "Tagger efficiency", self._notes())

    def _repr_html_(self) -> Any:
        return self._as_table()._repr_html_()


_VARIATIONS = {"": 0.0, "-up": 1.0, "-down": -1.0}


def _edges(values: Sequence[float], what: str) -> NDArray[np.float64]:
    edges = np.asarray(values, dtype=np.float64)
    if edges.ndim != 1 or len(edges) < 2 or not np.isfinite(edges).all() or (np.diff(edges) <= 0).any():
        msg = f"{what} is {list(values)!r}; rising finite numbers are needed, at least two"
        raise BadOption(msg)
    return edges


def _rate(said: NDArray[np.bool_], weight: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return rate, its error and the effective number of jets; the error is half of Wilson's interval."""
    total = float(np.sum(weight))
    effective = total**2 / float(np.sum(weight**2))
    rate = min(max(float(np.sum(weight[said])) / total, 0.0), 1.0)
    half = math.sqrt(rate * (1 - rate) / effective + 0.25 / effective**2) / (1 + 1 / effective)
    return rate, half, effective


def _check_jets(
    pt: NDArray[np.float64],
    eta: NDArray[np.float64],
    flavour: NDArray[Any],
    tagged: NDArray[Any],
    weight: NDArray[np.float64],
) -> None:
    named = {"pt": pt, "eta": eta, "flavour": flavour, "tagged": tagged, "weight": weight}
    for name, values in named.items():
        if values.shape != (len(pt),) or pt.ndim != 1:
            msg = f"jets: {name} has shape {values.shape}, pt has {pt.shape}; all are of shape (M,)"
            raise BadFile(msg)
    if tagged.dtype != bool:
        msg = f"jets: tagged holds {tagged.dtype} values; the decisions of the tagger are booleans"
        raise BadFile(msg)
    for name, good in (("pt", np.isfinite(pt) & (pt >= 0)), ("eta", np.isfinite(eta)), ("weight", weight > 0)):
        if not good.all():
            jet = int(np.flatnonzero(~good)[0])
            msg = f"jets: jet {jet}: {name} is {named[name][jet]}"
            raise BadFile(msg)
    unknown = np.flatnonzero(~np.isin(flavour, list(FLAVOURS)))
    if len(unknown):
        label = flavour[unknown[0]]
        msg = f"jets: jet {int(unknown[0])}: flavour {label}.{did_you_mean(str(label), map(str, FLAVOURS))}"
        raise BadFile(msg)


def _write(target: Path, text: str) -> None:
    with whole(target) as partial:
        partial.write_text(text, encoding="utf-8")
