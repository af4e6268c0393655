"""The answer of a recast: excluded, allowed or inconclusive, with what it rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from recastbook import display, units
from recastbook.exceptions import BadOption, UnknownName, did_you_mean
from recastbook.statistics.records import Band, UpperLimit, as_band, level_text, plain

__all__ = ["Conclusion", "RegionVerdict", "Verdict", "check_positive", "decided"]

Conclusion = Literal["excluded", "allowed", "inconclusive"]
Status = Literal["deciding", "ok", "no signal", "not eligible", "absent", "failed"]

_RANKS: tuple[Status, ...] = ("deciding", "ok", "not eligible", "no signal", "failed", "absent")
"""The order in which a reader wants them."""

_MARKS = {"deciding": "ok", "no signal": "unknown", "not eligible": "warning", "absent": "absent", "failed": "bad"}
"""Signs beside the status, in HTML only: plain text says it in words."""


@dataclass(frozen=True, slots=True)
class RegionVerdict:
    """One region: counts, signal, limits, and whether it may decide."""

    region: str
    """Name of the region."""
    status: Status
    """"deciding", "ok", "no signal", "not eligible", "absent" or "failed"."""
    reason: str = ""
    """Why the region is anything but ok."""
    observed: int | None = None
    """Events counted by the experiment."""
    background: float | None = None
    """Expected background, events."""
    background_error: float | None = None
    """Its uncertainty, events."""
    signal: float | None = None
    """Expected signal, events."""
    signal_error: float | None = None
    """Its Monte-Carlo error, events."""
    raw: int | None = None
    """Simulated events behind the signal."""
    expected_before: float | None = None
    """Median CLs expected from the nominal background, by which the deciding region is chosen."""
    cls_observed: float | None = None
    """CLs of the observed count."""
    cls_expected: Band | None = None
    """CLs expected without signal."""
    limit: UpperLimit | None = None
    """Upper limit on signal events."""
    mu95: float | None = None
    """Upper limit on the signal strength."""
    mu95_expected: Band | None = None
    """Expected upper limit on the signal strength."""
    method: str = ""
    """"asymptotic" or "toys"."""
    cls_error: float = 0.0
    """Statistical error of `cls_observed` from the number of toys; 0 for a formula."""

    def to_dict(self) -> dict[str, object]:
        """Return plain types, for JSON."""
        return {
            "region": self.region,
            "status": self.status,
            "reason": self.reason,
            "observed": self.observed,
            "background": plain(self.background),
            "background_error": plain(self.background_error),
            "signal": plain(self.signal),
            "signal_error": plain(self.signal_error),
            "raw": self.raw,
            "cls_expected_before": plain(self.expected_before),
            "cls_observed": plain(self.cls_observed),
            "cls_error": plain(self.cls_error),
            "cls_expected": _list(self.cls_expected),
            "s95": plain(self.limit.observed) if self.limit else None,
            "s95_expected": _list(self.limit.expected) if self.limit else None,
            "mu95": plain(self.mu95),
            "mu95_expected": _list(self.mu95_expected),
            "method": self.method,
        }


def _list(band: Band | None) -> list[float | None] | None:
    return None if band is None else [plain(v) for v in band]


@dataclass(frozen=True, slots=True)
class Verdict(display.Tabular):
    """Whether a model is excluded, by which region, and how far away the border is."""

    conclusion: Conclusion
    """"excluded", "allowed" or "inconclusive"."""
    sentence: str
    """The answer in words."""
    region: str | None = None
    """Region that decides: the best expected one, chosen before the observed counts are looked at."""
    cls_observed: float | None = None
    """CLs of the deciding region."""
    cls_expected: Band | None = None
    """CLs it expects without signal: -2, -1, 0, +1, +2 standard deviations."""
    mu95: float | None = None
    """Upper limit on the signal strength."""
    mu95_expected: Band | None = None
    """Expected upper limit on the signal strength."""
    sigma95: float | None = None
    """Upper limit on the cross section, pb."""
    sigma95_expected: Band | None = None
    """Expected upper limit on the cross section, pb."""
    s95: UpperLimit | None = None
    """Upper limit on signal events in the deciding region."""
    cross_section_pb: float | None = None
    """Cross section the signal was computed with, pb; None if unknown."""
    confidence: float = 0.95
    """Confidence level."""
    method: str = ""
    """Method used in the deciding region."""
    label: str = ""
    """Signal tested."""
    per_region: tuple[RegionVerdict, ...] = ()
    """All regions, also those that are absent or may not decide."""
    notes: tuple[str, ...] = field(default=())
    """What a reader must know."""
    decided_by: Literal["region", "fit"] = "region"
    """What an entry of `per_region` is: a single region, or a fit of several bins."""
    cls_error: float = 0.0
    """Statistical error of `cls_observed` from the number of toys; 0 for a formula."""

    def __getitem__(self, region: str) -> RegionVerdict:
        for row in self.per_region:
            if row.region == region:
                return row
        msg = f"the verdict has no region {region!r}.{did_you_mean(region, [r.region for r in self.per_region])}"
        raise UnknownName(msg)

    @property
    def ranked(self) -> list[RegionVerdict]:
        """All regions: the deciding one, those that may decide, then the others, each by its CLs expected before."""

        def place(row: RegionVerdict) -> tuple[int, float]:
            return _RANKS.index(row.status), 2.0 if row.expected_before is None else row.expected_before

        return sorted(self.per_region, key=place)

    @property
    def facts(self) -> str:
        """CLs, mu95 and sigma95 in words, for the sentence."""
        sigma = display.number(self.sigma95 / units.fb) if self.sigma95 is not None else "-"
        if self.cross_section_pb is None:
            return f"sigma95 = {sigma} fb"
        expected = level_text(self.cls_expected[2]) if self.cls_expected else "-"
        predicted = display.number(self.cross_section_pb / units.fb)
        seen = level_text(self.cls_observed, self.cls_error)
        return (
            f"CLs {seen if seen.startswith('<') else f'= {seen}'} ({expected} expected), "
            f"mu95 = {display.number(self.mu95)} and sigma95 = {sigma} fb, where {predicted} fb is predicted"
        )

    _HEADERS = (
        "region", "observed", "background", "signal [events]", "raw", "CLs exp. before", "CLs", "S95 [events]",
        "S95 exp.", "mu95", "mu95 exp.", "method", "status",
    )  # fmt: skip

    def _rows(self) -> list[list[object]]:
        return [
            [
                r.region, r.observed, display.plus_minus(r.background, r.background_error),
                display.plus_minus(r.signal, r.signal_error), r.raw, level_text(r.expected_before),
                level_text(r.cls_observed, r.cls_error),
                r.limit.observed if r.limit else None, r.limit.expected_median if r.limit else None,
                r.mu95, r.mu95_expected[2] if r.mu95_expected else None, r.method or None,
                f"{r.status}: {r.reason}" if r.reason else r.status,
            ]
            for r in self.per_region
        ]  # fmt: skip

    def _items(self) -> list[tuple[str, object]]:
        items: list[tuple[str, object]] = []
        if self.region is None:
            return items
        items.append((f"deciding {self.decided_by}", self.region))
        # without a cross section the signal tested is that of 1 pb: its CLs says nothing
        if self.cls_observed is not None and self.cls_expected is not None and self.cross_section_pb is not None:
            seen = level_text(self.cls_observed, self.cls_error)
            text = f"{seen} observed, {level_text(self.cls_expected[2])} expected"
            items.append(("CLs", f"{text} ({self.method})"))
        if self.mu95 is not None:
            items.append(("mu95", _with_band(self.mu95, self.mu95_expected, 1.0, "")))
        if self.sigma95 is not None:
            items.append(("sigma95", _with_band(self.sigma95, self.sigma95_expected, units.fb, " fb")))
        if self.cross_section_pb is not None:
            items.append(("cross section", f"{display.number(self.cross_section_pb / units.fb)} fb"))
        if self.s95 is not None:
            items.append(("S95", _with_band(self.s95.observed, self.s95.expected, 1.0, " events")))
        return items

    def _repr_html_(self) -> str:
        mark = {"excluded": "bad", "allowed": "ok", "inconclusive": "unknown"}[self.conclusion]
        figure = display.Html("")
        if self.mu95_expected is not None and self.cross_section_pb is not None:
            title = "expected mu95 with band, observed (dot), mu = 1 (line)"
            figure = display.svg_interval(self.mu95_expected, observed=self.mu95, line=1.0, title=title)
        marked = [
            [*row[:-1], display.Cell(row[-1], _MARKS.get(r.status))]
            for row, r in zip(self._rows(), self.per_region, strict=True)
        ]
        table = display.html_table((self.decided_by, *self._HEADERS[1:]), marked)
        body: list[object] = [display.Html(f"<div>{display.escape(self.sentence)}</div>")]
        if figure:
            body += [display.note("mu95: expected with band, observed (dot); excluded left of the line"), figure]
        if self.cls_expected is not None and self.cross_section_pb is not None:
            level = round(1 - self.confidence, 6)
            body.append(display.note(f"CLs: expected with band, observed (dot); excluded left of {level:g}"))
            title = f"expected {level_text(self.cls_expected[2])}, observed {level_text(self.cls_observed)}"
            body.append(
                display.svg_log_interval(self.cls_expected, observed=self.cls_observed, line=level, title=title)
            )
        content = display.joined(table, display.copies(self._as_table()))
        count = len(self.per_region)
        what = f"all {count} {self.decided_by}s" if count > 1 else f"the {self.decided_by}"
        body.append(display.fold(what, content))
        title = f"Verdict: {self.label}" if self.label else "Verdict"
        return display.card(
            title, self._items(), badges=[display.badge(self.conclusion, mark)], body=body, notes=self.notes
        )

    def __str__(self) -> str:
        return display.text_card(self.sentence, self._items(), notes=self.notes)

    def _as_table(self) -> display.TableView:
        return display.TableView((self.decided_by, *self._HEADERS[1:]), self._rows(), self.sentence, self.notes)

    def table(self) -> str:
        """Return all regions as a plain text table."""
        return display.text_table(
            (self.decided_by, *self._HEADERS[1:]), self._rows(), caption=self.sentence, notes=self.notes
        )

    def to_dict(self) -> dict[str, object]:
        """Return plain types, for JSON; cross sections in pb, what is not finite as None.

        Without a cross section nothing is predicted: CLs and mu95 are None, and signals are of 1 pb, which
        ``signal_cross_section_pb`` says.
        """
        rows = [r.to_dict() for r in self.per_region]
        out = self._document(rows)
        if self.cross_section_pb is None:
            for part in (out, *rows):
                part.update(dict.fromkeys(k for k in part if k.startswith(("cls_", "mu95"))))
        return out

    def _document(self, rows: list[dict[str, object]]) -> dict[str, object]:
        return {
            "conclusion": self.conclusion,
            "sentence": self.sentence,
            "decided_by": self.decided_by,
            "region": self.region,
            "cls_observed": plain(self.cls_observed),
            "cls_error": plain(self.cls_error),
            "cls_expected": _list(self.cls_expected),
            "mu95": plain(self.mu95),
            "mu95_expected": _list(self.mu95_expected),
            "sigma95_pb": plain(self.sigma95),
            "sigma95_expected_pb": _list(self.sigma95_expected),
            "s95": self.s95.to_dict() if self.s95 else None,
            "cross_section_pb": plain(self.cross_section_pb),
            "signal_cross_section_pb": 1.0 if self.cross_section_pb is None else plain(self.cross_section_pb),
            "confidence": self.confidence,
            "method": self.method,
            "label": self.label,
            "per_region": rows,
            "notes": list(self.notes),
        }


def check_positive(**numbers: float | None) -> None:
    """Raise BadOption for a number that is known but not positive and finite."""
    for name, value in numbers.items():
        if value is not None and not (math.isfinite(value) and value > 0):
            msg = f"{name} is {value!r}; it must be positive and finite, or None if unknown"
            raise BadOption(msg)


def decided(
    best: RegionVerdict,
    rows: Sequence[RegionVerdict],
    conclusion: Conclusion,
    *,
    cross_section_pb: float | None,
    confidence: float,
    label: str,
    notes: Sequence[str],
    decided_by: Literal["region", "fit"] = "region",
) -> Verdict:
    """Return the verdict in which `best`, one of the rows, decides; its sentence is still empty.

    Without a cross section the signal tested is that of 1 pb: there is a limit on it, but no signal strength.
    """
    known = cross_section_pb is not None
    sigma = 1.0 if cross_section_pb is None else cross_section_pb
    band = best.mu95_expected
    return Verdict(
        conclusion=conclusion,
        sentence="",
        region=best.region,
        cls_observed=best.cls_observed,
        cls_expected=best.cls_expected,
        mu95=best.mu95 if known else None,
        mu95_expected=band if known else None,
        sigma95=None if best.mu95 is None else best.mu95 * sigma,
        sigma95_expected=None if band is None else as_band(v * sigma for v in band),
        s95=best.limit,
        cross_section_pb=cross_section_pb,
        confidence=confidence,
        method=best.method,
        label=label,
        per_region=tuple(replace(row, status="deciding") if row is best else row for row in rows),
        notes=tuple(notes),
        decided_by=decided_by,
        cls_error=best.cls_error,
    )


def _with_band(observed: float, band: Band | None, unit: float, name: str) -> str:
    head = f"{display.number(observed / unit)}{name}"
    if band is None:
        return head
    up, down = (band[3] - band[2]) / unit, (band[2] - band[1]) / unit
    middle = display.number(band[2] / unit)
    return f"{head} (expected {middle} +{display.number(up, 2)} -{display.number(down, 2)}{name})"
