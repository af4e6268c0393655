"""The event inspector: one event, its objects, its features and network inputs, and what moves its score."""

from __future__ import annotations

from typing import Any, ClassVar

import ipywidgets
import numpy as np
import traitlets

from recastbook.display import fold, html_table, joined, note, number
from recastbook.exceptions import UnknownName, did_you_mean
from recastbook.regions import feature_in_words
from recastbook.widgets.base import Panel
from recastbook.widgets.explorer import register_panel
from recastbook.widgets.picture import Picture
from recastbook.widgets.words import Words, probable

__all__ = ["EventInspector"]

LISTED = 60
"""Events that can be chosen at once; they are read again together."""
_IDS = ("run", "luminosityBlock", "event")
_WIDE = {"description_width": "initial"}


class EventInspector(Panel):
    """One event in the transverse plane and in eta and phi, with what regions and networks make of it.

    Its plain twins are ``result.search.collect_inputs(result, event_ids=[...], objects=True)`` and
    ``result.search.explain(result, region, event=...)``.

    Parameters
    ----------
    result
        What a search's ``run`` returned.
    *others
        Not shown here.
    **choices
        ``region``, ``which`` (``"selected"`` or ``"not selected"``) and ``event``, as ``run:block:event``.
    """

    heading: ClassVar[str] = "Event"
    choices: ClassVar[tuple[str, ...]] = ("region", "which", "event")
    region = traitlets.Unicode()
    which = traitlets.Unicode("selected")
    event = traitlets.Unicode()

    @classmethod
    def missing(cls, results: tuple[Any, ...]) -> str:
        """Return why no event can be shown; empty if one can."""
        result = results[0]
        if result.header.regions and all(r.name in result.absent for r in result.header.regions):
            return f"every region is absent: {next(iter(result.absent.values()))}"
        if not len(result.slim):
            return "no event passes the slim preselection: none can be chosen"
        return ""

    def build(self) -> None:
        """Make the lists, the picture and the tables."""
        self._kept: dict[tuple[str, str], Any] = {}
        self._explained: dict[tuple[str, str], str] = {}
        absent = self.result.absent
        names = [r.name for r in self.result.header.regions if r.name not in absent]
        region = self.control("region", ipywidgets.Dropdown(options=names, description="region", style=_WIDE))
        which = self.control(
            "which", ipywidgets.ToggleButtons(options=["selected", "not selected"], description="events")
        )
        which.style = {"button_width": "auto", **_WIDE}
        event = self.control("event", ipywidgets.Dropdown(description="event", style=_WIDE))
        small = {"width": "auto"}  # a layout of its own for each: where one button is hidden the others stay
        self.before = self.press(
            ipywidgets.Button(description="previous", icon="arrow-left", layout=small), lambda: self._step(-1)
        )
        self.after = self.press(
            ipywidgets.Button(description="next", icon="arrow-right", layout=small), lambda: self._step(1)
        )
        self.explain = self.press(
            ipywidgets.Button(description="What moves its score?", icon="question", layout=small), self._explain
        )
        self.picture = Picture(7.8, 3.9)
        self.words, self.tables, self.explained = Words(), Words(), Words()
        wrap = ipywidgets.Layout(flex_flow="row wrap", align_items="center", grid_gap="4px 14px")
        self.on("region", self._list)
        self.on("which", self._list)
        self.arrange(
            [
                ipywidgets.HBox([region, which], layout=wrap),
                ipywidgets.HBox([event, self.before, self.after, self.explain], layout=wrap),
            ],
            [self.words, self.picture, self.explained, self.tables],
        )

    def start(self) -> None:
        """Open on the region with the most selected events, of those that ask a network where there are some."""
        counts, absent = self.result.counts, self.result.absent
        present = [r for r in self.result.header.regions if r.name in counts and r.name not in absent]
        signal = [r for r in present if r.kind == "signal"] or present
        scored = [r for r in signal if r.uses_network and counts[r.name][-1].raw]
        if signal:
            self.region = max(scored or signal, key=lambda r: counts[r.name][-1].raw).name

    # -- which events -------------------------------------------------------------------------------

    def _region(self) -> Any:
        known = [r.name for r in self.result.header.regions if r.name not in self.result.absent]
        if self.region not in known:
            why = self.result.absent.get(self.region)
            msg = (
                f"{self.region} is absent: {why}"
                if why
                else f"no region {self.region!r}.{did_you_mean(self.region, known)}"
            )
            raise UnknownName(msg)
        return self.result.regions[self.region]

    def _list(self) -> None:
        slim, region = self.result.slim, self._region()
        mask = np.ones(len(slim), dtype=bool)
        for cut in region.cuts:
            mask &= slim.mask(cut)
        if self.which == "not selected":
            reach = np.ones(len(slim), dtype=bool)
            for cut in region.cuts[: region.n_preselection]:
                reach &= slim.mask(cut)
            mask = reach & ~mask
        rows = np.flatnonzero(mask)[:LISTED]
        ids = [":".join(str(int(slim.column(name)[row])) for name in _IDS) for row in rows]
        self.set("event", options=ids)
        self._count = int(mask.sum())
        if self.event not in ids:
            self.event = ids[0] if ids else ""

    def _step(self, by: int) -> None:
        options = list(self.controls["event"].options)
        if options:
            self.event = options[(options.index(self.event) + by) % len(options)]

    def _collected(self) -> Any:
        key = (self.region, self.which)
        if key not in self._kept:
            numbers = sorted({int(text.split(":")[2]) for text in self.controls["event"].options})
            with self.working("reading the events again"):
                self._kept = {
                    key: self.result.search.collect_inputs(self.result, event_ids=numbers, objects=True)
                }  # objects of one list at a time: they take memory
        return self._kept[key]

    def _at(self, found: Any) -> int:
        try:
            run, block, event = (int(part) for part in self.event.split(":"))
        except ValueError:
            msg = f"no event {self.event!r} in this list; an event is written run:block:event"
            raise UnknownName(msg) from None
        return int(found.position(run, block, event))

    # -- showing ------------------------------------------------------------------------------------

    def show(self, changed: set[str]) -> None:  # noqa: ARG002 - one event, all of it
        """Show the event."""
        self._region()
        if not self.controls["event"].options:
            self.words.value = note(f"no event is {self.which} in {self.region}", "absent")
            self.picture.hide()
            self.tables.value = self.explained.value = ""
            self.explain.layout.display = "none"
            return
        found = self._collected()
        at = self._at(found)
        more = f"; the first {LISTED} of {self._count:,} are listed" if self._count > LISTED else ""
        how = f"{self.which} in {self.region}"
        if probable(self.result, self.region) and self.which == "selected":
            how = f"within the cuts of {self.region}, which keeps it with probability {self._probability(found, at)}"
        self.words.value = note(f"{self.result.label}, event {self.event} (run:block:event), {how}{more}")
        self._draw(found, at)
        self.tables.value = str(joined(*self._tables(found, at)))
        self.explain.layout.display = None if self.result.regions[self.region].uses_network else "none"
        self.explained.value = self._explained.get((self.region, self.event), "")

    def _probability(self, found: Any, at: int) -> str:
        features = {name: np.asarray(values)[at : at + 1] for name, values in found.features.items()}
        weights = self.result.search.region_weights(features).get(self.region)
        return "unknown" if weights is None else number(float(weights[0]))

    def _draw(self, found: Any, at: int) -> None:
        from recastbook import plots
        from recastbook.plots.event_displays import counted

        shown = found.event_display(at)
        objects, met = shown["objects"], shown["met"]
        if not objects and met is None:
            self.picture.hide()
            return
        figure = self.picture.live.figure
        figure.clear()
        axes = tuple(figure.subplots(1, 2))
        plots.event_display(**shown, axes=axes, about=self.result.about, right=f"event {self.event}")
        hard = ", ".join(counted(name, len(o)) for name, o in objects.items() if len(o))
        self.picture.show(says=f"event display: {hard}" + (f", MET {met[0]:.0f} GeV" if met else ""))

    def _tables(self, found: Any, at: int) -> list[Any]:
        known = self.result.header.features
        names = {name: label for name, (_, label) in known.items()}
        rows = []
        for name, values in found.features.items():
            unit = known.get(name, ("1", ""))[0]
            rows.append([feature_in_words(name, names), number(float(values[at])), "" if unit == "1" else unit])
        out = [fold("features", html_table(["feature", "value", "unit"], rows, align="lrl"))]
        for (network, variant), matrix in found.matrices.items():
            where = np.flatnonzero(matrix.rows == at)
            if not len(where):
                continue
            card = self.result.search.cards[network]
            if len(card.files) > 1:
                card = card.for_file(card.files[0].name)
            cells: list[list[object]] = []
            for column, value in zip(card.inputs, matrix.raw[where[0]], strict=True):
                unit = f"{column.scale:g} {column.unit}" if column.scale != 1 else column.unit
                shift = "-"
                if column.mean is not None and column.width and np.isfinite(value):
                    shift = f"{(value - column.mean) / column.width:+.2f}"
                unit = "" if unit == "1" else unit
                cells.append([column.name, "by region" if np.isnan(value) else number(float(value)), unit, shift])
            which = "the network" if len(self.result.search.cards) == 1 else f"the network {network}"
            title = f"{len(cells)} inputs of {which}" + (f", {variant}" if variant != "default" else "")
            headers = ["input", "value", "unit", "widths from the training mean"]
            out.append(fold(title, html_table(headers, cells, align="lrlr", max_rows=len(cells))))
        return out

    def _explain(self) -> None:
        wanted = tuple(int(part) for part in self.event.split(":"))
        with self.working("what moves its score"):
            found = self.result.search.explain(self.result, self.region, event=wanted, scale="logit", progress=False)
        self._explained[self.region, self.event] = self.explained.value = str(found._repr_html_())

    def code(self) -> str:
        """Return the calls that give this event without the widget."""
        if not self.event:
            return f"result.cutflow({self.region!r})"
        ids = tuple(int(part) for part in self.event.split(":"))
        lines = [
            "from recastbook import plots",
            f"found = result.search.collect_inputs(result, event_ids=[{ids[2]}], objects=True)",
            f"shown = found.event_display(found.position{ids})",
            f"plots.event_display(**shown, right='event {self.event}', about=result.about)",
        ]
        if (self.region, self.event) in self._explained:
            lines.append(f"result.search.explain(result, {self.region!r}, event={ids}, scale='logit')")
        return "\n".join(lines)


register_panel(EventInspector, place=60)
