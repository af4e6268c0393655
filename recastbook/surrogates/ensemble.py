"""Ensembles of tree models of scikit-learn: trained on probabilities or labels, each member on its own resampling."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption, MissingDependency, did_you_mean

__all__ = ["KINDS", "Ensemble", "Kind"]

Kind = Literal["gradient boosting", "random forest"]
KINDS: tuple[str, ...] = get_args(Kind)


class Ensemble:
    """Several models of one kind.

    Parameters
    ----------
    kind
        ``"gradient boosting"`` or ``"random forest"``.
    members
        How many models.
    seed
        Of the resampling and the models.
    iterations
        Trees of each gradient boosting.
    """

    def __init__(
        self, kind: Kind = "gradient boosting", *, members: int = 5, seed: int = 1, iterations: int = 120
    ) -> None:
        if kind not in KINDS:
            msg = f"kind is {kind!r}.{did_you_mean(str(kind), KINDS)}"
            raise BadOption(msg)
        if iterations < 1:
            msg = f"iterations is {iterations}; at least 1 is needed"
            raise BadOption(msg)
        self.iterations = iterations
        if members < 1:
            msg = f"members is {members}; at least 1 is needed, and 2 for a spread"
            raise BadOption(msg)
        self.kind, self.n_members, self.seed = kind, members, seed
        self.models: list[Any] = []
        self.n_classes = 0

    def fit(self, matrix: NDArray[np.float64], target: NDArray[np.float64], weight: NDArray[np.float64]) -> Ensemble:
        """Train all members; class frequencies are kept as they are, so that mean probabilities are efficiencies.

        An event with probabilities enters once for each class, with its weight times the probability: the cross
        entropy is then the one of the probabilities.

        Parameters
        ----------
        matrix
            Features, shape (N, F).
        target
            Probabilities of the classes, shape (N, K).
        weight
            Event weights, shape (N,).
        """
        self.n_classes = target.shape[1]
        self.models = []
        for member in range(self.n_members):
            rng = np.random.default_rng([self.seed, member])
            times = rng.multinomial(len(matrix), np.full(len(matrix), 1 / len(matrix)))
            rows, labels, weights = [], [], []
            for k in range(self.n_classes):
                w = target[:, k] * weight * times
                used = np.flatnonzero(w > 0)
                rows.append(used)
                labels.append(np.full(len(used), k))
                weights.append(w[used])
            x = matrix[np.concatenate(rows)].astype(np.float32)
            y, w = np.concatenate(labels), np.concatenate(weights)
            self.models.append(self._new(member).fit(x, y, sample_weight=w / w.mean()))
        return self

    def _new(self, member: int) -> Any:
        try:
            from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
        except ImportError as error:
            msg = "training a surrogate needs scikit-learn: python -m pip install 'recastbook[studio]'"
            raise MissingDependency(msg) from error
        state = int(np.random.default_rng([self.seed, member, 7]).integers(2**31))
        if self.kind == "random forest":
            # every split sees most features: with few of them a position that matters is too often out of reach
            return RandomForestClassifier(20, min_samples_leaf=8, max_features=0.7, random_state=state, n_jobs=1)
        return HistGradientBoostingClassifier(
            max_iter=self.iterations, learning_rate=0.1, max_leaf_nodes=24, min_samples_leaf=30, l2_regularization=1.0,
            early_stopping=False, random_state=state,
        )  # fmt: skip

    def predict_members(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probabilities of every member, shape (members, N, K)."""
        x = matrix.astype(np.float32)
        out = np.zeros((len(self.models), len(x), self.n_classes))
        for i, model in enumerate(self.models):
            out[i][:, np.asarray(model.classes_, dtype=int)] = model.predict_proba(x)
        return out

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of the members, shape (N, K)."""
        return np.asarray(self.predict_members(matrix).mean(axis=0))

    def merged(self) -> Any:
        """Return one scikit-learn model that gives the mean of the members."""
        from sklearn.ensemble import VotingClassifier
        from sklearn.preprocessing import LabelEncoder

        if len(self.models) == 1:
            return self.models[0]
        voting = VotingClassifier(
            [(f"m{i}", m) for i, m in enumerate(self.models)], voting="soft", flatten_transform=False
        )
        voting.estimators_ = list(self.models)
        voting.le_ = LabelEncoder().fit(np.arange(self.n_classes))
        voting.classes_ = voting.le_.classes_
        voting.named_estimators_ = dict(voting.estimators)
        return voting
