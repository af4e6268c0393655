"""The Studio on a map whose answer is known: points held out, bias, novelty, extrapolation flagged, export."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tqdm.auto

pytest.importorskip("sklearn", reason="needs the extra 'studio'")

from recastbook.exceptions import BadFile, BadOption, UnknownName
from recastbook.network.card import ModelCard
from recastbook.surrogates import EfficiencyMap, Studio, TrainedSurrogate, TrainingSet, TruthTable
from recastbook.surrogates.hull import inside_hull
from recastbook.surrogates.novelty import Novelty
from recastbook.surrogates.reliability import reliability
from recastbook.surrogates.two_body import two_body_sample

POINTS = [(400, 50), (400, 150), (1000, 50), (1000, 300), (600, 150)]
FRACTIONS = {5: 0.85, 4: 0.05, 15: 0.1}
N = 700


def draw(m_phi: float, m_s: float, seed: int, n: int = N) -> TruthTable:
    return two_body_sample(m_phi, m_s, 1.3, n, seed=seed, fractions=FRACTIONS)


def truth(emap: EfficiencyMap, table: TruthTable) -> np.ndarray:
    return emap.lookup(**table.for_map()).probability


@pytest.fixture(scope="module")
def data(calratio: EfficiencyMap) -> TrainingSet:
    samples = [(draw(*p, seed=i), p) for i, p in enumerate(POINTS)]
    return TrainingSet.from_tables(
        [(t, {"m_phi": p[0], "m_s": p[1]}, truth(calratio, t)) for t, p in samples], classes=("unselected", "A")
    )


@pytest.fixture(scope="module")
def trained(data: TrainingSet) -> TrainedSurrogate:
    return Studio(kind="gradient boosting", members=3, held_out_members=2, iterations=40).train(data)


def test_every_point_is_held_out_whole_and_once(trained: TrainedSurrogate) -> None:
    rows = trained.closure.of("A")
    assert [r.point for r in rows] == [f"m_phi {a}, m_s {b}" for a, b in POINTS]
    assert "5 whole model points, one at a time" in trained.closure.scheme
    # 600/150 is a mean of the others (in logarithms), the corners are not
    assert [r.inside for r in rows] == [False, False, False, False, True]


def test_held_out_point_is_never_seen(data: TrainingSet, monkeypatch: pytest.MonkeyPatch) -> None:
    from recastbook.surrogates import studio

    seen: list[set[float]] = []
    real = studio.Ensemble.fit

    def spy(self, matrix, target, weight):  # type: ignore[no-untyped-def]
        # ET^2 - pT^2 is m_s^2: what mass points are in the training
        mass = np.sqrt(matrix[:, 4] ** 2 - matrix[:, 3] ** 2)
        seen.append({round(float(m)) for m in np.unique(mass.round())})
        return real(self, matrix, target, weight)

    bars = []

    class Bar(tqdm.auto.tqdm):  # type: ignore[misc,type-arg] # a bar that is looked at afterwards
        def __init__(self, **choices: object) -> None:
            super().__init__(**choices)
            bars.append((self, choices))

    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    monkeypatch.setattr(studio.Ensemble, "fit", spy)
    Studio(kind="random forest", members=1, held_out_members=2).train(data)
    assert seen[3] == {50, 150}  # without 1000/300
    assert seen[-1] == {50, 150, 300}
    [(bar, choices)] = bars
    assert (bar.n, bar.total) == (6, 6)  # five points held out, and the ensemble of all
    assert (choices["delay"], choices["disable"]) == (2.0, False)


def test_interpolation_is_near_the_truth(trained: TrainedSurrogate, calratio: EfficiencyMap) -> None:
    sample = draw(700, 120, seed=50, n=3000)
    found = trained.predict(sample, parameters={"m_phi": 700, "m_s": 120})
    assert not found.extrapolates
    assert found.value is not None
    assert found.value == pytest.approx(truth(calratio, sample).mean(), rel=0.25)
    assert found.novelty < 0.03
    assert found.error is not None
    assert found.error >= found.statistical


def test_extrapolation_cannot_be_overlooked(trained: TrainedSurrogate) -> None:
    found = trained.predict(draw(125, 55, seed=51), parameters={"m_phi": 125, "m_s": 55}, name="125/55")
    assert found.extrapolates
    assert (found.value, found.error) == (None, None)
    assert str(found).startswith("!!! EXTRAPOLATION !!!")
    html = found._repr_html_()
    assert 'role="alert"' in html
    for shown in (str(found), html):
        assert "no efficiency to quote" in shown
        assert "NOT an error outside the training" in shown
        assert "is outside the hull of the 5 training points" in shown
        assert "factors 2 to 9" in shown
        assert shown.count(found.label) == 1


def test_new_lifetime_is_found_by_its_events_alone(trained: TrainedSurrogate) -> None:
    far = two_body_sample(600, 150, 60.0, N, seed=52, fractions=FRACTIONS)
    found = trained.predict(far, parameters={"m_phi": 600, "m_s": 150})
    assert found.novelty > 0.1
    assert any("farther from all training events" in why for why in found.outside)
    unknown = trained.predict(draw(600, 150, seed=53))
    assert not unknown.extrapolates
    assert any("model point was not given" in remark for remark in unknown.remarks)


@pytest.mark.parametrize("n", [150, 3000])
def test_far_sample_is_found_without_its_masses(trained: TrainedSurrogate, n: int) -> None:
    """Its single events hide among those of the training, its means do not."""
    light = trained.predict(draw(125, 55, seed=60, n=n))
    [why] = [w for w in light.outside if "than at every training point" in w]
    assert "llp1_ET (mean 6" in why
    assert "no efficiency to quote" in str(light)
    heavy = trained.predict(draw(1500, 600, seed=60, n=n))
    assert any("than at every training point" in w for w in heavy.outside)
    for point in [*POINTS, (700, 120), (500, 60)]:  # points of the training, and between them
        assert not trained.predict(draw(*point, seed=61, n=n)).extrapolates
    taus = two_body_sample(600, 150, 1.3, n, seed=62, fractions={15: 1.0})
    assert any("child_pdgId" in w for w in trained.predict(taus).outside)


def test_closure_numbers_by_hand(trained: TrainedSurrogate) -> None:
    row = trained.closure.of("A")[0]
    assert row.bias == pytest.approx(row.predicted / row.true - 1)
    assert row.pull == pytest.approx((row.predicted - row.true) / np.hypot(row.spread, row.true_error))
    assert row.factor >= 1
    outside = trained.closure.of("A", inside=False)
    assert trained.closure.bias("A", inside=False) == pytest.approx(np.mean([r.bias for r in outside]))
    with pytest.raises(UnknownName, match="no class 'B'"):
        trained.closure.of("B")


def test_frequencies_are_kept(trained: TrainedSurrogate, data: TrainingSet) -> None:
    """Without rebalancing the mean probability is the efficiency, whatever the class is rare."""
    mean = trained.probabilities(data.matrix)[:, 1].mean()
    assert mean == pytest.approx(data.target[:, 1].mean(), rel=0.05)
    curve = trained.reliability["A"]
    assert sum(b.share for b in curve.bins) == pytest.approx(1.0)
    assert curve.calibration_error < 0.02


def test_labels_do_as_well_as_probabilities(data: TrainingSet) -> None:
    drawn = np.random.default_rng(1).random(len(data)) < data.target[:, 1]
    labelled = dataclasses.replace(data, target=np.eye(2)[drawn.astype(int)])
    found = Studio(kind="random forest", members=2, held_out_members=2).train(labelled)
    mean = found.probabilities(data.matrix)[:, 1].mean()
    assert mean == pytest.approx(data.target[:, 1].mean(), abs=4 * np.sqrt(data.target[:, 1].mean() / len(data)))


def test_export_agrees_and_its_card_is_linted(trained: TrainedSurrogate, tmp_path: Path) -> None:
    written = trained.export(tmp_path / "out", title="Surrogate of a made-up map", analysis="TEST-1")
    assert written.largest < 1e-4
    assert (written.flips, written.conversion.flips) == (0, 0)
    card = ModelCard.load(tmp_path / "out")
    assert card == written.card
    assert card.check_golden(card.session()) > 0
    assert card.surrogate is not None
    assert "mean bias" in card.materials["closure"]
    assert "m_phi 400 to 1000" in card.surrogate.domain
    assert card.label == trained.label
    # what is said of surrogates is complete; what is left only the user knows: code, cutflows, signal model
    assert not [f for f in written.lint.findings if f.rule in {f"LH{n}" for n in range(51, 60)}]
    # how it was trained, what its inputs are and what it is, the Studio knows
    assert not {f.rule for f in written.lint.findings} & {"LH33", "LH72", "LH73"}
    assert "max_iter=40" in card.training["hyperparameters"]
    assert {f.rule for f in written.lint.findings if f.level == "E"} <= {"LH38", "LH41", "LH42"}
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["model.onnx", "network.yaml"]


# -- pieces


def test_hull_with_a_parameter_that_never_changes() -> None:
    line = np.array([[1.0, 3.0], [2.0, 3.0]])
    assert inside_hull(line, np.array([1.5, 3.0]))
    assert not inside_hull(line, np.array([1.5, 3.1]))
    assert not inside_hull(line, np.array([2.1, 3.0]))


def test_novelty_is_one_per_cent_in_the_like() -> None:
    rng = np.random.default_rng(3)
    novelty = Novelty.of(rng.normal(size=(6000, 4)) * [1, 10, 100, 1000])
    assert novelty.share(rng.normal(size=(4000, 4)) * [1, 10, 100, 1000]) == pytest.approx(0.01, abs=0.01)
    assert novelty.share(rng.normal(size=(1000, 4)) * [1, 10, 100, 1000] + [6, 0, 0, 0]) > 0.9


def test_reliability_finds_a_prediction_that_is_twice_too_high() -> None:
    p = np.linspace(0.01, 0.4, 500)
    curve = reliability("A", 2 * p, p, np.ones(500))
    assert curve.calibration_error == pytest.approx(p.mean(), rel=0.02)
    assert curve.relative_calibration_error == pytest.approx(1.0, rel=0.02)


def test_bad_training_sets(data: TrainingSet) -> None:
    with pytest.raises(BadFile, match=r"row 0: llp1_Lxy is nan"):
        dataclasses.replace(data, matrix=np.where(np.arange(len(data))[:, None] == 0, np.nan, data.matrix))
    with pytest.raises(BadFile, match=r"probabilities .* are not in"):
        dataclasses.replace(data, target=data.target * 2)
    with pytest.raises(BadFile, match="target has shape"):
        dataclasses.replace(data, target=data.target[:, :1])
    with pytest.raises(BadOption, match="2 model points are too few"):
        TrainingSet.from_columns(
            {"x": np.arange(4.0)}, [0, 1, 0, 1], parameters={"m": [1, 1, 2, 2]}, classes=("u", "A")
        )
    with pytest.raises(BadFile, match="the label 'E' is none of u, A"):
        TrainingSet.from_columns(
            {"x": np.arange(3.0)}, ["u", "A", "E"], parameters={"m": [1, 2, 3]}, classes=("u", "A")
        )
    with pytest.raises(BadOption, match="Did you mean 'random forest'"):
        Studio(kind="random forrest").train(data)  # type: ignore[arg-type]


@pytest.mark.slow
def test_real_map_five_points_predict_two(shared_data: Callable[[str], Path]) -> None:
    """The demonstration: inside the hull within the stated error, outside wrong by far more than the spread says."""
    name = "ATLAS-EXOT-2019-23/hepdata/HEPData-ins2043503-v3-Figure_11_of_Aux._Mat..yaml"
    emap = EfficiencyMap.from_hepdata(shared_data(name))
    points = [(400, 50), (400, 100), (600, 50), (600, 200), (1000, 150)]
    samples = [(draw(*p, seed=i, n=1200), p) for i, p in enumerate(points)]
    data = TrainingSet.from_tables(
        [(t, {"m_phi": p[0], "m_s": p[1]}, truth(emap, t)) for t, p in samples], classes=("unselected", "A")
    )
    trained = Studio(kind="random forest", members=2, held_out_members=2).train(data)
    inside, outside = draw(600, 150, seed=77, n=4000), draw(125, 55, seed=78, n=4000)
    near = trained.predict(inside, parameters={"m_phi": 600, "m_s": 150})
    assert near.value is not None
    assert near.error is not None
    assert abs(near.value - truth(emap, inside).mean()) < 3 * near.error
    far = trained.predict(outside, parameters={"m_phi": 125, "m_s": 55})
    assert far.extrapolates
    true, size = truth(emap, outside).mean(), truth(emap, outside).std() / np.sqrt(4000)
    assert far.predicted > 3 * true
    assert abs(far.predicted - true) > 3 * np.hypot(far.spread or 0.0, size)


def test_samples_of_equal_parameters_are_held_out_together(calratio: EfficiencyMap) -> None:
    """Else each is known from the other, and the closure tests memory."""
    draws = [(p, seed) for seed in (1, 2) for p in POINTS[:3]]
    tables = [(draw(*p, seed=seed, n=100), p) for p, seed in draws]
    data = TrainingSet.from_tables(
        [(t, {"m_phi": a, "m_s": b}, truth(calratio, t)) for t, (a, b) in tables], classes=("unselected", "A")
    )
    assert [p.name for p in data.points] == ["m_phi 400, m_s 50", "m_phi 400, m_s 150", "m_phi 1000, m_s 50"]
    assert np.bincount(data.point).tolist() == [200, 200, 200]
    assert data.point.tolist() == [0] * 100 + [1] * 100 + [2] * 100 + [0] * 100 + [1] * 100 + [2] * 100
    shown = data._as_table()
    assert [row[1] for row in shown.rows] == [200, 200, 200]
    assert shown.rows[0][3] == pytest.approx(100 * data.target[data.point == 0, 1].mean())


def test_what_teaches_nothing_is_refused() -> None:
    three = [(draw(*p, seed=1, n=20), {"m_phi": p[0], "m_s": p[1]}) for p in POINTS[:3]]
    with pytest.raises(BadOption, match="no samples were given"):
        TrainingSet.from_tables([], classes=("unselected", "A"))
    with pytest.raises(BadFile, match="no event is ever A"):
        TrainingSet.from_tables([(t, p, np.zeros(20)) for t, p in three], classes=("unselected", "A"))
    alone = two_body_sample(400, 50, 1.3, 20, seed=1, single=True)
    with pytest.raises(BadFile, match=r"one long-lived particle; table\.paired\('copy'\)"):
        TrainingSet.from_tables([(alone, three[0][1], np.full(20, 0.5))], classes=("unselected", "A"))


def test_folder_of_an_export_is_no_file(trained: TrainedSurrogate, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(BadOption, match=r"taken is a file; the name of a folder is needed"):
        trained.export(tmp_path / "taken", title="x", analysis="y")
    assert (tmp_path / "taken").read_text() == "mine"
