"""What networks are fed for the events of a sample: objects, features and raw matrices, event by event.

Filled by :func:`recastbook.inputs.collect_inputs`; a plain value, so that diagnostics and widgets need no search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import UnknownName, did_you_mean

__all__ = ["CollectedInputs", "NetworkMatrix"]


@dataclass(frozen=True, slots=True)
class NetworkMatrix:
    """The raw inputs of one network in one input variant, for some of the collected events."""

    network: str
    """Name of the network, a key of ``search.cards``."""
    variant: str
    """Name of the input variant."""
    rows: NDArray[np.int64]
    """Positions of its events among those collected, shape (M,), rising."""
    raw: NDArray[np.float64]
    """Raw values in the card's order, shape (M, number of inputs); parameters are nan, they are filled per point."""
    chosen_by: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """The features that choose the file (fold, number of jets), each of shape (M,)."""

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class CollectedInputs:
    """Events of a sample with everything that leads to a score. N is the number of events collected."""

    analysis: str
    """Identifier of the search."""
    label: str
    """Label of the sample."""
    ids: Mapping[str, NDArray[np.int64]]
    """``run``, ``luminosityBlock`` and ``event``, each of shape (N,)."""
    weight: NDArray[np.float64]
    """Event weights, shape (N,)."""
    features: Mapping[str, NDArray[Any]]
    """Every feature of the search, each of shape (N,), as ``search.features`` gives it."""
    matrices: Mapping[tuple[str, str], NetworkMatrix]
    """(network, variant) -> raw inputs."""
    n_read: int
    """Events that were read to find these."""
    sum_w_read: float
    """Sum of the weights of the events read."""
    objects: Mapping[str, Any] | None = None
    """Named collections of the N events, if they were asked for."""

    def __len__(self) -> int:
        return len(self.weight)

    def position(self, run: int, block: int, event: int) -> int:
        """Return the position of one event among those collected.

        Raises
        ------
        UnknownName
            If it is not among them.
        """
        wanted = {"run": run, "luminosityBlock": block, "event": event}
        found = np.flatnonzero(np.logical_and.reduce([self.ids[name] == value for name, value in wanted.items()]))
        if not len(found):
            message = f"no event {run}:{block}:{event} (run:block:event) among the {len(self)} events of {self.label!r}"
            raise UnknownName(message)
        return int(found[0])

    def event_display(self, position: int) -> dict[str, Any]:
        """Return ``objects`` and ``met`` of one event, for :func:`recastbook.plots.event_display`.

        What is contained in another collection (baseline objects, jets before a correction, electrons and muons beside
        leptons) is left out.

        Raises
        ------
        UnknownName
            If objects were not collected.
        """
        if self.objects is None:
            message = "objects were not collected: collect_inputs(..., objects=True)"
            raise UnknownName(message)
        objects, met = {}, None
        for name, collection in self.objects.items():
            fields = set(getattr(collection, "fields", ()))
            if name == "met" and {"pt", "phi"} <= fields:
                met = (float(collection["pt"][position]), float(collection["phi"][position]))
            elif {"pt", "eta", "phi"} <= fields and collection.ndim == 2 and not _stage(name):
                objects[name] = collection[position]
        if "leptons" in objects:
            objects = {name: found for name, found in objects.items() if name not in {"electrons", "muons"}}
        # large ones are drawn first, below the others
        ordered = dict(sorted(objects.items(), key=lambda item: not item[0].startswith("large")))
        return {"objects": ordered, "met": met}

    def matrix(self, network: str | None = None, variant: str = "default") -> NetworkMatrix:
        """Return the raw inputs of one network; of the only one if no name is given.

        Raises
        ------
        UnknownName
            If there is no such matrix, or several and no name was given.
        """
        names = list(dict.fromkeys(name for name, _ in self.matrices))
        chosen = names[0] if network is None and len(names) == 1 else network
        found = self.matrices.get((str(chosen), variant))
        if found is None:
            known = [name if kind == "default" else f"{name}, {kind}" for name, kind in self.matrices]
            asked = "one of several" if network is None else repr(network)
            message = f"no inputs of {asked} in the variant {variant!r}.{did_you_mean(str(network), known)}"
            raise UnknownName(message)
        return found


def _stage(name: str) -> bool:
    """Whether a collection holds objects of another one at an earlier stage."""
    return name.startswith("baseline") or name.endswith("_before")
