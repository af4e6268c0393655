"""Recipes of the presets: the SLHA text they write, the decays they hold, the masses they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from recastbook.events.generation.presets import PRESETS, preset
from recastbook.events.generation.recipe import Recipe
from recastbook.events.generation.slha import read_slha
from recastbook.events.generation.sources import find_recipe
from recastbook.exceptions import BadFile, BadOption, UnknownName

MASSES = {"m_gluino": 2000, "m_lsp": 300}


def parse(text: str) -> dict[str, list[list[str]]]:
    """Read an SLHA text in the most literal way: sections by head line, words of every line below."""
    sections: dict[str, list[list[str]]] = {}
    current: list[list[str]] = []
    for line in text.splitlines():
        content = line.split("#")[0]
        if not content.strip():
            continue
        if content[0].isspace():
            current.append(content.split())
        else:
            words = content.split()
            assert words[0] in ("BLOCK", "DECAY")
            current = sections.setdefault(f"{words[0]} {words[1]}", [])
    return sections


@pytest.mark.parametrize("name", ["gluino-gtt", "gluino-gbb", "gluino-gtb"])
def test_slha_is_complete(name: str) -> None:
    text = preset(name, **MASSES).slha
    assert text is not None
    sections = parse(text)
    assert sections["BLOCK MODSEL"] == [["1", "0"]]
    masses = {int(w[0]): float(w[1]) for w in sections["BLOCK MASS"]}
    assert masses[1000021] == 2000
    assert masses[1000022] == 300
    assert all(masses[c] == 1e5 for c in (1000001, 1000006, 2000005, 1000015, 1000035))
    assert "DECAY 1000022" in sections
    assert sections["DECAY 1000022"] == []
    for size, block in [(4, "NMIX"), (2, "STOPMIX"), (2, "UMIX")]:
        assert len(sections[f"BLOCK {block}"]) == size * size


@pytest.mark.parametrize("name", ["gluino-gtt", "gluino-gbb", "gluino-gtb"])
def test_branching_ratios_add_up_and_charge_is_conserved(name: str) -> None:
    charges = {6: 2, 5: -1, 2: 2, 1: -1, 4: 2, 3: -1, 11: -3, 13: -3, 15: -3, 12: 0, 14: 0, 16: 0, 24: 3, 1000024: 3}
    charges |= {1000021: 0, 1000022: 0}
    spectrum = read_slha(preset(name, **MASSES).slha or "")
    for mother, channels in spectrum.decays.items():
        if not channels:
            continue
        assert sum(c.branching_ratio for c in channels) == pytest.approx(1)
        for channel in channels:
            total = sum(charges[abs(p)] * (1 if p > 0 else -1) for p in channel.products)
            assert total == charges[mother]
            assert sum(spectrum.masses.get(abs(p), 0) for p in channel.products) < spectrum.masses[mother]


def test_gtb_goes_through_a_nearly_degenerate_chargino() -> None:
    recipe = preset("gluino-gtb", **MASSES)
    spectrum = read_slha(recipe.slha or "")
    assert spectrum.masses[1000024] == 302
    assert {c.products for c in spectrum.decays[1000021]} == {(1000024, 5, -6), (-1000024, 6, -5)}
    electron = next(c for c in spectrum.decays[1000024] if -11 in c.products)
    tau = next(c for c in spectrum.decays[1000024] if -15 in c.products)
    # 1.78 of 2 GeV are taken by the tau: what is left of its phase space is below one per cent.
    assert tau.branching_ratio < 0.01 * electron.branching_ratio


def test_gtb_mixes_decays_as_asked() -> None:
    fractions = {"tt": 0.25, "bb": 0.25, "tb": 0.5}
    spectrum = read_slha(preset("gluino-gtb", **MASSES, branching_ratios=fractions).slha or "")
    shares = {c.products: c.branching_ratio for c in spectrum.decays[1000021]}
    assert shares == {
        (1000022, 6, -6): 0.25, (1000022, 5, -5): 0.25, (1000024, 5, -6): 0.25, (-1000024, 6, -5): 0.25,
    }  # fmt: skip


def test_a_wide_chargino_splitting_gives_a_real_w() -> None:
    spectrum = read_slha(preset("gluino-gtb", **MASSES, chargino_splitting=100).slha or "")
    assert [c.products for c in spectrum.decays[1000024]] == [(1000022, 24)]


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("gluino-gtt", {"m_gluino": 2100}, "needs m_lsp"),
        ("gluino-gtt", {}, "needs m_gluino and m_lsp"),
        ("gluino-gtt", {"m_gluino": -5, "m_lsp": 1}, "m_gluino must be positive, in GeV"),
        ("gluino-gtt", {"m_gluino": 2000, "m_lsp": -1}, "m_lsp must be zero or more, in GeV"),
        ("gluino-gtt", {"m_gluino": float("nan"), "m_lsp": 1}, "m_gluino must be positive, in GeV"),
        ("gluino-gtt", {"m_gluino": "heavy", "m_lsp": 1}, "must be a number in GeV, not 'heavy'"),
        ("gluino-gtt", {"m_gluino": 1000, "m_lsp": 700}, r"LSP 700 \+ top 172.5 \+ antitop 172.5 = 1045 GeV"),
        ("gluino-gbb", {"m_gluino": 1000, "m_lsp": 995}, "not at least 1 GeV heavier"),
        ("gluino-gtb", {"m_gluino": 1000, "m_lsp": 900}, r"chargino 902 \+ top"),
        ("gluino-gtb", {**MASSES, "branching_ratios": {"tt": 0.5}}, "add up to 1"),
        ("gluino-gtb", {**MASSES, "chargino_splitting": 0.1}, "at least 0.2 GeV"),
        ("ttbar", {"pthat_min": 400, "pthat_max": 200}, "must be above pthat_min"),
        ("ttbar", {"pthat_min": -1}, "pthat_min must be zero or more, in GeV"),
        ("gluino-gbb", {**MASSES, "matrix_element": "no"}, "must be True or False"),
    ],
)
def test_masses_and_numbers_that_cannot_work(name: str, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(BadOption, match=message):
        preset(name, **parameters)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("gluino-gt", MASSES, "Did you mean 'gluino-gtt'"),
        ("gluino-gtt", {**MASSES, "m_chi": 3}, "no parameter 'm_chi'"),
        ("gluino-gbb", {**MASSES, "pthat_min": 3}, "no parameter 'pthat_min'"),
        ("gluino-gtb", {**MASSES, "branching_ratios": {"bt": 1}}, "unknown branching ratio 'bt'"),
    ],
)
def test_unknown_names(name: str, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(UnknownName, match=message):
        preset(name, **parameters)


def test_every_preset_says_what_it_is() -> None:
    assert set(PRESETS) == {
        "gluino-gtt",
        "gluino-gbb",
        "gluino-gtb",
        "higgs-llp",
        "higgsino-tbs",
        "resonant-hhh",
        "ttbar",
    }
    assert all(text for _, _, text in PRESETS.values())


def test_a_recipe_survives_json_and_its_digest_is_of_the_physics() -> None:
    recipe = find_recipe("gluino-gtb", **MASSES)[0]
    again = Recipe.from_json(recipe.to_json())
    assert again == recipe
    assert again.digest() == recipe.digest()
    other = find_recipe("gluino-gtb", m_gluino=2000, m_lsp=301)[0]
    assert other.digest() != recipe.digest()
    assert find_recipe("gluino-gtb", energy_tev=13.6, **MASSES)[0].digest() != recipe.digest()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing here\n", "no BLOCK and no DECAY"),
        ("BLOCK MASS\n 1000021 heavy\n", "line 2: cannot read"),
        ("BLOCK MASS\n 1000021 nan\n", "not a finite number"),
        ("DECAY 1000021 1.0\n 1.0 3 1000022 6\n", "3 products announced, 2 given"),
        ("DECAY\n", "line 1"),
    ],
)
def test_slha_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(BadFile, match=message):
        read_slha(text)


def test_slha_in_fortran_spelling() -> None:
    assert read_slha("Block mass # x\n 1000021 2.1D+03\n").masses == {1000021: 2100.0}
