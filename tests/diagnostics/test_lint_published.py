"""What lint finds by itself in the published networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import recastbook as rb
from recastbook.network import ModelCard

Found = Callable[[str], Path]
ANALYSES = Path(rb.__file__).parent / "analyses"


@pytest.fixture(scope="module")
def gluinos() -> ModelCard:
    return ModelCard.load(ANALYSES / "atlas_susy_2018_30")


@pytest.fixture(scope="module")
def six_b() -> Mapping[str, ModelCard]:
    return rb.load("ATLAS-HIGP-2024-32").cards


@pytest.fixture(scope="module")
def higgsinos() -> ModelCard:
    return ModelCard.load(ANALYSES / "atlas_susy_2019_04")


# ---- the azimuth of MET in ATLAS-SUSY-2018-30


def test_met_has_another_azimuth_range_than_objects(gluinos: ModelCard) -> None:
    (finding,) = gluinos.lint(run=False).of("LH26")
    assert finding.level == "W"
    assert finding.what.startswith("met_phi in [0, 2 pi), the other 18 azimuths in [-pi, pi)")


def test_azimuth_range_is_told_by_the_constants_not_by_the_card(gluinos: ModelCard) -> None:
    wrong = gluinos.with_options({"met_phi_range": "minus_pi_pi"})
    findings = wrong.lint(run=False).of("LH26")
    assert {finding.level for finding in findings} == {"E", "W"}
    (error,) = (finding for finding in findings if finding.level == "E")
    assert "met_phi" in error.place
    assert "mean 3.158 and width 1.809 are those of 0_2pi" in error.what
    objects = replace(
        gluinos, inputs=tuple(replace(i, phi_range="0_2pi") if i.phi_range else i for i in gluinos.inputs)
    )
    # leptons beyond the second are in too few events to tell
    assert sum(f.level == "E" for f in objects.lint(run=False).of("LH26")) >= 14


# ---- windows of ATLAS-SUSY-2018-30


@pytest.mark.parametrize(
    ("region", "other", "edge", "words"),
    [
        ("VR1-Gbb-2000-1800", "SR-Gbb-2000-1800", "0.9997", "share [0.997, 0.9997]"),
        ("VR1-Gbb-2300-1000", "SR-Gbb-2300-1000", "0.99994", "share [0.9994, 0.99994]"),
        ("VR-Gtt-2100-1", "SR-Gtt-2100-1", "0.997", "do not meet; 0.997 to 0.9997"),
    ],
)
def test_published_slips_in_thresholds(
    region: str, other: str, edge: str, words: str, gluinos: ModelCard, tmp_path: Path
) -> None:
    """The first two are in public codes: Rivet and CheckMATE."""
    text = (ANALYSES / "atlas_susy_2018_30" / "regions.yaml").read_text()
    head, tail = text.split(f"- name: {region}\n")
    tail = tail.replace(f"below: {{of: {other}}}", f"below: {edge}", 1)
    path = tmp_path / "regions.yaml"
    path.write_text(f"{head}- name: {region}\n{tail}")
    assert not gluinos.lint(run=False).of("LH37")
    findings = gluinos.lint(regions=path, run=False).of("LH37")
    (finding,) = (f for f in findings if f.place == f"regions {region}, {other}")
    assert words in finding.what
    assert "one digit" in finding.what


# ---- ATLAS-HIGP-2024-32


def test_interchanged_constants(six_b: Mapping[str, ModelCard], shared_data: Found) -> None:
    shared_data("ATLAS-HIGP-2024-32")
    card = six_b["heavyres"]
    findings = card.lint(run=False).of("LH24")
    assert len(findings) == 2
    for finding, fold in zip(findings, ("even", "odd"), strict=True):
        assert f"ANA-HIGP-2024-32_heavyresDNN_model_{fold}_variables.json" in finding.place
        assert "offset and scale are interchanged" in finding.what
        assert finding.level == "W", "the card has a switch for it"
    for name in ("nonres", "res"):
        assert not six_b[name].lint(run=False).of("LH24")
    # a card that does not know of it
    assert {f.level for f in replace(card, options=()).lint(run=False).of("LH24")} == {"E"}
    # a card that follows the JSON files
    literal = card.with_options({"normalisation": "json-literal"}).lint(run=False).of("LH24")
    assert any("Means and widths are interchanged between card and metadata" in f.what for f in literal)


def test_node_names_of_folds(six_b: Mapping[str, ModelCard], shared_data: Found) -> None:
    shared_data("ATLAS-HIGP-2024-32")
    for card in six_b.values():
        (finding,) = card.lint(run=False).of("LH20")
        assert finding.level == "W"
        assert "'input' in" in finding.what
        assert "'input_1' in" in finding.what
        assert not card.lint(run=False).of("LH13")
        # told by the files, whatever the card says
        same = tuple(replace(file, input=replace(file.input, name="input")) for file in card.files)
        report = replace(card, files=same).lint(run=False)
        assert "'input_1' in" in report.of("LH20")[0].what
        assert report.of("LH13")


# ---- ATLAS-SUSY-2019-04


def test_fixed_number_of_rows(higgsinos: ModelCard, shared_data: Found) -> None:
    shared_data("ATLAS-SUSY-2019-04")
    (finding,) = higgsinos.lint(run=False).of("LH14")
    assert "[1, 65]" in finding.what
    assert finding.place.count(".onnx") == 5
    # told by the files, whatever the card says
    free = tuple(replace(f, input=replace(f.input, shape=(None, 65))) for f in higgsinos.files)
    assert "According to the file" in replace(higgsinos, files=free).lint(run=False).of("LH14")[0].what


def test_golden_rows_of_published_networks_are_run(
    higgsinos: ModelCard, six_b: Mapping[str, ModelCard], shared_data: Found
) -> None:
    shared_data("ATLAS-SUSY-2019-04")
    shared_data("ATLAS-HIGP-2024-32")
    for card in (higgsinos, *six_b.values()):
        report = card.lint()
        assert not report.of("LH40", "LH11", "LH12", "LH13", "LH19")
        assert not report.not_examined
    assert higgsinos.lint().grade == "runnable"


def test_card_whose_file_is_elsewhere_is_still_documented(gluinos: ModelCard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECASTBOOK_DATA", raising=False)
    report = gluinos.lint()
    assert report.grade == "documented"
    assert "LH11" in {outcome.rule.id for outcome in report.not_examined}


def test_stand_in() -> None:
    report = ModelCard.load(ANALYSES / "atlas_susy_2018_30" / "stand_in").lint()
    assert not report.of("LH11", "LH12", "LH13", "LH19", "LH24")
