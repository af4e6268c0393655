"""The stand-in network of ATLAS-SUSY-2018-30: the same contract, and labelled as what it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import recastbook as rb
from recastbook.exceptions import BadSpecification, NetworkError
from recastbook.network import ModelCard, evaluate

ATLAS = Path(__import__("recastbook").__file__).parent / "analyses" / "atlas_susy_2018_30"


@pytest.fixture(scope="module")
def published() -> ModelCard:
    return ModelCard.load(ATLAS)


@pytest.fixture(scope="module")
def stand_in() -> ModelCard:
    return ModelCard.load(ATLAS / "stand_in")


def test_contract_is_the_published_one(published, stand_in):
    for part in ("inputs", "objects", "parameters", "normalisation", "variants", "options", "output_names"):
        assert getattr(stand_in, part) == getattr(published, part)
    assert stand_in.files[0].input == published.files[0].input
    assert stand_in.files[0].output == published.files[0].output


def test_it_says_what_it_is(stand_in, published):
    assert stand_in.is_stand_in
    assert not published.is_stand_in
    assert stand_in.label == "stand-in network, not ATLAS"
    assert stand_in.label in repr(stand_in)
    assert stand_in.label in stand_in._repr_html_()
    assert any("excluded or allowed" in use for use in stand_in.out_of_scope)


def test_file_is_small_and_gives_its_golden_rows(stand_in):
    assert stand_in.find_file().stat().st_size < 1_000_000
    assert stand_in.check_golden(stand_in.session()) > 30


def test_outputs_without_training_are_small_constants(stand_in):
    rng = np.random.default_rng(1)
    raw = rng.normal(stand_in.means, stand_in.widths, size=(500, 87))
    scores = evaluate(stand_in, stand_in.session(), raw, (1, 2100, 1))
    assert np.stack(list(scores.values())).sum(axis=0) == pytest.approx(1.0, abs=1e-5)
    for name in ("background_3", "background_4", "background_5", "p_zjets", "background_7"):
        assert scores[name] == pytest.approx(stand_in.output(name).constant)
        assert scores[name].max() < 1e-5
        with pytest.raises(NetworkError, match=f"'{name}' is a constant"):
            stand_in.threshold(name, (0, 2800, 1400), -1.7, transform="log10")


def test_thresholds_are_rescaled_for_it_alone(stand_in, published):
    rows = {row.region: row for row in stand_in.thresholds.regions}
    assert len(rows) == 8
    for region, row in rows.items():
        assert published.parameters.point(region) == row.point
        assert stand_in.threshold(row.output, row.point, row.published) == row.here
        assert published.threshold(row.output, row.point, row.published) == row.published
        assert 0.4 < row.signal_efficiency < 0.6


def test_windows_keep_their_order(stand_in):
    point = (1, 2100, 1)
    edges = [stand_in.threshold("p_gtt", point, value) for value in (0.68, 0.86, 0.9997)]
    assert edges == sorted(edges)
    assert stand_in.threshold("p_ttbar", point, -1.8, transform="log10") < 0
    with pytest.raises(NetworkError, match="no threshold for the parameter point"):
        stand_in.threshold("p_gtt", (1, 1000, 1), 0.9)


def test_published_card_holds_no_thresholds(stand_in):
    text = stand_in.to_yaml().replace("kind: stand-in", "kind: published")
    with pytest.raises(BadSpecification, match="stand in the regions of the search"):
        ModelCard.from_yaml(text)


def test_every_region_that_cuts_on_a_constant_is_unavailable():
    search = rb.load("ATLAS-SUSY-2018-30").configured(network="stand-in")
    expected = {
        region.name
        for region in search.region_set.regions.values()
        if any(leaf.score == "p_zjets" for cut in region.cuts for leaf in cut.leaves())
    }
    assert len(expected) == 12  # four CRZ, and VR1 and VR2 of four points
    assert set(search.region_set.unavailable) == expected
