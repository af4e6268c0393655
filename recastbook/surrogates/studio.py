"""The Surrogate Studio: from truth features and region labels to a surrogate that says where it holds."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recastbook import display
from recastbook.exceptions import BadFile, BadOption, UnknownName, did_you_mean
from recastbook.surrogates.closure import Closure, ClosureRow
from recastbook.surrogates.efficiency import mean_probability
from recastbook.surrogates.ensemble import Ensemble, Kind
from recastbook.surrogates.hull import inside_hull, outline
from recastbook.surrogates.novelty import EXPECTED, Novelty, off_centre
from recastbook.surrogates.reliability import Reliability, reliability
from recastbook.surrogates.sample_prediction import MANY_NOVEL, SamplePrediction
from recastbook.surrogates.training_set import TrainingSet
from recastbook.surrogates.truth_table import TruthTable

if TYPE_CHECKING:
    from recastbook.surrogates.studio_export import Export

__all__ = ["Studio", "TrainedSurrogate"]

MOST_FOLDS = 10
LABEL = "surrogate made with the Studio"


@dataclass(frozen=True)
class Studio:
    """Trains surrogates and measures them on model points that were held out.

    Events of one point are alike, so that a split by event alone tests nothing but memory: whole points are held out,
    one at a time where there are few.

    Parameters
    ----------
    kind
        ``"gradient boosting"`` or ``"random forest"``.
    members
        Models in the ensemble.
    held_out_members
        Models in each of the ensembles that are trained to measure the closure; fewer save time.
    seed
        Of all random numbers.
    label
        Words that everything made with the surrogate shows.
    iterations
        Trees of each gradient boosting.

    Examples
    --------
    >>> Studio(kind="random forest", members=4).members
    4
    """

    kind: Kind = "gradient boosting"
    members: int = 5
    held_out_members: int = 3
    seed: int = 1
    label: str = LABEL
    iterations: int = 120

    def train(self, data: TrainingSet, *, progress: bool = True) -> TrainedSurrogate:
        """Train on all points, and once for each held-out point to measure bias, pulls and calibration.

        Parameters
        ----------
        data
            Features, targets and model points.
        progress
            Whether to show a bar when it takes more than two seconds.

        Raises
        ------
        MissingDependency
            If scikit-learn is not installed; the extra is named.
        """
        folds = self._folds(len(data.points))
        rows: list[ClosureRow] = []
        predicted = np.full(data.target.shape, np.nan)
        distinct = sorted(set(folds))
        with _bar(len(distinct) + 1, progress=progress) as bar:
            for fold in distinct:
                held = np.flatnonzero(folds == fold)
                test = np.isin(data.point, held)
                own = self.seed + 1000 * (int(fold) + 1)
                ensemble = Ensemble(self.kind, members=self.held_out_members, seed=own, iterations=self.iterations)
                ensemble.fit(data.matrix[~test], data.target[~test], data.weight[~test])
                novelty = Novelty.of(data.matrix[~test], seed=self.seed)
                others = _coordinates(np.delete(data.parameters, held, axis=0), data.parameters)
                for point in held:
                    mine = data.point == point
                    members = ensemble.predict_members(data.matrix[mine])
                    predicted[mine] = members.mean(axis=0)
                    inside = inside_hull(others, _coordinates(data.parameters[[point]], data.parameters)[0])
                    share = novelty.share(data.matrix[mine], data.weight[mine])
                    rows += _closure_rows(data, int(point), mine, members, inside=inside, novelty=share)
                bar.update()
            final = Ensemble(self.kind, members=self.members, seed=self.seed, iterations=self.iterations)
            final.fit(data.matrix, data.target, data.weight)
            bar.update()
        each = "one at a time" if len(distinct) == len(data.points) else f"in {len(distinct)} groups"
        closure = Closure(tuple(rows), f"{len(data.points)} whole model points, {each}")
        curves = {
            c: reliability(c, predicted[:, k], data.target[:, k], data.weight) for k, c in enumerate(data.classes)
        }
        return TrainedSurrogate(data, final, closure, curves, Novelty.of(data.matrix, seed=self.seed), self.label)

    def _folds(self, n_points: int) -> NDArray[np.int64]:
        if self.held_out_members < 2:
            msg = f"held_out_members is {self.held_out_members}; a spread needs at least 2"
            raise BadOption(msg)
        return np.arange(n_points) % min(n_points, MOST_FOLDS)


@dataclass(frozen=True)
class TrainedSurrogate(display.Tabular):
    """A surrogate made by :class:`Studio`, with everything that was measured."""

    data: TrainingSet = field(repr=False)
    """What it was trained on."""
    ensemble: Ensemble = field(repr=False)
    """The models."""
    closure: Closure
    """Bias, pulls and novelty of held-out points."""
    reliability: Mapping[str, Reliability]
    """Class -> predicted against true probability of held-out events."""
    novelty: Novelty = field(repr=False)
    """Distances to the training events."""
    label: str = LABEL
    """Words that everything made with it shows."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.data.classes

    def probabilities(self, sample: TruthTable | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean probability of each class, shape (N, number of classes).

        Parameters
        ----------
        sample
            Truth features, or a matrix in the order of the training, shape (N, number of features).
        """
        return self.ensemble.predict(self._matrix(sample)[0])

    def predict(
        self,
        sample: TruthTable | NDArray[np.float64],
        region: str | None = None,
        *,
        parameters: Mapping[str, float] | None = None,
        name: str | None = None,
    ) -> SamplePrediction:
        """Return the efficiency of a sample with its novelty, or the reasons not to quote one.

        Parameters
        ----------
        sample
            As for :meth:`probabilities`.
        region
            Class; the last one by default.
        parameters
            Parameters of the sample's model point, to be compared with the hull of the training points.
        name
            Name of the sample in tables.

        Raises
        ------
        UnknownName
            If there is no such class or parameter.
        """
        which = self.classes[-1] if region is None else region
        if which not in self.classes:
            msg = f"no class {which!r}.{did_you_mean(which, self.classes)}"
            raise UnknownName(msg)
        matrix, weight, known = self._matrix(sample)
        members = self.ensemble.predict_members(matrix)[:, :, self.classes.index(which)]
        mean = mean_probability(members.mean(axis=0), weight)
        share = self.novelty.share(matrix, weight)
        outside, remarks = self._outside(parameters, share, off_centre(self.novelty, self.data, matrix, weight))
        return SamplePrediction(
            sample=name or known,
            region=which,
            predicted=mean.value,
            statistical=mean.error,
            spread=_spread(members, weight),
            closure_error=self.closure.error(which),
            novelty=share,
            outside=outside,
            worst_factor=self.closure.worst_factor(which, inside=False),
            worst_pull=self.closure.worst_pull(which, inside=False),
            remarks=remarks,
            label=self.label,
        )

    def export(self, folder: str | os.PathLike[str], *, title: str, analysis: str, truth: str = "") -> Export:
        """Write an ONNX file, compare it with the ensemble, and write and lint its model card.

        Parameters
        ----------
        folder
            Where to; made if needed.
        title
            Title of the card.
        analysis
            Identifier of the search that the surrogate stands for.
        truth
            Definition of the truth features, for the card; a default names them.
        """
        from recastbook.surrogates.studio_export import export

        return export(self, folder, title=title, analysis=analysis, truth=truth)

    def hull_outline(self) -> NDArray[np.float64]:
        """Return a closed line round the model points it was trained on, where these have two parameters.

        Returns
        -------
        numpy.ndarray
            Shape (K, 2), in the order and units of the parameters; edges that are straight in logarithms are curves.
            Empty where there are not two parameters, or all points lie on a line.
        """
        trained = self.data.parameters
        if trained.shape[1] != 2:
            return np.empty((0, 2))
        corners = outline(_coordinates(trained, trained))
        if not len(corners):
            return corners
        steps = np.linspace(0.0, 1.0, 25)[:, None]
        edges = [a + steps * (b - a) for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
        line = np.concatenate(edges)
        positive = (trained > 0).all(axis=0)
        line[:, positive] = np.exp(line[:, positive])
        return line

    def _outside(
        self, parameters: Mapping[str, float] | None, share: float, beyond: str
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        outside, remarks = [], []
        names = self.data.parameter_names
        if parameters is None:
            if names:
                remarks.append("the model point was not given, so only its events were compared with the training")
        else:
            missing = [n for n in names if n not in parameters]
            if missing:
                msg = f"the parameter {missing[0]!r} is missing; the training points have {', '.join(names)}"
                raise UnknownName(msg)
            query = np.array([[float(parameters[n]) for n in names]])
            trained = self.data.parameters
            if not inside_hull(_coordinates(trained, trained), _coordinates(query, trained)[0]):
                text = ", ".join(f"{n} {v:g}" for n, v in zip(names, query[0], strict=True))
                outside.append(f"{text} is outside the hull of the {len(trained)} training points")
        if share > MANY_NOVEL:
            usual = f"{100 * EXPECTED:.0f} %"
            outside.append(
                f"{100 * share:.1f} % of its events are farther from all training events than {usual} of those are "
                "from each other"
            )
        if beyond:
            outside.append(beyond)
        return tuple(outside), tuple(remarks)

    def _matrix(self, sample: TruthTable | NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
        if isinstance(sample, TruthTable):
            paired = sample.paired("refuse")
            return paired.matrix(self.data.names), paired.weight, paired.name
        matrix = np.asarray(sample, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[1] != len(self.data.names):
            msg = f"a sample is a matrix of shape (N, {len(self.data.names)}); this one has {matrix.shape}"
            raise BadFile(msg)
        return matrix, np.ones(len(matrix)), "sample"

    def _facts(self) -> dict[str, object]:
        kinds = f"{self.ensemble.n_members} x {self.ensemble.kind}"
        facts: dict[str, object] = {
            "trained on": f"{len(self.data)} events of {len(self.data.points)} model points",
            "features": len(self.data.names),
            "classes": ", ".join(self.classes),
            "ensemble": kinds,
        }
        for region in self.classes[1:]:
            error = self.closure.error(region)
            inside = "not measured" if math.isnan(error) else f"{100 * error:.0f} %"
            if not self.closure.of(region, inside=True):
                inside = f"not measured, taken as {inside} from points outside"
            worst = self.closure.worst_factor(region, inside=False)
            outside = "not measured" if math.isnan(worst) else f"up to a factor {worst:.2g} at points just outside"
            facts[f"error of {region}"] = (
                f"inside the hull of the training points: {inside}; outside: {outside}, any factor farther out"
            )
        return facts

    def __str__(self) -> str:
        return f"{display.text_card('Surrogate', self._facts(), notes=[self.label])}\n{self.closure}"

    def _as_table(self) -> display.TableView:
        shown = self.closure._as_table()
        notes = [self.label, *(f"{name}: {value}" for name, value in self._facts().items()), *shown.notes]
        return display.TableView(shown.headers, shown.rows, "Surrogate: closure", notes)

    def _repr_html_(self) -> Any:
        curves = [display.fold(f"reliability of {c}", r) for c, r in self.reliability.items()]
        badges = [display.badge(self.label, "warning")]
        return display.card("Surrogate", self._facts(), badges=badges, body=[self.closure, *curves])


def _closure_rows(
    data: TrainingSet,
    point: int,
    mine: NDArray[np.bool_],
    members: NDArray[np.float64],
    *,
    inside: bool,
    novelty: float,
) -> list[ClosureRow]:
    rows = []
    weight = data.weight[mine]
    for k, region in enumerate(data.classes):
        if k == 0 and len(data.classes) > 1:
            continue  # not selected: what is left of the others
        true = mean_probability(data.target[mine, k], weight)
        found = mean_probability(members[:, :, k].mean(axis=0), weight)
        spread = _spread(members[:, :, k], weight)
        rows.append(
            ClosureRow(data.points[point].name, region, true.value, true.error, found.value, spread, inside, novelty)
        )
    return rows


def _spread(members: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Return the standard deviation of the members' means; members of shape (M, N)."""
    if len(members) < 2:
        return 0.0
    return float(np.std(members @ weight / np.sum(weight), ddof=1))


def _coordinates(values: NDArray[np.float64], trained: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return parameters as logarithms where all training points are above zero."""
    positive = (trained > 0).all(axis=0)
    out = values.astype(np.float64).copy()
    out[:, positive] = np.log(np.maximum(values[:, positive], 1e-300))
    return out


def _bar(total: int, *, progress: bool) -> Any:
    from tqdm.auto import tqdm

    return tqdm(total=total, desc="training", unit="ensemble", delay=2.0, disable=not progress)
