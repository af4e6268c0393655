"""What holds for any card and any matrix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from recastbook.network import ModelCard, wrap_phi

ATLAS = ModelCard.load(Path(__import__("recastbook").__file__).parent / "analyses" / "atlas_susy_2018_30")

finite = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=40)


@given(
    title=words,
    caveats=st.lists(words, max_size=3),
    mean=finite,
    width=st.floats(min_value=1e-300, max_value=1e300),
    scale=finite.filter(bool),
    padding=finite,
    size=st.none() | st.integers(1, 2**40),
    training=st.dictionaries(
        words, st.none() | st.booleans() | st.integers() | finite | words | st.lists(words), max_size=3
    ),
)
def test_any_card_survives_yaml(title, caveats, mean, width, scale, padding, size, training):
    column = replace(ATLAS.inputs[0], mean=mean, width=width, scale=scale, padding=padding)
    card = replace(
        ATLAS,
        title=title,
        caveats=tuple(caveats),
        inputs=(column, *ATLAS.inputs[1:]),
        files=(replace(ATLAS.files[0], size_bytes=size),),
        training=training,
        golden_rows=(),
    )
    text = card.to_yaml()
    again = ModelCard.from_yaml(text)
    assert again == card
    assert again.to_yaml() == text


@given(hnp.arrays(np.float64, 20, elements=st.floats(-1e3, 1e3)), st.sampled_from(["minus_pi_pi", "0_2pi"]))
def test_wrapped_azimuth_is_the_same_direction(phi, phi_range):
    low = 0.0 if phi_range == "0_2pi" else -np.pi
    wrapped = wrap_phi(phi, phi_range)
    assert (wrapped >= low).all()
    assert (wrapped < low + 2 * np.pi).all()
    np.testing.assert_allclose(np.exp(1j * wrapped), np.exp(1j * phi), atol=1e-9)
    np.testing.assert_array_equal(wrap_phi(wrapped, phi_range), wrapped)


@given(st.lists(st.lists(st.floats(30, 3000, width=32), max_size=14), min_size=1, max_size=6), st.randoms())
def test_matrix_does_not_care_for_the_order_of_jets_and_events(pts, random):
    def matrix(events):
        jets = ak.Array(
            [[{"pt": p, "eta": p / 2000, "phi": p / 1000, "mass": p / 10, "isb": p > 100} for p in e] for e in events]
        )
        empty = ak.Array([[] for _ in events])
        objects = {"small_R_jets": jets, "large_R_jets": empty, "leptons": empty}
        return ATLAS.raw_matrix(objects, {"met": np.full(len(events), 300.0), "met_phi": np.zeros(len(events))})

    reference = matrix(pts)
    np.testing.assert_array_equal(matrix([random.sample(event, len(event)) for event in pts]), reference)
    np.testing.assert_array_equal(matrix(pts[::-1]), reference[::-1])
    np.testing.assert_array_equal(np.concatenate([matrix([event]) for event in pts]), reference)


@given(hnp.arrays(np.float64, (4, 87), elements=st.floats(-1e4, 1e4)))
def test_normalisation_is_done_in_double_precision(raw):
    ours = ATLAS.normalise(raw)
    for k in range(len(raw)):
        np.testing.assert_array_equal(ours[k], ((raw[k] - ATLAS.means) / ATLAS.widths).astype(np.float32))
