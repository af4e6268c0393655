"""The score explorer: a network's output after all other cuts, and what a threshold on it keeps."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import ipywidgets
import traitlets

from recastbook.cutflow import TOWARDS_ONE
from recastbook.display import html_table, note, plus_minus
from recastbook.exceptions import UnknownName, did_you_mean
from recastbook.statistics.records import level_text
from recastbook.widgets.base import Panel
from recastbook.widgets.explorer import register_panel
from recastbook.widgets.picture import Picture
from recastbook.widgets.published import counting_models
from recastbook.widgets.words import Words, probable

__all__ = ["ScoreExplorer"]

WIDE = {"description_width": "initial"}
_NEAR_ONE = 0.99
"""Published thresholds from here on are hard to see on a scale of p."""
HIGHEST = 7.2
"""End of the spread slider: a float32 just below one."""


class ScoreExplorer(Panel):
    """A network's output for a parameter point, per sample and region, with a threshold that moves.

    Yield and significance follow the slider at once, CLs after a short pause; nothing is run again. Its plain twins
    are ``plots.threshold(result, region, number)`` and ``result.cutflow(region, moved=...)``.

    Parameters
    ----------
    result
        What a search's ``run`` returned.
    *others
        Results on other samples.
    **choices
        ``output``, ``point``, ``region``, ``bound``, ``spread``, ``log_scale`` and ``threshold``.
    """

    heading: ClassVar[str] = "Scores"
    choices: ClassVar[tuple[str, ...]] = ("output", "point", "region", "bound", "spread", "log_scale", "threshold")
    output = traitlets.Unicode()
    """Name of the network's output."""
    point = traitlets.Unicode()
    """Column of the score at a parameter point, for example ``p_gtt[1,2100,1]``."""
    region = traitlets.Unicode()
    bound = traitlets.Unicode()
    """Which bound of the region's cut is moved: ``min``, ``above``, ``max`` or ``below``."""
    spread = traitlets.Bool(True)
    """Show -log10(1 - p) instead of p; by default where the published threshold lies near 1."""
    log_scale = traitlets.Bool(False)
    """Logarithmic vertical axis."""
    threshold = traitlets.Float(allow_none=True, default_value=None)
    """Where the bound is moved to; where the search has it by default."""

    @classmethod
    def missing(cls, results: tuple[Any, ...]) -> str:
        """Return why there is no score to look at."""
        result = results[0]
        if _cuts_on_scores(result):
            return ""
        if not any(r.uses_network for r in result.header.regions):
            which = result.header.analysis
            if any(probable(result, r.name) for r in result.header.regions):
                return f"{which} cuts on no score: its regions are probabilities per event, from maps or surrogates"
            return f"{which} cuts on no network's score"
        if not len(result.slim):
            return "no event of this run is in its slim table: there is no score to look at"
        reasons = {result.absent.get(r.name, "") for r in result.header.regions if r.uses_network} - {""}
        return f"this result has no scores: {next(iter(sorted(reasons)), 'its network was not run')}"

    def build(self) -> None:
        """Make the controls, the picture and the table."""
        self._cuts = _cuts_on_scores(self.result)
        outputs = list(dict.fromkeys(output for output, *_ in self._cuts))
        dropdown = {"style": WIDE, "layout": {"width": "auto", "max_width": "22em"}}
        boxes = [
            self.control("output", ipywidgets.Dropdown(description="output", options=outputs, **dropdown)),
            self.control("point", ipywidgets.Dropdown(description="point", **dropdown)),
            self.control("region", ipywidgets.Dropdown(description="region", **dropdown)),
            self.control(
                "spread", ipywidgets.Checkbox(description="-log10(1 - p)", indent=False, layout={"width": "auto"})
            ),
            self.control(
                "log_scale", ipywidgets.Checkbox(description="log axis", indent=False, layout={"width": "auto"})
            ),
        ]
        bound = self.control(
            "bound", ipywidgets.ToggleButtons(description="bound", style={"button_width": "auto", **WIDE})
        )
        slider = ipywidgets.FloatSlider(
            description="threshold", readout_format=".4f", style=WIDE, layout={"width": "44em", "max_width": "100%"}
        )
        self.control("threshold", slider, to=self._to_slider, back=self._from_slider)
        back = self.press(ipywidgets.Button(description="as published", layout={"width": "auto"}), self._reset)
        self.picture = Picture(6.6, 3.7)
        self.plot: Any = None
        self.table = Words()
        self.limits = Words()
        for name, react in (("output", self._points), ("point", self._regions), ("region", self._bounds)):
            self.on(name, react)
        self.on("bound", self._reset)
        row = ipywidgets.Layout(flex_flow="row wrap", align_items="center", grid_gap="4px 14px")
        self.arrange(
            [ipywidgets.HBox(boxes, layout=row), bound, ipywidgets.HBox([slider, back], layout=row)],
            [self.table, self.limits, self.picture],
        )

    def start(self) -> None:
        """Open on the first output."""
        self.models, self.no_models = counting_models(self.result)
        self.output = next(iter(self.controls["output"].options), "")
        self.spread = self._published() >= _NEAR_ONE  # elsewhere that scale only squeezes what is to be seen

    # -- what depends on what -----------------------------------------------------------------------

    def _points(self) -> None:
        columns = list(dict.fromkeys(c for output, c, *_ in self._cuts if output == self.output))
        if not columns:
            msg = f"no region cuts on {self.output!r}.{did_you_mean(self.output, {o for o, *_ in self._cuts})}"
            raise UnknownName(msg)
        self.set("point", options=columns)
        self.controls["point"].layout.display = None if columns != [self.output] else "none"  # it would say it again
        if self.point not in columns:
            self.point = columns[0]

    def _regions(self) -> None:
        found = [region for _, column, region, _ in self._cuts if column == self.point]
        self.set("region", options=found)
        if found and self.region not in found:
            self.region = max(found, key=self._sensitivity)
        elif found:
            self._bounds()

    def _sensitivity(self, region: str) -> float:
        """Return the expected significance of the first sample in a region; 0 where there is none."""
        model, scale = self.models.get(region), self.result.scale
        events = self.result.counts[region][-1].sum_w * scale if scale is not None else 0.0
        return float(model.expected_significance(events)) if model is not None and events > 0 else 0.0

    def _cut(self) -> tuple[int, Any]:
        for _, column, region, cut_number in self._cuts:
            if (column, region) == (self.point, self.region):
                return cut_number, self.result.moving(region).cut(cut_number)
        known = [region for _, column, region, _ in self._cuts if column == self.point]
        msg = f"{self.region!r} has no cut on {self.point} that can be moved.{did_you_mean(self.region, known)}"
        raise UnknownName(msg)

    def _bounds(self) -> None:
        _, cut = self._cut()
        names = [b.comparator for b in cut.bounds]
        self.set("bound", options=[(f"{_WORDS[n]}", n) for n in names])
        self.controls["bound"].layout.display = None if len(names) > 1 else "none"
        if self.bound not in names:
            self.bound = names[0]
        else:
            self._reset()

    def _reset(self) -> None:
        self.threshold = None

    def _published(self) -> float:
        _, cut = self._cut()
        return float(next(b.value for b in cut.bounds if b.comparator == self.bound))

    def _moves(self) -> dict[int, dict[str, float]]:
        cut_number, _ = self._cut()
        return {} if self.threshold is None else {cut_number: {self.bound: float(self.threshold)}}

    # -- the slider ---------------------------------------------------------------------------------

    @property
    def _spreads(self) -> bool:
        return self.spread and self._cut()[1].transform is None

    def _to_slider(self, value: float) -> float:
        if not self._spreads:
            return value
        return HIGHEST if value >= 1 else min(HIGHEST, -math.log10(1 - value))

    def _from_slider(self, value: float) -> float:
        return 1 - 10.0**-value if self._spreads else value

    def _set_slider(self) -> None:
        low, high = (0.0, HIGHEST) if self._spreads else (0.0, 1.0)
        if self._cut()[1].transform == "log10":
            low, high = -8.0, 0.0  # of the score, as the cut has it
        at = self._published() if self.threshold is None else float(self.threshold)
        logarithm = self._cut()[1].transform == "log10"
        words = (
            "threshold, as -log10(1 - p)" if self._spreads else "threshold on log10(p)" if logarithm else "threshold"
        )
        low, step = on_steps(low, high, self._to_slider(self._published()), 720)
        self.set("threshold", min=low, max=high, step=step, description=words, value=self._to_slider(at))

    def _is_echo(self, name: str, new: Any) -> bool:
        if name == "threshold" and self.threshold is None:
            return bool(abs(new - self._to_slider(self._published())) <= 0.5 * self.controls[name].step)
        return super()._is_echo(name, new)

    # -- showing ------------------------------------------------------------------------------------

    def show(self, changed: set[str]) -> None:
        """Draw the distribution, or move the threshold in it."""
        cut_number, _ = self._cut()
        moved_only = changed <= {"threshold"} and bool(self.picture.value)
        if not moved_only:
            present = [r for r in self.results if self.region not in r.absent]
            self._handles = [(r, r.moving(self.region).handle(cut_number)) for r in present]
            self._draw(present, cut_number)
        self._set_slider()
        at = self._published() if self.threshold is None else float(self.threshold)
        self._count(at)
        self.plot.place({self.bound: at})
        says = f"{self.point} after all other cuts of {self.region}, threshold at {at:.6g}"
        if moved_only:
            self.picture.moved(says=says)
        else:
            self.picture.show(self.plot.moving, says=says)
        if self.region in self.models:
            self.limits.value = note("CLs follows when the slider rests")
            self.later("CLs", self._limits)
        else:
            why = self.no_models or f"no observed count and background of {self.region} are at hand"
            self.limits.value = note(f"no significance and no CLs: {why}", "absent")

    def _draw(self, present: list[Any], cut_number: int) -> None:
        from recastbook import plots

        transform = TOWARDS_ONE if self._spreads else None
        self.plot = plots.threshold(
            present, self.region, cut_number, transform=transform, log=self.log_scale, ax=self.picture.clear()
        )

    def _count(self, at: float) -> None:
        rows, self._signals = [], []
        for result, handle in self._handles:
            count = handle.count({self.bound: at}).counts[-1]
            before = handle.moving.nominal[-1]
            scale = result.scale if result.scale is not None else 1.0
            events, error = count.sum_w * scale, count.error * abs(scale)
            self._signals.append((result, events, error))
            share = count.sum_w / result.total.sum_w if result.total.sum_w else math.nan
            rows.append([
                result.label, plus_minus(before.sum_w * scale, before.error * abs(scale)), count.raw,
                plus_minus(events, error), "-" if math.isnan(share) else f"{100 * share:.3g} %",
                self._significance(result, events),
            ])  # fmt: skip
        unit = "events" if all(r.scale is not None for r, *_ in self._signals) else "sum of weights"
        headers = ["sample", f"{unit} as published", "raw", f"{unit} here", "of all", "expected significance"]
        sign = _WORDS[self.bound]
        caption = f"{self.region}: {self.point} {sign} {at:.6g} (published: {self._published():.6g})"
        self.table.value = html_table(headers, rows, caption=caption, align="lrrrrr")

    def _significance(self, result: Any, events: float) -> object:
        model = self.models.get(self.region)
        if model is None or result.scale is None:
            return "-"
        return f"{model.expected_significance(events):.2f}" if events > 0 else "no signal"

    def _limits(self) -> None:
        model = self.models[self.region]
        rows = []
        for result, events, error in self._signals:
            if result.scale is None:
                rows.append([result.label, "-", "-", "needs a cross section", "-"])
                continue
            found = model.cls(events)
            levels = [level_text(found.observed, found.error), level_text(found.expected[2])]
            rows.append([result.label, plus_minus(events, error), *levels, found.method])
        background = plus_minus(model.background, model.background_error)
        notes = [f"published: {model.observed} observed, {background} expected without signal"]
        if self.threshold is not None and self.threshold != self._published():
            notes.append(
                "these belong to the published threshold and are kept where it is moved: the numbers tell how the "
                "signal changes, not what the experiment would find"
            )
        region = self.result.regions[self.region]
        remark = self.result._note(region)
        notes += [remark] if remark else []
        table = html_table(["sample", "signal", "CLs", "CLs expected", "method"], rows, notes=notes, align="lrrrl")
        self.limits.value = table

    def code(self) -> str:
        """Return the calls that give picture, yields and CLs without the widget."""
        cut_number, _ = self._cut()
        what = "results" if len(self.results) > 1 else "result"
        transform = f", transform={TOWARDS_ONE!r}" if self._spreads else ""
        moved = self._moves()
        lines = [
            "from recastbook import plots",
            f"moved = {moved!r}",
            f"plots.threshold({what}, {self.region!r}, {cut_number}, moved=moved{transform}, log={self.log_scale})",
            f"flow = result.cutflow({self.region!r}, moved=moved)",
        ]
        if self.region in self.models and self.result.scale is not None:
            lines += [
                f"model = result.search.counting_models()[{self.region!r}]",
                "cls = model.cls(flow.steps[-1].sum_w * flow.scale)",
            ]
        return "\n".join(lines)


def on_steps(low: float, high: float, at: float, n: int) -> tuple[float, float]:
    """Return a start not below `low` and a step, so that `at` is on a step: a browser rounds what is not."""
    step = (high - low) / n
    return at - math.floor((at - low) / step + 1e-9) * step, step


_WORDS = {"min": "≥", "above": ">", "max": "≤", "below": "<"}


def _cuts_on_scores(result: Any) -> list[tuple[str, str, str, int]]:
    """Return output, column, region and number of every cut on a score that can be moved."""
    columns = set(result.slim.names)
    out = []
    for region in result.header.regions:
        if not region.uses_network or region.name in result.absent or region.name not in result.counts:
            continue
        movable = result.moving(region.name).movable
        out += [
            (str(cut.score), cut.column, region.name, i)
            for i, cut in enumerate(region.cuts, 1)
            if cut.score is not None and cut.column in columns and i in movable
        ]
    return out


register_panel(ScoreExplorer, place=20)
