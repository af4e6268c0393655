"""An efficiency map: how likely a search selects an event, by truth quantities of its long-lived particles."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recastbook import display
from recastbook.exceptions import BadOption, BadSpecification, UnknownName
from recastbook.surrogates.efficiency_map_axes import OUTSIDE, BinAxis, ClassAxis
from recastbook.surrogates.efficiency_map_binning import CALRATIO, MapBinning
from recastbook.surrogates.efficiency_map_report import FEW_CELLS, LookupReport, MapLookup

__all__ = ["MAX_CELLS", "UNKNOWN", "EfficiencyMap"]

UNKNOWN = math.sqrt(1 / 8)
"""Error of a cell of a fit that no event filled: the standard deviation of Beta(1/2, 1/2)."""
MAX_CELLS = 40_000_000
"""Largest number of cells held in memory (320 MB): 260 bins of two particles are 67,600, of three 17.6 million."""


@dataclass(frozen=True)
class EfficiencyMap(display.Tabular):
    """Probabilities in bins of the quantities of one, two or more long-lived particles.

    Parameters
    ----------
    binning
        Axes and number of particles.
    values
        Probabilities, one axis of ``binning.size`` a particle: shape (260, 260) for the shipped binning.
    errors
        Statistical errors of the same shape; None where none are known.
    facts
        Where it comes from: title, selection, source, checksum.

    Raises
    ------
    BadSpecification
        If the shape is not that of the binning, a probability is no number or outside [0, 1], or a map that should be
        symmetric is not; cell and value are named.

    Examples
    --------
    >>> bins = MapBinning.from_dict({"n_llp": 1, "axes": [{"kind": "bins", "name": "pt", "edges": [0, 50, 100]}]})
    >>> emap = EfficiencyMap(bins, np.array([0.1, 0.4]))
    >>> emap.lookup(pt=[20.0, 70.0, 200.0]).probability
    array([0.1, 0.4, 0. ])
    """

    binning: MapBinning
    values: NDArray[np.float64] = field(repr=False)
    errors: NDArray[np.float64] | None = field(default=None, repr=False)
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        b = self.binning
        shape = (b.size,) * b.n_llp
        check_size(b)
        for name in ("values", "errors"):
            array = getattr(self, name)
            if array is None:
                continue
            array = np.array(array, dtype=np.float64)
            if array.shape != shape:
                msg = f"{self.title}: {name} have the shape {array.shape}; the binning asks for {shape}"
                raise BadSpecification(msg)
            bad = ~np.isfinite(array) | (array < 0) | (array > (1.0 if name == "values" else np.inf))
            if bad.any():
                cell = tuple(int(k) for k in np.argwhere(bad)[0])
                msg = (
                    f"{self.title}: {name} must be finite{' and in [0, 1]' if name == 'values' else ', not negative'}; "
                    f"cell {cell} holds {array[cell]} ({int(bad.sum())} such cell(s))"
                )
                raise BadSpecification(msg)
            if b.symmetric and any(not np.array_equal(array, array.swapaxes(0, k)) for k in range(1, b.n_llp)):
                msg = f"{self.title}: the binning says that the order of particles does not matter, yet {name} differ"
                raise BadSpecification(msg)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    # -- making ---------------------------------------------------------------------------------

    @classmethod
    def from_hepdata(
        cls,
        path: str | Path,
        *,
        binning: MapBinning | str | Path | Mapping[str, Any] = CALRATIO,
        missing: Literal["zero", "refuse"] = "zero",
    ) -> EfficiencyMap:
        """Read a map in HEPData's YAML: bin indices as independent variables, the probability as first dependent one.

        Published maps leave out cells of probability 0; of a symmetric map one order of each pair is enough. Labels
        of the bins, where the file has them, are held against the binning. A file that says by its qualifier to be a
        map of ATLAS-EXOT-2019-23 must hold what was published: number and content of its cells are compared.

        Parameters
        ----------
        path
            The YAML file.
        binning
            Name of a shipped binning, a YAML file, a mapping, or a :class:`MapBinning`.
        missing
            What a cell means that is not in the file: ``"zero"`` (default) probability 0, as in published maps;
            ``"refuse"`` that a row was lost, for maps that hold every cell. Nothing else tells a lost row of a map that
            is not known from one that was left out for its 0.

        Raises
        ------
        BadFile
            If the file cannot be read as a map: a cell without value, twice, outside the binning, a probability
            outside [0, 1] or no number, or a label that does not fit its index; file, row and field are named. Also if
            it is not the published map that it says to be, or cells are missing that must not.
        BadOption
            If `missing` is another word.
        """
        from recastbook.surrogates.efficiency_map_hepdata import read_hepdata

        return read_hepdata(Path(path), MapBinning.load(binning), missing)

    @classmethod
    def fit(
        cls,
        selected: Any,
        *,
        binning: MapBinning | str | Path | Mapping[str, Any] = CALRATIO,
        weight: Any = None,
        title: str = "map from a sample",
        **quantities: Any,
    ) -> EfficiencyMap:
        """Make a map from events of which it is known whether, or how likely, they were selected.

        Parameters
        ----------
        selected
            Decision or probability of every event, shape (N,).
        binning
            As in :meth:`from_hepdata`.
        weight
            Positive event weights, shape (N,).
        title
            Shown with the map.
        **quantities
            What the binning needs, arrays of shape (N, n_llp), in GeV and mm.

        Returns
        -------
        EfficiencyMap
            With errors; cells without events have probability 0 and the error of knowing nothing.

        Raises
        ------
        BadOption
            If arrays do not fit each other, or a value is outside its range.
        """
        from recastbook.surrogates.efficiency_map_fit import fit_map

        return fit_map(selected, MapBinning.load(binning), weight, title, quantities)

    # -- using ----------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What the map is of."""
        return str(self.facts.get("title") or self.binning.title or "efficiency map")

    def lookup(self, *, overflow: str | None = None, **quantities: Any) -> MapLookup:
        """Look up the probabilities of events.

        Parameters
        ----------
        overflow
            What happens above the last edge of an axis that has an open end, as the pT of the shipped maps has:
            ``"last"`` (default) puts it into the last bin, ``"zero"`` gives probability 0.
        **quantities
            One array of shape (N, n_llp) for each quantity of the binning; for the shipped binning ``pt`` (GeV),
            ``eta``, ``lxy`` and ``lz`` (mm from the beam, of the decay) and ``pdg_id`` (of the decay product).

        Returns
        -------
        MapLookup
            Probabilities, bins, and a report of what lies outside the map.

        Raises
        ------
        BadOption
            If a quantity is missing, or events have another number of particles than the map.
        """
        columns = self.binning.columns(quantities)
        indices = self.binning.indices(columns, overflow)
        probability = self.at(indices)
        return MapLookup(probability, indices, self._report(columns, indices, probability, overflow))

    def at(self, indices: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the probabilities of bins, shape (N, n_llp); 0 where a bin is -1."""
        inside = np.asarray((indices >= 0).all(axis=1))
        safe = np.where(inside[:, None], indices, 0)
        return np.where(inside, self.values[tuple(safe.T)], 0.0)

    def cell(self, *indices: int) -> float:
        """Return the probability of one cell by the bin of each particle."""
        if len(indices) != self.binning.n_llp or not all(0 <= i < self.binning.size for i in indices):
            msg = f"no cell {indices}: {self.binning.n_llp} bins of 0 to {self.binning.size - 1} are needed"
            raise UnknownName(msg)
        return float(self.values[indices])

    def _report(
        self,
        columns: Mapping[str, NDArray[Any]],
        indices: NDArray[np.intp],
        probability: NDArray[np.float64],
        overflow: str | None,
    ) -> LookupReport:
        no_number = np.zeros(indices.shape, dtype=bool)
        for name in self.binning.needs:
            if columns[name].dtype.kind == "f":
                no_number |= np.isnan(columns[name])
        above = np.zeros(indices.shape, dtype=bool)
        unknown = np.zeros(indices.shape, dtype=bool)
        for axis in self.binning.axes:
            if isinstance(axis, BinAxis) and axis.above_last == "last":
                above |= axis.above(columns)
            elif isinstance(axis, ClassAxis):
                unknown |= axis.bins(columns) == OUTSIDE
        outside = (indices == OUTSIDE) & ~unknown & ~no_number
        farthest, first_edge = self._distances(columns)
        return LookupReport(
            events=len(indices),
            probable=int(np.count_nonzero(probability)),
            above_last=int(above.sum()),
            outside=int(outside.sum()),
            unknown_class=int((unknown & ~no_number).sum()),
            not_a_number=int(no_number.sum()),
            unfilled=int(self._unfilled(indices).sum()),
            cells=self._heaviest(indices, probability),
            overflow=overflow or "last",
            farthest=farthest,
            first_edge=first_edge,
            map_error=self._map_error(indices, probability),
        )

    def _distances(self, columns: Mapping[str, NDArray[Any]]) -> tuple[float | None, float | None]:
        """Return the largest distance of a decay and the end of the first bin of decays, mm; None without any."""
        axis = self.binning.decay_axis
        if axis is None:
            return None, None
        given = [np.abs(np.asarray(columns[part.name], dtype=np.float64)) for part in (axis.below, axis.above)]
        finite = [float(d[np.isfinite(d)].max()) for d in given if np.isfinite(d).any()]
        return max(finite, default=None), float(min(axis.below.edges[1], axis.above.edges[1]))

    @property
    def unfilled(self) -> NDArray[np.bool_]:
        """Which cells of a fitted map no event of its sample filled; none where the map has no errors."""
        if self.errors is None:
            return np.zeros(self.values.shape, dtype=bool)
        return np.asarray((self.values == 0) & (self.errors >= UNKNOWN * (1 - 1e-9)))

    def _unfilled(self, indices: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which events lie in cells of which a fit knows nothing, shape (N,)."""
        inside = np.asarray((indices >= 0).all(axis=1))
        safe = tuple(np.where(inside[:, None], indices, 0).T)
        return np.asarray(inside & self.unfilled[safe])

    def _map_error(self, indices: NDArray[np.intp], probability: NDArray[np.float64]) -> float | None:
        """Relative error of the sum of probabilities.

        Cells that were filled are independent. Events in cells that never were are missing in one direction: they may
        be selected like the others, which is added in quadrature.
        """
        total = float(probability.sum())
        if self.errors is None or total <= 0:
            return None
        unfilled = self._unfilled(indices)
        found = indices[(indices >= 0).all(axis=1) & ~unfilled]
        found = np.sort(found, axis=1) if self.binning.symmetric else found
        cells, counts = np.unique(np.ravel_multi_index(tuple(found.T), self.values.shape), return_counts=True)
        statistical = float(np.sqrt(((counts * self.errors.ravel()[cells]) ** 2).sum())) / total
        return math.hypot(statistical, float(unfilled.sum()) / len(found))

    def _heaviest(self, indices: NDArray[np.intp], probability: NDArray[np.float64]) -> tuple[tuple[str, float], ...]:
        hit = probability > 0
        total = float(probability[hit].sum())
        if total <= 0:
            return ()
        found = np.sort(indices[hit], axis=1) if self.binning.symmetric else indices[hit]
        flat = np.ravel_multi_index(tuple(found.T), self.values.shape)
        cells, inverse = np.unique(flat, return_inverse=True)
        sums = np.bincount(inverse, weights=probability[hit])
        order = np.argsort(-sums, kind="stable")[:FEW_CELLS]
        pairs = (np.unravel_index(int(cells[k]), self.values.shape) for k in order)
        names = (" and ".join(f"[{self.binning.label(int(i))}]" for i in pair) for pair in pairs)
        return tuple((name, float(sums[k]) / total) for name, k in zip(names, order, strict=True))

    # -- averaging ------------------------------------------------------------------------------

    def averaged(self, axis: str, fractions: Mapping[int, float]) -> EfficiencyMap:
        """Return the map averaged over a class axis, such as decays by branching fractions.

        Parameters
        ----------
        axis
            Name of a class axis, ``"pdg_id"``.
        fractions
            Number -> fraction for one particle, the same for each. They may sum to less than 1: the rest is lost.

        Raises
        ------
        BadOption
            If a fraction is negative, they sum to more than 1, or one belongs to no class of the map.
        """
        found = self.binning.axis(axis)
        if not isinstance(found, ClassAxis):
            msg = f"{axis} is no class axis and has no fractions"
            raise BadOption(msg)
        known = {v: k for k, group in enumerate(found.values) for v in group}
        vector = np.zeros(found.size)
        for number, fraction in fractions.items():
            if not (math.isfinite(fraction) and 0 <= fraction <= 1):
                msg = f"the fraction of {number} is {fraction!r}; it must lie in [0, 1]"
                raise BadOption(msg)
            if abs(number) in known:
                vector[known[abs(number)]] += fraction
        total = sum(fractions.values())
        if total > 1 + 1e-9:
            msg = f"fractions sum to {total:g}; more than all particles cannot decay"
            raise BadOption(msg)
        b = self.binning
        kept = MapBinning(tuple(a for a in b.axes if a.name != axis), b.n_llp, b.symmetric, b.title)
        return EfficiencyMap(kept, _averaged(self, axis, vector), None, {**self.facts, "averaged": f"over {axis}"})

    # -- keeping --------------------------------------------------------------------------------

    def save(self, path: str | Path) -> Path:
        """Write the map into one compressed file, whole or not at all; :meth:`load` gives an equal one."""
        from recastbook.surrogates.efficiency_map_file import save_map

        return save_map(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> EfficiencyMap:
        """Read what :meth:`save` wrote; nothing in the file is run.

        Raises
        ------
        BadFile
            If it is no such file, or damaged.
        """
        from recastbook.surrogates.efficiency_map_file import load_map

        return load_map(Path(path))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EfficiencyMap):
            return NotImplemented
        same = (self.errors is None) == (other.errors is None)
        if same and self.errors is not None and other.errors is not None:
            same = np.array_equal(self.errors, other.errors)
        return same and self.binning == other.binning and np.array_equal(self.values, other.values)

    __hash__ = None  # type: ignore[assignment]  # arrays cannot be hashed

    # -- showing --------------------------------------------------------------------------------

    @property
    def filled(self) -> int:
        """Cells with a probability above 0; of a symmetric map each pair once."""
        filled = np.argwhere(self.values > 0)
        if self.binning.symmetric:
            filled = filled[(np.diff(filled, axis=1) >= 0).all(axis=1)]
        return len(filled)

    def profile(self, axis: str) -> NDArray[np.float64]:
        """Return the mean of the filled cells in bins of one axis of the first particle; for pictures."""
        k = [a.name for a in self.binning.axes].index(self.binning.axis(axis).name)
        values = self.values.reshape(*self.binning.shape, -1)
        others = tuple(i for i in range(values.ndim) if i != k)
        count = (values > 0).sum(axis=others)
        return np.asarray(values.sum(axis=others) / np.maximum(count, 1))

    def _items(self) -> dict[str, object]:
        b = self.binning
        per = " x ".join(str(n) for n in b.shape)
        top = float(self.values.max())
        return {
            "particles": f"{b.n_llp}, order {'does not matter' if b.symmetric else 'matters'}",
            "bins of a particle": f"{b.size} ({per}: {', '.join(a.name for a in b.axes)})",
            "needs": ", ".join(b.needs),
            "filled cells": self.filled,
            "largest probability": top,
            "errors": "not published" if self.errors is None else "statistical",
            **{k: _plain(v) for k, v in self.facts.items() if k != "title"},
        }

    def __str__(self) -> str:
        return display.text_card(self.title, self._items())

    def _as_table(self) -> display.TableView:
        rows = [
            [axis.name, str(label), float(mean)]
            for axis in self.binning.axes
            for label, mean in zip(axis.labels, self.profile(axis.name), strict=True)
        ]
        notes = [f"{name}: {value}" for name, value in self._items().items()]
        return display.TableView(("axis", "bin", "mean of filled cells"), rows, self.title, notes)

    def _repr_html_(self) -> display.Html:
        body: list[object] = []
        for axis in self.binning.axes:
            means = self.profile(axis.name)
            top = float(means.max()) or 1.0
            rows = [
                [label, display.Cell(float(mean), bar=float(mean) / top)]
                for label, mean in zip(axis.labels, means, strict=True)
            ]
            head = [axis.name, "mean of filled cells"]
            body.append(display.fold(f"{axis.name}: {axis.size} bins", display.html_table(head, rows)))
        body.append(display.copies(self._as_table()))
        return display.card(self.title, self._items(), body=body)


def _plain(fact: str) -> str:
    """Return a fact of the record without its TeX: ``High-$E_T$`` is High-E_T."""
    return fact.replace("$", "")


def _averaged(emap: EfficiencyMap, axis: str, vector: NDArray[np.float64]) -> NDArray[np.float64]:
    b = emap.binning
    place = [a.name for a in b.axes].index(axis)
    values = emap.values.reshape(b.shape * b.n_llp)
    for k in reversed(range(b.n_llp)):
        values = np.tensordot(values, vector, axes=(k * len(b.shape) + place, 0))
        # tensordot drops the axis where it was: the order of the others stays
    size = b.size // len(vector)
    out = values.reshape((size,) * b.n_llp)
    if b.symmetric and b.n_llp > 1:
        # sums in another order differ in their last bits; the mean over all orders does not
        orders = list(itertools.permutations(range(b.n_llp)))
        out = np.mean([out.transpose(p) for p in orders], axis=0)
    return np.minimum(out, 1.0)


def check_size(binning: MapBinning) -> None:
    """Refuse a map that is too large for memory.

    Raises
    ------
    BadSpecification
        If it has more than :data:`MAX_CELLS` cells.
    """
    if binning.size**binning.n_llp > MAX_CELLS:
        msg = (
            f"{binning.n_llp} particles with {binning.size} bins each make {binning.size**binning.n_llp:.3g} cells; "
            f"at most {MAX_CELLS:.3g} are held. Use coarser bins"
        )
        raise BadSpecification(msg)
