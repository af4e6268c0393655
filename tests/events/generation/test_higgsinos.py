"""The higgsino preset: production channels, decays that violate baryon number, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from recastbook.events.generation.presets import preset
from recastbook.events.generation.slha import read_slha
from recastbook.exceptions import BadOption, UnknownName

TBS, CONJUGATE, BBS = (3, 5, 6), (-6, -5, -3), (-5, -5, -3)
N1, N2, C1 = 1000022, 1000023, 1000024


def test_spectrum_has_what_pythia_needs_for_these_decays() -> None:
    spectrum = read_slha(preset("higgsino-tbs", m_higgsino=300).slha or "")
    assert {"MODSEL", "SMINPUTS", "MINPAR", "GAUGE", "NMIX", "IMNMIX"} <= set(spectrum.blocks)
    # entry 4 would ask for the couplings of R-parity violation, without whose blocks Pythia does not start
    assert set(spectrum.modsel) == {1}
    assert {spectrum.masses[c] for c in (N1, N2, C1)} == {300.0}
    for code in (N1, N2):
        assert {tuple(sorted(d.products)): d.branching_ratio for d in spectrum.decays[code]} == {
            TBS: 0.5,
            CONJUGATE: 0.5,
        }
    assert [tuple(sorted(d.products)) for d in spectrum.decays[C1]] == [BBS]


@pytest.mark.parametrize(
    ("production", "groups", "first", "second"),
    [
        ("n1n2", 1, {N1}, {N2}),
        ("c1n2", 1, {N2}, {C1}),
        (["c1n1", "c1n2"], 1, {C1}, {N1, N2}),
        ("c1n2, c1n1", 1, {C1}, {N1, N2}),
        (["n1n2", "c1n2"], 2, {N2}, {N1, C1}),
        ("all", 2, {N1, C1}, {N1, N2}),
    ],
    ids=["n1n2", "c1n2", "charginos", "text", "with n2", "all"],
)
def test_lists_that_pythia_makes_pairs_of(production, groups, first, second) -> None:
    settings = preset("higgsino-tbs", m_higgsino=250, production=production).settings
    assert sum(s.startswith("SUSY:qqbar2chi") for s in settings) == groups
    listed = [s.split("= {")[1].rstrip("}").split(",") for s in settings if s.startswith("SUSY:idVec")]
    assert [set(map(int, codes)) for codes in listed] == [first, second]


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({}, BadOption, r"needs m_higgsino \(GeV\)"),
        ({"m_higgsino": 150}, BadOption, "m_higgsino must be at least 178.3 GeV"),
        (
            {"m_higgsino": 250, "production": "n2n1"},
            UnknownName,
            "unknown production channel 'n2n1'. Known: c1n1, c1n2, n1n2",
        ),
        ({"m_higgsino": 250, "production": []}, BadOption, "production must name a channel of n1n2, c1n1, c1n2"),
    ],
    ids=["no mass", "top does not fit", "unknown channel", "no channel"],
)
def test_refusals(parameters, error, message) -> None:
    with pytest.raises(error, match=message):
        preset("higgsino-tbs", **parameters)


def test_pairs_and_decays_of_generated_events() -> None:
    pytest.importorskip("pythia8mc")
    from recastbook.events.generation.engine import Engine
    from recastbook.events.generation.sources import find_recipe

    recipe, _ = find_recipe("higgsino-tbs", m_higgsino=250, settings=["PartonLevel:MPI = off"])
    with Engine(recipe, seed=3) as engine:
        table = next(engine.tables(60))
        sigma, _ = engine.cross_section
    # leading order at 13 TeV: 79 fb of neutralino pairs and 136 fb for each neutralino with a chargino
    assert sigma == pytest.approx(0.350, rel=0.15)
    pairs, products = set(), set()
    for k in range(len(table)):
        a, b = table.offsets[k], table.offsets[k + 1]
        code, ends, prods = table.pdg_id[a:b], table.end_vertex[a:b], table.prod_vertex[a:b]
        decayed = []
        for i in np.flatnonzero(np.isin(np.abs(code), (N1, N2, C1))):
            daughters = code[prods == ends[i]]
            if abs(code[i]) in np.abs(daughters):
                continue  # a copy of itself
            decayed.append(abs(int(code[i])))
            sign = 1 if abs(code[i]) != C1 else int(np.sign(code[i]))
            products.add((decayed[-1], tuple(sorted(sign * int(d) for d in daughters))))
        pairs.add(tuple(sorted(decayed)))
    assert pairs == {(N1, N2), (N1, C1), (N2, C1)}
    assert products == {(N1, TBS), (N1, CONJUGATE), (N2, TBS), (N2, CONJUGATE), (C1, BBS)}
