"""Tie the rows of a published cutflow table to the steps of a region."""

from __future__ import annotations

from recastbook.cutflow.table import PublishedCutflow, PublishedRow
from recastbook.published import Table
from recastbook.regions import Region

__all__ = ["tie"]


def tie(table: Table, region: Region, experiment: str) -> PublishedCutflow:
    """Tie the rows of a published cutflow to the steps of a region, by the column ``step`` of the table.

    Parameters
    ----------
    table
        A published cutflow with the columns ``step`` and `experiment`.
    region
        The region it is of. A step is ``common`` for the last cut of the preselection, else the feature, score or
        label that a cut compares.
    experiment
        Name of the column that holds the published numbers.
    """
    steps = [str(v) for v in table.column("step").values]
    values = table.column(experiment).values
    rows = []
    for label, key, value in zip(table.rows, steps, values, strict=True):
        index = _step_index(region, key)
        if index is None or value is None or isinstance(value, str):
            continue
        rows.append(PublishedRow(index, label, value.value, value.rounding_error))
    sample, head = table.header.sample, table.header
    return PublishedCutflow(tuple(rows), sample, head.source, "not printed" not in sample, head.process)


def _step_index(region: Region, key: str) -> int | None:
    if key == "common":
        # the last cut of the preselection, unless the table prints it as a row of its own
        return region.n_preselection
    for i in range(len(region.cuts) - 1, -1, -1):
        cut = region.cuts[i]
        if key in (cut.feature, cut.score, cut.label):
            return i + 1
    return None
