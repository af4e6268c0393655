"""The surrogate of a whole search: probabilities, efficiency and its errors, guard, published files, bad ones."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from recastbook.exceptions import BadFile, BadOption, MissingData, NetworkError, UnknownName
from recastbook.surrogates import SurrogateModel, TruthTable, ValidityGuard
from recastbook.surrogates.two_body import two_body_sample


def test_probabilities_sum_to_one_and_are_those_of_the_forest(model: SurrogateModel, sample: TruthTable) -> None:
    p = model.probabilities(sample)
    assert p.shape == (len(sample), 5)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-5)
    assert 0.001 < p[:, 1].mean() < 0.2


def test_order_of_events_and_batches_do_not_matter(model: SurrogateModel, sample: TruthTable) -> None:
    turned = sample.select(np.arange(len(sample)) % 7 == 3)
    np.testing.assert_array_equal(model.probability(turned), model.probability(sample)[np.arange(len(sample)) % 7 == 3])


def test_efficiency_is_the_weighted_mean_with_its_error(model: SurrogateModel, sample: TruthTable) -> None:
    found = model.efficiency(sample)
    p = model.probability(sample)
    assert found.value == pytest.approx(p.mean())
    assert found.statistical == pytest.approx(p.std() / np.sqrt(len(p)))
    assert found.systematic == pytest.approx(0.25 * p.mean())
    assert found.error == pytest.approx(np.hypot(p.std() / np.sqrt(len(p)), 0.25 * p.mean()))
    assert sum(m.value for m in found.means.values()) == pytest.approx(1.0, abs=1e-5)


def test_statistical_error_is_the_spread_of_repeated_samples(model: SurrogateModel) -> None:
    runs = [model.efficiency(two_body_sample(600, 150, 1.3, 500, seed=s)) for s in range(25)]
    values = np.array([r.value for r in runs])
    stated = float(np.mean([r.statistical or 0.0 for r in runs]))
    assert 0.6 < values.std(ddof=1) / stated < 1.5


def test_weights_count(model: SurrogateModel, sample: TruthTable) -> None:
    half = np.where(np.arange(len(sample)) < 1000, 2.0, 0.0)
    weighted = TruthTable.from_columns(sample.columns, weight=half)
    alone = sample.select(np.arange(len(sample)) < 1000)
    assert model.efficiency(weighted).value == pytest.approx(model.efficiency(alone).value)


def test_synthetic_forest_says_so_wherever_its_numbers_appear(model: SurrogateModel, sample: TruthTable) -> None:
    found = model.efficiency(sample)
    for shown in (str(model), model._repr_html_(), str(found), found._repr_html_(), str(found.to_dict())):
        assert "synthetic, not ATLAS" in shown


def test_published_example_vector_is_fourteen_inputs_in_order(shared_data: Callable[[str], Path]) -> None:
    contract = yaml.safe_load(shared_data("ATLAS-EXOT-2022-04/surrogate_bdt.yaml").read_text())
    model = SurrogateModel.stand_in("WALP")
    assert [f.name for f in model.features] == [f["name"] for f in contract["features"]]
    assert [f.unit for f in model.features] == [f["unit"] for f in contract["features"]]
    assert model.classes == tuple(contract["classes"]["value"])
    assert model.classes.index("A") == contract["classes"]["index_of_A"]
    assert model.relative_uncertainty == contract["uncertainty_relative"]["value"]
    guard = contract["validity_guard"]
    assert (ValidityGuard().lxy, ValidityGuard().lz) == (tuple(guard["Lxy_mean_m"]), tuple(guard["Lz_mean_m"]))
    vector = dict(zip((f.name for f in model.features), contract["example_vector_WALP"], strict=True))
    table = TruthTable.from_columns({k: [v] for k, v in vector.items()})
    # what the page says of it: a straight flight, 10 GeV, gluons, identical halves
    c = {k: float(v[0]) for k, v in table.columns.items()}
    assert c["llp1_Lz"] == pytest.approx(c["llp1_Lxy"] * np.sinh(c["llp1_eta"]), rel=1e-4)
    assert np.sqrt(c["llp1_ET"] ** 2 - c["llp1_pT"] ** 2) == pytest.approx(10.0, rel=1e-3)
    assert model.probabilities(table).shape == (1, 5)


@pytest.mark.parametrize(
    ("selection", "inputs"),
    [("CR+2J", 12), ("WHS_lowET", 14), ("WHS_highET", 14), ("WALP", 14), ("ZHS_lowET", 14), ("ZHS_highET", 14)],
)
def test_six_selections(selection: str, inputs: int) -> None:
    model = SurrogateModel.stand_in(selection)
    assert len(model.features) == inputs
    boson = selection != "CR+2J"
    sample = two_body_sample(125, 16, 1.0, 500, seed=4, boson=boson)
    assert model.probability(sample, "A").shape == (500,)


# -- guard and domain


def test_guard_gives_no_number_outside(model: SurrogateModel) -> None:
    found = model.efficiency(two_body_sample(600, 150, 0.001, 500, seed=1))
    assert found.value is None
    assert found.statistical is None
    assert found.error is None
    assert "mean llp1_Lxy" in found.reason
    assert "0.25 to 16" in found.reason
    free = model.efficiency(two_body_sample(600, 150, 0.001, 500, seed=1), guard="off")
    assert free.value is not None


@pytest.mark.parametrize(("factor", "size"), [(1e3, "smaller"), (1e-3, "larger")], ids=["mm as m", "m as mm"])
def test_guard_says_when_the_unit_may_be_another(sample: TruthTable, factor: float, size: str) -> None:
    lengths = {k: v * factor for k, v in sample.columns.items() if k.endswith(("_Lxy", "_Lz"))}
    wrong = TruthTable.from_columns({**sample.columns, **lengths}, check=False)
    assert f"a thousand times {size} they would be inside" in ValidityGuard().check(wrong).reason
    # a short lifetime of its own is no reason to say so
    assert "thousand" not in ValidityGuard().check(two_body_sample(600, 150, 1e-5, 500, seed=1)).reason


def test_guard_averages_the_stated_particles(sample: TruthTable) -> None:
    c = sample.columns
    rows = {r.quantity: r for r in ValidityGuard().check(sample).rows}
    central = np.abs(c["llp2_eta"]) < 1.5
    assert rows["llp2_Lxy"].mean == pytest.approx(c["llp2_Lxy"][central].mean())
    assert rows["llp2_Lz"].mean == pytest.approx(c["llp2_Lz"][~central].mean())
    theirs = {r.quantity: r for r in ValidityGuard(convention="interchanged").check(sample).rows}
    assert theirs["llp2_Lxy"].mean == pytest.approx(c["llp2_Lxy"][c["llp2_eta"] > 1.5].mean())
    assert theirs["llp2_Lz"].mean == pytest.approx(c["llp2_Lz"][c["llp2_eta"] < 1.5].mean())
    with pytest.raises(BadOption, match="'sensible' or 'interchanged'"):
        ValidityGuard(convention="other")  # type: ignore[arg-type]


def test_leaving_the_training_range_is_said(model: SurrogateModel) -> None:
    heavy = model.efficiency(two_body_sample(3000, 1000, 2.0, 500, seed=1))
    assert any("llp1_ET" in w and "100 % of the events are outside" in w for w in heavy.warnings)
    photons = model.efficiency(two_body_sample(600, 150, 1.3, 500, seed=1, fractions={22: 1.0}))
    assert any("PDG id 22, never seen in training" in w for w in photons.warnings)
    inside = model.efficiency(two_body_sample(600, 150, 1.3, 500, seed=1))
    assert not [w for w in inside.warnings if "trained" in w and "ET" in w]


def test_boson_that_is_not_there_is_said() -> None:
    found = SurrogateModel.stand_in("ZHS_lowET").efficiency(two_body_sample(125, 16, 1.0, 500, seed=4))
    assert any("the sample has none, 0 is fed" in w for w in found.warnings)


# -- published files


def test_published_folder_is_read(published: Path, model: SurrogateModel, sample: TruthTable) -> None:
    found = SurrogateModel.load(published, "CR+2J")
    assert (found.label, found.card.kind, found.selection) == ("", "published", "CR+2J")
    np.testing.assert_array_equal(found.probabilities(sample), model.probabilities(sample))
    assert SurrogateModel.load(published).selection == "CR2J"
    with pytest.raises(UnknownName, match="no model of 'CR+3J'".replace("+", r"\+")):
        SurrogateModel.load(published, "CR+3J")


def test_features_file_is_never_run(published: Path, tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    (published / "CR2J" / "models" / "CR2J_features.txt").write_text(
        f"[__import__('pathlib').Path({str(trap)!r}).touch(), 'llp1_Lxy']"
    )
    with pytest.raises(BadFile, match=r"CR2J_features\.txt: it holds code, .* nothing of it was run"):
        SurrogateModel.load(published)
    assert not trap.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("['llp1_Lxy', 3]", "entry 1 is 3, not a name"),
        ("['llp1_Lxy', 'llp1_Lxyz']", r"entry 1: unknown truth feature 'llp1_Lxyz'. Did you mean 'llp1_Lxy'"),
        ("['llp1_Lxy', 'llp1_lxy']", "entry 1 .* is there twice"),
        ("{'llp1_Lxy': 1}", "expected a list of feature names, found dict"),
        ("llp1_Lxy llp1_Lz", r"it holds text, not one Python list of feature names like \['llp1_Lxy'"),
        ("=HYPERLINK('x')", "it holds text, not one Python list"),
        ("['llp1_Lxy', *['llp1_Lz'] * 10**9]", "it holds code, not one Python list"),
        ("\x80\x04]\x94.", r"CR2J_features\.txt: cannot be read as text, so it is no list of .* nothing of it was run"),
    ],
    ids=["number", "typo", "twice", "dict", "words", "formula", "code", "pickle"],
)
def test_broken_lists_of_features(published: Path, text: str, message: str) -> None:
    (published / "CR2J" / "models" / "CR2J_features.txt").write_text(text, encoding="latin-1")
    with pytest.raises(BadFile, match=message):
        SurrogateModel.load(published)


def test_scaler_of_another_length(published: Path) -> None:
    np.save(published / "CR2J" / "models" / "CR2J_scaler_std.npy", np.ones(14))
    with pytest.raises(NetworkError, match=r"CR2J_scaler_std\.npy: the scaler has 14 numbers, the list of features 12"):
        SurrogateModel.load(published)


@pytest.mark.parametrize(
    ("position", "value", "message"),
    [
        (0, 3000.0, "the mean of llp1_Lxy is 3000. In m it should be .* made with mm"),
        (9, 2e5, "the mean of llp2_pT is 200000. In GeV .* made with MeV"),
        (2, np.nan, r"CR2J_scaler_mean\.npy: the mean of llp1_eta is nan; a finite number is needed"),
    ],
    ids=["mm", "MeV", "nan"],
)
def test_scaler_in_other_units(published: Path, position: int, value: float, message: str) -> None:
    file = published / "CR2J" / "models" / "CR2J_scaler_mean.npy"
    means = np.load(file)
    means[position] = value
    np.save(file, means)
    with pytest.raises(NetworkError, match=message):
        SurrogateModel.load(published)


def test_width_that_is_none_is_named_with_its_file(published: Path) -> None:
    file = published / "CR2J" / "models" / "CR2J_scaler_std.npy"
    widths = np.load(file)
    widths[4] = 0.0
    np.save(file, widths)
    with pytest.raises(NetworkError, match=r"CR2J_scaler_std\.npy: the width of llp1_ET is 0; a finite number above 0"):
        SurrogateModel.load(published)


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("how", ["objects", "pickle"])
def test_scaler_that_holds_code_is_refused_and_not_run(published: Path, tmp_path: Path, how: str) -> None:
    file, trap = published / "CR2J" / "models" / "CR2J_scaler_mean.npy", tmp_path / "ran"
    if how == "objects":
        np.save(file, np.array([Trap(trap)] * 12, dtype=object), allow_pickle=True)
    else:
        file.write_bytes(pickle.dumps(Trap(trap)))
    with pytest.raises(BadFile, match=r"CR2J_scaler_mean\.npy: no array of plain numbers .* nothing of it was run"):
        SurrogateModel.load(published)
    assert not trap.exists()


def test_features_of_another_model(published: Path) -> None:
    """Twelve inputs in the file, fourteen listed."""
    folder = published / "CR2J" / "models"
    names = [f.name for f in SurrogateModel.stand_in("WALP").features]
    (folder / "CR2J_features.txt").write_text(repr(names))
    for part in ("mean", "std"):
        np.save(folder / f"CR2J_scaler_{part}.npy", np.ones(14))
    with pytest.raises(NetworkError, match="one input of width 14 is needed"):
        SurrogateModel.load(published)


def test_pickle_is_not_opened_without_trust(published: Path) -> None:
    folder = published / "CR2J" / "models"
    (folder / "CR2J_model.onnx").unlink()
    with pytest.raises(MissingData, match=r"neither CR2J_model\.onnx nor CR2J_model\.pkl"):
        SurrogateModel.load(published)
    (folder / "CR2J_model.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(NetworkError, match="is a pickle, which runs code when it is read; it was not opened"):
        SurrogateModel.load(published)


def test_unknown_region_and_selection(model: SurrogateModel, sample: TruthTable) -> None:
    with pytest.raises(UnknownName, match="no class 'E'"):
        model.efficiency(sample, "E")
    with pytest.raises(UnknownName, match=r"no synthetic forest for 'CR2J'. Did you mean 'CR\+2J'"):
        SurrogateModel.stand_in("CR2J")
