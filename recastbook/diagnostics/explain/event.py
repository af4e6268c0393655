"""One event: the inputs that move its score most, by small steps and by taking them away."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook import display
from recastbook.diagnostics.domain.embedding import absent_objects
from recastbook.diagnostics.explain.scorer import RegionScorer
from recastbook.exceptions import BadOption
from recastbook.network import ModelCard, columns
from recastbook.network.matrix import wrap_phi

__all__ = ["SCALES", "EventExplanation", "InputEffect", "ObjectEffect", "explain_event"]

SCALES = ("score", "logit")
"""What changes are measured in; the logit still tells something where a score is near 0 or 1."""
_SATURATED = 0.01
_TINY = 1e-7


@dataclass(frozen=True, slots=True)
class InputEffect:
    """What one input does to the score of an event; errors are those of the repetitions."""

    name: str
    """Input."""
    value: float
    """Its raw value."""
    unit: str
    """Unit and scale."""
    in_widths: float
    """(value - mean) / width."""
    slope: float | None
    """Change of the score per width of the input, by central differences; None for a category or a count."""
    slope_error: float | None
    """Its error."""
    occlusion: float
    """Change of the score when the input is set to the mean (for a category: to the code that changes it most)."""
    occlusion_error: float
    """Its error."""

    @property
    def strength(self) -> float:
        """The larger of both effects: what inputs are ranked by."""
        return max(abs(self.slope or 0.0), abs(self.occlusion))


@dataclass(frozen=True, slots=True)
class ObjectEffect:
    """What the score becomes without one object: those behind it move up, the last place is padding."""

    name: str
    """Collection."""
    index: int
    """Which of its objects, counted from 0."""
    change: float
    """Change of the score."""
    error: float
    """Its error from the repetitions."""


@dataclass(frozen=True, repr=False)
class EventExplanation(display.Tabular):
    """What moves the score of one event."""

    event: int
    """Event number."""
    luminosity_block: int
    """Block it belongs to."""
    region: str
    """Region whose score is asked about."""
    score_name: str
    """Score column."""
    score: float
    """Score of the event."""
    cut: str
    """The region's cut on it."""
    passes: bool
    """Whether the event is in the region."""
    scale: str
    """``score`` or ``logit``: what changes are measured in."""
    sample: str
    """Label of the sample."""
    network: str
    """Title of the network's card."""
    network_label: str
    """Words for a network that is not the published one."""
    widths_from: str
    """``card`` or ``sample``: whose means and widths are used."""
    repeats: int
    """Repetitions, each about the event smeared by `smear` widths."""
    smear: float
    """Size of the smearing, in widths."""
    seed: int
    """Seed of the smearing."""
    inputs: tuple[InputEffect, ...]
    """Inputs of objects that are there, the strongest first."""
    objects: tuple[ObjectEffect, ...]
    """The event without one of its objects, the strongest first."""
    absent: tuple[str, ...]
    """Inputs of objects that the event does not have."""

    @property
    def ranking(self) -> tuple[str, ...]:
        """Inputs, the one that moves the score most first."""
        return tuple(effect.name for effect in self.inputs)

    def __getitem__(self, name: str) -> InputEffect:
        from recastbook.exceptions import UnknownName, did_you_mean

        for found in self.inputs:
            if found.name == name:
                return found
        why = " It belongs to an object that the event does not have." if name in self.absent else ""
        message = f"no input {name!r}.{why or did_you_mean(name, self.ranking)}"
        raise UnknownName(message)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return one array a column of the table of inputs, in the order of the ranking; nan where there is none."""
        names = ("name", "value", "in_widths", "slope", "slope_error", "occlusion", "occlusion_error")
        return {
            name: np.array([np.nan if (v := getattr(e, name)) is None else v for e in self.inputs]) for name in names
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        lists = ("inputs", "objects", "absent")
        out = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in lists}
        return {
            **out,
            "inputs": [asdict(effect) for effect in self.inputs],
            "objects": [asdict(effect) for effect in self.objects],
            "absent": list(self.absent),
            "remarks": self.remarks(),
        }

    def to_json(self) -> str:
        """Return everything as JSON."""
        return json.dumps(self.to_dict(), indent=1)

    # ---- display

    def remarks(self) -> list[str]:
        """Return what a reader must know."""
        out = ["Inputs are moved one at a time; quantities that follow from the objects (sums, counts) are left alone."]
        if self.scale == "score" and min(self.score, 1.0 - self.score) < _SATURATED:
            out.append("The score is saturated: scale='logit' tells inputs apart where changes of the score are tiny.")
        if self.absent:
            out.append(f"{len(self.absent)} inputs belong to objects that the event does not have.")
        return out

    HEADERS = ("input", "value", "unit", "in widths", "slope per width", "set to the mean or another code")
    OBJECT_HEADERS = ("without", "change")

    def _rows(self) -> list[tuple[object, ...]]:
        return [
            (e.name, e.value, e.unit, e.in_widths,
             "a category" if e.slope is None else display.plus_minus(e.slope, e.slope_error),
             display.plus_minus(e.occlusion, e.occlusion_error))
            for e in self.inputs
        ]  # fmt: skip

    def _object_rows(self) -> list[tuple[object, ...]]:
        return [(f"{o.name}[{o.index}]", display.plus_minus(o.change, o.error)) for o in self.objects]

    def _facts(self) -> dict[str, object]:
        return {
            "sample": self.sample,
            "network": self.network,
            "score": f"{self.score_name} = {self.score:.6g}; {self.region} asks {self.cut}",
            "in the region": self.passes,
            "changes of": self.scale,
            "means and widths": f"of the {self.widths_from}",
            "repetitions": f"{self.repeats}, inputs smeared by {self.smear:g} widths, seed {self.seed}",
        }

    def _title(self) -> str:
        return f"What moves the score of event {self.event}"

    def __str__(self) -> str:
        label = f" ({self.network_label})" if self.network_label else ""
        parts = [display.text_card(self._title() + label, self._facts(), notes=self.remarks())]
        parts.append(display.text_table(self.HEADERS, self._rows(), max_rows=15))
        if self.objects:
            parts.append(display.text_table(self.OBJECT_HEADERS, self._object_rows(), max_rows=10))
        return "\n".join(parts)

    def _as_table(self) -> display.TableView:
        label = f" ({self.network_label})" if self.network_label else ""
        facts = [f"{name}: {value}" for name, value in self._facts().items()]
        return display.TableView(self.HEADERS, self._rows(), self._title() + label, [*facts, *self.remarks()])

    def bars(self) -> display.Bars:
        """Return what :func:`recastbook.plots.importance` draws: the change of the score when an input is replaced."""
        found = self.arrays()
        return display.Bars(
            self.ranking, found["occlusion"], found["occlusion_error"],
            f"change of {self.score_name} ({self.scale}), input replaced", f"event {self.event}", self.network_label,
        )  # fmt: skip

    def _repr_html_(self) -> str:
        badges = [display.badge(self.network_label, "warning")] if self.network_label else []
        top = max((abs(e.occlusion) for e in self.inputs), default=0.0) or 1.0
        rows = [(*row[:-1], display.Cell(row[-1], bar=abs(e.occlusion) / top))
                for row, e in zip(self._rows(), self.inputs, strict=True)]  # fmt: skip
        body: list[object] = [display.html_table(self.HEADERS, rows, max_rows=15, align="lrlrrr")]
        if self.objects:
            body.append(
                display.fold("without one object", display.html_table(self.OBJECT_HEADERS, self._object_rows()))
            )
        body.append(display.copies(self._as_table()))
        notes = [display.note(text, "note") for text in self.remarks()]
        return str(display.card(self._title(), self._facts(), badges=badges, body=body, notes=notes))


def explain_event(
    scorer: RegionScorer,
    row: int,
    *,
    means: NDArray[np.float64],
    widths: NDArray[np.float64],
    widths_from: str = "card",
    discrete: NDArray[np.bool_] | None = None,
    step: float = 0.1,
    smear: float = 0.05,
    repeats: int = 20,
    seed: int = 1,
    scale: str = "score",
    sample: str = "",
    network_label: str = "",
) -> EventExplanation:
    """Ask the network which inputs of an event move its score.

    Each repetition smears the continuous inputs of the event by `smear` widths, so that an effect that holds only at
    one point has a large error; then every input is moved by plus and minus `step` widths, and set to its mean.

    Parameters
    ----------
    scorer
        Region, network and events.
    row
        Which of its events.
    means, widths
        Of each input, shape (number of inputs,), raw.
    widths_from
        ``card`` or ``sample``, for the display.
    discrete
        Inputs that are counts or categories, shape (number of inputs,): they are neither smeared nor moved by steps.
    step
        Step in widths.
    smear
        Smearing in widths; 0 leaves the event as it is.
    repeats
        Repetitions; at least 2.
    seed
        Seed of the smearing.
    scale
        ``score`` or ``logit``.
    sample, network_label
        Words for the display.

    Raises
    ------
    BadOption
        If an argument cannot work.
    """
    if scale not in SCALES:
        message = f"scale is {scale!r}; it must be {' or '.join(SCALES)}"
        raise BadOption(message)
    if repeats < 2 or not step > 0.0 or not smear >= 0.0:
        message = f"repeats must be at least 2, step above 0, smear at least 0; not {repeats}, {step} and {smear}"
        raise BadOption(message)
    card, event = scorer.card, scorer.raw[row]
    gone = absent_objects(card, event[None])[0]
    fixed = np.zeros(len(event), dtype=bool) if discrete is None else discrete
    moving = [i for i, c in enumerate(card.inputs) if columns.level(card, c) != "parameter" and not gone[i]]
    objects = [
        (block.name, index)
        for block in card.objects
        for index in range(block.truncation)
        if not all(gone[i] for i, c in enumerate(card.inputs) if (c.object, c.index) == (block.name, index))
    ]
    plan = _Plan(card, moving, objects, fixed, means, widths, step)
    smeared = np.array([i for i in moving if not fixed[i]], dtype=np.int64)
    seen = []
    for repeat in range(repeats):
        generator = np.random.default_rng([seed, repeat])
        base = event.copy()
        base[smeared] += smear * widths[smeared] * generator.standard_normal(len(smeared))
        variations = plan.variations(_in_range(card, base))
        seen.append(plan.effects(_scaled(scorer.score_of(variations, row), scale)))
    mean = np.mean(seen, axis=0)
    error = np.std(seen, axis=0, ddof=1) / math.sqrt(repeats)
    found = scorer.columns(scorer.raw)
    inputs = [
        InputEffect(
            name=card.inputs[i].name,
            value=float(event[i]),
            unit=card.inputs[i].unit
            if card.inputs[i].scale == 1.0
            else f"{card.inputs[i].unit} x {card.inputs[i].scale:g}",
            in_widths=float((event[i] - means[i]) / widths[i]),
            slope=None if fixed[i] else float(mean[0, k]),
            slope_error=None if fixed[i] else float(error[0, k]),
            occlusion=float(mean[1, k]),
            occlusion_error=float(error[1, k]),
        )
        for k, i in enumerate(moving)
    ]
    taken = [
        ObjectEffect(name, index, float(mean[2, k]), float(error[2, k])) for k, (name, index) in enumerate(objects)
    ]
    return EventExplanation(
        event=int(scorer.ids["event"][row]),
        luminosity_block=int(scorer.ids["luminosityBlock"][row]),
        region=scorer.region.name,
        score_name=scorer.score.column,
        score=float(found[scorer.score.column][row]),
        cut="; ".join(cut.text for cut in scorer.region.cuts if cut.uses_network),
        passes=bool(scorer.selected(found)[row]),
        scale=scale,
        sample=sample,
        network=card.title,
        network_label=network_label,
        widths_from=widths_from,
        repeats=repeats,
        smear=smear,
        seed=seed,
        inputs=tuple(sorted(inputs, key=lambda e: -e.strength)),
        objects=tuple(sorted(taken, key=lambda o: -abs(o.change))),
        absent=tuple(c.name for i, c in enumerate(card.inputs) if gone[i]),
    )


class _Plan:
    """Which variations of an event are scored, and how effects follow from their scores."""

    def __init__(
        self,
        card: ModelCard,
        moving: list[int],
        objects: list[tuple[str, int]],
        fixed: NDArray[np.bool_],
        means: NDArray[np.float64],
        widths: NDArray[np.float64],
        step: float,
    ) -> None:
        self.card, self.moving, self.objects, self.fixed = card, moving, objects, fixed
        self.means, self.widths, self.step = means, widths, step
        self.codes = {i: [float(code) for code in columns.legend(card, card.inputs[i])] for i in moving}
        self.counts: list[int] = []

    def variations(self, base: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the event, then steps up, steps down, replaced inputs, and missing objects."""
        n = len(self.moving)
        up, down = np.repeat(base[None], n, axis=0), np.repeat(base[None], n, axis=0)
        replaced, self.counts = [], []
        for k, i in enumerate(self.moving):
            if not self.fixed[i]:
                up[k, i] += self.step * self.widths[i]
                down[k, i] -= self.step * self.widths[i]
            values = self._instead(i, base[i])
            self.counts.append(len(values))
            for value in values:
                other = base.copy()
                other[i] = value
                replaced.append(other)
        missing = [self._without(base, *one) for one in self.objects]
        rows = np.concatenate([base[None], up, down, np.array(replaced), *(m[None] for m in missing)])
        return _in_range(self.card, rows)

    def _instead(self, i: int, value: float) -> list[float]:
        """Return what an input is replaced by: its mean, or other codes of a category but that of absence."""
        others = [code for code in self.codes[i] if code != value]
        present = [code for code in others if code != self.card.inputs[i].padding]
        return present or others or [float(self.means[i])]

    def _without(self, base: NDArray[np.float64], name: str, index: int) -> NDArray[np.float64]:
        out = base.copy()
        for i, column in enumerate(self.card.inputs):
            if column.object != name or column.index is None or column.index < index:
                continue
            behind = [
                j for j, c in enumerate(self.card.inputs)
                if c.object == name and c.quantity == column.quantity and c.index == column.index + 1
            ]  # fmt: skip
            out[i] = base[behind[0]] if behind else column.padding
        return out

    def effects(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return slopes, effects of replacing, effects of missing objects: shape (3, at least as many as there are)."""
        n = len(self.moving)
        base, up, down, rest = scores[0], scores[1 : n + 1], scores[n + 1 : 2 * n + 1], scores[2 * n + 1 :]
        out = np.zeros((3, max(n, len(self.objects))))
        out[0, :n] = (up - down) / (2.0 * self.step)
        at = 0
        for k, count in enumerate(self.counts):
            changes = rest[at : at + count] - base
            out[1, k] = changes[np.argmax(np.abs(changes))]
            at += count
        out[2, : len(self.objects)] = rest[at:] - base
        return out


def _in_range(card: ModelCard, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows with the azimuths of objects that are there brought back into their range."""
    out = np.array(rows, ndmin=2)
    gone = absent_objects(card, out)
    for i, column in enumerate(card.inputs):
        if column.phi_range is not None:
            wrapped = wrap_phi(out[:, i] / column.scale, column.phi_range) * column.scale
            out[:, i] = np.where(gone[:, i], out[:, i], wrapped)
    return out.reshape(rows.shape)


def _scaled(scores: NDArray[np.float32], scale: str) -> NDArray[np.float64]:
    values = scores.astype(np.float64)
    if scale == "score":
        return values
    inside = np.clip(values, _TINY, 1.0 - _TINY)
    return np.asarray(np.log(inside / (1.0 - inside)))
