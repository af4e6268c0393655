"""The events that reach a region's network, and what the region selects of them when inputs are changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption
from recastbook.network.collected import CollectedInputs
from recastbook.network.network import Network
from recastbook.regions import Cut, Region

__all__ = ["RegionScorer"]


class RegionScorer:
    """One region with its network.

    The M events are those collected that pass every cut before the first on a score, in the order of their numbers,
    so that nothing depends on the order of the sample.

    Parameters
    ----------
    region
        A region that cuts on scores of one network, in one input variant.
    networks
        Networks by name.
    network_of
        Gives the name of the network that has an output.
    inputs
        The events.

    Raises
    ------
    BadOption
        If the region asks for no score, or for scores of several networks.
    """

    def __init__(
        self,
        region: Region,
        networks: Mapping[str, Network],
        network_of: Callable[[str], str],
        inputs: CollectedInputs,
    ) -> None:
        self.region = region
        self.scores_asked = tuple(leaf for cut in region.cuts for leaf in cut.leaves() if leaf.score is not None)
        asked = {(network_of(str(leaf.score)), leaf.inputs) for leaf in self.scores_asked}
        if len(asked) != 1:
            what = "no network" if not asked else f"several networks: {', '.join(sorted(name for name, _ in asked))}"
            message = f"{region.name} asks {what}; there is nothing to explain"
            raise BadOption(message)
        self.network_name, self.variant = asked.pop()
        self.network = networks[self.network_name]
        self.card = self.network.card
        matrix = inputs.matrix(self.network_name, self.variant)
        features = {name: np.asarray(values).astype(np.float32) for name, values in inputs.features.items()}
        before = np.ones(len(inputs), dtype=bool)
        for cut in region.before_network().cuts:
            before &= cut.mask(features)
        ids = [inputs.ids[name] for name in ("event", "luminosityBlock", "run")]
        found = np.flatnonzero(before[matrix.rows])
        self._at = found[np.lexsort([column[matrix.rows[found]] for column in ids])]
        rows = matrix.rows[self._at]
        self.raw: NDArray[np.float64] = matrix.raw[self._at]
        """Raw inputs, shape (M, number of inputs)."""
        self.chosen_by = {name: values[self._at] for name, values in matrix.chosen_by.items()}
        self.weight: NDArray[np.float64] = inputs.weight[rows]
        """Weights, shape (M,)."""
        self.ids = {name: values[rows] for name, values in inputs.ids.items()}
        self._features = {name: values[rows] for name, values in features.items()}

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def score(self) -> Cut:
        """The first cut on a score: the one that importance and effects are about."""
        return self.scores_asked[0]

    def columns(self, raw: NDArray[np.float64]) -> dict[str, NDArray[np.float32]]:
        """Return every score that the region asks for, by column, each of shape (M,)."""
        evaluator = self.network.evaluator(raw, self.chosen_by, event_ids=self.ids["event"])
        out: dict[str, NDArray[np.float32]] = {}
        for point in dict.fromkeys(leaf.point or () for leaf in self.scores_asked):
            leaves = [leaf for leaf in self.scores_asked if (leaf.point or ()) == point]
            found = evaluator.scores(point, outputs=sorted({str(leaf.score) for leaf in leaves}))
            out |= {leaf.column: found[str(leaf.score)] for leaf in leaves}
        return out

    def selected(self, scores: Mapping[str, NDArray[np.float32]]) -> NDArray[np.bool_]:
        """Return which events are in the region with these scores, shape (M,)."""
        every: dict[str, NDArray[Any]] = {**self._features, **scores}
        inside = np.ones(len(self), dtype=bool)
        for cut in self.region.cuts:
            inside &= cut.mask(every)
        return inside

    def score_of(self, raw: NDArray[np.float64], row: int) -> NDArray[np.float32]:
        """Return the first score for many variations of one event, shape (K,).

        Parameters
        ----------
        raw
            Raw inputs of the variations, shape (K, number of inputs).
        row
            The event they are variations of: it says which file they belong to.
        """
        by = {name: np.repeat(values[row : row + 1], len(raw)) for name, values in self.chosen_by.items()}
        evaluator = self.network.evaluator(raw, by)
        leaf = self.score
        return evaluator.scores(leaf.point or (), outputs=[str(leaf.score)])[str(leaf.score)]
