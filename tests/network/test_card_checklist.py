"""Every item of the checklist that makes reuse unsafe has a field in the model card, which is kept and shown."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import recastbook as rb
from recastbook.diagnostics.lint import RULES
from recastbook.documents import read_yaml
from recastbook.exceptions import BadSpecification
from recastbook.network import ModelCard, columns
from recastbook.network.cardfile import check_schema, schema

ANALYSES = Path(rb.__file__).parent / "analyses"
CARDS = {
    "SUSY-2018-30": "atlas_susy_2018_30/network.yaml",
    "SUSY-2018-30 stand-in": "atlas_susy_2018_30/stand_in/network.yaml",
    "SUSY-2019-04": "atlas_susy_2019_04/network.yaml",
    "HIGP nonres": "atlas_higp_2024_32/nonresDNN.yaml",
    "HIGP res": "atlas_higp_2024_32/resDNN.yaml",
    "HIGP heavyres": "atlas_higp_2024_32/heavyresDNN.yaml",
}

# item of the checklist -> where the card answers it
FIELDS: dict[int, tuple[str, ...]] = {
    3: ("files[].format",),
    5: ("reuse.substitute", "objects[].level", "inputs[].level"),
    7: ("role", "reuse.strategy"),
    11: ("files[].name", "files[].opset"),
    12: ("files[].format", "files[].sha256"),
    13: ("files[].input.name", "files[].input.dtype", "files[].input.shape", "files[].output.name",
         "files[].output.dtype", "files[].output.shape"),
    21: ("inputs[].definition", "objects[].quantities", "objects[].definition", "inputs[].object", "inputs[].index"),
    22: ("inputs", "layout", "objects[].sort_by"),
    23: ("inputs[].unit", "inputs[].scale"),
    24: ("normalisation.where", "normalisation.rule", "inputs[].mean", "inputs[].width", "files[].means",
         "files[].widths"),
    25: ("inputs[].padding", "objects[].truncation"),
    26: ("inputs[].phi_range", "inputs[].phi_reference", "objects[].phi_reference"),
    27: ("inputs[].eta_or_rapidity", "inputs[].mass_or_energy", "inputs[].massless", "inputs[].sign",
         "objects[].eta_or_rapidity", "objects[].mass_or_energy", "objects[].massless", "objects[].sign"),
    28: ("inputs[].legend", "objects[].legend"),
    29: ("parameters.names", "parameters.points[].region", "parameters.points[].values"),
    34: ("outputs", "outputs[].name", "outputs[].meaning"),
    35: ("activation", "outputs[].activation", "outputs[].direction", "outputs[].transform"),
    36: ("analysis.regions", "analysis.cuts", "thresholds.regions[].published"),
    38: ("validation.codes", "materials.analysis_note"),
    40: ("golden_rows[].raw", "golden_rows[].scores", "golden_rows[].tolerance"),
    41: ("validation.cutflows",),
    42: ("validation.signals",),
    51: ("surrogate.target", "surrogate.truth"),
    54: ("surrogate.uncertainty",),
    59: ("files[].framework", "files[].format"),
}  # fmt: skip


def in_schema(path: str) -> dict[str, Any]:
    """Return the part of the schema for a path; KeyError where there is none."""
    node: dict[str, Any] = schema()
    for part in path.split("."):
        node = node["properties"][part.removesuffix("[]")]
        if part.endswith("[]"):
            node = node["items"]
    return node


def record_fields(record: Any, prefix: str = "") -> Iterator[str]:
    """Yield the paths of a record and of those inside it, as the schema writes them."""
    hints = typing.get_type_hints(record)
    for spec in dataclasses.fields(record):
        if spec.metadata.get("in_yaml") is False:
            continue
        yield f"{prefix}{spec.name}"
        for inner in (hints[spec.name], *typing.get_args(hints[spec.name])):
            if dataclasses.is_dataclass(inner):
                several = "[]" if typing.get_origin(hints[spec.name]) is tuple else ""
                yield from record_fields(inner, f"{prefix}{spec.name}{several}.")


def test_the_items_are_those_of_lint() -> None:
    assert set(FIELDS) == {rule.item for rule in RULES.values() if rule.level == "E"}


@pytest.mark.parametrize("item", FIELDS)
def test_item_has_a_field(item: int) -> None:
    known = set(record_fields(ModelCard))
    for path in FIELDS[item]:
        assert in_schema(path).get("description"), f"{path} says nothing of itself"
        assert path in known or path.startswith("materials."), path


def test_schema_and_records_have_the_same_fields() -> None:
    for path in record_fields(ModelCard):
        in_schema(path)


# ---- the cards we ship


@pytest.mark.parametrize("file", CARDS.values(), ids=CARDS)
def test_round_trip_of_shipped_cards(file: str) -> None:
    card = ModelCard.load(ANALYSES / file)
    text = card.to_yaml()
    again = ModelCard.from_yaml(text)
    assert again == card
    assert again.to_yaml() == text


@pytest.mark.parametrize("file", CARDS.values(), ids=CARDS)
def test_shipped_cards_state_every_column(file: str) -> None:
    card = ModelCard.load(ANALYSES / file)
    for column in card.inputs:
        assert columns.definition(card, column), column.name
        assert columns.level(card, column), column.name
        if column.quantity in ("eta", "mass", "energy"):
            field = "eta_or_rapidity" if column.quantity == "eta" else "mass_or_energy"
            assert columns.stated(card, column, field) == column.quantity
            assert columns.stated(card, column, "massless") is False
        if column.phi_range is not None:
            assert columns.stated(card, column, "phi_reference") == "detector"
        if column.quantity.startswith(("dR", "minDeltaR")):
            assert columns.stated(card, column, "eta_or_rapidity") == "eta"
    assert card.analysis.regions
    assert card.analysis.cuts
    assert {name for group in columns.groups(card).values() for name in group} | set(card.parameters.names) == set(
        card.columns
    )


def words_of(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for value in content.values():
            yield from words_of(value)
    elif isinstance(content, list):
        for value in content:
            yield from words_of(value)
    elif isinstance(content, str):
        yield content


@pytest.mark.parametrize("file", CARDS.values(), ids=CARDS)
def test_html_shows_every_word_of_the_card(file: str) -> None:
    from recastbook.display import escape

    content = yaml.safe_load((ANALYSES / file).read_text())
    shown = ModelCard.load(ANALYSES / file)._repr_html_()
    codes = {"minus_pi_pi", "0_2pi", "event_discriminant", "by_object", "by_variable", "phi", "pt", "eta", "1"}
    missing = [word for word in words_of(content) if word not in codes and str(escape(word)) not in shown]
    assert not missing
    assert shown.count("<details") >= 8


# ---- refused


def test_contradicted_convention_is_refused(card_text: str) -> None:
    for field, value, message in (
        ("eta_or_rapidity", "rapidity", r"jet_eta_0.*eta_or_rapidity is 'rapidity', but .* read is 'eta'"),
        ("eta_or_rapidity", "y", r"objects\[0\]\.eta_or_rapidity: 'y' is not one of \['eta', 'rapidity'"),
        ("sign", "both", r"objects\[0\]\.sign: 'both' is not one of"),
    ):
        text = card_text.replace("sort_by: pt,", f"sort_by: pt, {field}: {value},")
        with pytest.raises(BadSpecification, match=message):
            ModelCard.from_yaml(text)
    met = card_text.replace("quantity: met, unit", "quantity: met, phi_reference: detector, unit")
    with pytest.raises(BadSpecification, match=r"'met': phi_reference is given, but the column is 'met' in 'MeV'"):
        ModelCard.from_yaml(met)


def test_fold_rules_that_leave_events_unscored_are_refused() -> None:
    card = ModelCard.load(ANALYSES / "atlas_susy_2019_04")
    fewer = [file for file in card.files if "6jets" not in file.name]
    rows = [row for row in card.golden_rows if "6jets" not in row.file]
    text = dataclasses.replace(card, files=tuple(fewer), golden_rows=tuple(rows)).to_yaml()
    with pytest.raises(BadSpecification, match=r"files: events whose 'n_jets' is 6 are for none of the files"):
        ModelCard.from_yaml(text, source="network.yaml")
    folds = ModelCard.load(ANALYSES / "atlas_higp_2024_32" / "resDNN.yaml")
    three = dataclasses.replace(
        folds,
        files=tuple(dataclasses.replace(f, when=({**f.when[0], "modulus": 3},)) for f in folds.files),
    )
    with pytest.raises(BadSpecification, match=r"network.yaml: files: .*'event' modulo 3 is 2 are for none"):
        ModelCard.from_yaml(three.to_yaml(), source="network.yaml")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("widths", 0.0, r"files\[0\]\.widths\[2\]: 0(\.0)? is less than or equal to the minimum of 0"),
        ("widths", float("nan"), r"resDNN_model_even.onnx': widths of 'dRH2' is nan; a finite number above zero"),
        ("means", float("inf"), r"resDNN_model_even.onnx': means of 'dRH2' is inf; a finite number is needed"),
    ],
)
def test_constants_of_a_file_that_cannot_be_used_are_refused(field: str, value: float, message: str) -> None:
    card = ModelCard.load(ANALYSES / "atlas_higp_2024_32" / "resDNN.yaml")
    first = card.files[0]
    constants = list(getattr(first, field))
    constants[2] = value
    bad = dataclasses.replace(card, files=(dataclasses.replace(first, **{field: tuple(constants)}), *card.files[1:]))
    with pytest.raises(BadSpecification, match=message) as caught:
        ModelCard.from_yaml(bad.to_yaml(), source="network.yaml")
    assert str(caught.value).startswith("network.yaml: ")


def test_cards_that_ship_fulfil_the_schema_which_loading_them_does_not_ask(tmp_path: Path) -> None:
    shipped = {path: read_yaml(path) for path in sorted(ANALYSES.rglob("*.yaml"))}
    cards = {path: content for path, content in shipped.items() if {"inputs", "outputs"} <= set(content)}
    assert {path.relative_to(ANALYSES).as_posix() for path in cards} >= set(CARDS.values())
    for path, content in cards.items():
        check_schema(content, path.name)
    own = tmp_path / "network.yaml"
    own.write_text((ANALYSES / CARDS["SUSY-2019-04"]).read_text().replace("outputs:", "wrong_outputs:", 1))
    with pytest.raises(BadSpecification, match="unknown key 'wrong_outputs'"):
        ModelCard.load(own)
