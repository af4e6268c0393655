"""Do the events hold what was asked for: masses, decays, kinematics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from recastbook.events.generation.decay_weights import largest_weight, three_body_weight
from recastbook.events.generation.engine import Engine
from recastbook.events.generation.sources import find_recipe
from recastbook.events.particles import ParticleTable

pytest.importorskip("pythia8mc")


def generate(name: str, n: int = 30, **parameters: object) -> ParticleTable:
    recipe, _ = find_recipe(name, **parameters)  # type: ignore[arg-type]
    with Engine(recipe, seed=21) as engine:
        return next(engine.tables(n))


def decays(table: ParticleTable, code: int) -> list[tuple[int, NDArray[np.int64]]]:
    """Places of all particles of a code that decay, with the places of their products."""
    found = []
    for k in range(len(table)):
        a, b = table.offsets[k], table.offsets[k + 1]
        ends, prods = table.end_vertex[a:b], table.prod_vertex[a:b]
        for i in np.flatnonzero(np.abs(table.pdg_id[a:b]) == code):
            products = np.flatnonzero(prods == ends[i]) if ends[i] >= 0 else np.array([], dtype=int)
            if len(products) > 1 and code not in np.abs(table.pdg_id[a:b][products]):
                found.append((int(a + i), a + products))
    return found


@pytest.mark.parametrize(
    ("name", "parameters", "products"),
    [
        ("gluino-gtt", {"m_gluino": 2100, "m_lsp": 1}, {(-6, 6, 1000022)}),
        ("gluino-gbb", {"m_gluino": 2000, "m_lsp": 1800}, {(-5, 5, 1000022)}),
        ("gluino-gtb", {"m_gluino": 1900, "m_lsp": 400}, {(-6, 5, 1000024), (-1000024, -5, 6)}),
    ],
    ids=["Gtt", "Gbb compressed", "Gtb"],
)
def test_gluinos_decay_as_asked(name: str, parameters: dict[str, float], products: set[tuple[int, ...]]) -> None:
    table = generate(name, **parameters)
    gluinos = decays(table, 1000021)
    assert len(gluinos) == 2 * len(table)
    found = {tuple(sorted(int(p) for p in table.pdg_id[daughters])) for _, daughters in gluinos}
    assert found == products
    masses = table.mass[[i for i, _ in gluinos]]
    assert masses == pytest.approx(parameters["m_gluino"], abs=1e-6)
    lsp = (table.status == 1) & (table.pdg_id == 1000022)
    assert lsp.sum() == 2 * len(table)
    assert table.mass[lsp] == pytest.approx(parameters["m_lsp"], abs=0.01)
    momenta = np.stack([table.px, table.py, table.pz, table.energy], axis=1)
    for i, daughters in gluinos:
        assert momenta[daughters].sum(axis=0) == pytest.approx(momenta[i], abs=1e-3)


def test_tops_of_three_body_decays_decay() -> None:
    table = generate("gluino-gtt", m_gluino=2100, m_lsp=1)
    tops = decays(table, 6)
    assert len(tops) == 4 * len(table)
    for _, daughters in tops:
        assert 24 in np.abs(table.pdg_id[daughters])
    assert np.median([table.mass[i] for i, _ in tops]) == pytest.approx(172.5, abs=1)
    # Two thirds of the W bosons decay into quarks.
    w_products = [table.pdg_id[d] for _, d in decays(table, 24)]
    hadronic = np.mean([(np.abs(p) < 6).any() for p in w_products])
    assert hadronic == pytest.approx(0.67, abs=0.15)


def test_charginos_decay_softly() -> None:
    table = generate("gluino-gtb", m_gluino=1900, m_lsp=400)
    charginos = decays(table, 1000024)
    assert len(charginos) == 2 * len(table)
    for i, _ in charginos:
        assert table.mass[i] == pytest.approx(402, abs=0.2)
    assert not ((table.status == 1) & (np.abs(table.pdg_id) == 1000024)).any()


def test_a_massless_lsp_works() -> None:
    table = generate("gluino-gbb", 5, m_gluino=1500, m_lsp=0)
    assert table.mass[(table.status == 1) & (table.pdg_id == 1000022)] == pytest.approx(0, abs=0.01)


def test_pthat_slices_hold_what_they_say() -> None:
    """The hard process has two tops of one transverse momentum; the shower moves it by some tens of per cent."""
    table = generate("ttbar", 40, pthat_min=700, pthat_max=1100)
    first = [np.flatnonzero((table.status == 22) & (np.abs(table.pdg_id) == 6))]
    pt = np.hypot(table.px[first[0]], table.py[first[0]])
    assert len(pt) == 80
    assert pt.min() > 650
    assert pt.max() < 1150


# ---------------------------------------------------------------------------- matrix element


def three_body_masses(matrix_element: bool, m_gluino: float, m_lsp: float, n: int = 400) -> NDArray[np.float64]:
    """Return squared masses (LSP, quark), (LSP, antiquark) and (quark, antiquark) of undisturbed decays."""
    recipe, _ = find_recipe("gluino-gbb", m_gluino=m_gluino, m_lsp=m_lsp, matrix_element=matrix_element)
    quiet = ("PartonLevel:ISR = off", "PartonLevel:FSR = off", "PartonLevel:MPI = off", "HadronLevel:all = off")
    with Engine(replace(recipe, settings=recipe.settings + quiet, stable={}), seed=9) as engine:
        table = next(engine.tables(n, chunk=n))
    momenta = np.stack([table.energy, table.px, table.py, table.pz], axis=1)
    rows = []
    for _, daughters in decays(table, 1000021):
        order = [daughters[table.pdg_id[daughters] == code][0] for code in (1000022, 5, -5)]
        lsp, quark, antiquark = momenta[order]
        pairs = [lsp + quark, lsp + antiquark, quark + antiquark]
        rows.append([p[0] ** 2 - (p[1:] ** 2).sum() for p in pairs])
    return np.array(rows)


@pytest.mark.parametrize("masses", [(2100, 1), (2800, 1400)], ids=["light LSP", "heavy LSP"])
def test_matrix_element_reweights_phase_space(masses: tuple[float, float]) -> None:
    flat = three_body_masses(False, *masses)
    drawn = three_body_masses(True, *masses)
    weights = three_body_weight(flat[:, 0], flat[:, 1], *masses, m_q=4.8, m_qbar=4.8)
    assert weights.min() > 0
    assert weights.max() < largest_weight(*masses)
    expected = np.average(np.sqrt(flat[:, 2]), weights=weights)
    error = np.sqrt(flat[:, 2]).std() * np.sqrt(2 / len(flat))
    assert np.sqrt(drawn[:, 2]).mean() == pytest.approx(expected, abs=3.5 * error)
    # and the two differ, otherwise this would test nothing
    assert abs(expected - np.sqrt(flat[:, 2]).mean()) > 2 * error


@pytest.mark.parametrize(("sign", "slope"), [(1, -1 / 3), (-1, 1.0)], ids=["Gamow-Teller", "Fermi"])
def test_matrix_element_for_a_heavy_lsp(sign: int, slope: float) -> None:
    """At small recoil the weight goes as 1 - cos/3 (axial current) or 1 + cos (vector current)."""
    m_gluino, m_lsp = 1000.0, 999.9
    energies = (0.04, 0.06)  # of quark and antiquark in the gluino frame
    weights = []
    for cosine in (-1.0, 0.0, 1.0):
        # s = (g - q)^2 for a massless quark recoiling against the rest; the LSP takes up what is left
        q_qbar = energies[0] * energies[1] * (1 - cosine)
        lsp = np.sqrt(m_gluino**2 - 2 * m_gluino * sum(energies) + 2 * q_qbar)
        s_qbar = m_gluino**2 - 2 * m_gluino * energies[0]
        s_q = m_gluino**2 - 2 * m_gluino * energies[1]
        weights.append(three_body_weight(s_q, s_qbar, m_gluino, lsp, sign=sign))
    assert m_lsp == pytest.approx(lsp, abs=0.1)
    assert weights[0] / weights[1] == pytest.approx(1 - slope, abs=0.01)
    assert weights[2] / weights[1] == pytest.approx(1 + slope, abs=0.01)
