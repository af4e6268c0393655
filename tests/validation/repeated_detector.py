"""Count rows of a cutflow with the detector run several times over the same truth events.

A row that asks for four b-tags keeps few events, though many more could have been tagged: running the detector again
with another seed uses them. Counts of one truth event are then correlated, so that errors come from the variance of its
mean over the seeds, not from the number of passes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

import recastbook as rb
from recastbook.events.columns import to_records
from recastbook.regions.masks import CutMasks

CHUNK = 2000


class RowSums:
    """Sums over truth events of the mean count s of each row, of s squared and of s times that of the reference row."""

    def __init__(self, rows: Sequence[str], reference: str) -> None:
        self.rows, self.reference = tuple(rows), reference
        self.events = 0
        self.sums = np.zeros((3, len(self.rows)))
        self.possible = np.zeros(len(self.rows), dtype=np.int64)

    def add(self, means: Mapping[str, NDArray[np.float64]]) -> None:
        """Add truth events, with the mean of each row over the seeds, shape (n,)."""
        base = means[self.reference]
        self.events += len(base)
        for i, row in enumerate(self.rows):
            s = means[row]
            self.sums[:, i] += s.sum(), (s * s).sum(), (s * base).sum()
            self.possible[i] += np.count_nonzero(s)

    def to_dict(self) -> dict[str, Any]:
        """Return the sums by row: ``[sum s, sum s^2, sum s x reference, truth events that passed at least once]``."""
        return {
            row: [*(round(float(v), 4) for v in self.sums[:, i]), int(self.possible[i])]
            for i, row in enumerate(self.rows)
        }


def share(rows: Sequence[Mapping[str, Any]], weights: Sequence[float], row: str, reference: str) -> tuple[float, float]:
    """Return row over reference for weighted samples, and its Monte Carlo error.

    The error is that of a ratio of correlated sums over independent truth events, from sum(s - share x base)^2.
    """
    total = sum(w * r[reference][0] for w, r in zip(weights, rows, strict=True))
    found = sum(w * r[row][0] for w, r in zip(weights, rows, strict=True)) / total
    variance = sum(
        w * w * (r[row][1] - 2.0 * found * r[row][2] + found * found * r[reference][1])
        for w, r in zip(weights, rows, strict=True)
    )
    return found, math.sqrt(max(variance, 0.0)) / total


def passed(search: rb.Analysis, events: ak.Array, *, seed: int, detector: Any) -> dict[str, NDArray[np.bool_]]:
    """Return which events pass each row of the published cutflows: the selection of :meth:`Analysis.run`, unsummed."""
    objects = search.objects(events, detector.bind(events, seed=seed))
    features = search.features(objects)
    columns = {name: np.asarray(features[name]).astype(np.float32) for name in search.region_set.feature_names}
    masks = CutMasks(columns, len(events))
    regions = {name: search.region(name) for name in search.published_cutflows}
    reach = np.zeros(len(events), dtype=bool)
    for name in search.published_cutflows:
        reach |= masks.after(regions[name].before_network().cuts)
    (network,) = search.networks.values()
    scores = np.full(len(events), np.nan, dtype=np.float32)
    if reach.any():
        matrix = search.inputs_for(next(iter(search.networks)), objects, mask=reach)
        chosen_by = {f: np.asarray(features[f])[reach] for f in network.chosen_by}
        scores[reach] = network.evaluator(matrix, chosen_by, event_ids=np.asarray(events["event"])[reach]).scores(
            (), outputs=["nn"]
        )["nn"]
    masks.extend({"nn": scores})
    out = {}
    for name, published in search.published_cutflows.items():
        out |= {row.label: masks.after(regions[name].cuts[: row.step]) for row in published.rows}
    return out


def count_rows(
    search: rb.Analysis,
    sample: rb.Sample,
    *,
    reference: str,
    repeats: Sequence[int],
    options: Mapping[str, str] | None = None,
) -> list[RowSums]:
    """Return the sums of all published rows, with detector seeds 1 to r for each r of `repeats`."""
    search = search.configured(options=options or {})
    detector = search.detector_card()
    source = sample.prepare(progress=False)
    totals: list[RowSums] = []
    for chunk in source.iter_chunks(CHUNK):
        events = to_records(chunk, source.columns)
        times: dict[str, NDArray[np.float64]] = {}
        for seed in range(1, max(repeats) + 1):
            for row, mask in passed(search, events, seed=seed, detector=detector).items():
                times[row] = times.get(row, 0.0) + mask
            totals = totals or [RowSums(tuple(times), reference) for _ in repeats]
            for total, last in zip(totals, repeats, strict=True):
                if seed == last:
                    total.add({row: n / last for row, n in times.items()})
    return totals
