"""Where the trees of an ONNX model branch, and how a row gets there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Edges", "tree_edges"]

# modes for which the branch of a true comparison lies below the threshold
_BELOW = (b"BRANCH_LEQ", b"BRANCH_LT")
_ABOVE = (b"BRANCH_GTE", b"BRANCH_GT")


@dataclass(frozen=True, slots=True)
class Edges:
    """The branching nodes of all trees; arrays of shape (number of nodes,)."""

    column: NDArray[np.int64]
    """Input that is compared."""
    value: NDArray[np.float64]
    """Threshold."""
    parent: NDArray[np.int64]
    """Position of the node above, -1 at a root."""
    below: NDArray[np.bool_]
    """Whether a row comes here by lying below the threshold of the node above."""

    @classmethod
    def none(cls) -> Edges:
        """Return those of a model without trees."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0, bool))

    def __len__(self) -> int:
        return len(self.column)

    def of(self, column: int) -> NDArray[np.float64]:
        """Return the thresholds on one input, sorted, each once."""
        return np.unique(self.value[self.column == column])

    def reach(
        self, nodes: NDArray[np.int64], lowest: NDArray[np.float64], highest: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the box of values from which a row reaches each of some nodes.

        Parameters
        ----------
        nodes
            Positions of nodes, shape (M,).
        lowest, highest
            Bounds that hold anyway, shape (inputs,).

        Returns
        -------
        lower, upper : numpy.ndarray
            Shape (M, inputs).
        """
        lower, upper = np.tile(lowest, (len(nodes), 1)), np.tile(highest, (len(nodes), 1))
        at = nodes.copy()
        row = np.flatnonzero(self.parent[at] >= 0)
        while len(row):
            below, above = self.below[at[row]], self.parent[at[row]]
            column, value = self.column[above], self.value[above]
            down, up = row[below], row[~below]
            upper[down, column[below]] = np.minimum(upper[down, column[below]], value[below])
            lower[up, column[~below]] = np.maximum(lower[up, column[~below]], value[~below])
            at[row] = above
            row = row[self.parent[at[row]] >= 0]
        return lower, upper


def tree_edges(model: Any) -> Edges:
    """Return the branching nodes of all trees of a model; one without trees has none.

    Parameters
    ----------
    model
        An ``onnx.ModelProto``.
    """
    parts = [
        _of_ensemble({attribute.name: attribute for attribute in node.attribute})
        for node in model.graph.node
        if node.domain == "ai.onnx.ml" and node.op_type.startswith("TreeEnsemble")
    ]
    starts = np.cumsum([0, *map(len, parts)])
    parents = [np.where(p.parent >= 0, p.parent + s, -1) for p, s in zip(parts, starts[:-1], strict=True)]
    return Edges(
        np.concatenate([np.empty(0, dtype=np.int64), *(part.column for part in parts)]),
        np.concatenate([np.empty(0), *(part.value for part in parts)]),
        np.concatenate([np.empty(0, dtype=np.int64), *parents]),
        np.concatenate([np.empty(0, dtype=bool), *(part.below for part in parts)]),
    )


def _of_ensemble(parts: dict[str, Any]) -> Edges:
    modes = list(parts["nodes_modes"].strings)
    branches = np.array([mode in _BELOW or mode in _ABOVE for mode in modes], dtype=bool)
    tree, node, true, false, column = (
        np.array(parts[f"nodes_{name}"].ints, dtype=np.int64)
        for name in ("treeids", "nodeids", "truenodeids", "falsenodeids", "featureids")
    )
    value = np.array(parts["nodes_values"].floats, dtype=np.float64)
    true_is_below = np.array([mode in _BELOW for mode in modes], dtype=bool)
    stride = int(node.max(initial=0)) + 1
    key = tree * stride + node
    order = np.argsort(key)
    parent, below = np.full(len(key), -1), np.zeros(len(key), dtype=bool)
    here = np.flatnonzero(branches)
    for child, by_true in ((true, True), (false, False)):
        wanted = tree[here] * stride + child[here]
        place = order[np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)]
        parent[place] = here
        below[place] = true_is_below[here] == by_true
    # leaves fall away; what is left is numbered anew
    number = np.full(len(key), -1)
    number[here] = np.arange(len(here))
    above = parent[here]
    return Edges(column[here], value[here], np.where(above >= 0, number[above], -1), below[here])
