"""The cutflow browser: step by step beside the published one, with every cut to be dragged."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import ipywidgets
import numpy as np
import traitlets

from recastbook.cutflow import TOWARDS_ONE, remarks
from recastbook.display import Cell, html_table, note, number, plus_minus
from recastbook.exceptions import UnknownName, did_you_mean
from recastbook.regions import cut_in_words
from recastbook.widgets.base import Panel
from recastbook.widgets.explorer import register_panel
from recastbook.widgets.picture import READABLE, Picture
from recastbook.widgets.score_explorer import HIGHEST, WIDE, on_steps
from recastbook.widgets.words import Words

__all__ = ["CutflowBrowser"]

SIGNS = {"min": "≥", "above": ">", "max": "≤", "below": "<"}
_MARKS = {"agree": "ok", "tension": "warning", "differs": "bad", "reference": "note"}


class CutflowBrowser(Panel):
    """A region's cutflow, ours and published; any cut can be dragged, and every later step follows.

    Its plain twins are ``result.cutflow(region, moved=...)`` and ``plots.threshold(result, region, number)``.

    Parameters
    ----------
    result
        What a search's ``run`` returned.
    *others
        Results on other samples.
    **choices
        ``region``, ``sample``, ``cut``, ``bound``, ``moved`` and ``log_scale``.
    """

    heading: ClassVar[str] = "Cutflow"
    choices: ClassVar[tuple[str, ...]] = ("region", "sample", "cut", "bound", "moved", "log_scale")
    region = traitlets.Unicode()
    sample = traitlets.Int(0)
    """Which of the results, from 0."""
    cut = traitlets.Int(0)
    """Number of the cut that is looked at, from 1."""
    bound = traitlets.Unicode()
    """Which bound of it is dragged."""
    moved = traitlets.Dict()
    """Number of a cut (as text, for JSON) -> comparator -> value."""
    log_scale = traitlets.Bool(False)

    def build(self) -> None:
        """Make the controls, the table and the picture."""
        counted = [r.name for r in self.result.header.regions if r.name in self.result.counts]
        # a layout of its own for each: what is hidden by it must not hide the others
        auto = {"style": WIDE, "layout": {"width": "auto", "max_width": "24em"}}
        region = self.control("region", ipywidgets.Combobox(description="region", ensure_option=True, **auto))
        self.set("region", options=counted)
        labels = [(r.label, i) for i, r in enumerate(self.results)]
        sample = self.control("sample", ipywidgets.Dropdown(description="sample", options=labels, **auto))
        sample.layout.display = None if len(labels) > 1 else "none"
        log = self.control(
            "log_scale", ipywidgets.Checkbox(description="log axis", indent=False, layout={"width": "auto"})
        )
        listed = self.control(
            "cut",
            ipywidgets.Select(description="cut", rows=11, style=WIDE, layout={"width": "25em", "max_width": "100%"}),
        )
        bound = self.control(
            "bound", ipywidgets.ToggleButtons(description="bound", style={"button_width": "auto", **WIDE})
        )
        self._at = 0.0
        self.slider = ipywidgets.FloatSlider(style=WIDE, layout={"width": "44em", "max_width": "100%"})
        self.slider.observe(self._dragged, "value")
        auto_width = {"width": "auto"}
        self.back = self.press(ipywidgets.Button(description="this cut as published", layout=auto_width), self._back)
        self.all_back = self.press(ipywidgets.Button(description="all as published", layout=auto_width), self._reset)
        self.picture = Picture(6.0, 3.4)
        self.plot: Any = None
        self.words = Words()
        self.table = Words()
        self.losses = Words()
        self.on("region", self._cuts)
        self.on("cut", self._bounds)
        row = ipywidgets.Layout(flex_flow="row wrap", align_items="center", grid_gap="4px 14px")
        left = ipywidgets.VBox([listed, self.losses], layout=ipywidgets.Layout(flex="0 0 auto", max_width="26em"))
        right = ipywidgets.VBox([self.words, self.picture], layout=ipywidgets.Layout(min_width=READABLE, flex="1 1 0"))
        beside = ipywidgets.HBox([left, right], layout=ipywidgets.Layout(flex_flow="row wrap"))
        self.arrange(
            [
                ipywidgets.HBox([region, sample, log], layout=row),
                bound,
                ipywidgets.HBox([self.slider, self.back, self.all_back], layout=row),
            ],
            [beside, self.table],
        )

    def start(self) -> None:
        """Open the first region that was evaluated, at the cut that loses most."""
        options = list(self.controls["region"].options)
        present = [name for name in options if name not in self.result.absent]
        self.region = next(iter(present or options), "")

    # -- what depends on what -----------------------------------------------------------------------

    @property
    def shown_result(self) -> Any:
        """The result whose numbers are in the table."""
        if not 0 <= self.sample < len(self.results):
            msg = f"there are samples 0 to {len(self.results) - 1}, none of number {self.sample}"
            raise UnknownName(msg)
        return self.results[self.sample]

    def _moving(self) -> Any:
        known = self.controls["region"].options
        if self.region not in known:
            why = self.result.absent.get(self.region, "")
            msg = f"no region {self.region!r} was counted. {why or did_you_mean(self.region, known)}"
            raise UnknownName(msg)
        return self.shown_result.moving(self.region)

    def _cuts(self) -> None:
        moving = self._moving()
        self.moved = {}
        self._list()
        self.cut = _worst(moving.nominal, among=moving.movable) or 1
        self._bounds()

    def _list(self) -> None:
        moving = self._moving()
        moves = self.moves
        options = []
        for i in range(1, len(moving.cuts) + 1):
            moved = moving.cut(i, moves) != moving.cut(i)
            options.append((f"{i}  {moving.cut(i, moves).text}{'  (moved)' if moved else ''}", i))
        if tuple(options) != tuple(self.controls["cut"].options):
            self.set("cut", options=options)

    def _bounds(self) -> None:
        moving = self._moving()
        names = [b.comparator for b in moving.cut(self.cut).bounds] if self.cut in moving.movable else []
        self.set("bound", options=[(SIGNS[n], n) for n in names])
        self.controls["bound"].layout.display = None if len(names) > 1 else "none"
        if names and self.bound not in names:
            self.bound = names[0]

    @property
    def moves(self) -> dict[int, dict[str, float]]:
        """Where cuts are moved to, as ``Result.cutflow`` takes it."""
        return {int(i): {str(c): float(v) for c, v in bounds.items()} for i, bounds in self.moved.items()}

    def drag(self, number: int, **bounds: float) -> None:
        """Move a cut: ``browser.drag(7, min=250)``; without bounds it goes back.

        Parameters
        ----------
        number
            Number of the cut, from 1.
        **bounds
            Comparator (``min``, ``above``, ``max``, ``below``) and value.
        """
        kept = {i: b for i, b in self.moved.items() if i != str(number)}
        self.moved = {**kept, str(number): {**self.moved.get(str(number), {}), **bounds}} if bounds else kept

    def _dragged(self, change: Any) -> None:
        # what the browser only rounds to its steps is no drag
        if not self._quiet and abs(change["new"] - self._at) > 0.5 * self.slider.step:
            self.guard(lambda: self.drag(self.cut, **{self.bound: self._value(float(change["new"]))}))

    def _back(self) -> None:
        self.drag(self.cut)

    def _reset(self) -> None:
        self.moved = {}

    # -- the slider ---------------------------------------------------------------------------------

    def _spreads(self, cut: Any) -> bool:
        return cut.score is not None and cut.transform is None

    def _value(self, shown: float) -> float:
        return 1 - 10.0**-shown if self._spreads(self._moving().cut(self.cut)) else shown

    def _set_slider(self, moving: Any) -> None:
        movable = self.cut in moving.movable
        for control in (self.slider, self.back):
            control.layout.display = None if movable else "none"
        if not movable:
            return
        cut = moving.cut(self.cut)
        published = next(b for b in cut.bounds if b.comparator == self.bound)
        at = self.moves.get(self.cut, {}).get(self.bound, published.value)
        low, high = moving.span(self.cut, published)
        unit = f" [{cut.unit}]" if cut.unit not in ("1", "") else ""
        words = f"{cut.column} {SIGNS[self.bound]}{unit}"
        values = moving.values(self.cut)
        whole = bool((values[:1000] == np.round(values[:1000])).all()) and high - low < 60
        form = ".0f" if whole else ".1f" if high - low > 50 else ".3f"
        low, step = (low, 1.0) if whole else on_steps(low, high, published.value, 500)
        if self._spreads(cut):
            nominal = HIGHEST if published.value >= 1 else min(HIGHEST, -math.log10(1 - published.value))
            high = HIGHEST
            low, step = on_steps(0.0, high, nominal, 720)
            at = HIGHEST if at >= 1 else min(HIGHEST, -math.log10(1 - at))
            words, form = f"{cut.column} {SIGNS[self.bound]}, as -log10(1 - p)", ".4f"
        before, self._quiet = self._quiet, True
        try:
            if low > self.slider.max:
                self.slider.max = high
            self.slider.min, self.slider.max = low, max(high, low)
            self.slider.step, self.slider.readout_format, self._at = step, form, at
            self.slider.description, self.slider.value = words, at
        finally:
            self._quiet = before

    # -- showing ------------------------------------------------------------------------------------

    def show(self, changed: set[str]) -> None:
        """Show the cutflow, or move a cut in it."""
        if not self.region:
            self.table.value = note("no region of this result was counted", "absent")
            self.picture.hide()
            return
        moves = self.moves
        others = {i: b for i, b in moves.items() if i != self.cut}
        key = (self.sample, self.region, self.cut, repr(sorted(others.items())))
        dragged_only = changed == {"moved"} and key == getattr(self, "_key", None)
        if not dragged_only:
            self._held = self._moving()
            self._number = self.cut if self.cut in self._held.movable else 0
            self._handle = self._held.handle(self._number, moves) if self._number else None
            self._comparison = self.shown_result.cutflow(self.region).compare()
        self._set_slider(self._held)
        found = self._held.count(moves) if self._handle is None else self._handle.count(moves.get(self.cut))
        self._list()
        self._tell(found, moves)
        self._draw(moves, dragged_only=dragged_only)
        self._key = key  # only now: what failed half-way is done again in full
        self.losses.value = note("what each cut costs follows when the slider rests")
        self.later("losses", self._losses)

    def _tell(self, found: Any, moves: dict[int, dict[str, float]]) -> None:
        flow, rows = self.shown_result.cutflow(self.region), self._comparison.rows
        first = flow.steps[0].sum_w
        scale = rows[0].ours / first if first else 1.0
        moved_any = any(self._held.cut(i, moves) != self._held.cut(i) for i in moves)
        printed = any(row.published is not None for row in rows)  # else there is nothing to set ours beside
        headers = ["", "step", "raw", "ours", "kept", *(("published", "ratio", "") if printed else ())]
        headers += ["raw, moved", "ours, moved", "change"] if moved_any else []
        cells: list[list[object]] = []
        worst = _worst(found.counts)
        for i, row in enumerate(rows):
            sums, before = flow.steps[i].sum_w, flow.steps[i - 1].sum_w if i else 0.0
            kept: object = f"{100 * sums / before:.1f} %" if i and before else "-"
            if i and i == worst and sums < before:
                kept = Cell(kept, mark="warning", title="this cut loses most of what reaches it")
            ratio = "-" if row.ratio is None else plus_minus(row.ratio, row.ratio_error)
            line: list[object] = [
                Cell(str(i) if i else "", mark="note" if i and i == self.cut else None), row.label, row.raw,
                plus_minus(row.ours, row.error), kept,
            ]  # fmt: skip
            if printed:
                said = Cell(row.verdict, mark=_MARKS.get(row.verdict)) if row.published is not None else ""
                line += [number(row.published, 4), ratio, said]
            if moved_any:
                line += self._moved_cells(i, row, found, scale, sums)
            cells.append(line)
        notes = [*self._comparison.notes, *(remarks(self._held, found) if moved_any else ())]
        caption = f"{self.region} ({self._comparison.unit})"
        self.table.value = html_table(
            headers, cells, caption=caption, notes=notes, align="rlrrr" + "rrl" * printed + "rrr"
        )
        name = self._held.cut(self.cut, moves) if 1 <= self.cut <= len(self._held.cuts) else None
        if name is not None:
            names = {k: label for k, (_, label) in self.result.header.features.items()}
            self.words.value = note(f"cut {self.cut}: {cut_in_words(name, names)}")

    def _moved_cells(self, i: int, row: Any, found: Any, scale: float, sums: float) -> list[object]:
        if i >= len(found.counts):
            return ["-", "-", "does not follow"]
        count = found.counts[i]
        change = f"{100 * (count.sum_w / sums - 1):+.1f} %" if sums else "-"
        if row.raw == count.raw:
            change = ""
        value = plus_minus(count.sum_w * scale, count.error * abs(scale))
        if not found.complete[i]:
            return [count.raw, Cell(value, mark="warning", title="slim table only"), "slim table only"]
        return [count.raw, value, change]

    def _draw(self, moves: dict[int, dict[str, float]], *, dragged_only: bool) -> None:
        from recastbook import plots

        nothing = not len(self._held.slim)
        if nothing or self.region in self.shown_result.absent or not self._held.cut(max(self.cut, 1)).column:
            why = "conditions of which one must hold: there is nothing to drag"
            if self.region in self.shown_result.absent:
                why = f"no distribution: {self.shown_result.absent[self.region]}"
            if nothing:
                why = "no event of this run is in its slim table: there is nothing to draw and nothing to drag"
            self.picture.hide()
            self.words.value += note(why, "absent")
            return
        cut = self._held.cut(self.cut, moves)
        says = f"{cut.column} after all other cuts of {self.region}; cut: {cut.text}"
        if dragged_only and self.picture.value:
            self.plot.place({b.comparator: b.value for b in cut.bounds})
            self.picture.moved(says=says)
            return
        self.plot = plots.threshold(
            list(self.results), self.region, self.cut, moved=moves, transform=self._transform(), log=self.log_scale,
            ax=self.picture.clear(),
        )  # fmt: skip
        self.picture.show(self.plot.moving, says=says)

    def _transform(self) -> str | None:
        return TOWARDS_ONE if self._spreads(self._held.cut(self.cut)) else None

    def _losses(self) -> None:
        moving, moves = self._held, self.moves
        if not len(moving.slim):
            self.losses.value = ""
            return
        lost = moving.lost_alone(moves)
        scale = self.shown_result.scale if self.shown_result.scale is not None else 1.0
        most = max((c.sum_w for c in lost.values()), default=0.0)
        rows = [
            [i, moving.cut(i, moves).text, Cell(plus_minus(c.sum_w * scale, c.error * abs(scale)),
                                                bar=c.sum_w / most if most > 0 else 0.0)]
            for i, c in sorted(lost.items(), key=lambda item: -item[1].sum_w)[:5]
        ]  # fmt: skip
        unit = "events" if self.shown_result.scale is not None else "sum of weights"
        notes = ["events that fail this cut and no other"]
        if not all(moving.complete):
            notes.append("of those in the slim table")
        self.losses.value = html_table(["", "lost by this cut alone", unit], rows, notes=notes, align="rlr")

    def code(self) -> str:
        """Return the calls that give table and picture without the widget."""
        what = "results" if len(self.results) > 1 else "result"
        which = f"results[{self.sample}]" if len(self.results) > 1 else "result"
        lines = [f"moved = {self.moves!r}", f"flow = {which}.cutflow({self.region!r}, moved=moved)"]
        if self.picture.value:
            transform = f", transform={TOWARDS_ONE!r}" if self._transform() else ""
            lines = ["from recastbook import plots", *lines]
            lines.append(
                f"plots.threshold({what}, {self.region!r}, {self.cut}, moved=moved{transform}, log={self.log_scale})"
            )
        return "\n".join(lines)


def _worst(counts: Any, among: Any = None) -> int:
    """Return the number of the cut that keeps the smallest share of what reaches it; 0 if there is none."""
    numbers = range(1, len(counts)) if among is None else among
    shares = {i: counts[i].sum_w / counts[i - 1].sum_w for i in numbers if counts[i - 1].sum_w > 0}
    return min(shares, key=lambda i: shares[i], default=0)


register_panel(CutflowBrowser, place=40)
