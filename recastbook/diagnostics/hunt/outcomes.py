"""Evidence from what comes out: scores that came with the inputs, golden rows, saturation, the published cutflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.hunt.case import Case
from recastbook.diagnostics.hunt.hypothesis import Hypothesis
from recastbook.diagnostics.hunt.scoring import Scorer
from recastbook.network.golden import full_row

if TYPE_CHECKING:
    from recastbook.cutflow import PublishedCutflow
    from recastbook.diagnostics.hunt.effect import Bench
    from recastbook.network.contract import GoldenRow

__all__ = ["CutflowAgreement", "GivenScores", "GoldenRows", "Parameters", "Saturation"]

_SAME_SCORE = 1e-4
_PARAMETER = 1e-4


class Parameters:
    """Parameters among the inputs beside the points that the search asks about."""

    name = "parameters"
    weight = 5.0

    def __init__(self, case: Case) -> None:
        layout = case.layout
        self._layout = layout
        self._columns = layout.card.parameter_columns
        self._found = case.raw[:, self._columns]
        self._files = case.files
        points = layout.card.parameters.distinct
        self._points = points if case.point is None else (case.point,)
        self._width = layout.widths[0, self._columns]

    @property
    def can_tell(self) -> bool:
        """Whether there are parameters to look at."""
        return bool(len(self._columns)) and bool(self._points) and bool(np.isfinite(self._found).any())

    def tension(self, hypothesis: Hypothesis | None) -> NDArray[np.float64]:
        """Return the share of rows that are at none of the points, for each parameter, shape (K,)."""
        best = None
        for point in self._points:
            row = np.tile(self._layout.means[0], (1, 1))
            row[:, self._columns] = point
            if hypothesis is not None:
                row = hypothesis.apply(row, np.zeros(1, dtype=np.int64))
            off = np.abs(self._found - row[:, self._columns]) > _PARAMETER * np.maximum(self._width, 1e-9)
            share = np.where(np.isfinite(self._found), off, False).mean(axis=0)
            best = share if best is None or share.sum() < best.sum() else best
        out = np.zeros(len(self._layout))
        if best is not None:
            out[self._columns] = best
        return out

    def note(self, hypothesis: Hypothesis | None) -> str:
        """Return one line about a hypothesis."""
        if not self.tension(hypothesis).any():
            return "parameters are those of a region"
        names = self._layout.card.parameters.names
        middle = np.nanmedian(self._found, axis=0)
        found = ", ".join(f"{n} = {v:.4g}" for n, v in zip(names, middle, strict=True))
        return f"{found} is no point of a region"


class GivenScores:
    """Scores that came with the inputs beside those of the network file.

    What it says is about a mistake between these inputs and the score: one that is in the inputs already is in the
    scores of the network file, too.
    """

    name = "scores given"
    weight = 5.0
    after_inputs = True

    def __init__(self, case: Case, scorer: Scorer) -> None:
        self._case, self._scorer = case, scorer
        raw = case.with_point(case.raw, case.point)
        self._raw = raw
        self._rows = np.flatnonzero(np.isfinite(raw).all(axis=1))
        self._as_is = self._off(None)

    def _off(self, hypothesis: Hypothesis | None) -> float:
        rows = self._rows
        if not len(rows):
            return 0.0
        names = self._scorer.layout.card.output_names
        found = self._scorer.scores(self._raw[rows], self._case.files[rows], None, hypothesis)
        shares = []
        for name, given in self._case.scores.items():
            off = ~(np.abs(found[:, names.index(name)] - given[rows]) <= _SAME_SCORE)
            shares.append(float(off.mean()))
        return max(shares)

    def tension(self, hypothesis: Hypothesis | None) -> NDArray[np.float64]:
        """Return the share of rows whose score is another, shape (1,)."""
        return np.array([self._as_is if hypothesis is None else self._off(hypothesis)])

    def note(self, hypothesis: Hypothesis | None) -> str:
        """Return one line about a hypothesis."""
        share = 100 * self.tension(hypothesis)[0]
        return f"{share:.3g} % of the scores given are not those of the network file"


class GoldenRows:
    """Golden rows of the card, whose scores are known.

    With scores that a code gave for them, those are compared; without, the rows test the card itself: whether its
    conventions, or which others, make the network file give what is known.
    """

    name = "golden rows"
    weight = 3.0

    def __init__(self, scorer: Scorer, given: Mapping[str, float | Mapping[str, float]] | None) -> None:
        self._scorer, self._given = scorer, given
        card = scorer.layout.card
        names = [f.name for f in card.files]
        self._rows: list[tuple[GoldenRow, dict[str, float]]] = []
        for row in card.golden_rows:
            expected = dict(row.scores)
            if given is not None:
                if row.name not in given:
                    continue
                value = given[row.name]
                expected = dict(value) if isinstance(value, Mapping) else {card.output_names[0]: float(value)}
            if expected:
                self._rows.append((row, expected))
        own = [card.for_file(row.file) if row.file else card for row, _ in self._rows]
        self._raw = np.array([full_row(c, row) for c, (row, _) in zip(own, self._rows, strict=True)])
        self._files = np.array([names.index(row.file) if row.file else 0 for row, _ in self._rows], dtype=np.int64)

    @property
    def can_tell(self) -> bool:
        """Whether there is a row with a score."""
        return bool(self._rows)

    def tension(self, hypothesis: Hypothesis | None) -> NDArray[np.float64]:
        """Return the share of golden rows that come out otherwise, shape (1,)."""
        raw = self._raw
        if hypothesis is not None and self._given is None and hypothesis.changes_inputs:
            undone = hypothesis.undo(raw, self._files)
            raw = np.where(np.isfinite(undone), undone, raw)
        scores = self._scorer.scores(raw, self._files, None, hypothesis if self._given is not None else None)
        if hypothesis is not None and self._given is None and not hypothesis.changes_inputs:
            scores = hypothesis.read_outputs(scores)
        names = self._scorer.layout.card.output_names
        wrong = [
            any(not abs(float(s[names.index(n)]) - v) <= max(row.tolerance, _SAME_SCORE) for n, v in expected.items())
            for s, (row, expected) in zip(scores, self._rows, strict=True)
        ]
        return np.array([float(np.mean(wrong))])

    def note(self, hypothesis: Hypothesis | None) -> str:
        """Return one line about a hypothesis."""
        n = len(self._rows)
        good = n - round(float(self.tension(hypothesis)[0]) * n)
        return f"{good} of {n} golden rows agree"


class Saturation:
    """Share of events whose score is at one end: a network that is fed nonsense stops telling events apart."""

    name = "saturation"
    weight = 0.5
    _ROWS = 1000

    def __init__(self, case: Case, scorer: Scorer, outputs: Sequence[str]) -> None:
        self._case, self._scorer = case, scorer
        card = scorer.layout.card
        self._outputs = [card.output_names.index(name) for name in outputs] or [0]
        points = card.parameters.distinct
        self._point = case.point or (points[0] if points else None)

    def share(self, hypothesis: Hypothesis | None) -> float:
        """Return the share of scores below 0.001 or above 0.999, the larger of the two, after taking a mistake back."""
        undone = self._case.undone(hypothesis)[: self._ROWS]
        raw = np.where(np.isfinite(undone), undone, self._case.raw[: self._ROWS])
        found = self._scorer.scores(raw, self._case.files[: self._ROWS], self._point)[:, self._outputs]
        found = found[np.isfinite(found).all(axis=1)]
        if not len(found):
            return 1.0
        return float(max((found < 1e-3).mean(axis=0).max(), (found > 0.999).mean(axis=0).max()))

    def tension(self, hypothesis: Hypothesis | None) -> NDArray[np.float64]:
        """Return how far the share is above 0.7, in units of what is left, shape (1,)."""
        return np.array([max(0.0, self.share(hypothesis) - 0.7) / 0.3])

    def note(self, hypothesis: Hypothesis | None) -> str:
        """Return one line about a hypothesis."""
        return f"{100 * self.share(hypothesis):.3g} % of the scores are at one end"


class CutflowAgreement:
    """Share of events that pass the cut on the score beside the published cutflow, region by region.

    The published signal may be another one: a factor of two is no sign of anything.
    """

    name = "published cutflow"
    weight = 0.5
    _FEW = 10

    def __init__(self, case: Case, bench: Bench, published: Mapping[str, PublishedCutflow], process: str) -> None:
        self._case, self._bench = case, bench
        published = {k: v for k, v in published.items() if not (process and v.process) or v.process == process}
        self._published: dict[str, float] = {}
        for region in bench.regions:
            first = next(i for i, cut in enumerate(region.cuts, start=1) if cut.uses_network)
            rows = {row.step: row.value for row in published[region.name].rows} if region.name in published else {}
            if first in rows and rows.get(first - 1, 0.0) > 0.0:
                self._published[region.name] = rows[first] / rows[first - 1]
        reach = bench.passing() if self._published else {}
        self._regions = [r for r in self._published if reach[r][0].raw >= self._FEW]

    @property
    def can_tell(self) -> bool:
        """Whether a region has a published row and events before it."""
        return bool(self._regions)

    def shares(self, hypothesis: Hypothesis | None) -> dict[str, tuple[float, float]]:
        """Return region -> share that passes and its statistical error, after taking a mistake back."""
        undone = self._case.undone(hypothesis)
        raw = np.where(np.isfinite(undone), undone, self._case.raw)
        passing = self._bench.with_inputs(raw, self._case.pairs).passing()
        out = {}
        for region in self._regions:
            before, after = passing[region]
            share = after.sum_w / before.sum_w
            out[region] = (share, float(np.sqrt(max(share * (1 - share), 0.0) / before.raw)))
        return out

    def tension(self, hypothesis: Hypothesis | None) -> NDArray[np.float64]:
        """Return how many factors of two beyond the first the shares are off, for each region."""
        out = []
        for region, (share, error) in self.shares(hypothesis).items():
            published = self._published[region]
            low = max(share, error, 1e-3)
            out.append(min(2.0, max(0.0, abs(np.log2(low / published)) - 1.0 - error / low)))
        return np.array(out)

    def note(self, hypothesis: Hypothesis | None) -> str:
        """Return one line about a hypothesis."""
        parts = [
            f"{region} {100 * share:.2g} ± {100 * error:.1g} % (published {100 * self._published[region]:.2g} %)"
            for region, (share, error) in self.shares(hypothesis).items()
        ]
        return "pass the score: " + "; ".join(parts)
