"""Pairs of long-lived scalars: from Pythia, through HepMC, and from LHE files with and without lifetimes."""

from __future__ import annotations

import math
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

import recastbook as rb
from recastbook.events.decay_class import decay_class
from recastbook.events.decay_fractions import decay_fractions
from recastbook.events.generation.lifetimes import lifetime_settings
from recastbook.events.generation.presets import preset
from recastbook.exceptions import BadOption, UnknownName

MASSES = {"m_phi": 600, "m_s": 150, "ctau": 1300.0}


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    pytest.importorskip("pythia8mc")
    folder = tmp_path_factory.mktemp("llp")
    return rb.generate(
        "higgs-llp", **MASSES, fractions="atlas", hadronise=False, mpi=False, n=120, seed=3, workers=1,
        progress=False, output=folder / "e", write_hepmc=folder / "e.hepmc",
    ), folder / "e.hepmc"  # fmt: skip


def test_every_event_has_two_scalars_with_mass_lifetime_vertex_and_daughters(generated):
    llps = generated[0].prepare().truth().GenLLP
    assert np.mean(ak.num(llps) == 2) > 0.99
    one = ak.flatten(llps)
    assert set(np.asarray(one.pdgId)) == {35}
    assert np.asarray(one.mass) == pytest.approx(150.0, rel=1e-5)
    assert float(ak.mean(one.properLength)) == pytest.approx(1300.0, rel=4 / math.sqrt(240))
    flight = np.sqrt(np.asarray(one.decayX) ** 2 + np.asarray(one.decayY) ** 2 + np.asarray(one.decayZ) ** 2)
    momentum = np.asarray(one.pt) * np.cosh(np.asarray(one.eta))
    assert flight == pytest.approx(np.asarray(one.properLength) * momentum / 150.0, rel=1e-3)
    phi = np.arctan2(np.asarray(one.decayY), np.asarray(one.decayX))
    assert np.cos(phi - np.asarray(one.phi)) == pytest.approx(1.0, abs=1e-3)


def test_decays_come_in_the_fractions_asked_for(generated):
    flavour = np.asarray(ak.flatten(generated[0].prepare().truth().GenLLP.decayClass))
    n = len(flavour)
    for code, fraction in {5: 0.85, 4: 0.05, 15: 0.08, 21: 0.02}.items():
        assert np.mean(flavour == code) == pytest.approx(fraction, abs=3.5 * math.sqrt(fraction * (1 - fraction) / n))


def test_metadata_tell_what_is_off_and_give_no_cross_section(generated):
    sample = generated[0]
    notes = " ".join(sample.metadata.notes)
    assert "multiparton interactions are off" in notes
    assert "not made into hadrons" in notes
    assert sample.cross_section is None
    kept = sample.metadata.definitions["generation"]["parameters"]
    assert (kept["ctau"], kept["convention"], kept["fractions"]["5"]) == (1300.0, "atlas", 0.85)


def test_the_same_particles_come_back_from_hepmc(generated, tmp_path):
    sample, hepmc = generated
    here = sample.prepare().truth().GenLLP
    read = rb.Sample(hepmc)
    assert read.cross_section is None  # Pythia's is of couplings that nobody chose
    there = read.prepare(progress=False).truth().GenLLP
    assert ak.num(there).tolist() == ak.num(here).tolist()
    for name in ("pdgId", "decayClass", "nDaughter"):
        assert there[name].tolist() == here[name].tolist()
    for name in ("pt", "properLength", "decayX", "decayZ"):
        assert np.asarray(ak.flatten(there[name])) == pytest.approx(np.asarray(ak.flatten(here[name])), rel=1e-4)


@pytest.mark.parametrize("boson", ["W", "Z"])
def test_associated_production(boson, tmp_path):
    pytest.importorskip("pythia8mc")
    sample = rb.generate(
        "higgs-llp", m_phi=125, m_s=35, ctau=500.0, production=boson, boson_decays="electron-muon", hadronise=False,
        mpi=False, n=40, workers=1, progress=False, output=tmp_path / "e",
    )  # fmt: skip
    truth = sample.prepare().truth()
    assert np.mean(ak.num(truth.GenLLP) == 2) > 0.9
    leptons = ak.num(truth.GenElectron) + ak.num(truth.GenMuon)
    assert float(ak.mean(leptons)) > (0.5 if boson == "W" else 1.0)
    assert sample.metadata.process == f"higgs-llp-{boson}"


