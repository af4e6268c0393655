"""Three Higgs bosons through two new scalars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import recastbook as rb
from recastbook.events.columns import to_records
from recastbook.events.eventfile import EventFile
from recastbook.events.generation.presets import preset
from recastbook.exceptions import BadOption, UnknownName


@pytest.mark.parametrize(
    ("masses", "words"),
    [
        (
            {"m_x": 500, "m_s": 225},
            "m_s must be at least 251 GeV, not 225: below, S decays into a Higgs boson off its mass",
        ),
        ({"m_x": 400, "m_s": 300}, r"m_x must be at least 426 GeV \(S and a Higgs boson\), not 400"),
        ({"m_x": "heavy", "m_s": 300}, "m_x must be positive, in GeV, not 'heavy'"),
        ({"m_x": -500, "m_s": 300}, "m_x must be positive"),
        ({"m_x": 500}, r"needs m_s \(GeV\)"),
    ],
    ids=["S closed", "X closed", "no number", "negative", "missing"],
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
