"""Three Higgs bosons through two new scalars."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import recastbook as rb
from recastbook.events.columns import to_records
from recastbook.events.eventfile import EventFile
from recastbook.events.generation.engine import Engine
from recastbook.events.generation.off_shell_higgs import draw_pair_mass, pair_mass_density
from recastbook.events.generation.presets import preset
from recastbook.exceptions import BadOption, UnknownName


@pytest.mark.parametrize(
    ("masses", "words"),
    [
        (
            {"m_x": 500, "m_s": 130},
            r"m_s must be at least 135.6 GeV \(a Higgs boson and two b-quarks\), not 130; from 251 GeV both",
        ),
        ({"m_x": 400, "m_s": 300}, r"m_x must be at least 426 GeV \(S and a Higgs boson\), not 400: an X below"),
        ({"m_x": 400, "m_s": 300}, "m_s up to 274 GeV works"),
        ({"m_x": 250, "m_s": 225}, "m_x must be at least 351 GeV .* raise m_x"),
        ({"m_x": "heavy", "m_s": 300}, "m_x must be a number in GeV, not 'heavy'"),
        ({"m_x": -500, "m_s": 300}, "m_x must be positive"),
        ({"m_x": 500}, r"needs m_s \(GeV\)"),
    ],
    ids=["S closed", "X closed", "what S is open", "X closed for any S", "no number", "negative", "missing"],
)
def test_closed_decays_are_refused(masses: dict[str, float], words: str) -> None:
    with pytest.raises(BadOption, match=words):
        preset("resonant-hhh", **masses)


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(UnknownName, match="no parameter 'm_h'"):
        preset("resonant-hhh", m_x=500, m_s=300, m_h=125)


def test_masses_make_the_events_and_the_label_does_not() -> None:
    recipes = [preset("resonant-hhh", m_x=m_x, m_s=m_s) for m_x, m_s in ((500, 300), (500, 275), (900, 300))]
    assert len({r.digest() for r in recipes}) == 3
    assert recipes[0].label == "X 500 -> S 300 H"
    assert recipes[0].parameters == {"m_x": 500.0, "m_s": 300.0}


@pytest.mark.parametrize(("m_x", "m_s"), [(500, 300), (1500, 1000)], ids=["light", "the heaviest of ATLAS"])
def test_six_b_quarks_of_the_right_mass(m_x: float, m_s: float, tmp_path: Path) -> None:
    pytest.importorskip("pythia8mc")
    settings = ["PartonLevel:ISR = off", "PartonLevel:MPI = off", "PartonLevel:FSR = off", "HadronLevel:Hadronize = on"]
    sample = rb.generate(
        "resonant-hhh",
        m_x=m_x,
        m_s=m_s,
        n=40,
        seed=2,
        workers=1,
        progress=False,
        settings=settings,
        output=tmp_path / "e",
    )
    assert sample.cross_section is None
    assert sample.metadata.process == "resonant-hhh"
    events = to_records(EventFile.open(tmp_path / "e").read(0))
    hadrons = np.array([np.count_nonzero(np.abs(np.asarray(h)) == 5) for h in events["GenJet"]["flavour"]])
    assert 4.5 < hadrons.mean() <= 6.5  # two b-quarks of a fast Higgs boson may share a jet
    jets = events["GenJet"]
    px, py = jets.pt * np.cos(jets.phi), jets.pt * np.sin(jets.phi)
    pz = jets.pt * np.sinh(jets.eta)
    energy = np.sqrt(jets.pt**2 + pz**2 + jets.mass**2)
    total = [np.array([float(sum(c)) for c in column]) for column in (energy, px, py, pz)]
    mass = np.sqrt(total[0] ** 2 - total[1] ** 2 - total[2] ** 2 - total[3] ** 2)
    # neutrinos, muons and what is out of the jets are missing
    assert 0.7 * m_x < np.median(mass) < 1.02 * m_x


# ---------------------------------------------------------------------------- off shell


def hard_events(m_x: float, m_s: float, n: int) -> NDArray[np.float64]:
    """Return for every event the momenta (E, px, py, pz) of S, H and pairs: columns S, H of X, H of S, b b of S."""
    recipe = preset("resonant-hhh", m_x=m_x, m_s=m_s)
    settings = ("Beams:eCM = 13000", *recipe.settings, "PartonLevel:all = off", "HadronLevel:all = off")
    rows = []
    with Engine(replace(recipe, settings=settings), seed=3) as engine:
        for _ in range(n):
            assert engine._pythia.next()
            record = [engine.process[i] for i in range(engine.process.size())]
            scalar = next(i for i, p in enumerate(record) if p.id() == 36)
            other, higgs, *second = [i for i, p in enumerate(record) if p.id() == 25]
            source = second[0] if second else scalar
            pair = [i for i, p in enumerate(record) if abs(p.id()) == 5 and p.mother1() == source]
            assert len({record[i].col() + record[i].acol() for i in pair}) == 1  # a colour singlet
            children = [i for i, p in enumerate(record) if p.mother1() == higgs]
            four = [[[record[i].e(), record[i].px(), record[i].py(), record[i].pz()] for i in group]
                    for group in ([scalar], [other], [higgs], pair, children)]  # fmt: skip
            rows.append([np.sum(f, axis=0) for f in four])
    return np.array(rows)


def mass(momenta: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(momenta[..., 0] ** 2 - (momenta[..., 1:] ** 2).sum(axis=-1))


@pytest.mark.parametrize("m_s", [150, 225, 245, 250], ids=str)
def test_the_pair_off_shell_follows_propagator_and_phase_space(m_s: float) -> None:
    pytest.importorskip("pythia8mc")
    events = hard_events(425, m_s, 300)
    masses = mass(events[:, 3])
    grid = np.linspace(9.6, m_s - 125, 200_001)
    density = pair_mass_density(grid, m_s=m_s, m_h=125, m_b=4.8, width=0.0041)
    # at 250 GeV the exact mass of the other Higgs boson cuts the pole: compare below it
    cumulative = np.cumsum(density) / density.sum()
    found = np.searchsorted(np.sort(masses), grid) / len(masses)
    if m_s < 250:
        assert np.abs(found - cumulative).max() < 1.95 / np.sqrt(len(masses))  # Kolmogorov, 0.1 %
    else:
        assert np.median(masses) == pytest.approx(125, abs=0.5)
    # momentum is kept, by S and by the Higgs boson whose quarks were moved
    np.testing.assert_allclose(events[:, 2] + events[:, 3], events[:, 0], atol=1e-5)
    np.testing.assert_allclose(events[:, 4], events[:, 2], atol=1e-5)
    np.testing.assert_allclose(mass(events[:, 2]), 125, atol=1)


def test_a_draw_is_never_outside() -> None:
    numbers = np.random.default_rng(5)
    for m_s in (134.7, 200.0, 249.9, 250.0, 250.9):
        drawn = [draw_pair_mass(numbers.random, m_s=m_s, m_h=125, m_b=4.8, pole=125, width=0.0041) for _ in range(50)]
        assert 9.6 < min(drawn) <= max(drawn) < m_s - 125


def test_the_threshold_is_no_step() -> None:
    pytest.importorskip("pythia8mc")
    below, above = hard_events(425, 250.9, 300), hard_events(425, 251, 300)
    assert np.median(mass(below[:, 3])) == pytest.approx(125, abs=0.1)
    momentum = [np.sqrt((e[:, 1, 1:] ** 2).sum(axis=-1)) for e in (below, above)]
    error = np.hypot(*(p.std() / np.sqrt(len(p)) for p in momentum))
    assert abs(momentum[0].mean() - momentum[1].mean()) < 4 * error


def test_a_file_says_that_it_is_off_shell(tmp_path: Path) -> None:
    pytest.importorskip("pythia8mc")
    sample = rb.generate(
        "resonant-hhh", m_x=425, m_s=225, n=3, seed=2, workers=1, progress=False, output=tmp_path / "e"
    )
    assert any("approximate: S is lighter than two Higgs bosons" in note for note in sample.metadata.notes)
    assert sample.metadata.definitions["generation"]["off_shell"] == {"m_h": 125.0, "width": 0.0041}


def test_on_shell_nothing_is_drawn_anew() -> None:
    recipes = {m_s: preset("resonant-hhh", m_x=425, m_s=m_s) for m_s in (250.9, 251)}
    assert recipes[250.9].off_shell
    assert not recipes[251].off_shell
    assert '"off_shell": {}' in recipes[251].to_json()
