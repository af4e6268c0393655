"""Whether a sample lies where a surrogate was trained: forests do not extrapolate, they repeat their nearest leaf."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard
    from recastbook.surrogates.truth_table import TruthTable

__all__ = ["domain_remarks"]

UNSEEN = (11, 13, 22)
"""Decay products that no training sample has: electrons, muons, photons."""
WORTH_SAYING = 0.05
"""Share of events outside the range of a feature from which on it is said."""


def domain_remarks(card: ModelCard, table: TruthTable) -> tuple[str, ...]:
    """Return one sentence for each way in which a sample leaves the training range.

    Parameters
    ----------
    card
        Card whose inputs may have a ``valid_range``.
    table
        Events with two long-lived particles.
    """
    remarks = []
    total = float(np.sum(np.abs(table.weight))) or 1.0
    for column in card.inputs:
        values = table.columns.get(column.name)
        if values is None:
            continue
        if column.name.endswith("_child_pdgId"):
            strange = np.isin(values, UNSEEN)
            if strange.any():
                share = float(np.sum(np.abs(table.weight[strange]))) / total
                ids = ", ".join(str(int(i)) for i in np.unique(values[strange]))
                remarks.append(
                    f"{column.name}: {100 * share:.3g} % of the events decay to PDG id {ids}, never seen in training"
                )
            continue
        if column.valid_range is None:
            continue
        low, high = column.valid_range
        outside = (values < low) | (values > high)
        share = float(np.sum(np.abs(table.weight[outside]))) / total
        if share > WORTH_SAYING:
            unit = "" if column.unit == "1" else f" {column.unit}"
            remarks.append(
                f"{column.name}: {100 * share:.3g} % of the events are outside {low:.3g} to {high:.3g}{unit}, where it "
                "was trained"
            )
    return tuple(remarks)
