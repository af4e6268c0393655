"""The region picker: find a region, read its cuts, see what they leave."""

from __future__ import annotations

from typing import Any, ClassVar

import ipywidgets
import traitlets

from recastbook.display import Cell, badge, html_table, joined, note, plus_minus
from recastbook.regions import cut_in_words
from recastbook.widgets.base import Panel
from recastbook.widgets.explorer import register_panel
from recastbook.widgets.words import Words

__all__ = ["RegionPicker"]

ALL = "all"
LISTED = 400
"""Regions in the list at once; a browser takes seconds over ten thousand."""


class RegionPicker(Panel):
    """Signal, control and validation regions by group, the cuts of one in words, and the events they leave.

    Its plain twin is ``result.cutflow(region)``.

    Parameters
    ----------
    result
        What a search's ``run`` returned.
    *others
        Results on other samples, whose events are shown beside.
    **choices
        ``kind``, ``group``, ``search`` and ``region``.
    """

    heading: ClassVar[str] = "Regions"
    choices: ClassVar[tuple[str, ...]] = ("kind", "group", "search", "region")
    kind = traitlets.Unicode(ALL)
    group = traitlets.Unicode(ALL)
    search = traitlets.Unicode()
    region = traitlets.Unicode()

    def build(self) -> None:
        """Make the filters, the list and the table."""
        regions = self.result.header.regions
        kinds = [ALL, *dict.fromkeys(r.kind for r in regions)]
        groups = [ALL, *dict.fromkeys(r.group for r in regions if r.group)]
        wide = {"description_width": "initial"}
        kind = self.control(
            "kind", ipywidgets.ToggleButtons(options=kinds, description="kind", style={"button_width": "auto", **wide})
        )
        group = self.control("group", ipywidgets.Dropdown(options=groups, description="group", style=wide))
        search = self.control(
            "search", ipywidgets.Text(description="search", placeholder="part of a name or a cut", style=wide)
        )
        group.layout.display = None if len(groups) > 2 else "none"
        listed = self.control(
            "region",
            ipywidgets.Select(rows=16, description="region", style=wide, layout=ipywidgets.Layout(width="19em")),
        )
        self.count = Words()
        self.words = Words()
        for name in ("kind", "group", "search"):
            self.on(name, self._list)
        # a long message beside the list may not squeeze it
        left = ipywidgets.VBox([listed, self.count], layout=ipywidgets.Layout(flex="0 0 auto"))
        filters = ipywidgets.HBox([group, search], layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px 14px"))
        right = ipywidgets.VBox([self.shown], layout=ipywidgets.Layout(min_width="min(44em, 100%)", flex="1 1 0"))
        self.arrange([kind, filters, ipywidgets.HBox([left, right], layout={"flex_flow": "row wrap"})], [self.words])
        self.children = self.children[:-1]  # what is shown stands beside the list

    def start(self) -> None:
        """List everything, open the first region that was evaluated."""
        self._list()

    def _matching(self) -> list[Any]:
        wanted = self.search.casefold().split()
        return [
            r for r in self.result.header.regions
            if self.kind in (ALL, r.kind) and self.group in (ALL, r.group)
            and (not wanted or all(word in f"{r.name} {r.group} {r.in_words()}".casefold() for word in wanted))
        ]  # fmt: skip

    def _list(self) -> None:
        found = self._matching()
        absent = self.result.absent
        listed = found[:LISTED]
        options = [(f"{r.name} (absent)" if r.name in absent else r.name, r.name) for r in listed]
        self.set("region", options=options)
        total = len(self.result.header.regions)
        more = "; clear the search to see them" if not found else ""
        more = f"; the first {LISTED} are listed, type to narrow" if len(found) > LISTED else more
        self.count.value = note(f"{len(found)} of {total} regions{more}")
        names = [r.name for r in listed]
        if names and self.region not in names:
            self.region = next((n for n in names if n not in absent), names[0])

    def show(self, changed: set[str]) -> None:  # noqa: ARG002 - one table, made anew
        """Show the chosen region."""
        if not self.result.header.regions:
            self.words.value = note("this result has no regions", "absent")
            return
        self.words.value = str(self._region())

    def _region(self) -> Any:
        region = self.result._region(self.region)
        absent = [r.absent[region.name] for r in self.results if region.name in r.absent]
        labels = [badge(region.kind), *([badge(region.group)] if region.group else [])]
        labels += [badge(region.status, "warning")] if region.status else []
        if region.needs_network and self.result.header.network_label:
            labels.append(badge(self.result.header.network_label, "warning"))
        remarks = [note(f"{region.name} is absent: {why}", "absent") for why in dict.fromkeys(absent)]
        remarks += [note(region.note)] if region.note else []
        return joined(_title(region.name, labels), *remarks, self._flow(region))

    def _flow(self, region: Any) -> Any:
        names = {name: label for name, (_, label) in self.result.header.features.items()}
        flows = [r.cutflow(region.name) if region.name in r.counts else None for r in self.results]
        headers: list[object] = ["", "cut in words"]
        for r in self.results:
            headers += [f"events left, {r.label}" if len(self.results) > 1 else "events left", "kept"]
        rows = [["", "all events", *self._left(flows, 0)]]
        for i, cut in enumerate(region.cuts, 1):
            words = cut_in_words(cut, names)
            words = f"{cut.label}: {words}" if cut.label and cut.label not in words else words
            rows.append([str(i), words, *self._left(flows, i)])
        if any(flow is not None and len(flow) > len(region.cuts) + 1 for flow in flows):
            rows.append(["", "times the region's probability", *self._left(flows, len(region.cuts) + 1)])
        unit = "expected events" if self.result.scale is not None else "sums of weights"
        notes = [f"events left: {unit}; kept: share of the row before; bar: share of all events"]
        return html_table(headers, rows, notes=notes, align="ll" + "rl" * len(self.results))

    def _left(self, flows: list[Any], i: int) -> list[object]:
        out: list[object] = []
        for flow in flows:
            if flow is None or i >= len(flow):
                out += ["-", "-"]
                continue
            step, first = flow.steps[i], flow.steps[0].sum_w
            scale = flow.scale if flow.scale is not None else 1.0
            before = flow.steps[i - 1].sum_w if i else step.sum_w
            kept = f"{100 * step.sum_w / before:.1f} %" if before else "-"
            share = min(1.0, max(0.0, step.sum_w / first)) if first else 0.0
            out += [plus_minus(step.sum_w * scale, step.count.error * abs(scale)), Cell(kept, bar=share)]
        return out

    def code(self) -> str:
        """Return the call that gives the chosen region's events without the widget."""
        return f"result.cutflow({self.region!r})"


def _title(name: str, labels: list[Any]) -> Any:
    from recastbook.display import Html, escape

    return Html(f"<div><b>{escape(name)}</b> {''.join(labels)}</div>")


register_panel(RegionPicker, place=10)
