"""The explorer: pick a region, see its cutflow beside the published one, move a cut and see what is left.

State in traitlets, stock controls, figures from :mod:`recastbook.plots`; nothing here knows physics, and moving a cut
works on the slim table without running anything again.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
import traitlets

from recastbook.display import escape, html_table, note, plus_minus
from recastbook.exceptions import RecastbookError

__all__ = ["Explorer", "explore"]

_ALL_KINDS = "all"


class ExplorerState(traitlets.HasTraits):
    """What is chosen; everything shown follows from it."""

    kind = traitlets.Unicode(_ALL_KINDS)
    region = traitlets.Unicode()
    column = traitlets.Unicode()
    log = traitlets.Bool(False)
    threshold = traitlets.Float(allow_none=True, default_value=None)

    def to_json(self) -> str:
        """Return the state as JSON."""
        return json.dumps({name: getattr(self, name) for name in sorted(self.trait_names())})


class Explorer(ipywidgets.VBox):
    """Regions of a result with their cutflows, N-1 distributions and a movable cut.

    Parameters
    ----------
    result
        What a search's ``run`` returned.
    """

    def __init__(self, result: Any) -> None:
        self.result = result
        self.choices = ExplorerState()
        kinds = [_ALL_KINDS, *dict.fromkeys(r.kind for r in result.header.regions)]
        self.kind = ipywidgets.ToggleButtons(options=kinds, value=kinds[0], style={"button_width": "auto"})
        self.region = ipywidgets.Select(rows=14, layout=ipywidgets.Layout(width="16em"))
        self.column = ipywidgets.Dropdown(description="show", layout=ipywidgets.Layout(width="22em"))
        self.log_scale = ipywidgets.ToggleButton(description="log", value=False, layout=ipywidgets.Layout(width="4em"))
        self.threshold = ipywidgets.FloatSlider(
            description="cut", readout_format=".4g", continuous_update=False, layout=ipywidgets.Layout(width="30em")
        )
        self.message = ipywidgets.HTML()
        self.summary = ipywidgets.HTML()
        self.cutflow = ipywidgets.HTML()
        self.figure = ipywidgets.Image(format="png", layout=ipywidgets.Layout(max_width="640px"))
        self._quiet = False
        for control, name in (
            (self.kind, "kind"),
            (self.region, "region"),
            (self.column, "column"),
            (self.log_scale, "log"),
            (self.threshold, "threshold"),
        ):
            control.observe(self._from_control(name), "value")
        self.choices.observe(self._guarded(self._kind_changed), "kind")
        self.choices.observe(self._guarded(self._region_changed), "region")
        self.choices.observe(self._guarded(self._column_changed), "column")
        self.choices.observe(self._guarded(self._draw), ["log", "threshold"])
        controls = ipywidgets.HBox([self.column, self.log_scale])
        self._chosen = ipywidgets.VBox([controls, self.threshold])
        right = ipywidgets.VBox([self._chosen, self.summary, self.figure], layout=ipywidgets.Layout(min_width="0"))
        # a long message beside the list may not squeeze it
        left = ipywidgets.VBox([self.region], layout=ipywidgets.Layout(flex="0 0 auto"))
        top = ipywidgets.HBox([left, right])
        super().__init__([self.message, self.kind, top, self.cutflow])
        self._guarded(self._kind_changed)(None)

    # -- wiring -------------------------------------------------------------------------------------

    def _from_control(self, name: str) -> Callable[[Any], None]:
        def copy(change: Any) -> None:
            if not self._quiet and change["new"] is not None:
                setattr(self.choices, name, change["new"])

        return copy

    def _guarded(self, react: Callable[[Any], None]) -> Callable[[Any], None]:
        def shown(change: Any) -> None:
            if self._quiet:
                return
            self.message.value = ""
            try:
                react(change)
            except RecastbookError as error:
                self.message.value = note(str(error), "bad")
            except Exception as error:  # noqa: BLE001 - a callback must show its error, not lose it in a log
                self.message.value = note(f"{type(error).__name__}: {error}", "bad")

        return shown

    def _set(self, control: Any, **traits: Any) -> None:
        self._quiet = True
        try:
            for name, value in traits.items():
                setattr(control, name, value)
        finally:
            self._quiet = False

    def _kind_changed(self, _: Any) -> None:
        regions = [r for r in self.result.header.regions if self.choices.kind in (_ALL_KINDS, r.kind)]
        absent = self.result.absent
        options = [(f"{r.name} (absent)" if r.name in absent else r.name, r.name) for r in regions]
        present = [r.name for r in regions if r.name not in absent]
        first = next(iter(present or [r.name for r in regions]), None)
        self._set(self.region, options=options, value=first)
        if first is not None:
            if self.choices.region == first:
                self._region_changed(None)
            self.choices.region = first

    def _region_changed(self, _: Any) -> None:
        name = self.choices.region
        region = self.result._region(name)
        self._set(self.region, value=name)
        # nothing to choose or to draw: no empty controls, and no broken picture
        shown = "none" if name in self.result.absent else None
        self._chosen.layout.display = self.figure.layout.display = shown
        if name in self.result.absent:
            counted = name in self.result.counts  # up to its first score
            table: Any = self.result.cutflow(name).compare() if counted else region
            self.cutflow.value = table._repr_html_()
            self.summary.value = note(f"{name} is absent: {self.result.absent[name]}", "absent")
            self._set(self.column, options=[], value=None)
            self.figure.value = b""
            return
        comparison = self.result.cutflow(name).compare()
        self.cutflow.value = comparison._repr_html_()
        known = self.result.slim.names
        own = [c for c in region.columns if c in known]
        options = own + [c for c in self.result.histograms if c in known and c not in own]
        column = self.choices.column if self.choices.column in options else (own or options or [""])[-1]
        self._set(self.column, options=options, value=column or None)
        if self.choices.column == column:
            self._column_changed(None)
        self.choices.column = column

    def _cut(self) -> Any:
        """Return the cut that decides on the chosen column: the last one, a region's own behind a looser one."""
        region = self.result._region(self.choices.region)
        own = [c for c in region.cuts if c.column == self.choices.column and c.transform is None]
        return own[-1] if own else None

    def _column_changed(self, _: Any) -> None:
        if not self.choices.column:
            return
        self._set(self.column, value=self.choices.column)
        cut = self._cut()
        self.threshold.layout.display = "none" if cut is None else None
        bound = cut.bounds[0].value if cut is not None else None
        values = self.result.slim.column(self.choices.column)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        if bound is not None:
            low, high = min(low, bound), max(high, bound)
        high = high if high > low else low + 1.0
        # the bounds of a slider may not cross while they change
        self._set(self.threshold, min=-1e30, max=1e30)
        self._set(
            self.threshold,
            value=low if bound is None else bound,
            min=low,
            max=high,
            step=(high - low) / 200,
            disabled=cut is None,
            description="cut" if cut is None else f"cut {escape(cut.bounds[0].comparator)}",
        )
        self._quiet = True
        self.choices.threshold = bound
        self._quiet = False
        self._draw(None)

    # -- showing ------------------------------------------------------------------------------------

    def yield_at(self, threshold: float | None) -> tuple[int, float, float]:
        """Return raw events, events (or sum of weights) and their error with the chosen cut moved."""
        region = self.result._region(self.choices.region)
        slim = self.result.slim
        keep = np.ones(len(slim), dtype=bool)
        moved = self._cut()
        for cut in region.cuts:
            if threshold is None or moved is None or not _same_kind(cut, moved):
                keep &= slim.mask(cut)
            elif cut == moved:
                keep &= slim.mask(cut.with_bounds(**{cut.bounds[0].comparator: threshold}))
            # else a looser cut of the preselection, which would keep the moved one from being loosened
        weight = slim.column("weight")[keep]
        scale = self.result.scale if self.result.scale is not None else 1.0
        return int(keep.sum()), float(weight.sum()) * scale, float(np.sqrt((weight**2).sum())) * abs(scale)

    def _draw(self, _: Any) -> None:
        if not self.choices.column or self.choices.region in self.result.absent:
            return
        nominal = self.yield_at(None)
        moved = self.yield_at(self.choices.threshold)
        unit = "expected events" if self.result.scale is not None else "sum of weights"
        rows = [
            ["nominal", nominal[0], plus_minus(nominal[1], nominal[2])],
            ["with the cut moved", moved[0], plus_minus(moved[1], moved[2])],
        ]
        notes = [t for t in (self.result._note(self.result._region(self.choices.region)),) if t]
        slim = self.result.provenance.get("slim")
        if slim:
            notes.append(f"a cut can be loosened down to the slim table: {', '.join(slim)}")
        self.summary.value = html_table(["", "raw", unit], rows, notes=notes)
        self.figure.value = self._png()

    def _png(self) -> bytes:
        from recastbook import plots

        figure, ax = plots.figure(width=6.4, height=3.8)
        region = self.result._region(self.choices.region)
        column = self.choices.column
        drawn = self.result.n_minus_one(region.name, column)
        unit, label = self.result.header.features.get(column, ("1", column))
        edges = drawn.axes[0].edges
        at = self.choices.threshold
        cuts = () if at is None or not edges[0] <= at <= edges[-1] else (at,)  # not across the labels beside the axes
        plots.feature(
            {f"{self.result.label}, other cuts of {region.name}": drawn},
            label=label, unit=unit, cuts=cuts, log=self.choices.log, scale=self.result.scale,
            note=self.result._note(region) or None, ax=ax,
        )  # fmt: skip
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=100)
        return stream.getvalue()

    @property
    def state(self) -> str:
        """What is chosen, as JSON."""
        return self.choices.to_json()

    def code(self) -> str:
        """Return the call that gives this picture without the widget."""
        return f"result.n_minus_one({self.choices.region!r}, {self.choices.column!r})"

    def snapshot(self) -> bytes:
        """Return the figure as PNG."""
        return bytes(self.figure.value)


def _same_kind(cut: Any, moved: Any) -> bool:
    """Whether a cut bounds the moved one's column from the same side."""
    sides = {b.comparator for b in moved.bounds}
    return cut.column == moved.column and cut.transform is None and {b.comparator for b in cut.bounds} <= sides


def explore(result: Any) -> Explorer:
    """Open the explorer of a result; the plain-function twin is :meth:`recastbook.Result.n_minus_one`."""
    return Explorer(result)
