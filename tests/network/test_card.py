"""The model card: what is refused, what is written back, what is shown."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from recastbook.exceptions import BadOption, BadSpecification, MissingData, NetworkError, UnknownName
from recastbook.network import ModelCard
from recastbook.network.contract import AnalysisReference, Reuse, Surrogate, Threshold, Thresholds, Validation

ATLAS = Path(__import__("recastbook").__file__).parent / "analyses" / "atlas_susy_2018_30"


@pytest.fixture(scope="module")
def atlas() -> ModelCard:
    return ModelCard.load(ATLAS)


# ---- ATLAS-SUSY-2018-30


def test_every_input_is_the_published_one(atlas, shared_data):
    contract = yaml.safe_load(shared_data("ATLAS-SUSY-2018-30/nn_input_contract.yaml").read_text())
    assert len(atlas.inputs) == 87
    for ours, theirs in zip(atlas.inputs, contract["inputs"], strict=True):
        assert (ours.name, ours.mean, ours.width) == (theirs["name"], theirs["mean"], theirs["std"])
        assert ours.unit == theirs["unit"]
        assert ours.padding == (None if theirs["padding"] == "required" else theirs["padding"])
    points = {p["region"]: (p["isGtt"], p["mGluino"], p["mLSP"]) for p in contract["parameter_points"]}
    assert {p.region: p.values for p in atlas.parameters.points} == points
    assert atlas.files[0].git_blob_sha1 == contract["model"]["git_blob_sha1_in_checkmate"]


def test_padding_is_normalised_too(atlas, shared_data):
    contract = yaml.safe_load(shared_data("ATLAS-SUSY-2018-30/nn_input_contract.yaml").read_text())
    row = np.where(np.isnan(atlas.padding), 0.0, atlas.padding)[None]
    normalised = atlas.normalise(row)[0]
    assert normalised.dtype == np.float32
    for name, value in contract["checks"]["padding_normalised"].items():
        assert normalised[atlas.columns[name]] == pytest.approx(value, abs=1e-6)
    row[:, atlas.parameter_columns] = [1, 1900, 1400]
    assert atlas.normalise(row)[0, 84:] == pytest.approx([0.882782, -0.051587, 1.05532], abs=1e-6)


def test_golden_rows_of_the_card_hold(atlas):
    assert atlas.check_golden() == 8 * 3 + 10


def test_met_and_objects_have_their_own_azimuth_range(atlas):
    ranges = {column.name: column.phi_range for column in atlas.inputs if column.phi_range}
    assert ranges.pop("met_phi") == "0_2pi"
    assert set(ranges.values()) == {"minus_pi_pi"}
    assert len(ranges) == 10 + 4 + 4
    # the constants betray the range: a flat azimuth has mean 0 or pi
    for column in atlas.inputs:
        if column.phi_range:
            assert abs(column.mean - (np.pi if column.phi_range == "0_2pi" else 0.0)) < 0.05


def test_azimuth_range_is_a_switch(atlas):
    other = atlas.with_options({"met_phi_range": "minus_pi_pi"})
    assert other.input("met_phi").phi_range == "minus_pi_pi"
    assert atlas.input("met_phi").phi_range == "0_2pi"
    with pytest.raises(BadOption, match=r"met_phi_range.*0_2pi, minus_pi_pi"):
        atlas.with_options({"met_phi_range": "degrees"})
    with pytest.raises(UnknownName, match="Did you mean 'met_phi_range'"):
        atlas.with_options({"met_phi_ranges": "0_2pi"})


def test_missing_file_says_how_to_get_it(atlas, monkeypatch):
    monkeypatch.delenv("RECASTBOOK_DATA", raising=False)
    with pytest.raises(MissingData, match=r"`recastbook fetch ATLAS-SUSY-2018-30` gets it.*network=PATH"):
        atlas.session()


def test_outputs_are_named_and_unnamed_ones_say_so(atlas):
    assert atlas.output_names[:3] == ("p_gtt", "p_gbb", "p_ttbar")
    assert atlas.output_names[6] == "p_zjets"
    assert atlas.output("background_4").certainty == "guess"
    with pytest.raises(UnknownName, match="Did you mean 'p_gtt'"):
        atlas.output("p_gtx")


def test_each_region_knows_its_point(atlas):
    assert atlas.parameters.point("SR-Gbb-2000-1800") == (0.0, 2000.0, 1800.0)
    assert len(atlas.parameters.distinct) == 8


# ---- round trip and display


def test_yaml_round_trip_is_exact(atlas, toy_card):
    for card in (atlas, toy_card):
        text = card.to_yaml()
        again = ModelCard.from_yaml(text)
        assert again == card
        assert again.to_yaml() == text


def test_card_travels(atlas):
    atlas.means  # noqa: B018 - fill the cache first
    assert pickle.loads(pickle.dumps(atlas)) == atlas  # noqa: S301


def test_display_tells_contract_and_label(atlas, card_text):
    assert "87: 10 small_R_jets, 4 large_R_jets" in repr(atlas)
    shown = atlas._repr_html_()
    assert "[0, 2π)" in shown
    assert "348.827" in shown
    nasty = ModelCard.from_yaml(card_text.replace("toy network", "'<script>alert(1)</script>'"))
    assert "<script>" not in nasty._repr_html_()


# ---- hostile input


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("width: 50.0", "width: 0", r"inputs\[0\]\.width: 0 is less than or equal to the minimum of 0"),
        ("width: 50.0", "width: .nan", r"jet_pt_0.*width is nan; a finite number"),
        ("mean: 100.0", "mean: .inf", r"jet_pt_0.*mean is inf"),
        ("mean: 100.0, width: 50.0", "mean: 100.0", r"jet_pt_0.*mean and width are needed"),
        ("quantity: pt, unit: GeV", "quantity: pt, unit: Gev", r"inputs\[0\]\.unit: 'Gev' is not one of \['GeV'"),
        ("phi_range: 0_2pi, level", "level", r"met_phi.*an azimuth needs its phi_range"),
        ("name: jet_pt_1", "name: jet_pt_0", r"inputs: 'jet_pt_0' is there twice"),
        ("object: jets, index: 1, quantity: eta", "object: jetz, index: 1, quantity: eta", "Did you mean 'jets'"),
        ("truncation: 2", "truncation: 3", r"truncation is 3, but the inputs use the indices \[0, 1\]"),
        ("shape: [null, 9]", "shape: [null, 10]", r"input has width 10, but the card lists 9 inputs"),
        ("shape: [null, 2]", "shape: [null, 3]", r"output has width 3, but the card lists 2 outputs"),
        ("values: [1600]", "values: [1600, 1]", r"SR-B.*2 values for 1 parameters \(mass\)"),
        ("names: [mass]", "names: [masses]", r"'masses' is not an input. Did you mean 'mass'"),
        ("region: SR-B", "region: SR-A", r"parameters.points: 'SR-A' is there twice"),
        ("absent: [jets]", "absent: [jet]", r"'jet', not a collection. Did you mean 'jets'"),
        ("default: 0_2pi", "default: full", r"the default 'full' is not among the alternatives"),
        ("normalised: {jet_pt_0: -2.0", "normalised: {jet_p_0: -2.0", r"normalised names 'jet_p_0'"),
        ("layout: by_object", "layout: by_variable", r"'by_variable' does not hold for the inputs of 'jets'"),
        ("kind: toy", "kind: stand-in", "label: a stand-in network needs the words"),
        ("role: event_discriminant", "role: surrogate", "surrogate: a surrogate says what it stands for"),
        ("layout: by_object", "reuse: {strategy: efficiencies}", "efficiencies of an event discriminant depend on the"),
        ("role: event_discriminant", "role: oracle", r"role: 'oracle' is not one of"),
        ("card: 1", "card: 2", r"card: 1 was expected"),
        ("role: event_discriminant\n", "", r"the card: Missing: role\."),
        ("title: toy network", "title: toy network\ntitle: again", r"line 4: the key 'title' .*line 3"),
        ("title: toy network", "title: !!python/object/apply:os.system [ls]", "not readable as YAML"),
        ("title: toy network", "title: &a toy\ncontact: *a", "YAML aliases are not allowed"),
        ("name: toy.onnx", "name: ../toy.onnx", r"files\[0\]\.name: '../toy.onnx' does not match"),
        ("card: 1", "card: 1\nmystery: 3", r"the card: unknown key 'mystery'"),
    ],
)
def test_card_that_contradicts_itself_is_refused(card_text, tmp_path, old, new, message):
    assert old in card_text
    path = tmp_path / "bad.yaml"
    path.write_text(card_text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadSpecification, match=message) as caught:
        ModelCard.load(path)
    assert "bad.yaml" in str(caught.value)


def test_missing_and_extra_inputs_are_refused(card_text):
    lines = card_text.splitlines()
    short = "\n".join(line for line in lines if "name: jet_eta_1" not in line)
    with pytest.raises(BadSpecification, match="input has width 9, but the card lists 8 inputs"):
        ModelCard.from_yaml(short)
    extra = card_text.replace(
        "layout:", "- {name: ht, quantity: ht, unit: GeV, level: reco-object, mean: 1, width: 1}\nlayout:"
    )
    with pytest.raises(BadSpecification, match="input has width 9, but the card lists 10 inputs"):
        ModelCard.from_yaml(extra)


def test_garbage_is_no_card(tmp_path):
    for name, content, message in (
        ("empty.yaml", b"", "empty"),
        ("list.yaml", b"- 1\n", "is not of type 'object'"),
        ("binary.yaml", b"\xff\xfe\x00\x01", "UTF-8"),
        ("deep.yaml", b"[" * 100_000, "nested deeper"),
        ("broken.yaml", b"card: [1", "not readable as YAML: line 2, column 1: did not find expected ',' or ']'"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadSpecification, match=message):
            ModelCard.load(path)
    with pytest.raises(BadSpecification, match="cannot be read"):
        ModelCard.load(tmp_path / "nowhere.yaml")


def test_wrong_golden_row_names_row_expected_and_found(card_text, tmp_path):
    card = ModelCard.from_yaml(card_text.replace("jet_pt_0: -2.0", "jet_pt_0: -1.5"))
    with pytest.raises(NetworkError, match=r"golden row 'no jets': normalised input 'jet_pt_0' is -2, expected -1.5"):
        card.check_golden()
    path = tmp_path / "bad.yaml"
    path.write_text(card.to_yaml(), encoding="utf-8")
    with pytest.raises(NetworkError, match=r"bad.yaml: golden row 'no jets'"):
        ModelCard.load(path).check_golden()


def test_normalise_refuses_another_width(toy_card):
    with pytest.raises(NetworkError, match=r"shape \(N, 9\); this one has \(4, 8\)"):
        toy_card.normalise(np.zeros((4, 8)))


def test_constants_inside_the_file_are_not_applied_again(card_text):
    text, _, _ = card_text.partition("golden_rows:")
    inside = ModelCard.from_yaml(text.replace("where: outside", "where: inside"))
    assert inside.normalise(np.full((1, 9), 7.0)).tolist() == [[7.0] * 9]


def test_each_of_several_files_has_its_own_constants(toy_card):
    first = replace(toy_card.files[0], name="even.onnx", when=({"feature": "event", "modulus": 2, "remainder": 0},))
    odd = ({"feature": "event", "modulus": 2, "remainder": 1},)
    second = replace(first, name="odd.onnx", when=odd, means=(1.0,) * 9, widths=(2.0,) * 9)
    rows = (replace(toy_card.golden_rows[0], file="even.onnx"),)
    card = replace(toy_card, files=(first, second), golden_rows=rows)
    assert ModelCard.from_yaml(card.to_yaml()) == card
    assert card.for_file("odd.onnx").normalise(np.full((1, 9), 5.0)).tolist() == [[2.0] * 9]
    assert card.for_file("even.onnx").inputs == toy_card.inputs
    with pytest.raises(BadOption, match=r"has 2 files, name one by file=: even\.onnx, odd\.onnx"):
        card.session()
    with pytest.raises(UnknownName, match=r"no file 'evn\.onnx'"):
        card.for_file("evn.onnx")
    vague = replace(card, files=(first, replace(second, when=())))
    with pytest.raises(BadSpecification, match="each needs `when`"):
        ModelCard.from_yaml(vague.to_yaml())


def test_every_part_of_a_card_is_kept(toy_card):
    """One card with something in every field: nothing gets lost on the way through YAML."""
    words = {"target": "score", "truth": "a", "uncertainty": "25 %", "domain": "b", "missing_objects": "c"}
    full = replace(
        toy_card,
        role="surrogate",
        surrogate=Surrogate(**words, randomness="seed 1"),
        reuse=Reuse(considered="yes", strategy="surrogate", substitute="d"),
        validation=Validation(("e",), ("f",), ("g",), "h", ("i",), "j", ("k",)),
        thresholds=Thresholds("l", (Threshold("SR-A", "p_signal", (800.0,), 0.9, 0.8, 0.5, 0.01),)),
        training={"samples": [{"n": 3}], "date": "2025-01-01"},
        caveats=("m",),
        out_of_scope=("n",),
        sources=("o",),
        cite=("p",),
        contact="q",
        licence="r",
        label="s",
        description="t",
        analysis=AnalysisReference("TOY", "0000.00000", "1", "2", ("SR-A",)),
    )
    assert ModelCard.from_yaml(full.to_yaml()) == full
