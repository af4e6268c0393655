"""A table of truth features: what surrogate models are asked about."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook import display, units
from recastbook.exceptions import BadFile, BadOption, did_you_mean
from recastbook.surrogates.plausibility import check_units
from recastbook.surrogates.truth_features import BOSON, FEATURES, LLP_QUANTITIES, canonical_name

if TYPE_CHECKING:
    import awkward as ak

    from recastbook.events.sample import Sample

__all__ = ["COPIED", "TruthTable"]

log = logging.getLogger(__name__)

COPIED = "copy"
"""Value of `single_llp` that fills the second half of the inputs with the first."""
SingleLlp = Literal["refuse", "copy"]
LlpOrder = Literal["random", "falling_pt"]
ORDERS = ("random", "falling_pt")
_LLP1 = tuple(f"llp1_{q}" for q in LLP_QUANTITIES)
_LLP2 = tuple(f"llp2_{q}" for q in LLP_QUANTITIES)


@dataclass(frozen=True)
class TruthTable(display.Tabular):
    """Truth features of N events, in metres and GeV.

    Make one with :meth:`from_csv`, :meth:`from_columns` or :meth:`from_events`.
    """

    columns: Mapping[str, NDArray[np.float64]]
    """Feature -> values of shape (N,); nan in the second half where an event has one long-lived particle."""
    weight: NDArray[np.float64]
    """Event weights, shape (N,)."""
    n_llp: NDArray[np.int64]
    """Long-lived particles of each event, shape (N,)."""
    name: str = "sample"
    """Name in tables and errors."""
    notes: tuple[str, ...] = ()
    """What was done to it."""
    event: NDArray[np.int64] | None = field(default=None, repr=False)
    """Event (or row) numbers, named in errors, shape (N,)."""

    def __len__(self) -> int:
        return len(self.weight)

    # -- making one -----------------------------------------------------------------------------

    @classmethod
    def from_columns(
        cls,
        columns: Mapping[str, ArrayLike],
        *,
        weight: ArrayLike | None = None,
        name: str = "sample",
        event: ArrayLike | None = None,
        check: bool = True,
        ctau: float | None = None,
    ) -> TruthTable:
        """Make a table of arrays, one per feature.

        Parameters
        ----------
        columns
            Feature -> values of shape (N,) in metres and GeV; names as published (``W_pt`` for ``V_pt`` is fine).
            Lz and PDG ids may carry signs. Without any ``llp2_`` column every event has one long-lived particle.
        weight
            Event weights, shape (N,); 1 if not given.
        name
            Name in tables and errors.
        event
            Event numbers, shape (N,).
        check
            Whether units are checked by the ranges of the values.
        ctau
            Mean proper lifetime times c of the sample in metres, if known; it decides doubtful units.

        Raises
        ------
        BadFile
            If a column is missing, has another length, is not finite, or is in another unit; it is named.

        Examples
        --------
        >>> one = {"Lxy": 2.5, "Lz": 1.5, "eta": 0.57, "pT": 156.0, "ET": 156.3, "child_pdgId": 21}
        >>> table = TruthTable.from_columns({f"llp1_{k}": [v] for k, v in one.items()})
        >>> len(table), int(table.n_llp[0])
        (1, 1)
        """
        found: dict[str, NDArray[np.float64]] = {}
        for given, values in columns.items():
            known = canonical_name(given)
            if known in found:
                msg = f"{name}: two columns give {known}"
                raise BadFile(msg)
            if known in FEATURES:
                found[known] = np.atleast_1d(np.asarray(values, dtype=np.float64))
        missing = [c for c in _LLP1 if c not in found]
        second = [c for c in _LLP2 if c in found]
        missing += [c for c in _LLP2 if c not in found] if second else []
        if missing:
            hint = did_you_mean(missing[0], columns)
            msg = f"{name}: the column(s) {', '.join(missing)} are missing.{hint}"
            raise BadFile(msg)
        n = len(found[_LLP1[0]])
        for column, array in found.items():
            if array.shape != (n,):
                msg = f"{name}: column {column} has shape {array.shape}, {_LLP1[0]} has ({n},)"
                raise BadFile(msg)
        for column in _LLP2:
            found.setdefault(column, np.full(n, np.nan))
        found |= {c: np.abs(values) for c, values in found.items() if c.endswith(("_Lz", "_child_pdgId"))}
        n_llp = np.where(np.isnan(np.stack([found[c] for c in _LLP2])).all(axis=0), 1, 2).astype(np.int64)
        w = np.ones(n) if weight is None else np.asarray(weight, dtype=np.float64)
        if w.shape != (n,):
            msg = f"{name}: weight has shape {w.shape}, the columns have ({n},)"
            raise BadFile(msg)
        ids = None if event is None else np.asarray(event, dtype=np.int64)
        ordered = {c: found[c] for c in FEATURES if c in found}
        table = cls(ordered, w, n_llp, name=name, event=ids)
        table._check_values()
        if check:
            check_units(table.columns, name=name, ctau=ctau)
        return table

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        *,
        length: Literal["m", "mm"] = "m",
        energy: Literal["GeV", "MeV"] = "GeV",
        check: bool = True,
    ) -> TruthTable:
        """Read a sample in the published layout: columns by name in any order, others are passed over.

        Parameters
        ----------
        path
            Comma-separated file with a header line. A lifetime in its name (``ct5.32``, ``ctau5p32``; metres) is used
            to check the units of its lengths.
        length, energy
            Units of the file, if they are not the published ones.
        check
            Whether units are checked.

        Raises
        ------
        BadFile
            Naming the file, row and column: not readable, a column missing or there twice, a value that is no number,
            lengths in mm, energies in MeV.
        """
        from recastbook.surrogates.sample_csv import read_sample

        return read_sample(path, length=length, energy=energy, check=check)

    @classmethod
    def from_events(cls, events: ak.Array, *, name: str = "sample", order: LlpOrder = "random") -> TruthTable:
        """Take the features from truth events: the two hardest long-lived particles.

        Parameters
        ----------
        events
            N events as :func:`recastbook.events.columns.to_records` gives them.
        name
            Name in tables and errors.
        order
            Which of them is the first: drawn with even chances for each event (it is arbitrary in the published
            samples, so that the guard's means and the forests expect both orders), or ``"falling_pt"``.

        Raises
        ------
        BadOption
            If there is no such order.
        """
        from recastbook.detector.draws import EventKeys
        from recastbook.surrogates.truth_boson import boson_of_events
        from recastbook.surrogates.truth_events import features_of_events

        if order not in ORDERS:
            msg = f"order is {order!r}; it is {' or '.join(map(repr, ORDERS))}"
            raise BadOption(msg)
        columns, n_llp = features_of_events(events)
        columns |= boson_of_events(events)
        if order == "random":
            rows = np.arange(len(n_llp))
            drawn = EventKeys.from_events(events, 1).draw("uniform", "llp_order", rows, np.full(len(rows), -1))
            swap = (drawn < 0.5) & (n_llp >= 2)
            for q in LLP_QUANTITIES:
                first, second = columns[f"llp1_{q}"], columns[f"llp2_{q}"]
                columns[f"llp1_{q}"], columns[f"llp2_{q}"] = (
                    np.where(swap, second, first),
                    np.where(swap, first, second),
                )
        weight = np.asarray(events["genWeight"], dtype=np.float64)
        return cls(columns, weight, n_llp, name=name, event=np.asarray(events["event"], dtype=np.int64))

    @classmethod
    def from_sample(cls, sample: Sample, *, order: LlpOrder = "random") -> TruthTable:
        """Take the features from all events of a sample; see :meth:`from_events`."""
        from recastbook.events.columns import to_records

        prepared = sample.prepare(progress=False)
        pieces = [cls.from_events(to_records(flat, prepared.columns), order=order) for flat in prepared.iter_chunks()]
        if not pieces:
            msg = f"the sample {sample.label!r} has no events"
            raise BadFile(msg)
        columns = {k: np.concatenate([p.columns[k] for p in pieces]) for k in pieces[0].columns}
        weight = np.concatenate([p.weight for p in pieces])
        n_llp = np.concatenate([p.n_llp for p in pieces])
        events = np.concatenate([p.event for p in pieces if p.event is not None])
        return cls(columns, weight, n_llp, name=sample.label, event=events)

    # -- using it -------------------------------------------------------------------------------

    @property
    def has_boson(self) -> bool:
        """Whether any event has a W or Z boson; without one 0 is fed."""
        return all(c in self.columns for c in BOSON) and bool((self.columns[BOSON[0]] > 0).any())

    def place(self, row: int) -> str:
        """Return the words for one row in an error."""
        return f"{self.name}: row {row}" if self.event is None else f"{self.name}: event {int(self.event[row])}"

    def select(self, mask: NDArray[np.bool_]) -> TruthTable:
        """Return the events of a mask, shape (N,)."""
        ids = None if self.event is None else self.event[mask]
        columns = {k: v[mask] for k, v in self.columns.items()}
        return replace(self, columns=columns, weight=self.weight[mask], n_llp=self.n_llp[mask], event=ids)

    def paired(self, single_llp: SingleLlp = "refuse") -> TruthTable:
        """Return a table in which every event has two long-lived particles.

        Parameters
        ----------
        single_llp
            ``"refuse"``: an event with one is an error. ``"copy"``: its six values are copied into the second half, as
            the authors do for models with a single long-lived particle; a note and a warning in the log say so.

        Raises
        ------
        BadOption
            If `single_llp` is neither.
        BadFile
            If an event has another number; it is named.
        """
        if single_llp not in ("refuse", COPIED):
            msg = f"single_llp is {single_llp!r}; it is 'refuse' or 'copy'"
            raise BadOption(msg)
        outside = np.flatnonzero((self.n_llp < 1) | (self.n_llp > 2))
        if len(outside):
            row = int(outside[0])
            msg = (
                f"{self.place(row)} has {int(self.n_llp[row])} long-lived particles ({len(outside)} such events); "
                "the models were trained on events with two, or one copied"
            )
            raise BadFile(msg)
        alone = self.n_llp == 1
        if not alone.any():
            return self
        row = int(np.flatnonzero(alone)[0])
        if single_llp == "refuse":
            msg = (
                f"{self.place(row)} has one long-lived particle ({int(alone.sum())} of {len(self)} events); two are "
                "needed. For a model with a single one, single_llp='copy' fills the second half of the inputs with it"
            )
            raise BadFile(msg)
        columns = dict(self.columns)
        for quantity in LLP_QUANTITIES:
            second = columns[f"llp2_{quantity}"].copy()
            second[alone] = columns[f"llp1_{quantity}"][alone]
            columns[f"llp2_{quantity}"] = second
        note = f"{int(alone.sum())} of {len(self)} events have one long-lived particle, copied into the second half"
        log.warning("%s: %s", self.name, note)
        return replace(self, columns=columns, n_llp=np.full(len(self), 2), notes=(*self.notes, note))

    def for_map(self) -> dict[str, NDArray[np.float64]]:
        """Return what :meth:`EfficiencyMap.lookup` asks for, each of shape (N, 2): GeV, and mm instead of metres."""
        both = {q: np.stack([self.columns[f"llp{n}_{q}"] for n in (1, 2)], axis=1) for q in LLP_QUANTITIES}
        return {
            "pt": both["pT"],
            "eta": both["eta"],
            "lxy": both["Lxy"] * units.m,
            "lz": both["Lz"] * units.m,
            "pdg_id": both["child_pdgId"],
        }

    def matrix(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Return the values in the order of a model, shape (N, number of names); a boson that is not there is 0."""
        zero = np.zeros(len(self))
        return np.stack([self.columns.get(n, zero) if n in BOSON else self.columns[n] for n in names], axis=1)

    def _check_values(self) -> None:
        one = self.n_llp == 1
        for column, values in self.columns.items():
            bad = ~np.isfinite(values)
            if column.startswith("llp2_"):
                bad &= ~one
            if bad.any():
                row = int(np.flatnonzero(bad)[0])
                said = "nan (an empty cell, or no number)" if np.isnan(values[row]) else "infinite"
                others = f" ({int(bad.sum())} such values)" if bad.sum() > 1 else ""
                msg = f"{self.place(row)}: {column} is {said}{others}"
                raise BadFile(msg)
            if column.endswith("_child_pdgId"):
                bad = np.isfinite(values) & (values != np.rint(values))
                if bad.any():
                    row = int(np.flatnonzero(bad)[0])
                    msg = f"{self.place(row)}: {column} is {values[row]:g}; PDG ids are whole numbers such as 5"
                    raise BadFile(msg)
        bad = ~np.isfinite(self.weight)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            msg = f"{self.place(row)}: the weight is {self.weight[row]}"
            raise BadFile(msg)
        for n in (1, 2):
            pt, et = self.columns[f"llp{n}_pT"], self.columns[f"llp{n}_ET"]
            with np.errstate(invalid="ignore"):
                impossible = (pt < 0) | (self.columns[f"llp{n}_Lxy"] < 0) | (et < pt * (1 - 1e-3) - 1e-3)
            if impossible.any():
                row = int(np.flatnonzero(impossible)[0])
                lxy = self.columns[f"llp{n}_Lxy"][row]
                msg = (
                    f"{self.place(row)}: llp{n} has pT {pt[row]:g}, ET {et[row]:g}, Lxy {lxy:g}; none may be negative "
                    "and ET = sqrt(pT^2 + m^2) is never below pT"
                )
                raise BadFile(msg)

    # -- showing --------------------------------------------------------------------------------

    def _facts(self) -> dict[str, object]:
        pairs = int(np.count_nonzero(self.n_llp == 2))
        facts: dict[str, object] = {"events": len(self), "with two long-lived particles": pairs}
        facts["boson"] = "yes" if self.has_boson else "none: 0 is fed"
        return facts

    def _rows(self) -> list[list[object]]:
        rows: list[list[object]] = []
        for name, values in self.columns.items():
            good = values[np.isfinite(values)]
            if len(good):
                low, middle, high = np.quantile(good, (0.01, 0.5, 0.99))
                rows.append([name, FEATURES[name].unit, float(low), float(middle), float(high)])
        return rows

    def __str__(self) -> str:
        table = display.text_table(("feature", "unit", "1 %", "median", "99 %"), self._rows())
        return f"{display.text_card(self.name, self._facts(), notes=self.notes)}\n{table}"

    def _as_table(self) -> display.TableView:
        said = [f"{name}: {value}" for name, value in self._facts().items()]
        headers = ("feature", "unit", "1 %", "median", "99 %")
        return display.TableView(headers, self._rows(), self.name, [*said, *self.notes])

    def _repr_html_(self) -> Any:
        shown = self._as_table()
        table = display.joined(display.html_table(shown.headers, shown.rows), display.copies(shown))
        return display.card(self.name, self._facts(), notes=self.notes, body=[display.fold("features", table)])
