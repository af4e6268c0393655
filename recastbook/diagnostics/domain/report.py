"""What the domain radar says, as a value, as HTML, as text and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook import display
from recastbook.diagnostics.domain.moments import FeatureShift
from recastbook.diagnostics.domain.novelty import Distances, Novelty
from recastbook.diagnostics.domain.shares import NO_EVENT, RegionShare, flagged_share
from recastbook.exceptions import UnknownName, did_you_mean

__all__ = ["CLEARANCE", "HINT", "DomainReport", "NetworkDomain"]

HINT = (
    "A shift is a hint, not a verdict: the training sample mixes signals and backgrounds, so a good signal may be far "
    "from its mean, and a bad one near it."
)
CLEARANCE = (
    "Novelty is a warning, its absence never a clearance: of three badly predicted points a 5-NN distance flagged 40 "
    "to 60 % of the events of two, a Mahalanobis distance none, and both missed the third."
)
_SIGMAS = 3.0
"""Significance from which more flagged events than in the reference are pointed out."""
_EXCESS = 1.5
"""How many times as many they must be as well."""


@dataclass(frozen=True, repr=False)
class NetworkDomain(display.Tabular):
    """Where the events that one network scores lie, seen from its training."""

    network: str
    """Name of the network, as in ``search.cards``."""
    title: str
    """Title of its card."""
    variant: str
    """Input variant."""
    ids: Mapping[str, NDArray[np.int64]]
    """``run``, ``luminosityBlock`` and ``event`` of the M events, each of shape (M,)."""
    weight: NDArray[np.float64]
    """Their weights, shape (M,)."""
    shifts: tuple[FeatureShift, ...]
    """Every input beside the card."""
    novelty: Novelty | None
    """Distances from a reference sample, None without one."""
    shares: tuple[RegionShare, ...]
    """Share of each region's yield that comes from flagged events."""
    notes: tuple[str, ...] = ()
    """What a reader must know."""

    @property
    def n_events(self) -> int:
        """Events examined."""
        return len(self.weight)

    @property
    def known(self) -> bool:
        """Whether the card says where its training was: mean and width, or a range, of any input."""
        return any(s.shift is not None or s.outside is not None for s in self.shifts)

    @property
    def standing_out(self) -> tuple[FeatureShift, ...]:
        """Features with another mean, width or range than in training, the farthest first."""
        found = (shift for shift in self.shifts if shift.stands_out)
        return tuple(sorted(found, key=lambda shift: -abs(shift.shift or 0.0)))

    @property
    def flags(self) -> NDArray[np.bool_]:
        """Which events are farther from the reference than the threshold, shape (M,); none without a reference."""
        return np.zeros(self.n_events, dtype=bool) if self.novelty is None else self.novelty.neighbours.flags

    @property
    def flagged_events(self) -> NDArray[np.int64]:
        """Numbers of the flagged events, the farthest first."""
        if self.novelty is None:
            return np.empty(0, dtype=np.int64)
        rows = np.flatnonzero(self.flags)
        return np.asarray(self.ids["event"][rows[np.argsort(-self.novelty.neighbours.values[rows], kind="stable")]])

    def share(self, distances: Distances | None = None) -> tuple[float | None, float | None]:
        """Return the share of the weight of all judged events that is flagged, and its error."""
        if self.novelty is None:
            return None, None
        chosen = distances or self.novelty.neighbours
        judged = self.novelty.judged
        return flagged_share(self.weight[judged], chosen.flags[judged])

    @property
    def status(self) -> str:
        """``unknown`` (no reference of any kind), ``hint only``, ``warning`` or ``no warning``."""
        if self.novelty is None:
            return "hint only" if self.known else "unknown"
        share, error = self.share()
        if share is None or error is None:
            return "unknown"
        alarm = self.novelty.false_alarm
        # the threshold is only as well known as the edge of the reference
        spread = math.hypot(error, math.sqrt(alarm * (1.0 - alarm) / self.novelty.n_reference))
        return "warning" if share > _EXCESS * alarm and share - alarm > _SIGMAS * spread else "no warning"

    @property
    def verdict(self) -> str:
        """The status in a sentence."""
        if self.novelty is None:
            said = f"{len(self.standing_out)} of {len(self.shifts)} inputs stand out from the training"
            without = "the card gives neither mean nor width nor range of its training, and there is no reference"
            return f"hint only: {said}" if self.known else f"unknown: {without}"
        share, error = self.share()
        if share is None or error is None:
            return "unknown: no event could be held against the reference"
        words = (
            f"{_percent(share, error)} of the events are farther from {self.novelty.reference} than "
            f"{1.0 - self.novelty.false_alarm:.0%} of it is from itself ({self.novelty.false_alarm:.0%} would be "
            "expected of a sample like it)"
        )
        return f"{self.status}: {words}"

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return one array a column of the table of inputs, in the order of the card; nan where unknown; for plots."""
        names = ("name", "mean", "width", "training_mean", "training_width", "shift", "shift_error", "ratio", "outside")
        return {
            name: np.array([np.nan if (v := getattr(s, name)) is None else v for s in self.shifts]) for name in names
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; distances of single events are left out, the numbers of flagged ones are there."""
        share, error = self.share()
        found = self.novelty
        return {
            "network": self.network,
            "title": self.title,
            "variant": self.variant,
            "events": self.n_events,
            "status": self.status,
            "verdict": self.verdict,
            "features": [{**s.to_dict(), "stands_out": s.stands_out} for s in self.shifts],
            "novelty": None
            if found is None
            else {
                "reference": found.reference,
                "reference_events": found.n_reference,
                "k": found.k,
                "false_alarm": found.false_alarm,
                "widths_from": found.widths_from,
                "judged": int(found.judged.sum()),
                "share": share,
                "error": error,
                "mahalanobis_share": self.share(found.mahalanobis)[0],
                "flagged_events": self.flagged_events.tolist(),
            },
            "regions": [s.to_dict() for s in self.shares],
            "notes": list(self.notes),
        }

    # ---- display

    def facts(self) -> dict[str, object]:
        """Return what is shown first."""
        out: dict[str, object] = {"domain": self.verdict, "events examined": self.n_events}
        if self.novelty is not None:
            found = self.novelty
            share, error = self.share(found.mahalanobis)
            out["reference"] = f"{found.reference}, {found.n_reference} events"
            out["distance"] = f"to neighbour {found.k}, in widths of the {found.widths_from}"
            if share is not None and error is not None:
                out["by Mahalanobis distance"] = f"{_percent(share, error)} flagged"
            if not found.judged.all():
                out["not judged"] = f"{int((~found.judged).sum())} events: too few reference events of their kind"
        elif self.known:
            out["reference"] = "none: give reference=... for distances of single events"
        if self.known:
            names = ", ".join(s.name for s in self.standing_out[:6])
            out["inputs that stand out"] = (
                f"{len(self.standing_out)} of {len(self.shifts)}{': ' if names else ''}{names}"
            )
        return out

    FEATURE_HEADERS = ("input", "unit", "mean", "width", "in training", "shift / width", "width ratio", "outside range")

    def feature_rows(self) -> Iterator[tuple[object, ...]]:
        """Yield a row per input, those farthest from training first."""
        order = sorted(self.shifts, key=lambda s: -abs(s.shift) if s.shift is not None else 0.0)
        for s in order:
            training = "unknown"
            if s.training_mean is not None:
                training = f"{display.number(s.training_mean)}, width {display.number(s.training_width)}"
            shift = None if s.shift is None else display.plus_minus(s.shift, s.shift_error)
            outside = None if s.outside is None else f"{s.outside:.1%}"
            name = display.Cell(s.name, mark="note", title="a hint") if s.stands_out else s.name
            yield (name, s.unit, s.mean, s.width, training, shift, s.ratio, outside)

    REGION_HEADERS = ("region", "events", "flagged", "share of the yield", "by Mahalanobis", "")

    def region_rows(self) -> Iterator[tuple[object, ...]]:
        """Yield a row per region with events; none without a reference."""
        for s in self.shares if self.novelty is not None else ():
            if not s.raw:
                continue
            share = None if s.share is None or s.error is None else _percent(s.share, s.error)
            other = None if s.mahalanobis is None else f"{s.mahalanobis:.1%}"
            yield (s.region, s.raw, s.flagged, share, other, f"{s.unjudged} not judged" if s.unjudged else "")

    def remarks(self) -> list[str]:
        """Return what stands under the tables: regions without a share by their reason, then the notes."""
        reasons: dict[str, list[str]] = {}
        for s in self.shares:
            if s.reason and (s.reason != NO_EVENT or not s.raw):
                reasons.setdefault(s.reason, []).append(s.region)
        out: list[str] = []
        for why, names in reasons.items():
            shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            if why == NO_EVENT:
                out.append(f"no event in {shown}")
                continue
            out.append(f"no share of flagged events for {shown}: {why}")
        return [*out, *self.notes]

    def _as_table(self) -> display.TableView:
        notes = [self.verdict, *self.remarks(), HINT]
        return display.TableView(self.FEATURE_HEADERS, list(self.feature_rows()), self.title, notes)

    def __str__(self) -> str:
        head = display.text_card(self.title, self.facts(), notes=self.remarks())
        return f"{head}\n{display.text_table(self.FEATURE_HEADERS, self.feature_rows(), max_rows=15)}"

    def _repr_html_(self) -> str:
        folds = [
            display.fold("inputs", display.html_table(self.FEATURE_HEADERS, self.feature_rows(), max_rows=100)),
        ]
        if self.novelty is not None:
            folds.insert(0, display.html_table(self.REGION_HEADERS, self.region_rows()))
            folds.append(display.fold("flagged events", _events(self, self.novelty)))
        notes = [display.note(text, "note") for text in self.remarks()]
        badges = [display.badge(self.status, _MARKS[self.status])]
        return str(display.card(self.title, self.facts(), badges=badges, body=folds, notes=notes))


