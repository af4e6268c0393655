"""Reading boosted decision trees of TMVA.

What the attributes mean is defined by three classes of TMVA: DecisionTreeNode (GoesRight: at or above the cut, or below
it where ``cType`` is 0), DecisionTree (CheckEvent: type, purity or response of the leaf), and MethodBDT (the sum).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import NetworkError

__all__ = ["Forest", "read_forest"]

_WEIGHTED = ("AdaBoost", "RealAdaBoost", "Bagging")


@dataclass(frozen=True, slots=True)
class Forest:
    """All trees, node by node; arrays of shape (number of nodes,)."""

    variables: tuple[str, ...]
    """Inputs in order."""
    outputs: tuple[str, ...]
    """Names of the scores."""
    boost: str
    """How the trees were boosted, in TMVA's words."""
    finish: str
    """What becomes of the sum: ``none``, ``tanh`` or ``softmax``."""
    roots: NDArray[np.int64]
    """Position of the root of each tree, shape (number of trees,)."""
    column: NDArray[np.int64]
    """Input that is compared; -1 at a leaf."""
    cut: NDArray[np.float32]
    """Threshold, as TMVA keeps it."""
    reached: NDArray[np.int64]
    """Where a row goes that is at or above the cut."""
    missed: NDArray[np.int64]
    """Where a row goes that is below the cut, or not a number."""
    value: NDArray[np.float64]
    """What a leaf adds to the sum of its class."""

    @property
    def tree(self) -> NDArray[np.int64]:
        """Tree that each node belongs to."""
        return np.searchsorted(self.roots, np.arange(len(self.column)), side="right") - 1

    def compute(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Evaluate: branches in float32 as TMVA takes them, sums in float64.

        Parameters
        ----------
        rows
            Shape (N, inputs).
        """
        sums = np.zeros((len(rows), len(self.outputs)))
        every = np.arange(len(rows))
        for number, root in enumerate(self.roots):
            at = np.full(len(rows), root)
            going = every
            while len(going):
                going = going[self.column[at[going]] >= 0]
                here = at[going]
                up = rows[going, self.column[here]] >= self.cut[here]
                at[going] = np.where(up, self.reached[here], self.missed[here])
            sums[:, number % len(self.outputs)] += self.value[at]
        if self.finish == "tanh":
            return np.tanh(sums)
        if self.finish == "softmax":
            powers = np.exp(sums - sums.max(axis=1, keepdims=True))
            return np.asarray(powers / powers.sum(axis=1, keepdims=True))
        return sums


def read_forest(path: Path) -> Forest:
    """Read boosted decision trees from TMVA's XML.

    Parameters
    ----------
    path
        The file, whose length was checked.

    Raises
    ------
    NetworkError
        If it is no such XML, or of a method or with an option that is not converted; file and place are named.
    """
    content = path.read_bytes()
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        message = f"{path}: a weight file of TMVA defines no entities; it was not read"
        raise NetworkError(message)
    try:
        root = ET.fromstring(content)  # noqa: S314 - without entities there is nothing to expand
    except (ET.ParseError, ValueError) as error:
        message = f"{path}: not readable as XML ({error})"
        raise NetworkError(message) from error
    return _Reader(path).forest(root)


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path

    def forest(self, root: ET.Element) -> Forest:
        method = root.get("Method", "").split("::")[0]
        if root.tag != "MethodSetup" or method != "BDT":
            self.fail(
                f"method {method or root.tag!r} of TMVA is not converted here; BDT is. For an MLP, petrifyML "
                "(`python -m pip install 'petrifyml[tmvamlp]'`, GPL) has `petrify-tmvamlp-to-onnx`"
            )
        options = {entry.get("name", ""): (entry.text or "").strip() for entry in root.iterfind("Options/Option")}
        if root.find("Transformations/Transform") is not None:
            self.fail("Transformations: transformed variables are not converted; write the trees of the variables")
        variables = tuple(str(v.get("Label") or v.get("Expression")) for v in root.iterfind("Variables/Variable"))
        if not variables:
            self.fail("Variables: there are none")
        boost = options.get("BoostType", "AdaBoost")
        kind = self.analysis(root)
        if kind == "Regression" or boost not in (*_WEIGHTED, "Grad") or (kind == "Multiclass" and boost != "Grad"):
            self.fail(f"{kind} with BoostType {boost} is not converted; known are {', '.join(_WEIGHTED)} and Grad")
        classes = tuple(entry.get("Name", "") for entry in root.iterfind("Classes/Class"))
        outputs = classes if kind == "Multiclass" else ("mva",)
        trees = root.findall("Weights/BinaryTree")
        if not trees or not outputs:
            self.fail("Weights: there are no trees")
        scale = self.scale(trees, boost)
        grad = boost == "Grad"
        leaf = "res" if grad else "nType" if options.get("UseYesNoLeaf", "True") == "True" else "purity"
        return self.nodes(variables, outputs, boost, trees, scale, leaf)

    def analysis(self, root: ET.Element) -> str:
        for entry in root.iterfind("GeneralInfo/Info"):
            if entry.get("name") == "AnalysisType":
                return entry.get("value", "")
        return "Classification"

    def scale(self, trees: list[ET.Element], boost: str) -> list[float]:
        """Return what the leaves of each tree are multiplied by."""
        if boost == "Grad":
            return [1.0] * len(trees)
        weights = [self.number(tree.attrib, "boostWeight", f"BinaryTree {k}") for k, tree in enumerate(trees)]
        total = math.fsum(weights)
        return [weight / total if total > np.finfo(float).eps else 0.0 for weight in weights]

    def nodes(
        self, variables: tuple[str, ...], outputs: tuple[str, ...], boost: str, trees: list[ET.Element],
        scale: list[float], leaf: str,
    ) -> Forest:  # fmt: skip
        roots: list[int] = []
        column: list[int] = []
        cut: list[float] = []
        reached: list[int] = []
        missed: list[int] = []
        value: list[float] = []
        for k, tree in enumerate(trees):
            place = f"BinaryTree {k}"
            tops = tree.findall("Node")
            if len(tops) != 1:
                self.fail(f"{place}: {len(tops)} nodes at the top, one is needed")
            roots.append(len(column))
            pending: list[tuple[ET.Element, int, bool]] = [(tops[0], -1, False)]
            while pending:
                node, parent, is_reached = pending.pop()
                here = len(column)
                if parent >= 0:
                    (reached if is_reached else missed)[parent] = here
                children = {child.get("pos"): child for child in node.iterfind("Node")}
                inner = bool(children)
                if inner and set(children) != {"l", "r"}:
                    self.fail(f"{place}, node {here - roots[-1]}: a node has a left and a right one, or none")
                if int(node.get("NCoef", "0")):
                    self.fail(f"{place}, node {here - roots[-1]}: Fisher cuts (NCoef) are not converted")
                where = f"{place}, node {here - roots[-1]}"
                selected = int(self.number(node.attrib, "IVar", where)) if inner else -1
                if inner and not 0 <= selected < len(variables):
                    self.fail(f"{where}: IVar is {selected}, but there are {len(variables)} variables")
                column.append(selected)
                cut.append(self.number(node.attrib, "Cut", where) if inner else 0.0)
                value.append(0.0 if inner else scale[k] * self.number(node.attrib, leaf, where))
                reached.append(here)
                missed.append(here)
                if inner:
                    right_is_reached = node.get("cType", "1") == "1"
                    pending += [(children["r"], here, right_is_reached), (children["l"], here, not right_is_reached)]
        finish = "none" if boost != "Grad" else "tanh" if len(outputs) == 1 else "softmax"
        as_ints = [np.array(numbers, dtype=np.int64) for numbers in (roots, column, reached, missed)]
        return Forest(
            variables, outputs, boost, finish, as_ints[0], as_ints[1], np.array(cut, dtype=np.float32), as_ints[2],
            as_ints[3], np.array(value),
        )  # fmt: skip

    def number(self, attributes: Mapping[str, str], name: str, place: str) -> float:
        try:
            value = float(attributes[name])
        except (KeyError, ValueError):
            self.fail(f"{place}: {name} is {attributes.get(name)!r}, a number is needed")
        if not math.isfinite(value):
            self.fail(f"{place}: {name} is not finite")
        return value

    def fail(self, reason: str) -> NoReturn:
        message = f"{self.path}: {reason}"
        raise NetworkError(message)
