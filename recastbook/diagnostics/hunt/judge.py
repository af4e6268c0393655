"""Add up evidence, rank hypotheses, and say what is claimed, tied, or cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.hunt.hypothesis import Hypothesis

__all__ = ["CLAIM", "EXPLAINED", "TIE", "Evidence", "Suspect", "Term", "judge"]

CLAIM = 0.5
"""Least gain over the contract that is claimed to be a trap."""
EXPLAINED = 0.5
"""Least share of the disagreement, in what a hypothesis touches, that it must explain."""
TIE = 0.07
"""Hypotheses within this share of the best gain are tied with it."""
_NOTHING = 1e-6


class Term(Protocol):
    """One kind of evidence.

    One with a true attribute ``after_inputs`` is about what happens between the inputs and the score.
    """

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def weight(self) -> float:
        """What a unit of it counts."""

    def tension(self, hypothesis: Hypothesis | None) -> NDArray[np.float64]:
        """Return how badly a hypothesis (None: the contract) fits, in parts; 0 is a perfect fit."""

    def note(self, hypothesis: Hypothesis | None) -> str:
        """Return one line about it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one kind of evidence says of a hypothesis."""

    name: str
    """Kind of evidence."""
    contract: float
    """Weighted disagreement if the contract was followed."""
    found: float
    """Weighted disagreement if the hypothesis holds."""

    @property
    def gain(self) -> float:
        """What the hypothesis explains; negative if it fits worse."""
        return self.contract - self.found


@dataclass(frozen=True, slots=True)
class Suspect:
    """A hypothesis with its evidence."""

    hypothesis: Hypothesis
    """What may have gone wrong."""
    gain: float
    """Disagreement that it explains, over all evidence; the contract has 0."""
    explained: float
    """Share of the disagreement in what it touches, at most 1."""
    evidence: tuple[Evidence, ...]
    """One entry a kind."""
    visible: bool
    """Whether anything at hand could tell it from the contract."""
    after_inputs: bool = False
    """Whether the inputs are clean and it happens between them and the score."""

    @property
    def is_claimed(self) -> bool:
        """Whether it is strong enough to be called a trap by itself."""
        return self.visible and self.gain >= CLAIM and self.explained >= EXPLAINED


def judge(terms: Sequence[Term], found: Sequence[Hypothesis]) -> tuple[Suspect, ...]:
    """Rank hypotheses by what they explain, the best first.

    A mistake is in the inputs, where every kind of evidence sees it but the scores given do not, or it happens after
    them and only those see it. The better of the two counts.

    Parameters
    ----------
    terms
        Evidence at hand.
    found
        Hypotheses.
    """
    contract = [term.weight * term.tension(None) for term in terms]
    suspects = []
    for hypothesis in found:
        evidence = []
        visible = False
        gain, touched = [0.0, 0.0], [0.0, 0.0]
        for term, null in zip(terms, contract, strict=True):
            here = term.weight * term.tension(hypothesis)
            changed = np.abs(here - null) > _NOTHING
            visible = visible or bool(changed.any())
            after = bool(getattr(term, "after_inputs", False))
            gain[after] += float((null - here)[changed].sum())
            touched[after] += float(null[changed].sum())
            evidence.append(Evidence(term.name, float(null.sum()), float(here.sum())))
        later = gain[True] > max(gain[False], 0.0) or not hypothesis.changes_inputs
        explained = gain[later] / touched[later] if touched[later] > 0.0 else 0.0
        suspects.append(Suspect(hypothesis, gain[later], explained, tuple(evidence), visible, later))
    return tuple(sorted(suspects, key=lambda s: (-s.gain, s.hypothesis.key)))


def told(suspects: Sequence[Suspect]) -> tuple[Suspect, ...]:
    """Return what is claimed: the best hypothesis and those tied with it; nothing on clean inputs."""
    claimed = [s for s in suspects if s.is_claimed]
    if not claimed:
        return ()
    best = claimed[0].gain
    return tuple(s for s in claimed if s.gain >= best * (1.0 - TIE))
