"""Every hypothesis changes clean inputs, and what it changes can be taken back unless it is lost."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import recastbook as rb
from recastbook.diagnostics.hunt import Hypothesis, hypotheses
from recastbook.diagnostics.hunt.layout import Layout
from recastbook.events.builtin import builtin_samples
from recastbook.exceptions import NetworkError
from recastbook.inputs import collect_inputs
from recastbook.network import ModelCard

SEARCHES = ("ATLAS-SUSY-2018-30", "ATLAS-SUSY-2019-04", "ATLAS-HIGP-2024-32")
CARDS = {f"{s} {n}": c for s in SEARCHES for n, c in rb.load(s).cards.items()}
EVERY = [pytest.param(h, id=f"{name}: {h.key}") for name, card in CARDS.items() for h in hypotheses(card)]


def clean(card: ModelCard) -> NDArray[np.float64]:
    """Return real inputs of SUSY-2018-30, the toys of its golden rows for the others."""
    if "2018-30" in card.title:
        found = collect_inputs(rb.load("ATLAS-SUSY-2018-30"), sample=builtin_samples()["gtt_2100_1"], max_events=60)
        raw = found.matrix().raw
        raw[:, card.parameter_columns] = (1.0, 2100.0, 1.0)
        return raw
    rows = [row.raw for row in card.golden_rows if "toy" in row.name]
    return np.array([[row[name] for name in card.columns] for row in rows])


MATRICES = {card.title: clean(card) for card in CARDS.values()}


@pytest.mark.parametrize("hypothesis", EVERY)
def test_what_is_changed_can_be_taken_back_unless_it_is_lost(hypothesis: Hypothesis) -> None:
    raw = MATRICES[hypothesis.layout.card.title]
    files = np.arange(len(raw)) % len(hypothesis.layout.card.files)
    before = raw.copy()
    changed = hypothesis.apply(raw, files)
    assert np.array_equal(raw, before)
    back = hypothesis.undo(changed, files)
    known = ~np.isnan(back)
    assert np.allclose(back[known], raw[known], rtol=1e-6, atol=1e-5)
    lost = hypothesis.key.endswith("massless") or (hypothesis.family == "parameters" and hypothesis.key[-1].isdigit())
    assert known.all() or lost
    if hypothesis.family not in ("output", "files"):
        assert not np.allclose(changed, raw, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", CARDS, ids=str)
def test_the_grid_is_finite_declared_and_its_keys_are_unique(name: str) -> None:
    found = hypotheses(CARDS[name])
    assert 15 < len(found) < 80
    assert len({h.key for h in found}) == len(found)
    only = hypotheses(CARDS[name], families=("unit",))
    assert {h.family for h in only} == {"unit"}
    assert {h.key for h in only} <= {h.key for h in found}


def test_a_unit_is_changed_for_what_exists_only() -> None:
    card = CARDS["ATLAS-SUSY-2019-04 network"]
    raw = MATRICES[card.title]
    jets = next(h for h in hypotheses(card) if h.key == "unit: jets in GeV").apply(raw)
    column = card.columns["jet_pt_7"]
    absent = raw[:, column] == 1e-7
    assert absent.any()
    assert (jets[absent, column] == 1e-7).all()
    assert jets[~absent, column] == pytest.approx(100.0 * raw[~absent, column])
    assert np.array_equal(jets[:, card.columns["lepton_pt"]], raw[:, card.columns["lepton_pt"]])


def test_equivalent_raw_values_give_what_the_mistaken_code_feeds() -> None:
    card = CARDS["ATLAS-SUSY-2018-30 network"]
    raw = MATRICES[card.title]
    by_key = {h.key: h for h in hypotheses(card)}
    fed = {key: card.normalise(by_key[f"normalisation: {key}"].apply(raw)) for key in ("missing", "doubled")}
    assert fed["missing"] == pytest.approx(raw.astype("f4"), rel=1e-4, abs=2e-4)
    twice = card.normalise(card.normalise(raw).astype("f8"))
    assert fed["doubled"] == pytest.approx(twice, rel=1e-3, abs=1e-3)
    padded = card.normalise(by_key["padding: 0 after the normalisation"].apply(raw))
    absent = ~Layout(card).present(raw)
    assert np.abs(padded[absent]).max() < 1e-6


def test_folds_come_with_their_own_constants() -> None:
    card = CARDS["ATLAS-HIGP-2024-32 heavyres"]
    exchanged = next(h for h in hypotheses(card) if h.key == "files: folds exchanged")
    even, odd = (card.for_file(f.name) for f in card.files)
    raw = MATRICES[card.title]
    files = np.zeros(len(raw), dtype=np.int64)
    assert even.normalise(exchanged.apply(raw, files)) == pytest.approx(odd.normalise(raw), abs=1e-5)
    assert exchanged.file_used(files).tolist() == [1] * len(raw)


def test_a_matrix_of_another_width_is_refused() -> None:
    first = hypotheses(CARDS["ATLAS-HIGP-2024-32 res"])[0]
    with pytest.raises(
        NetworkError, match=r"acts on inputs of 'ATLAS-HIGP-2024-32 resDNN', shape \(N, 10\), not \(3, 9\)"
    ):
        first.apply(np.zeros((3, 9)))
