"""From boosted decision trees of TMVA to ONNX."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recastbook.network.conversion.converted import Readable
from recastbook.network.conversion.edges import Edges
from recastbook.network.conversion.graph import Graph
from recastbook.network.conversion.tmva.document import Forest, read_forest

__all__ = ["read_tmva"]


def read_tmva(path: Path) -> Readable:
    """Read boosted decision trees of TMVA.

    Raises
    ------
    NetworkError
        If they cannot be read, or are of a method that is not converted.
    """
    forest = read_forest(path)
    return Readable(
        content=_write(forest),
        model=f"TMVA BDT, {len(forest.roots)} trees, {forest.boost}",
        width=len(forest.variables),
        compute=forest.compute,
        reference_name="the same trees with TMVA's rules, added up in float64",
        edges=_edges(forest),
        inputs=forest.variables,
        outputs=forest.outputs,
    )


def _edges(forest: Forest) -> Edges:
    inner = np.flatnonzero(forest.column >= 0)
    number = np.full(len(forest.column), -1)
    number[inner] = np.arange(len(inner))
    parent, below = np.full(len(forest.column), -1), np.zeros(len(forest.column), dtype=bool)
    for child, is_below in ((forest.reached, False), (forest.missed, True)):
        parent[child[inner]] = number[inner]
        below[child[inner]] = is_below
    return Edges(forest.column[inner], forest.cut[inner].astype(np.float64), parent[inner], below[inner])


def _write(forest: Forest) -> bytes:
    graph = Graph(len(forest.variables))
    tree = forest.tree
    own = np.arange(len(tree)) - forest.roots[tree]
    leaf = forest.column < 0
    raw = graph.step(
        "TreeEnsembleRegressor",
        "features",
        domain="ai.onnx.ml",
        n_targets=len(forest.outputs),
        aggregate_function="SUM",
        post_transform="NONE",
        nodes_treeids=tree.tolist(),
        nodes_nodeids=own.tolist(),
        nodes_featureids=np.where(leaf, 0, forest.column).tolist(),
        nodes_values=forest.cut.astype(float).tolist(),
        nodes_hitrates=[1.0] * len(tree),
        nodes_modes=["LEAF" if end else "BRANCH_GTE" for end in leaf],
        nodes_truenodeids=np.where(leaf, 0, forest.reached - forest.roots[tree]).tolist(),
        nodes_falsenodeids=np.where(leaf, 0, forest.missed - forest.roots[tree]).tolist(),
        nodes_missing_value_tracks_true=[0] * len(tree),
        target_treeids=tree[leaf].tolist(),
        target_nodeids=own[leaf].tolist(),
        target_ids=(tree[leaf] % len(forest.outputs)).tolist(),
        target_weights=forest.value[leaf].tolist(),
    )
    finished = raw
    if forest.finish == "tanh":  # 2 / (1 + exp(-2 sum)) - 1
        finished = graph.step("Tanh", raw)
    elif forest.finish == "softmax":
        finished = graph.step("Softmax", raw, axis=1)
    metadata = {"inputs": ",".join(forest.variables), "outputs": ",".join(forest.outputs)}
    return graph.finish(finished, len(forest.outputs), metadata=metadata)
