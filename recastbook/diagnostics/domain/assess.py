"""Put one network's answers together: features against the card, events against a reference, regions' shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.domain.moments import compare_with_card
from recastbook.diagnostics.domain.novelty import Novelty, measure_novelty
from recastbook.diagnostics.domain.report import NetworkDomain
from recastbook.diagnostics.domain.shares import NO_EVENT, RegionShare, flagged_share
from recastbook.exceptions import BadOption
from recastbook.network import ModelCard
from recastbook.network.collected import CollectedInputs, NetworkMatrix
from recastbook.network.network import choosing_features, file_of_event

__all__ = ["assess"]


def assess(
    card: ModelCard,
    inputs: CollectedInputs,
    matrix: NetworkMatrix,
    *,
    reference: NetworkMatrix | NDArray[np.float64] | None = None,
    reference_label: str = "reference",
    regions: Mapping[str, NDArray[np.bool_] | str] | None = None,
    k: int = 5,
    false_alarm: float = 0.05,
) -> NetworkDomain:
    """Ask whether the events that one network scores are where it was trained.

    Parameters
    ----------
    card
        The network's card.
    inputs
        The events of the sample.
    matrix
        What the network is fed for some of them.
    reference
        What it is fed for the events of a reference sample: a matrix of raw inputs, or one with the features that
        choose among several files.
    reference_label
        What the reference is.
    regions
        Region -> which of the matrix's events are in it, shape (M,); or why it is absent.
    k, false_alarm
        See :func:`measure_novelty`.

    Raises
    ------
    BadOption
        If the network scores no event of the sample, or an argument cannot work.
    """
    if not len(matrix):
        message = f"{inputs.label}: no event reaches the network {matrix.network!r}; there is nothing to examine"
        raise BadOption(message)
    ids = {name: values[matrix.rows] for name, values in inputs.ids.items()}
    weight = inputs.weight[matrix.rows]
    several = len(card.files) > 1
    file = file_of_event(card, matrix.chosen_by, len(matrix), event_ids=ids["event"]) if several else None
    notes: list[str] = []
    novelty = None
    if reference is not None:
        files, note = _kinds(card, file, reference)
        notes += [note] if note else []
        raw = reference.raw if isinstance(reference, NetworkMatrix) else np.asarray(reference, dtype=np.float64)
        novelty = measure_novelty(
            card, matrix.raw, raw, files=files, k=k, false_alarm=false_alarm, label=reference_label
        )
    return NetworkDomain(
        network=matrix.network,
        title=card.title,
        variant=matrix.variant,
        ids=ids,
        weight=weight,
        shifts=compare_with_card(card, matrix.raw, weight, file),
        novelty=novelty,
        shares=tuple(_share(name, found, weight, novelty) for name, found in (regions or {}).items()),
        notes=tuple(notes),
    )


def _kinds(
    card: ModelCard, file: NDArray[np.int64] | None, reference: NetworkMatrix | NDArray[np.float64]
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]] | None, str]:
    """Return the files of sample and reference events, None where all files are for the same kind of events."""
    if file is None or all("modulus" in condition for entry in card.files for condition in entry.when):
        return None, ""  # folds: a number of the event, no property of it
    if not isinstance(reference, NetworkMatrix) or not reference.chosen_by:
        by = ", ".join(choosing_features(card))
        return None, f"the reference does not say {by}: its events are compared whatever file they are for"
    return (file, file_of_event(card, reference.chosen_by, len(reference))), ""


def _share(
    region: str, found: NDArray[np.bool_] | str, weight: NDArray[np.float64], novelty: Novelty | None
) -> RegionShare:
    if isinstance(found, str):
        return RegionShare(region, 0, 0, None, None, None, reason=found)
    counts: dict[str, Any] = {"region": region, "raw": int(found.sum())}
    if novelty is None:
        return RegionShare(**counts, flagged=0, share=None, error=None, mahalanobis=None, reason="no reference sample")
    judged = found & novelty.judged
    flags = novelty.neighbours.flags[judged]
    share, error = flagged_share(weight[judged], flags)
    other, _ = flagged_share(weight[judged], novelty.mahalanobis.flags[judged])
    return RegionShare(
        **counts, flagged=int(flags.sum()), share=share, error=error, mahalanobis=other,
        unjudged=int(found.sum() - judged.sum()), reason="" if share is not None else NO_EVENT,
    )  # fmt: skip
