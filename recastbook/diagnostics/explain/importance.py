"""Permutation importance: what a region loses when an input is taken from other events."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook import display
from recastbook.diagnostics.explain.scorer import RegionScorer
from recastbook.exceptions import BadOption

__all__ = ["Importance", "RegionExplanation", "explain_region"]

CAVEAT = (
    "Exchanging inputs among events breaks their correlations and makes events that cannot occur; of two inputs that "
    "say the same each looks unimportant. Groups move together. It ranks what the network uses, not what is physics."
)


@dataclass(frozen=True, slots=True)
class Importance:
    """What exchanging one group of inputs among the events does to a region; errors are those of the repetitions."""

    group: str
    """Group, or input."""
    inputs: tuple[str, ...]
    """Inputs that move together."""
    lost: float
    """Share of the region's yield that leaves it; nan for an empty region."""
    lost_error: float
    """Standard error of the mean over repetitions."""
    change: float
    """Relative change of the region's yield: what leaves, less what enters."""
    change_error: float
    """Its error."""
    score_shift: float
    """Mean absolute change of the score over all events that reach the network."""
    score_shift_error: float
    """Its error."""


@dataclass(frozen=True, repr=False)
class RegionExplanation(display.Tabular):
    """Permutation importance of the inputs of one region's network."""

    region: str
    """Region."""
    score: str
    """Score column that `score_shift` is about."""
    sample: str
    """Label of the sample."""
    network: str
    """Title of the network's card."""
    network_label: str
    """Words for a network that is not the published one."""
    n_events: int
    """Events that reach the network."""
    n_selected: int
    """Of these, events in the region."""
    repeats: int
    """Repetitions."""
    seed: int
    """Seed of the permutations."""
    importances: tuple[Importance, ...]
    """One a group, the most important first."""

    def __getitem__(self, group: str) -> Importance:
        from recastbook.exceptions import UnknownName, did_you_mean

        for found in self.importances:
            if found.group == group:
                return found
        message = f"no group {group!r}.{did_you_mean(group, [found.group for found in self.importances])}"
        raise UnknownName(message)

    @property
    def ranking(self) -> tuple[str, ...]:
        """Groups, the most important first."""
        return tuple(found.group for found in self.importances)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return one array a column of the table, in the order of the ranking; for plots."""
        names = ("group", "lost", "lost_error", "change", "change_error", "score_shift", "score_shift_error")
        return {name: np.array([getattr(found, name) for found in self.importances]) for name in names}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        out = {k: getattr(self, k) for k in ("region", "score", "sample", "network", "network_label", "n_events",
                                             "n_selected", "repeats", "seed")}  # fmt: skip
        rows = [{k: _plain(v) for k, v in asdict(found).items()} for found in self.importances]
        return {**out, "importances": rows, "remarks": [CAVEAT]}

    def to_json(self) -> str:
        """Return everything as JSON."""
        return json.dumps(self.to_dict(), indent=1)

    # ---- display

    HEADERS = ("inputs", "number", "yield that leaves", "change of the yield", "mean abs(change of score)")

    def _rows(self) -> list[tuple[object, ...]]:
        return [
            (i.group, len(i.inputs), _percent(i.lost, i.lost_error), _percent(i.change, i.change_error),
             display.plus_minus(i.score_shift, i.score_shift_error))
            for i in self.importances
        ]  # fmt: skip

    def _facts(self) -> dict[str, object]:
        return {
            "sample": self.sample,
            "network": self.network,
            "score": self.score,
            "events": f"{self.n_events} reach the network, {self.n_selected} are in the region",
            "repetitions": f"{self.repeats}, seed {self.seed}",
        }

    def __str__(self) -> str:
        label = f" ({self.network_label})" if self.network_label else ""
        head = display.text_card(f"What {self.region} depends on{label}", self._facts())
        return "\n".join([head, display.text_table(self.HEADERS, self._rows()), CAVEAT])

    def _as_table(self) -> display.TableView:
        label = f" ({self.network_label})" if self.network_label else ""
        return display.TableView(self.HEADERS, self._rows(), f"What {self.region} depends on{label}", [CAVEAT])

    def bars(self) -> display.Bars:
        """Return what :func:`recastbook.plots.importance` draws: the yield that leaves the region, in per cent."""
        found = self.arrays()
        return display.Bars(
            self.ranking, 100 * found["lost"], 100 * found["lost_error"], f"yield that leaves {self.region} [%]",
            self.sample, self.network_label,
        )  # fmt: skip

    def _repr_html_(self) -> str:
        badges = [display.badge(self.network_label, "warning")] if self.network_label else []
        rows = [(*row[:2], display.Cell(row[2], bar=_bar(i.lost)), *row[3:])
                for row, i in zip(self._rows(), self.importances, strict=True)]  # fmt: skip
        table = display.Html(display.html_table(self.HEADERS, rows) + display.copies(self._as_table()))
        notes = [display.note(CAVEAT, "note")]
        title = f"What {self.region} depends on"
        return str(display.card(title, self._facts(), badges=badges, body=[table], notes=notes))


def explain_region(
    scorer: RegionScorer,
    groups: Mapping[str, Sequence[str]],
    *,
    repeats: int = 5,
    seed: int = 1,
    sample: str = "",
    network_label: str = "",
    progress: bool = False,
) -> RegionExplanation:
    """Exchange each group of inputs among the events that reach a region's network, and count what the region loses.

    Parameters
    ----------
    scorer
        Region, network and events.
    groups
        Group -> inputs that are exchanged together.
    repeats
        Permutations a group; at least 2, for an error.
    seed
        Seed. The permutations of a group depend on its name, not on which other groups there are.
    sample, network_label
        Words for the display.
    progress
        Show a progress bar for what takes longer than two seconds.

    Raises
    ------
    BadOption
        If fewer than two events reach the network, or there are fewer than two repetitions.
    """
    from tqdm.auto import tqdm

    if repeats < 2:
        message = f"repeats must be at least 2 to give an error, not {repeats}"
        raise BadOption(message)
    if len(scorer) < 2:
        message = f"{scorer.region.name}: {len(scorer)} events reach the network; at least 2 are needed"
        raise BadOption(message)
    found = scorer.columns(scorer.raw)
    base, inside = found[scorer.score.column].astype(np.float64), scorer.selected(found)
    weight, total = scorer.weight, float(scorer.weight[inside].sum())
    importances = []
    for group, names in tqdm(groups.items(), desc=scorer.region.name, unit="group", delay=2.0, disable=not progress):
        positions = [scorer.card.columns[name] for name in names]
        seen = np.empty((repeats, 3))
        for repeat in range(repeats):
            generator = np.random.default_rng([seed, zlib.crc32(group.encode()), repeat])
            raw = scorer.raw.copy()
            raw[:, positions] = scorer.raw[generator.permutation(len(raw))][:, positions]
            scores = scorer.columns(raw)
            now = scorer.selected(scores)
            shift = np.abs(scores[scorer.score.column].astype(np.float64) - base)
            seen[repeat] = (
                weight[inside & ~now].sum() / total if total else math.nan,
                weight[now].sum() / total - 1.0 if total else math.nan,
                float(np.sum(weight * shift) / weight.sum()),
            )
        mean, error = seen.mean(axis=0), seen.std(axis=0, ddof=1) / math.sqrt(repeats)
        pairs = [float(v) for pair in zip(mean, error, strict=True) for v in pair]
        importances.append(Importance(group, tuple(names), *pairs))
    importances.sort(key=lambda i: (-np.nan_to_num(i.lost), -i.score_shift))
    return RegionExplanation(
        region=scorer.region.name,
        score=scorer.score.column,
        sample=sample,
        network=scorer.card.title,
        network_label=network_label,
        n_events=len(scorer),
        n_selected=int(inside.sum()),
        repeats=repeats,
        seed=seed,
        importances=tuple(importances),
    )


def _bar(share: float) -> float | None:
    return None if math.isnan(share) else min(1.0, max(0.0, share))


def _percent(value: float, error: float) -> object:
    return None if math.isnan(value) else f"{display.plus_minus(100.0 * value, 100.0 * error)} %"


def _plain(value: Any) -> Any:
    return (
        None if isinstance(value, float) and math.isnan(value) else list(value) if isinstance(value, tuple) else value
    )