@dataclass(frozen=True, repr=False)
class DomainReport(display.Tabular):
    """What the domain radar says of a result: one answer a network."""

    analysis: str
    """Identifier of the search."""
    sample: str
    """Label of the sample."""
    networks: tuple[NetworkDomain, ...]
    """One for each network that scores an event."""
    network_label: str = ""
    """Words for a network that is not the published one."""
    absent: Mapping[str, str] | None = None
    """Networks without an answer, with the reason."""

    def __getitem__(self, network: str) -> NetworkDomain:
        for found in self.networks:
            if found.network == network:
                return found
        names = [found.network for found in self.networks]
        reason = (self.absent or {}).get(network)
        message = f"no network {network!r} in this report.{did_you_mean(network, names)}"
        raise UnknownName(f"{network}: {reason}" if reason else message)

    def __iter__(self) -> Iterator[NetworkDomain]:
        return iter(self.networks)

    def __len__(self) -> int:
        return len(self.networks)

    @property
    def status(self) -> str:
        """The gravest status of the networks: warning, then unknown, hint only, no warning."""
        order = ("warning", "unknown", "hint only", "no warning")
        return min((found.status for found in self.networks), key=order.index, default="unknown")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "analysis": self.analysis,
            "sample": self.sample,
            "network_label": self.network_label,
            "status": self.status,
            "networks": [found.to_dict() for found in self.networks],
            "absent": dict(self.absent or {}),
            "remarks": [HINT, CLEARANCE],
        }

    def to_json(self) -> str:
        """Return everything as JSON."""
        return json.dumps(self.to_dict(), indent=1)

    def _title(self) -> str:
        return f"Domain of {self.sample} in {self.analysis}"

    def _as_table(self) -> display.TableView:
        rows = [(found.network, *row) for found in self.networks for row in found.feature_rows()]
        notes = [f"{found.network}: {text}" for found in self.networks for text in (found.verdict, *found.remarks())]
        notes += [f"{name}: absent. {reason}" for name, reason in (self.absent or {}).items()]
        label = f" ({self.network_label})" if self.network_label else ""
        headers = ("network", *NetworkDomain.FEATURE_HEADERS)
        return display.TableView(headers, rows, f"{self._title()}{label}", [*notes, HINT, CLEARANCE])

    def __str__(self) -> str:
        lines = [f"{self._title()}{f' ({self.network_label})' if self.network_label else ''}"]
        for found in self.networks:
            lines.append(display.text_card(found.title, found.facts(), notes=found.remarks()))
            rows = [row for row, _ in zip(found.feature_rows(), range(8), strict=False)] if found.known else []
            if rows:
                caption = f"inputs farthest from training ({len(rows)} of {len(found.shifts)})"
                lines.append(display.text_table(found.FEATURE_HEADERS, rows, caption=caption))
            if found.novelty is not None and found.shares:
                lines.append(display.text_table(found.REGION_HEADERS, found.region_rows()))
        lines += [f"{name}: absent. {reason}" for name, reason in (self.absent or {}).items()]
        return "\n".join([*lines, HINT, CLEARANCE])

    def _repr_html_(self) -> str:
        body: list[object] = [display.Html(found._repr_html_()) for found in self.networks]
        body.append(display.copies(self._as_table()))
        body += [display.note(f"{name}: {reason}", "absent") for name, reason in (self.absent or {}).items()]
        badges = [display.badge(self.network_label, "warning")] if self.network_label else []
        notes = [display.note(HINT, "note"), display.note(CLEARANCE, "warning")]
        return str(display.card(self._title(), badges=badges, body=body, notes=notes))


_MARKS = {"warning": "warning", "unknown": "unknown", "hint only": "note", "no warning": "note"}


def _events(found: NetworkDomain, novelty: Novelty) -> display.Html:
    """Return the flagged events, the farthest first."""
    near, far = novelty.neighbours, novelty.mahalanobis
    rows = np.flatnonzero(found.flags)
    rows = rows[np.argsort(-near.values[rows], kind="stable")]
    table = [
        (*(int(found.ids[name][i]) for name in ("luminosityBlock", "event")), near.values[i], near.threshold[i],
         far.values[i], far.threshold[i])
        for i in rows[:200]
    ]  # fmt: skip
    headers = ("block", "event", "distance", "threshold", "Mahalanobis", "its threshold")
    more = [f"{len(rows) - len(table)} more"] if len(rows) > len(table) else []
    return display.html_table(headers, table, notes=more)


def _percent(share: float, error: float) -> str:
    return f"{display.plus_minus(100.0 * share, 100.0 * error)} %"
