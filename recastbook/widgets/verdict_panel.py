"""The verdict panel: what was decided, by which region, and why; computed when it is opened."""

from __future__ import annotations

from typing import Any, ClassVar

import ipywidgets
import traitlets

from recastbook.display import Cell, badge, escape, html_table, joined, note, plus_minus
from recastbook.exceptions import StatisticsError, UnknownName, did_you_mean
from recastbook.statistics.records import level_text
from recastbook.widgets.base import Panel
from recastbook.widgets.explorer import register_panel
from recastbook.widgets.picture import Picture
from recastbook.widgets.words import Words

__all__ = ["VerdictPanel"]

WIDE = {"description_width": "initial"}
_MARKS = {"excluded": "bad", "allowed": "ok", "inconclusive": "unknown"}
_STATUS = {"deciding": "ok", "no signal": "unknown", "not eligible": "warning", "absent": "absent", "failed": "bad"}
DRAWN = 60
"""Regions in the figure; more would be too small to read."""


class VerdictPanel(Panel):
    """Regions with CLs and mu95, what decided and why.

    Its plain twins are ``result.search.verdict(result)`` and ``plots.upper_limits(verdict)``.

    Parameters
    ----------
    result
        What a search's ``run`` returned.
    *others
        Results on other samples, each with a verdict of its own.
    **choices
        ``sample``, ``quantity`` and ``region``.
    """

    heading: ClassVar[str] = "Verdict"
    choices: ClassVar[tuple[str, ...]] = ("sample", "quantity", "region")
    sample = traitlets.Int(0)
    """Which of the results, from 0."""
    quantity: Any = traitlets.Enum(("mu95", "s95"), default_value="mu95")
    """Limits that are drawn: on the signal strength or on signal events."""
    region = traitlets.Unicode()
    """Region to be explained; the deciding one by default."""

    def build(self) -> None:
        """Make the controls, the words, the figure and the table."""
        # a layout of its own for each: what is hidden by it must not hide the others
        auto = {"style": WIDE, "layout": {"width": "auto", "max_width": "26em"}}
        labels = [(r.label, i) for i, r in enumerate(self.results)]
        sample = self.control("sample", ipywidgets.Dropdown(description="sample", options=labels, **auto))
        sample.layout.display = None if len(labels) > 1 else "none"
        names = [("signal strength", "mu95"), ("signal events", "s95")]
        quantity = self.control("quantity", ipywidgets.Dropdown(description="limit on", options=names, **auto))
        region = self.control("region", ipywidgets.Dropdown(description="region", **auto))
        self.words = Words()
        self.why = Words()
        self.table = Words()
        self.picture = Picture(7.0, 4.0)
        self._verdicts: dict[int, Any] = {}
        self.on("sample", self._regions)
        row = ipywidgets.Layout(flex_flow="row wrap", align_items="center", grid_gap="4px 14px")
        self.arrange(
            [ipywidgets.HBox([sample, region, quantity], layout=row)],
            [self.words, self.why, self.picture, self.table],
        )

    def start(self) -> None:
        """Compute the verdict of the first sample."""
        self._regions()

    @property
    def verdict(self) -> Any:
        """The verdict of the chosen sample; computed once.

        Raises
        ------
        StatisticsError
            If the sample has no weight.
        """
        if self.sample not in self._verdicts:
            if not 0 <= self.sample < len(self.results):
                msg = f"there are samples 0 to {len(self.results) - 1}, none of number {self.sample}"
                raise UnknownName(msg)
            result = self.results[self.sample]
            if result.total.sum_w == 0:
                msg = f"the weights of {result.label!r} sum to zero: there is no signal to test"
                raise StatisticsError(msg)
            with self.working("computing limits"):
                self._verdicts[self.sample] = result.search.verdict(result)
        return self._verdicts[self.sample]

    def _regions(self) -> None:
        verdict = self.verdict
        names = [r.region for r in verdict.per_region]
        self.set("region", options=names)
        if self.region not in names:
            self.region = verdict.region or (names[0] if names else "")

    def show(self, changed: set[str]) -> None:
        """Show the verdict, the chosen region, and the limits of all."""
        verdict = self.verdict
        if not verdict.per_region:
            self.picture.hide()
            self.table.value = ""
            self.why.value = note("no region has published counts to set the signal beside", "absent")
        else:
            self.why.value = self._why(verdict)
        if changed <= {"region"} and self.words.value:
            return
        label = badge(verdict.conclusion, _MARKS.get(verdict.conclusion))
        self.words.value = joined(_line(label, verdict.sentence), *(note(n) for n in verdict.notes))
        if verdict.per_region:
            self._draw(verdict)
            self.table.value = self._table(verdict)

    def _why(self, verdict: Any) -> Any:
        names = [r.region for r in verdict.per_region]
        if self.region not in names:
            msg = f"the verdict has no region {self.region!r}.{did_you_mean(self.region, names)}"
            raise UnknownName(msg)
        row = verdict[self.region]
        if row.status == "deciding":
            text = f"{row.region} decides: its CLs expected before looking is the smallest of those that may decide"
        elif row.status == "ok":
            best = verdict.region or "another region"
            text = f"{row.region} may decide, but {best} is expected to be more sensitive"
        else:
            text = f"{row.region} does not decide, {row.status}: {row.reason}"
        if row.expected_before is not None and row.cls_observed is not None:
            before, seen = level_text(row.expected_before), level_text(row.cls_observed, row.cls_error)
            text += f" (CLs expected before {before}, observed {seen})"
        return note(text, _STATUS.get(row.status))

    def _table(self, verdict: Any) -> Any:
        # what is asked first stands first: in a narrow window the rest is scrolled to
        headers = [
            verdict.decided_by,
            "status",
            "mu95",
            "CLs",
            "expected",
            "S95",
            "observed",
            "background",
            "signal",
            "raw",
        ]
        rows = []
        for r in verdict.ranked:
            expected = r.cls_expected[2] if r.cls_expected else None
            rows.append([
                r.region, Cell(r.status, _STATUS.get(r.status), title=r.reason), r.mu95,
                level_text(r.cls_observed, r.cls_error), level_text(expected),
                r.limit.observed if r.limit else None, r.observed, plus_minus(r.background, r.background_error),
                plus_minus(r.signal, r.signal_error), r.raw,
            ])  # fmt: skip
        notes = [
            "mu95, S95: limits at 95 % CL on the signal strength and on signal events; expected: CLs without signal",
            "observed and background: events as published; CLs of regions that may not decide are shown all the same",
        ]
        return html_table(headers, rows, notes=notes, align="llrrrrrrrr")

    def _draw(self, verdict: Any) -> None:
        from recastbook import plots

        n = self._n_limits(verdict)
        if not n:
            self.picture.hide()
            return
        drawn = min(n, DRAWN)
        ax = self.picture.clear(height=2.3 + 0.27 * drawn)
        plots.upper_limits(verdict, quantity=self.quantity, most=DRAWN, ax=ax)
        what = "the signal strength" if self.quantity == "mu95" else "signal events"
        of = f"the first {drawn} of {n}" if n > drawn else f"{n}"
        kind = f"{verdict.decided_by}{'' if n == 1 else 's'}"
        self.picture.show(says=f"upper limits on {what} of {of} {kind}")

    def _n_limits(self, verdict: Any) -> int:
        return sum((r.mu95 if self.quantity == "mu95" else r.limit) is not None for r in verdict.per_region)

    def code(self) -> str:
        """Return the calls that give verdict and figure without the widget."""
        which = f"results[{self.sample}]" if len(self.results) > 1 else "result"
        lines = ["from recastbook import plots", f"verdict = {which}.search.verdict({which})"]
        if self.picture.value:
            most = f", most={DRAWN}" if self._n_limits(self.verdict) > DRAWN else ""
            lines.append(f"plots.upper_limits(verdict, quantity={self.quantity!r}{most})")
        return "\n".join(lines)


def _line(label: Any, sentence: str) -> Any:
    from recastbook.display import Html

    return Html(f"<div>{label} {escape(sentence)}</div>")


register_panel(VerdictPanel, place=60)
