"""The long-lived particles of a sample, as arrays that maps and lifetimes work on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recastbook import display
from recastbook.exceptions import BadEvent, BadFile, BadOption
from recastbook.surrogates.truth_features import decay_name

if TYPE_CHECKING:
    import awkward as ak

    from recastbook.events.sample import Sample

__all__ = ["LLPEvents"]

_COLUMNS = ("pt", "eta", "mass", "lxy", "lz", "length")
WAY_OUT = (
    "Is the decay in the record, and its number in llp_pdg_ids if it is a known particle? Where an LHE file states no "
    "lifetimes, rb.generate(FILE, lifetimes={PDG_ID: CTAU}) draws them"
)
"""What to look at where events have no long-lived particle."""
DETECTOR = (12_500.0, 23_000.0)
"""mm, radius and half length of ATLAS: decays farther out are counted; maps give them their last bin."""
MAP_ETA = 2.5
"""Beyond it a particle leaves the acceptance of the inner detector; the map averages over its benchmark's share."""


@dataclass(frozen=True)
class LLPEvents(display.Tabular):
    """Events with exactly `n_llp` long-lived particles, and the weight of all the others.

    Parameters
    ----------
    pt, eta, mass
        Of the particles, GeV, shape (N, n_llp), falling pT.
    lxy, lz
        Decay position, mm from the beam line and along it; nan where there is no vertex.
    length
        Proper decay length drawn, mm.
    pdg_id
        Number of the particle.
    decay
        Class of its decay, see :func:`recastbook.events.decay_class.decay_class`.
    weight
        Event weight, shape (N,).
    ids
        run, luminosityBlock and event, shape (N, 3).
    total_weight, total_weight2
        Sums over all events, those with another number of particles included.
    others
        Events with another number of particles, by that number.
    """

    pt: NDArray[np.float64]
    eta: NDArray[np.float64]
    mass: NDArray[np.float64]
    lxy: NDArray[np.float64]
    lz: NDArray[np.float64]
    length: NDArray[np.float64]
    pdg_id: NDArray[np.int64]
    decay: NDArray[np.int64]
    weight: NDArray[np.float64]
    ids: NDArray[np.int64]
    total_weight: float
    total_weight2: float
    others: tuple[tuple[int, int], ...] = ()
    label: str = ""
    ctau_generated: float | None = None
    """Mean proper decay length that the decays were drawn with, mm, where the sample says it."""
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shapes = {name: getattr(self, name).shape for name in (*_COLUMNS, "pdg_id", "decay")}
        n = len(self.weight)
        if len(set(shapes.values())) > 1 or self.pt.ndim != 2 or len(self.pt) != n:
            msg = f"particles need arrays of one shape (N, n), N = {n} weights; found {shapes}"
            raise BadOption(msg)
        for name, good, what in (
            ("pt", np.isfinite(self.pt) & (self.pt >= 0), "finite and not negative"),
            (
                "mass",
                np.isfinite(self.mass) & (self.mass > 0),
                "positive: a massless particle does not decay in flight",
            ),
            ("eta", ~np.isnan(self.eta), "a number"),
        ):
            if not good.all():
                event, particle = (int(k) for k in np.argwhere(~good)[0])
                value = getattr(self, name)[event, particle]
                msg = (
                    f"{self.label or 'events'}: event {self.ids[event].tolist()} (run, luminosityBlock, event): {name} "
                    f"of long-lived particle {particle} is {value}; it must be {what}"
                )
                raise BadEvent(msg)
        if not self.total_weight > 0:
            msg = f"{self.label or 'events'}: the weights sum to {self.total_weight:g}; no efficiency can be formed"
            raise BadFile(msg)
        own = float(self.weight.sum())
        if (self.weight >= 0).all() and own > self.total_weight * (1 + 1e-6):
            msg = (
                f"{self.label or 'events'}: the weights of these events sum to {own:g}, and total_weight, the sum over "
                f"all events, is only {self.total_weight:g}: efficiencies would be above 1. Give the total of the "
                "sample that these events are from"
            )
            raise BadOption(msg)

    # -- making ---------------------------------------------------------------------------------

    @classmethod
    def from_sample(cls, sample: Sample, *, n_llp: int = 2, choose: str = "exactly") -> LLPEvents:
        """Read the long-lived particles of a sample.

        Parameters
        ----------
        sample
            Events of any readable format at the truth level.
        n_llp
            Particles of one event.
        choose
            ``"exactly"``: events with another number have probability 0 and are counted; ``"leading"``: of more
            particles those with the highest pT are taken.

        Raises
        ------
        BadFile
            If the events are reconstructed ones, or there is no long-lived particle at all.
        """
        prepared = sample.prepare()
        if prepared.level != 2:
            msg = f"{sample.label}: reconstructed events do not say where particles decayed; truth events are needed"
            raise BadFile(msg)
        from recastbook.events.columns import to_records

        pieces = (to_records(flat, prepared.columns) for flat in prepared.iter_chunks(10_000))
        made = prepared.metadata.definitions.get("generation", {})
        parameters = made.get("parameters", {}) if isinstance(made, dict) else {}
        ctau = parameters.get("ctau") if isinstance(parameters, dict) else None
        return cls.from_records(
            pieces, n_llp=n_llp, choose=choose, label=sample.label,
            ctau_generated=None if ctau is None else float(ctau), facts={"parameters": parameters},
        )  # fmt: skip

    @classmethod
    def from_records(
        cls,
        pieces: Iterable[ak.Array],
        *,
        n_llp: int = 2,
        choose: str = "exactly",
        label: str = "",
        ctau_generated: float | None = None,
        facts: dict[str, Any] | None = None,
    ) -> LLPEvents:
        """Take the particles out of event records; see :meth:`from_sample`."""
        import awkward as ak

        if choose not in ("exactly", "leading"):
            msg = f"choose is {choose!r}; known: 'exactly', 'leading'"
            raise BadOption(msg)
        if n_llp < 1:
            msg = f"n_llp must be at least 1, not {n_llp}"
            raise BadOption(msg)
        columns: dict[str, list[Any]] = {}
        total = total2 = 0.0
        others: dict[int, int] = {}
        for events in pieces:
            weight = np.asarray(events["genWeight"], dtype=np.float64)
            total, total2 = total + float(weight.sum()), total2 + float((weight**2).sum())
            llps = events["GenLLP"]
            number = np.asarray(ak.num(llps, axis=1))
            good = number == n_llp if choose == "exactly" else number >= n_llp
            for k, count in zip(*np.unique(number[~good], return_counts=True), strict=True):
                others[int(k)] = others.get(int(k), 0) + int(count)
            kept = llps[good][:, :n_llp]
            for name, values in _arrays(kept, n_llp).items():
                columns.setdefault(name, []).append(values)
            columns.setdefault("weight", []).append(weight[good])
            ids = np.stack([np.asarray(events[i]) for i in ("run", "luminosityBlock", "event")], axis=1)
            columns.setdefault("ids", []).append(ids[good])
        joined = {k: np.concatenate(v) for k, v in columns.items()}
        if not joined or not len(joined["weight"]):
            found = ", ".join(f"{n} events with {k}" for k, n in sorted(others.items())) or "no event"
            msg = f"{label or 'the sample'} has no event with {n_llp} long-lived particles ({found}). {WAY_OUT}"
            raise BadFile(msg)
        return cls(
            **joined, total_weight=total, total_weight2=total2, others=tuple(sorted(others.items())), label=label,
            ctau_generated=ctau_generated, facts=facts or {},
        )  # fmt: skip

    # -- using ----------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def n_llp(self) -> int:
        """Long-lived particles of one event."""
        return int(self.pt.shape[1])

    def quantities(self) -> dict[str, NDArray[Any]]:
        """Return what a look-up in a map asks for, with the decays as they were drawn."""
        return {"pt": self.pt, "eta": self.eta, "lxy": self.lxy, "lz": self.lz, "pdg_id": self.decay}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the sample."""
        out = [
            f"{n} {'event has' if n == 1 else 'events have'} {k} long-lived particle{'' if k == 1 else 's'} instead of "
            f"{self.n_llp}: probability 0"
            for k, n in self.others
        ]
        far = np.abs(self.eta) > MAP_ETA
        if far.any():
            out.append(f"{100 * far.mean():.1f} % of the particles lie beyond |eta| {MAP_ETA}")
        nowhere = ~(np.isfinite(self.lxy) & np.isfinite(self.lz))
        if nowhere.any():
            n = int(nowhere.sum())
            have = "particle has" if n == 1 else "particles have"
            out.append(f"{n} {have} no decay vertex: probability 0 with decays as drawn")
        outside = (self.lxy > DETECTOR[0]) | (np.abs(self.lz) > DETECTOR[1])
        if outside.any():
            out.append(f"{100 * outside.mean():.1f} % of the particles decay outside the detector")
        return tuple(out)

    def __str__(self) -> str:
        return display.text_card(f"Long-lived particles: {self.label}", self._items(), notes=self.notes)

    def _items(self) -> dict[str, object]:
        ctau = self.ctau_generated
        return {
            "events": f"{len(self)} with {self.n_llp} particle{'' if self.n_llp == 1 else 's'}",
            "mean pT": f"{self.pt.mean():.4g} GeV",
            "c tau drawn": "not stated" if ctau is None else f"{ctau / 1000:g} m",
            "decays": ", ".join(
                f"{decay_name(k)} {100 * n / self.decay.size:.1f} %"
                for k, n in zip(*np.unique(self.decay, return_counts=True), strict=True)
            ),
        }

    def _as_table(self) -> display.TableView:
        return display.facts_table(f"Long-lived particles: {self.label}", self._items(), self.notes)

    def _repr_html_(self) -> display.Html:
        return display.facts_card(self._as_table())


def _arrays(llps: ak.Array, n: int) -> dict[str, NDArray[Any]]:
    import awkward as ak

    def column(name: str, dtype: Any = np.float64) -> NDArray[Any]:
        return np.asarray(ak.flatten(llps[name], axis=1)).astype(dtype).reshape(-1, n)

    return {
        "pt": column("pt"), "eta": column("eta"), "mass": column("mass"),
        "lxy": np.hypot(column("decayX"), column("decayY")), "lz": np.abs(column("decayZ")),
        "length": column("properLength"), "pdg_id": column("pdgId", np.int64), "decay": column("decayClass", np.int64),
    }  # fmt: skip
