from __future__ import annotations

import importlib.util
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml

from recastbook.detector import DetectorCard, load_card, shipped_cards
from recastbook.exceptions import BadFile, BadSpecification, UnknownName

ROOT = Path(__file__).parents[2]
DATA = ROOT / "recastbook" / "detector" / "data"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    path = ROOT / "scripts" / "make_detector_card.py"
    if not path.exists():
        pytest.skip("the script is in the checkout only")
    spec = importlib.util.spec_from_file_location("make_detector_card", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_committed_files_are_what_the_tables_say(maker: ModuleType) -> None:
    for name, text in maker.documents().items():
        assert (DATA / name).read_text(encoding="utf-8") == text, f"run scripts/make_detector_card.py for {name}"


def test_shipped_cards() -> None:
    assert shipped_cards() == ("atlas-run2", "identity")


@pytest.mark.parametrize("name", ["atlas-run2", "identity"])
def test_every_number_has_a_source(name: str) -> None:
    card = load_card(name)
    assert all(a.source for e in card.entries.values() for a in e.alternatives)
    assert all(e.object and e.action for e in card.entries.values())
    assert set(card.sources) == set(card.entries) == set(card.alternatives) == set(card.chosen)


def test_defaults_are_the_recommended_ones() -> None:
    chosen = load_card().chosen
    expected = {
        "jet_resolution": "rivet", "jvt": "gambit", "btag": "rivet", "electron_identification": "gambit",
        "muon_identification": "gambit", "met": "jet-corrected", "jet_flavour": "hadron",
    }  # fmt: skip
    assert {k: chosen[k] for k in expected} == expected
    assert {"rivet", "gambit", "checkmate", "higp-tuned", "flat-77", "truth"} <= set(load_card().alternatives["btag"])


def test_overrides_change_choice_and_digest_only_there() -> None:
    card = load_card()
    other = load_card(overrides={"btag": "flat-77"})
    assert {k for k in card.chosen if card.chosen[k] != other.chosen[k]} == {"btag"}
    assert card.digest != other.digest
    assert other.override({"btag": "rivet"}).digest == card.digest
    assert load_card().chosen["btag"] == "rivet", "an override must not leak into the shipped card"


@pytest.mark.parametrize(
    ("overrides", "match"),
    [
        ({"btagg": "rivet"}, r"no entry 'btagg'. Did you mean 'btag'\?"),
        ({"btag": "flat77"}, r"'btag' has no alternative 'flat77'. Did you mean 'flat-77'\?"),
        ({"met": "x"}, r"has no alternative 'x'. Known: jet-corrected, object-based, truth"),
    ],
    ids=["entry", "alternative", "nothing near"],
)
def test_unknown_overrides(overrides: dict[str, str], match: str) -> None:
    with pytest.raises(UnknownName, match=match):
        load_card(overrides=overrides)


def test_unknown_card() -> None:
    with pytest.raises(UnknownName, match=r"'atlas-run3'. Did you mean 'atlas-run2'\?"):
        load_card("atlas-run3")


def test_cards_travel_to_workers() -> None:
    card = load_card(overrides={"btag": "checkmate"})
    back = pickle.loads(pickle.dumps(card))  # noqa: S301 - our own bytes
    assert isinstance(back, DetectorCard)
    assert (back.digest, back.chosen) == (card.digest, card.chosen)
    assert back.correction("btag").evaluate(0.0, 5, 350.0) == pytest.approx(0.6204)


def test_shown_with_choices_and_sources() -> None:
    card = load_card()
    for shown in (card._repr_html_(), str(card)):
        for text in ("atlas-run2", "jet_resolution", "flat-77", "ATLAS-CONF-2015-017"):
            assert text in shown
    assert "btag=rivet" in repr(card)


CORRECTION = {
    "schema_version": 2,
    "corrections": [
        {
            "name": "half", "version": 1, "inputs": [{"name": "pt", "type": "real"}],
            "output": {"name": "value", "type": "real"},
            "data": {"nodetype": "binning", "input": "pt", "edges": [0.0, 1e4], "content": [0.5], "flow": "clamp"},
        }
    ],
}  # fmt: skip
OWN = {
    "name": "own", "extends": "atlas-run2", "corrections": "own.json",
    "entries": {"jvt": {"object": "jets", "alternatives": {"half": {"correction": "half", "source": "test"}}}},
}  # fmt: skip


def write(folder: Path, card: object, corrections: object = CORRECTION) -> Path:
    (folder / "own.json").write_text(json.dumps(corrections))
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump(card))
    return path


def test_a_card_of_ones_own(tmp_path: Path, truth_in_bulk: Callable[..., object]) -> None:
    card = load_card(write(tmp_path, OWN))
    assert card.chosen["jvt"] == "half"
    assert card.chosen["btag"] == "rivet"
    events = truth_in_bulk("GenJet", 400, 5, pt=100.0)
    jets = card.bind(events, seed=1).jets(events)
    assert np.sum([len(j) for j in jets]) == pytest.approx(1000, abs=5 * 500**0.5)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"nmae": 1}, BadSpecification, "unknown key 'nmae'"),
        ({"name": None}, BadSpecification, "mapping with a 'name'"),
        ({"corrections": "gone.json"}, BadFile, "cannot read its corrections"),
        (
            {"entries": {"jvt": {"alternatives": {"x": {"correction": "halff", "source": "s"}}}}},
            BadSpecification,
            "'half'",
        ),
        ({"entries": {"jvt": {"alternatives": {"x": {"correction": None}}}}}, BadSpecification, "no source is given"),
        ({"entries": {"jvt": {"alternatives": {}}}}, BadSpecification, "'alternatives' is expected"),
        (
            {"entries": {"jvt": {"default": "y", "alternatives": {"x": {"source": "s"}}}}},
            BadSpecification,
            "default 'y'",
        ),
        ({"defaults": {"btag": "none"}}, UnknownName, "no alternative 'none'"),
        ({"extends": "atlas"}, UnknownName, "'atlas-run2'"),
    ],
    ids=["key", "name", "file", "correction", "source", "alternatives", "default", "defaults", "extends"],
)
def test_broken_cards_say_what_is_wrong(tmp_path: Path, change: dict, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        load_card(write(tmp_path, {**OWN, **change}))


@pytest.mark.parametrize(
    "corrections", [[], {"corrections": [{"name": "half"}]}, {**CORRECTION, "schema_version": 9}],
    ids=["list", "incomplete", "version"],
)  # fmt: skip
def test_broken_correction_file(tmp_path: Path, corrections: object) -> None:
    with pytest.raises(BadFile, match=r"own\.json"):
        load_card(write(tmp_path, OWN, corrections))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("name: own\nextends: identity\nextends: atlas-run2\n", "key 'extends' occurs twice"),
        ("name: [own\n", "not readable as YAML"),
        ("name: !!python/object/apply:os.getcwd []\n", "not readable as YAML"),
    ],
    ids=["key twice", "not closed", "tag"],
)
def test_card_that_is_no_plain_yaml(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(BadSpecification, match=match):
        load_card(path)


def test_cards_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(yaml.safe_dump({"name": "one", "extends": str(two)}))
    two.write_text(yaml.safe_dump({"name": "two", "extends": str(one)}))
    with pytest.raises(BadSpecification, match=r"extends itself.*one\.yaml, two\.yaml"):
        load_card(one)


def test_missing_card_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        load_card(tmp_path / "none.yaml")
