"""The cutflow of one region, and how it stands beside the published one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from recastbook.cutflow.count import Count
from recastbook.display import (
    Cell,
    Html,
    TableView,
    Tabular,
    copies,
    html_table,
    number,
    plus_minus,
    svg_points,
    text_table,
)
from recastbook.exceptions import StatisticsError

__all__ = ["ComparisonRow", "Cutflow", "CutflowComparison", "CutflowStep", "PublishedCutflow", "PublishedRow"]

NOT_PUBLISHED = "not published here"
ANOTHER_SIGNAL = "another signal"
NONE_SELECTED = 1.841
"""Events that a selection of none is compatible with at one standard deviation (Garwood's interval)."""


@dataclass(frozen=True, slots=True)
class CutflowStep:
    """One row: the events left after a cut."""

    label: str
    count: Count
    network: str = ""
    """What kind of network was used up to here, if not the published one."""
    probability: bool = False
    """Whether the weights were multiplied by a probability per event, from a map or a surrogate."""

    @property
    def raw(self) -> int:
        """Number of simulated events."""
        return self.count.raw

    @property
    def sum_w(self) -> float:
        """Sum of weights."""
        return self.count.sum_w

    @property
    def sum_w2(self) -> float:
        """Sum of squared weights."""
        return self.count.sum_w2


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One row of a published cutflow, tied to a row of ours by its number."""

    step: int
    """Index of our step it corresponds to (0 is all events)."""
    label: str
    """As printed."""
    value: float
    """Events, as printed."""
    rounding: float = 0.0
    """Half a unit of the last printed digit."""


@dataclass(frozen=True, slots=True)
class PublishedCutflow:
    """The rows a paper prints for one region, and for which signal."""

    rows: tuple[PublishedRow, ...]
    sample: str
    """What the paper says of its signal."""
    source: str
    masses_stated: bool = False
    """Are the masses of the benchmark printed? If not, only fractions can be compared."""
    process: str = ""
    """Process of the benchmark as in a sample's metadata, empty if unknown."""


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """Ours beside published.

    `verdict` is agree, tension, differs, reference, not published here, another signal, or the kind of network that was
    used.
    """

    label: str
    raw: int
    ours: float
    error: float
    published: float | None
    ratio: float | None
    ratio_error: float | None
    pull: float | None
    verdict: str
    rounding: float | None = None
    """Half a unit of the last digit printed."""


@dataclass(frozen=True, slots=True)
class CutflowComparison(Tabular):
    """A cutflow beside the published one, row by row."""

    region: str
    rows: tuple[ComparisonRow, ...]
    unit: str
    """What the numbers of ours are: events at the luminosity, or normalised to a row."""
    notes: tuple[str, ...] = ()

    _HEADERS = ("step", "raw", "ours", "published", "ratio", "pull", "")

    def _cells(self) -> list[list[object]]:
        marks = {
            "agree": "ok",
            "tension": "warning",
            "differs": "bad",
            "reference": "note",
            NOT_PUBLISHED: "absent",
            ANOTHER_SIGNAL: "note",
        }
        out: list[list[object]] = []
        for r in self.rows:
            ratio = "-" if r.ratio is None else plus_minus(r.ratio, r.ratio_error)
            pull = "-" if r.pull is None else f"{r.pull:+.1f}"
            verdict = Cell(r.verdict, mark=marks.get(r.verdict, "warning"))
            out.append([r.label, r.raw, plus_minus(r.ours, r.error), number(r.published, 4), ratio, pull, verdict])
        return out

    def __str__(self) -> str:
        head = f"{self.region} ({self.unit})"
        notes = "".join(f"\n  {n}" for n in self.notes)
        return f"{head}\n{text_table(self._HEADERS, self._cells())}{notes}"

    def _as_table(self) -> TableView:
        return TableView(self._HEADERS, self._cells(), f"{self.region} ({self.unit})", self.notes)

    def _repr_html_(self) -> Html:
        far = [abs(r.ratio - 1) + (r.ratio_error or 0.0) for r in self.rows if r.ratio is not None]
        reach = min(1.0, max([0.1, *(1.1 * f for f in far)]))
        rows = self._cells()
        for row, r in zip(rows, self.rows, strict=True):
            row[4] = Cell(row[4], picture=svg_points(r.ratio, r.ratio_error, reach=reach))
        table = self._as_table()
        return Html(html_table(self._HEADERS, rows, caption=table.caption, notes=self.notes) + copies(table))


@dataclass(frozen=True, slots=True)
class Cutflow(Tabular):
    """The cutflow of one region; `scale` turns sums of weights into expected events."""

    region: str
    steps: tuple[CutflowStep, ...]
    scale: float | None = None
    """Cross section x luminosity / sum of weights; None where no cross section is known."""
    published: PublishedCutflow | None = field(default=None, compare=False)
    label: str = ""
    """Sample label, and a warning such as a stand-in network's."""
    notes: tuple[str, ...] = ()
    process: str = ""
    """Process of our signal as in its metadata, empty if unknown."""

    def __len__(self) -> int:
        return len(self.steps)

    def efficiency(self, index: int = -1) -> tuple[float, float]:
        """Return efficiency and its statistical error after step `index`.

        The error is the binomial one generalised to weights, by error propagation of passed / (passed + failed):
        sqrt(sum over passed of w^2 (1 - 2 eps) + eps^2 sum over all of w^2) / abs(sum over all of w). Where events
        count by a probability p it is the spread of p over the events,
        sqrt(sum of w^2 p^2 - eps^2 sum over all of w^2) / abs(sum over all of w), exact for equal weights.
        """
        total, step = self.steps[0].count, self.steps[index].count
        if total.sum_w == 0:
            return math.nan, math.nan
        return step.sum_w / total.sum_w, _fraction_error(step, total, probability=self.steps[index].probability)

    def compare(self, published: PublishedCutflow | None = None, *, normalise: str = "auto") -> CutflowComparison:
        """Set our rows beside the published ones.

        Parameters
        ----------
        published
            Published rows; the ones that came with the search by default.
        normalise
            ``"events"`` compares expected events (needs a cross section), ``"first"`` scales ours to the first
            published row, so that the ratios compare fractions; ``"auto"`` takes the first only where the paper
            states the masses of its benchmark.

        Returns
        -------
        CutflowComparison
            One row a step. ``pull`` is the difference over the error, which joins our Monte Carlo error and the
            rounding of the printed numbers (uniform: half a digit / sqrt(3)); below 2 agrees, below 3 is a tension.
            Where no simulated event is left, our error is 1.84 times the weight of one. No row is judged where our
            process is known to be another than that of the benchmark.

        Raises
        ------
        StatisticsError
            For ``"events"`` without a cross section.
        """
        table = published if published is not None else self.published
        by_step = {r.step: r for r in table.rows if r.step < len(self.steps)} if table is not None else {}
        notes = list(self.notes)
        scale, unit, reference = self.scale, "expected events", -1
        if normalise == "events" and scale is None:
            msg = f"{self.region}: expected events need a cross section; give the sample one"
            raise StatisticsError(msg)
        if table is None:
            notes.append("no cutflow of this region is published with numbers in the sources at hand")
        elif not by_step:
            notes.append("none of the rows here is published")
        elif normalise == "first" or (normalise == "auto" and not (table.masses_stated and scale is not None)):
            reference = min(by_step)
            first = self.steps[reference].count.sum_w
            scale = by_step[reference].value / first if first else None
            unit = f"normalised to the published row {by_step[reference].label!r}"
            if not table.masses_stated:
                notes.append(
                    f"the benchmark ({table.sample}) is published without its masses: only fractions compare, and a "
                    "difference may be one of the masses"
                )
        another = bool(table is not None and table.process and self.process and table.process != self.process)
        if table is not None and another:
            notes.append(
                f"ours is {self.process}, the benchmark {table.process}: another signal, whose rows need not agree"
            )
        if table is not None:
            notes.append(f"published: {table.sample}; {table.source}")
        if scale is None:
            scale, unit = 1.0, "sum of weights"
        rows = []
        for i, step in enumerate(self.steps):
            ours, error = step.count.sum_w * scale, step.count.error * abs(scale)
            if step.raw == 0:
                error = NONE_SELECTED * abs(scale * self._mean_weight())
            elif reference >= 0:
                error = self._relative_error(i, reference) * abs(ours)
            row = by_step.get(i)
            printed = row.rounding if row is not None else 0.0
            if reference >= 0 and i != reference and by_step[reference].value:
                # ours is proportional to the reference as printed, and so to its rounding
                printed = math.hypot(printed, ours * by_step[reference].rounding / by_step[reference].value)
            compared = _compare(step, ours, error, row, printed, is_reference=i == reference)
            if another and compared.pull is not None:
                compared = replace(compared, pull=None, verdict=ANOTHER_SIGNAL)
            rows.append(compared)
        return CutflowComparison(
            self.region, tuple(rows), unit + (f"; {self.label}" if self.label else ""), tuple(notes)
        )

    def _mean_weight(self) -> float:
        total = self.steps[0].count
        return total.sum_w / total.raw if total.raw else 0.0

    def _relative_error(self, index: int, reference: int) -> float:
        """Relative error of the ratio of two nested counts, the binomial one generalised to weights."""
        inner, outer = self.steps[max(index, reference)].count, self.steps[min(index, reference)].count
        if inner.sum_w == 0 or outer.sum_w == 0:
            return 0.0
        return _fraction_error(inner, outer) / abs(inner.sum_w / outer.sum_w)

    def _cells(self) -> list[list[object]]:
        out: list[list[object]] = []
        before: float | None = None
        for i, step in enumerate(self.steps):
            eff, err = self.efficiency(i)
            kept = None if before in (None, 0.0) or before is None else step.sum_w / before
            events = (
                None if self.scale is None else plus_minus(step.sum_w * self.scale, step.count.error * abs(self.scale))
            )
            kept_text = "-" if kept is None else f"{100 * kept:.1f} %"
            out.append([step.label, step.raw, plus_minus(100 * eff, 100 * err) + " %", kept_text, events])
            before = step.sum_w
        return out

    _HEADERS = ("step", "raw", "efficiency", "kept", "expected events")

    def __str__(self) -> str:
        title = self.region + (f"  [{self.label}]" if self.label else "")
        return f"{title}\n{text_table(self._HEADERS, self._cells())}"

    def _repr_html_(self) -> Html:
        rows = self._cells()
        for i, row in enumerate(rows):
            row[2] = Cell(row[2], bar=self.efficiency(i)[0])
        table = self._as_table()
        return Html(html_table(self._HEADERS, rows, caption=table.caption, notes=self.notes) + copies(table))

    def _as_table(self) -> TableView:
        title = self.region + (f" [{self.label}]" if self.label else "")
        return TableView(self._HEADERS, self._cells(), title, self.notes)

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-ready description."""
        rows = [
            {"label": s.label, "raw": s.raw, "sum_w": s.sum_w, "sum_w2": s.sum_w2}
            | ({"network": s.network} if s.network else {})
            for s in self.steps
        ]
        return {"region": self.region, "label": self.label, "scale": self.scale, "steps": rows}


def _fraction_error(passed: Count, total: Count, *, probability: bool = False) -> float:
    """Return the error of passed over total, where `passed` is part of `total`, or its events times a probability."""
    eff = passed.sum_w / total.sum_w
    if probability:
        variance = passed.sum_w2 - eff * eff * total.sum_w2
    else:
        variance = passed.sum_w2 * (1 - 2 * eff) + eff * eff * total.sum_w2
    return math.sqrt(max(variance, 0.0)) / abs(total.sum_w)


def _compare(
    step: CutflowStep, ours: float, error: float, row: PublishedRow | None, printed: float, *, is_reference: bool
) -> ComparisonRow:
    if row is None:
        verdict = step.network or NOT_PUBLISHED
        return ComparisonRow(step.label, step.raw, ours, error, None, None, None, None, verdict)
    ratio = ours / row.value if row.value else None
    ratio_error = error / abs(row.value) if row.value else None
    if is_reference:
        return ComparisonRow(
            step.label, step.raw, ours, error, row.value, ratio, ratio_error, None, "reference", row.rounding
        )
    if step.network:
        # another network's score says nothing about agreement with the paper
        return ComparisonRow(
            step.label, step.raw, ours, error, row.value, ratio, ratio_error, None, step.network, row.rounding
        )
    total = math.hypot(error, printed / math.sqrt(3))
    pull = (ours - row.value) / total if total > 0 else None
    if pull is None:
        verdict = "no error known"
    else:
        verdict = "agree" if abs(pull) < 2 else "tension" if abs(pull) < 3 else "differs"
    return ComparisonRow(step.label, step.raw, ours, error, row.value, ratio, ratio_error, pull, verdict, row.rounding)