EVENT = """<event>
9 1 1.0 600. 0.0078 0.1
21 -1 0 0 501 502 0. 0. 300. 300. 0. 0. 9.
21 -1 0 0 502 501 0. 0. -300. 300. 0. 0. 9.
25 2 1 2 0 0 0. 0. 0. 600. 600. 0. 9.
35 2 3 3 0 0 0. 259.807621 0. 300. 150. {vtimup} 9.
35 2 3 3 0 0 0. -259.807621 0. 300. 150. {vtimup} 9.
5 1 4 4 503 0 74.8526491 129.9038105 0. 150. 4.7 0. 9.
-5 1 4 4 0 503 -74.8526491 129.9038105 0. 150. 4.7 0. 9.
15 1 5 5 0 0 74.9789455 -129.9038105 0. 150. 1.777 0. 9.
-15 1 5 5 0 0 -74.9789455 -129.9038105 0. 150. 1.777 0. 9.
</event>
"""


def lhe(path: Path, vtimup: float) -> Path:
    init = "<init>\n2212 2212 6.5e3 6.5e3 0 0 247000 247000 -4 1\n1.0 0.1 1.0 1\n</init>\n"
    path.write_text(f'<LesHouchesEvents version="3.0">\n{init}{EVENT.format(vtimup=vtimup) * 20}</LesHouchesEvents>\n')
    return path


def test_lifetimes_of_an_lhe_file_are_those_it_states_or_drawn_on_request(tmp_path):
    pytest.importorskip("pythia8mc")
    quick = {"mpi": False, "workers": 1, "progress": False, "settings": ["HadronLevel:Hadronize = off"]}
    stated = rb.generate(lhe(tmp_path / "a.lhe", 500.0), output=tmp_path / "a", **quick).prepare().truth().GenLLP
    assert np.asarray(ak.flatten(stated.properLength)) == pytest.approx(np.full(40, 500.0), rel=1e-3)
    assert set(np.asarray(ak.flatten(stated.decayClass))) == {5, 15}
    none = rb.generate(lhe(tmp_path / "b.lhe", 0.0), output=tmp_path / "b", **quick).prepare().truth().GenLLP
    assert ak.sum(ak.num(none)) == 0
    drawn = rb.generate(tmp_path / "b.lhe", output=tmp_path / "c", lifetimes={35: 800.0}, **quick).prepare().truth()
    lengths = np.asarray(ak.flatten(drawn.GenLLP.properLength))
    assert len(lengths) == 40
    assert 400 < lengths.mean() < 1400
    assert len(set(lengths)) == 40


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"m_s": 301}, "m_phi must be at least twice m_s, 602 GeV, not 600"),
        ({"ctau": 0}, "ctau must be positive, in mm, not 0"),
        ({"ctau": -1.0}, "ctau must be positive"),
        ({"ctau": math.inf}, "ctau must be positive"),
        ({"fractions": {5: 0.9, 4: 0.2}}, r"at most 1, not 1\.1"),
        ({"fractions": {6: 1.0}}, "top quarks are not generated"),
        ({"m_phi": 1000, "m_s": 475}, "decays to top pairs first"),
        ({"hadronise": "no"}, "hadronise must be True or False"),
    ],
)
def test_what_cannot_be_generated_is_refused(changes, words):
    with pytest.raises(BadOption, match=words):
        preset("higgs-llp", **{**MASSES, **changes})


def test_missing_and_unknown_words_are_named():
    with pytest.raises(BadOption, match=r"needs m_s \(GeV\) and ctau \(mm\)"):
        preset("higgs-llp", m_phi=600)
    with pytest.raises(UnknownName, match="Did you mean 'atlas'"):
        preset("higgs-llp", **MASSES, fractions="Atlas")
    with pytest.raises(UnknownName, match="unknown production 'WW'"):
        preset("higgs-llp", **MASSES, production="WW")
    with pytest.raises(BadOption, match="5 GeV cannot decay to a pair of 5"):
        decay_fractions("atlas", 5.0)
    with pytest.raises(BadOption, match="must be positive, in mm"):
        lifetime_settings({35: 0.0}, lhe=True)


def test_class_of_a_decay():
    first = np.array([4, 6, 25, 531, 421, 211, 22, 16, 1000022, -5])
    second = np.array([-4, -5, 22, -421, 0, -211, 22, -16, 11, 21])
    assert decay_class(first, second).tolist() == [4, 6, 5, 5, 4, 0, 22, 0, 11, 5]
