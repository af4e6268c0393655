from __future__ import annotations

import numpy as np
import pytest
from particle import PDGID, Particle

from recastbook.events.truth.species import (
    BOTTOM,
    CHARM,
    HADRON,
    NEW,
    TABLE_SIZE,
    species_bits,
    species_table,
    three_charge,
)

KNOWN = sorted({int(p.pdgid) for p in Particle.all()})


@pytest.mark.parametrize("of", [three_charge, three_charge.py_func], ids=["compiled", "plain"])
def test_charges_agree_with_the_particle_data_group(of):
    # nine-digit numbers of excited mesons keep the charge in digits of their own: they are resonances, never final
    known = [i for i in KNOWN if abs(i) < 100_000_000 or abs(i) > 1_000_000_000]
    wrong = [i for i in known if PDGID(i).three_charge is not None and of(i) != PDGID(i).three_charge]
    assert wrong == []


def test_hadrons_agree_with_the_particle_data_group():
    # nuclei, the proton as hydrogen among them, do not decay in an event record
    known = [i for i in KNOWN if abs(i) < 1_000_000_000]
    wrong = [i for i in known if bool(species_bits(i) & HADRON) != PDGID(i).is_hadron]
    assert wrong == []


@pytest.mark.parametrize(("bit", "has"), [(BOTTOM, "has_bottom"), (CHARM, "has_charm")], ids=["bottom", "charm"])
def test_open_heavy_flavour_agrees_with_the_particle_data_group(bit, has):
    for i in KNOWN:
        hadron = PDGID(i)
        hidden = (abs(i) // 1000) % 10 == 0 and (abs(i) // 10) % 10 == (abs(i) // 100) % 10
        if hadron.is_hadron and abs(i) < 1_000_000_000:
            assert bool(species_bits(i) & bit) == (getattr(hadron, has) and not hidden), i


@pytest.mark.parametrize(
    ("pdg", "three"),
    [
        (1000022, 0), (1000024, 3), (-1000024, -3), (2000011, -3), (1000015, -3), (1000021, 0), (1000039, 0),
        (1009213, 3), (1009113, 0), (1000993, 0), (1092214, 3), (1091114, -3), (-1009213, -3),
        (1000612, 3), (1000622, 0), (1006211, 3), (1000512, 0), (1000522, -3), (1005211, 0),
        (1000020040, 6), (1000010020, 3), (-1000020040, -6), (4900001, -1), (4900101, 0), (4900211, 0), (9900041, 6),
    ],
)  # fmt: skip
def test_charges_of_new_particles_and_nuclei(pdg, three):
    assert three_charge(pdg) == three


@pytest.mark.parametrize("pdg", [1000022, 1000993, 1009213, 32, 37, 52, 4900101, 9900012, 5100039, 3000111, 17])
def test_new_particles_are_told_from_known_ones(pdg):
    assert species_bits(pdg) & NEW
    assert species_bits(-pdg) == species_bits(pdg)


@pytest.mark.parametrize("pdg", [25, 23, 11, 2212, 9010221, 1000010020, 20413, 90, 2101, 990])
def test_known_particles_are_not_new(pdg):
    assert not species_bits(pdg) & NEW


def test_pythia_agrees_on_charges():
    data = pytest.importorskip("pythia8mc").Pythia("", False).particleData
    # codes inside the generator: strings, clusters, diffractive states, colour octets, beams
    ids = [i for i in (*range(1, 60), *range(111, 60000), *range(1000001, 1000050), *range(2000001, 2000020),
                       *range(1000500, 1010000), *range(1090000, 1095000), *range(4900001, 4900220))
           if data.isParticle(i)]  # fmt: skip
    wrong = [(i, data.name(i)) for i in ids if three_charge(i) != data.chargeType(i)]
    assert wrong == []


def test_the_table_says_what_the_function_says():
    table = species_table()
    assert len(table) == TABLE_SIZE
    ids = np.random.default_rng(1).integers(1, TABLE_SIZE, 500)
    assert all(table[i] == species_bits(int(i)) for i in ids)
