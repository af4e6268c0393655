"""The what-if detector: turn efficiencies and resolutions, see every region follow."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import ipywidgets
import traitlets

from recastbook.detector import Shifts
from recastbook.display import Cell, badge, html_table, joined, note, plus_minus
from recastbook.exceptions import BadOption
from recastbook.widgets.base import Panel
from recastbook.widgets.explorer import register_panel
from recastbook.widgets.words import Words, probable

__all__ = ["WhatIf"]

# name of the shift: words, unit, smallest and largest value, step
_SLIDERS: dict[str, tuple[str, str, float, float, float]] = {
    "btag": ("b-tag efficiency", "x", 0.5, 1.3, 0.01),
    "mistag": ("mistag rate", "x", 0.0, 4.0, 0.1),
    "jet_scale": ("jet scale", "x", 0.9, 1.1, 0.005),
    "jet_resolution": ("jet resolution", "x", 0.0, 3.0, 0.1),
    "lepton": ("lepton efficiency", "x", 0.5, 1.2, 0.01),
    "met_resolution": ("extra MET width", "GeV", 0.0, 60.0, 1.0),
}
RECONSTRUCTED = 3
"""Level of events on which no detector acts."""
_KEPT = 16
"""Answers that are kept, so that going back and forth costs nothing."""
_KINDS = ("signal", "control", "validation")


class WhatIf(Panel):
    """Sliders for what a detector does; the run is made again from the truth objects, with the same random numbers.

    Its plain twin is ``result.what_if(btag=0.9)``.

    Parameters
    ----------
    result
        What a search's ``run`` returned.
    *others
        Not shown here.
    **choices
        ``shifts``, a dictionary of :class:`recastbook.detector.Shifts`, and ``kind`` of the regions listed.
    """

    heading: ClassVar[str] = "What-if detector"
    choices: ClassVar[tuple[str, ...]] = ("shifts", "kind")
    delay: ClassVar[float] = 0.6
    shifts = traitlets.Dict()
    """Shifts that do something, by name."""
    kind = traitlets.Unicode("signal")

    @classmethod
    def missing(cls, results: tuple[Any, ...]) -> str:
        """Return why no detector can be turned; empty if one can."""
        header = results[0].header
        if header.sample.get("level") == RECONSTRUCTED:
            return "the events hold reconstructed objects, on which no detector of ours acts"
        if header.regions and all(probable(results[0], r.name) for r in header.regions):
            return f"the regions of {header.analysis} are probabilities of truth quantities: no detector acts on them"
        return ""

    def build(self) -> None:
        """Make a slider for each shift, a button that sets all back, and the table."""
        self._answers: dict[tuple[tuple[str, float], ...], Any] = {}
        self.sliders = {
            name: ipywidgets.FloatSlider(
                value=getattr(Shifts(), name), min=low, max=high, step=step, description=f"{words} [{unit}]",
                continuous_update=False, readout_format=".3g", style={"description_width": "12em"},
                layout=ipywidgets.Layout(width="28em", max_width="98%"),
            )
            for name, (words, unit, low, high, step) in _SLIDERS.items()
        }  # fmt: skip
        for name, slider in self.sliders.items():
            slider.observe(lambda change, name=name: self._moved(name, change["new"]), "value")
        kinds = [k for k in _KINDS if any(r.kind == k for r in self.result.header.regions)]
        kind = self.control("kind", ipywidgets.ToggleButtons(options=kinds or list(_KINDS), description="regions"))
        kind.style = {"button_width": "auto", "description_width": "initial"}
        small = ipywidgets.Layout(width="auto")
        back = self.press(ipywidgets.Button(description="Set back", icon="undo", layout=small), self._set_back)
        wrap = ipywidgets.Layout(flex_flow="row wrap", align_items="center", grid_gap="4px 14px")
        self.table = Words()
        self.arrange(
            [ipywidgets.HBox(list(self.sliders.values()), layout=wrap), ipywidgets.HBox([kind, back], layout=wrap)],
            [self.table],
        )

    def start(self) -> None:
        """Open on what there is most of."""
        kinds = [r.kind for r in self.result.header.regions]
        if self.kind not in kinds and kinds:
            self.kind = kinds[0]

    def _moved(self, name: str, value: float) -> None:
        if self._quiet:
            return
        shifts = Shifts(**{**self.shifts, name: value})
        self.shifts = shifts.changed()

    def _set_back(self) -> None:
        self.shifts = {}

    @traitlets.validate("shifts")
    def _possible(self, proposal: Any) -> dict[str, float]:
        unknown = [name for name in proposal["value"] if name not in _SLIDERS]
        if unknown:
            msg = f"a detector has no shift {unknown[0]!r}; there are {', '.join(_SLIDERS)}"
            raise traitlets.TraitError(msg)
        try:
            return Shifts(**proposal["value"]).changed()
        except BadOption as error:
            raise traitlets.TraitError(str(error)) from error

    def show(self, changed: set[str]) -> None:
        """Show the table; run again after a pause where the shifts were not seen before."""
        if "shifts" in changed:
            before, self._quiet = self._quiet, True
            try:
                for name, slider in self.sliders.items():
                    slider.value = self.shifts.get(name, getattr(Shifts(), name))
            finally:
                self._quiet = before
        key = self._key()
        if key and key not in self._answers:
            self.table.value = str(note("runs in a moment, from the truth objects"))
            self.later("run", self._run)
            return
        self.table.value = str(self._table(self._answers.get(key, self.result)))

    def _key(self) -> tuple[tuple[str, float], ...]:
        return tuple(sorted(self.shifts.items()))

    def _run(self) -> None:
        key = self._key()
        if key and key not in self._answers:
            with self.working(f"{self.result.n_events:,} events again"):
                self._answers[key] = self.result.what_if(progress=False, **dict(key))
            while len(self._answers) > _KEPT:
                del self._answers[next(iter(self._answers))]
        self.table.value = str(self._table(self._answers.get(key, self.result)))

    def _table(self, shifted: Any) -> Any:
        unit = "events" if self.result.scale is not None else "sum of weights"
        rows: list[list[object]] = []
        after = {row.region: row for row in shifted.yields(self.kind)}
        for row in self.result.yields(self.kind):
            new = after.get(row.region)
            if new is None:
                rows.append([row.region, _events(row), "the search has no such region now", "-", "-"])
                continue
            if row.status != "ok" or new.status != "ok":
                rows.append([row.region, "absent", "-", "-", "-"])
                continue
            rows.append([row.region, _events(row), _events(new), *_ratio(row, new)])
        said = (
            "; ".join(f"{_SLIDERS[n][0]} {v:g} {_SLIDERS[n][1]}" for n, v in self.shifts.items()) or "as the card says"
        )
        label = self.result.header.network_label
        marks = joined(*([badge(label, "warning")] if label else []))
        table = html_table(
            ["region", f"{unit}, card", f"{unit}, shifted", "ratio", "raw counts"], rows,
            notes=["the same events and random numbers: the ratio has a smaller error than either number"],
            align="lrrrr",
        )  # fmt: skip
        return joined(note(f"{self.result.label}: {said}"), marks, table)

    def code(self) -> str:
        """Return the call that gives the shifted yields without the widget."""
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.shifts.items())
        asked = f"result.what_if({arguments})" if arguments else "result"
        return f"{asked}.yields({self.kind!r})"


def _events(row: Any) -> str:
    if row.events is None:
        return str(plus_minus(row.sum_w, row.error))
    return str(plus_minus(row.events, row.events_error))


def _ratio(row: Any, new: Any) -> tuple[object, str]:
    counts = f"{row.raw} → {new.raw}"
    if not row.sum_w:
        return "-", counts
    ratio = new.sum_w / row.sum_w
    return Cell(f"{ratio:.3f}", bar=min(1.0, max(0.0, ratio / 2))) if math.isfinite(ratio) else "-", counts


register_panel(WhatIf, place=70)
