"""Three Higgs bosons without a resonance: from an LHE file, as MadGraph would give it, to the fit of a search."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from numpy.typing import NDArray

import recastbook as rb
from recastbook.cli import main as cli
from recastbook.events.columns import to_records
from recastbook.events.eventfile import EventFile

M_H, M_B = 125.0, 4.8
SIGMA = 5.0e-5  # pb
TO_BB = ["25:onMode = off", "25:onIfMatch = 5 -5"]


def _boost(p: NDArray[np.float64], by: NDArray[np.float64]) -> NDArray[np.float64]:
    """Boost a momentum (E, x, y, z) from the rest frame of `by` to the frame in which `by` is given."""
    mass = np.sqrt(by[0] ** 2 - by[1:] @ by[1:])
    along = by[1:] @ p[1:]
    energy = (by[0] * p[0] + along) / mass
    return np.array([energy, *(p[1:] + by[1:] * (p[0] + energy) / (by[0] + mass))])


def _two_body(
    mother: NDArray[np.float64], m1: float, m2: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    m = np.sqrt(mother[0] ** 2 - mother[1:] @ mother[1:])
    k = np.sqrt((m**2 - (m1 + m2) ** 2) * (m**2 - (m1 - m2) ** 2)) / (2.0 * m)
    cos, phi = rng.uniform(-1.0, 1.0), rng.uniform(-np.pi, np.pi)
    sin = np.sqrt(1.0 - cos**2)
    direction = np.array([sin * np.cos(phi), sin * np.sin(phi), cos])
    first = np.array([np.hypot(k, m1), *(k * direction)])
    second = np.array([np.hypot(k, m2), *(-k * direction)])
    return _boost(first, mother), _boost(second, mother)


def _three_higgs(rng: np.random.Generator) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """Return the gluons' energies and three Higgs momenta, flat in phase space at a drawn partonic energy."""
    root_s = rng.uniform(420.0, 900.0)
    y = rng.uniform(-0.8, 0.8)
    gluons = 0.5 * root_s * np.exp([y, -y])
    system = np.array([gluons.sum(), 0.0, 0.0, gluons[0] - gluons[1]])
    low, high = 2.0 * M_H, root_s - M_H
    while True:  # phase space in the mass of the last two is the product of both momenta
        m23 = rng.uniform(low, high)
        outer = np.sqrt((root_s**2 - (m23 + M_H) ** 2) * (root_s**2 - (m23 - M_H) ** 2)) / root_s**2
        if rng.uniform() < outer * np.sqrt(1.0 - low**2 / m23**2):
            break
    one, pair = _two_body(system, M_H, m23, rng)
    return gluons, [one, *_two_body(pair, M_H, M_H, rng)]


def _line(code: int, status: int, mothers: str, colours: str, p: NDArray[np.float64], mass: float) -> str:
    numbers = " ".join(f"{v:.10e}" for v in (*p[1:], p[0], mass))
    return f" {code} {status} {mothers} {colours} {numbers} 0. 9."


def three_higgs_lhe(path: Path, n: int, *, decayed: bool) -> Path:
    """Write an LHE file of g g -> H H H; with `decayed` each H -> b b is in the record, as after MadSpin."""
    rng = np.random.default_rng(7)
    blocks = []
    for _ in range(n):
        gluons, higgs = _three_higgs(rng)
        lines = [
            _line(21, -1, "0 0", "501 502", np.array([gluons[0], 0.0, 0.0, gluons[0]]), 0.0),
            _line(21, -1, "0 0", "502 501", np.array([gluons[1], 0.0, 0.0, -gluons[1]]), 0.0),
        ]
        lines += [_line(25, 2 if decayed else 1, "1 2", "0 0", p, M_H) for p in higgs]
        for i, p in enumerate(higgs if decayed else []):
            b, bbar = _two_body(p, M_B, M_B, rng)
            mothers, colour = f"{3 + i} {3 + i}", 510 + i
            lines += [_line(5, 1, mothers, f"{colour} 0", b, M_B), _line(-5, 1, mothers, f"0 {colour}", bbar, M_B)]
        head = f" {len(lines)} 1 {SIGMA:.6e} 300. 7.8e-3 0.11"
        blocks.append("\n".join(["<event>", head, *lines, "</event>"]))
    init = f"<init>\n 2212 2212 6500. 6500. 0 0 247000 247000 -4 1\n {SIGMA:.6e} 1e-7 {SIGMA:.6e} 1\n</init>"
    text = "\n".join(['<LesHouchesEvents version="3.0">', init, *blocks, "</LesHouchesEvents>", ""])
    path.write_text(text, encoding="utf-8")
    return path


def b_hadrons(folder: Path) -> NDArray[np.int64]:
    """Return the number of b-hadrons of each event."""
    events = to_records(EventFile.open(folder).read(0))
    return np.asarray(ak.sum(events["GenHadron"].flavour == 5, axis=1))


@pytest.mark.parametrize("decayed", [False, True], ids=["higgs bosons", "b quarks"])
def test_both_kinds_of_file_give_six_b_hadrons(decayed: bool, tmp_path: Path) -> None:
    pytest.importorskip("pythia8mc")
    path = three_higgs_lhe(tmp_path / "hhh.lhe", 30, decayed=decayed)
    assert len(rb.Sample(path)) == 30
    sample = rb.generate(
        path, seed=3, workers=1, output=tmp_path / "events", progress=False, settings=[] if decayed else TO_BB
    )
    hadrons = b_hadrons(tmp_path / "events")
    assert len(hadrons) == 30
    assert np.all(hadrons >= 6)  # a gluon may have split into two more
    assert hadrons.mean() < 7.0
    # what the file says is the cross section of three Higgs bosons; who closes their other decays is told so
    assert sample.cross_section == pytest.approx(SIGMA)
    told = [note for note in sample.metadata.notes if "branching fractions" in note]
    assert len(told) == (0 if decayed else 1)
    assert all("25:onMode = off" in note for note in told)


def test_the_command_line_converts_the_same_events(tmp_path: Path) -> None:
    pytest.importorskip("pythia8mc")
    path = three_higgs_lhe(tmp_path / "hhh.lhe", 12, decayed=True)
    assert cli(["convert", str(path), str(tmp_path / "events")]) == 0
    rb.generate(path, seed=1, workers=1, output=tmp_path / "again", progress=False)
    both = [to_records(EventFile.open(tmp_path / name).read(0)) for name in ("events", "again")]
    assert ak.array_equal(both[0]["GenJet"].pt, both[1]["GenJet"].pt)
    assert b_hadrons(tmp_path / "events").min() >= 6


@pytest.mark.slow
def test_from_the_file_to_a_fit(tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    pytest.importorskip("pythia8mc")
    shared_data("ATLAS-HIGP-2024-32/SHA256SUMS")
    path = three_higgs_lhe(tmp_path / "hhh.lhe", 200, decayed=True)
    sample = rb.generate(path, seed=3, workers=1, output=tmp_path / "events", progress=False)
    search = rb.load("ATLAS-HIGP-2024-32")
    result = search.run(sample, progress=False, work_dir=tmp_path / "run")
    assert not result.absent
    assert result.cutflow("nonresDNN-SR").steps[-1].raw > 0
    verdict = search.verdict(result)
    assert verdict.decided_by == "fit"
    assert "fit" in str(verdict)
    # 0.05 fb are far from what the fit can see, and no limit can come out below what was generated
    assert verdict.conclusion in ("allowed", "inconclusive")
    assert any("approximate" in note for note in verdict.notes)
